"""FastAGI on paper: what the parser makes of bytes however they are cut, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.agi.protocol import (
    LONGEST_COMMAND,
    AgiParser,
    Event,
    Hangup,
    Headers,
    ParserLimits,
    ProtocolFault,
    Reply,
    command_line,
    quoted,
)

HEADERS = (
    b"agi_network: yes\nagi_network_script: call\nagi_request: agi://127.0.0.1:4573/call\n"
    b"agi_channel: PJSIP/caller-00000001\nagi_uniqueid: node1-1795261188.1\nagi_callerid: +79161234567\n"
    b"agi_calleridname: \xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd\nagi_accountcode: \n\n"
)


def opened(limits: ParserLimits | None = None) -> AgiParser:
    parser = AgiParser(limits)
    parser.feed(HEADERS)
    return parser


def test_headers_are_read_without_their_prefix() -> None:
    (headers,) = AgiParser().feed(HEADERS)
    assert isinstance(headers, Headers)
    assert headers.values["channel"] == "PJSIP/caller-00000001"
    assert headers.values["calleridname"] == "Иван"
    assert headers.values["accountcode"] == ""


def test_a_name_in_an_unknown_encoding_does_not_stop_the_call() -> None:
    (headers,) = AgiParser().feed(HEADERS.replace(b"\xd0\x98", b"\xcf\xf0"))
    assert isinstance(headers, Headers)
    assert headers.values["calleridname"].endswith("ван")


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"200 result=0\n", Reply(200, "0")),
        (b"200 result=-1 endpos=60000\n", Reply(200, "-1", None, 60000)),
        (b"200 result=49 endpos=1760\n", Reply(200, "49", None, 1760)),
        (b"200 result=0 (timeout) endpos=0\n", Reply(200, "0", "timeout", 0)),
        (b"200 result=35 (dtmf) endpos=800\n", Reply(200, "35", "dtmf", 800)),
        (b"200 result= (timeout)\n", Reply(200, "", "timeout")),
        (b"200 result=3*4 (timeout)\n", Reply(200, "3*4", "timeout")),
        (b"200 result=1 (a) (b)\n", Reply(200, "1", "a) (b")),
        (b"200 result=1 (x) endpos=5)\n", Reply(200, "1", "x) endpos=5")),
        (b"200 result=1 (hangup)\n", Reply(200, "1", "hangup")),
        (b"200 result=1 (HANGUP\nHANGUP)\n", Reply(200, "1", "HANGUP\nHANGUP")),
        (b"200 result=1 ()\n", Reply(200, "1", "")),
        (b"510 Invalid or unknown command\n", Reply(510, text="Invalid or unknown command")),
        (b"511 Command Not Permitted on a dead channel\n", Reply(511, text="Command Not Permitted on a dead channel")),
    ],
)
def test_replies_are_typed(line: bytes, reply: Reply) -> None:
    assert opened().feed(line) == [reply]


def test_a_usage_block_is_one_reply_and_the_next_stays_in_step() -> None:
    block = b"520-Invalid command syntax.  Proper usage follows:\nWaits for a digit.\n520 End of proper usage.\n"
    first, second = opened().feed(block + b"200 result=6\n")
    assert isinstance(first, Reply)
    assert first.code == 520
    assert "Waits for a digit." in (first.text or "")
    assert second == Reply(200, "6")


def test_hang_up_comes_between_replies_and_is_none() -> None:
    assert opened().feed(b"200 result=-1\nHANGUP\nHANGUP\n") == [Reply(200, "-1"), Hangup(), Hangup()]


def test_a_provisional_reply_is_passed_over() -> None:
    assert opened().feed(b"100 result=0 Trying...\n200 result=0\n") == [Reply(200, "0")]


@given(st.lists(st.integers(1, 200), max_size=40))
def test_how_the_network_cuts_the_bytes_does_not_matter(cuts: list[int]) -> None:
    stream = HEADERS + "200 result=1 (Юг «А»\nдом 5)\nHANGUP\n511 dead\n".encode()
    parser, events, rest = AgiParser(), list[Event](), stream
    for cut in cuts:
        events += parser.feed(rest[:cut])
        rest = rest[cut:]
    events += parser.feed(rest)
    assert events == AgiParser().feed(stream)


@given(st.binary(max_size=2000), st.booleans())
def test_any_bytes_end_in_events_or_in_a_fault(data: bytes, after_headers: bool) -> None:
    parser = opened() if after_headers else AgiParser()
    try:
        events = parser.feed(data)
    except ProtocolFault:
        return
    assert all(isinstance(event, Headers | Reply | Hangup) for event in events)


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n",
        b"\n",
        b"agi_network: yes\n\n",
        b"agi_x: a\0b\n",
        b"\x16\x03\x01\x02\x00\n",
        b"x" * 20_000,
        b"".join(b"agi_arg_%d: x\n" % i for i in range(300)),
        b"".join(b"agi_arg_%d: %s\n" % (i, b"x" * 10_000) for i in range(10)),
    ],
)
def test_who_does_not_speak_agi_is_found_out(garbage: bytes) -> None:
    with pytest.raises(ProtocolFault):
        AgiParser().feed(garbage)


@pytest.mark.parametrize("start", [b"520-Invalid\n", b"200 result=1 (a value\n"])
def test_a_reply_that_never_ends_is_given_up(start: bytes) -> None:
    parser = opened(ParserLimits(block_bytes=1000))
    parser.feed(start)
    with pytest.raises(ProtocolFault):
        parser.feed(b"more of it\n" * 200)


def asterisk_reads(line: str) -> list[str]:
    """The words of a command as Asterisk's `parse_args` takes them."""
    words, word, in_quotes, escaped, blank = list[str](), "", False, False, True
    for letter in line:
        if escaped:
            word, escaped, blank = word + letter, False, False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            if in_quotes or blank:
                in_quotes = not in_quotes
                if not in_quotes:
                    words.append(word)
                    word, blank = "", True
                else:
                    blank = False
        elif letter in " \t" and not in_quotes:
            if not blank:
                words.append(word)
                word, blank = "", True
        else:
            word, blank = word + letter, False
    return words if blank else [*words, word]


@given(st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"]), max_size=60))
def test_no_value_can_break_a_command(value: str) -> None:
    line = command_line("SET VARIABLE", "NAME", value).decode()
    assert line.endswith("\n")
    assert asterisk_reads(line[:-1]) == ["SET", "VARIABLE", "NAME", value]


@pytest.mark.parametrize("value", ["a\nSET VARIABLE GUDOK_DONE 1", "a\0b"])
def test_a_second_command_cannot_be_smuggled_in(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        quoted(value)


def test_a_command_that_asterisk_would_cut_in_two_is_refused() -> None:
    room = LONGEST_COMMAND - len("SET VARIABLE A ")
    assert len(command_line("SET VARIABLE", "A", "x" * room)) == LONGEST_COMMAND + 1
    with pytest.raises(ValueError, match="2046"):
        command_line("SET VARIABLE", "A", "x" * (room + 1))
