"""All scenarios of a folder: read, played, judged; what of the dialplan they cover. `gudok test` prints it.

`run_all` is for programs; `try_scenarios` is what publishing asks before anything goes on the line.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ivr.call.rehearsal.caller import ScenarioCaller
from ivr.call.rehearsal.coverage import Coverage, covered
from ivr.call.rehearsal.judge import judge
from ivr.call.rehearsal.rehearse import CALLER, CannotRehearse, Rehearsed, Stage, rehearse, set_stage
from ivr.flow.finding import Finding
from ivr.flow.published.trial import Tried
from ivr.flow.scenarios.scenario import BadScenario, load_scenarios, not_for_text
from ivr.flow.scenarios.scenario_parts import Scenario

TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario as it came out."""

    scenario: Scenario
    findings: tuple[Finding, ...]
    played: Rehearsed
    took: float
    """Seconds of ours, not of the call."""

    @property
    def passed(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Report:
    folder: Path
    results: tuple[Result, ...]
    unreadable: tuple[Finding, ...]
    """What is wrong with scenario files: these were not run."""
    coverage: Coverage
    took: float

    @property
    def passed(self) -> int:
        return sum(result.passed for result in self.results)

    @property
    def failed(self) -> int:
        return len(self.results) - self.passed

    @property
    def ok(self) -> bool:
        return not self.failed and not self.unreadable

    @property
    def findings(self) -> list[Finding]:
        return [*self.unreadable, *(finding for result in self.results for finding in result.findings)]


async def run_all(folder: Path, names: Iterable[str] = ()) -> Report:
    """Run the scenarios of a folder, or those whose file or name holds one of `names`. Raises `CannotRehearse`."""
    began = time.perf_counter()
    stage = set_stage(folder)
    scenarios, unreadable = scenarios_of(folder, stage)
    wanted = tuple(names)
    chosen = [one for one in scenarios if not wanted or any(name in f"{one.file.stem} {one.name}" for name in wanted)]
    results = [await run(stage, scenario) for scenario in chosen]
    return Report(
        folder,
        tuple(results),
        tuple(unreadable),
        covered(stage.dialplan, (result.played.book.noted for result in results)),
        time.perf_counter() - began,
    )


def scenarios_of(folder: Path, stage: Stage) -> tuple[list[Scenario], list[Finding]]:
    """All scenarios of a folder that can be run in text, and what is wrong with the others."""
    found: list[Scenario] = []
    findings: list[Finding] = []
    for path in sorted((folder / TESTS).glob("*.yaml")):
        try:
            read = load_scenarios(path, stage.services.rules.zone)
        except BadScenario as bad:
            findings += bad.findings
            continue
        for scenario in read:
            faults = [*not_for_text(scenario), *_unknown(scenario, stage)]
            findings += faults
            if not faults:
                found.append(scenario)
    return found, findings


def _unknown(scenario: Scenario, stage: Stage) -> list[Finding]:
    """What a scenario names that this line does not have."""
    plan, place = stage.dialplan, scenario.place
    assert place is not None
    found = []
    if scenario.to is not None and scenario.to not in plan.numbers and scenario.world.flow is None:
        found.append(Finding(place, "E335", f"у линии нет номера {scenario.to}", "есть: " + ", ".join(plan.numbers)))
    if scenario.world.flow is not None and scenario.world.flow not in plan.flows:
        found.append(Finding(place, "E336", f"нет такого сценария линии: «{scenario.world.flow}»"))
    for name in scenario.world.known:
        if name not in plan.types:
            found.append(Finding(place, "E337", f"нет такой переменной: «{name}»"))
    steps = {f"{flow.name}.{step}" for flow in plan.flows.values() for step in flow.steps}
    short = {step.partition(".")[2] for step in steps}
    for check in scenario.expect.checks:
        if check.name in ("steps", "not_steps") and isinstance(check.value, tuple):
            strange = [name for name in check.value if name not in steps and name not in short]
            found += [Finding(check.place, "E338", f"у линии нет шага «{name}»") for name in strange]
    return found


async def run(stage: Stage, scenario: Scenario) -> Result:
    began = time.perf_counter()
    caller = ScenarioCaller(scenario)
    phone = CALLER if scenario.caller is None else scenario.caller or None
    played = await rehearse(stage, caller, number=scenario.to, phone=phone, at=scenario.at, world=scenario.world)
    if not played.phone.left:
        caller.over()
    return Result(scenario, tuple(judge(scenario, played, caller)), played, time.perf_counter() - began)


async def try_scenarios(folder: Path) -> Tried:
    """How the scenarios of a folder came out, as it is kept with a version. For `ivr.flow.published.publishing`."""
    try:
        report = await run_all(folder)
    except CannotRehearse as cannot:
        return Tried(0, tuple(str(finding) for finding in cannot.findings))
    return Tried(report.passed, tuple(str(finding) for finding in report.findings))
