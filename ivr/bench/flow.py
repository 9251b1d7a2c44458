"""`gudok bench flow`: what interpreting a step costs without I/O, and how long a big dialplan takes to be checked.

The steps are walked by the line's own interpreter on a telephone of text that answers at once; beside it runs a bare
loop of awaits of as many empty coroutines. A dialplan of 5,000 steps is written, read and checked, as `gudok check`
does it.
"""

import asyncio
import gc
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bots.seat import HouseRules
from ivr.bench.report import Figure, Report, middle
from ivr.call.in_progress import open_call
from ivr.call.interpreter import Limits, live
from ivr.call.phone import CallInfo, Utterance
from ivr.call.rehearsal.desk import RehearsedDesk
from ivr.call.services import Services
from ivr.call.text_phone import Script, TextPhone
from ivr.call.wording import Wordings
from ivr.clock import VirtualClock
from ivr.flow.checks import check
from ivr.flow.dialplan import Dialplan
from ivr.flow.load import load
from ivr.ids import new_id
from ivr.journal.events import Kind

STEP_BUDGET = 50.0
"""Microseconds a step."""
CHECK_BUDGET = 1.0
CHECKED_STEPS = 5000
WALKED_STEPS = 400
NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)

Tell = Callable[[str], None]

LINE = """
title: Замер
numbers: {"100": main}
queues: {operators: {title: Операторы, always_open: да}}
on: {silence: flow:main.people, no_match: flow:main.people, refused: flow:main.people,
     too_many: flow:main.people, deaf: flow:main.people, operator: flow:main.people}
"""
PEOPLE = """
  people: {queue: operators, topic: замер, served: bye, timeout: bye, no_operators: bye}
  bye: {end: self_served}
"""


class _AtOnce:
    """A speaker that has everything ready, as the prompts' cache has."""

    _ready = Utterance("", (), 0.1)

    async def utterance(
        self, text: str, slots: Mapping[str, object], *, pace: float = 1.0, louder: bool = False
    ) -> Utterance:
        return self._ready


class _Noted:
    def __init__(self) -> None:
        self.steps = 0

    def note(self, kind: Kind, **data: object) -> None:
        self.steps += kind is Kind.STEP


async def measure(*, quick: bool, tell: Tell) -> Report:
    runs = 5 if quick else 25
    with tempfile.TemporaryDirectory(prefix="gudok-bench-") as folder:
        figures = await _walked(Path(folder) / "walked", runs, tell)
        figures.append(await asyncio.to_thread(_checked, Path(folder) / "checked", 2 if quick else 5, tell))
    return Report("flow", runs, tuple(figures))


# -- walking ---------------------------------------------------------------------------------------------------------


async def _walked(folder: Path, runs: int, tell: Tell) -> list[Figure]:
    _write(folder, "main", _steps_to_walk(WALKED_STEPS))
    dialplan = load(folder)
    ours, bare = [], []
    for run in range(runs):
        steps, seconds = await _walk(dialplan)
        ours.append(seconds / steps * 1e6)
        bare.append(await _bare(steps) / steps * 1e6)
        tell(f"walk {run + 1}: {ours[-1]:.1f} µs a step, a bare await {bare[-1]:.2f} µs")
    step, plain = middle(ours), middle(bare)
    against = "an await of an empty coroutine"
    return [
        Figure("step", step, "µs", budget=STEP_BUDGET),
        Figure("await", plain, "µs"),
        Figure("step in awaits", round(step / plain, 1), "×", against=against),
    ]


async def _walk(dialplan: Dialplan) -> tuple[int, float]:
    """One call that takes all steps; how many, and the processor's seconds."""
    clock = VirtualClock(NOW)
    info = CallInfo(new_id(NOW), "100", "+79130000001", "bench", "bench", "bench")
    noted = _Noted()
    services = Services(RehearsedDesk(()), lambda: new_id(NOW), rules=HouseRules(zone=UTC))
    call = open_call(
        dialplan,
        Wordings(dialplan.types),
        TextPhone(info, Script(()), clock=clock),
        _AtOnce(),
        noted,
        services,
        clock=clock,
        recordings=Path(),
        prompts={},
    )
    gc.collect()
    began = time.process_time()
    await live(call, "main", Limits(steps=10 * WALKED_STEPS))
    return noted.steps, time.process_time() - began


async def _bare(steps: int) -> float:
    async def nothing() -> None:
        return None

    began = time.process_time()
    for _ in range(steps):
        await nothing()
    return time.process_time() - began


def _steps_to_walk(count: int) -> str:
    """What flows are made of between questions: say, set, when, switch, goto in turn."""
    lines = ["start: s0", "steps:"]
    for number in range(0, count, 5):
        following = f"s{number + 5}" if number + 5 < count else "bye"
        lines += [
            f"  s{number}: {{say: Здравствуйте., next: s{number + 1}}}",
            f"  s{number + 1}: {{set: {{count: {number}, kind: 'a', late: hour > 18}}, next: s{number + 2}}}",
            f"  s{number + 2}: {{when: [{{if: 'late and weekday in [6, 7]', next: bye}}, {{else: s{number + 3}}}]}}",
            f"  s{number + 3}: {{switch: kind, cases: {{b: bye, a: s{number + 4}}}, else: bye}}",
            f"  s{number + 4}: {{goto: {following}}}",
        ]
    return "\n".join(lines) + PEOPLE


# -- checking --------------------------------------------------------------------------------------------------------


def _checked(folder: Path, runs: int, tell: Tell) -> Figure:
    """A line of 5,000 steps in ten flows: menus, questions and what comes of them."""
    flows = 10
    for flow in range(flows):
        name = "main" if flow == 0 else f"part{flow}"
        following = f"flow:part{flow + 1}" if flow + 1 < flows else "bye"
        _write(folder, name, _steps_to_check(CHECKED_STEPS // flows - 2, following))
    took = []
    for run in range(runs):
        gc.collect()
        began = time.process_time()
        check(folder, now=NOW)
        took.append(time.process_time() - began)
        tell(f"check {run + 1}: {took[-1]:.2f} s for {CHECKED_STEPS} steps")
    return Figure(f"check of {CHECKED_STEPS} steps", middle(took), "s", budget=CHECK_BUDGET)


def _steps_to_check(count: int, following: str) -> str:
    lines = ["start: s0", "steps:"]
    for number in range(0, count, 3):
        after = f"s{number + 3}" if number + 3 < count else following
        lines += [
            f"  s{number}:",
            "    menu: Показания или другой вопрос?",
            f"    choices: {{readings: {{key: '1', say: [показания], next: s{number + 1}}}, "
            f"other: {{key: '2', say: [другое], next: s{number + 2}}}}}",
            f"  s{number + 1}: {{ask: Назовите код., expect: digits, into: code, next: s{number + 2}}}",
            f"  s{number + 2}: {{say: Спасибо., next: {after}}}",
        ]
    return "\n".join(lines) + PEOPLE


def _write(folder: Path, flow: str, text: str) -> None:
    (folder / "flows").mkdir(parents=True, exist_ok=True)
    (folder / "line.yaml").write_text(LINE, encoding="utf-8")
    (folder / "flows" / f"{flow}.yaml").write_text(text, encoding="utf-8")
