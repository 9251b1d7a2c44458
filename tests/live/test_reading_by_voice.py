"""A caller says a reading into a real telephone: real SIP, real Asterisk, real Vosk, a stored reading, its times."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from live.running_line import RunningLine, running_line

from asterisk.robot.call import Call
from asterisk.robot.phone import RobotPhone
from ivr.prompts.espeak import CALLERS, Espeak
from ivr.settings import load

pytestmark = pytest.mark.live

KNOWN = "+79130000001"
"""A number of dialplans/energosbyt/demo-accounts.csv: one account, one meter, one zone, previous reading 12200."""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLine]:
    with running_line(tmp_path_factory.mktemp("voice") / "line") as line:
        yield line


class Person:
    """Somebody who waits until the robot has finished and then speaks."""

    def __init__(self, call: Call, voice: Espeak) -> None:
        self._call, self._voice = call, voice

    async def hears(self, pause: float = 0.9) -> None:
        """A prompt from its beginning to its end."""
        await self._call.heard_speech(fresh=True, within=15)
        await self._call.heard_silence(pause)

    async def says(self, text: str) -> None:
        sound = np.frombuffer(await self._voice.render(text), dtype="<i2")
        await self._call.play(sound).done()


async def voice() -> Espeak:
    settings = load()
    return await Espeak.find(settings.cache, settings.asterisk_suite, CALLERS[0])


def report(line: RunningLine) -> list[dict[str, object]]:
    argv = [sys.executable, "-m", "ivr.cli", "report", "calls", "--data", str(line.data), "--format", "json"]
    rows: list[dict[str, object]] = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)
    return rows


async def test_a_reading_said_in_groups_is_read_back_and_stored(line: RunningLine) -> None:
    async with RobotPhone(user="caller") as phone:
        call = await phone.dial(f"sip:{line.number}@{line.sip}", caller=KNOWN)
        await call.answered()
        person = Person(call, await voice())
        await person.hears(1.5)
        await person.says("показания")
        await person.hears()
        await person.says("двенадцать триста сорок пять")
        await person.hears()
        await person.says("да")
        await call.ended(20)
    database = sqlite3.connect(line.data / "gudok.db")
    try:
        stored = database.execute("select account, zone, value from readings").fetchall()
    finally:
        database.close()
    assert stored == [("7001234567", "single", 12345)]
    [row] = report(line)
    print(row)
