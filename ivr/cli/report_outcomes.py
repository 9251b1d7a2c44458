"""The reports of `gudok report` of what came of calls: bot, repeats, callbacks, all against their targets."""

from datetime import UTC, datetime, timedelta

import typer

from ivr.cli.options import Data
from ivr.cli.period import ZoneName
from ivr.cli.report_sheets import Asked, make
from ivr.cli.report_store import As, Format, Out, Since, Until, Whose
from ivr.journal.reports.sheet import Sheet
from ivr.journal.reports.targets import Promise

WITHIN = timedelta(days=7)


def register(report: typer.Typer) -> None:
    for command in (bot, repeats, callbacks, targets):
        report.command()(command)


def bot(
    data: Data = None, since: Since = None, until: Until = None, zone: ZoneName = "Europe/Moscow",
    format: Format = As.table, out: Out = None, supplier: Whose = None,
) -> None:  # fmt: skip
    """How the robot's questions and dialogues go: carried through, asked again, by keys; containment beside.

    Example: gudok report bot --from 2026-11-01 --to 2026-12-01
    """
    from ivr.journal.reports import charts
    from ivr.journal.reports.robot import robot
    from ivr.journal.reports.rows import steps_of

    async def made(asked: Asked) -> Sheet:
        steps = await steps_of(asked.store, asked.supplier, asked.since, asked.until)
        whole = await asked.whole()
        return robot(steps, whole, await _readings(asked))

    make(made, data, since, until, zone, format, out, supplier, charts.robot)


def repeats(
    data: Data = None, since: Since = None, until: Until = None, zone: ZoneName = "Europe/Moscow",
    format: Format = As.table, out: Out = None, supplier: Whose = None,
) -> None:  # fmt: skip
    """Who came again with the same within 7 days, by topic: first-call resolution.

    Example: gudok report repeats --from 2026-10-01 --to 2026-11-01
    """
    from ivr.journal import metrics
    from ivr.journal.reports import rows
    from ivr.journal.reports import targets as sheets

    async def made(asked: Asked) -> Sheet:
        reasons = await rows.reasons_of(asked.store, asked.supplier, asked.since, asked.until + WITHIN)
        settled = asked.until + WITHIN <= datetime.now(UTC)
        return sheets.repeats(metrics.repeats(reasons, until=asked.until, within=WITHIN), settled=settled)

    make(made, data, since, until, zone, format, out, supplier)


def callbacks(
    data: Data = None, since: Since = None, until: Until = None, zone: ZoneName = "Europe/Moscow",
    format: Format = As.table, out: Out = None, supplier: Whose = None,
) -> None:  # fmt: skip
    """What became of the callbacks that were promised, and how long customers waited for them.

    Example: gudok report callbacks --from 2026-11-01
    """
    from ivr.journal.reports import targets as sheets

    async def made(asked: Asked) -> Sheet:
        return sheets.callbacks(await _book(asked))

    make(made, data, since, until, zone, format, out, supplier)


def targets(
    data: Data = None, since: Since = None, until: Until = None, zone: ZoneName = "Europe/Moscow",
    format: Format = As.table, out: Out = None, supplier: Whose = None,
) -> None:  # fmt: skip
    """The line's figures against what they should be: SL, loss, FCR, CSI, the robot's share, callbacks.

    Example: gudok report targets --from 2026-11-01 --to 2026-12-01
    """
    from ivr.journal import metrics
    from ivr.journal.reports import rows
    from ivr.journal.reports import targets as sheets

    async def made(asked: Asked) -> Sheet:
        reasons = await rows.reasons_of(asked.store, asked.supplier, asked.since, asked.until + WITHIN)
        fcr = metrics.first_call_resolution(metrics.repeats(reasons, until=asked.until, within=WITHIN))
        return sheets.targets(await asked.whole(), fcr, sheets.in_time(await _book(asked)))

    make(made, data, since, until, zone, format, out, supplier)


async def _readings(asked: Asked) -> dict[str, int]:
    """Readings taken in the stretch, by how they came."""
    from sqlalchemy import func, select

    from ivr.billing.tables import readings

    of = readings.c
    query = (
        select(of.source, func.count())
        .where(of.supplier == asked.supplier, of.at >= asked.since, of.at < asked.until)
        .group_by(of.source)
    )
    async with asked.store.reading() as connection:
        return {source: int(count) for source, count in await connection.execute(query)}


async def _book(asked: Asked) -> list[Promise]:
    from sqlalchemy import select

    from ivr.outbound.tables import callbacks as book

    of = book.c
    query = select(book).where(
        of.supplier == asked.supplier, of.requested_at >= asked.since, of.requested_at < asked.until
    )
    async with asked.store.reading() as connection:
        return [
            Promise(
                row.day, row.state, row.requests, row.requested_at, row.promised_by,
                row.closed_at if row.state == "done" else None,
            )
            for row in await connection.execute(query)
        ]  # fmt: skip
