"""What a command changed, the running service hears of: in order, once, and only when the change is there."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from ivr.clock import SystemClock
from ivr.settings import load
from ivr.store import Store, open_store
from ivr.store.news import KEPT, Reader, news, post

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with await open_store(load(data=tmp_path, database=url)) as opened:
        yield opened


async def posted(store: Store, topic: str, at: datetime = NOW, **data: object) -> None:
    async with store.writing() as connection:
        await post(connection, topic, at=at, supplier="energosbyt", **data)


async def test_what_was_posted_before_the_start_is_not_news(store: Store) -> None:
    await posted(store, "old")
    reader = Reader(store)
    await reader.start()
    await posted(store, "published", version=3)
    (item,) = await reader.fetch()
    assert (item.topic, item.supplier, item.data, item.at) == ("published", "energosbyt", {"version": 3}, NOW)
    assert await reader.fetch() == []


async def test_news_of_a_change_that_was_rolled_back_never_comes(store: Store) -> None:
    reader = Reader(store)
    await reader.start()

    async def failing_change() -> None:
        async with store.writing() as connection:
            await post(connection, "published", at=NOW)
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        await failing_change()
    assert await reader.fetch() == []


async def test_of_many_who_post_at_once_every_news_comes_once_and_in_order(store: Store) -> None:
    reader = Reader(store)
    await reader.start()
    seen: list[int] = []
    done = asyncio.Event()

    async def read() -> None:
        while not done.is_set():
            seen.extend(item.id for item in await reader.fetch())
            await asyncio.sleep(0)

    reading = asyncio.create_task(read())
    await asyncio.gather(*(posted(store, "published", number=number) for number in range(60)))
    done.set()
    await reading
    seen.extend(item.id for item in await reader.fetch())
    assert len(seen) == 60
    assert seen == sorted(set(seen))


async def test_old_news_go_away(store: Store) -> None:
    await posted(store, "old")
    await posted(store, "new", at=NOW + KEPT + timedelta(seconds=1))
    async with store.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(news))).scalar() == 1


async def test_a_reader_that_was_not_started_says_so(store: Store) -> None:
    with pytest.raises(RuntimeError, match="start"):
        await Reader(store).fetch()


async def test_where_a_commit_rings_nobody_asks_in_between(store: Store) -> None:
    reader = Reader(store)
    await reader.start()
    assert reader.due
    await reader.fetch()
    if store.dialect == "sqlite":
        assert reader.due  # nobody rings here: asked every time
        return
    assert not reader.due
    async with asyncio.timeout(30):
        waiting = asyncio.create_task(reader.pause(SystemClock(), 60))
        await posted(store, "published", version=4)
        await waiting
    assert reader.due
    assert [item.data for item in await reader.fetch()] == [{"version": 4}]
    assert not reader.due


async def test_a_bell_that_is_lost_makes_everybody_ask_again(store: Store) -> None:
    reader = Reader(store)
    await reader.start()
    await reader.fetch()
    if store.dialect == "sqlite":
        return
    gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gudok news'"
    async with asyncio.timeout(30):
        waiting = asyncio.create_task(reader.pause(SystemClock(), 60))
        async with store.reading() as connection:
            await connection.execute(text(gone))
        await waiting
    assert reader.due
    await posted(store, "published", version=5)
    assert [item.data for item in await reader.fetch()] == [{"version": 5}]


async def test_a_pause_without_news_ends_by_itself(store: Store) -> None:
    reader = Reader(store)
    await reader.start()
    await reader.fetch()
    await asyncio.wait_for(reader.pause(SystemClock(), 0.05), 30)
