"""The account of times, shape by shape: what a running line's journal says is what the telephones lived through.

All calls are played beforehand, several at a time, on one line; each test then looks at one of them. How true the
account is to 50 ms over many calls is shown by `tests/load/test_times_proof.py`.
"""

import asyncio
from collections.abc import Iterator

import pytest
from live.timed_calls import SHORT, WITH_PEOPLE, Played, Shape, journalled
from live.timed_line import Lane, lanes_of, timed_line

from ivr.journal.events import Event, Kind
from ivr.journal.times import Doing

pytestmark = pytest.mark.live

LANES = 3
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


def outcome(outcomes: dict[str, Outcome], shape: Shape) -> tuple[Played, list[Event]]:
    found = outcomes[shape.__name__]
    if isinstance(found, BaseException):
        raise found
    return found


@pytest.mark.parametrize("shape", WITH_PEOPLE, ids=lambda shape: shape.__name__)
def test_waits_and_talks_are_those_the_telephones_measured(outcomes: dict[str, Outcome], shape: Shape) -> None:
    played, told = outcome(outcomes, shape)
    one, counted = journalled(told)
    assert (one.exit, one.operators) == (played.exit, played.operators)
    measured = played.measured()
    assert {kind: counted.get(kind) for kind in measured} == pytest.approx(measured, abs=BOUND)
    assert one.whole == sum(part.milliseconds for part in one.segments)


@pytest.mark.parametrize("shape", SHORT, ids=lambda shape: shape.__name__)
def test_who_never_reached_a_person_is_told_apart(outcomes: dict[str, Outcome], shape: Shape) -> None:
    played, told = outcome(outcomes, shape)
    one, counted = journalled(told)
    assert one.exit is played.exit
    assert counted["whole"] == pytest.approx(played.measured()["whole"], abs=BOUND)
    assert {part.doing for part in one.segments} == {Doing.IVR}
