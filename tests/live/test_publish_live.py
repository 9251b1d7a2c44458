"""What callers hear while a dialplan is published, changed by hand, rolled back and tried as a draft."""

import asyncio
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from live.running_line import RunningLine, running_line, until

from asterisk.robot.call import Call
from asterisk.robot.phone import RobotPhone
from ivr.clock import SystemClock
from ivr.flow.published.contents import Contents, read_contents
from ivr.flow.published.trial import Checked, Tried
from ivr.flow.published.versions import Versions
from ivr.settings import load
from ivr.store import open_store, to_micros

pytestmark = pytest.mark.live

PATIENCE = 30.0
"""Seconds for what takes one on an idle machine."""

LINE = """title: Свет
numbers:
  "88003505566": main
queues:
  operators: {title: Операторы, always_open: да}
on:
  silence: done
  no_match: done
  refused: done
  too_many: done
  deaf: done
  operator: operator
"""
FLOW = """start: menu
steps:
  menu:
    menu: {text} Чтобы повторить, нажмите один. Для связи с оператором нажмите ноль.
    choices:
      repeat: {{key: "1", next: menu}}
      operator: {{key: "0", next: operator}}
    tries: 2
  operator: {{queue: operators, topic: вопрос, served: done, timeout: done, no_operators: done}}
  done: {{end: self_served}}
"""


@dataclass
class Published:
    """A running line and the folder its dialplan is written in."""

    line: RunningLine
    folder: Path

    def write(self, text: str) -> None:
        (self.folder / "flows" / "main.yaml").write_text(FLOW.format(text=text), encoding="utf-8")

    def gudok(self, *words: str | Path, code: int = 0) -> str:
        argv = [sys.executable, "-m", "ivr.cli", *map(str, words), "--data", str(self.line.data)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def publish(self, text: str, *more: str) -> None:
        self.write(text)
        self.gudok("publish", self.folder, "--why", "проба", "--as", "Анна", *more)

    def figure(self, name: str) -> float:
        with urllib.request.urlopen(f"{self.line.status['web']}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        found = re.search(rf"^gudok_{name}(?:{{[^}}]*}})? (\S+)$", text, re.M)
        assert found is not None, text
        return float(found[1])

    def serves(self, version: int) -> None:
        until(lambda: self.figure("dialplan_version") == version, PATIENCE, f"version {version} on the air")

    def arrivals(self) -> list[tuple[int, dict[str, object]]]:
        """When each call arrived, and what was noted of it; and so on for the texts it heard."""
        return [(at, data) for at, data, _ in self._events("arrived")]

    def heard(self, call: bytes) -> list[str]:
        return [str(data["text"]) for _, data, of in self._events("said") if of == call]

    def calls(self, kind: str = "arrived") -> list[bytes]:
        return [of for _, _, of in self._events(kind)]

    def _events(self, kind: str) -> list[tuple[int, dict[str, object], bytes]]:
        database = sqlite3.connect(f"file:{self.line.data / 'gudok.db'}?mode=ro", uri=True)
        try:
            query = "select at, data, call from events where kind = ? order by at, seq"
            return [(at, json.loads(data), call) for at, data, call in database.execute(query, (kind,))]
        finally:
            database.close()

    def warnings(self, action: str) -> list[dict[str, object]]:
        log = self.line.data / "log" / "gudok.log"
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line.get("action") == action]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dialplans" / "energosbyt"
    (folder / "flows").mkdir(parents=True)
    (folder / "line.yaml").write_text(LINE, encoding="utf-8")
    (folder / "flows" / "main.yaml").write_text(FLOW.format(text="Первое."), encoding="utf-8")
    return folder


@pytest.fixture
def published(tmp_path: Path, folder: Path) -> Iterator[Published]:
    with running_line(tmp_path / "line", env={"GUDOK_DIALPLANS": str(folder.parent)}) as line:
        yield Published(line, folder)


async def rings(phone: RobotPhone, line: RunningLine, number: str = "") -> Call:
    call = await phone.dial(f"sip:{number or line.number}@{line.sip}", caller="+79130000009")
    await call.answered()
    await call.heard_speech()
    return call


def noted(published: Published, calls: int) -> None:
    """The journal is committed a moment after what it tells of."""
    until(lambda: len(published.calls()) == calls, PATIENCE, f"{calls} calls in the journal")


def heard(published: Published, number: int, text: str) -> bool:
    return any(text in said for said in published.heard(published.calls()[number]))


async def test_new_calls_hear_the_new_version_and_a_call_in_progress_keeps_its_own(published: Published) -> None:
    assert published.figure("dialplan_version") == 1
    async with RobotPhone(user="caller") as phone:
        old = await rings(phone, published.line)
        await asyncio.to_thread(published.publish, "Второе.")
        await asyncio.to_thread(published.serves, 2)
        new = await rings(phone, published.line)
        assert published.figure("dialplans_older") == 1
        await old.press("1")
        await asyncio.to_thread(noted, published, 2)
        until(lambda: len(published.heard(published.calls()[0])) == 2, PATIENCE, "both menus of the old call")
        assert [said[:7] for said in published.heard(published.calls()[0])] == ["Первое.", "Первое."]
        assert heard(published, 1, "Второе.")
        assert len(list((published.line.data / "run" / "dialplans").glob("*/*"))) == 2
        await old.hang_up()
        await new.hang_up()
    until(lambda: published.figure("dialplans_older") == 0, PATIENCE, "the old version released")
    assert len(list((published.line.data / "run" / "dialplans").glob("*/*"))) == 1
    assert [data["version"] for _, data in published.arrivals()] == [1, 2]


async def test_from_publishing_to_the_first_call_on_the_new_version_it_takes_two_seconds_at_most(
    published: Published,
) -> None:
    took = []
    async with RobotPhone(user="caller") as phone:
        for version in (2, 3, 4):
            await asyncio.to_thread(published.publish, f"Новые слова номер {'и' * version}.")
            await asyncio.to_thread(published.serves, version)
            call = await rings(phone, published.line)
            await call.hang_up()
            await asyncio.to_thread(noted, published, version - 1)
            arrived, data = published.arrivals()[-1]
            assert data["version"] == version
            history = json.loads(
                published.gudok("versions", published.folder, "show", str(version), "--format", "json")
            )
            since = (arrived - micros(str(history["at"]))) / 1e6
            took.append(since)
    print(f"\npublished → first call on it: {', '.join(f'{seconds:.2f}' for seconds in took)} s")
    assert max(took) <= 2.0


def micros(at: str) -> int:
    return to_micros(datetime.fromisoformat(at))


async def test_a_file_changed_by_hand_is_noticed_and_not_served(published: Published) -> None:
    published.write("Никем не опубликовано.")
    until(lambda: published.figure("dialplan_folder_differs") == 1, PATIENCE, "the change noticed")
    (warning,) = published.warnings("dialplan_differs")
    assert "~flows/main.yaml" in str(warning["found"])
    assert "gudok publish" in str(warning["mend"])
    async with RobotPhone(user="caller") as phone:
        await (await rings(phone, published.line)).hang_up()
    noted(published, 1)
    assert heard(published, 0, "Первое.")
    said = published.gudok("versions", published.folder)
    assert "differs from it: ~flows/main.yaml" in said
    published.write("Первое.")
    until(lambda: published.figure("dialplan_folder_differs") == 0, PATIENCE, "the change taken back")


async def test_a_rollback_brings_the_old_words_back_in_one_command(published: Published) -> None:
    published.publish("Второе.")
    published.serves(2)
    published.gudok("rollback", "energosbyt", "--why", "хуже стало")
    published.serves(3)
    async with RobotPhone(user="caller") as phone:
        await (await rings(phone, published.line)).hang_up()
    noted(published, 1)
    assert heard(published, 0, "Первое.")
    assert published.arrivals()[0][1]["version"] == 3


async def test_what_cannot_be_served_leaves_the_old_version_on_the_line_loudly(published: Published) -> None:
    broken = Contents({**read_contents(published.folder).files, "flows/main.yaml": b"start: nowhere\nsteps: {}\n"})

    async def publish_past_the_check() -> None:
        async with await open_store(load(data=published.line.data)) as store:
            await Versions(store, SystemClock()).publish(
                "energosbyt", broken, who="кто-то", why="мимо проверки", base=1, numbers=["88003505566"],
                checked=Checked(0, 0, {}), tried=Tried(),
            )  # fmt: skip

    await publish_past_the_check()
    until(lambda: published.figure("dialplan_refused_total") == 1, PATIENCE, "the broken version refused")
    assert published.figure("dialplan_version") == 1
    assert "E111" in str(published.warnings("dialplan_refused")[0]["error"])
    async with RobotPhone(user="caller") as phone:
        await (await rings(phone, published.line)).hang_up()
    published.publish("Починили.", "--base", "2")
    published.serves(3)


async def test_a_draft_is_heard_at_its_own_number_only(published: Published) -> None:
    published.write("Это черновик.")
    said = published.gudok("publish", published.folder, "--draft")
    assert "rings at 990" in said
    until(lambda: published.warnings("dialplan_draft") != [], PATIENCE, "the draft on its line")
    async with RobotPhone(user="caller") as phone:
        for number in ("990", "99088003505566", "88003505566"):
            await (await rings(phone, published.line, number)).hang_up()
        noted(published, 3)
        assert [heard(published, number, "Это черновик.") for number in range(3)] == [True, True, False]
        assert [data.get("draft", False) for _, data in published.arrivals()] == [True, True, False]
        secret = published.line.secret("operator-101")
        async with RobotPhone(user="101", secret=secret, registrar=published.line.sip) as operator:
            await (await rings(operator, published.line, "990")).hang_up()
        noted(published, 4)
        assert heard(published, 3, "Это черновик.")
        calls = json.loads(published.gudok("report", "calls", "--format", "json"))
        assert len(calls) == 1, "a call of a draft is no contact"
        published.gudok("publish", published.folder, "--draft", "--off")
        until(
            lambda: not list((published.line.data / "run" / "dialplans").glob("*/2-*")), PATIENCE, "the draft forgotten"
        )
        # «Черновика нет…», and the line hangs up.
        await (await rings(phone, published.line, "990")).ended(15)


async def test_a_real_call_comes_out_the_same_when_it_is_played_again_in_text(published: Published) -> None:
    async with RobotPhone(user="caller") as phone:
        call = await rings(phone, published.line)
        await call.press("1")
        await asyncio.to_thread(until, lambda: len(published.calls("said")) == 2, PATIENCE, "the menu twice")
        await call.hang_up()
    until(lambda: len(published.calls("ended")) == 1, PATIENCE, "the end of the call in the journal")
    published.gudok("replay", "--last", "1", "--draft", published.folder)
    published.write("Совсем другое.")
    said = published.gudok("replay", "--last", "1", "--draft", published.folder, code=1)
    assert "Совсем другое." in said
    assert "иначе: 1" in said


def test_what_was_published_survives_the_folder_and_the_process(tmp_path: Path, folder: Path) -> None:
    env = {"GUDOK_DIALPLANS": str(folder.parent)}
    with running_line(tmp_path / "line", env=env) as line:
        line.stop()
    shutil.rmtree(folder)
    with running_line(tmp_path / "line", env=env) as line:
        again = Published(line, folder)
        assert again.figure("dialplan_version") == 1
        assert not again.warnings("dialplan_differs")


async def test_a_developer_may_let_the_folder_itself_be_served(tmp_path: Path, folder: Path) -> None:
    with running_line(tmp_path / "line", "--draft", env={"GUDOK_DIALPLANS": str(folder.parent)}) as line:
        served = Published(line, folder)
        before = len(served.warnings("dialplan_draft"))
        served.write("Сразу на линии.")
        until(lambda: len(served.warnings("dialplan_draft")) > before, PATIENCE, "the folder read again")
        (folder / "line.yaml").write_text("title: [", encoding="utf-8")
        until(lambda: served.figure("dialplan_refused_total") == 1, PATIENCE, "a broken change refused")
        async with RobotPhone(user="caller") as phone:
            await (await rings(phone, line)).hang_up()
        noted(served, 1)
        assert heard(served, 0, "Сразу на линии.")
        assert served.arrivals()[0][1]["version"] is None
