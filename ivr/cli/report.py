"""`gudok report`: what the journal tells, as a table for people or as JSON, CSV and spreadsheets for programs."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import call_rows, report_crosscheck, report_forecast, report_outcomes, report_sheets
from ivr.cli.options import Data, fail, settings
from ivr.cli.period import Moment, ZoneName, moment, zone_named
from ivr.cli.report_store import As, Format, Out, Whose, check_form, counted, write
from ivr.journal.periods import By
from ivr.people.roles import Role

if TYPE_CHECKING:
    from ivr.journal.contacts import Wanted
    from ivr.journal.register import Contact
    from ivr.store import Store

report = typer.Typer(no_args_is_help=True, help="Reports, computed from the journal.")


def register(app: typer.Typer) -> None:
    report_sheets.register(report)
    report_outcomes.register(report)
    report_crosscheck.register(report)
    report_forecast.register(report)
    app.add_typer(report, name="report")


@report.callback()
def _group() -> None:
    """Reports, computed from the journal."""


@report.command()
def calls(
    data: Data = None,
    since: Annotated[Moment, typer.Option("--from", help="First day or instant; today if not given.")] = None,
    until: Annotated[Moment, typer.Option("--to", help="Day or instant that is no longer taken.")] = None,
    by: Annotated[By | None, typer.Option(help="Totals of each period instead of each call.")] = None,
    zone: ZoneName = "Europe/Moscow",
    format: Format = As.table,
    out: Out = None,
    supplier: Whose = None,
    phone: Annotated[str | None, typer.Option(help="Only calls from this telephone.", show_default=False)] = None,
    account: Annotated[str | None, typer.Option(help="Only calls about this account.", show_default=False)] = None,
    operator: Annotated[str | None, typer.Option(help="Only calls they talked in.", show_default=False)] = None,
    parts: Annotated[bool, typer.Option("--segments", help="A row a segment instead of a row a call.")] = False,
    role: Annotated[Role, typer.Option("--as", help="Whose sight of customers: docs/retention.md.")] = Role.ADMIN,
) -> None:
    """One row a call: when it came, how long the caller was in the menu, waited and talked, and how it ended.

    With --phone or --account all of a customer's history is looked through, unless --from says otherwise.

    Example: gudok report calls --from 2026-03-01 --to 2026-04-01 --format csv
    """
    from ivr.journal.contacts import Wanted
    from ivr.store import StoreError

    chosen, place = settings(data), zone_named(zone)
    check_form(format, out)
    now = datetime.now(UTC)
    begin, end = moment(since, place), moment(until, place)
    if begin is None and not (phone or account):
        begin = now.astimezone(place).replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = Wanted(begin, end, phone, account, operator)

    async def run() -> None:
        async with counted(chosen) as store:
            whose = supplier or chosen.supplier
            if by is None:
                found = _calls(store, whose, wanted, now)
                rows, titles = (
                    (call_rows.segment_rows(found, place, role), call_rows.SEGMENT_TITLES)
                    if parts
                    else (call_rows.call_rows(found, place, role), call_rows.CALL_TITLES)
                )
                cells: call_rows.Cells = partial(call_rows.cells, titles)
            else:
                if phone or account or operator:
                    fail("--by adds up all calls: leave out --phone, --account and --operator", code=2)
                rows = call_rows.total_rows(store, whose, begin or now, end or now, by, place)
                titles, cells = call_rows.TOTAL_TITLES, partial(call_rows.total_cells, by)
            if format is As.xlsx:
                write(await call_rows.sheet_of(rows, titles, cells), format, out)
            elif out is None:
                await call_rows.write_rows(rows, titles, cells, format, sys.stdout)
            else:
                with out.open("w", encoding="utf-8-sig" if format is As.csv else "utf-8", newline="") as file:
                    await call_rows.write_rows(rows, titles, cells, format, file)

    try:
        asyncio.run(run())
    except BrokenPipeError:
        # Whoever read the output has had enough; Python must not complain when it flushes the rest.
        sys.stderr.close()
    except StoreError as error:
        fail(str(error))


async def _calls(store: "Store", supplier: str, wanted: "Wanted", now: datetime) -> "AsyncIterator[Contact]":
    """Those that have ended, then those that go on: these are the youngest."""
    from ivr.journal.contacts import contacts, going_on

    async for one in contacts(store, supplier, wanted):
        yield one
    if wanted.account is None and wanted.operator is None:
        for one in await going_on(store, supplier, wanted.since or now, wanted.until, now):
            if wanted.caller in (None, one.caller):
                yield one
