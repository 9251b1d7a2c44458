"""An emergency on a running line: on the air in seconds, heard by callers, counted, and off again."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from live.own_line import OwnLine, own_line
from live.running_line import until

from asterisk.robot.phone import RobotPhone

pytestmark = pytest.mark.live

LINE = """title: Свет
numbers: {"88003505566": main}
queues: {operators: {title: Операторы, always_open: да}}
territories: {Бийск: , Барнаул: }
on: {silence: done, no_match: done, refused: done, too_many: done, deaf: done, operator: people}
"""
FLOW = """start: news
steps:
  news: {announce: emergencies, next: menu}
  menu:
    menu: Чтобы повторить, нажмите один. Для связи с оператором нажмите ноль.
    choices:
      repeat: {key: "1", next: menu}
      operator: {key: "0", next: people}
  people: {queue: operators, topic: вопрос, served: done, timeout: done, no_operators: done}
  done: {end: self_served}
"""
ON_AIR_WITHIN = 60.0


@pytest.fixture
def line(tmp_path: Path) -> Iterator[OwnLine]:
    with own_line(tmp_path, LINE, FLOW) as line:
        yield line


async def rings(line: OwnLine, *, to_the_end: bool = True) -> None:
    ended, menus = len(line.events("ended")), line.said().count("нажмите")
    async with RobotPhone(user="caller") as phone:
        call = await phone.dial(f"sip:{line.running.number}@{line.running.sip}", caller="+79130000009")
        await call.answered()
        await call.heard_speech()
        if to_the_end:
            await asyncio.to_thread(until, lambda: line.said().count("нажмите") > menus, 60, "the menu")
        await call.hang_up()
    until(lambda: len(line.events("ended")) == ended + 1, 15, "the call in the journal")


def on_the_air(line: OwnLine, names: list[str]) -> None:
    until(
        lambda: [each["names"] for each in line.logged("emergencies_on_air")[-1:]] == [names],
        ON_AIR_WITHIN,
        f"{names} on the air",
    )


async def test_a_command_is_heard_counted_and_taken_back(line: OwnLine) -> None:
    began = time.monotonic()
    line.gudok("emergency", "on", "В Бийске авария на подстанции. Свет дадут {restored}.", "--until", "2h",
               "--restored", "1h", "--name", "a", "--as", "анна")  # fmt: skip
    on_the_air(line, ["a"])
    took = time.monotonic() - began
    assert line.figure("emergencies_on_air") == 1
    await rings(line)
    assert re.search(r"В Бийске авария на подстанции\. Свет дадут (завтра )?к ", line.said())  # an hour from now
    await rings(line, to_the_end=False)
    assert [event["heard_out"] for event in line.events("announced")] == [True, False]
    (row,) = [json.loads(each) for each in line.gudok("emergency", "list", "--format", "json").splitlines()]
    assert (row["heard"], row["hung_up"]) == (2, 1)
    line.gudok("emergency", "off", "a", "--why", "починили")
    on_the_air(line, [])
    heard = line.said().count("авария")
    await rings(line)
    assert line.said().count("авария") == heard
    print(f"\ncommand → on the air: {took:.1f} s, the command's own start included")
    assert took < ON_AIR_WITHIN


async def test_a_file_is_heard_and_a_broken_one_leaves_it_on_the_air(line: OwnLine) -> None:
    file = line.folder / "emergencies.yaml"
    expires = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    good = f"emergencies:\n  f:\n    text: На подстанции авария.\n    until: {expires}\n"
    file.write_text(good, encoding="utf-8")
    on_the_air(line, ["f"])
    file.write_text(good.replace("until", "untill"), encoding="utf-8")
    until(lambda: bool(line.logged("emergencies_refused")), ON_AIR_WITHIN, "the fault noticed")
    assert line.figure("emergencies_file_faulty") == 1
    assert "E420" in str(line.logged("emergencies_refused")[0]["findings"])
    await rings(line)
    assert "На подстанции авария." in line.said()
    assert line.logged("dialplan_differs") == []
    file.unlink()
    on_the_air(line, [])
    await rings(line)
    assert line.said().count("авария") == 1
