"""The picture of a line: every step and way is in it, and it says what scenarios have not walked."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ivr.flow.dialplan import Dialplan
from ivr.flow.drawing import draw
from ivr.flow.drawing.layout import HUB, lay_out
from ivr.flow.drawing.svg import NOT_WALKED, WALKED, wrapped
from ivr.flow.load import load

SVG = "{http://www.w3.org/2000/svg}"
LINE = """
title: "Проба <&>"
numbers: {"88000000000": main}
queues: {operators: Операторы}
on: {silence: bye, no_match: bye, refused: bye, too_many: bye, deaf: bye, operator: people}
"""
MAIN = """
start: hello
steps:
  hello: {say: "Здравствуйте, <это> проба!", next: menu}
  menu:
    menu: Нажмите один или два.
    choices:
      first:  {key: "1", next: second}
      people: {key: "2", next: people}
  second:
    when:
      - {if: hour > 12, next: people}
      - {else: bye}
  people: {queue: operators, served: bye, timeout: bye, no_operators: bye}
  bye: {say: До свидания!, next: over}
  over: {end: self_served}
"""


@pytest.fixture
def dialplan(tmp_path: Path) -> Dialplan:
    (tmp_path / "flows").mkdir()
    (tmp_path / "line.yaml").write_text(LINE, encoding="utf-8")
    (tmp_path / "flows" / "main.yaml").write_text(MAIN, encoding="utf-8")
    return load(tmp_path)


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_every_step_is_drawn_and_what_is_written_stays_text(dialplan: Dialplan) -> None:
    found = texts(draw(dialplan))
    assert "Проба <&>" in found
    assert "Здравствуйте, <это> проба!" in found
    for name in dialplan.flows["main"].steps:
        assert name in found


def test_a_condition_is_told_by_its_words_and_a_choice_with_its_key(dialplan: Dialplan) -> None:
    found = " ".join(texts(draw(dialplan)))
    assert "hour > 12" in found
    assert "1 · first" in found


def test_no_line_leads_to_a_hub_or_back(dialplan: Dialplan) -> None:
    flow = dialplan.flows["main"]
    ways_in = [step.name for step in flow.steps.values() if any(edge.target == "bye" for edge in step.edges())]
    lines = [row.target for column in lay_out(flow).columns for placed in column for row in placed.rows if row.line]
    assert "menu" in lines
    assert ("bye" in lines) == (len(ways_in) < HUB)


def test_what_scenarios_have_not_walked_is_red_and_counted(dialplan: Dialplan) -> None:
    taken = {("main", "hello", "next"): 3, ("main", "menu", "first"): 1}
    svg = draw(dialplan, taken)
    assert "пройдено сценариями 2 из" in svg
    assert WALKED in svg
    assert NOT_WALKED in svg
    assert NOT_WALKED not in draw(dialplan)


def test_steps_the_start_does_not_reach_are_drawn_too(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "line.yaml").write_text(LINE.replace("operator: people", "operator: 'flow:main.people'"), "utf-8")
    (tmp_path / "flows" / "main.yaml").write_text(MAIN, encoding="utf-8")
    side = "start: a\nsteps:\n  a: {goto: 'flow:main'}\n  b: {say: Здесь, next: c}\n  c: {end: self_served}\n"
    (tmp_path / "flows" / "side.yaml").write_text(side, encoding="utf-8")
    line = tmp_path / "line.yaml"
    line.write_text(re.sub(r": bye", ": 'flow:main.bye'", line.read_text("utf-8")), "utf-8")
    assert {"a", "b", "c"} <= set(texts(draw(load(tmp_path))))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("раз два", ["раз два"]),
        ("раз два три четыре", ["раз два", "три", "четыре"]),
        ("однооченьдлинноеслово и всё", ["одноочен…", "и всё"]),
        ("раз два три четыре пять шесть", ["раз два", "три", "четыре п…"]),
    ],
)
def test_a_text_is_wrapped_and_cut(text: str, lines: list[str]) -> None:
    found = wrapped(text, 9, 3)
    assert all(len(line) <= 9 for line in found)
    if lines and lines[-1].endswith("…"):
        assert found[-1].endswith("…")
    else:
        assert found == lines
