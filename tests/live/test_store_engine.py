"""The database opens, upgrades and refuses as an admin expects, on SQLite and on PostgreSQL."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, text

import ivr.alerts.tables
import ivr.billing.tables
import ivr.call.manner_tables
import ivr.flow.alarms.emergencies_store
import ivr.flow.published.version_tables
import ivr.journal.tables
import ivr.messages.tables
import ivr.outbound.tables
import ivr.outbox.tables
import ivr.people.tables
import ivr.recordings.tables
import ivr.retention.tables
import ivr.turns.tables  # noqa: F401
from ivr.settings import Settings, load
from ivr.store import StoreError, metadata, open_store
from ivr.store.news import news, post
from ivr.store.upgrade import current_revision, revisions, upgrade_store


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "postgresql":
        return load(data=tmp_path, database=request.getfixturevalue("postgres_url"))
    return load(data=tmp_path)


async def test_first_start_brings_an_empty_database_to_the_newest_revision(settings: Settings) -> None:
    async with await open_store(settings) as store, store.reading() as connection:
        assert await connection.run_sync(current_revision) == revisions()[-1]


async def test_the_revisions_make_exactly_the_tables_the_rooms_declare(settings: Settings) -> None:
    async with await open_store(settings) as store, store.reading() as connection:
        found = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), metadata)
        )
    assert found == []


async def test_every_revision_can_be_undone(settings: Settings) -> None:
    async with await open_store(settings) as store:
        await upgrade_store(store, "base")
        async with store.reading() as connection:
            tables = await connection.run_sync(lambda sync: sync.dialect.get_table_names(sync))
        assert tables == ["alembic_version"]
        await upgrade_store(store)


async def test_processes_that_start_at_once_upgrade_only_once(settings: Settings) -> None:
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from ivr.settings import load\n"
        "from ivr.store import open_store\n"
        "async def main():\n"
        "    async with await open_store(load(data=Path(sys.argv[1]), database=sys.argv[2] or None)):\n"
        "        pass\n"
        "asyncio.run(main())\n"
    )
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", program, str(settings.data), settings.database or ""),
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(4)
    ]
    ends = await asyncio.gather(*(process.communicate() for process in started))
    assert [(process.returncode, end[1].decode()) for process, end in zip(started, ends, strict=True)] == [(0, "")] * 4
    async with await open_store(settings) as store, store.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM alembic_version"))).scalar() == 1


async def test_a_database_newer_than_the_code_is_refused_and_left_alone(settings: Settings) -> None:
    async with await open_store(settings) as store, store.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"revision 9999.*newer gudok"):
        await open_store(settings)


async def test_a_current_database_is_opened_without_alembic(settings: Settings) -> None:
    async with await open_store(settings):
        pass
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from ivr.settings import load\n"
        "from ivr.store import open_store\n"
        "async def main():\n"
        "    async with await open_store(load(data=Path(sys.argv[1]), database=sys.argv[2] or None)):\n"
        "        print('alembic' in sys.modules)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", program, str(settings.data), settings.database or ""),
        stdout=asyncio.subprocess.PIPE,
    )
    assert (await process.communicate())[0] == b"False\n"


async def test_a_snapshot_does_not_see_what_is_committed_meanwhile(settings: Settings) -> None:
    count = select(func.count()).select_from(news)
    async with await open_store(settings) as store:
        async with store.reading() as snapshot:
            assert (await snapshot.execute(count)).scalar() == 0
            async with store.writing() as connection:
                await post(connection, "published", at=datetime.now(UTC))
            assert (await snapshot.execute(count)).scalar() == 0
        async with store.reading() as later:
            assert (await later.execute(count)).scalar() == 1


async def test_a_cancelled_writer_leaves_the_database_usable(settings: Settings) -> None:
    async with await open_store(settings) as store:

        async def write() -> None:
            async with store.writing() as connection:
                for number in range(50):
                    await post(connection, "published", at=datetime.now(UTC), number=number)

        for steps in range(40):
            task = asyncio.create_task(write())
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
        await write()
        async with store.reading() as connection:
            stored = (await connection.execute(select(func.count()).select_from(news))).scalar_one()
        assert stored % 50 == 0


async def test_a_database_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    settings = load(data=tmp_path, database="postgresql://gudok:hush@127.0.0.1:1/gudok")
    with pytest.raises(StoreError) as raised:
        await open_store(settings)
    assert "127.0.0.1:1" in str(raised.value)
    assert "hush" not in str(raised.value)


async def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "gudok.db").write_bytes(b"not a database at all, just some text of enough length" * 40)
    with pytest.raises(StoreError, match="damaged"):
        await open_store(load(data=tmp_path))


async def test_a_report_does_not_make_a_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database yet"):
        await open_store(load(data=tmp_path), create=False)
    assert os.listdir(tmp_path) == []
