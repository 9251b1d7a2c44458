"""Counting calls that have ended: their contact, its parts and the tallies of its interval, out of their events.

The journal's writer puts down which calls are to be counted; whoever comes first counts them, the service or a report.
Everything of one batch is one transaction, and counting again gives the same: a call that is mended, or of which
something came late, is simply put down once more. A contact whose events are gone stays as it was counted.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.clock import Clock
from ivr.journal import rollups
from ivr.journal.events import Event, Kind
from ivr.journal.register import RULE, Contact, contact
from ivr.journal.shares import quarter_of, shares
from ivr.journal.spoken import Spoken, spoken
from ivr.journal.tables import contacts, events, segments, uncounted, untold
from ivr.journal.tables import shares as shares_table
from ivr.journal.tables import spoken as spoken_table
from ivr.journal.times import in_order
from ivr.store import Store
from ivr.store.engine import reason

log = structlog.get_logger(__name__)

BATCH = 50
_BREATH = 0.05
SECONDS = 2.0
"""How often the service looks for calls to count; a call waits at least so long for what comes just after its end."""
WORDS = ("said", "heard", "pressed", "answered")
"""What was spoken is most of the journal and tells nothing of times, turns or ends."""
_ADVISORY_LOCK = 0x67_63_6E_74  # "gcnt"

Counted = tuple[Contact | None, list[Spoken]]
"""None: there is no contact (yet): the call goes on, it was a draft's, or its events are gone."""


async def count_some(store: Store, *, most: int = BATCH, through: int | None = None) -> int:
    """Count up to `most` of what is put down, of marks up to `through`; how many marks are done."""
    async with store.writing() as connection:
        if store.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        marks = select(uncounted).order_by(uncounted.c.id).limit(most)
        if through is not None:
            marks = marks.where(uncounted.c.id <= through)
        rows = (await connection.execute(marks)).all()
        if not rows:
            return 0
        calls = list(dict.fromkeys(row.call for row in rows))
        await _count(connection, calls)
        await connection.execute(delete(uncounted).where(uncounted.c.id.in_([row.id for row in rows])))
        return len(rows)


async def count_all(store: Store, told: Callable[[int], None] | None = None) -> int:
    """Count everything that is put down now; how many marks that were. `told` hears how far it is."""
    last, done = await last_mark(store), 0
    while last is not None and (some := await count_some(store, most=1000, through=last)):
        done += some
        if told is not None:
            told(done)
    return done


async def last_mark(store: Store) -> int | None:
    async with store.reading() as connection:
        last: int | None = (await connection.execute(select(func.max(uncounted.c.id)))).scalar()
        return last


async def marks_waiting(store: Store) -> int:
    async with store.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(uncounted))).scalar() or 0)


async def put_down(store: Store, supplier: str, since: datetime, until: datetime) -> int:
    """Put down every call that arrived in [since, until) to be counted again; how many there are."""
    # The kind stands in the query's text: with a parameter there the index of arrivals would not be used.
    arrived = (
        select(events.c.call, events.c.supplier)
        .where(events.c.supplier == supplier, text("kind = 'arrived'"))
        .where(events.c.at >= since, events.c.at < until)
        .order_by(events.c.at)
    )
    async with store.writing() as connection:
        done = await connection.execute(insert(uncounted).from_select(["call", "supplier"], arrived))
        return int(done.rowcount)


class Counting:
    """The service's own: counts what ends, every two seconds, and is asked for how much waits."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.counted = 0
        """Calls counted since the start."""
        self.behind = 0
        """Marks that waited when it last looked."""

    async def run(self) -> None:
        through: int | None = None
        while True:
            try:
                while through is not None and (done := await count_some(self._store, through=through)):
                    self.counted += done
                    # Of a long backlog a little at a time: calls that go on write their events in between.
                    await self._clock.sleep(_BREATH)
                through = await last_mark(self._store)
                self.behind = await marks_waiting(self._store) if through is not None else 0
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("calls are counted later", action="counting.away", why=reason(error))
            await self._clock.sleep(SECONDS)


async def _count(connection: AsyncConnection, calls: Sequence[UUID]) -> None:
    told = await _told(connection, calls)
    # In a thread: some hundred calls are tens of milliseconds, and other calls are going on.
    counted = await asyncio.to_thread(_counted, told)
    dirty: dict[str, set[datetime]] = defaultdict(set)
    kept = select(contacts.c.call, contacts.c.supplier, contacts.c.at, contacts.c.events)
    for row in await connection.execute(kept.where(contacts.c.call.in_(calls))):
        now = counted.get(row.call, (None, []))[0]
        if now is None or now.events < row.events:
            counted.pop(row.call, None)  # some of its events are gone: it stays as it was counted
            continue
        dirty[row.supplier].add(quarter_of(row.at))
    new = [(one, steps) for one, steps in counted.values() if one is not None]
    if not new:
        return
    again = [one.call for one, _ in new]
    for table in (contacts, segments, shares_table, spoken_table):
        await connection.execute(delete(table).where(table.c.call.in_(again)))
    for one, _ in new:
        dirty[one.supplier].add(quarter_of(one.counted_at))
    for table, rows in _rows(new):
        if rows:
            await connection.execute(insert(table), rows)
    await connection.execute(insert(untold), [{"call": one.call, "supplier": one.supplier} for one, _ in new])
    for supplier, quarters in dirty.items():
        await rollups.recount(connection, supplier, sorted(quarters))


async def _told(connection: AsyncConnection, calls: Sequence[UUID]) -> dict[UUID, list[Any]]:
    query = select(events).where(events.c.call.in_(calls), events.c.kind.not_in(WORDS))
    found: dict[UUID, list[Any]] = {call: [] for call in calls}
    for row in await connection.execute(query.order_by(events.c.call, events.c.node, events.c.seq)):
        found[row.call].append(row)
    return found


def _counted(told: dict[UUID, list[Any]]) -> dict[UUID, Counted]:
    counted: dict[UUID, Counted] = {}
    for call, rows in told.items():
        try:
            counted[call] = _one(rows)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            # One call whose events make no sense must not keep all others from being counted.
            log.error("a call cannot be counted", action="counting.failed", call=str(call), why=repr(error))
    return counted


def _one(rows: Sequence[Any]) -> Counted:
    told = in_order(event for row in rows if (event := event_of(row)) is not None)
    if not told or of_draft(told):
        return None, []
    one = contact(told)
    return (one, spoken(told)) if one.over else (None, [])


def event_of(row: Any) -> Event | None:
    """The event of a row; None for a kind that a newer version wrote."""
    try:
        kind = Kind(row.kind)
    except ValueError:
        return None
    return Event(row.id, row.supplier, row.node, row.call, row.seq, row.at, kind, row.v, json.loads(row.data))


def of_draft(told: Sequence[Event]) -> bool:
    """Whether somebody tried a draft of the dialplan: that is no contact with a customer."""
    return any(event.kind is Kind.ARRIVED and bool(event.data.get("draft")) for event in told)


def _rows(counted: Sequence[tuple[Contact, list[Spoken]]]) -> list[tuple[Table, list[dict[str, Any]]]]:
    return [
        (contacts, [_row(one) for one, _ in counted]),
        (
            segments,
            [
                {
                    "call": one.call,
                    "number": number,
                    "doing": part.doing.value,
                    "started": part.started,
                    "ended": part.ended,
                    "milliseconds": part.milliseconds,
                    "queue": part.queue,
                    "operators": list(part.operators),
                }
                for one, _ in counted
                for number, part in enumerate(one.segments)
            ],
        ),
        (
            shares_table,
            [
                {
                    "call": one.call,
                    "supplier": one.supplier,
                    "operator": share.operator,
                    "at": share.at,
                    "calls": share.calls,
                    "talk": share.talk,
                    "hold": share.hold,
                }
                for one, _ in counted
                for share in shares(one.segments)
            ],
        ),
        (
            spoken_table,
            [
                {
                    "call": one.call,
                    "supplier": one.supplier,
                    "number": number,
                    "at": step.at,
                    "step": step.step,
                    "verb": step.verb,
                    "outcome": step.outcome,
                    "milliseconds": step.milliseconds,
                    "turns": step.turns,
                    "unclear": step.unclear,
                    "silent": step.silent,
                    "keyed": step.keyed,
                }
                for one, steps in counted
                for number, step in enumerate(steps)
            ],
        ),
    ]


def _row(one: Contact) -> dict[str, Any]:
    assert one.exit is not None
    return {
        "call": one.call,
        "supplier": one.supplier,
        "rule": RULE,
        "events": one.events,
        "at": one.counted_at,
        "arrived": one.arrived,
        "ended": one.ended,
        "exit": one.exit.value,
        "dialled": one.dialled,
        "caller": one.caller,
        "account": one.account,
        "topic": one.topic or "",
        "queue": one.queue or "",
        "queued": one.queued,
        "first_wait": one.first_wait,
        "ivr": one.ivr,
        "wait": one.wait,
        "talk": one.talk,
        "hold": one.hold,
        "operators": list(one.operators),
        "reading": one.reading,
        "rating": one.rating,
        "rating_asked": one.rating_asked,
        "bot": one.bot,
        "complaint": one.complaint,
        "passed_on": one.passed_on,
        "mended": one.mended,
        "recording": one.recording,
    }
