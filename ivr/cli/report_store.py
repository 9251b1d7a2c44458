"""What all reports open with: the database, everything counted that waits for it, and a clear word where it is away."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from ivr.cli.options import fail
from ivr.cli.period import Moment
from ivr.journal.periods import By

if TYPE_CHECKING:
    from ivr.journal.reports.sheet import Sheet
    from ivr.settings import Settings
    from ivr.store import Store


class As(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    svg = "svg"


Since = Annotated[Moment, typer.Option("--from", help="First day or instant; this year's first if not given.")]
Until = Annotated[Moment, typer.Option("--to", help="Day or instant that is no longer taken.")]
Format = Annotated[As, typer.Option("--format", help="For people, or for programs (times in milliseconds).")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="The file to write; xlsx needs one.")]
Whose = Annotated[str | None, typer.Option("--supplier", help="Whose calls; the line's supplier if not given.")]
By_ = Annotated[By, typer.Option("--by", help="The interval of a row.")]


@asynccontextmanager
async def counted(settings: "Settings") -> AsyncIterator["Store"]:
    """The database, with every call in it counted that has ended. `StoreError` where it cannot be used."""
    from rich.console import Console
    from sqlalchemy.exc import DBAPIError

    from ivr.journal.counting import count_all
    from ivr.store import StoreError, open_store
    from ivr.store.engine import reason

    console = Console(stderr=True)
    async with await open_store(settings, create=False) as store:
        try:
            if console.is_terminal:
                with console.status("counting calls") as status:
                    await count_all(store, lambda done: status.update(f"counting calls: {done}"))
            else:
                await count_all(store)
            yield store
        except DBAPIError as error:
            raise StoreError(f"the database {store.name}: {reason(error)}") from error


def this_year(zone: ZoneInfo) -> datetime:
    now = datetime.now(UTC).astimezone(zone)
    return now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)


def check_form(format: As, out: Path | None, *, chart: bool = False) -> None:
    """Before anything is asked of the database: whether it can be written that way."""
    if format is As.xlsx and out is None:
        fail("--format xlsx needs a file: add -o report.xlsx", code=2)
    if format is As.svg and not chart:
        fail("--format svg: this report has no chart; use table, json, csv or xlsx", code=2)


def write(sheet: "Sheet", format: As, out: Path | None, *, chart: str | None = None) -> None:
    """The sheet in the form that was asked for; `chart` is its picture, where it has one."""
    from ivr.journal.reports import sheet as forms

    if format is As.xlsx and out is not None:
        from ivr.journal.reports.workbook import as_xlsx

        out.write_bytes(as_xlsx(sheet))
        return
    if format is As.svg:
        assert chart is not None
        text = chart
    else:
        text = {As.table: forms.as_text, As.json: forms.as_json, As.csv: forms.as_csv}[format](sheet)
    if out is None:
        sys.stdout.write(text)
    else:
        # A spreadsheet knows a text in UTF-8 by its mark.
        out.write_text(text, encoding="utf-8-sig" if format is As.csv else "utf-8", newline="")
