"""The lines that ship: clean, rehearsed on every edge, in words that a voice can say, no number answered twice."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from bots.catalogue import TEXTS
from ivr.call.rehearsal.scenarios import Report, run_all
from ivr.flow.checks import check
from ivr.flow.dialplan import Dialplan
from ivr.flow.load import read
from ivr.flow.supplier.suppliers import read_suppliers
from ivr.prompts.pieces import pieces, spelled
from ivr.settings import shipped_dialplans

SHIPPED = sorted(path.parent for path in shipped_dialplans().glob("*/line.yaml"))
DEMO = shipped_dialplans() / "energosbyt"
NOW = datetime(2026, 3, 18, 3, tzinfo=UTC)
SLOT = re.compile(r"\{[^}]*\}")

every_line = pytest.mark.parametrize("folder", SHIPPED, ids=lambda path: path.name)


@cache
def dialplan(folder: Path) -> Dialplan:
    plan, _ = read(folder)
    assert plan is not None
    return plan


@pytest.fixture(scope="module")
def reports() -> dict[Path, Report]:
    return {}


async def rehearsed(folder: Path, reports: dict[Path, Report]) -> Report:
    """Each line is rehearsed once for all tests."""
    if folder not in reports:
        reports[folder] = await run_all(folder)
    return reports[folder]


def test_two_suppliers_ship() -> None:
    assert [folder.name for folder in SHIPPED] == ["energosbyt", "teplosbyt"]


@every_line
def test_nothing_is_found_wrong(folder: Path) -> None:
    _, findings = check(folder, now=NOW)
    assert [str(finding) for finding in findings] == []


@every_line
async def test_every_scenario_comes_out_as_it_says(folder: Path, reports: dict[Path, Report]) -> None:
    report = await rehearsed(folder, reports)
    assert [str(finding) for finding in report.findings] == []
    assert report.passed == len(report.results) > 0


@every_line
async def test_every_edge_is_taken(folder: Path, reports: dict[Path, Report]) -> None:
    report = await rehearsed(folder, reports)
    assert [str(missed) for missed in report.coverage.missed] == []


async def test_the_demo_line_is_rehearsed_by_matter(reports: dict[Path, Report]) -> None:
    report = await rehearsed(DEMO, reports)
    assert len(report.results) >= 40
    assert len({result.scenario.file for result in report.results}) >= 10


@every_line
def test_no_text_has_a_digit(folder: Path) -> None:
    plan = dialplan(folder)
    said = [wording.text for wording in plan.wordings()] + list(plan.prompts.values())
    assert [text for text in said if re.search(r"\d", SLOT.sub("", text))] == []


@every_line
def test_every_fixed_text_can_be_said_as_it_is_written(folder: Path) -> None:
    plan = dialplan(folder)
    fixed = [*plan.texts(), *(text for text in plan.prompts.values() if "{" not in text)]
    for text in fixed:
        assert spelled(pieces(text, {}))


@every_line
def test_nothing_promises_an_operator_who_may_not_be_there(folder: Path) -> None:
    """Dialogues do not know the hours: only the step that has looked at them says «соединяю»."""
    texts = {**TEXTS, **dialplan(folder).prompts}
    used = _dialogues_of(dialplan(folder))
    said = [key for key, text in texts.items() if key.split(".")[0] in used and "Соединяю" in text]
    assert said == []


def _dialogues_of(plan: Dialplan) -> set[str]:
    prefixes = {"readings": "readings", "submitted": "submitted", "balance": "balance", "service_request": "request"}
    bots = {step.bot for flow in plan.flows.values() for step in flow.steps.values() if hasattr(step, "bot")}
    return {prefixes[bot] for bot in bots if bot in prefixes} | {"talk"}


def test_no_number_is_answered_twice() -> None:
    suppliers, findings = read_suppliers(shipped_dialplans(), now=NOW)
    assert [str(finding) for finding in findings] == []
    numbers = [number for supplier in suppliers for number in supplier.settings.numbers]
    assert len(suppliers.by_number) == len(numbers) > 0


def test_no_invented_caller_is_known_to_two_suppliers() -> None:
    phones = [
        {
            phone
            for row in (folder / "demo-accounts.csv").read_text(encoding="utf-8").splitlines()
            for phone in _phones(row)
        }
        for folder in SHIPPED
    ]
    assert all(phones)
    assert not phones[0] & phones[1]


def _phones(row: str) -> list[str]:
    return re.findall(r"\+7\d{10}", row)
