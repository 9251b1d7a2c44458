"""Waits and talks within 50 ms of what the telephones measured: over a hundred calls, p95 of each kind."""

import asyncio
import math
import os
from collections import defaultdict
from collections.abc import Iterable
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import pytest
from live.timed_calls import WITH_PEOPLE, Played, journalled
from live.timed_line import Lane, lanes_of, timed_line

from asterisk.robot.media import MOST_BEHIND
from ivr.journal.events import Event, Kind

pytestmark = [pytest.mark.proof, pytest.mark.live]

LANES = 4
CALLS = 130
BOUND = 50
"""Milliseconds."""


def p95(values: Iterable[float]) -> float:
    """The smallest value that 95 % do not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(0.95 * len(ordered)) - 1]


def row(name: str, errors: list[float]) -> str:
    sizes = [abs(error) for error in errors]
    figures = (median(sizes), p95(sizes), max(sizes), sum(errors) / len(errors))
    return f"{name:36} {len(errors):5}" + "".join(f"{figure:9.1f}" for figure in figures)


@pytest.mark.timeout(600)
async def test_the_account_of_times_is_true_to_fifty_milliseconds(tmp_path: Path) -> None:
    waiting = list(islice(cycle(WITH_PEOPLE), CALLS))
    done: list[tuple[str, Played, list[Event]]] = []
    starved = 0
    with timed_line(tmp_path, LANES) as (running, settings):
        async with lanes_of(running, settings, LANES) as line:

            async def serve(lane: Lane) -> None:
                nonlocal starved
                while waiting:
                    shape, slips = waiting.pop(0), lane.slips
                    played = await shape(lane)
                    told = await line.until_told(played.caller, Kind.HUNG_UP)
                    if lane.slips > slips:
                        starved += 1
                    else:
                        done.append((shape.__name__, played, told))

            await asyncio.gather(*(serve(lane) for lane in line.lanes))
    by_kind: dict[str, list[float]] = defaultdict(list)
    by_shape: dict[str, list[float]] = defaultdict(list)
    for name, played, told in done:
        one, counted = journalled(told)
        assert (one.exit, one.operators) == (played.exit, played.operators), name
        for kind, milliseconds in played.measured().items():
            plain = kind.partition(" ")[0]
            error = counted[kind] - milliseconds
            by_kind[plain].append(error)
            by_shape[f"{name}, {plain}"].append(error)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"\n{len(done)} calls, {LANES} at a time; load {load}; journal against telephones, milliseconds")
    print(f"{starved} more in which the machine kept a telephone from sending for over {MOST_BEHIND} s")
    print(f"{'':36} {'n':>5}{'p50':>9}{'p95':>9}{'max':>9}{'mean':>9}")
    for name in sorted(by_shape):
        print(row(name, by_shape[name]))
    for name in sorted(by_kind):
        print(row(f"ALL, {name}", by_kind[name]))
    assert len(done) >= 100
    worst = {kind: round(p95(abs(error) for error in errors), 1) for kind, errors in by_kind.items()}
    assert all(value <= BOUND for value in worst.values()), worst
