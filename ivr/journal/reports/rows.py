"""What reports read besides tallies, as narrow rows: operators' shares, steps, reasons, calls as the lines see them."""

from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Select, func, select

from ivr.journal.metrics import Reason
from ivr.journal.periods import By, period_of
from ivr.journal.register import Exit
from ivr.journal.reports.robot import Steps
from ivr.journal.reports.service import OnLine, Served
from ivr.journal.tables import contacts, shares, spoken
from ivr.store import Store


async def served_by(
    store: Store, supplier: str, since: datetime, until: datetime, by: By | None = None, zone: tzinfo | None = None
) -> list[Served]:
    """What each operator did in [since, until), in all or by period. To the quarter of an hour."""
    of = shares.c
    keys = (of.operator, of.at) if by else (of.operator,)
    sums = [func.sum(of[name]).label(name) for name in ("calls", "talk", "hold")]
    query = select(*keys, *sums).where(of.supplier == supplier, of.at >= since, of.at < until).group_by(*keys)
    found: dict[tuple[str, datetime | None], Served] = {}
    for row in await _all(store, query):
        at = period_of(row.at, by, zone) if by and zone else None
        was = found.get((row.operator, at), Served(row.operator, 0, 0, 0, at))
        found[row.operator, at] = Served(
            row.operator, was.calls + int(row.calls), was.talk + int(row.talk), was.hold + int(row.hold), at
        )
    return list(found.values())


async def on_line(store: Store, supplier: str, since: datetime, until: datetime) -> list[OnLine]:
    """Calls that arrived in [since, until)."""
    of = contacts.c
    query = select(of.arrived, of.ended, of.dialled, of.exit).where(
        of.supplier == supplier, of.arrived >= since, of.arrived < until
    )
    blocked = Exit.BLOCKED.value
    return [OnLine(row.arrived, row.ended, row.dialled or "", row.exit == blocked) for row in await _all(store, query)]


async def steps_of(store: Store, supplier: str, since: datetime, until: datetime) -> list[Steps]:
    """How the steps that began in [since, until) went, by step and outcome."""
    of = spoken.c
    keys = (of.step, of.verb, of.outcome)
    sums = [func.sum(of[name]).label(name) for name in ("milliseconds", "turns", "unclear", "silent", "keyed")]
    query = (
        select(*keys, func.count().label("visits"), *sums)
        .where(of.supplier == supplier, of.at >= since, of.at < until)
        .group_by(*keys)
    )
    return [
        Steps(
            row.step, row.verb, row.outcome, row.visits, int(row.milliseconds), int(row.turns), int(row.unclear),
            int(row.silent), int(row.keyed),
        )
        for row in await _all(store, query)
    ]  # fmt: skip


async def reasons_of(store: Store, supplier: str, since: datetime, until: datetime) -> list[Reason]:
    """Who came in [since, until) with what: those refused for lack of lines did not tell."""
    of = contacts.c
    who = func.coalesce(of.account, of.caller)
    query = select(who.label("who"), of.topic, of.at).where(
        of.supplier == supplier, of.at >= since, of.at < until, of.exit != Exit.BLOCKED.value, who.is_not(None)
    )
    return [Reason(row.who, row.topic, row.at) for row in await _all(store, query)]


async def _all(store: Store, query: Select[Any]) -> list[Any]:
    async with store.reading() as connection:
        return list((await connection.execute(query)).all())
