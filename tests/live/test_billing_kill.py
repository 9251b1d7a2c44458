"""Killed at any step with SIGKILL: nothing a caller was thanked for is lost, nothing arrives twice."""

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from live.billing_receiver import Receiver
from sqlalchemy import select

from ivr.billing.tables import readings
from ivr.settings import Settings, load
from ivr.store import open_store

CALLER = Path(__file__).with_name("billing_caller.py")
SECONDS = 60

IN_THE_CALL = (
    "before it is stored", "before the commit", "after the commit", "before it is sent", "billing has stored it",
    "before it is marked", "after it is marked",
)  # fmt: skip
IN_THE_WORKER = ("before it is sent", "billing has stored it", "before it is marked")


@dataclass
class Ended:
    code: int
    confirmed: list[str]
    errors: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


@dataclass
class Scene:
    settings: Settings
    receiver: Receiver

    async def run(
        self,
        job: str,
        keys: Sequence[str] = (),
        *,
        step: str = "",
        later: float = 0,
        rest: bool = True,
        worker: bool = False,
        kill_after: int | None = None,
    ) -> Ended:
        """Run the caller's process to its end; `kill_after` so many confirmed readings it is killed from outside."""
        told = {
            "data": str(self.settings.data),
            "database": self.settings.database,
            "job": job,
            "keys": list(keys),
            "step": step,
            "later": later,
            "billing": self.receiver.url if rest else "",
            "worker": worker,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(CALLER), json.dumps(told),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        if step == "billing has stored it":
            self.receiver.after_storing = lambda: os.kill(process.pid, signal.SIGKILL)
        confirmed = []
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            async with asyncio.timeout(SECONDS):
                while line := await process.stdout.readline():
                    said, _, key = line.decode().strip().partition(" ")
                    if said != "confirmed":
                        continue  # a line of the log
                    confirmed.append(key)
                    if len(confirmed) == kill_after:
                        process.kill()
                errors = (await process.stderr.read()).decode()
                code = await process.wait()
        finally:
            self.receiver.after_storing = lambda: None
            if process.returncode is None:
                process.kill()
                await process.wait()
        return Ended(code, confirmed, errors)

    async def mended(self) -> None:
        """What a line does after it was started again: everything that waits goes out."""
        ended = await self.run("deliver", later=300)
        assert (ended.code, ended.errors) == (0, "")

    async def kept(self) -> list[str]:
        async with await open_store(self.settings) as store, store.reading() as connection:
            return [str(row.key) for row in await connection.execute(select(readings.c.key))]

    def arrived(self) -> list[str]:
        return [entry["key"] for entry in self.receiver.stored("readings")]


@pytest.fixture(params=["sqlite", "postgresql"])
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    settings = load(data=tmp_path, database=url)
    async with await open_store(settings):
        pass
    async with Receiver(tmp_path / "ledger.jsonl").serving() as receiver:
        yield Scene(settings, receiver)


@pytest.mark.parametrize("step", IN_THE_CALL)
async def test_killed_in_a_call_nothing_confirmed_is_lost_and_nothing_arrives_twice(scene: Scene, step: str) -> None:
    key = str(uuid4())
    ended = await scene.run("take", [key], step=step)
    assert (ended.killed, ended.confirmed) == (True, []), ended.errors
    durable = step not in ("before it is stored", "before the commit")
    assert await scene.kept() == ([key] if durable else [])
    await scene.mended()
    assert scene.arrived() == ([key] if durable else [])
    # The caller rings again, and his read-back is stored once more under its key.
    again = await scene.run("take", [key])
    assert (again.code, again.confirmed) == (0, [key]), again.errors
    assert (await scene.kept(), scene.arrived()) == ([key], [key])


@pytest.mark.parametrize("step", IN_THE_WORKER)
async def test_killed_while_delivering_what_waited_arrives_once(scene: Scene, step: str) -> None:
    keys = [str(uuid4()) for _ in range(3)]
    scene.receiver.mood = "gateway"
    taken = await scene.run("take", keys)
    assert (taken.code, taken.confirmed, scene.arrived()) == (0, keys, []), taken.errors
    scene.receiver.mood = "well"
    ended = await scene.run("deliver", step=step, later=300)
    assert ended.killed, ended.errors
    ended = await scene.run("deliver", later=600)
    assert (ended.code, ended.errors) == (0, "")
    assert Counter(scene.arrived()) == Counter(keys)


@pytest.mark.parametrize("step", ["before it is stored", "before the commit", "after the commit"])
async def test_killed_over_our_own_tables_a_retry_keeps_one_reading(scene: Scene, step: str) -> None:
    key = str(uuid4())
    ended = await scene.run("take", [key], step=step, rest=False)
    assert (ended.killed, ended.confirmed) == (True, []), ended.errors
    assert await scene.kept() == ([key] if step == "after the commit" else [])
    again = await scene.run("take", [key], rest=False)
    assert (again.confirmed, await scene.kept()) == ([key], [key])


async def test_two_processes_share_what_waits_and_hand_nothing_over_twice(scene: Scene) -> None:
    keys = [str(uuid4()) for _ in range(20)]
    scene.receiver.mood = "gateway"
    taken = await scene.run("take", keys)
    assert taken.confirmed == keys, taken.errors
    scene.receiver.mood = "well"
    scene.receiver.asked.clear()
    ends = await asyncio.gather(*(scene.run("deliver", later=300) for _ in range(2)))
    assert [(end.code, end.errors) for end in ends] == [(0, "")] * 2
    assert scene.receiver.asked["readings"] == len(keys)
    assert sorted(scene.arrived()) == sorted(keys)


async def test_killed_again_and_again_in_the_middle_of_a_busy_hour(scene: Scene) -> None:
    """Readings stream in, billing loses answers, the line dies wherever it happens to be: all arrive, each once."""
    dice = random.Random(7)
    confirmed: list[str] = []
    for _ in range(4):
        scene.receiver.mood = dice.choice(["well", "cut_after", "gateway"])
        keys = [str(UUID(int=dice.getrandbits(128), version=4)) for _ in range(40)]
        ended = await scene.run("take", keys, kill_after=dice.randrange(5, 30), worker=True)
        assert ended.killed, ended.errors
        confirmed += ended.confirmed
    scene.receiver.mood = "well"
    await scene.mended()
    arrived = Counter(scene.arrived())
    assert not [key for key in confirmed if not arrived[key]]
    assert set(arrived.values()) == {1}
    assert set(arrived) == set(await scene.kept())
