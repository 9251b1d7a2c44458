"""`gudok readings`: the readings callers gave, out of the line and into any billing, each of them once."""

import asyncio
import csv
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.period import Moment, ZoneName, moment, zone_named

if TYPE_CHECKING:
    from ivr.store import Store

NO_BATCH = 0
"""Batches are counted from 1: this one is empty."""

readings = typer.Typer(no_args_is_help=True, help="The readings that callers gave.")

Supplier = Annotated[
    str | None, typer.Option(help="Whose readings; the line's supplier if not given.", show_default=False)
]


class As(StrEnum):
    csv = "csv"
    json = "json"
    xlsx = "xlsx"


def register(app: typer.Typer) -> None:
    app.add_typer(readings, name="readings")


@readings.command()
def export(
    data: Data = None,
    since: Annotated[Moment, typer.Option("--from", help="First day or instant, e.g. 2026-03-01.")] = None,
    until: Annotated[Moment, typer.Option("--to", help="Day or instant that is no longer taken.")] = None,
    zone: ZoneName = "Europe/Moscow",
    format: Annotated[As, typer.Option(help="How to write them.")] = As.csv,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File; stdout if not given.")] = None,
    batch: Annotated[int | None, typer.Option(help="Make this batch once more.", show_default=False)] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All of that time, exported before or not; marks nothing.")
    ] = False,
    supplier: Supplier = None,
) -> None:
    """Write the readings that no batch holds yet, as a new batch; one a row and zone. `key` never changes.

    Example: gudok readings export --from 2026-03-01 --to 2026-04-01 --format xlsx -o march.xlsx
    """
    from ivr.billing.export import new_batch, taken_readings
    from ivr.store import StoreError, open_store

    if batch is not None and (everything or since or until):
        fail("--batch goes with neither --all nor --from and --to", code=2)
    if format is As.xlsx and output is None:
        fail("--format xlsx needs a file: -o readings.xlsx", code=2)
    chosen, place = settings(data), zone_named(zone)
    whose, begin, end = supplier or chosen.supplier, moment(since, place), moment(until, place)

    async def run() -> None:
        async with await open_store(chosen, create=False) as store:
            number = batch
            if number is not None:
                await _must_be_there(store, whose, number)
            elif not everything:
                made = await new_batch(store, whose, begin, end, now=datetime.now(UTC))
                if made is None:
                    typer.echo("no reading is new since the last batch", err=True)
                    if output is not None:
                        return
                number = made.number if made else NO_BATCH
                if made is not None:
                    # Said before it is written: whatever happens to the file, the batch is there.
                    typer.echo(f"batch {number}: {made.readings} readings; once more: --batch {number}", err=True)
            if number is None:
                found = taken_readings(store, whose, place, since=begin, until=end)
            else:
                found = taken_readings(store, whose, place, batch=number)
            await _write(found, format, output)

    try:
        asyncio.run(run())
    except (StoreError, OSError) as error:
        fail(str(error))


@readings.command()
def batches(data: Data = None, supplier: Supplier = None) -> None:
    """List the batches that were made, the newest first: number, when, how many readings.

    Example: gudok readings batches
    """
    from ivr.billing.export import batches as made
    from ivr.store import StoreError, open_store

    chosen = settings(data)

    async def run() -> None:
        async with await open_store(chosen, create=False) as store:
            for each in await made(store, supplier or chosen.supplier):
                typer.echo(f"{each.number}\t{each.made_at.isoformat(timespec='seconds')}\t{each.readings}")

    try:
        asyncio.run(run())
    except StoreError as error:
        fail(str(error))


async def _must_be_there(store: "Store", supplier: str, number: int) -> None:
    from ivr.billing.export import batches as made

    if all(each.number != number for each in await made(store, supplier)):
        fail(f"there is no batch {number}; `gudok readings batches` lists them")


async def _write(rows: AsyncIterator[dict[str, object]], format: As, output: Path | None) -> None:
    """To stdout, or to a file that is there whole or not at all."""
    if output is None:
        await _write_text(rows, format, sys.stdout)
        return
    part = output.with_name(f".{output.name}.part")
    try:
        if format is As.xlsx:
            from ivr.billing.workbook import write_workbook

            await write_workbook(part, "Показания", rows)
        else:
            with part.open("w", encoding="utf-8", newline="") as file:
                await _write_text(rows, format, file)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


async def _write_text(rows: AsyncIterator[dict[str, object]], format: As, file: TextIO) -> None:
    from ivr.billing.export import COLUMNS

    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    if format is As.csv:
        writer.writeheader()
    async for row in rows:
        if format is As.csv:
            writer.writerow(row)
        else:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
