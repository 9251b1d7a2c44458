"""The account of times, shape by shape: what a running line's journal says is what the telephones lived through.

All calls are played beforehand, several at a time, on one line; each test then looks at one of them. How true the
account is to 50 ms over many calls is shown by `tests/load/test_times_proof.py`.
"""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest
from live.running_line import RunningLine
from live.timed_calls import SHORT, WITH_PEOPLE, Played, Shape, answers, arrives, journalled, lasts, over
from live.timed_line import CALLER_HZ, HERTZ, SECONDS, Lane, TimedLine, lanes_of, timed_line, voice_of
from phones.outside_phone import OutsidePhone

from ivr.journal.events import Event, Kind
from ivr.journal.register import Exit
from ivr.journal.times import Doing
from ivr.settings import Settings

pytestmark = pytest.mark.live

LANES = 4
BOUND = 300
"""Milliseconds: on a laden machine packets come late, but a wait never becomes a talk."""

Outcome = tuple[Played, list[Event]] | BaseException


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    """Every shape by its name, played once, and what the journal was told of it; or what went wrong in it."""
    with timed_line(tmp_path_factory.mktemp("times"), LANES) as (running, settings):

        async def all_played() -> dict[str, Outcome]:
            found: dict[str, Outcome] = {}
            waiting = [*WITH_PEOPLE, *SHORT]

            async def serve(lane: Lane) -> None:
                while waiting:
                    shape = waiting.pop(0)
                    try:
                        played = await shape(lane)
                        found[shape.__name__] = played, await lane.line.until_told(played.caller, Kind.HUNG_UP)
                    except Exception as error:  # noqa: BLE001 (raised again by this shape's own test)
                        found[shape.__name__] = error

            async with lanes_of(running, settings, LANES) as line:
                await asyncio.gather(*(serve(lane) for lane in line.lanes))
            return found

        yield asyncio.run(all_played())


def agree(played: Played, told: list[Event]) -> dict[str, float]:
    """The journal says what the telephones measured; returns what it says."""
    one, counted = journalled(told)
    assert (one.exit, one.operators) == (played.exit, played.operators)
    measured = played.measured()
    assert {kind: counted.get(kind) for kind in measured} == pytest.approx(measured, abs=BOUND)
    assert one.whole == sum(part.milliseconds for part in one.segments)
    return counted


def restated(told: list[Event]) -> int:
    """How much of it a service wrote that found the call going on."""
    return sum(1 for event in told if event.data.get("mended"))


def outcome(outcomes: dict[str, Outcome], shape: Shape) -> tuple[Played, list[Event]]:
    found = outcomes[shape.__name__]
    if isinstance(found, BaseException):
        raise found
    return found


@pytest.mark.parametrize("shape", WITH_PEOPLE, ids=lambda shape: shape.__name__)
def test_waits_and_talks_are_those_the_telephones_measured(outcomes: dict[str, Outcome], shape: Shape) -> None:
    agree(*outcome(outcomes, shape))


@pytest.mark.parametrize("shape", SHORT, ids=lambda shape: shape.__name__)
def test_who_never_reached_a_person_is_told_apart(outcomes: dict[str, Outcome], shape: Shape) -> None:
    played, told = outcome(outcomes, shape)
    one, counted = journalled(told)
    assert one.exit is played.exit
    assert counted["whole"] == pytest.approx(played.measured()["whole"], abs=BOUND)
    assert {part.doing for part in one.segments} == {Doing.IVR}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningLine, Settings]]:
    """A line for one call at a time, to which anything may be done."""
    with timed_line(tmp_path_factory.mktemp("alone"), 1) as line:
        yield line


async def test_an_attended_transfer_by_a_telephone_that_is_not_ours(alone: tuple[RunningLine, Settings]) -> None:
    """PJSIP as the operator: holds, consults and transfers in its own way."""
    running = alone[0]
    async with lanes_of(*alone, 1) as line:
        lane = line.lanes[0]
        name, colleague = lane.operators[0].user, lane.operators[1]
        await lane.operators[0].unregister()
        secret = running.secret(f"operator-{name}")
        async with OutsidePhone.pjsua2(name, server=running.sip, secret=secret) as operator:
            caller, call = await arrives(lane)
            await operator.told("ringing", SECONDS)
            await operator.do("answer")
            await operator.told("answered", SECONDS)
            await operator.do("tone", hz=HERTZ[0], seconds=30)
            await operator.told("tone", SECONDS, hz=CALLER_HZ)
            await lasts(1.0)
            await operator.do("hold")
            await operator.told("holding", SECONDS)
            await operator.do("consult", to=f"sip:{colleague.user}@{running.sip}")
            there = await colleague.incoming(SECONDS)
            there.play(voice_of(colleague))
            await there.accept()
            await operator.told("tone", SECONDS, hz=HERTZ[1])
            await lasts(0.8)
            await operator.do("transfer")
            await there.heard_tone(CALLER_HZ, SECONDS)
            await lasts(1.0)
            await there.hang_up()
            await over(call)
        played = Played(lane, caller, call, Exit.ANSWERED, (name, colleague.user), ("hold",))
        told = await line.until_told(caller, Kind.HUNG_UP)
    counted = agree(played, told)
    assert counted[f"consult {name}"] == pytest.approx(800, abs=2 * BOUND)


async def test_a_service_started_anew_in_the_middle_of_a_call_changes_no_sum(
    alone: tuple[RunningLine, Settings],
) -> None:
    """Killed once in the talk and once while the caller is on hold."""
    running = alone[0]

    async def started_anew(line: TimedLine, caller: str, mended: int) -> None:
        os.kill(int(str(running.now()["service_pid"])), signal.SIGKILL)
        await line.until(caller, lambda told: restated(told) >= mended, seconds=60)

    async with lanes_of(*alone, 1) as line:
        lane = line.lanes[0]
        first = lane.operators[0]
        caller, call = await arrives(lane)
        here = await answers(first)
        await line.until_told(caller, Kind.BRIDGED)
        await started_anew(line, caller, 1)
        await here.hold()
        await line.until_told(caller, Kind.HELD)
        await started_anew(line, caller, 2)
        await here.resume()
        await lasts(1.0)
        await here.hang_up()
        await over(call)
        told = await line.until_told(caller, Kind.HUNG_UP)
    agree(Played(lane, caller, call, Exit.ANSWERED, (first.user,), ("hold",)), told)
    assert restated(told) >= 2
