"""A caller says a reading into a real telephone: real SIP, real Asterisk, real Vosk, a stored reading, its times."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from live.person import person
from live.running_line import RunningLine, running_line, until

from asterisk.robot.g711 import Pcm
from asterisk.robot.phone import RobotPhone

pytestmark = pytest.mark.live

KNOWN = "+79130000001"
"""A number of tests/lines/energosbyt/demo-accounts.csv: one account, one meter, one zone, previous reading 12200."""
SILENT = "+79130000007"
"""The same; nothing comes of it."""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLine]:
    with running_line(tmp_path_factory.mktemp("voice") / "line") as line:
        yield line


def row_of(line: RunningLine, name: str, value: object) -> dict[str, object]:
    """The register's row of the finished call with this value; the journal is committed a moment after the call."""
    found: list[dict[str, object]] = []

    def there() -> bool:
        found[:] = [row for row in report(line) if row[name] == value and row["exit"] is not None]
        return bool(found)

    until(there, 10, f"a finished call with {name} = {value} in the register")
    return found[0]


def readings(line: RunningLine) -> list[tuple[str, str, int]]:
    with closing(sqlite3.connect(line.data / "gudok.db")) as database:
        return database.execute("select account, zone, value from readings").fetchall()


def music(seconds: float) -> Pcm:
    """Chords of a waltz from the next room."""
    time, chance = np.arange(int(8000 * seconds)) / 8000, np.random.default_rng(5)
    sound = np.zeros(len(time))
    for beat in range(int(seconds * 3)):
        fades = np.exp(-4 * (time - beat / 3)) * (time >= beat / 3)
        for step in chance.choice([0, 3, 7, 10, 12, 15], 3):
            hertz = 220 * 2 ** (step / 12)
            sound += fades * (np.sin(2 * np.pi * hertz * time) + 0.3 * np.sin(4 * np.pi * hertz * time))
    return (sound / np.abs(sound).max() * 8000).astype(np.int16)


def mumbling(seconds: float) -> Pcm:
    """A closed mouth: a low hum that wavers."""
    time = np.arange(int(8000 * seconds)) / 8000
    phase = 2 * np.pi * np.cumsum(115 + 15 * np.sin(2 * np.pi * 2.5 * time)) / 8000
    sound = sum(np.sin(overtone * phase) / overtone**2 for overtone in range(1, 6))
    return (4000 * (0.5 + 0.5 * np.sin(2 * np.pi * 1.5 * time)) * sound).astype(np.int16)


def report(line: RunningLine) -> list[dict[str, object]]:
    argv = [sys.executable, "-m", "ivr.cli", "report", "calls", "--data", str(line.data), "--format", "json"]
    rows: list[dict[str, object]] = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)
    return rows


async def test_somebody_who_interrupts_and_dictates_with_pauses_has_a_reading_stored(line: RunningLine) -> None:
    async with RobotPhone(user="caller") as phone:
        call = await phone.dial(f"sip:{line.number}@{line.sip}", caller=KNOWN)
        await call.answered()
        async with person(call) as caller:
            await caller.hears(1.5)
            await caller.says("показания")
            went_on = await caller.breaks_in("да верно", after=0.8)  # into «Ваш адрес: …»
            assert went_on < 0.8
            await caller.hears()
            await caller.says("двенадцать тысяч", "триста", "сорок пять", pause=0.7)
            await caller.confirms("двенадцать триста сорок пять", "12345")
            await call.ended(20)
    assert readings(line) == [("7001234567", "single", 12345)]
    row = row_of(line, "account", "7001234567")
    assert row["exit"] == "self_served"
    assert row["reading"] == {"single": "12345"}
    assert 10_000 < int(str(row["ivr_ms"])) < 90_000
    assert row["wait_ms"] == row["talk_ms"] == 0


async def test_music_mumbling_silence_and_a_receiver_put_down_in_mid_word_store_nothing(line: RunningLine) -> None:
    before = readings(line)
    async with RobotPhone(user="caller") as phone:
        call = await phone.dial(f"sip:{line.number}@{line.sip}", caller=SILENT)
        await call.answered()
        async with person(call) as caller:
            began = await call.heard_speech(fresh=True)
            call.play(music(4.0))
            await call.heard_silence(1.5)
            assert call.runs[-1].end - began.start > 4.0  # the music broke nothing off
            await call.play(mumbling(1.0)).done()
            await caller.hears()
            word = call.play(await caller.sound("показания показания"))
            await call.heard_silence(0.2)
            assert not word.over
            await call.hang_up()
    assert readings(line) == before
    assert row_of(line, "exit", "abandoned_ivr")["account"] is None
    assert line.process.poll() is None


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
