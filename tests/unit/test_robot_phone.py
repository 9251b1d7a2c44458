"""Two robot telephones ring each other on loopback: signalling, sound, keys and what is measured of them."""

import asyncio
from collections.abc import AsyncIterator
from statistics import median

import numpy as np
import pytest

from asterisk.robot.call import Call, CallState
from asterisk.robot.errors import CallOver, CallRefused, NotPossible, TooLate
from asterisk.robot.phone import RobotPhone
from asterisk.robot.tones import silence, tone


@pytest.fixture
async def caller() -> AsyncIterator[RobotPhone]:
    async with RobotPhone(user="caller") as phone:
        yield phone


@pytest.fixture
async def operator() -> AsyncIterator[RobotPhone]:
    async with RobotPhone(user="operator") as phone:
        yield phone


async def connect(caller: RobotPhone, operator: RobotPhone, **how: str) -> tuple[Call, Call]:
    there = await caller.dial(f"sip:operator@{operator.address}", **how)
    here = await operator.incoming()
    await here.accept()
    await there.answered()
    return there, here


async def test_a_call_rings_is_answered_and_ends_for_both(caller: RobotPhone, operator: RobotPhone) -> None:
    there = await caller.dial(f"sip:operator@{operator.address}", caller="+79130000001", name="Иван")
    here = await operator.incoming()
    await there.ringing()
    assert there.state is here.state is CallState.RINGING
    assert here.caller == "+79130000001"
    assert here.caller_name == "Иван"
    await here.accept()
    await there.answered()
    await there.hang_up()
    end = await here.ended()
    assert not end.by_us
    assert there.end is not None
    assert there.end.by_us
    assert there.times.ended is not None
    assert there.times.invited < there.times.ringing < there.times.answered < there.times.ended  # type: ignore[operator]


async def test_each_side_hears_the_others_tone_and_not_its_own(caller: RobotPhone, operator: RobotPhone) -> None:
    there, here = await connect(caller, operator)
    there.play(tone(440, 1.0))
    here.play(tone(700, 1.0))
    await asyncio.gather(there.heard_tone(700, 3), here.heard_tone(440, 3))
    with pytest.raises(TooLate):
        await there.heard_tone(440, 0.3)


async def test_keys_arrive_once_each_and_in_order(caller: RobotPhone, operator: RobotPhone) -> None:
    there, here = await connect(caller, operator)
    sent = await there.press("19*#", seconds=0.06, gap=0.04)
    assert await here.heard_keys(4, 2) == "19*#"
    assert [key.key for key in sent] == list("19*#")
    assert all(0.05 <= key.seconds <= 0.1 for key in here.keys_heard)
    assert len(here.keys_heard) == 4


async def test_the_called_side_may_refuse(caller: RobotPhone, operator: RobotPhone) -> None:
    there = await caller.dial(f"sip:operator@{operator.address}")
    await (await operator.incoming()).reject(486)
    with pytest.raises(CallRefused) as refused:
        await there.answered()
    assert refused.value.end.status == 486


async def test_the_caller_may_give_up_while_it_rings(caller: RobotPhone, operator: RobotPhone) -> None:
    there = await caller.dial(f"sip:operator@{operator.address}")
    here = await operator.incoming()
    await there.ringing()
    assert (await there.hang_up()).status == 487
    assert not (await here.ended()).by_us
    with pytest.raises(CallOver):
        await here.accept()


async def test_a_held_call_knows_it_and_talks_again(caller: RobotPhone, operator: RobotPhone) -> None:
    there, here = await connect(caller, operator)
    await here.hold()
    await there.held()
    await here.resume()
    await there.held(by_them=False)
    there.play(tone(440, 0.5))
    await here.heard_tone(440, 2)


async def test_the_wait_ends_with_the_call(caller: RobotPhone, operator: RobotPhone) -> None:
    there, here = await connect(caller, operator)
    waiting = asyncio.ensure_future(there.heard_speech(10))
    await here.hang_up()
    with pytest.raises(CallOver):
        await waiting
    with pytest.raises(CallOver):
        await there.press("1")
    ringing = await caller.dial(f"sip:operator@{operator.address}")
    with pytest.raises(NotPossible):
        await ringing.press("1")


async def test_silence_and_sound_are_told_apart_to_the_frame(caller: RobotPhone, operator: RobotPhone) -> None:
    there, here = await connect(caller, operator)
    there.play(silence(0.1))
    spoken = [there.play(np.concatenate([tone(440, 0.1), silence(0.1)])) for _ in range(5)]
    await spoken[-1].done()
    await here.heard_silence(0.2, 2)
    starts = [one.started.monotonic for one in spoken if one.started is not None]
    runs = here.recording.runs(patience=0.05)
    # The machine may be busy elsewhere for a moment: the middle one counts.
    assert abs(median(run.start - start for run, start in zip(runs, starts, strict=True))) < 0.02
    assert abs(median(run.end - start - 0.1 for run, start in zip(runs, starts, strict=True))) < 0.02


async def test_leaving_leaves_no_task_and_hangs_up() -> None:
    before = asyncio.all_tasks()
    async with RobotPhone(user="operator") as operator, RobotPhone(user="caller") as caller:
        there, here = await connect(caller, operator)
    assert asyncio.all_tasks() == before
    assert there.end is not None
    assert here.end is not None
