"""A running line whose database is away: the caller is served, and the call is in the journal in the end."""

import asyncio
import os
import re
import signal
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from live.own_line import OwnLine, own_line
from live.running_line import until

from asterisk.robot.phone import RobotPhone

pytestmark = pytest.mark.live

LINE = """title: Свет
numbers: {"88003505566": main}
queues: {operators: {title: Операторы, always_open: да}}
on: {silence: done, no_match: done, refused: done, too_many: done, deaf: done, operator: people}
"""
FLOW = """start: menu
steps:
  menu:
    menu: Здравствуйте! Для связи с оператором нажмите ноль. Чтобы повторить, нажмите один.
    choices:
      again: {key: "1", next: menu}
      operator: {key: "0", next: people}
  people: {queue: operators, topic: вопрос, served: done, timeout: done, no_operators: done}
  done: {end: self_served}
"""


def figure(line: OwnLine, name: str) -> float:
    with urllib.request.urlopen(f"{line.running.status['web']}/metrics", timeout=5) as answer:
        found = re.search(rf"^gudok_{name} (\S+)$", answer.read().decode(), re.MULTILINE)
    assert found is not None
    return float(found[1])


def all_is_spooled(line: OwnLine) -> bool:
    return [figure(line, name) for name in ("calls", "journal_waiting")] == [0, 0]


@contextmanager
def locked(line: OwnLine) -> Iterator[None]:
    other = sqlite3.connect(line.running.data / "gudok.db", isolation_level=None, timeout=20)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


async def test_a_call_while_the_database_is_away_outlives_the_service_in_the_spool(tmp_path: Path) -> None:
    with own_line(tmp_path, LINE, FLOW) as line:
        assert (line.running.data / "spool" / "journal").stat().st_size == 64 << 20
        async with RobotPhone(user="caller") as phone:
            with locked(line):
                call = await phone.dial(f"sip:{line.running.number}@{line.running.sip}", caller="+79130000009")
                await call.answered()
                await call.heard_speech()
                await call.hang_up()
                await asyncio.to_thread(until, lambda: all_is_spooled(line), 20, "the call is spooled")
                assert figure(line, "spool_events") >= 4
                os.kill(int(str(line.running.now()["service_pid"])), signal.SIGKILL)
            await asyncio.to_thread(until, lambda: len(line.events("hung_up")) == 1, 60, "the call is written")
        assert [len(line.events(kind)) for kind in ("arrived", "ended")] == [1, 1]
        (found,) = line.logged("journal.replay")
        assert int(str(found["events"])) >= 4
        await asyncio.to_thread(until, lambda: len(line.logged("journal.drained")) == 1, 20, "the spool is empty")
