"""A supplier who keeps turns: what a caller says into a real telephone is kept, exported, and examined."""

import json
import re
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from live.own_line import OwnLine, own_line
from live.running_line import until

from asr.audio import read_wav
from asterisk.robot.call import Call
from asterisk.robot.phone import RobotPhone
from ivr.prompts.espeak import CALLERS, Espeak
from ivr.settings import load

pytestmark = pytest.mark.live

LINE = """title: Свет
numbers: {"88003505566": main}
queues: {operators: {title: Операторы, always_open: да}}
on: {silence: done, no_match: done, refused: done, too_many: done, deaf: done, operator: people}
TURNS
"""
FLOW = """start: reading
steps:
  reading: {ask: Ответы записываются. Назовите показания., expect: reading, into: reading, next: check}
  check: {confirm: "{reading|words}. Верно?", of: reading, yes: account, no: reading}
  account: {ask: Назовите лицевой счёт., expect: account, into: account, next: done}
  people: {queue: operators, topic: вопрос, served: done, timeout: done, no_operators: done}
  done: {end: self_served}
"""


async def rings(phone: RobotPhone, line: OwnLine, answers: list[str]) -> Call:
    """A call that is answered with these words, each after the question is over."""
    settings = load()
    voice = await Espeak.find(settings.cache, settings.asterisk_suite, CALLERS[0])
    call = await phone.dial(f"sip:{line.running.number}@{line.running.sip}", caller="+79130000009")
    await call.answered()
    for words in answers:
        await call.heard_speech(fresh=True, within=20)
        await call.heard_silence(0.9)
        await call.play(np.frombuffer(await voice.render(words), dtype="<i2")).done()
    return call


def command(*words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "ivr.cli", *words]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)


async def test_answers_are_kept_exported_examined_and_forgotten(tmp_path: Path) -> None:
    with own_line(tmp_path, LINE.replace("TURNS", "turns: {keep: yes, announced: yes}"), FLOW) as line:
        async with RobotPhone(user="caller") as phone:
            answers = ["двенадцать тысяч триста сорок пять", "да", "семь ноль ноль один два три четыре пять шесть семь"]
            call = await rings(phone, line, answers)
            assert (await call.ended(20)).by_us is False
        data = str(line.running.data)
        until(lambda: line_figure(line, "turns_kept_total") == 2, 10, "two turns kept")
        exported = command("turns", "export", "--data", data, "-o", str(tmp_path / "out"))
        assert exported.returncode == 0, exported.stderr
        lines = [json.loads(row) for row in (tmp_path / "out" / "turns.jsonl").read_text("utf-8").splitlines()]
        assert [(row["expect"], row["act"], row["outcome"]) for row in lines] == [
            ("reading", "value", "confirmed"),
            ("confirm", "yes", "unknown"),
        ]
        assert lines[0]["truth"]["values"] == {"single": "12345"}
        assert (lines[0]["say"], lines[0]["model"]) == (answers[0], "ru-numbers")
        assert 1.5 < read_wav(tmp_path / "out" / lines[0]["audio"]).seconds < 8
        examined = command("models", "test", str(tmp_path / "out" / "turns.jsonl"), "--data", data, "--format", "json")
        assert examined.returncode == 0, examined.stderr
        kinds = {kind["kind"]: kind for kind in json.loads(examined.stdout)[0]["kinds"]}
        assert kinds["reading"]["understood"]["good"] == 1
        assert command("turns", "forget", "--data", data, "--before", "2100-01-01").returncode == 0
        assert list((line.running.data / "turns").rglob("*.wav")) == []
        assert accesses(line) == ["turns.export", "turns.forget"]
        assert command("turns", "export", "--data", data, "-o", str(tmp_path / "none")).returncode == 1


def accesses(line: OwnLine) -> list[str]:
    with closing(sqlite3.connect(f"file:{line.running.data / 'gudok.db'}?mode=ro", uri=True)) as database:
        return [
            what for (what,) in database.execute("select action from deeds where action like 'turns.%' order by at")
        ]


def line_figure(line: OwnLine, name: str) -> float:
    with urllib.request.urlopen(f"{line.running.status['web']}/metrics", timeout=5) as answer:
        found = re.search(rf"^gudok_{name} (\S+)$", answer.read().decode(), re.MULTILINE)
    return float(found[1]) if found else -1.0


async def test_a_line_that_does_not_ask_for_it_keeps_nothing(tmp_path: Path) -> None:
    with own_line(tmp_path, LINE.replace("TURNS", ""), FLOW) as line:
        async with RobotPhone(user="caller") as phone:
            call = await rings(phone, line, ["триста сорок пять"])
            await call.heard_speech(fresh=True, within=20)  # it is read back
            await call.hang_up()
        until(lambda: len(line.events("ended")) == 1, 15, "the call in the journal")
        assert line.events("heard")
        assert not (line.running.data / "turns").exists()
