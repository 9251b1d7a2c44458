"""SIP as values: what is parsed, what is refused, and that no bytes at all can do worse than be refused."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asterisk.robot import digest, sip
from asterisk.robot.address import NameAddr, SipError, Uri, Via
from asterisk.robot.sip import Headers, Request, Response

INVITE = (
    b"INVITE sip:88003505566@127.0.0.1:5060 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK1;rport\r\n"
    b'f: "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd; \\"the\\" first, <again>" <sip:+79130000001@127.0.0.1>;tag=a\r\n'
    b"t: <sip:88003505566@127.0.0.1>\r\n"
    b"i: one@127.0.0.1\r\n"
    b"CSeq: 7\r\n INVITE\r\n"
    b"m: <sip:robot@127.0.0.1:40000;transport=udp>;expires=60, <sip:other@127.0.0.1>\r\n"
    b"Record-Route: <sip:10.0.0.1;lr>,\r\n\t<sip:10.0.0.2;lr>\r\n"
    b"c: application/sdp\r\n"
    b"l: 3\r\n\r\nv=0 and what does not belong to it"
)


def test_compact_names_folded_lines_and_quotes_are_understood() -> None:
    message = sip.parse(INVITE)
    assert isinstance(message, Request)
    assert message.cseq.number == 7
    assert message.sender.name == 'Иван; "the" first, <again>'
    assert message.sender.tag == "a"
    assert Uri.parse(message.sender.uri).user == "+79130000001"
    assert message.headers.listed("record-route") == ("<sip:10.0.0.1;lr>", "<sip:10.0.0.2;lr>")
    assert message.contact == NameAddr("sip:robot@127.0.0.1:40000;transport=udp", "", (("expires", "60"),))
    assert message.has_sdp
    assert message.body == b"v=0"
    assert message.via == Via("UDP", "127.0.0.1", 40000, (("branch", "z9hG4bK1"), ("rport", "")))


def test_what_was_built_is_parsed_back_the_same() -> None:
    message = sip.parse(INVITE)
    again = sip.parse(sip.build(message))
    assert isinstance(message, Request)
    assert isinstance(again, Request)
    assert (again.method, again.uri, again.body) == (message.method, message.uri, message.body)
    assert again.headers.without("Content-Length") == message.headers.without("Content-Length")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((b"CSeq: 7\r\n INVITE", b"CSeq: 7 BYE"), "CSeq says BYE"),
        ((b"CSeq: 7\r\n INVITE", b"CSeq: 99999999999 INVITE"), "not a CSeq"),
        ((b"l: 3", b"l: 3000"), "the body is"),
        ((b"l: 3", b"l: -3"), "not a Content-Length"),
        ((b"i: one@127.0.0.1\r\n", b""), "the Call-ID header is missing"),
        ((b"t: <sip:88003505566@127.0.0.1>", b"t: <sip:88003505566@127.0.0.1"), "not an address"),
        ((b"v: SIP/2.0/UDP 127.0.0.1:40000", b"v: SIP/2.0/UDP 127.0.0.1:70000"), "not a port"),
        ((b"INVITE sip:88003505566@127.0.0.1:5060 SIP/2.0", b"INVITE SIP/2.0"), "not a request line"),
        ((b"INVITE sip:88003505566@127.0.0.1:5060 SIP/2.0", b"SIP/2.0 99 Odd"), "not a status line"),
        ((b"f:", b"f"), "not a header"),
        ((b"\r\n\r\n", b"\r\n"), "the headers have no end"),
        ((b"i: one", b"i: " + b"x" * 9000), "too long"),
        ((b"i: one", b"X: y\r\n" * 300 + b"i: one"), "too many headers"),
    ],
)
def test_a_broken_message_is_refused_with_a_reason(change: tuple[bytes, bytes], said: str) -> None:
    assert change[0] in INVITE
    with pytest.raises(SipError, match=said):
        sip.parse(INVITE.replace(*change, 1))


@pytest.mark.parametrize("name", ["X-Name\r\nEvil", "X Name", ""])
def test_no_header_name_can_break_out(name: str) -> None:
    with pytest.raises(SipError):
        sip.build(Request("INVITE", "sip:a@b", Headers([(name, "x")])))


@given(st.text())
def test_no_value_can_add_a_header(value: str) -> None:
    request = Request("OPTIONS", "sip:a@127.0.0.1", Headers([("X-Told", value), ("X-Last", "1")]))
    try:
        data = sip.build(request)
    except SipError:
        assert set(value) & set("\r\n\0")
    else:
        assert data.count(b"\r\n") == 5


@given(st.text(max_size=40))
def test_any_user_survives_in_an_address(user: str) -> None:
    kept = user.encode("utf-8", "replace").decode()
    assert Uri.parse(str(Uri(user=kept, host="127.0.0.1", port=5060))).user == kept


@given(st.text(alphabet=st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=40))
def test_any_name_survives_in_an_address(name: str) -> None:
    assert NameAddr.parse(str(NameAddr("sip:a@127.0.0.1", name.strip()))).name == name.strip()


def _read_everything(message: sip.Message) -> None:
    _ = message.via.branch, message.sender.tag, message.receiver, message.call_id, message.cseq, message.contact
    _ = message.has_sdp, message.headers.listed("Record-Route"), message.headers.tokens("Require")
    digest.best_challenge(message.headers.all("WWW-Authenticate"))


@given(st.binary(max_size=400))
@example(b"")
@example(b"\r\n\r\n")
@example(b"SIP/2.0 200 OK\r\n\r\n")
def test_no_bytes_do_worse_than_be_refused(data: bytes) -> None:
    try:
        message = sip.parse(data)
    except SipError:
        return
    _read_everything(message)


@given(st.data())
def test_no_damage_to_a_good_message_does_worse_than_be_refused(data: st.DataObject) -> None:
    damaged = bytearray(INVITE)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        way = data.draw(st.sampled_from(["change", "cut", "insert", "drop"]))
        if way == "change":
            damaged[at] = data.draw(st.integers(0, 255))
        elif way == "cut" and len(damaged) > 40:
            del damaged[max(at, 20) :]
        elif way == "insert":
            damaged[at:at] = data.draw(st.sampled_from([b"\r\n", b'"', b"<", b">", b",", b";", b":", b"\0", b"\xff"]))
        elif len(damaged) > 40:
            del damaged[at : at + data.draw(st.integers(1, 9))]
    try:
        message = sip.parse(bytes(damaged))
    except SipError:
        return
    _read_everything(message)
    again = sip.parse(sip.build(message))
    assert isinstance(again, Request | Response)


def test_the_digest_of_the_standard_comes_out() -> None:
    # RFC 2617 section 3.5
    challenge = digest.read_challenge(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    assert challenge is not None
    value = digest.authorization(
        challenge, user="Mufasa", secret="Circle Of Life", method="GET", uri="/dir/index.html", cnonce="0a4f113b"
    )
    assert 'response="6629fae49393a05397450978507c4ef1"' in value
    assert "qop=auth, nc=00000001" in value


def test_sha_256_of_the_standard_comes_out_and_is_preferred() -> None:
    # RFC 7616 section 3.9.1
    common = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    challenge = digest.best_challenge([common + ", algorithm=MD5", common + ", algorithm=SHA-256", "Basic x"])
    assert challenge is not None
    value = digest.authorization(
        challenge,
        user="Mufasa",
        secret="Circle of Life",
        method="GET",
        uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in value


@pytest.mark.parametrize("header", ["Basic realm=x", 'Digest realm="x"', 'Digest realm="x", nonce="y", qop="auth-int"'])
def test_a_challenge_that_cannot_be_answered_is_none(header: str) -> None:
    assert digest.read_challenge(header) is None
