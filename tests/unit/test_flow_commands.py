"""The commands of whoever writes dialplans: check, schema, new."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from flow.broken_cases import BASE, cases
from typer.testing import CliRunner

from ivr.cli import check, new, schema
from ivr.flow.checks import check as check_folder
from ivr.flow.scenarios.scenario import load_scenarios

app = typer.Typer()
for command in (check, new, schema):
    command.register(app)
runner = CliRunner()
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    folder = tmp_path / "proba"
    next(case for case in cases() if case.path.stem == "E102-key").break_in(folder)
    return folder


def test_the_place_the_line_and_what_to_do_are_told(broken: Path) -> None:
    found = runner.invoke(app, ["check", str(broken)])
    assert found.exit_code == 1
    lines = found.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if "E102" in line)
    assert lines[at].startswith(f"{broken}/flows/main.yaml:16:5 E102 ")
    assert lines[at + 1].endswith("hnit: Скажите «долг» или «вопрос».")
    assert lines[at + 2].index("^") == lines[at + 1].index("hnit")
    assert "может быть, «hint»?" in lines[at + 3]


def test_programs_get_the_same_as_json(broken: Path) -> None:
    found = json.loads(runner.invoke(app, ["check", str(broken), "--format", "json"]).stdout)["findings"]
    one = next(each for each in found if each["code"] == "E102")
    assert (one["line"], one["col"], one["level"], one["hint"]) == (16, 5, "error", "может быть, «hint»?")


def test_code_review_gets_sarif_with_what_each_code_means(broken: Path) -> None:
    report = json.loads(runner.invoke(app, ["check", str(broken), "--format", "sarif"]).stdout)
    [run] = report["runs"]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {one["ruleId"] for one in run["results"]}
    assert all(rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"])


@pytest.mark.parametrize("arguments", [["nowhere"], [str(BASE), "--format", "xml"]])
def test_wrong_usage_is_told_apart_from_findings(arguments: list[str]) -> None:
    assert runner.invoke(app, ["check", *arguments]).exit_code == 2


def test_the_folder_of_all_suppliers_is_not_taken_for_one(broken: Path) -> None:
    found = runner.invoke(app, ["check", str(broken.parent)])
    assert found.exit_code == 2
    assert str(broken) in found.stderr


def test_a_new_line_checks_clean_and_brings_scenarios(tmp_path: Path) -> None:
    made = runner.invoke(app, ["new", "altay", str(tmp_path), "--title", "Алтай: энерго'сбыт", "--number", "1357"])
    folder = tmp_path / "altay"
    assert (made.exit_code, made.stdout) == (0, f"{folder}\n")
    dialplan, findings = check_folder(folder, now=NOW)
    assert findings == []
    assert dialplan is not None
    assert (dialplan.title, dict(dialplan.numbers)) == ("Алтай: энерго'сбыт", {"1357": "main"})
    assert len(load_scenarios(folder / "tests" / "main.yaml")) >= 5


def test_a_folder_of_that_name_is_the_suppliers_own(tmp_path: Path) -> None:
    runner.invoke(app, ["new", "altay", str(tmp_path / "altay")])
    assert (tmp_path / "altay" / "line.yaml").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "altay").mkdir()
    (tmp_path / "altay" / "line.yaml").write_text("title: Моё\n", encoding="utf-8")
    assert runner.invoke(app, ["new", "altay", str(tmp_path)]).exit_code == 1
    assert (tmp_path / "altay" / "line.yaml").read_text(encoding="utf-8") == "title: Моё\n"


@pytest.mark.parametrize("arguments", [["Алтай"], ["../altay"], ["altay", "--number", "abc"]])
def test_a_new_line_is_named_as_suppliers_are(arguments: list[str], tmp_path: Path) -> None:
    assert runner.invoke(app, ["new", arguments[0], str(tmp_path), *arguments[1:]]).exit_code == 2


def test_the_schema_can_be_written_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "flow.schema.json"
    assert runner.invoke(app, ["schema", "-o", str(file)]).exit_code == 0
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(runner.invoke(app, ["schema"]).stdout)
    assert runner.invoke(app, ["schema", "queue"]).exit_code == 2
