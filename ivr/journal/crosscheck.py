"""Our account of times against the switch's own figures: what differs by more than a second, or only one side knows.

The switch counts in whole seconds, so a difference below one is none. Pure but for `counted_stays`.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from sqlalchemy import select, text

from ivr.journal.contacts import Wanted, contacts
from ivr.journal.register import Contact
from ivr.journal.reports.sheet import Cell, Column, Sheet
from ivr.journal.tables import events
from ivr.journal.times import Doing, Segment
from ivr.store import Store

SECOND = 1000
_NEAR = timedelta(seconds=5)
"""Both sides' clocks are one machine's; so far apart may be what they call the entry."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One caller's time in one queue, and with the operator who answered there. Milliseconds; None: not told."""

    uniqueid: str
    queue: str
    entered: datetime
    wait: int | None
    talk: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    uniqueid: str
    queue: str
    entered: datetime
    what: str
    """wait, talk, or known: only one side knows of it."""
    ours: int | None
    theirs: int | None


def stays_of(one: Contact, uniqueid: str) -> list[Stay]:
    """The contact's stays in queues. A talk with several operators is not told: the switch stops at the first."""
    found: list[Stay] = []
    parts = list(one.segments)
    at = 0
    while at < len(parts):
        if parts[at].doing is not Doing.QUEUE:
            at += 1
            continue
        waiting = _run(parts, at, _as_waiting(parts[at]))
        talking = _run(parts, at + len(waiting), lambda part: part.doing in (Doing.TALK, Doing.HOLD))
        operators = {name for part in talking for name in part.operators}
        told = talking and len(operators) == 1 and all(part.operators for part in talking)
        found.append(
            Stay(
                uniqueid,
                waiting[0].queue or "",
                waiting[0].started,
                sum(part.milliseconds for part in waiting),
                sum(part.milliseconds for part in talking) if told else None,
            )
        )
        at += len(waiting) + len(talking)
    return found


def differences(ours: Iterable[Stay], theirs: Iterable[Stay]) -> list[Difference]:
    """What both sides tell differently, by more than a second, in the order of entry."""
    left: dict[tuple[str, str], list[Stay]] = {}
    for stay in sorted(theirs, key=lambda stay: stay.entered):
        left.setdefault((stay.uniqueid, stay.queue), []).append(stay)
    found: list[Difference] = []
    for mine in sorted(ours, key=lambda stay: stay.entered):
        same = left.get((mine.uniqueid, mine.queue), [])
        other = next((stay for stay in same if abs(stay.entered - mine.entered) <= _NEAR), None)
        if other is None:
            found.append(Difference(mine.uniqueid, mine.queue, mine.entered, "known", mine.wait, None))
            continue
        same.remove(other)
        for what in ("wait", "talk"):
            one, two = getattr(mine, what), getattr(other, what)
            if one is not None and two is not None and abs(one - two) > SECOND:
                found.append(Difference(mine.uniqueid, mine.queue, mine.entered, what, one, two))
    for stays in left.values():
        found += [Difference(one.uniqueid, one.queue, one.entered, "known", None, one.wait) for one in stays]
    return sorted(found, key=lambda one: (one.entered, one.uniqueid))


def sheet(found: Sequence[Difference], compared: int, zone: tzinfo) -> Sheet:
    titles = {"wait": "ожидание", "talk": "разговор", "known": "есть только здесь"}
    columns = (
        Column("entered", "Встал в очередь"),
        Column("uniqueid", "Канал"),
        Column("queue", "Очередь"),
        Column("what", "Что расходится"),
        Column("ours_ms", "Журнал", "clock"),
        Column("theirs_ms", "Asterisk", "clock"),
        Column("difference_ms", "Разница, с", "seconds"),
    )

    def row(one: Difference) -> tuple[Cell, ...]:
        apart = None if one.ours is None or one.theirs is None else one.ours - one.theirs
        entered = f"{one.entered.astimezone(zone):%d.%m.%Y %H:%M:%S}"
        return entered, one.uniqueid, one.queue, titles[one.what], one.ours, one.theirs, apart

    return Sheet(
        "Сверка с Asterisk",
        columns,
        tuple(map(row, found)),
        None,
        (
            f"Сверено пребываний в очередях: {compared}; расходятся больше чем на секунду: {len(found)}.",
            "Asterisk считает целыми секундами; после перевода он о разговоре не говорит.",
        ),
        {"compared": compared, "differences": len(found)},
    )


async def counted_stays(store: Store, supplier: str, since: datetime, until: datetime) -> list[Stay]:
    """Ours, of the contacts that arrived in [since, until)."""
    uniqueids = await _uniqueids(store, supplier, since, until)
    found: list[Stay] = []
    async for one in contacts(store, supplier, Wanted(since, until)):
        if one.queued and one.call in uniqueids:
            found += stays_of(one, uniqueids[one.call])
    return found


async def _uniqueids(store: Store, supplier: str, since: datetime, until: datetime) -> Mapping[UUID, str]:
    # The kind stands in the query's text: with a parameter there the index of arrivals would not be used.
    query = select(events.c.call, events.c.data).where(
        events.c.supplier == supplier, text("kind = 'arrived'"), events.c.at >= since, events.c.at < until
    )
    async with store.reading() as connection:
        rows = (await connection.execute(query)).all()
    return {row.call: str(uniqueid) for row in rows if (uniqueid := json.loads(row.data).get("uniqueid"))}


def _as_waiting(first: Segment) -> Callable[[Segment], bool]:
    return lambda part: part.doing is Doing.QUEUE and part.queue == first.queue


def _run(parts: Sequence[Segment], start: int, belongs: Callable[[Segment], bool]) -> list[Segment]:
    end = start
    while end < len(parts) and belongs(parts[end]):
        end += 1
    return list(parts[start:end])
