"""Killed with SIGKILL at any moment: whatever `durable()` returned for is there, and nothing is there twice."""

import asyncio
import json
import random
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from ivr.journal.tables import events
from ivr.settings import Settings, load
from ivr.store import Store, open_store

LIFE = Path(__file__).with_name("journal_life.py")


class Killer:
    """Lives of one line's journal, one after the other, each cut off somewhere."""

    def __init__(self, request: pytest.FixtureRequest, settings: Settings, store: Store, seed: int) -> None:
        self.promised: dict[tuple[UUID, int], str] = {}
        self.spooled = 0
        """Lives that found events in the spool."""
        self._request = request
        self._settings = settings
        self._store = store
        self._chance = random.Random(seed)

    @contextmanager
    def away(self) -> Iterator[None]:
        """PostgreSQL lets nobody in; SQLite is locked."""
        name = str(self._store.url.database)
        if self._store.dialect == "sqlite":
            other = sqlite3.connect(name, isolation_level=None, timeout=20)
            other.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                other.close()
            return
        server = self._request.getfixturevalue("postgres_server")
        server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        try:
            yield
        finally:
            server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    async def life(self) -> None:
        """Start a line, let it write, with the database there or away, and kill it."""
        calls = list({call for call, _ in self.promised})
        process = await self._start("write", *map(str, calls[-2:]))
        assert process.stdout is not None
        try:
            self._up(await asyncio.wait_for(process.stdout.readline(), 60))
            reading = asyncio.create_task(self._read(process.stdout))
            await self._moment()
            with self.away() if self._chance.random() < 0.6 else nullcontext():
                await self._moment()
                process.kill()
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        await reading

    async def end(self) -> None:
        """The last life has its time: nothing is left in the spool."""
        process = await self._start("drain")
        assert process.stdout is not None
        self._up(await asyncio.wait_for(process.stdout.read(), 90))
        assert await process.wait() == 0

    def _up(self, line: bytes) -> None:
        word, held = line.decode().split()
        assert word == "up"
        self.spooled += int(held) > 0

    async def _start(self, job: str, *calls: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, str(LIFE), str(self._settings.data), self._settings.database or "", job, *calls,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def _moment(self) -> None:
        await asyncio.sleep(self._chance.choice((0, self._chance.uniform(0, 0.05), self._chance.uniform(0, 0.5))))

    async def _read(self, told: asyncio.StreamReader) -> None:
        for line in (await told.read()).splitlines(keepends=True):
            if line.endswith(b"\n"):  # the last word may have been cut off
                call, seq, token = line.decode().split()
                self.promised[UUID(call), int(seq)] = token


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return load(data=tmp_path, database=url)


async def killed(request: pytest.FixtureRequest, settings: Settings, times: int, seed: int) -> None:
    async with await open_store(settings) as store:
        killer = Killer(request, settings, store, seed)
        for _ in range(times):
            await killer.life()
        await killer.end()
        there: dict[tuple[UUID, int], str] = {}
        tokens: dict[str, int] = defaultdict(int)
        async with store.reading() as connection:
            for row in await connection.execute(select(events)):
                token = json.loads(row.data)["token"]
                there[row.call, row.seq] = token
                tokens[token] += 1
    missing = {at: token for at, token in killer.promised.items() if there.get(at) != token}
    told = f"{len(killer.promised)} events promised, {len(there)} there, {killer.spooled} spools found"
    print(f"\n{settings.database or 'sqlite'}: killed {times} times, {told}")
    assert missing == {}
    assert [token for token, count in tokens.items() if count > 1] == []
    assert len(killer.promised) > 50 * times / 4


async def test_a_line_killed_at_any_moment_keeps_what_it_promised(
    request: pytest.FixtureRequest, settings: Settings
) -> None:
    await killed(request, settings, 3, random.randrange(1 << 30))


@pytest.mark.proof
async def test_a_line_killed_a_hundred_times_keeps_what_it_promised(
    request: pytest.FixtureRequest, settings: Settings
) -> None:
    await killed(request, settings, 100, 20260304)
