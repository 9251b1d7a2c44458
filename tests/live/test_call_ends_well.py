"""Whatever happens to the service, a caller ends at a person: each fault is made, on a real line, in a real call.

The time from the fault to the operators' queue is measured by the operator's telephone and printed (`pytest -s`).
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from live.running_line import RunningLine, running_line, until
from phones.outside_phone import OutsidePhone

from asterisk.robot.call import Call
from asterisk.robot.phone import RobotPhone
from asterisk.robot.tones import tone

pytestmark = pytest.mark.live

DEAD_SECONDS = 3.0
"""From the fault to the queue: a service that is gone, refuses or raises."""
HUNG_SECONDS = 10.0
"""The same for one that hangs: it has to be noticed first."""


@pytest.fixture
def line(tmp_path: Path) -> Iterator[RunningLine]:
    with running_line(tmp_path / "line") as line:
        yield line


@asynccontextmanager
async def operator(line: RunningLine, name: str = "101") -> AsyncIterator[RobotPhone]:
    async with RobotPhone(user=name, secret=line.secret(f"operator-{name}"), registrar=line.sip) as phone:
        yield phone


@asynccontextmanager
async def caller(line: RunningLine) -> AsyncIterator[Call]:
    """Somebody who has rung the line and hears it."""
    async with RobotPhone(user="caller") as phone:
        call = await phone.dial(f"sip:{line.number}@{line.sip}", caller="+79130000001")
        await call.answered()
        yield call


async def reaches_operator(phone: RobotPhone, call: Call, since: float, within: float, what: str) -> Call:
    """The operator's telephone rings in time, and both then hear each other."""
    ringing = await phone.incoming(within + 5)
    took = time.monotonic() - since
    print(f"\n{what}: {took:.2f} s to the operator's telephone")
    assert took <= within
    await ringing.accept()
    await hear_each_other(call, ringing)
    return ringing


async def hear_each_other(one: Call, other: Call) -> None:
    since = time.monotonic()
    one.play(tone(600, 1.0))
    other.play(tone(1000, 1.0))
    await asyncio.gather(other.heard_tone(600, since=since), one.heard_tone(1000, since=since))


async def test_service_killed_in_the_greeting(line: RunningLine) -> None:
    async with operator(line) as phone, caller(line) as call:
        await call.heard_speech()
        since = time.monotonic()
        os.kill(int(str(line.now()["service_pid"])), signal.SIGKILL)
        await reaches_operator(phone, call, since, DEAD_SECONDS, "killed with -9")


async def test_an_operator_with_a_telephone_that_is_not_ours(line: RunningLine) -> None:
    """The same fault, judged by pyVoIP: it registers, rings, answers, and hears the caller."""
    secret = line.secret("operator-101")
    async with OutsidePhone.pyvoip(line.sip, "101", secret) as operator, caller(line) as call:
        await call.heard_speech()
        since = time.monotonic()
        os.kill(int(str(line.now()["service_pid"])), signal.SIGKILL)
        await operator.told("ringing", within=DEAD_SECONDS + 5)
        took = time.monotonic() - since
        print(f"\nkilled with -9: {took:.2f} s to pyVoIP's ring")
        assert took <= DEAD_SECONDS
        await operator.do("answer")
        await operator.told("answered")
        call.play(tone(440, 3.0))
        await operator.told("tone", hz=440)


async def test_service_stopped_dead_in_the_greeting(line: RunningLine) -> None:
    async with operator(line) as phone, caller(line) as call:
        await call.heard_speech()
        since = time.monotonic()
        os.kill(int(str(line.now()["service_pid"])), signal.SIGSTOP)
        await reaches_operator(phone, call, since, HUNG_SECONDS, "stopped with SIGSTOP")


@pytest.mark.parametrize(
    ("number", "within"), [(signal.SIGKILL, DEAD_SECONDS), (signal.SIGSTOP, HUNG_SECONDS)], ids=["killed", "hung"]
)
async def test_service_lost_while_it_listens_to_speech(
    line: RunningLine, number: signal.Signals, within: float
) -> None:
    async with operator(line) as phone, caller(line) as call:
        await call.heard_speech()
        await call.press("5")  # no choice of the menu: only ends the greeting
        await call.heard_silence(0.3)
        await call.heard_speech(fresh=True)
        since = time.monotonic()
        os.kill(int(str(line.now()["service_pid"])), number)
        await reaches_operator(phone, call, since, within, f"{number.name} while it listened")


async def test_call_that_arrives_at_a_hung_service(line: RunningLine) -> None:
    async with operator(line) as phone, RobotPhone(user="caller") as ringing:
        os.kill(int(str(line.now()["service_pid"])), signal.SIGSTOP)
        since = time.monotonic()
        call = await ringing.dial(f"sip:{line.number}@{line.sip}", caller="+79130000001")
        await reaches_operator(phone, call, since, HUNG_SECONDS, "hung before the call")


async def test_call_that_the_service_refuses(line: RunningLine) -> None:
    async with operator(line) as phone:
        # The supervisor sleeps, so that nobody starts the service again.
        os.kill(line.process.pid, signal.SIGSTOP)
        try:
            os.kill(int(str(line.now()["service_pid"])), signal.SIGKILL)
            since = time.monotonic()
            async with caller(line) as call:
                await reaches_operator(phone, call, since, DEAD_SECONDS, "refused")
        finally:
            os.kill(line.process.pid, signal.SIGCONT)


async def test_handler_that_raises(tmp_path: Path) -> None:
    folder = tmp_path / "dialplans" / "energosbyt"
    (folder / "flows").mkdir(parents=True)
    (folder / "line.yaml").write_text(
        'title: Т\nnumbers: {"88003505566": main}\nqueues: {operators: {title: О, always_open: да}}\n'
    )
    (folder / "flows" / "main.yaml").write_text(
        "start: hello\nsteps:\n"
        "  hello: {say: 'Здравствуйте, это робот.', next: keep}\n"
        "  keep: {set: {number: 'не номер'}, next: broken}\n"
        "  broken: {say: 'Ваш номер {number|phone}.', next: people}\n"
        "  people: {queue: operators, served: done, timeout: done, no_operators: done}\n"
        "  done: {end: answered}\n"
    )
    env = {"GUDOK_DIALPLANS": str(folder.parent)}
    with running_line(tmp_path / "line", env=env) as line:
        async with operator(line) as phone, RobotPhone(user="caller") as ringing:
            # What the flow has kept cannot be said as a number, which nobody could see before.
            call = await ringing.dial(f"sip:{line.number}@{line.sip}", caller="")
            await call.answered()
            incoming = await phone.incoming(120)
            await incoming.accept()
            await hear_each_other(call, incoming)
        assert "NotSpeakable" in line.said()
        assert "main.broken" in line.said()


def lives(line: RunningLine) -> str:
    """What the supervisor has said of services that live."""
    return "\n".join(said for said in line.said().splitlines() if "service_lives" in said)


async def test_talk_with_an_operator_outlives_the_service(line: RunningLine) -> None:
    async with operator(line) as phone, caller(line) as call:
        await call.heard_speech()
        await call.press("0")
        talking = await phone.incoming()
        await talking.accept()
        await hear_each_other(call, talking)
        for number in (signal.SIGKILL, signal.SIGSTOP):
            was = int(str(line.now()["service_pid"]))
            os.kill(was, number)
            until(lambda was=was: line.now()["service_pid"] != was, 20, "the service is started again")
            # One that is still starting is given longer before it counts as hung.
            until(lambda: f'"pid": {line.now()["service_pid"]}' in lives(line), 60, "the service lives")
            await hear_each_other(call, talking)
        assert call.end is None


async def test_without_operators_the_caller_leaves_a_message(line: RunningLine) -> None:
    async with caller(line) as call:
        await call.heard_speech()
        os.kill(int(str(line.now()["service_pid"])), signal.SIGKILL)
        beep = await call.heard_silence(1.5, within=40)
        assert beep
        call.play(tone(440, 3.0))
        await call.press("#")
        await call.ended(20)
    found = list((line.data / "recordings" / "voicemail").glob("*.wav"))
    assert len(found) == 1
    assert found[0].stat().st_size > 8000


async def test_stopped_once_it_lets_the_last_call_finish_and_takes_no_other(line: RunningLine) -> None:
    async with operator(line) as phone, caller(line) as call, RobotPhone(user="late") as late:
        await call.heard_speech()
        await call.press("0")
        talking = await phone.incoming()
        await talking.accept()
        line.process.send_signal(signal.SIGINT)
        until(lambda: "no new calls" in line.said(), 10, "the line says that it drains")
        refused = await late.dial(f"sip:{line.number}@{line.sip}", caller="+79130000002")
        assert (await refused.ended()).status == 503
        await hear_each_other(call, talking)
        await call.hang_up()
        assert await asyncio.to_thread(line.process.wait, 20) == 0
    assert line.left_behind() == []


async def test_stopped_twice_it_ends_at_once(line: RunningLine) -> None:
    async with caller(line) as call:
        await call.heard_speech()
        since = time.monotonic()
        line.process.send_signal(signal.SIGINT)
        until(lambda: "no new calls" in line.said(), 10, "the line says that it drains")
        line.process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(line.process.wait, 10) == 0
        print(f"\nstopped twice: {time.monotonic() - since:.2f} s")
    assert line.left_behind() == []


async def test_next_line_adopts_what_a_killed_one_left(line: RunningLine) -> None:
    async with caller(line) as call:
        await call.heard_speech()
        line.process.kill()
        line.process.wait()
        since = time.monotonic()
        with running_line(line.data) as next_line:
            print(f"\nadopted within {time.monotonic() - since:.2f} s")
            for name in ("asterisk_pid", "service_pid", "sip"):
                assert next_line.status[name] == line.status[name]
            await call.heard_speech()
            await call.hang_up()


async def test_second_line_on_the_same_folder_is_refused(line: RunningLine) -> None:
    with pytest.raises(AssertionError, match="already runs on"):
        RunningLine(line.data)


async def test_nothing_complains_at_the_start_and_in_a_call(line: RunningLine) -> None:
    async with caller(line) as call:
        await call.heard_speech()
        await call.hang_up()
    assert line.stop() == 0
    assert line.asterisk_says() == []
    assert line.left_behind() == []
