"""A carrier's trunk against a second Asterisk that plays the carrier, and a telephone that plays its odd headers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from live.asterisk_rig import (
    SECONDS,
    AgiCall,
    Line,
    cache_settings,
    for_ever,
    free_port,
    line,
    line_settings,
    service,
    until,
)

from asterisk.ami.events import AsteriskEvent
from asterisk.config import Written
from asterisk.private import Program, locate
from asterisk.robot.errors import CallRefused
from asterisk.robot.phone import RobotPhone
from asterisk.trunks import Answering, Registration, Trunks, TrunkState, look, told, unheard
from ivr.settings import Settings, Tls, Trunk

pytestmark = pytest.mark.live

CARRIER = "127.0.0.2"
"""The carrier lives on another address of this machine: its calls must not look like those from beside us."""
NUMBER = "78001112233"
PASSWORD = "pass;word"
HARMLESS = ("registered during operation",)
"""A carrier beside us answers the first OPTIONS while Asterisk is still loading, which PJSIP finds worth a word."""
CERTIFICATE = Path(__file__).parent / "certificate"


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return locate(cache_settings(tmp_path_factory.mktemp("found")))


def carrier_files(written: Written, line_sip: int, **endpoint: str) -> None:
    """What a carrier has for one customer: a name to register with, and a fixed address for one that does not."""
    more = "".join(f"{name} = {value}\n" for name, value in endpoint.items())
    common = f"type = endpoint\ncontext = carrier\ndisallow = all\nallow = alaw\ndirect_media = no\n{more}"
    escaped = PASSWORD.replace(";", "\\;")
    (written.folder / "pjsip.conf").write_text(
        "#include pjsip_transports.conf\n\n[global]\ntype = global\nendpoint_identifier_order = username,ip\n\n"
        f"[{NUMBER}]\n{common}auth = {NUMBER}\naors = {NUMBER}\n\n"
        f"[{NUMBER}]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\nminimum_expiration = 12\n"
        f"maximum_expiration = 12\n\n[{NUMBER}]\ntype = auth\nusername = {NUMBER}\npassword = {escaped}\n\n"
        f"[by-address]\n{common}aors = by-address\n\n[by-address]\ntype = aor\ncontact = sip:127.0.0.1:{line_sip}\n\n"
        f"[by-address]\ntype = identify\nendpoint = by-address\nmatch = 127.0.0.1\n"
    )
    (written.folder / "extensions.conf").write_text("[carrier]\nexten => _X.,1,Hangup(21)\n")


@asynccontextmanager
async def carrier(program: Program, settings: Settings, line_sip: int, **endpoint: str) -> AsyncIterator[Line]:
    def before_start(written: Written) -> None:
        carrier_files(written, line_sip, **endpoint)

    async with line(program, settings, before_start=before_start) as running:
        yield running


def carrier_settings(data: Path, **given: Any) -> Settings:
    return line_settings(data, bind=CARRIER, operators=(), **given)


def settings_with(data: Path, trunk: Trunk, **given: Any) -> Settings:
    settings = line_settings(data, trunks=(trunk,), **given)
    if trunk.auth == "registration":
        settings.places.make()
        (settings.places.secrets / f"trunk-{trunk.name}").write_text(PASSWORD, encoding="utf-8")
    return settings


class Watched:
    """The states of the trunks: how they are when we come, then as the events of the manager tell them."""

    def __init__(self, running: Line) -> None:
        self.running = running
        self.trunks = running.settings.trunks
        self.known: Trunks = unheard(self.trunks)
        self._news = asyncio.Event()

    @classmethod
    async def of(cls, running: Line) -> "Watched":
        made = cls(running)
        running.ami.subscribe(made.take, AsteriskEvent)
        made.known = await look(running.ami, made.trunks)
        return made

    def take(self, event: AsteriskEvent) -> None:
        self.known = told(self.known, event.headers, self.trunks)
        self._news.set()

    async def until(self, *wanted: TrunkState, seconds: float = SECONDS) -> None:
        async with asyncio.timeout(seconds):
            while self.known[self.trunks[0].name].state not in wanted:
                self._news.clear()
                await self._news.wait()


async def rung(
    carrier: Line, channel: str, application: str = "Wait", data: str = "30", caller: str = "89161234567"
) -> None:
    reply = await carrier.ami.action(
        "Originate", {"Channel": channel, "Application": application, "Data": data, "CallerID": caller, "Async": "true"}
    )
    assert reply.ok, reply.message


# -- known by name, by address ---------------------------------------------------------------------------------------


async def test_a_registered_trunk_brings_calls_to_its_number(program: Program, tmp_path: Path) -> None:
    theirs = carrier_settings(tmp_path / "carrier")
    trunk = Trunk(name="rt", host=CARRIER, port=theirs.ports.sip, username=NUMBER, qualify_seconds=1)
    ours = settings_with(tmp_path / "line", trunk, line=NUMBER)
    async with (
        carrier(program, theirs, ours.ports.sip) as far,
        line(program, ours) as near,
        service(ours, for_ever) as calls,
    ):
        watched = await Watched.of(near)
        await watched.until(TrunkState.REGISTERED)
        asked = (await look(near.ami, ours.trunks))["rt"]
        assert asked.registration is Registration.REGISTERED
        await rung(far, f"PJSIP/{NUMBER}")
        call = await calls.next()
        assert call.headers["agi_extension"] == NUMBER
        assert call.headers["agi_callerid"] == "89161234567"
        assert await call.variable("GUDOK_TRUNK") == "rt"
        assert near.complaints(*HARMLESS) == []


async def test_a_carrier_behind_its_proxy_is_reached_through_it(program: Program, tmp_path: Path) -> None:
    theirs = carrier_settings(tmp_path / "carrier")
    trunk = Trunk(
        name="rt",
        host="127.0.0.9",  # nobody lives there
        port=theirs.ports.sip,
        username=NUMBER,
        outbound_proxy=f"{CARRIER}:{theirs.ports.sip}",
        qualify_seconds=1,
    )
    ours = settings_with(tmp_path / "line", trunk)
    async with (
        carrier(program, theirs, ours.ports.sip) as far,
        line(program, ours) as near,
        service(ours, for_ever) as calls,
    ):
        watched = await Watched.of(near)
        await watched.until(TrunkState.REGISTERED)

        async def reached() -> bool:
            return (await look(near.ami, ours.trunks))["rt"].answering is Answering.REACHABLE

        await until(reached, "the proxy answers for the carrier")
        await rung(far, f"PJSIP/{NUMBER}")
        assert await (await calls.next()).variable("GUDOK_TRUNK") == "rt"
        assert near.complaints(*HARMLESS) == []


async def test_two_trunks_of_one_carrier_are_told_apart(program: Program, tmp_path: Path) -> None:
    theirs = carrier_settings(tmp_path / "carrier")
    one = Trunk(name="aa", host=CARRIER, port=theirs.ports.sip, auth="ip")
    two = Trunk(name="bb", host=CARRIER, port=theirs.ports.sip, username=NUMBER)
    ours = line_settings(tmp_path / "line", trunks=(one, two))
    ours.places.make()
    (ours.places.secrets / "trunk-bb").write_text(PASSWORD, encoding="utf-8")
    async with (
        carrier(program, theirs, ours.ports.sip) as far,
        line(program, ours) as near,
        service(ours, for_ever) as calls,
    ):

        async def registered() -> bool:
            return (await look(near.ami, ours.trunks))["bb"].registration is Registration.REGISTERED

        await until(registered, "the trunk is registered")
        await rung(far, f"PJSIP/{NUMBER}")
        assert await (await calls.next()).variable("GUDOK_TRUNK") == "bb"
        await rung(far, "PJSIP/88003505566@by-address")
        assert await (await calls.next()).variable("GUDOK_TRUNK") == "aa"


async def test_a_refused_registration_is_seen_and_says_what_to_mend(program: Program, tmp_path: Path) -> None:
    theirs = carrier_settings(tmp_path / "carrier")
    trunk = Trunk(name="rt", host=CARRIER, port=theirs.ports.sip, username=NUMBER, retry_seconds=1)
    ours = settings_with(tmp_path / "line", trunk)
    (ours.places.secrets / "trunk-rt").write_text("not the password", encoding="utf-8")
    async with carrier(program, theirs, ours.ports.sip), line(program, ours) as near:
        watched = await Watched.of(near)
        await watched.until(TrunkState.REJECTED)
        found = (await look(near.ami, ours.trunks))["rt"]
        assert found.state is TrunkState.REJECTED
        assert "secrets/trunk-rt" in found.mend
        assert not found.usable


async def test_a_trunk_known_by_its_address_needs_no_registration(program: Program, tmp_path: Path) -> None:
    theirs = carrier_settings(tmp_path / "carrier")
    trunk = Trunk(name="rt", host=CARRIER, port=theirs.ports.sip, auth="ip", qualify_seconds=1)
    ours = settings_with(tmp_path / "line", trunk)
    async with (
        carrier(program, theirs, ours.ports.sip) as far,
        line(program, ours) as near,
        service(ours, for_ever) as calls,
        RobotPhone() as phone,
    ):
        watched = await Watched.of(near)
        await watched.until(TrunkState.REACHABLE)
        assert (await look(near.ami, ours.trunks))["rt"].answering is Answering.REACHABLE
        # the carrier may send the number in any form, and calls to other numbers of ours
        for dialled, known in (("+78003505566", "88003505566"), ("84951112233", "84951112233")):
            await rung(far, f"PJSIP/{dialled}@by-address")
            call = await calls.next()
            assert call.headers["agi_extension"] == known
            assert await call.variable("GUDOK_DIALLED") == known
            assert await call.variable("GUDOK_TRUNK") == "rt"
        # from elsewhere the same is not the carrier
        await phone.dial(near.number, caller="89161234567")
        assert await (await calls.next()).variable("GUDOK_TRUNK") == ""
        assert near.complaints(*HARMLESS) == []


# -- what carriers put where -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "diversion",
    [
        "<sip:+78003505566@carrier.test>;reason=unconditional",
        '"Line; one, two" <sip:88003505566@carrier.test;user=phone>;reason=unknown;counter=1',
        "<tel:+78003505566>;reason=no-answer",
    ],
)
async def test_the_dialled_number_is_read_from_diversion(program: Program, tmp_path: Path, diversion: str) -> None:
    port = free_port()
    trunk = Trunk(
        name="rt", host="127.0.0.1", port=port, auth="ip", match=(f"127.0.0.1:{port}",), number_from="diversion"
    )
    ours = settings_with(tmp_path, trunk)
    async with line(program, ours) as near, service(ours, for_ever) as calls, RobotPhone(port=port) as phone:
        await phone.dial(f"sip:550011@{near.sip}", caller="89161234567", headers={"Diversion": diversion})
        call = await calls.next()
        assert call.headers["agi_extension"] == "88003505566"
        # a call without the header can only mean the line
        await phone.dial(f"sip:550011@{near.sip}", caller="89161234567")
        assert (await calls.next()).headers["agi_extension"] == "88003505566"
        assert near.complaints(*HARMLESS) == []


@pytest.mark.parametrize(
    "to",
    [
        "<sip:+78003505566@carrier.test>",
        '"Call, centre: 2 @ home" <sip:88003505566@carrier.test:5070;user=phone>',
        "sip:78003505566@carrier.test",
    ],
)
async def test_the_dialled_number_is_read_from_to(program: Program, tmp_path: Path, to: str) -> None:
    port = free_port()
    trunk = Trunk(name="rt", host="127.0.0.1", port=port, auth="ip", match=(f"127.0.0.1:{port}",), number_from="to")
    ours = settings_with(tmp_path, trunk)
    async with line(program, ours) as near, service(ours, for_ever) as calls, invited(port) as invite:
        invite(near, uri=f"sip:550011@{near.sip}", to=to)
        call = await calls.next()
        assert call.headers["agi_extension"] == "88003505566"
        assert near.complaints(*HARMLESS) == []


async def test_of_what_a_carrier_dials_only_digits_count(program: Program, tmp_path: Path) -> None:
    port = free_port()
    trunk = Trunk(name="rt", host="127.0.0.1", port=port, auth="ip", match=(f"127.0.0.1:{port}",))
    ours = settings_with(tmp_path, trunk)
    hostile = ("8-800-350-55-66", "88003505566,s,1", "88003505566%24%7BEXTEN%7D%22%29", "s", "anybody")
    async with line(program, ours) as near, service(ours, for_ever) as calls, RobotPhone(port=port) as phone:
        for user in hostile:
            await phone.dial(f"sip:{user}@{near.sip}", caller="89161234567")
            dialled = (await calls.next()).headers["agi_extension"]
            assert dialled == ("880035055661" if "," in user else "88003505566"), user
        short = await phone.dial(f"sip:+@{near.sip}", caller="89161234567")
        with pytest.raises(CallRefused) as refused:
            await short.answered(SECONDS)
        assert refused.value.end.status == 484
        assert near.complaints(*HARMLESS) == []


@pytest.mark.parametrize(("caller_from", "seen"), [("pai", "+79161234567"), ("from", "84950000000")])
async def test_the_caller_is_whom_the_carrier_vouches_for(
    program: Program, tmp_path: Path, caller_from: str, seen: str
) -> None:
    port = free_port()
    trunk = Trunk.model_validate(
        {
            "name": "rt",
            "host": "127.0.0.1",
            "port": port,
            "auth": "ip",
            "match": (f"127.0.0.1:{port}",),
            "caller_from": caller_from,
        }
    )
    ours = settings_with(tmp_path, trunk)
    vouched = {"P-Asserted-Identity": "<sip:+79161234567@carrier.test;user=phone>"}
    async with line(program, ours) as near, service(ours, for_ever) as calls, RobotPhone(port=port) as phone:
        await phone.dial(near.number, caller="84950000000", headers=vouched)
        assert (await calls.next()).headers["agi_callerid"] == seen


async def test_a_caller_who_hides_is_hidden_though_the_carrier_knows(program: Program, tmp_path: Path) -> None:
    port = free_port()
    trunk = Trunk(name="rt", host="127.0.0.1", port=port, auth="ip", match=(f"127.0.0.1:{port}",), caller_from="pai")
    ours = settings_with(tmp_path, trunk)
    hidden = {"P-Asserted-Identity": "<sip:+79161234567@carrier.test>", "Privacy": "id"}
    async with line(program, ours) as near, service(ours, for_ever) as calls, RobotPhone(port=port) as phone:
        await phone.dial(near.number, caller="", headers=hidden)
        call = await calls.next()
        assert int(call.headers["agi_callingpres"]) & 0x60


@pytest.mark.parametrize("keys", ["rfc4733", "info", "inband"])
async def test_keys_arrive_whichever_way_the_carrier_sends_them(program: Program, tmp_path: Path, keys: str) -> None:
    pressed: asyncio.Queue[str] = asyncio.Queue()

    async def listen(call: AgiCall) -> None:
        await call.do("ANSWER")
        for _ in range(4):
            result = (await call.do("WAIT FOR DIGIT 10000")).removeprefix("200 result=")
            pressed.put_nowait(chr(int(result)) if int(result) > 0 else result)

    theirs = carrier_settings(tmp_path / "carrier")
    trunk = Trunk.model_validate({"name": "rt", "host": CARRIER, "port": theirs.ports.sip, "auth": "ip", "keys": keys})
    ours = settings_with(tmp_path / "line", trunk)
    async with (
        carrier(program, theirs, ours.ports.sip, dtmf_mode=keys) as far,
        line(program, ours),
        service(ours, listen),
    ):
        await rung(far, "PJSIP/88003505566@by-address", "SendDTMF", "ww159#,200,150")
        heard = [await asyncio.wait_for(pressed.get(), SECONDS) for _ in range(4)]
        assert heard == ["1", "5", "9", "#"]


# -- encrypted -------------------------------------------------------------------------------------------------------


def tls(**given: Any) -> Tls:
    files = {"certificate": CERTIFICATE / "certificate.pem", "key": CERTIFICATE / "key.pem"}
    return Tls.model_validate({**files, "port": free_port(), **given})


async def test_signalling_and_sound_are_encrypted_where_the_trunk_says_so(program: Program, tmp_path: Path) -> None:
    theirs = carrier_settings(tmp_path / "carrier", tls=tls(verify=False))
    assert theirs.tls is not None
    trunk = Trunk(name="rt", host=CARRIER, port=theirs.tls.port, username=NUMBER, transport="tls", srtp=True)
    ours = settings_with(tmp_path / "line", trunk, tls=tls(ca=CERTIFICATE / "certificate.pem"))
    async with (
        carrier(program, theirs, ours.ports.sip, media_encryption="sdes") as far,
        line(program, ours) as near,
        service(ours, for_ever) as calls,
    ):
        await (await Watched.of(near)).until(TrunkState.REGISTERED)
        await rung(far, f"PJSIP/{NUMBER}")
        call = await calls.next()
        answered = await call.do("ANSWER")
        assert answered.startswith("200")
        assert "(1)" in await call.do('GET FULL VARIABLE "${CHANNEL(rtp,secure,audio)}"')
        assert "(1)" in await call.do('GET FULL VARIABLE "${CHANNEL(pjsip,secure)}"')
        assert near.complaints(*HARMLESS) == []


async def test_a_carrier_with_an_unknown_certificate_gets_no_password(program: Program, tmp_path: Path) -> None:
    theirs = carrier_settings(tmp_path / "carrier", tls=tls(verify=False))
    assert theirs.tls is not None
    trunk = Trunk(name="rt", host=CARRIER, port=theirs.tls.port, username=NUMBER, transport="tls", qualify_seconds=1)
    ours = settings_with(tmp_path / "line", trunk, tls=tls())
    async with carrier(program, theirs, ours.ports.sip) as far, line(program, ours) as near:
        await (await Watched.of(near)).until(TrunkState.UNREACHABLE)
        assert not far.heard.of(AsteriskEvent, lambda event: event.headers.get("AOR") == NUMBER)


# -- lost and found --------------------------------------------------------------------------------------------------


async def test_a_lost_carrier_is_seen_and_its_return_brings_calls_again(program: Program, tmp_path: Path) -> None:
    theirs = carrier_settings(tmp_path / "carrier")
    trunk = Trunk(name="rt", host=CARRIER, port=theirs.ports.sip, username=NUMBER, qualify_seconds=1, retry_seconds=1)
    ours = settings_with(tmp_path / "line", trunk)
    async with line(program, ours) as near, service(ours, for_ever) as calls:
        watched = await Watched.of(near)
        async with carrier(program, theirs, ours.ports.sip):
            await watched.until(TrunkState.REGISTERED)
        await watched.until(TrunkState.UNREACHABLE)
        found = (await look(near.ami, ours.trunks))["rt"]
        assert found.state is TrunkState.UNREACHABLE
        assert "does not answer" in found.mend
        # it comes back and has forgotten us
        for file in (theirs.places.asterisk / "var").glob("astdb*"):
            file.unlink()
        async with carrier(program, theirs, ours.ports.sip) as far:
            await watched.until(TrunkState.REGISTERED, seconds=40)
            await far.heard.first(AsteriskEvent, lambda event: event.headers.get("AOR") == NUMBER, seconds=40)
            await rung(far, f"PJSIP/{NUMBER}")
            assert await (await calls.next()).variable("GUDOK_TRUNK") == "rt"


# -- an INVITE by hand, for what no telephone of ours can be made to send --------------------------------------------


@asynccontextmanager
async def invited(port: int) -> AsyncIterator[Callable[..., None]]:
    """Sends an INVITE whose To differs from its request line; what comes back is of no interest here."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", port))

    def invite(near: Line, *, uri: str, to: str) -> None:
        body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
        lines = [
            f"INVITE {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{port};rport",
            "Max-Forwards: 70",
            f"From: <sip:89161234567@127.0.0.1:{port}>;tag=a{port}",
            f"To: {to}",
            f"Call-ID: {port}@carrier.test",
            "CSeq: 1 INVITE",
            f"Contact: <sip:carrier@127.0.0.1:{port}>",
            "Content-Type: application/sdp",
            f"Content-Length: {len(body)}",
        ]
        transport.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), ("127.0.0.1", near.settings.ports.sip))

    try:
        yield invite
    finally:
        transport.close()
