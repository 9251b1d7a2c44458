"""Tallies in SQL: many contacts summed up inside the database, and kept by the quarter of an hour.

The formulas are those of `ivr.journal.tallies`; kept tallies are of the threshold 80/60, any other is summed anew.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from functools import cache
from operator import add
from typing import Any, Literal, TypeVar, get_args

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Select,
    and_,
    delete,
    func,
    insert,
    literal_column,
    not_,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.journal.metrics import EIGHTY_SIXTY, MARKS, SUMS, Tally, Threshold
from ivr.journal.periods import By, period_of
from ivr.journal.register import Exit
from ivr.journal.shares import QUARTER, quarter_of
from ivr.journal.tables import contacts, tallies
from ivr.store import Instant, Store

Of = Literal["queue", "topic"]
"""What contacts are told apart by, each time all of them."""
_LONGEST = len(SUMS)
"""Where the longest wait stands in `SUMMED`: of it the most is taken, not the sum."""
SUMMED = (*SUMS, "longest_wait", *(f"mark_{mark}" for mark in MARKS))
_Key = TypeVar("_Key")


async def recount(connection: AsyncConnection, supplier: str, quarters: Iterable[datetime]) -> None:
    """Count these quarters of the supplier anew, in the caller's transaction."""
    since = until = None
    for quarter in sorted(quarters):
        if quarter != until:  # those that follow one another are counted as one stretch
            if since is not None and until is not None:
                await recount_between(connection, supplier, since, until)
            since = quarter
        until = quarter + QUARTER
    if since is not None and until is not None:
        await recount_between(connection, supplier, since, until)


async def recount_between(connection: AsyncConnection, supplier: str, since: datetime, until: datetime) -> None:
    """The same for all quarters in [since, until); both are the beginning of one."""
    kept = tallies.c
    await connection.execute(delete(tallies).where(kept.supplier == supplier, kept.at >= since, kept.at < until))
    for of in get_args(Of):
        summed = _by_quarter(of).where(*_between(contacts.c, supplier, since, until))
        await connection.execute(insert(tallies).from_select(["supplier", "at", "name", *SUMMED, "by"], summed))


async def tallies_by(
    store: Store,
    supplier: str,
    since: datetime,
    until: datetime,
    by: By,
    zone: tzinfo,
    *,
    threshold: Threshold = EIGHTY_SIXTY,
    queue: str | None = None,
) -> dict[datetime, Tally]:
    """Tallies of [since, until) by period on the zone's clocks."""
    rows = await _rows(store, supplier, since, until, threshold, "queue", queue, by_time=True)
    return _added((period_of(row[0], by, zone), row[1:]) for row in rows)


async def tallies_by_topic(store: Store, supplier: str, since: datetime, until: datetime) -> dict[str, Tally]:
    """Tallies of [since, until) by topic; "" where none was told."""
    rows = await _rows(store, supplier, since, until, EIGHTY_SIXTY, "topic", None, by_time=False)
    return _added((row[0], row[1:]) for row in rows)


def tally_of(sums: Sequence[int]) -> Tally:
    """The tally of a row of sums, in the order of `SUMMED`."""
    named = {name: int(value) for name, value in zip(SUMMED, sums, strict=True)}
    given = {mark: count for mark in MARKS if (count := named.pop(f"mark_{mark}"))}
    return Tally(**named, ratings=given)


def _added(rows: Iterable[tuple[_Key, Sequence[int]]]) -> dict[_Key, Tally]:
    """Rows of sums added up by their key: as plain numbers, for there may be thousands."""
    found: dict[_Key, list[int]] = {}
    for key, sums in rows:
        was = found.get(key)
        found[key] = list(sums) if was is None else [*map(add, was, sums)]
        if was is not None:
            found[key][_LONGEST] = max(was[_LONGEST], sums[_LONGEST])
    return {key: tally_of(sums) for key, sums in found.items()}


async def _rows(
    store: Store,
    supplier: str,
    since: datetime,
    until: datetime,
    threshold: Threshold,
    of: Of,
    name: str | None,
    *,
    by_time: bool,
) -> Sequence[Any]:
    """Whole quarters out of the kept tallies, what is left at either edge out of the contacts themselves."""
    first, last = _up(since), quarter_of(until)
    if threshold != EIGHTY_SIXTY or first >= last:
        queries = [_anew(supplier, since, until, threshold, of, name, by_time)]
    else:
        queries = [_kept(supplier, first, last, of, name, by_time)]
        queries += [
            _anew(supplier, begin, end, threshold, of, name, by_time)
            for begin, end in ((since, first), (last, until))
            if begin < end
        ]
    rows: list[Any] = []
    async with store.reading() as connection:
        for query in queries:
            rows += (await connection.execute(query)).all()
    return rows


def _kept(supplier: str, since: datetime, until: datetime, of: Of, name: str | None, by_time: bool) -> Select[Any]:
    key = tallies.c.at if by_time else tallies.c.name
    sums = [(func.max if name == "longest_wait" else func.sum)(tallies.c[name]) for name in SUMMED]
    query = select(key, *sums).group_by(key).where(tallies.c.by == of, *_between(tallies.c, supplier, since, until))
    return query if name is None else query.where(tallies.c.name == name)


def _anew(
    supplier: str, since: datetime, until: datetime, threshold: Threshold, of: Of, name: str | None, by_time: bool
) -> Select[Any]:
    query = _summed([_QUARTER_OF if by_time else contacts.c[of]], threshold)
    query = query.where(*_between(contacts.c, supplier, since, until))
    return query if name is None else query.where(contacts.c[of] == name)


def _between(columns: Any, supplier: str, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return columns.supplier == supplier, columns.at >= since, columns.at < until


_MICROS = type_coerce(contacts.c.at, BigInteger)
# The quarter's length as a literal: PostgreSQL must see the same expression in GROUP BY.
_QUARTER_OF = type_coerce(_MICROS - _MICROS % literal_column(str(QUARTER.seconds * 1_000_000), BigInteger), Instant)


@cache
def _by_quarter(of: Of) -> Select[Any]:
    keys = [contacts.c.supplier, _QUARTER_OF, contacts.c[of]]
    return _summed(keys, EIGHTY_SIXTY).add_columns(literal_column(f"'{of}'"))


def _summed(keys: Sequence[ColumnElement[Any]], threshold: Threshold) -> Select[Any]:
    """Contacts summed up by `keys`: these first, then a column each of `SUMMED`."""
    return select(*keys, *_sums(threshold)).group_by(*keys)


def _sums(threshold: Threshold) -> list[ColumnElement[Any]]:
    of, most, short = contacts.c, threshold.seconds * 1000, threshold.short * 1000
    in_line = of.exit != Exit.BLOCKED
    answered = and_(of.queued, of.exit == Exit.ANSWERED)
    abandoned = and_(of.queued, of.exit == Exit.ABANDONED_QUEUE)
    lost = and_(of.queued, of.exit.in_((Exit.ABANDONED_QUEUE, Exit.QUEUE_TIMEOUT)))
    counts: dict[str, ColumnElement[bool]] = {
        "entered": in_line,
        "self_served": of.exit == Exit.SELF_SERVED,
        "abandoned_ivr": of.exit == Exit.ABANDONED_IVR,
        "answered": answered,
        "direct": and_(not_(of.queued), of.exit == Exit.ANSWERED),
        "in_time": and_(answered, of.first_wait <= most),
        "abandoned_short": and_(abandoned, of.first_wait < short),
        "abandoned_in_time": and_(abandoned, of.first_wait >= short, of.first_wait <= most),
        "abandoned_late": and_(abandoned, of.first_wait >= short, of.first_wait > most),
        "timed_out": of.exit == Exit.QUEUE_TIMEOUT,
        "callbacks": of.exit == Exit.CALLBACK,
        "closed": of.exit == Exit.CLOSED,
        "blocked": of.exit == Exit.BLOCKED,
        "fell_back": of.exit == Exit.FELL_BACK,
        "readings": and_(in_line, of.reading != {}),
        "complaints": and_(in_line, of.complaint),
        "passed_on": and_(in_line, of.passed_on),
        "bot_started": and_(in_line, of.bot),
        "bot_closed": and_(of.bot, of.exit == Exit.SELF_SERVED),
        "ratings_offered": and_(in_line, of.rating_asked),
        **{f"mark_{mark}": and_(in_line, of.rating == mark) for mark in MARKS},
    }
    times: dict[str, tuple[ColumnElement[bool], Column[int]]] = {
        "ivr": (in_line, of.ivr),
        "wait_answered": (answered, of.first_wait),
        "wait_lost": (lost, of.first_wait),
        "talk": (answered, of.talk),
        "hold": (answered, of.hold),
    }
    sums: dict[str, ColumnElement[Any]] = {name: func.count().filter(when) for name, when in counts.items()}
    for name, (when, what) in times.items():
        sums[name] = func.coalesce(func.sum(what).filter(when), 0)
    sums["longest_wait"] = func.coalesce(func.max(of.first_wait).filter(and_(in_line, of.queued)), 0)
    return [sums[name] for name in SUMMED]


def _up(at: datetime) -> datetime:
    quarter = quarter_of(at)
    return quarter if quarter == at else quarter + QUARTER
