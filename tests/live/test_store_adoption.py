"""A call that outlives the service is accounted for to its end all the same."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text
from unit.ami_server import AmiServer, channel

from asterisk.adoption import adopt, adopt_from
from asterisk.ami import AmiLink, ChannelNow, Manager, QueueNow, Resync, WaitingNow
from asterisk.ami.decode import decode
from asterisk.ami.events import ChannelState
from asterisk.ami.message import Headers
from asterisk.witness import Witness
from ivr.ids import new_id
from ivr.journal.contacts import contacts
from ivr.journal.counting import count_all
from ivr.journal.events import Kind
from ivr.journal.register import Contact, Exit
from ivr.journal.spool import Spool
from ivr.journal.tables import events
from ivr.journal.unfinished import unfinished
from ivr.journal.writer import Journal
from ivr.settings import load
from ivr.store import Store, open_store

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
CALLER = "node1-1772614800.7"


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with await open_store(load(data=tmp_path, database=url)) as opened:
        yield opened


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


async def a_call_cut_off(store: Store, *, node: str = "node1", uniqueid: str = CALLER, began: datetime = START) -> UUID:
    async with Journal(store, node=node) as journal:
        call = journal.open_call("energosbyt", new_id(began))
        call.note_at(began, Kind.ARRIVED, uniqueid=uniqueid, caller="+79130000001")
        call.note_at(began + timedelta(seconds=5), Kind.SAID, text="Здравствуйте!")
    return call.call


def whole(seconds: float, *, alive: bool, context: str = "gudok-fallback") -> Resync:
    channel = ChannelNow(
        channel="PJSIP/carrier-00000001",
        uniqueid=CALLER,
        linkedid=CALLER,
        state=ChannelState.UP,
        context=context,
        exten="queue",
        priority=3,
        application="Queue",
        data=None,
        caller=None,
        caller_name=None,
        connected=None,
        account=None,
        bridge=None,
        seconds=60,
    )
    waiting = (WaitingNow(1, channel.channel, CALLER, None, 20, 0),)
    return Resync(
        at=at(seconds),
        channels=(channel,) if alive else (),
        queues=(QueueNow("energosbyt-operators", None, 0, 0, 0, 0, (), waiting if alive else ()),),
        bridges=(),
        system=None,
        restarted=False,
    )


async def only(store: Store) -> Contact:
    await count_all(store)
    (one,) = [one async for one in contacts(store, "energosbyt")]
    return one


async def told(store: Store, call: UUID | None = None) -> list[tuple[str, bool]]:
    """What the journal says, in order, and whether it was mended."""
    query = select(events).order_by(events.c.call, events.c.seq)
    if call is not None:
        query = query.where(events.c.call == call)
    async with store.reading() as connection:
        return [(row.kind, "mended" in json.loads(row.data)) for row in await connection.execute(query)]


async def test_who_waits_for_an_operator_since_the_service_was_lost_is_followed_to_the_end(store: Store) -> None:
    await a_call_cut_off(store)
    witness = Witness()
    async with Journal(store, node="node1") as journal:
        now = whole(60, alive=True)
        witness.tell(now)
        await adopt_from(now, witness, journal, store)
        hangup = {"Event": "Hangup", "Channel": "PJSIP/carrier-00000001", "Uniqueid": CALLER, "Linkedid": CALLER}
        stamp = f"{at(100).timestamp():.6f}"
        witness.tell(decode(Headers({**hangup, "Cause": "16", "Timestamp": stamp}), at(100)))
    one = await only(store)
    assert (one.exit, one.wait, one.whole) == (Exit.ABANDONED_QUEUE, 60_000, 100_000)
    assert await unfinished(store, "node1", START) == []
    # What was put together afterwards is marked, what was seen is not.
    assert await told(store) == [
        ("arrived", False), ("said", False), ("fell_back", True), ("queued", True), ("left_queue", False),
        ("hung_up", False),
    ]  # fmt: skip


async def test_who_has_gone_meanwhile_gets_an_end_where_the_journal_broke_off(store: Store) -> None:
    await a_call_cut_off(store)
    async with Journal(store, node="node1") as journal:
        await adopt_from(whole(3600, alive=False), Witness(), journal, store)
    one = await only(store)
    assert (one.exit, one.whole, one.over) == (Exit.FELL_BACK, 5000, True)
    assert await told(store) == [("arrived", False), ("said", False), ("fell_back", True), ("hung_up", True)]


async def test_a_call_that_came_after_the_start_is_left_to_its_owner(store: Store) -> None:
    witness = Witness()
    async with Journal(store, node="node1") as journal:
        call = journal.open_call("energosbyt", new_id(START))
        call.note_at(START, Kind.ARRIVED, uniqueid=CALLER)
        await call.durable()
        followed = witness.follow(call, CALLER, START)
        await adopt_from(whole(60, alive=True), witness, journal, store)
        assert witness.followed(CALLER) is followed


async def test_another_nodes_calls_are_not_touched(store: Store) -> None:
    await a_call_cut_off(store, node="node2")
    async with Journal(store, node="node1") as journal:
        await adopt_from(whole(60, alive=False), Witness(), journal, store)
    await count_all(store)
    assert [one async for one in contacts(store, "energosbyt")] == []


async def test_finished_and_very_old_calls_are_not_unfinished(store: Store) -> None:
    await a_call_cut_off(store)
    assert [call.uniqueid for call in await unfinished(store, "node1", START)] == [CALLER]
    assert await unfinished(store, "node1", at(1)) == []


async def test_how_a_call_went_on_is_taken_from_the_spool_before_it_is_mended(store: Store, tmp_path: Path) -> None:
    """One call has ended while the database was away, another goes on; the line was killed, and the database is back
    only after the start."""
    now = datetime.now(UTC)
    over = await a_call_cut_off(store, uniqueid="node1-1772614800.5", began=now - timedelta(seconds=60))
    alive = await a_call_cut_off(store, began=now - timedelta(seconds=60))
    spool = Spool.open(tmp_path / "spool" / "journal", 1 << 20)
    async with store.writing() as connection:
        await connection.execute(text("ALTER TABLE events RENAME TO events_away"))
    journal = Journal(store, node="node1", spool=spool)
    keep = journal._rows
    for seq, kind in ((3, Kind.HUNG_UP), (4, Kind.ENDED)):
        spool.append([keep.packed(keep.row(keep.key(over), seq, "energosbyt", now, now, kind, {}))])
    spool.append([keep.packed(keep.row(keep.key(alive), 3, "energosbyt", now, now, Kind.SILENT, {}))])
    async with AmiServer() as asterisk, journal:
        asterisk.channels = [channel("PJSIP/carrier-00000001", CALLER, Context="gudok-fallback", Duration="00:01:00")]
        witness = Witness()
        link = AmiLink(Manager("gudok", asterisk.secret, port=asterisk.port))
        witness.watch(link)
        adopt(link, witness, journal, store)
        async with link:
            await link.up(10)
            assert not journal.is_drained
            assert witness.followed(CALLER) is None
            async with store.writing() as connection:
                await connection.execute(text("ALTER TABLE events_away RENAME TO events"))
            for _ in range(1000):
                if witness.followed(CALLER) is not None:
                    break
                await asyncio.sleep(0.01)
            assert witness.followed(CALLER) is not None
    spool.close()
    assert await told(store, over) == [("arrived", False), ("said", False), ("hung_up", False), ("ended", False)]
    assert await told(store, alive) == [("arrived", False), ("said", False), ("silent", False), ("fell_back", True)]
