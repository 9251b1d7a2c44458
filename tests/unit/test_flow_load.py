from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.flow.checks import check
from ivr.flow.dialplan import Ask, Confirm, Dialplan, Menu, Queue, Record, SendMessage, Set, Switch, When, where
from ivr.flow.load import BadDialplan, load, read
from ivr.settings import shipped_dialplans

LINE = """
title: Пробный
numbers: {"100": main}
queues: {operators: Операторы}
"""
FLOW = """
start: hello
on: {no_match: people, refused: people, too_many: people, deaf: people, operator: people}
steps:
  hello: {say: Здравствуйте, next: menu}
  menu:
    menu: Нажмите ноль.
    choices:
      operator: {key: "0", say: оператор, next: people}
    silence: people
  people: {queue: operators, served: done, timeout: done, no_operators: done}
  done: {end: answered}
"""


def folder(tmp_path: Path, line: str = LINE, flow: str = FLOW) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "line.yaml").write_text(line, encoding="utf-8")
    (tmp_path / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    return tmp_path


def test_a_clean_folder_has_no_findings(tmp_path: Path) -> None:
    dialplan, findings = read(folder(tmp_path))
    assert findings == []
    assert dialplan is not None
    assert dialplan.flows["main"].steps["menu"].edges()


@pytest.mark.parametrize("shipped", sorted(path.parent.name for path in shipped_dialplans().glob("*/line.yaml")))
def test_a_shipped_line_is_clean(shipped: str) -> None:
    _, findings = check(shipped_dialplans() / shipped, now=datetime(2026, 3, 4, tzinfo=UTC))
    assert [str(finding) for finding in findings] == []


@pytest.mark.parametrize(
    ("old", "new", "code", "word"),
    [
        ("next: menu", "next: menyu", "E111", "может быть, «menu»?"),
        ("queue: operators", "queue: operator", "E112", "может быть, «operators»?"),
        ("say: оператор", "says: оператор", "E102", "может быть, «say»?"),
        ('key: "0"', 'key: "77"', "E114", "77"),
        ("    silence: people\n", "", "E122", "silence"),
        ("{end: answered}", "{}", "E101", "done"),
    ],
)
def test_one_fault_is_found_where_it_stands(tmp_path: Path, old: str, new: str, code: str, word: str) -> None:
    assert old in FLOW
    _, findings = read(folder(tmp_path, flow=FLOW.replace(old, new)))
    assert code in {finding.code for finding in findings}
    assert word in "\n".join(str(finding) for finding in findings)


def test_all_findings_of_all_files_come_at_once(tmp_path: Path) -> None:
    broken = folder(tmp_path, line=LINE.replace("main", "mine"), flow=FLOW.replace("next: menu", "next: nowhere"))
    with pytest.raises(BadDialplan) as caught:
        load(broken)
    assert {finding.place.file.name for finding in caught.value.findings} == {"line.yaml", "main.yaml"}


# -- what the steps become ---------------------------------------------------------------------------------------------


def line(tmp_path: Path, steps: str) -> Dialplan:
    flow = (
        f"start: a\non: {{silence: done, no_match: done, refused: done, too_many: done, deaf: done}}\nsteps:\n{steps}"
    )
    own = LINE + "on: {operator: flow:main.people, silence: flow:main.people, hang_up: flow:main.done}\n"
    rest = "  people: {queue: operators, served: done, timeout: done, no_operators: done}\n  done: {end: answered}\n"
    return load(folder(tmp_path, line=own, flow=flow + rest))


def test_an_exit_is_the_steps_own_else_the_flows_else_the_lines(tmp_path: Path) -> None:
    plan = line(tmp_path, "  a: {menu: Да?, choices: {yes: {key: '1', next: done}}, no_match: people}\n")
    step = plan.flows["main"].steps["a"]
    assert isinstance(step, Menu)
    assert [step.way(name) for name in ("no_match", "silence", "operator")] == ["people", "done", "flow:main.people"]
    assert step.hang_up is not None
    assert where(step.hang_up.target, "main") == ("main", "done")


def test_a_choice_called_operator_is_that_exit(tmp_path: Path) -> None:
    plan = line(tmp_path, "  a: {menu: Да?, choices: {operator: {key: '0', next: done}}}\n")
    assert plan.flows["main"].steps["a"].way("operator") == "done"
    names = [edge.name for edge in plan.flows["main"].steps["a"].ways]
    assert len(names) == len(set(names))


def test_a_ladder_has_its_rungs(tmp_path: Path) -> None:
    steps = (
        "  a: {ask: Когда?, hint: Назовите день., keys: Введите день., tries: 3, expect: date, into: d, next: done}\n"
    )
    step = line(tmp_path, steps).flows["main"].steps["a"]
    assert isinstance(step, Ask)
    said = [wording.text for wording in step.ladder.rungs()]
    assert said == ["Когда?", "Назовите день.", "Назовите день.", "Введите день."]
    assert [wording.text for wording in step.wordings()] == ["Когда?", "Назовите день.", "Введите день."]


def test_variables_have_the_types_of_what_fills_them(tmp_path: Path) -> None:
    steps = (
        "  a: {lookup: debt, into: bill, found: b, none: done, away: done}\n"
        "  b: {set: {half: bill.sum, late: half > 100, code: '07', n: n2 + 1, n2: 1}, next: c}\n"
        "  c: {ask: Когда?, expect: date, into: day, next: done}\n"
    )
    types = line(tmp_path, steps).types
    assert [types[name] for name in ("half", "late", "code", "n", "day", "level", "queue.operators.wait")] == [
        "money", "yes_no", "text", "number", "date", "number", "number",
    ]  # fmt: skip


def test_values_are_text_where_they_are_quoted_or_mean_it(tmp_path: Path) -> None:
    step = line(tmp_path, "  a: {set: {x: 'hour', y: hour, z: 012, t: 9:00}, next: done}\n").flows["main"].steps["a"]
    assert isinstance(step, Set)
    assert {name: value.value({"hour": 5}) for name, value in step.values.items()} == {
        "x": "hour", "y": 5, "z": "012", "t": "9:00",
    }  # fmt: skip


def test_edges_that_may_be_left_out_lead_where_their_neighbours_do(tmp_path: Path) -> None:
    steps = "  a: {record: Говорите., next: b}\n  b: {goto: people}\n"
    flow = line(tmp_path, steps).flows["main"]
    assert isinstance(flow.steps["a"], Record)
    assert flow.steps["a"].way("empty") == "b"
    assert isinstance(flow.steps["people"], Queue)
    assert flow.steps["people"].way("full") == "done"


def test_branches_keep_their_order(tmp_path: Path) -> None:
    steps = (
        "  a: {when: [{if: hour < 9, next: b}, {if: hour < 18, next: people}, {else: done}]}\n"
        "  b: {switch: weekday, cases: {6: done, 7: people}, else: done}\n"
    )
    flow = line(tmp_path, steps).flows["main"]
    when, switch = flow.steps["a"], flow.steps["b"]
    assert isinstance(when, When)
    assert [(branch.when.written, when.way(branch.way)) for branch in when.branches] == [
        ("hour < 9", "b"), ("hour < 18", "people"),
    ]  # fmt: skip
    assert isinstance(switch, Switch)
    assert [(edge.name, edge.target) for edge in switch.ways] == [("6", "done"), ("7", "people"), ("else", "done")]


def test_texts_have_a_variant_to_be_read(tmp_path: Path) -> None:
    steps = (
        "  a: {ask: Номер?, expect: phone, into: p, next: b}\n"
        '  b: {confirm: {say: "Номер {p|phone}?", written: "{p}?"}, of: p, spelled: "{p|digits}?", yes: done, no: a}\n'
    )
    step = line(tmp_path, steps).flows["main"].steps["b"]
    assert isinstance(step, Confirm)
    assert (step.ladder.first.text, step.ladder.first.written) == ("Номер {p|phone}?", "{p}?")
    assert [wording.text for wording in step.wordings()] == ["Номер {p|phone}?", "{p|digits}?"]


def test_a_number_to_write_to_is_text(tmp_path: Path) -> None:
    broken = "  a: {message: bill, to: 89130000001, next: done, refused: done}\n"
    with pytest.raises(BadDialplan) as caught:
        line(tmp_path, broken)
    assert [finding.code for finding in caught.value.findings] == ["E272"]
    (tmp_path / "messages.yaml").write_text("messages: {bill: {sms: Счёт}}\n", encoding="utf-8")
    step = load(tmp_path).flows["main"].steps["a"]
    assert isinstance(step, SendMessage)
    assert step.to is not None
    assert step.to.value({}) == "89130000001"
