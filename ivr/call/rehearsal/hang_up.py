"""A caller who hangs up, or a service that is stopped, at every await of every scenario; and what that must not leave.

Whatever a call awaits of its ports counts: the telephone, billing, the voice, messages, callbacks. Each scenario is
played once to count the awaits, then once for each of them, with the end put exactly there.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import Any, Literal, cast

import structlog

from ivr.call.in_progress import Call, open_call
from ivr.call.rehearsal.caller import ScenarioCaller
from ivr.call.rehearsal.rehearse import CALLER, Rehearsed, Stage, rehearse, set_stage
from ivr.call.rehearsal.scenarios import scenarios_of
from ivr.call.text_phone import TextPhone
from ivr.flow.scenarios.scenario_parts import Scenario
from ivr.journal.events import Kind

How = Literal["hang_up", "cancel"]
PORTS = ("desk", "messages", "callbacks")


@dataclass(slots=True)
class Awaits:
    """Counts awaits; at number `at` something happens."""

    at: int = -1
    happens: Callable[[], None] = lambda: None
    count: int = 0
    what: str = ""
    """What was awaited when it happened."""

    async def reached(self, name: str) -> None:
        if self.count == self.at:
            self.what = name
            self.happens()
        self.count += 1
        await asyncio.sleep(0)


class Watched:
    """Another object whose coroutines are counted before they begin and after they have ended."""

    def __init__(self, inner: object, awaits: Awaits, name: str) -> None:
        self._inner, self._awaits, self._name = inner, awaits, name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(found):
            return found
        awaits, told = self._awaits, f"{self._name}.{name}"

        @wraps(found)
        async def counted(*args: object, **named: object) -> object:
            await awaits.reached(f"before {told}")
            result = await found(*args, **named)
            await awaits.reached(f"after {told}")
            return result

        return counted


@dataclass(frozen=True, slots=True)
class Left:
    """Something that a call left behind, and where it was ended."""

    scenario: str
    how: How
    at: int
    awaited: str
    what: str

    def __str__(self) -> str:
        return f"{self.scenario}: {self.how} at await {self.at} ({self.awaited}): {self.what}"


@dataclass(slots=True)
class Endings:
    """All that was tried, and all that was wrong."""

    scenarios: int = 0
    endings: int = 0
    left: list[Left] = field(default_factory=list)


async def hang_up_everywhere(folder: Path, *, how: How = "hang_up", most: int | None = None) -> Endings:
    """End every scenario of the folder at each of its awaits (`most`: of each scenario, spread evenly)."""
    stage = set_stage(folder)
    scenarios, _ = scenarios_of(folder, stage)
    endings = Endings()
    for scenario in scenarios:
        awaits = Awaits()
        await _play(stage, scenario, awaits)
        endings.scenarios += 1
        for at in _spread(awaits.count, most):
            endings.left += await _ended_at(stage, scenario, at, how)
            endings.endings += 1
    return endings


def _spread(count: int, most: int | None) -> Iterator[int]:
    step = max(count / most, 1.0) if most else 1.0
    at = 0.0
    while at < count:
        yield int(at)
        at += step


async def _ended_at(stage: Stage, scenario: Scenario, at: int, how: How) -> list[Left]:
    """Play it once more, end it at this await, and look at what is left."""
    before = asyncio.all_tasks()
    awaits = Awaits(at)
    wrong: list[str] = []
    with _complaints() as complaints:
        if how == "cancel":
            task = asyncio.create_task(_play(stage, scenario, awaits), name="rehearsal")
            awaits.happens = task.cancel  # type: ignore[assignment]
            done, _ = await asyncio.wait({task}, timeout=10)
            if not done:
                wrong.append("it cannot be stopped")
                task.cancel()
            elif not task.cancelled():
                wrong += _open(task.result(), stopped=True)
        else:
            played = await _play(stage, scenario, awaits, leaves=True)
            wrong += _open(played)
    tasks = asyncio.all_tasks() - before
    wrong += [f"the task «{task.get_name()}» still runs" for task in tasks]
    wrong += [f"the log complains: {complaint}" for complaint in complaints]
    return [Left(scenario.name, how, at, awaits.what, what) for what in wrong]


async def _play(stage: Stage, scenario: Scenario, awaits: Awaits, *, leaves: bool = False) -> Rehearsed:
    def watched(call: Call) -> Call:
        phone = cast(TextPhone, call.phone)
        if leaves:
            awaits.happens = phone.leave
        return _watch(stage, call, awaits)

    caller = ScenarioCaller(scenario)
    number = CALLER if scenario.caller is None else scenario.caller or None
    return await rehearse(
        stage, caller, number=scenario.to, phone=number, at=scenario.at, world=scenario.world, watched=watched
    )


def _watch(stage: Stage, call: Call, awaits: Awaits) -> Call:
    """The same call with every port counted."""
    services = call.services
    for name in PORTS:
        services = replace(services, **{name: cast(Any, Watched(getattr(services, name), awaits, name))})
    return open_call(
        call.dialplan,
        call.wordings,
        cast(Any, Watched(call.phone, awaits, "phone")),
        cast(Any, Watched(stage.speaker, awaits, "speaker")),
        call.log,
        services,
        clock=call.clock,
        recordings=call.recordings,
        prompts=stage.prompts,
        outbound=call.outbound,
    )


def _open(played: Rehearsed, *, stopped: bool = False) -> list[str]:
    """What is not closed in a call that is over."""
    wrong = []
    if played.fault is not None:
        wrong.append(f"a fault: {played.fault!r}")
    ends = len(played.book.of(Kind.ENDED))
    if ends != 1:
        wrong.append(f"the call has {ends} ends in the journal")
    elif played.book.noted[-1].kind is not Kind.ENDED:
        wrong.append(f"after its end the journal tells of «{played.book.noted[-1].kind}»")
    keys = [key for reading in played.desk.stored for key in reading.keys.values()]
    if len(keys) != len(set(keys)):
        wrong.append("a reading is stored twice")
    told = {str(key) for data in played.book.of(Kind.STORED) for key in cast("dict[str, str]", data["keys"]).values()}
    if not stopped and told != {str(key) for key in keys}:
        wrong.append("the journal and billing do not tell of the same readings")
    return wrong


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What is logged as an error, or thrown where nobody catches it."""
    found: list[str] = []
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: found.append(str(context.get("message"))))
    with structlog.testing.capture_logs() as logged:
        try:
            yield found
        finally:
            loop.set_exception_handler(handler)
            found += [f"{entry['event']}" for entry in logged if entry["log_level"] in ("error", "critical")]
