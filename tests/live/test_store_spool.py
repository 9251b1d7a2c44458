"""While the database is away, events are on disk all the same, and when it is back each of them is there once."""

import asyncio
import json
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.journal.spool import Spool
from ivr.journal.tables import events
from ivr.journal.writer import CallJournal, Journal, JournalAway
from ivr.settings import load
from ivr.store import Store, open_store

SUPPLIER = "energosbyt"
SIZE = 512 * 1024

Away = Callable[[], AbstractContextManager[None]]


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with await open_store(load(data=tmp_path, database=url)) as opened:
        yield opened


@pytest.fixture
def away(request: pytest.FixtureRequest, store: Store) -> Away:
    """The database takes nothing as long as the block lasts: PostgreSQL lets nobody in, SQLite is locked."""

    @contextmanager
    def locked() -> Iterator[None]:
        other = sqlite3.connect(str(store.url.database), isolation_level=None, timeout=20)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.close()

    @contextmanager
    def shut() -> Iterator[None]:
        server, name = request.getfixturevalue("postgres_server"), store.url.database
        server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        try:
            yield
        finally:
            server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    return shut if store.dialect == "postgresql" else locked


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool.open(tmp_path / "spool" / "journal", SIZE)
    yield opened
    opened.close()


def journal_of(store: Store, spool: Spool | None, **others: int) -> Journal:
    return Journal(store, node="node1", spool=spool, spool_after_seconds=0.1, **others)


def a_call(journal: Journal) -> CallJournal:
    return journal.open_call(SUPPLIER, new_id(datetime.now(UTC)))


async def written(store: Store, call: UUID) -> list[tuple[int, str, object]]:
    query = select(events).where(events.c.call == call).order_by(events.c.seq)
    async with store.reading() as connection:
        return [(row.seq, row.kind, json.loads(row.data)) for row in await connection.execute(query)]


async def until(reached: Callable[[], bool]) -> None:
    """What another task counts; looked at for up to half a minute."""
    for _ in range(3000):
        if reached():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that in 30 s")


async def test_what_a_caller_is_told_is_on_disk_though_the_database_is_away(
    store: Store, spool: Spool, away: Away
) -> None:
    async with journal_of(store, spool) as journal:
        call = a_call(journal)
        call.note(Kind.ARRIVED, caller="nul\x00 and half a letter \udcd0")
        await call.durable()
        with away():
            call.note(Kind.STORED, account="7001234567", values={"single": "12345"})
            await call.durable(10)
            assert spool.held == 1
            call.note(Kind.ENDED, exit="self_served")
        await asyncio.wait_for(journal.drained(), 30)
        await call.durable(30)
        assert (spool.held, journal.healthy) == (0, True)
    assert await written(store, call.call) == [
        (1, "arrived", {"caller": "nul\x00 and half a letter \udcd0"}),
        (2, "stored", {"account": "7001234567", "values": {"single": "12345"}}),
        (3, "ended", {"exit": "self_served"}),
    ]


async def test_under_load_a_database_that_comes_and_goes_costs_no_event_and_doubles_none(
    store: Store, spool: Spool, away: Away
) -> None:
    going = True
    calls: list[tuple[CallJournal, int]] = []

    async def line(journal: Journal) -> None:
        while going:
            call = a_call(journal)
            for step in range(10):
                call.note(Kind.STEP, step=step)
                await asyncio.sleep(0.002)
            await call.durable(30)
            calls.append((call, 10))

    async with journal_of(store, spool) as journal:
        lines = [asyncio.create_task(line(journal)) for _ in range(20)]
        for _ in range(2):
            with away():
                await until(lambda: spool.held >= 300)
            await asyncio.wait_for(journal.drained(), 30)
            enough = len(calls) + 20
            await until(lambda enough=enough: len(calls) >= enough)
        going = False
        await asyncio.gather(*lines)
    assert spool.held == 0
    for call, count in calls:
        assert await written(store, call.call) == [(step + 1, "step", {"step": step}) for step in range(count)]


async def test_what_a_stopped_line_could_not_write_the_next_one_writes_first(
    store: Store, spool: Spool, away: Away, tmp_path: Path
) -> None:
    with away():
        journal = journal_of(store, spool)
        await journal.start()
        call = a_call(journal)
        call.note(Kind.ARRIVED)
        await journal.aclose(3)
        assert spool.held == 1
        call_of_before = call.call
    async with journal_of(store, spool) as journal:
        again = await journal.resume_call(SUPPLIER, call_of_before)
        again.note(Kind.HUNG_UP)
    assert [row[:2] for row in await written(store, call_of_before)] == [(1, "arrived"), (2, "hung_up")]


async def test_what_is_written_already_and_stands_in_the_spool_too_is_there_once(store: Store, spool: Spool) -> None:
    """Killed after the commit and before the spool was emptied."""
    async with journal_of(store, spool) as journal:
        call = a_call(journal)
        for _ in range(700):
            call.note(Kind.STEP)
        await call.durable(30)
        rows = [
            journal._rows.row(call._key, seq, SUPPLIER, datetime.now(UTC), datetime.now(UTC), Kind.STEP, {})
            for seq in range(1, 1001)
        ]
    spool.append([journal._rows.packed(row) for row in rows] + [b"no event", b"[1,2,3]", b'{"a":1}'])
    async with journal_of(store, spool) as journal:
        await asyncio.wait_for(journal.drained(), 30)
        assert journal.overflow.damaged == 3
    assert [seq for seq, _, _ in await written(store, call.call)] == list(range(1, 1001))


async def test_with_the_spool_full_nothing_is_accepted_and_calls_go_on(
    store: Store, away: Away, tmp_path: Path
) -> None:
    spool = Spool.open(tmp_path / "spool" / "small", 4096)
    async with journal_of(store, spool) as journal:
        call = a_call(journal)
        with away():
            for _ in range(100):
                call.note(Kind.SAID, text="Здравствуйте!")
            with pytest.raises(JournalAway, match="no room"):
                await call.durable(3)
            assert journal.overflow.full
            assert 0 < spool.held < 100
        await call.durable(30)
        await asyncio.wait_for(journal.drained(), 30)
        assert not journal.overflow.full
        assert len(await written(store, call.call)) == 100
    spool.close()


async def test_many_events_go_to_the_spool_though_the_database_was_there_a_moment_ago(
    store: Store, spool: Spool, away: Away
) -> None:
    async with Journal(
        store, node="node1", spool=spool, spool_after_seconds=3600, spool_after_rows=50, most_rows=20
    ) as journal:
        call = a_call(journal)
        with away():
            for _ in range(60):
                call.note(Kind.STEP)
            await call.durable(30)
            assert spool.held == 60
        await asyncio.wait_for(journal.drained(), 30)
    assert len(await written(store, call.call)) == 60


@contextmanager
def small_disk(most: int) -> Iterator[None]:
    """No file can grow beyond `most`; not longer than needed, for it binds what pytest itself writes too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_with_the_disk_full_the_spool_has_its_room_and_what_it_took_is_written_later(tmp_path: Path) -> None:
    spool = Spool.open(tmp_path / "spool" / "journal", 64 * 1024)
    async with await open_store(load(data=tmp_path)) as store, journal_of(store, spool) as journal:
        call = a_call(journal)
        call.note(Kind.ARRIVED)
        await call.durable()
        with small_disk(64 * 1024):  # the database's log is longer than that already
            for _ in range(100):
                call.note(Kind.SAID, text="Здравствуйте! " * 5)
            await call.durable(30)
            assert spool.held == 100
            assert not journal.healthy
        await asyncio.wait_for(journal.drained(), 30)
        assert len(await written(store, call.call)) == 101
    spool.close()
