"""`gudok understand`: one answer a line, whatever the line; what is wrong in one is said, and the next is read."""

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bots.understanding.requests import BadRequest, request
from ivr.cli import understand

METER = {
    "digits": 5,
    "fraction": 1,
    "zones": [{"name": "single", "previous": 12200, "days": 30, "daily": 5.0}],
    "max_kw": 15,
}


def run(*lines: str | bytes | dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    app = typer.Typer()
    understand.register(app)
    encoded = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
        for line in lines
    ]
    result = CliRunner().invoke(app, input=b"\n".join([*encoded, b""]))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_the_example_of_the_contract_gets_the_answer_of_the_contract() -> None:
    code, answers = run(
        {
            "id": "7",
            "expect": "reading",
            "say": "двенадцать триста сорок пять",
            "meter": METER,
            "confirming": {"single": 12345},
            "today": "2026-03-04",
        }
    )
    wanted = {"id": "7", "act": "value", "values": {"single": "12345"}, "verdict": {"single": "OK"}, "reconfirm": True}
    assert (code, answers) == (0, [wanted])


def test_a_proposal_and_further_acts_are_told() -> None:
    _, answers = run(
        {"id": 1, "expect": "reading", "say": "один два три четыре пять шесть", "meter": METER},
        {"id": 2, "expect": "confirm", "say": "он тут не живёт, не звоните"},
        {"id": 3, "expect": "menu", "say": "показания", "choices": {"readings": ["показания"]}},
        {"id": 4, "expect": "yesno", "say": "да"},
    )
    assert answers[0]["proposed"] == {"single": "12345"}
    assert answers[1]["also"] == ["opt_out"]
    assert answers[2]["values"] == {"choice": "readings"}
    assert answers[3]["act"] == "yes"


def test_bad_lines_are_named_and_the_good_ones_answered() -> None:
    code, answers = run(
        "это не JSON",
        "[1, 2]",
        b"\xff\xfe",
        "",
        {"id": "x", "expect": "colour", "say": "красный"},
        '{"id": NaN}',
        "[" * 100_000,
        '{"id": "s", "expect": "confirm", "say": "\\ud800"}',
        {"id": "last", "expect": "confirm", "say": "да"},
    )
    assert code == 1
    assert [answer["id"] for answer in answers] == [None, None, None, "x", None, None, "s", "last"]
    assert "expect is 'colour'" in answers[3]["error"]
    assert answers[-1]["act"] == "yes"
    assert "line 1" in answers[0]["error"]
    assert "line 5" in answers[3]["error"]


def test_nothing_to_read_is_no_fault() -> None:
    assert run() == (0, [])


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "say"),
        ({"say": 5}, "say is 5"),
        ({"say": "", "meter": []}, "meter"),
        ({"say": "", "meter": {"digits": "пять"}}, "meter.digits"),
        ({"say": "", "meter": {"digits": 0}}, "meter.digits"),
        ({"say": "", "meter": {"digits": True}}, "meter.digits"),
        ({"say": "", "meter": {"fraction": -1}}, "meter.fraction"),
        ({"say": "", "meter": {"zones": []}}, "meter.zones"),
        ({"say": "", "meter": {"zones": [{"name": "утро"}]}}, "meter.zones[0].name"),
        ({"say": "", "meter": {"zones": [{"name": "day"}, {"name": "day"}]}}, "twice"),
        ({"say": "", "meter": {"zones": [{"name": "day", "previous": -1}]}}, "previous"),
        ({"say": "", "meter": {"zones": [{"name": "day", "daily": "много"}]}}, "daily"),
        ({"say": "", "meter": {"max_kw": "сто"}}, "max_kw"),
        ({"say": "", "confirming": {"single": "abc"}}, "confirming.single"),
        ({"say": "", "confirming": {"утро": 1}}, "утро"),
        ({"say": "", "choices": {"a": "показания"}}, "choices.a"),
        ({"say": "", "scale": [5, 1]}, "scale"),
        ({"say": "", "scale": [1]}, "scale"),
        ({"say": "", "account": {"lengths": []}}, "account.lengths"),
        ({"say": "", "account": {"pattern": "("}}, "account.pattern"),
        ({"say": "", "today": "вчера"}, "today"),
    ],
)
def test_what_is_wrong_in_a_request_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(BadRequest, match=named.replace("[", r"\[")):
        request({"expect": "reading", **fields})


def test_nulls_and_unknown_fields_do_no_harm() -> None:
    asked = request(
        {
            "expect": "reading",
            "say": "ноль",
            "meter": {"digits": None, "zones": [{"name": "single", "previous": None, "daily": None}]},
            "confirming": None,
            "note": "проверка",
        }
    )
    assert asked.question.meter is not None
    assert asked.question.meter.digits == 5
