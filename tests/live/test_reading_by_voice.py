"""A caller says a reading into a real telephone: real SIP, real Asterisk, real Vosk, a stored reading, its times."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date

import numpy as np
import pytest
from live.running_line import RunningLine, running_line, until

from asr.models import choose
from asr.pool import DecodingPool
from asr.recognizer import Hints
from asr.vosk_engine import VoskRecognizer
from asterisk.robot.call import Call
from asterisk.robot.phone import RobotPhone
from bots.meters import Meter
from bots.talk import Question
from bots.understanding.understand import understand
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
    """Somebody who lets the robot finish, speaks, and says yes only to the number that was meant."""

    def __init__(self, call: Call, voice: Espeak, ears: VoskRecognizer) -> None:
        self._call, self._voice, self._ears = call, voice, ears

    async def hears(self, pause: float = 0.9) -> str:
        """A prompt from its beginning to its end, in the words that the model has."""
        began = await self._call.heard_speech(fresh=True, within=15)
        await self._call.heard_silence(pause)
        stream = await self._ears.open(Hints("free"))
        recording = self._call.recording
        await stream.feed(recording.pcm(recording.sample_at(began.start)).astype("<i2").tobytes())
        return (await stream.finish()).text

    async def says(self, text: str) -> None:
        sound = np.frombuffer(await self._voice.render(text), dtype="<i2")
        await self._call.play(sound).done()

    async def gives(self, text: str, value: str) -> None:
        """Say a reading until it is read back right, then say yes."""
        await self.says(text)
        for _ in range(6):
            said = await self.hears()
            heard = understand(Question("read_back", "reading", meter=Meter()), said, date(2026, 3, 4))
            if heard.values.get("single") == value:
                await self.says("да")
                return
            await self.says("нет" if said.endswith("верно") else text)


@asynccontextmanager
async def person(call: Call) -> AsyncIterator[Person]:
    settings = load()
    pool = DecodingPool()
    try:
        ears = await VoskRecognizer.load(choose(), pool)
        voice = await Espeak.find(settings.cache, settings.asterisk_suite, CALLERS[0])
        yield Person(call, voice, ears)
    finally:
        await pool.aclose()


def row_of(line: RunningLine, name: str, value: object) -> dict[str, object]:
    """The register's row of the finished call with this value; the journal is committed a moment after the call."""
    found: list[dict[str, object]] = []

    def there() -> bool:
        found[:] = [row for row in report(line) if row[name] == value and row["exit"] is not None]
        return bool(found)

    until(there, 10, f"a finished call with {name} = {value} in the register")
    return found[0]


def report(line: RunningLine) -> list[dict[str, object]]:
    argv = [sys.executable, "-m", "ivr.cli", "report", "calls", "--data", str(line.data), "--format", "json"]
    rows: list[dict[str, object]] = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)
    return rows


async def test_a_reading_said_in_groups_is_read_back_and_stored(line: RunningLine) -> None:
    async with RobotPhone(user="caller") as phone:
        call = await phone.dial(f"sip:{line.number}@{line.sip}", caller=KNOWN)
        await call.answered()
        async with person(call) as caller:
            await caller.hears(1.5)
            await caller.says("показания")
            await caller.hears()  # «Ваш адрес: … Верно?»
            await caller.says("да")
            await caller.hears()
            await caller.gives("двенадцать триста сорок пять", "12345")
            await call.ended(20)
    database = sqlite3.connect(line.data / "gudok.db")
    try:
        stored = database.execute("select account, zone, value from readings").fetchall()
    finally:
        database.close()
    assert stored == [("7001234567", "single", 12345)]
    row = row_of(line, "account", "7001234567")
    assert row["exit"] == "self_served"
    assert row["account"] == "7001234567"
    assert row["reading"] == {"single": "12345"}
    assert 10_000 < int(str(row["ivr_ms"])) < 90_000
    assert row["wait_ms"] == row["talk_ms"] == 0


async def test_waiting_and_talking_are_in_the_register(line: RunningLine) -> None:
    secret = line.secret("operator-101")
    async with (
        RobotPhone(user="101", secret=secret, registrar=line.sip) as operator,
        RobotPhone(user="caller") as phone,
    ):
        call = await phone.dial(f"sip:{line.number}@{line.sip}", caller="+79130000002")
        await call.answered()
        await call.heard_speech()
        await call.press("0")  # in the greeting: who knows the line need not hear it out
        ringing = await operator.incoming()
        rings_since = time.monotonic()
        await ringing.accept()
        picked_up = ringing.times.answered
        await ringing.heard_silence(2.0, since=time.monotonic())
        hung_up = time.monotonic()
        await call.hang_up()
    row = row_of(line, "operator", "101")
    assert row["exit"] == "answered"
    assert picked_up is not None
    waited = (picked_up.monotonic - rings_since) * 1000
    talked = (hung_up - picked_up.monotonic) * 1000
    print(f"\nwait {row['wait_ms']} ms (measured {waited:.0f}), talk {row['talk_ms']} ms (measured {talked:.0f})")
    assert abs(int(str(row["wait_ms"])) - waited) < 500
    assert abs(int(str(row["talk_ms"])) - talked) < 500
