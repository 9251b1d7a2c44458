"""What the robot does when the other side is slow, deaf, hostile or out of step: a peer that speaks SIP by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from asterisk.robot import rtp, sdp, sip
from asterisk.robot.address import SipError
from asterisk.robot.errors import CallRefused, NotPossible, RegistrationFailed, TooLate
from asterisk.robot.phone import RobotPhone
from asterisk.robot.rtp import Event, Packet
from asterisk.robot.sip import Headers, Request, Response
from asterisk.robot.transaction import Timers, response_to

FAST = Timers(t1=0.02, t2=0.08)
OFFER = sdp.offer("127.0.0.1", 39998, session=1, version=1, codecs=("alaw",), direction="sendrecv")
SDP = ("Content-Type", "application/sdp")


class Peer(asyncio.DatagramProtocol):
    """A socket that hears SIP and sends whatever the test writes."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[sip.Message] = asyncio.Queue()
        self.robot: tuple[str, int] = ("", 0)
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # type: ignore[override]
        self.robot = addr
        self.heard.put_nowait(sip.parse(data))

    @property
    def address(self) -> str:
        host, port = self.transport.get_extra_info("sockname")[:2]
        return f"{host}:{port}"

    async def request(self, method: str, within: float = 2.0) -> Request:
        """The next request of that method; others are passed over."""
        async with asyncio.timeout(within):
            while True:
                message = await self.heard.get()
                if isinstance(message, Request) and message.method == method:
                    return message

    async def response(self, method: str, within: float = 2.0, least: int = 200) -> Response:
        async with asyncio.timeout(within):
            while True:
                message = await self.heard.get()
                if isinstance(message, Response) and message.cseq.method == method and message.status >= least:
                    return message

    def send(self, message: sip.Message) -> None:
        self.transport.sendto(sip.build(message), self.robot)

    def answer(self, request: Request, status: int, *extra: tuple[str, str], body: bytes = b"", tag: str = "p") -> None:
        contact = ("Contact", f"<sip:peer@{self.address}>")
        self.send(response_to(request, status, contact, *extra, tag=tag, body=body))

    def ask(
        self,
        method: str,
        number: int,
        *,
        branch: str,
        to_tag: str = "",
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Request:
        to = "<sip:robot@127.0.0.1>" + (f";tag={to_tag}" if to_tag else "")
        mine = [("Via", f"SIP/2.0/UDP {self.address};branch=z9hG4bK{branch}"), ("From", "<sip:peer@127.0.0.1>;tag=me")]
        mine += [("To", to), ("Call-ID", "one"), ("CSeq", f"{number} {method}")]
        mine += [("Contact", f"<sip:peer@{self.address}>"), *headers, *((SDP,) if body else ())]
        request = Request(method, "sip:robot@127.0.0.1", Headers(mine), body)
        self.send(request)
        return request


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    loop = asyncio.get_running_loop()
    transport, peer = await loop.create_datagram_endpoint(Peer, local_addr=("127.0.0.1", 0))
    yield peer
    transport.close()
    await asyncio.sleep(0)


@pytest.fixture
async def robot(peer: Peer) -> AsyncIterator[RobotPhone]:
    async with RobotPhone(timers=FAST, user="robot", secret="secret") as phone:
        host, _, port = phone.address.rpartition(":")
        peer.robot = (host, int(port))
        yield phone


# -- repeating ---------------------------------------------------------------------------------------------------------


async def test_an_invite_is_repeated_until_it_is_heard_and_given_up_at_last(peer: Peer, robot: RobotPhone) -> None:
    call = await robot.dial(f"sip:x@{peer.address}")
    first = await peer.request("INVITE")
    for _ in range(4):
        assert (await peer.request("INVITE")).via.branch == first.via.branch
    with pytest.raises(CallRefused, match="408"):
        await call.answered(5)


async def test_a_provisional_response_stops_the_repeating(peer: Peer, robot: RobotPhone) -> None:
    call = await robot.dial(f"sip:x@{peer.address}")
    peer.answer(await peer.request("INVITE"), 180)
    await call.ringing()
    while not peer.heard.empty():
        peer.heard.get_nowait()
    with pytest.raises(TimeoutError):
        await peer.request("INVITE", 0.3)


async def test_the_answer_is_repeated_until_it_is_acknowledged(peer: Peer, robot: RobotPhone) -> None:
    peer.ask("INVITE", 1, branch="a", body=OFFER)
    call = await robot.incoming()
    await call.accept()
    first = await peer.response("INVITE")
    again = await peer.response("INVITE")
    assert first == again
    peer.ask("ACK", 1, branch="b", to_tag=first.receiver.tag)
    peer.ask("OPTIONS", 2, branch="c", to_tag=first.receiver.tag)
    await peer.response("OPTIONS")  # the ACK has been heard by then
    while not peer.heard.empty():
        peer.heard.get_nowait()
    with pytest.raises(TimeoutError):
        await peer.response("INVITE", 0.2)


async def test_a_call_whose_answer_nobody_acknowledges_is_ended(peer: Peer, robot: RobotPhone) -> None:
    peer.ask("INVITE", 1, branch="a", body=OFFER)
    call = await robot.incoming()
    await call.accept()
    bye = await peer.request("BYE", 4)
    peer.answer(bye, 200)
    assert (await call.ended()).by_us


async def test_a_repeated_invite_is_one_call_and_hears_the_last_answer_again(peer: Peer, robot: RobotPhone) -> None:
    for _ in range(3):
        peer.ask("INVITE", 1, branch="a", body=OFFER)
    call = await robot.incoming()
    with pytest.raises(TooLate):
        await robot.incoming(0.1)
    assert len(robot.calls) == 1
    await call.reject(486)
    refused = await peer.response("INVITE")
    assert refused.status == (await peer.response("INVITE")).status == 486
    peer.ask("ACK", 1, branch="a", to_tag=refused.receiver.tag)


async def test_a_lost_ack_is_sent_again_when_the_answer_comes_again(peer: Peer, robot: RobotPhone) -> None:
    call = await robot.dial(f"sip:x@{peer.address}")
    invite = await peer.request("INVITE")
    for _ in range(2):
        peer.answer(invite, 200, SDP, body=OFFER)
        assert (await peer.request("ACK")).cseq.number == invite.cseq.number
    await call.answered()


# -- giving up ---------------------------------------------------------------------------------------------------------


async def test_a_cancel_waits_until_the_invite_has_been_heard(peer: Peer, robot: RobotPhone) -> None:
    call = await robot.dial(f"sip:x@{peer.address}")
    invite = await peer.request("INVITE")
    leaving = asyncio.ensure_future(call.hang_up())
    with pytest.raises(TimeoutError):
        await peer.request("CANCEL", 0.1)
    peer.answer(invite, 180)
    cancel = await peer.request("CANCEL")
    assert cancel.via == invite.via
    peer.answer(cancel, 200)
    peer.answer(invite, 487)
    assert (await peer.request("ACK")).via == invite.via
    assert (await leaving).status == 487


async def test_a_call_to_nobody_can_be_left_all_the_same(robot: RobotPhone) -> None:
    call = await robot.dial("sip:x@127.0.0.1:9")
    with pytest.raises(TooLate):
        await call.answered(0.1)
    assert (await call.hang_up(within=0.1)).status == 487


async def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended(peer: Peer, robot: RobotPhone) -> None:
    call = await robot.dial(f"sip:x@{peer.address}")
    invite = await peer.request("INVITE")
    peer.answer(invite, 180)
    await call.ringing()
    leaving = asyncio.ensure_future(call.hang_up())
    await peer.request("CANCEL")
    peer.answer(invite, 200, SDP, body=OFFER)
    await peer.request("ACK")
    peer.answer(await peer.request("BYE"), 200)
    assert (await leaving).by_us


async def test_a_second_branch_that_answers_too_is_ended_and_the_first_goes_on(peer: Peer, robot: RobotPhone) -> None:
    call = await robot.dial(f"sip:x@{peer.address}")
    invite = await peer.request("INVITE")
    peer.answer(invite, 200, SDP, body=OFFER, tag="first")
    await call.answered()
    peer.answer(invite, 200, SDP, body=OFFER, tag="second")
    bye = await peer.request("BYE")
    assert bye.receiver.tag == "second"
    peer.answer(bye, 200)
    assert call.end is None


async def test_leaving_while_a_deaf_peer_is_rung_takes_a_second_at_most(peer: Peer) -> None:
    async with asyncio.timeout(3):
        async with RobotPhone() as phone:
            call = await phone.dial(f"sip:x@{peer.address}")
            waiting = asyncio.ensure_future(call.answered(30))
            await peer.request("INVITE")
            waiting.cancel()
    assert phone.transactions.under_way == 0


# -- challenges --------------------------------------------------------------------------------------------------------


def challenge(nonce: str, stale: str = "false") -> tuple[str, str]:
    return "Proxy-Authenticate", f'Digest realm="r", nonce="{nonce}", qop="auth", stale={stale}'


async def test_a_challenged_call_is_made_again_with_the_secret(peer: Peer, robot: RobotPhone) -> None:
    call = await robot.dial(f"sip:x@{peer.address}")
    first = await peer.request("INVITE")
    peer.answer(first, 407, challenge("n1"))
    second = await peer.request("INVITE")
    assert second.cseq.number == first.cseq.number + 1
    assert second.via.branch != first.via.branch
    peer.answer(second, 407, challenge("n2", "true"))
    third = await peer.request("INVITE")
    assert 'nonce="n2"' in (third.headers.get("Proxy-Authorization") or "")
    peer.answer(third, 407, challenge("n3"))
    with pytest.raises(CallRefused, match="407"):
        await call.answered()


async def test_a_registrar_that_never_answers_is_given_up(peer: Peer) -> None:
    phone = RobotPhone(timers=FAST, registrar=peer.address, user="101", secret="x")
    with pytest.raises(RegistrationFailed, match="408"):
        await phone.__aenter__()
    assert phone.transactions.under_way == 0


# -- inside a call -----------------------------------------------------------------------------------------------------


async def talking(peer: Peer, robot: RobotPhone) -> tuple[Callable[..., Request], str]:
    """A call of the peer that is answered; what asks inside it, and the robot's tag."""
    peer.ask("INVITE", 1, branch="a", body=OFFER)
    await (await robot.incoming()).accept()
    tag = (await peer.response("INVITE")).receiver.tag
    peer.ask("ACK", 1, branch="b", to_tag=tag)

    def inside(method: str, number: int, *headers: tuple[str, str], body: bytes = b"") -> Request:
        return peer.ask(method, number, branch=f"{method}{number}", to_tag=tag, headers=headers, body=body)

    return inside, tag


@pytest.mark.parametrize(
    ("method", "headers", "body", "status"),
    [
        ("OPTIONS", (), b"", 200),
        ("REFER", (("Refer-To", "<sip:evil@127.0.0.1>"),), b"", 603),
        ("NOTIFY", (("Event", "refer"),), b"SIP/2.0 200 OK", 481),
        ("MESSAGE", (), b"", 501),
        ("INVITE", (), b"v=0\r\nm=audio 9 RTP/SAVP 8\r\n", 488),
        ("INVITE", (), b"", 200),
    ],
)
async def test_requests_inside_a_call_get_their_answers_and_the_call_goes_on(
    peer: Peer, robot: RobotPhone, method: str, headers: tuple[tuple[str, str], ...], body: bytes, status: int
) -> None:
    inside, tag = await talking(peer, robot)
    inside(method, 2, *headers, body=body)
    response = await peer.response(method)
    while response.cseq.number != 2:  # the 200 of the first INVITE may have been repeated
        response = await peer.response(method)
    assert response.status == status
    if method == "INVITE":
        peer.ask("ACK", 2, branch="INVITE2" if status >= 300 else "ack", to_tag=tag, body=b"" if body else OFFER)
    assert robot.calls[0].end is None


async def test_keys_by_info_are_heard(peer: Peer, robot: RobotPhone) -> None:
    inside, _ = await talking(peer, robot)
    inside("INFO", 2, ("Content-Type", "application/dtmf-relay"), body=b"Signal=5\r\nDuration=160\r\n")
    assert await robot.calls[0].heard_keys(1, 2) == "5"


async def test_the_cause_of_a_hang_up_is_kept(peer: Peer, robot: RobotPhone) -> None:
    inside, _ = await talking(peer, robot)
    inside("BYE", 2, ("Reason", 'SIP;cause=200, Q.850;cause=31;text="x"'))
    assert (await robot.calls[0].ended()).cause == 31
    assert (await peer.response("BYE")).status == 200


async def test_a_stranger_cannot_end_a_call(peer: Peer, robot: RobotPhone) -> None:
    await talking(peer, robot)
    peer.ask("BYE", 2, branch="x", to_tag="guess")
    assert (await peer.response("BYE")).status == 481
    assert robot.calls[0].end is None


async def test_an_offer_that_meets_ours_is_put_off_and_ours_is_made_again(peer: Peer, robot: RobotPhone) -> None:
    inside, tag = await talking(peer, robot)
    call = robot.calls[0]
    holding = asyncio.ensure_future(call.hold())
    ours = await peer.request("INVITE")
    inside("INVITE", 2, body=OFFER)
    response = await peer.response("INVITE")
    while response.cseq.number != 2:
        response = await peer.response("INVITE")
    assert response.status == 491
    peer.ask("ACK", 2, branch="INVITE2", to_tag=tag)
    peer.answer(ours, 491, tag="me")
    again = await peer.request("INVITE", 4)
    while again.cseq == ours.cseq:
        again = await peer.request("INVITE", 4)
    assert sdp.read(again.body)[0].direction == "sendonly"
    peer.answer(again, 200, SDP, body=OFFER.replace(b"sendrecv", b"recvonly"), tag="me")
    await holding


async def test_a_refused_hold_leaves_the_call_as_it_was(peer: Peer, robot: RobotPhone) -> None:
    await talking(peer, robot)
    holding = asyncio.ensure_future(robot.calls[0].hold())
    peer.answer(await peer.request("INVITE"), 488, tag="me")
    with pytest.raises(NotPossible, match="488"):
        await holding
    assert robot.calls[0].end is None


async def test_what_an_unknown_extension_requires_is_refused_by_name(peer: Peer, robot: RobotPhone) -> None:
    peer.ask("INVITE", 1, branch="a", headers=(("Require", "replaces, 100rel"),), body=OFFER)
    refused = await peer.response("INVITE")
    assert (refused.status, refused.headers.get("Unsupported")) == (420, "100rel")


async def test_an_invite_without_an_offer_gets_one_and_is_answered_in_the_ack(peer: Peer, robot: RobotPhone) -> None:
    peer.ask("INVITE", 1, branch="a")
    call = await robot.incoming()
    await call.accept()
    answer = await peer.response("INVITE")
    assert sdp.choose(answer.body).codec == "alaw"
    peer.ask("ACK", 1, branch="b", to_tag=answer.receiver.tag, body=OFFER)
    await call.heard_silence(0.2, 2)
    assert call.packets["sent"] >= 5


async def test_rubbish_on_both_ports_harms_no_call(peer: Peer, robot: RobotPhone) -> None:
    inside, _ = await talking(peer, robot)
    call = robot.calls[0]
    sound = ("127.0.0.1", call.sound_port)
    for data in (b"", b"\0" * 4, b"\xff" * 1400, b"INVITE\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n", b"\x80\x08" + b"x" * 9):
        peer.transport.sendto(data, peer.robot)
        peer.transport.sendto(data, sound)
    peer.transport.sendto(rtp.build(Packet(8, 1, 0, 5, b"\x2a" * 1500)), sound)
    peer.transport.sendto(rtp.build(Packet(101, 2, 0, 5, b"\x01")), sound)
    peer.transport.sendto(rtp.build(Packet(101, 3, 160, 5, rtp.build_event(Event("9", True, 800)))), sound)
    assert await call.heard_keys(1, 2) == "9"
    inside("OPTIONS", 2)
    assert (await peer.response("OPTIONS")).status == 200
    assert robot.transactions.malformed >= 3
    assert call.packets["foreign"] >= 3


async def test_a_key_whose_last_packets_are_lost_is_heard_all_the_same(peer: Peer, robot: RobotPhone) -> None:
    await talking(peer, robot)
    call = robot.calls[0]
    sound = ("127.0.0.1", call.sound_port)
    for number in range(3):
        event = rtp.build_event(Event("4", False, 160 * (number + 1)))
        peer.transport.sendto(rtp.build(Packet(101, number, 0, 5, event)), sound)
    assert await call.heard_keys(1, 2) == "4"


@pytest.mark.parametrize("target", ["88003505566", "sip:x@example.org", "sip:x@999.0.0.1", "tel:1"])
async def test_what_cannot_be_rung_is_said_at_once(robot: RobotPhone, target: str) -> None:
    with pytest.raises(NotPossible, match="SIP address"):
        await robot.dial(target)
    assert not robot.calls


async def test_no_name_or_header_of_a_caller_can_smuggle_another(peer: Peer, robot: RobotPhone) -> None:
    with pytest.raises(SipError):
        await robot.dial(f"sip:x@{peer.address}", name="Иван\r\nEvil: 1")
    with pytest.raises(SipError):
        await robot.dial(f"sip:x@{peer.address}", headers={"X-Note": "a\r\nEvil: 1"})
    assert not robot.calls
