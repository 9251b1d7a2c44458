"""What is kept of contacts is what their events tell, however and in whatever order they came, on both databases."""

import asyncio
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, insert, select, update

from ivr.clock import SystemClock
from ivr.ids import new_id
from ivr.journal.agreement import Disagreement, disagreements
from ivr.journal.contacts import Wanted, contacts, going_on
from ivr.journal.counting import Counting, count_all, put_down
from ivr.journal.events import Event, Kind
from ivr.journal.metrics import EIGHTY_SIXTY, NOTHING, Tally, Threshold
from ivr.journal.periods import By
from ivr.journal.register import Contact, Exit, contact
from ivr.journal.rollups import tallies_by, tallies_by_topic
from ivr.journal.shares import shares
from ivr.journal.tables import contacts as kept
from ivr.journal.tables import events, tallies, uncounted
from ivr.journal.tables import shares as shares_table
from ivr.journal.tallies import by_period, tally
from ivr.journal.writer import Journal
from ivr.service.bookkeeping import Bookkeeping
from ivr.service.reconciling import queue_log_of
from ivr.settings import Settings
from ivr.store import Store, open_store
from ivr.store.upgrade import upgrade_store

BARNAUL = ZoneInfo("Asia/Barnaul")
MIDNIGHT = datetime(2026, 3, 4, tzinfo=BARNAUL)
NEXT = MIDNIGHT + timedelta(days=1)

Told = tuple[float, Kind, dict[str, object]]


def a_life(chance: random.Random) -> list[Told]:
    """What may happen to a caller, in seconds after the arrival."""
    at, told = 0.0, list[Told]()

    def then(kind: Kind, longest: float, **data: object) -> None:
        nonlocal at
        at += round(chance.uniform(0, longest), chance.choice((0, 3)))
        told.append((at, kind, data))

    if chance.random() < 0.05:
        then(Kind.ENDED, 0, exit="blocked")
        then(Kind.HUNG_UP, 1, cause=17)
        return told
    for step in range(chance.randint(0, 3)):
        then(Kind.STEP, 3, flow="main", step=f"s{step}", verb=chance.choice(("ask", "bot", "say", "rate")), by="next")
        then(Kind.UNDERSTOOD, 8, act=chance.choice(("value", "nothing")), by=chance.choice(("voice", "keys")))
    if chance.random() < 0.6:
        name = chance.choice(("complaint", "reading"))
        then(Kind.TOPIC, 2, topic={"complaint": "жалоба", "reading": "показания"}[name], name=name)
    if chance.random() < 0.2:
        then(Kind.STORED, 5, account="7001234567", serial="s1", values={"single": 12345})
    if chance.random() < 0.1:
        then(Kind.REQUESTED, 5, account="7001234567", request="sealing")
    while chance.random() < 0.6:
        then(Kind.QUEUED, 5, queue=chance.choice(("first", "second")))
        why = chance.choice(("connected", "connected", "abandoned", "timeout"))
        then(Kind.LEFT_QUEUE, chance.choice((4, 61, 130)), why=why)
        if why == "abandoned":
            then(Kind.HUNG_UP, 0, cause=16)
            return told
        if why == "connected":
            operators = chance.sample(["101", "102", "103"], chance.choice((1, 1, 2)))
            then(Kind.CONNECTED, 0, operator=operators[0])
            then(Kind.BRIDGED, 1, type="basic", others=operators)
            then(Kind.HELD, 100, operator=operators[0])
            then(Kind.RESUMED, 50, operator=operators[0])
            then(Kind.UNBRIDGED, 1800)
    if chance.random() < 0.3:
        then(Kind.RATED, 5, rating=chance.randint(1, 5), scale=[1, 5])
    if chance.random() < 0.8:
        then(Kind.ENDED, 3, exit=chance.choice(("self_served", "callback", "closed", "done", "caller_left")))
    then(Kind.HUNG_UP, 3, cause=16)
    return told


def noted(journal: Journal, arrived: datetime, told: Iterable[Told], supplier: str = "demo") -> UUID:
    pen = journal.open_call(supplier, new_id(arrived))
    pen.note_at(arrived, Kind.ARRIVED, dialled="88003505566", caller="+79130000001")
    for seconds, kind, data in told:
        pen.note_at(arrived + timedelta(seconds=seconds), kind, **data)
    return pen.call


def of_events(arrived: datetime, told: Iterable[Told]) -> Contact:
    call = new_id(arrived)
    all_: list[Told] = [(0.0, Kind.ARRIVED, {"dialled": "88003505566", "caller": "+79130000001"}), *told]
    return contact(
        Event(new_id(arrived), "demo", "node1", call, seq, arrived + timedelta(seconds=seconds), kind, 1, data)
        for seq, (seconds, kind, data) in enumerate(all_, 1)
    )


async def a_day(store: Store, seed: int, calls: int = 250) -> list[Contact]:
    chance = random.Random(seed)
    made = []
    async with Journal(store, node="node1") as journal:
        for _ in range(calls):
            arrived = MIDNIGHT + timedelta(seconds=round(chance.uniform(0, 86_000), 3))
            told = a_life(chance)
            noted(journal, arrived, told)
            made.append(of_events(arrived, told))
        noted(journal, MIDNIGHT, a_life(chance), supplier="other")
    return made


async def wrong(store: Store) -> list[Disagreement]:
    found = disagreements(store, "demo", MIDNIGHT - timedelta(hours=1), NEXT + timedelta(hours=3))
    return [one async for one in found]


async def count_of(store: Store, what: object) -> int:
    async with store.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(what))).scalar() or 0)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(3))
async def test_sums_made_by_the_database_are_those_of_the_segments(store: Store, seed: int) -> None:
    made = await a_day(store, seed)
    await count_all(store)
    for threshold in (EIGHTY_SIXTY, Threshold(20, 0.8, 3)):
        for by in (By.QUARTER, By.HALF, By.HOUR, By.DAY, By.MONTH):
            summed = await tallies_by(
                store, "demo", MIDNIGHT, NEXT + timedelta(days=1), by, BARNAUL, threshold=threshold
            )
            assert summed == by_period(made, by, BARNAUL, threshold)
    topics = await tallies_by_topic(store, "demo", MIDNIGHT, NEXT + timedelta(days=1))
    for topic in ("", "жалоба", "показания"):
        assert topics.get(topic, NOTHING) == sum(
            (tally(one) for one in made if (one.topic or "") == topic), start=NOTHING
        )
    assert await wrong(store) == []


async def test_a_stretch_that_begins_and_ends_within_a_quarter_is_exact(store: Store) -> None:
    made = await a_day(store, 7)
    await count_all(store)
    since, until = MIDNIGHT + timedelta(hours=9, minutes=7, seconds=3), MIDNIGHT + timedelta(hours=17, minutes=52)
    inside = [one for one in made if since <= one.counted_at < until]
    assert await tallies_by(store, "demo", since, until, By.HOUR, BARNAUL) == by_period(inside, By.HOUR, BARNAUL)
    least = [one for one in made if since <= one.counted_at < since + timedelta(minutes=5)]
    summed = await tallies_by(store, "demo", since, since + timedelta(minutes=5), By.HOUR, BARNAUL)
    assert summed == by_period(least, By.HOUR, BARNAUL)


async def test_the_register_tells_of_each_call_what_its_events_tell(store: Store) -> None:
    made = await a_day(store, 11, calls=120)
    await count_all(store)
    found = [one async for one in contacts(store, "demo")]
    assert [one.arrived for one in found] == sorted(one.arrived for one in made)
    by_arrival = {one.arrived: one for one in made}
    for one in found:
        should = by_arrival[one.arrived]
        assert one.segments == should.segments
        for name in ("exit", "first_wait", "operators", "reading", "topic", "rating", "entered_queue", "queue", "bot"):
            assert getattr(one, name) == getattr(should, name), name
    operators = {name for one in made for part in shares(one.segments) for name in [part.operator]}
    for operator in operators:
        theirs = [one async for one in contacts(store, "demo", Wanted(operator=operator))]
        assert len(theirs) == sum(any(part.operator == operator for part in shares(one.segments)) for one in made)


async def test_an_operators_time_lies_in_the_quarters_in_which_it_passed(store: Store) -> None:
    made = await a_day(store, 13)
    await count_all(store)
    async with store.reading() as connection:
        rows = (await connection.execute(select(shares_table).where(shares_table.c.supplier == "demo"))).all()
    talk = sum(part.milliseconds * len(part.operators) for one in made for part in one.segments if part.doing == "talk")
    assert sum(row.talk for row in rows) == talk
    assert all(0 <= row.talk + row.hold <= 900_000 for row in rows)


async def test_counting_again_changes_nothing(store: Store) -> None:
    await a_day(store, 17, calls=80)
    await count_all(store)

    async def whole() -> list[tuple[object, ...]]:
        async with store.reading() as connection:
            return [tuple(row) for row in await connection.execute(select(tallies).order_by(*tallies.primary_key))]

    before = await whole()
    assert await put_down(store, "demo", MIDNIGHT, NEXT) == 80
    assert await count_all(store) == 80
    assert await whole() == before
    assert await count_of(store, uncounted) == 0


async def test_what_comes_late_moves_the_call_to_its_new_interval(store: Store) -> None:
    async with Journal(store, node="node1") as journal:
        pen = journal.open_call("demo", new_id(MIDNIGHT))
        pen.note_at(MIDNIGHT, Kind.ARRIVED)
        pen.note_at(MIDNIGHT + timedelta(hours=1), Kind.HUNG_UP)
        await pen.durable()
        await count_all(store)
        one = await tallies_by(store, "demo", MIDNIGHT, NEXT, By.QUARTER, BARNAUL)
        assert one == {MIDNIGHT: Tally(entered=1, abandoned_ivr=1, ivr=3_600_000)}
        # The spool tells what the service did not: an operator had served them.
        queued, answered = MIDNIGHT + timedelta(minutes=20), MIDNIGHT + timedelta(minutes=21)
        pen.note_at(queued, Kind.QUEUED, queue="first", mended=True)
        pen.note_at(answered, Kind.CONNECTED, operator="101", mended=True)
        pen.note_at(answered, Kind.BRIDGED, type="basic", others=["101"], mended=True)
        await pen.durable()
        [late] = await wrong(store)
        assert late.what == str(pen.call)
        pen.note_at(MIDNIGHT + timedelta(hours=1), Kind.HUNG_UP, mended=True)
        await pen.durable()
    await count_all(store)
    summed = await tallies_by(store, "demo", MIDNIGHT, NEXT, By.QUARTER, BARNAUL)
    [(at, now)] = summed.items()
    assert (at, now.answered, now.in_time, now.abandoned_ivr) == (MIDNIGHT + timedelta(minutes=15), 1, 1, 0)
    assert await wrong(store) == []
    [kept_one] = [one async for one in contacts(store, "demo")]
    assert kept_one.mended


async def test_a_contact_whose_events_are_gone_stays_as_it_was_counted(store: Store) -> None:
    made = await a_day(store, 19, calls=40)
    await count_all(store)
    async with store.writing() as connection:
        calls = (await connection.execute(select(kept.c.call).order_by(kept.c.arrived))).scalars().all()
        await connection.execute(delete(events).where(events.c.call.in_(calls[:20])))
        partly = events.c.call.in_(calls[20:30]) & (events.c.kind != "arrived")
        await connection.execute(delete(events).where(partly))
        await connection.execute(update(kept).where(kept.c.call == calls[0]).values(rule=0))
    await put_down(store, "demo", MIDNIGHT, NEXT)
    await count_all(store)
    summed = await tallies_by(store, "demo", MIDNIGHT, NEXT + timedelta(days=1), By.MONTH, BARNAUL)
    assert summed == by_period(made, By.MONTH, BARNAUL)
    async with store.reading() as connection:
        assert (await connection.execute(select(kept.c.rule).where(kept.c.call == calls[0]))).scalar() == 0


async def test_a_draft_and_a_call_that_goes_on_are_no_contacts_yet(store: Store) -> None:
    async with Journal(store, node="node1") as journal:
        draft = journal.open_call("demo", new_id(MIDNIGHT))
        draft.note_at(MIDNIGHT, Kind.ARRIVED, draft=True)
        draft.note_at(MIDNIGHT + timedelta(seconds=5), Kind.HUNG_UP)
        on = journal.open_call("demo", new_id(MIDNIGHT))
        on.note_at(MIDNIGHT, Kind.ARRIVED)
        on.note_at(MIDNIGHT + timedelta(seconds=4), Kind.RATED, rating=5)
    await count_all(store)
    assert await count_of(store, kept) == 0
    [one] = await going_on(store, "demo", MIDNIGHT, None, MIDNIGHT + timedelta(minutes=1))
    assert (one.call, one.exit) == (on.call, None)


async def test_a_tally_that_somebody_changed_is_found(store: Store) -> None:
    await a_day(store, 23, calls=60)
    await count_all(store)
    async with store.writing() as connection:
        await connection.execute(update(tallies).where(tallies.c.answered > 0).values(answered=tallies.c.answered + 1))
    assert any("answered" in one.words for one in await wrong(store))


async def test_one_call_that_makes_no_sense_keeps_no_other_from_being_counted(store: Store) -> None:
    await a_day(store, 29, calls=10)
    async with store.writing() as connection:
        one = (await connection.execute(select(events.c.call).where(events.c.supplier == "demo").limit(1))).scalar()
        await connection.execute(update(events).where(events.c.call == one).values(data="[]"))
    await count_all(store)
    assert await count_of(store, uncounted) == 0
    assert await count_of(store, kept) == 10


class Hurried(SystemClock):
    """Nobody here waits two seconds; `turned` is set at the end of each look."""

    def __init__(self) -> None:
        self.turned = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.turned.set()
        await asyncio.sleep(min(seconds, 0.01))


async def test_the_service_counts_by_itself_what_ends(store: Store) -> None:
    clock = Hurried()
    counting = Counting(store, clock)
    async with Journal(store, node="node1") as journal, asyncio.timeout(60):
        running = asyncio.create_task(counting.run())
        noted(journal, MIDNIGHT, [(5, Kind.HUNG_UP, {})])
        while not counting.counted or await count_of(store, uncounted):
            clock.turned.clear()
            await clock.turned.wait()
        running.cancel()
    assert await count_of(store, kept) == 1


async def test_calls_of_before_the_books_were_kept_are_counted_after_the_upgrade(settings: Settings) -> None:
    call = new_id(MIDNIGHT)
    async with await open_store(settings, upgrade=False) as store:
        await upgrade_store(store, "0007")
        async with store.writing() as connection:
            for seq, (kind, seconds) in enumerate((("arrived", 0), ("hung_up", 9)), 1):
                at = MIDNIGHT + timedelta(seconds=seconds)
                row = {"call": call, "node": "n", "seq": seq, "id": new_id(at), "supplier": "demo", "at": at}
                await connection.execute(insert(events), {**row, "kind": kind, "v": 1, "data": "{}"})
    async with await open_store(settings) as store:
        assert await count_all(store) == 1
        [one] = [one async for one in contacts(store, "demo")]
        assert (one.call, one.exit, one.ivr) == (call, Exit.ABANDONED_IVR, 9000)


async def test_the_nightly_proof_says_what_differs(store: Store, settings: Settings) -> None:
    await a_day(store, 31, calls=30)
    await count_all(store)
    books = Bookkeeping(store, settings.places, SystemClock())
    since, until = MIDNIGHT - timedelta(hours=1), NEXT + timedelta(hours=3)
    await books.prove(since, until)
    assert books.differences == {("demo", "events"): 0, ("other", "events"): 0}
    file = queue_log_of(settings.places)
    file.parent.mkdir(parents=True)
    second = int(MIDNIGHT.timestamp()) + 60
    file.write_text(f"{second}|x-1|demo-first|NONE|ENTERQUEUE||1|1\n{second + 9}|x-1|demo-first|NONE|ABANDON|1|1|9\n")
    async with store.writing() as connection:
        await connection.execute(update(tallies).where(tallies.c.supplier == "demo").values(entered=99))
    await books.prove(since, until)
    assert books.differences["demo", "events"] > 0
    assert books.differences["demo", "asterisk"] == 1
    assert books.differences["other", "events"] == 0
    assert {figure.name for figure in books.figures()} >= {"books_differences", "calls_uncounted"}
