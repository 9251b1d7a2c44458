"""`gudok accounts`: accounts into the line's own tables, and the readings taken out of them."""

import asyncio
import csv
import json
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.period import Moment, ZoneName, moment, zone_named

accounts = typer.Typer(no_args_is_help=True, help="Accounts and meters in the line's own tables, and their readings.")


class As(StrEnum):
    csv = "csv"
    json = "json"


def register(app: typer.Typer) -> None:
    app.add_typer(accounts, name="accounts")


@accounts.command("import")
def load(
    file: Annotated[Path, typer.Argument(help="CSV; its columns: docs/storage.md.", dir_okay=False, exists=True)],
    data: Data = None,
    supplier: Annotated[
        str | None, typer.Option(help="Whose accounts; the line's supplier if not given.", show_default=False)
    ] = None,
    encoding: Annotated[str, typer.Option(help="`utf-8`, or `cp1251` for a file from Windows.")] = "utf-8",
    relative_dates: Annotated[
        bool, typer.Option("--relative-dates", help="Let previous_date also say «30 days ago» (for demo data).")
    ] = False,
) -> None:
    """Load accounts from a CSV file. Each line that cannot be taken is reported on stderr with its number and why.

    Loading the same file again changes nothing; accounts that the file does not name stay as they are.

    Example: gudok accounts import accounts.csv --encoding cp1251
    """
    from rich.console import Console
    from rich.progress import wrap_file

    from ivr.billing.account_lines import BadHeader
    from ivr.billing.accounts import Loaded, load_accounts
    from ivr.billing.desk import MOSCOW
    from ivr.store import StoreError, open_store

    chosen = settings(data)
    _known(encoding)

    def reject(number: int, why: str) -> None:
        typer.echo(f"{file}:{number}: {why}", err=True)

    async def run() -> Loaded:
        async with await open_store(chosen) as store:
            console = Console(stderr=True)
            with file.open("rb") as raw:
                shown = wrap_file(
                    raw, total=file.stat().st_size, description="accounts", console=console, transient=True,
                    disable=not console.is_terminal,
                )  # fmt: skip
                with shown as lines:
                    return await load_accounts(
                        store,
                        supplier or chosen.supplier,
                        lines,
                        today=datetime.now(UTC).astimezone(MOSCOW).date(),
                        reject=reject,
                        encoding=encoding,
                        relative_dates=relative_dates,
                    )

    try:
        done = asyncio.run(run())
    except BadHeader as error:
        fail(f"{file}:1: {error}")
    except StoreError as error:
        fail(str(error))
    typer.echo(f"{done.taken} lines taken, {done.rejected} rejected", err=True)
    if done.rejected:
        raise typer.Exit(1)


@accounts.command("export-readings")
def export(
    data: Data = None,
    since: Annotated[Moment, typer.Option("--from", help="First day or instant, e.g. 2026-03-01.")] = None,
    until: Annotated[Moment, typer.Option("--to", help="Day or instant that is no longer taken.")] = None,
    zone: ZoneName = "Europe/Moscow",
    format: Annotated[As, typer.Option(help="How to write them.")] = As.csv,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File; stdout if not given.")] = None,
    supplier: Annotated[str | None, typer.Option(help="Whose readings.", show_default=False)] = None,
) -> None:
    """Write the readings that callers gave, one a row and zone, for billing. `key` is the same at each export.

    Example: gudok accounts export-readings --from 2026-03-01 --to 2026-04-01 -o readings.csv
    """
    from ivr.billing.accounts import taken_readings
    from ivr.store import StoreError, open_store

    chosen, place = settings(data), zone_named(zone)
    names = ("key", "account", "serial", "zone", "value", "taken_at", "flagged", "source", "call")

    async def run() -> None:
        async with await open_store(chosen, create=False) as store:
            rows = taken_readings(store, supplier or chosen.supplier, moment(since, place), moment(until, place), place)
            with output.open("w", encoding="utf-8", newline="") if output else nullcontext(sys.stdout) as file:
                writer = csv.DictWriter(file, names, lineterminator="\n")
                if format is As.csv:
                    writer.writeheader()
                async for row in rows:
                    if format is As.csv:
                        writer.writerow(row)
                    else:
                        file.write(json.dumps(row, ensure_ascii=False) + "\n")

    try:
        asyncio.run(run())
    except (StoreError, OSError) as error:
        fail(str(error))


def _known(encoding: str) -> None:
    try:
        "".encode(encoding)
    except LookupError:
        fail(f"--encoding: {encoding!r} is not known; try utf-8 or cp1251", code=2)
