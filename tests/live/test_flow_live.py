"""A flow on the real telephone: keys from the menu to the end of the call, and what is done for who hangs up."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator

import pytest
from live.running_line import RunningLine, running_line, until

from asterisk.robot.phone import RobotPhone

pytestmark = pytest.mark.live

LINE = """
title: Проба
numbers: {"88003505566": main}
queues: {operators: {title: Операторы, always_open: да}}
on: {silence: flow:main.people, no_match: flow:main.people, refused: flow:main.people,
     too_many: flow:main.people, deaf: flow:main.people, operator: flow:main.people}
"""
FLOW = """
start: hello
on: {hang_up: lost}
steps:
  hello: {say: Это робот., next: menu}
  menu: {menu: "Код: один.", choices: {code: {key: "1", next: code}}}
  code: {ask: Код?, expect: digits, into: code, lengths: [4], next: check}
  check: {confirm: "{code|digits}. Верно?", of: code, yes: sort, no: code}
  sort: {switch: code, cases: {"1234": thanks}, else: code}
  thanks: {say: Спасибо., next: bye}
  bye: {end: self_served}
  people: {queue: operators, served: bye, timeout: bye, no_operators: bye}
  lost: {callback: operators, topic: прервался, made: gone, merged: gone, refused: gone}
  gone: {end: callback}
"""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLine]:
    folder = tmp_path_factory.mktemp("flow")
    supplier = folder / "dialplans" / "energosbyt"
    (supplier / "flows").mkdir(parents=True)
    (supplier / "line.yaml").write_text(LINE, encoding="utf-8")
    (supplier / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    with running_line(folder / "line", env={"GUDOK_DIALPLANS": str(supplier.parent)}) as line:
        yield line


def told(line: RunningLine, caller: str) -> list[tuple[str, dict[str, object]]]:
    """The journal of this caller's only call."""
    with sqlite3.connect(f"file:{line.data / 'gudok.db'}?mode=ro", uri=True) as database:
        rows = database.execute("select call, kind, data from events order by call, seq").fetchall()
    events = [(call, kind, json.loads(data)) for call, kind, data in rows]
    mine = {call for call, kind, data in events if kind == "arrived" and data["caller"] == caller}
    return [(kind, data) for call, kind, data in events if call in mine]


def waited_for(line: RunningLine, caller: str, kind: str) -> list[tuple[str, dict[str, object]]]:
    until(lambda: any(found == kind for found, _ in told(line, caller)), 10, f"«{kind}» in the journal")
    return told(line, caller)


async def test_keys_lead_from_the_menu_to_the_end_of_the_call(line: RunningLine) -> None:
    async with RobotPhone(user="caller") as phone:
        call = await phone.dial(f"sip:{line.number}@{line.sip}", caller="+79130000001")
        await call.answered()
        # The star clears what was mistyped; what is pressed ahead answers the questions in their turn, but what is
        # read back must be heard before it is confirmed.
        for keys in ("1", "99*", "1234#"):
            await call.press(keys)
        await call.heard_silence(1.0)
        await call.press("1")
        await call.ended(40)
    events = await asyncio.to_thread(waited_for, line, "+79130000001", "ended")
    steps = [(data.get("by", ""), data["step"]) for kind, data in events if kind == "step"]
    assert steps == [
        ("", "hello"), ("next", "menu"), ("code", "code"), ("next", "check"), ("yes", "sort"), ("1234", "thanks"),
        ("next", "bye"),
    ]  # fmt: skip
    assert ("ended", {"exit": "self_served"}) in events


async def test_who_hangs_up_is_called_back_where_the_flow_says_so(line: RunningLine) -> None:
    async with RobotPhone(user="caller") as phone:
        call = await phone.dial(f"sip:{line.number}@{line.sip}", caller="+79130000002")
        await call.answered()
        await call.press("1")
        await call.hang_up()
    events = await asyncio.to_thread(waited_for, line, "+79130000002", "ended")
    assert ("ended", {"exit": "callback", "left": True}) in events
    assert [data["how"] for kind, data in events if kind == "callback"] == ["made"]
    with sqlite3.connect(f"file:{line.data / 'gudok.db'}?mode=ro", uri=True) as database:
        assert database.execute("select phone, topic, state from callbacks").fetchall() == [
            ("+79130000002", "прервался", "requested")
        ]
