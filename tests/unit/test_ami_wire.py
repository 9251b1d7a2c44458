"""Bytes of the manager's protocol: whatever comes, in whatever pieces, the wire neither raises, spins nor grows."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panoramisk.ami_protocol import AMIProtocol

from asterisk.ami.errors import ActionFailed, ActionFate, BadAction, LinkDown
from asterisk.ami.message import MOST_LINE_BYTES, Block, Headers, Request, check_action
from asterisk.ami.wire import MOST_MESSAGE_BYTES, Wire

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


class Pipe(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.unsent = 0
        self.aborted = False

    def write(self, data: Any) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def close(self) -> None:
        self.aborted = True

    abort = close


class Ear:
    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        self.ends = 0

    def event(self, block: Block) -> None:
        self.heard.append(dict(Headers(block)))

    def gone(self) -> None:
        self.ends += 1

    # What panoramisk's own protocol asks of its factory.
    forgetable_actions = ()
    awaiting_actions: list[Any] = []  # noqa: RUF012

    def dispatch(self, message: Any) -> None:
        self.heard.append(dict(message))


def open_wire(*, greeted: bool = True) -> tuple[Wire, Ear, Pipe]:
    ear, pipe = Ear(), Pipe()
    wire = Wire(ear, "the manager of the test", asyncio.get_running_loop().time)
    wire.connection_made(pipe)
    if greeted:
        wire.data_received(BANNER)
    return wire, ear, pipe


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


def event(**headers: str) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in {"Event": "Said", **headers}.items()).encode() + b"\r\n"


def test_plain_panoramisk_loses_a_letter_split_between_two_reads() -> None:
    """The control of the next test: should this fail one day, the mending may go."""
    protocol, ear = AMIProtocol(), Ear()
    protocol.connection_made(Pipe())
    protocol.factory, protocol.encoding = ear, "utf-8"
    for byte in event(Member="Anna Ёжикова"):
        protocol.data_received(bytes([byte]))
    assert [each["Member"] for each in ear.heard] == ["Anna"]


async def test_a_letter_split_between_two_reads_is_kept() -> None:
    wire, ear, _ = open_wire()
    for byte in event(Member="Ёжикова 🦔"):
        wire.data_received(bytes([byte]))
    assert ear.heard == [{"Event": "Said", "Member": "Ёжикова 🦔"}]


async def test_bytes_that_are_no_letters_are_replaced_and_the_rest_is_kept() -> None:
    wire, ear, _ = open_wire()
    wire.data_received(b"Event: Said\r\nMember: \xff\xfeAnna\r\n\r\n")
    assert ear.heard == [{"Event": "Said", "Member": "��Anna"}]


async def test_an_empty_last_header_is_a_header() -> None:
    wire, ear, _ = open_wire()
    wire.data_received(b"Event: Said\r\nAccountCode: \r\n\r\n")
    assert ear.heard == [{"Event": "Said", "AccountCode": ""}]


@pytest.mark.parametrize(
    "banner", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\n", b"\x00" * 300, b"HTTP/1.1 400 Bad Request\r\n\r\n"]
)
async def test_another_program_on_that_port_is_not_taken_for_asterisk(banner: bytes) -> None:
    wire, ear, pipe = open_wire(greeted=False)
    wire.data_received(banner)
    assert pipe.aborted
    assert ear.ends == 1
    assert "is not an Asterisk manager" in str(wire.why)
    with pytest.raises(ActionFailed) as failed:
        wire.ask(Request("Ping", {}, listing=False))
    assert failed.value.fate is ActionFate.NOT_SENT


@pytest.mark.parametrize("size", [100, 4096, 65536])
async def test_an_endless_line_ends_the_connection_within_its_bound(size: int) -> None:
    wire, ear, pipe = open_wire()
    for _ in range(2 * MOST_MESSAGE_BYTES // size):
        if wire.closed:
            break
        wire.data_received(b"x" * size)
        assert len(wire._bytes) <= MOST_MESSAGE_BYTES + size
    assert pipe.aborted
    assert ear.ends == 1


async def test_answers_are_matched_by_their_identifier_in_any_order() -> None:
    wire, _, _ = open_wire()
    requests = [Request("Getvar", {"Variable": str(number)}, listing=False) for number in range(50)]
    for request in requests:
        wire.ask(request)
    for number in reversed(range(50)):
        wire.data_received(f"Response: Success\r\nActionID: {requests[number].id}\r\nValue: {number}\r\n\r\n".encode())
    answers = [(await request.future)[0]["Value"] for request in requests]
    assert answers == [str(number) for number in range(50)]
    assert not wire.responses


async def test_an_event_with_the_identifier_of_an_action_is_still_an_event() -> None:
    wire, ear, _ = open_wire()
    request = Request("Originate", {"Channel": "PJSIP/1"}, listing=False)
    wire.ask(request)
    told = f"Event: OriginateResponse\r\nActionID: {request.id}\r\nResponse: Failure\r\nReason: 0\r\n\r\n".encode()
    wire.data_received(told)
    assert not request.future.done()
    wire.data_received(f"Response: Success\r\nActionID: {request.id}\r\nMessage: queued\r\n\r\n".encode())
    wire.data_received(told)
    assert (await request.future)[0]["Message"] == "queued"
    assert [each["Event"] for each in ear.heard] == ["OriginateResponse"] * 2


async def test_the_late_items_of_an_abandoned_list_are_not_events() -> None:
    wire, ear, _ = open_wire()
    request = Request("QueueStatus", {}, listing=True)
    wire.ask(request)
    wire.data_received(f"Response: Success\r\nActionID: {request.id}\r\nEventList: start\r\n\r\n".encode())
    wire.forget(request)
    wire.data_received(f"Event: QueueMember\r\nActionID: {request.id}\r\n\r\n".encode())
    wire.data_received(f"Event: QueueStatusComplete\r\nActionID: {request.id}\r\nEventList: Complete\r\n\r\n".encode())
    assert ear.heard == []
    assert not wire._abandoned


async def test_what_is_unanswered_at_the_end_has_an_unknown_fate_and_is_not_kept() -> None:
    wire, ear, pipe = open_wire()
    asked = [Request("Originate", {"Channel": "PJSIP/1"}, listing=False), Request("QueueStatus", {}, listing=True)]
    for request in asked:
        wire.ask(request)
    wire.data_received(f"Response: Success\r\nActionID: {asked[1].id}\r\nEventList: start\r\n\r\n".encode())
    wire.connection_lost(ConnectionResetError("reset by peer"))
    for request in asked:
        with pytest.raises(ActionFailed, match="reset by peer") as failed:
            await request.future
        assert failed.value.fate is ActionFate.UNKNOWN
    assert not wire.responses
    assert ear.ends == 1
    written = pipe.written
    wire.data_received(event())
    assert pipe.written == written
    assert ear.heard == []


async def test_a_connection_given_up_while_it_was_made_is_closed() -> None:
    wire, pipe = Wire(Ear(), "the manager of the test", asyncio.get_running_loop().time), Pipe()
    wire.close()
    wire.connection_made(pipe)
    wire.data_received(BANNER + event())
    assert pipe.aborted
    assert wire.closed


async def test_a_peer_that_does_not_read_gets_no_more() -> None:
    wire, _, pipe = open_wire()
    pipe.unsent = 2 << 20
    with pytest.raises(ActionFailed) as failed:
        wire.ask(Request("Ping", {}, listing=False))
    assert failed.value.fate is ActionFate.NOT_SENT
    assert pipe.written == b""


@given(st.lists(st.binary(max_size=300), max_size=20), st.lists(st.integers(0, 10_000), max_size=10))
@settings(deadline=None, max_examples=300)
def test_any_bytes_in_any_pieces_leave_it_usable_or_ended(junk: list[bytes], cuts: list[int]) -> None:
    async def feed() -> None:
        wire, ear, _ = open_wire()
        pending = Request("Ping", {}, listing=False)
        wire.ask(pending)
        for piece in in_pieces(b"".join(junk), cuts):
            wire.data_received(piece)
        wire.data_received(b"\r\n\r\n" + event(Mark="usable"))
        assert wire.closed or ear.heard[-1] == {"Event": "Said", "Mark": "usable"}
        assert wire._bytes == b""
        wire.fail(LinkDown("the end of the test"))
        assert pending.future.done()

    asyncio.run(feed())


lines = st.text(st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)), max_size=30)
names = st.text("abcXYZ", min_size=1, max_size=8).filter(lambda name: name.lower() != "event")
messages = st.lists(st.dictionaries(names, lines, max_size=6), min_size=1, max_size=8)


@given(messages, st.lists(st.integers(0, 10_000), max_size=30))
@settings(deadline=None, max_examples=200)
def test_the_pieces_make_no_difference(told: list[dict[str, str]], cuts: list[int]) -> None:
    async def feed(pieces: list[bytes]) -> list[dict[str, str]]:
        wire, ear, _ = open_wire(greeted=False)
        for piece in pieces:
            wire.data_received(piece)
        return ear.heard

    data = BANNER + b"".join(event(**headers) for headers in told)
    whole = asyncio.run(feed([data]))
    assert asyncio.run(feed(in_pieces(data, cuts))) == whole
    assert len(whole) == len(told)


def test_a_repeated_header_keeps_every_value_and_the_first_counts() -> None:
    block = Block.from_line(
        "Response: Success\r\nOutput: one\r\nOutput: \r\nOutput: three\r\nactionid: 7\r\nActionID: 8"
    )
    headers = Headers(block)
    assert headers.get_all("output") == ("one", "", "three")
    assert headers["ACTIONID"] == "7"
    assert headers.get_all("Nothing") == ()
    assert "output" in headers
    assert 7 not in headers


def test_the_bare_output_of_an_older_asterisk_is_output_too() -> None:
    text = "Response: Follows\r\nPrivilege: Command\r\nActionID: 1\r\none\ntwo: 2\n--END COMMAND--"
    assert Headers(Block.from_line(text)).get_all("Output") == ("one", "two: 2", "--END COMMAND--")


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("Ping\r\nAction: Command", {}),
        ("", {}),
        ("Пинг", {}),
        ("Setvar", {"Value": "a\r\nAction: Command"}),
        ("Setvar", {"Value": "a\nb"}),
        ("Setvar", {"Value": "a\rb"}),
        ("Setvar", {"Value": "a\0b"}),
        ("Setvar", {"Value\r\nAction": "Command"}),
        ("Setvar", {"Value: x": "y"}),
        ("Setvar", {"": "y"}),
        ("Setvar", {" Value": "y"}),
        ("Setvar", {"Value": "\ud800"}),
        ("Setvar", {"Value": None}),
        ("Setvar", {"Value": 1.5}),
        ("Setvar", {"Value": "x" * MOST_LINE_BYTES}),
        ("Setvar", {"Value": "Щ" * 510}),
        ("Setvar", {"ActionID": "mine"}),
        ("Setvar", {"action": "Command"}),
        ("Setvar", {"Value": "1", "value": "2"}),
        ("Originate", {"Variable": ["a=1", "b=2\r\nAction: Command"]}),
        ("Originate", {"Variable": ["a=1"] * 200}),
    ],
)
def test_what_would_break_out_of_its_line_is_refused(name: str, headers: dict[str, Any]) -> None:
    with pytest.raises(BadAction):
        check_action(name, headers)


@given(st.text(max_size=5), st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=5))
@settings(deadline=None)
def test_what_is_sent_is_always_exactly_one_action_of_these_headers(name: str, headers: dict[str, str]) -> None:
    async def render() -> str:
        return str(Request(name, headers, listing=False))

    try:
        check_action(name, headers)
    except BadAction:
        return
    sent = asyncio.run(render())
    head, _, rest = sent.partition("\r\n\r\n")
    assert rest == ""
    assert len(head.split("\r\n")) == len(headers) + 2
    assert "\n" not in head.replace("\r\n", "")
