"""What is sure on every way through a line: the rules at their edges, where the broken dialplans do not go."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flow.broken_cases import BASE, DIALOGUES, NOW

from ivr.flow.checks import check
from ivr.flow.checks.spoken import seconds
from ivr.flow.starter import files

LINE = """
title: Проба
numbers: {"100": main}
queues: {operators: {title: Операторы, always_open: да}}
on:
  silence: people
  no_match: people
  refused: people
  too_many: people
  deaf: people
  operator: people
"""
TAIL = """
  people: {queue: operators, served: done, timeout: done, no_operators: done}
  done: {end: answered}
"""
Check = Callable[..., list[str]]


@pytest.fixture
def found(tmp_path: Path) -> Check:
    def codes(steps: str, start: str = "a", **others: str) -> list[str]:
        folder = tmp_path / "proba"
        (folder / "flows").mkdir(parents=True)
        (folder / "line.yaml").write_text(LINE, encoding="utf-8")
        (folder / "calendar.yaml").write_text("schedules: {support: {hours: {пн-пт: 8-18}}}\n", encoding="utf-8")
        (folder / "flows" / "main.yaml").write_text(f"start: {start}\nsteps:\n{steps}{TAIL}", encoding="utf-8")
        for name, text in others.items():
            (folder / "flows" / f"{name}.yaml").write_text(text, encoding="utf-8")
        return [finding.code for finding in check(folder, now=NOW, dialogues=DIALOGUES)[1]]

    return codes


IDENTIFY = (
    "  a: {bot: identify, inputs: {level: 'LEVEL'}, "
    "outcomes: {identified: b, no_account: people, not_proved: people}}\n"
)
ASKED = "  a: {ask: Сколько?, expect: rating, into: mark, next: b}\n"


@pytest.mark.parametrize(
    ("then", "codes"),
    [
        ("  b: {say: 'Это {mark}.', next: people}\n", []),
        ("  b: {say: 'Это {mark|plural:оценка}.', next: people}\n", []),
        ("  b: {set: {twice: mark + mark}, next: c}\n  c: {say: 'Это {twice}.', next: people}\n", []),
        ("  b: {when: [{if: mark > 3 and hour < 18, next: people}, {else: done}]}\n", []),
        ("  b: {when: [{if: mark == 'много', next: people}, {else: done}]}\n", ["E203"]),
        ("  b: {switch: mark, cases: {5: people, four: done}, else: done}\n", ["E127"]),
    ],
)
def test_an_answer_is_known_from_its_question_on(found: Check, then: str, codes: list[str]) -> None:
    assert found(ASKED + then) == codes


@pytest.mark.parametrize(
    ("condition", "codes"),
    [
        ("caller.phone != none", []),
        ("not caller.hidden", []),
        ("caller.known and hour < 18", []),
        ("caller.phone == '+79130000001'", []),
        ("caller.hidden", ["E207"]),
        ("caller.known or hour < 18", ["E207"]),
        ("hour < 18", ["E207"]),
    ],
)
def test_a_condition_proves_what_it_says(found: Check, condition: str, codes: list[str]) -> None:
    steps = f'  a: {{when: [{{if: "{condition}", next: b}}, {{else: people}}]}}\n'
    assert found(steps + "  b: {say: 'Ваш номер {caller.phone|phone}.', next: people}\n") == codes


@pytest.mark.parametrize(
    ("before", "codes"),
    [
        (IDENTIFY.replace("LEVEL", "L2"), []),
        (IDENTIFY.replace("LEVEL", "L1"), ["E251"]),
        ("  a: {when: [{if: level >= 2, next: b}, {else: people}]}\n", []),
        ("  a: {when: [{if: level < 2, next: people}, {else: b}]}\n", []),
        ("  a: {when: [{if: level >= 1, next: b}, {else: people}]}\n", ["E251"]),
        ("  a: {goto: b}\n", ["E251"]),
    ],
)  # fmt: skip
def test_money_is_for_those_who_are_known(found: Check, before: str, codes: list[str]) -> None:
    debt = "  b: {lookup: debt, into: bill, found: c, none: people, away: people}\n"
    assert found(before + debt + "  c: {say: 'К оплате {bill.sum}.', next: people}\n") == codes


def test_what_a_called_flow_learns_its_caller_knows(found: Check) -> None:
    called = "start: q\nsteps:\n  q: {ask: Сколько?, expect: rating, into: mark, silence: out, next: out2}\n" + (
        "  out: {end: nothing}\n  out2: {end: told}\non: {no_match: out, refused: out, too_many: out, deaf: out, "
        "operator: flow:main.people}\n"
    )
    told = "  a: {call: survey, ends: {told: b, nothing: people}}\n  b: {say: 'Это {mark}.', next: people}\n"
    assert found(told, survey=called) == []


def test_what_only_one_caller_of_a_flow_knows_the_others_do_not(found: Check) -> None:
    called = "start: q\nsteps:\n  q: {say: 'Это {mark}.', next: out}\n  out: {end: told}\n"
    steps = (
        "  a: {when: [{if: hour < 12, next: b}, {else: d}]}\n"
        "  b: {set: {mark: 5}, next: c}\n"
        "  c: {call: survey, ends: {told: people}}\n"
        "  d: {call: survey, ends: {told: people}}\n"
    )
    assert found(steps, survey=called) == ["E206"]


@pytest.mark.parametrize(("leads", "codes"), [("people", []), ("done", ["E233"])])
def test_a_called_flow_may_leave_the_way_to_people_to_its_caller(found: Check, leads: str, codes: list[str]) -> None:
    called = (
        "start: q\non: {silence: out, no_match: out, refused: out, too_many: out, deaf: out, operator: asked}\n"
        "steps:\n  q: {ask: Сколько?, expect: rating, into: mark, next: out}\n"
        "  out: {end: told}\n  asked: {end: person}\n"
    )
    told = "  b: {menu: Ещё?, choices: {yes: {key: '1', next: people}}}\n"
    assert found(f"  a: {{call: survey, ends: {{told: b, person: {leads}}}}}\n{told}", survey=called) == codes


@pytest.mark.parametrize(("when", "codes"), [("caller.known", []), ("hour < 18", ["E207"])])
def test_a_choice_proves_that_it_was_offered(found: Check, when: str, codes: list[str]) -> None:
    steps = f"  a: {{menu: Ещё?, choices: {{mine: {{key: '1', when: {when}, next: b}}}}}}\n"
    assert found(steps + "  b: {say: 'Ваш номер {caller.phone|phone}.', next: people}\n") == codes


def test_a_choice_may_ask_only_what_can_be_known(found: Check) -> None:
    steps = "  a: {menu: Ещё?, choices: {mine: {key: '1', when: mark > 3, next: b}}}\n"
    assert found(steps + "  b: {ask: Сколько?, expect: rating, into: mark, next: people}\n") == ["E208"]


def test_a_circle_that_counts_its_rounds_is_none(found: Check) -> None:
    steps = (
        "  a: {set: {n: 0}, next: b}\n"
        "  b: {say: Подождите., next: c}\n"
        "  c: {set: {n: n + 1}, next: d}\n"
        "  d: {when: [{if: n < 3, next: b}, {else: people}]}\n"
    )
    assert found(steps) == []


def test_a_circle_that_asks_is_none(found: Check) -> None:
    assert found("  a: {menu: Один?, choices: {again: {key: '1', next: a}, end: {key: '2', next: done}}}\n") == []


@pytest.mark.parametrize("value", ["0123", "9:00", "да", "+79130000001", "88003505566", "'да'", '"12"'])
def test_what_looks_like_text_is_text(found: Check, value: str) -> None:
    assert found(f"  a: {{set: {{x: {value}}}, next: b}}\n  b: {{say: 'Вы сказали {{x|text}}.', next: people}}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "Звоните с 8:00 до 18:00.",
        "До 25 числа.",
        "Пеня 1 240,50 руб.",
        "Телефон 8 800 350-55-66.",
        "Счет+а за свет.",
        "Улица Ленина, дом 5.",
        "Шаг 4567.",
    ],
)
def test_what_a_voice_can_say_is_no_finding(found: Check, text: str) -> None:
    assert found(f"  a: {{say: '{text}', next: people}}\n") == []


def test_one_fault_does_not_bring_others(found: Check) -> None:
    """A step that cannot be read may lead anywhere: nothing is said of what it would have led to."""
    assert found("  a: {sya: Здравствуйте, next: b}\n  b: {say: Я здесь., next: people}\n") == ["E121"]


def test_a_line_that_cannot_be_read_does_not_spoil_its_flows(tmp_path: Path) -> None:
    for name, text in files("Проба", "100"):
        path = tmp_path / "proba" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if name != "line.yaml" else "title: [", encoding="utf-8")
    assert [finding.code for finding in check(tmp_path / "proba", now=NOW)[1]] == ["E004"]


def test_a_bomb_is_refused_before_it_is_built(tmp_path: Path) -> None:
    folder = tmp_path / "proba"
    (folder / "flows").mkdir(parents=True)
    for file in ("line.yaml", "calendar.yaml"):
        (folder / file).write_text((BASE / file).read_text(encoding="utf-8"), encoding="utf-8")
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))
    (folder / "flows" / "main.yaml").write_text(f"l0: &l0 [lol]\n{levels}", encoding="utf-8")
    assert [finding.code for finding in check(folder, now=NOW)[1]] == ["E006"]


def test_a_file_of_megabytes_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "line.yaml").write_bytes(b"#" * 4_000_001)
    assert {finding.code for finding in check(tmp_path, now=NOW)[1]} >= {"E002"}


def test_five_thousand_steps_are_checked_in_a_moment(found: Check) -> None:
    steps = []
    for at in range(0, 4998, 6):
        a, b, c, d, e, f, g = (f"s{at + n}" for n in range(7))
        after = g if at < 4992 else "people"
        steps += [
            f"  {a}: {{say: 'Это шаг {at}, здравствуйте.', next: {b}}}",
            f"  {b}: {{menu: Скажите «{at}»., choices: {{one: {{key: '1', next: {c}}}}}}}",
            f"  {c}: {{set: {{v{at}: hour + 1}}, next: {d}}}",
            f"  {d}: {{when: [{{if: 'v{at} > 3 and weekday in [1, 2]', next: {e}}}, {{else: {f}}}]}}",
            f"  {e}: {{ask: 'Сколько, {{v{at}|words}}?', expect: rating, into: a{at}, next: {f}}}",
            f"  {f}: {{goto: {after}}}",
        ]
    began = time.process_time()
    assert found("\n".join(steps), start="s0") == []
    # A second is the budget on a machine of its own; a shared one may take its time.
    assert time.process_time() - began < 2.5


def test_a_text_is_as_long_as_its_letters() -> None:
    assert 4 < seconds("Здравствуйте! С вами говорит робот. Разговор записывается.") < 5
