"""Retention on both databases: nobody is named any more, every figure stays; what a court wants stays too."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from ivr.billing.tables import drafts, readings
from ivr.call.manner_tables import manners
from ivr.flow.supplier.supplier_settings import Retention as Days
from ivr.ids import new_id
from ivr.journal.contacts import contacts
from ivr.journal.counting import count_all, put_down
from ivr.journal.events import Kind
from ivr.journal.metrics import Reason, first_call_resolution, repeats
from ivr.journal.periods import By
from ivr.journal.reports import disclosure
from ivr.journal.reports.sheet import Sheet
from ivr.journal.rollups import tallies_by
from ivr.journal.writer import Journal
from ivr.messages.tables import messages
from ivr.outbound.tables import callbacks
from ivr.outbox import Outbox
from ivr.people.tables import deeds
from ivr.recordings.index import Index, Recording
from ivr.retention.forget import forget
from ivr.retention.pseudonym import MARK
from ivr.retention.retain import Retention
from ivr.settings import Settings
from ivr.store import Store

MOSCOW = ZoneInfo("Europe/Moscow")
ANNA, BORIS, ACCOUNT = "+79130000001", "+79130000002", "7001234567"
PERSONAL = (
    "events", "contacts", "callbacks", "messages", "requests", "readings", "drafts", "manners", "outbox", "deeds",
)  # fmt: skip
NOW = datetime(2026, 3, 4, 3, tzinfo=UTC)
OLD, RECENT = NOW - timedelta(days=1200), NOW - timedelta(days=10)


class Hand:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def retention(store: Store, settings: Settings) -> Retention:
    return Retention(store, Index(store, settings.places.recordings, Hand()), "key", Hand())


async def rang(store: Store, at: datetime, caller: str, *, account: str | None = None, wait: float = 20) -> UUID:
    """A call that said who it was, waited and talked, and was asked for words."""
    call = new_id(at)
    async with Journal(store, node="node1") as journal:
        pen = journal.open_call("energosbyt", call)
        answered = at + timedelta(seconds=10 + wait)
        pen.note_at(at, Kind.ARRIVED, caller=caller, dialled="88003505566")
        pen.note_at(at, Kind.TOPIC, topic="показания")
        pen.note_at(at + timedelta(seconds=2), Kind.HEARD, text="семь ноль ноль", words=[["семь", 1.0]])
        pen.note_at(at + timedelta(seconds=3), Kind.UNDERSTOOD, act="value", values={"account": account, "text": "ой"})
        if account:
            pen.note_at(at + timedelta(seconds=4), Kind.STORED, account=account, serial="1", values={"single": "12345"})
        pen.note_at(at + timedelta(seconds=10), Kind.QUEUED, queue="operators", position=1)
        pen.note_at(answered, Kind.CONNECTED, operator="101", hold_seconds=round(wait))
        pen.note_at(answered, Kind.BRIDGED, bridge="b", type="basic", others=["101"])
        pen.note_at(answered + timedelta(seconds=140), Kind.UNBRIDGED, bridge="b")
        pen.note_at(answered + timedelta(seconds=140), Kind.HUNG_UP, cause=16)
        await pen.durable()
    await count_all(store)
    return call


async def f1(store: Store) -> Sheet:
    tallies = await tallies_by(
        store, "energosbyt", OLD - timedelta(days=40), NOW + timedelta(days=40), By.MONTH, MOSCOW
    )
    return disclosure.waits({(at.year, at.month): tally for at, tally in tallies.items()})


async def fcr(store: Store) -> float | None:
    found = [one async for one in contacts(store, "energosbyt")]
    return first_call_resolution(
        repeats(Reason(one.account or one.caller or "", one.topic or "", one.arrived) for one in found)
    )


async def whole_database(store: Store) -> str:
    """Everything in it, as text."""
    found = []
    async with store.reading() as connection:
        for table in PERSONAL:
            found += [str(tuple(row)) for row in await connection.execute(text(f"SELECT * FROM {table}"))]
    return "\n".join(found)


async def test_reports_are_the_same_when_nobody_is_named_any_more(store: Store, retention: Retention) -> None:
    await rang(store, OLD, ANNA, account=ACCOUNT)
    await rang(store, OLD + timedelta(days=1), ANNA, account=ACCOUNT, wait=70)
    await rang(store, OLD + timedelta(days=2), BORIS, wait=5)
    recent = await rang(store, RECENT, ANNA)
    before, resolved = await f1(store), await fcr(store)
    assert resolved is not None
    assert resolved < 1

    dry = await retention.run("energosbyt", Days(), dry=True)
    done = await retention.run("energosbyt", Days())
    assert (
        {name: dry.counts[name] for name in ("calls without their words", "calls under a pseudonym")}
        == {name: done.counts[name] for name in ("calls without their words", "calls under a pseudonym")}
        == {"calls without their words": 3, "calls under a pseudonym": 3}
    )

    assert await f1(store) == before
    assert await fcr(store) == resolved
    await put_down(store, "energosbyt", OLD - timedelta(days=1), NOW)
    await count_all(store)
    assert await f1(store) == before
    assert await fcr(store) == resolved
    found = [one async for one in contacts(store, "energosbyt")]
    named = {one.call for one in found if not (one.caller or "").startswith(MARK)}
    assert named == {recent}
    assert found[0].caller == found[1].caller != found[2].caller
    everything = await whole_database(store)
    assert BORIS not in everything
    assert ACCOUNT not in everything
    again = await retention.run("energosbyt", Days())
    assert not any(again.counts.values())


async def test_words_go_before_names_do(store: Store, retention: Retention) -> None:
    call = await rang(store, NOW - timedelta(days=400), ANNA, account=ACCOUNT)
    await retention.run("energosbyt", Days())
    async with store.reading() as connection:
        rows = (await connection.execute(text("SELECT kind, data FROM events"))).all()
    assert "heard" not in {row.kind for row in rows}
    understood = next(row.data for row in rows if row.kind == "understood")
    assert "ой" not in understood
    assert ACCOUNT in understood
    (one,) = [one async for one in contacts(store, "energosbyt")]
    assert (one.call, one.caller, one.account) == (call, ANNA, ACCOUNT)


async def test_each_kind_has_its_own_time(store: Store, retention: Retention, settings: Settings) -> None:
    await fill(store, OLD)
    await fill(store, RECENT)
    done = await retention.run("energosbyt", replace(Days(), messages=100, drafts=5))
    assert {name: count for name, count in done.counts.items() if count} == {
        "drafts deleted": 2, "messages emptied": 1, "callbacks under a pseudonym": 1, "readings under a pseudonym": 1,
        "manners deleted": 1,
    }  # fmt: skip


async def fill(store: Store, at: datetime) -> None:
    """One row of what other rooms keep of a customer."""
    phone = ANNA if at == OLD else BORIS
    own = {"supplier": "energosbyt"}
    async with store.writing() as connection:
        await connection.execute(
            drafts.insert().values(id=uuid4(), account=ACCOUNT, serial="1", heard={}, at=at, call=None, **own)
        )
        await connection.execute(
            readings.insert().values(
                key=uuid4(),
                account=ACCOUNT,
                serial="1",
                zone="single",
                value=1,
                at=at,
                flagged=False,
                source="call",
                **own,
            )
        )
        await connection.execute(manners.insert().values(phone=phone, louder=1, slower=0, at=at, **own))
        await connection.execute(
            messages.insert().values(
                id=uuid4(), name="x", channel="sms", address=phone, account=None, subject="", text="Показания приняты",
                state="sent", at=at, not_before=at, carrier_id="", why="", parts=1, **own,
            )
        )  # fmt: skip
        await connection.execute(
            callbacks.insert().values(
                id=uuid4(), phone=phone, queue="operators", topic="долг", state="done" if at == OLD else "requested",
                requests=1, requested_at=at, day=at.date().isoformat(), promised_by=at, why="", **own,
            )
        )  # fmt: skip


def a_recording(index: Index, call: UUID, *, held: bool = False) -> Recording:
    id_ = uuid4()
    path = index.folder / f"{id_}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return Recording(
        id_, "energosbyt", call, "u", "talk", "operators", RECENT, RECENT, path.name, 1, "", 2, legal_hold=held
    )


async def test_who_wants_to_be_forgotten_is_and_is_still_counted(
    store: Store, retention: Retention, settings: Settings
) -> None:
    index = Index(store, settings.places.recordings, Hand())
    call = await rang(store, RECENT, BORIS)
    other = await rang(store, RECENT, ANNA, account=ACCOUNT)
    await fill(store, RECENT)
    gone, kept = a_recording(index, call), a_recording(index, other)
    for each in (gone, kept):
        await index.add(each)
    before = await f1(store)
    async with store.writing() as connection:
        for key, payload in (("a", {"phone": BORIS}), ("b", {"phone": ANNA})):
            await Outbox(store, Hand()).put(connection, "energosbyt", "webhook:contact", "crm", key, payload)

    names = retention.names("energosbyt")
    done = await forget(store, index, names, "energosbyt", "8 913 000-00-02", by="Ольга", why="заявление № 12", now=NOW)
    assert (done.calls, done.recordings, done.held, done.waiting, done.in_billing) == ([call], 1, 0, 1, False)
    assert not (index.folder / gone.file).exists()
    assert (index.folder / kept.file).exists()
    assert await f1(store) == before
    async with store.reading() as connection:
        (row,) = (await connection.execute(select(callbacks))).all()
        (written,) = (await connection.execute(select(deeds))).all()
    assert (row.state, row.phone) == ("cancelled", names.of("phone", BORIS))
    assert (written.who, written.action, written.subject, written.why) == (
        "Ольга", "forget", names.of("phone", BORIS), "заявление № 12",
    )  # fmt: skip
    everything = await whole_database(store)
    assert everything.count(BORIS) == 1  # what is still on its way to another system
    assert ANNA in everything


async def test_what_a_court_wants_is_not_forgotten(store: Store, retention: Retention, settings: Settings) -> None:
    index = Index(store, settings.places.recordings, Hand())
    call = await rang(store, RECENT, BORIS)
    held = a_recording(index, call, held=True)
    await index.add(held)
    names = retention.names("energosbyt")
    done = await forget(store, index, names, "energosbyt", BORIS, by="Ольга", why="заявление", now=NOW)
    assert (done.recordings, done.held) == (0, 1)
    assert (index.folder / held.file).exists()
