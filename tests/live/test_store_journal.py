"""The journal keeps every event of every call, in order, whatever the database does meanwhile."""

import asyncio
import json
import resource
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text

from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.journal.tables import events
from ivr.journal.writer import Journal, JournalAway
from ivr.settings import load
from ivr.store import Store, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with await open_store(load(data=tmp_path, database=url)) as opened:
        yield opened


def a_call() -> UUID:
    return new_id(datetime.now(UTC))


async def written(store: Store, call: UUID) -> list[tuple[int, str, object]]:
    query = select(events).where(events.c.call == call).order_by(events.c.seq)
    async with store.reading() as connection:
        return [(row.seq, row.kind, json.loads(row.data)) for row in await connection.execute(query)]


async def test_what_durable_waited_for_is_in_the_database(store: Store) -> None:
    async with Journal(store, node="node1") as journal:
        call = journal.open_call("energosbyt", a_call())
        call.note(Kind.ARRIVED, dialled="88003505566")
        call.note(Kind.BRIDGED, bridge="b1", type="basic", others=["101"])
        await call.durable()
        assert await written(store, call.call) == [
            (1, "arrived", {"dialled": "88003505566"}),
            (2, "bridged", {"bridge": "b1", "type": "basic", "others": ["101"]}),
        ]


async def test_leaving_the_journal_commits_what_still_gathers(store: Store) -> None:
    async with Journal(store, node="node1", gather_seconds=60) as journal:
        call = journal.open_call("energosbyt", a_call())
        call.note(Kind.ARRIVED)
    assert [row[1] for row in await written(store, call.call)] == ["arrived"]


async def test_many_calls_at_once_lose_nothing_and_keep_their_order(store: Store) -> None:
    async with Journal(store, node="node1") as journal:

        async def one() -> UUID:
            call = journal.open_call("energosbyt", a_call())
            for step in range(10):
                call.note(Kind.STEP, step=str(step))
                await asyncio.sleep(0)
            await call.durable()
            return call.call

        calls = await asyncio.gather(*(one() for _ in range(100)))
    for call in calls:
        assert [(seq, data) for seq, _, data in await written(store, call)] == [
            (number + 1, {"step": str(number)}) for number in range(10)
        ]


async def test_a_call_taken_over_after_a_restart_goes_on_counting(store: Store) -> None:
    async with Journal(store, node="node1") as journal:
        first = journal.open_call("energosbyt", a_call())
        first.note(Kind.ARRIVED)
        first.note(Kind.QUEUED, queue="operators")
    async with Journal(store, node="node1") as journal:
        again = await journal.resume_call("energosbyt", first.call)
        again.note(Kind.HUNG_UP)
    assert [row[:2] for row in await written(store, first.call)] == [(1, "arrived"), (2, "queued"), (3, "hung_up")]


async def test_whatever_a_caller_sends_is_kept(store: Store) -> None:
    async with Journal(store, node="node1") as journal:
        call = journal.open_call("energosbyt", a_call())
        call.note(Kind.ARRIVED, caller="nul\x00 and half a letter \udcd0", path=Path("/x"), number=float("nan"))
        await call.durable()
        ((_, _, data),) = await written(store, call.call)
    assert data == {"caller": "nul\x00 and half a letter \udcd0", "path": "/x", "number": "nan"}


async def test_what_is_changed_after_it_was_noted_did_not_happen(store: Store) -> None:
    async with Journal(store, node="node1") as journal:
        call = journal.open_call("energosbyt", a_call())
        values = {"single": "12345"}
        call.note(Kind.UNDERSTOOD, values=values)
        values["single"] = "99999"
        await call.durable()
        assert (await written(store, call.call))[0][2] == {"values": {"single": "12345"}}


async def test_while_the_database_is_away_calls_go_on_and_nothing_is_lost(store: Store) -> None:
    async with Journal(store, node="node1") as journal:
        call = journal.open_call("energosbyt", a_call())
        call.note(Kind.ARRIVED)
        await call.durable()
        async with store.writing() as connection:
            await connection.execute(text("ALTER TABLE events RENAME TO events_away"))
        call.note(Kind.HEARD, text="да")
        with pytest.raises(JournalAway):
            await call.durable(0.3)
        assert not journal.healthy
        async with store.writing() as connection:
            await connection.execute(text("ALTER TABLE events_away RENAME TO events"))
        call.note(Kind.ENDED, exit="self_served")
        await call.durable(30)
        assert journal.healthy
        assert [row[1] for row in await written(store, call.call)] == ["arrived", "heard", "ended"]


async def test_a_full_backlog_is_owned_up_to(store: Store) -> None:
    async with Journal(store, node="node1", backlog=2, gather_seconds=60) as journal:
        call, other = journal.open_call("energosbyt", a_call()), journal.open_call("energosbyt", a_call())
        call.note(Kind.ARRIVED)
        call.note(Kind.ANSWERED)
        other.note(Kind.ARRIVED)
        assert journal.lost == 1
        await call.durable()
        with pytest.raises(JournalAway, match="lost"):
            await other.durable()


async def test_an_event_written_twice_is_there_once_and_costs_no_other(store: Store) -> None:
    """A commit whose answer was lost is repeated."""
    at = datetime.now(UTC) - timedelta(seconds=1)
    call = a_call()
    async with Journal(store, node="node1") as journal:
        journal.open_call("energosbyt", call).note_at(at, Kind.ARRIVED)
    async with Journal(store, node="node1") as journal:
        pen = journal.open_call("energosbyt", call)
        pen.note_at(at, Kind.ARRIVED)
        pen.note(Kind.ENDED)
        await pen.durable()
    assert [row[:2] for row in await written(store, call)] == [(1, "arrived"), (2, "ended")]


async def test_a_process_killed_at_once_loses_nothing_that_was_durable(store: Store, tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from ivr.ids import new_id\n"
        "from ivr.journal.events import Kind\n"
        "from ivr.journal.writer import Journal\n"
        "from ivr.settings import load\n"
        "from ivr.store import open_store\n"
        "async def main():\n"
        "    settings = load(data=Path(sys.argv[1]), database=sys.argv[2] or None)\n"
        "    async with await open_store(settings) as store, Journal(store, node='killed') as journal:\n"
        "        while True:\n"
        "            call = journal.open_call('energosbyt', new_id(datetime.now(UTC)))\n"
        "            for _ in range(10):\n"
        "                call.note(Kind.STEP)\n"
        "            await call.durable()\n"
        "            print(call.call, flush=True)\n"
        "asyncio.run(main())\n"
    )
    url = store.url.render_as_string(hide_password=False) if store.dialect == "postgresql" else ""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *("-c", program, str(tmp_path), url), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    first = [await asyncio.wait_for(process.stdout.readline(), 30) for _ in range(20)]
    process.kill()
    rest = await process.stdout.read()
    await process.wait()
    lines = [*first, *rest.splitlines(keepends=True)]
    durable = [UUID(line.decode().strip()) for line in lines if line.endswith(b"\n")]
    for call in durable:
        assert [seq for seq, _, _ in await written(store, call)] == list(range(1, 11))


async def test_a_full_disk_stops_no_call_and_what_waited_is_written_when_there_is_room(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with await open_store(load(data=tmp_path)) as store, Journal(store, node="node1") as journal:
        call = journal.open_call("energosbyt", a_call())
        call.note(Kind.ARRIVED)
        await call.durable()
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
        try:
            for _ in range(500):
                call.note(Kind.SAID, text="Здравствуйте! " * 20)
            with pytest.raises(JournalAway):
                await call.durable(1)
            assert not journal.healthy
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        await call.durable(30)
        assert journal.healthy
        assert len(await written(store, call.call)) == 501


async def test_connections_that_break_lose_nothing_and_write_nothing_twice(postgres_url: str, tmp_path: Path) -> None:
    settings = load(data=tmp_path, database=postgres_url)
    async with await open_store(settings) as store, await open_store(settings) as other:
        async with Journal(store, node="node1", gather_seconds=0.001) as journal:
            call = journal.open_call("energosbyt", a_call())
            for turn in range(10):
                for _ in range(300):
                    call.note(Kind.STEP, turn=turn)
                await asyncio.sleep(0)
                async with other.engine.connect() as connection:
                    await connection.execute(
                        text(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                        )
                    )
            await call.durable(30)
            assert journal.healthy
        assert [seq for seq, _, _ in await written(other, call.call)] == list(range(1, 3001))
