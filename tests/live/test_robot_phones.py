"""The robot phone against telephones and a PBX that are not ours: PJSIP, pyVoIP, Asterisk."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from phones.outside_phone import OutsidePhone

from asterisk.private import Instance, Program, locate, start
from asterisk.robot.call import Call
from asterisk.robot.errors import CallRefused, RegistrationFailed
from asterisk.robot.phone import RobotPhone
from asterisk.robot.sdp import Codec
from asterisk.robot.tones import silence, tone
from ivr.settings import Settings

pytestmark = pytest.mark.live

# -- PJSIP, directly ---------------------------------------------------------------------------------------------------


async def test_pjsip_understands_a_whole_call_of_ours() -> None:
    async with OutsidePhone.pjsua2() as there, RobotPhone(user="robot") as robot:
        call = await robot.dial(f"sip:outside@{there.ready['address']}", caller="+79130000001", name="Иван")
        assert (await there.told("ringing"))["from"] == '"Иван" <sip:+79130000001@127.0.0.1>'
        await call.ringing()
        await there.do("answer")
        await call.answered()
        await there.told("answered")
        call.play(tone(440, 0.6))
        await there.told("tone", hz=440)
        await there.do("tone", hz=700, seconds=0.6)
        await call.heard_tone(700)
        await call.press("19*#")
        assert [(await there.told("key"))["key"] for _ in range(4)] == list("19*#")
        await there.do("press", keys="42")
        assert await call.heard_keys(2) == "42"
        await call.hang_up()
        assert (await there.told("ended"))["status"] == 200
        assert call.packets["lost"] == 0
        assert call.packets["foreign"] == 0


async def test_pjsip_and_the_robot_hold_each_other_and_talk_again() -> None:
    async with OutsidePhone.pjsua2() as there, RobotPhone() as robot:
        call = await robot.dial(f"sip:outside@{there.ready['address']}")
        await there.told("ringing")
        await there.do("answer")
        await call.answered()
        await call.hold()
        await there.told("held")
        await call.resume()
        await there.told("resumed")
        await there.do("hold")
        await there.told("holding")
        await call.held()
        await there.do("resume")
        await call.held(by_them=False)
        call.play(tone(900, 0.6))
        await there.told("tone", hz=900)
        await there.do("hang_up")
        assert not (await call.ended()).by_us


async def test_pjsip_rings_the_robot_which_answers_refuses_or_lets_it_ring() -> None:
    async with OutsidePhone.pjsua2() as there, RobotPhone() as robot:
        await there.do("dial", to=f"sip:robot@{robot.address}")
        call = await robot.incoming()
        await there.told("progress", status=180)
        await call.accept()
        await there.told("answered")
        call.play(tone(620, 0.6))
        await there.told("tone", hz=620)
        await call.hang_up()
        assert (await there.told("ended"))["status"] == 200

        await there.do("dial", to=f"sip:robot@{robot.address}")
        await (await robot.incoming()).reject(603)
        assert (await there.told("ended"))["status"] == 603

        await there.do("dial", to=f"sip:robot@{robot.address}")
        ringing = await robot.incoming()
        await there.told("progress", status=180)
        await there.do("hang_up")
        assert (await ringing.ended()).status == 487


async def test_pjsip_refuses_and_is_given_up_on() -> None:
    async with OutsidePhone.pjsua2() as there, RobotPhone() as robot:
        call = await robot.dial(f"sip:outside@{there.ready['address']}")
        await there.told("ringing")
        await there.do("refuse", status=486)
        with pytest.raises(CallRefused, match="486"):
            await call.answered()
        await there.told("ended")
        call = await robot.dial(f"sip:outside@{there.ready['address']}")
        await there.told("ringing")
        assert (await call.hang_up()).status == 487
        assert (await there.told("ended"))["status"] == 487


# -- through Asterisk --------------------------------------------------------------------------------------------------

OPERATORS = {"101": "first", "102": "second", "103": "third"}
EXTENSIONS = """
[phones]
exten => 88003505566,1,Answer()
 same => n,Wait(0.5)
 same => n,Playback(marker)
 same => n,WaitExten(5)
exten => 7,1,Playback(marker)
 same => n,Hangup()
exten => echo,1,Answer()
 same => n,Echo()
exten => 600,1,Goto(echo,1)
exten => 500,1,Hangup(17)
exten => _10X,1,Dial(PJSIP/${EXTEN},20)
 same => n,Hangup(${HANGUPCAUSE})
"""
QUIET = (
    *("acl", "amd", "ccss", "chan_websocket", "codecs", "dnsmgr", "features", "http", "manager", "pjproject"),
    *("queuerules", "queues", "sorcery", "udptl", "websocket_client"),
)


@dataclass(frozen=True)
class Pbx:
    instance: Instance
    address: str
    folder: Path

    def operator(self, name: str, *, codecs: tuple[Codec, ...] = ("alaw", "ulaw"), expires: int = 300) -> RobotPhone:
        return RobotPhone(
            user=name, secret=OPERATORS[name], registrar=self.address, codecs=codecs, expires=expires, record_seconds=60
        )


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def configuration(program: Program, root: Path, port: int) -> dict[str, str]:
    var = root / "var"
    places = {
        "astetcdir": root / "conf",
        "astmoddir": program.modules,
        "astdatadir": program.data,
        "astrundir": root / "run",
        "astspooldir": var / "spool",
        "astlogdir": var / "log",
        **dict.fromkeys(("astvarlibdir", "astdbdir", "astkeydir", "astagidir"), var),
    }
    rtp = min(free_port() & ~1, 65_000)
    endpoints = "".join(
        f"[{name}](operator)\nauth = {name}\naors = {name}\n"
        f"[{name}]\ntype = auth\nauth_type = userpass\nusername = {name}\npassword = {secret}\n"
        f"[{name}]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\nminimum_expiration = 1\n"
        for name, secret in OPERATORS.items()
    )
    return dict.fromkeys(QUIET, "") | {
        "asterisk": "[directories]\n" + "".join(f"{name} => {path}\n" for name, path in places.items()),
        "logger": "[general]\n[logfiles]\nconsole => notice,warning,error\n",
        "modules": "[modules]\nautoload = no\n" + "".join(f"load => {name}.so\n" for name in program.load),
        "cdr": "[general]\nenable = no\n",
        "cel": "[general]\nenable = no\n",
        "stasis": "[threadpool]\ninitial_size = 5\n",
        "indications": "[general]\ncountry=ru\n[ru]\ndescription=Russia\nringcadence=1000,4000\ndial=425\n",
        "musiconhold": f"[default]\nmode = files\ndirectory = {program.data}/sounds/en\n",
        "res_parking": "[general]\n[default]\n",
        "rtp": f"[general]\nrtpstart = {rtp}\nrtpend = {rtp + 200}\nicesupport = no\n",
        "extensions": EXTENSIONS.replace("marker", str(root / "marker")),
        "pjsip": (
            "[global]\ntype = global\nendpoint_identifier_order = username,ip\n"
            f"[udp]\ntype = transport\nprotocol = udp\nbind = 127.0.0.1:{port}\n"
            "[anyone]\ntype = endpoint\ncontext = phones\ndisallow = all\nallow = alaw,ulaw\ndirect_media = no\n"
            "[anyone]\ntype = identify\nendpoint = anyone\nmatch = 127.0.0.1\n"
            "[operator](!)\ntype = endpoint\ncontext = phones\ndisallow = all\nallow = ulaw,alaw\ndirect_media = no\n"
            + endpoints
        ),
    }


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    """An Asterisk with three operators' telephones, where anybody on loopback may ring."""
    root = tmp_path_factory.mktemp("pbx")
    for name in ("conf", "run", "var/keys", "var/spool", "var/log"):
        (root / name).mkdir(parents=True)
    # A prompt that can be told by ear: 1 s of 440 Hz.
    (root / "marker.sln").write_bytes(tone(440, 1.0).astype("<i2").tobytes())
    program = locate(Settings(data=root / "settings", asterisk="private"))
    port = free_port()
    for name, text in configuration(program, root, port).items():
        (root / "conf" / f"{name}.conf").write_text(text, encoding="utf-8")
    instance = asyncio.run(start(program, root / "conf", root / "run", root / "var/log/asterisk.log"))
    try:
        yield Pbx(instance, f"127.0.0.1:{port}", root)
    finally:
        asyncio.run(instance.stop())


@pytest.fixture
async def caller() -> AsyncIterator[RobotPhone]:
    async with RobotPhone(user="caller", record_seconds=60) as phone:
        yield phone


async def connected(caller: RobotPhone, operator: RobotPhone, pbx: Pbx, name: str) -> tuple[Call, Call]:
    there = await caller.dial(f"sip:{name}@{pbx.address}", caller="+79130000001")
    here = await operator.incoming()
    await here.accept()
    await there.answered()
    return there, here


async def bridged(first: Call, second: Call, low: int = 440, high: int = 700) -> None:
    """Each hears the other's tone."""
    first.play(tone(low, 0.5))
    second.play(tone(high, 0.5))
    await asyncio.gather(first.heard_tone(high), second.heard_tone(low))


async def test_an_operator_registers_is_rung_through_asterisk_and_talks(pbx: Pbx, caller: RobotPhone) -> None:
    async with pbx.operator("101") as operator:
        there, here = await connected(caller, operator, pbx, "101")
        assert here.caller == "+79130000001"
        await bridged(there, here)
        await there.press("159#")
        assert await here.heard_keys(4) == "159#"
        await here.hang_up()
        assert (await there.ended()).cause == 16
        assert there.packets["lost"] == here.packets["lost"] == 0


async def test_different_codecs_meet_in_asterisk(pbx: Pbx, caller: RobotPhone) -> None:
    async with pbx.operator("101", codecs=("ulaw",)) as operator:
        there, here = await connected(caller, operator, pbx, "101")
        await bridged(there, here)


async def test_a_wrong_secret_does_not_register(pbx: Pbx) -> None:
    phone = RobotPhone(user="101", secret="wrong", registrar=pbx.address)
    with pytest.raises(RegistrationFailed, match="401"):
        await phone.__aenter__()


async def test_registration_is_kept_alive_and_taken_back(pbx: Pbx, caller: RobotPhone) -> None:
    async with pbx.operator("102", expires=2) as operator:
        call = await caller.dial(f"sip:echo@{pbx.address}")
        await call.answered()
        # Twice as long as the registration lives: it must have been renewed.
        await call.heard_silence(4.0, 5.0)
        there, _ = await connected(caller, operator, pbx, "102")
        await there.hang_up()
        assert "102/" in await pbx.instance.console("pjsip show contacts")
    assert "102/" not in await pbx.instance.console("pjsip show contacts")


async def test_a_busy_number_refuses_the_call_with_its_cause(pbx: Pbx, caller: RobotPhone) -> None:
    call = await caller.dial(f"sip:500@{pbx.address}")
    with pytest.raises(CallRefused) as refused:
        await call.answered()
    assert refused.value.end.status == 486
    assert refused.value.end.cause == 17


async def test_a_blind_transfer_moves_the_caller_to_another_operator(pbx: Pbx, caller: RobotPhone) -> None:
    async with pbx.operator("101") as first, pbx.operator("102") as second:
        there, here = await connected(caller, first, pbx, "101")
        # Asterisk answers before it bridges: a transfer asked for within the same millisecond gets 400.
        await bridged(there, here)
        await here.refer(f"sip:102@{pbx.address}")
        moved = await second.incoming()
        assert moved.caller == "+79130000001"
        await moved.accept()
        assert (await here.transferred()).status == 200
        await here.hang_up()
        await bridged(there, moved)


async def test_a_consult_and_then_replaces_connects_the_other_two(pbx: Pbx, caller: RobotPhone) -> None:
    async with pbx.operator("101") as first, pbx.operator("102") as second:
        there, here = await connected(caller, first, pbx, "101")
        await here.hold()
        consult = await first.dial("102")
        asked = await second.incoming()
        await asked.accept()
        await consult.answered()
        await bridged(consult, asked, 500, 900)
        await here.refer_replaces(consult)
        assert (await here.transferred()).status == 200
        await asyncio.gather(here.hang_up(), consult.hang_up())
        await bridged(there, asked)
        await there.hang_up()
        await asked.ended()


async def test_a_transfer_to_nobody_is_told_and_the_talk_goes_on(pbx: Pbx, caller: RobotPhone) -> None:
    async with pbx.operator("101") as operator:
        there, here = await connected(caller, operator, pbx, "101")
        await bridged(there, here)
        await here.refer(f"sip:999999@{pbx.address}")
        assert (await here.transferred()).status == 404
        await bridged(there, here)


async def test_what_is_measured_through_asterisk_is_true_to_a_frame(pbx: Pbx, caller: RobotPhone) -> None:
    call = await caller.dial(f"sip:echo@{pbx.address}")
    await call.answered()
    call.play(silence(0.2))
    sent = [call.play(np.concatenate([tone(440 if n % 2 else 700, 0.2), silence(0.15)])) for n in range(9)]
    await sent[-1].done()
    await call.heard_silence(0.2)
    heard = call.recording.runs(patience=0.05)
    begun = [playing.started for playing in sent if playing.started is not None]
    assert len(heard) == len(begun) == 9
    # Echo() hands each frame back as it comes. The machine may be busy elsewhere for a moment: the middle one counts.
    late = [run.start - start.monotonic for run, start in zip(heard, begun, strict=True)]
    assert min(late) > -0.001
    assert median(late) < 0.02
    assert median(run.end - run.start for run in heard) == pytest.approx(0.2, abs=0.02)
    pauses = [after.start - before.end for before, after in pairwise(heard)]
    assert median(pauses) == pytest.approx(0.15, abs=0.02)


async def test_the_first_sound_of_a_prompt_is_timed_from_the_answer(pbx: Pbx, caller: RobotPhone) -> None:
    call = await caller.dial(f"sip:88003505566@{pbx.address}")
    answered = await call.answered()
    run = await call.heard_speech(3)
    # The dialplan waits 0.5 s, then plays; how much later Asterisk gets to it is for the machine to say.
    assert 0.48 <= run.start - answered.monotonic < 1.5
    await call.heard_silence(0.3, 3)
    assert run.end - run.start == pytest.approx(1.0, abs=0.1)


async def test_pyvoip_as_an_operator_talks_with_the_robot(pbx: Pbx, caller: RobotPhone) -> None:
    async with OutsidePhone.pyvoip(pbx.address, "103", OPERATORS["103"]) as operator:
        call = await caller.dial(f"sip:103@{pbx.address}", caller="+79130000001")
        assert (await operator.told("ringing"))["from"] == "+79130000001"
        await operator.do("answer")
        await call.answered()
        call.play(tone(440, 0.6))
        await operator.told("tone", hz=440)
        await operator.do("tone", hz=700, seconds=0.6)
        await call.heard_tone(700)
        await call.press("07*")
        assert [(await operator.told("key"))["key"] for _ in range(3)] == list("07*")
        await operator.do("press", keys="42#")
        assert await call.heard_keys(3) == "42#"
        await operator.do("hang_up")
        assert not (await call.ended()).by_us


async def test_pyvoip_refuses_and_notices_that_the_caller_gave_up(pbx: Pbx, caller: RobotPhone) -> None:
    async with OutsidePhone.pyvoip(pbx.address, "103", OPERATORS["103"]) as operator:
        call = await caller.dial(f"sip:103@{pbx.address}")
        await operator.told("ringing")
        await operator.do("refuse")
        assert (await call.ended()).status == 486
        await operator.told("ended", by="us")
        call = await caller.dial(f"sip:103@{pbx.address}")
        await operator.told("ringing")
        await call.hang_up()
        await operator.told("ended", by="them")


async def test_pjsip_as_an_operator_is_rung_through_asterisk(pbx: Pbx, caller: RobotPhone) -> None:
    async with OutsidePhone.pjsua2("103", server=pbx.address, secret=OPERATORS["103"]) as operator:
        call = await caller.dial(f"sip:103@{pbx.address}")
        await operator.told("ringing")
        await operator.do("answer")
        await call.answered()
        call.play(tone(500, 0.6))
        await operator.told("tone", hz=500)
        await call.hang_up()
        await operator.told("ended")


# -- gudok call --------------------------------------------------------------------------------------------------------

SCENARIO = """\
name: главное меню
from: "+79130000001"
steps:
  - hear: {within: 2}
  - hear_out: {pause: 0.5}
  - press: "7"
  - hear: {within: 1}
  - hear_out: {pause: 0.3}
expect: {answered_within: 2, hangs_up_within: 3, heard: true}
"""


def gudok_call(folder: Path, text: str, *flags: str) -> "subprocess.CompletedProcess[str]":
    scenario = folder / "case.yaml"
    scenario.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "ivr.cli", "call", str(scenario), "--data", str(folder), *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_scenario_rings_the_line_and_is_timed(pbx: Pbx, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    status = {"sip": pbx.address, "line": "88003505566"}
    (tmp_path / "run" / "up.json").write_text(json.dumps(status), encoding="utf-8")
    done = gudok_call(tmp_path, SCENARIO, "--format", "json", "--record", str(tmp_path / "heard.wav"))
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] is True
    assert 0.48 <= report["timings"]["first_sound_after_answer"] < 1.5
    assert [step["kind"] for step in report["steps"]] == ["hear", "hear_out", "press", "hear", "hear_out"]
    assert 0 <= report["steps"][3]["delay"] <= 1
    assert (tmp_path / "heard.wav").stat().st_size > 20_000
    table = gudok_call(tmp_path, SCENARIO)
    assert table.returncode == 0
    assert "сценарий пройден" in table.stdout


def test_a_caller_of_a_scenario_speaks_russian(pbx: Pbx, tmp_path: Path) -> None:
    text = "steps:\n  - say: двенадцать тысяч 345\n  - silence: 0.2\nexpect: {heard: true}\n"
    done = gudok_call(tmp_path, text, "--sip", pbx.address, "--line", "600", "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert 1.0 < report["steps"][0]["spoken"] < 5.0
    assert report["timings"]["last_sound"] - report["timings"]["first_sound"] > 1.0


def test_a_scenario_that_is_not_met_says_where(pbx: Pbx, tmp_path: Path) -> None:
    text = SCENARIO.replace("within: 2}", "within: 0.1}")
    done = gudok_call(tmp_path, text, "--sip", pbx.address, "--line", "88003505566", "--format", "json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["failures"][0]["where"].endswith("case.yaml:4:5")


def test_a_refused_call_can_be_what_is_expected(pbx: Pbx, tmp_path: Path) -> None:
    flags = ("--sip", pbx.address, "--line", "500")
    assert gudok_call(tmp_path, "steps: []\nexpect: {refused: 486}\n", *flags).returncode == 0
    assert gudok_call(tmp_path, "steps: []\nexpect: {refused: 603}\n", *flags).returncode == 1
    assert gudok_call(tmp_path, "steps: [hear]\n", *flags).returncode == 1


def test_a_broken_scenario_and_a_line_that_is_not_there_are_told_apart(tmp_path: Path) -> None:
    done = gudok_call(tmp_path, "steps:\n  - pres: '1'\n")
    assert done.returncode == 2
    assert "case.yaml:2:5 E305" in done.stderr
    assert done.stdout == ""
    done = gudok_call(tmp_path, "steps: [hear]\n")
    assert done.returncode == 1
    assert "gudok up" in done.stderr
