"""A scenario: what a caller does on the line and what must come of it, written in YAML.

One schema serves `gudok test`, which walks the dialplan in text, and `gudok call`, which rings it; each says with
`not_for_call` and `not_for_text` what it cannot do. Nothing here runs a scenario; docs/testing-dialplans.md tells all.
"""

from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.flow.finding import Finding
from ivr.flow.scenarios.scenario_parts import Check as Check
from ivr.flow.scenarios.scenario_parts import Expect as Expect
from ivr.flow.scenarios.scenario_parts import HangUp as HangUp
from ivr.flow.scenarios.scenario_parts import Hear as Hear
from ivr.flow.scenarios.scenario_parts import HearOut as HearOut
from ivr.flow.scenarios.scenario_parts import Press as Press
from ivr.flow.scenarios.scenario_parts import Say as Say
from ivr.flow.scenarios.scenario_parts import Scenario as Scenario
from ivr.flow.scenarios.scenario_parts import Silence as Silence
from ivr.flow.scenarios.scenario_parts import Step as Step
from ivr.flow.scenarios.scenario_parts import World as World
from ivr.flow.scenarios.scenario_reader import ScenarioReader
from ivr.flow.source import BadSource, compose

MOSCOW = ZoneInfo("Europe/Moscow")


class BadScenario(Exception):
    """The file is no scenario that can be run. `findings` lists every fault."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


def load_scenario(path: Path) -> Scenario:
    """The scenario in a file; raises `BadScenario` with all that is wrong with it."""
    scenarios = load_scenarios(path)
    if len(scenarios) != 1:
        place = scenarios[1].place
        hint = "настоящий звонок один: положите сценарий в отдельный файл"
        assert place is not None
        raise BadScenario([Finding(place, "E323", f"здесь нужен один сценарий, а их {len(scenarios)}", hint)])
    return scenarios[0]


def load_scenarios(path: Path, zone: tzinfo = MOSCOW) -> list[Scenario]:
    """The scenarios in a file: one, or several under `scenarios`; `zone` is the supplier's. Raises `BadScenario`."""
    try:
        root, findings = compose(path)
    except BadSource as bad:
        raise BadScenario([bad.finding]) from bad
    reader = ScenarioReader(path, list(findings), zone)
    scenarios = reader.scenarios(root)
    if reader.findings:
        raise BadScenario(sorted(reader.findings, key=lambda finding: finding.place))
    return scenarios


def not_for_call(scenario: Scenario) -> list[Finding]:
    """What a real call cannot do."""
    found = []
    hint = "уберите или проверяйте в `gudok test`"
    if scenario.at is not None and scenario.at_place is not None:
        found.append(Finding(scenario.at_place, "E320", "настоящий звонок не может быть в другое время", hint))
    if scenario.world.place is not None:
        found.append(Finding(scenario.world.place, "E324", "что вокруг настоящего звонка, сценарий не решает", hint))
    for step in scenario.steps:
        if isinstance(step, Hear) and step.says is not None:
            found.append(Finding(step.place, "E321", "слова линии робот на слух не проверяет", hint))
        if isinstance(step, Say) and (step.heard is not None or step.deaf):
            found.append(Finding(step.place, "E325", "ошибку распознавания настоящему звонку не подставить", hint))
    for check in scenario.expect.checks:
        found.append(Finding(check.place, "E326", f"«{check.name}» виден только в текстовой проверке", hint))
    return sorted(found, key=lambda finding: finding.place)


def not_for_text(scenario: Scenario) -> list[Finding]:
    """What a call in text cannot do."""
    found = []
    for step in scenario.steps:
        if isinstance(step, Say) and step.text is None and step.heard is None and not step.deaf:
            hint = "добавьте рядом «text» со словами записи"
            found.append(Finding(step.place, "E322", "запись без текста в текстовой проверке не услышать", hint))
    return found
