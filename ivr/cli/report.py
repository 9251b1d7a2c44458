"""`gudok report`: what the journal tells, as a table for people or as JSON and CSV for programs."""

import asyncio
import csv
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, TextIO
from zoneinfo import ZoneInfo

import typer

from ivr.cli import report_sheets
from ivr.cli.options import Data, fail, settings
from ivr.cli.period import Moment, ZoneName, moment, zone_named
from ivr.journal.periods import By

if TYPE_CHECKING:
    from ivr.journal.register import Contact, Totals

report = typer.Typer(no_args_is_help=True, help="Reports, computed from the journal.")

Row = Mapping[str, object]
Cells = Callable[[Row], Iterable[str]]


class As(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"


EXITS = {
    "answered": "обслужен оператором",
    "abandoned_ivr": "положил трубку в меню",
    "abandoned_queue": "не дождался оператора",
    "queue_timeout": "истекло время ожидания",
    "self_served": "обслужен роботом",
    "callback": "заказал обратный звонок",
    "closed": "нерабочее время",
    "blocked": "не хватило линий",
    "fell_back": "отказ сервиса",
    None: "разговор идёт",
}
CALL_TITLES = {
    "arrived": "Поступил",
    "number": "Номер",
    "account": "Лицевой счёт",
    "topic": "Тема",
    "ivr_ms": "IVR",
    "wait_ms": "Ожидание",
    "talk_ms": "Разговор",
    "hold_ms": "Удержание",
    "operator": "Оператор",
    "exit": "Итог",
    "reading": "Показание",
}
TOTAL_TITLES = {
    "period": "Период",
    "arrived": "Поступило",
    "answered": "Операторы",
    "self_served": "Робот",
    "lost": "Потеряно",
    "abandoned_ivr": "Ушли из меню",
    "readings": "Показания",
    "loss": "Потери",
    "mean_wait_ms": "Среднее ожидание",
    "mean_talk_ms": "Средний разговор",
}
ZONES = {"single": "", "day": "день ", "night": "ночь ", "peak": "пик ", "half_peak": "полупик "}


def register(app: typer.Typer) -> None:
    report_sheets.register(report)
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
    format: Annotated[As, typer.Option(help="For people, or for programs (times in milliseconds).")] = As.table,
    supplier: Annotated[
        str | None, typer.Option(help="Whose calls; the line's supplier if not given.", show_default=False)
    ] = None,
) -> None:
    """One row a call: when it came, how long the caller was in the menu, waited and talked, and how it ended.

    Example: gudok report calls --from 2026-03-01 --to 2026-04-01 --format csv
    """
    from ivr.journal.contacts import contacts
    from ivr.store import StoreError, open_store

    chosen, place = settings(data), zone_named(zone)
    begin = moment(since, place) or datetime.now(UTC).astimezone(place).replace(
        hour=0, minute=0, second=0, microsecond=0
    )

    async def run() -> None:
        async with await open_store(chosen, create=False) as store:
            found = contacts(store, supplier or chosen.supplier, begin, moment(until, place))
            if by is None:
                await _write(_call_rows(found, place), CALL_TITLES, _call_cells, format)
            else:
                await _write(_total_rows(found, by, place), TOTAL_TITLES, partial(_total_cells, by), format)

    try:
        asyncio.run(run())
    except BrokenPipeError:
        # Whoever read the output has had enough; Python must not complain when it flushes the rest.
        sys.stderr.close()
    except StoreError as error:
        fail(str(error))


async def _call_rows(found: "AsyncIterator[Contact]", zone: ZoneInfo) -> AsyncIterator[Row]:
    from ivr.logs import tail

    async for one in found:
        yield {
            "call": str(one.call),
            "arrived": one.arrived.astimezone(zone).isoformat(timespec="milliseconds"),
            "number": tail(one.caller) if one.caller else None,
            "account": one.account,
            "topic": one.topic,
            "ivr_ms": one.ivr,
            "wait_ms": one.wait,
            "talk_ms": one.talk,
            "hold_ms": one.hold,
            "operator": ", ".join(one.operators) or None,
            "exit": one.exit.value if one.exit else None,
            "reading": one.reading or None,
        }


async def _total_rows(found: "AsyncIterator[Contact]", by: By, zone: ZoneInfo) -> AsyncIterator[Row]:
    from ivr.journal.periods import period_of
    from ivr.journal.register import Exit, Sums

    sums: dict[datetime, Sums] = {}
    async for one in found:
        sums.setdefault(period_of(one.arrived, by, zone), Sums()).add(one)
    for period in sorted(sums):
        whole: Totals = sums[period].totals()
        yield {
            "period": period.isoformat(timespec="minutes"),
            "arrived": whole.arrived,
            "answered": whole.answered,
            "self_served": whole.exits.get(Exit.SELF_SERVED, 0),
            "lost": whole.lost,
            "abandoned_ivr": whole.exits.get(Exit.ABANDONED_IVR, 0),
            "readings": whole.readings,
            "loss": None if whole.loss is None else round(whole.loss, 4),
            "mean_wait_ms": None if whole.mean_wait is None else round(whole.mean_wait),
            "mean_talk_ms": None if whole.mean_talk is None else round(whole.mean_talk),
        }


async def _write(
    rows: AsyncIterator[Row], titles: Mapping[str, str], cells: Cells, format: As, out: TextIO | None = None
) -> None:
    out = out or sys.stdout
    if format is As.json:
        await _write_json(rows, out)
    elif format is As.csv:
        await _write_csv(rows, titles, out)
    else:
        await _write_table(rows, titles, cells, out)


async def _write_json(rows: AsyncIterator[Row], out: TextIO) -> None:
    """One JSON array, a row a line, written as it comes."""
    before = "["
    async for row in rows:
        out.write(f"{before}\n{json.dumps(row, ensure_ascii=False)}")
        before = ","
    out.write("[]\n" if before == "[" else "\n]\n")


async def _write_csv(rows: AsyncIterator[Row], titles: Mapping[str, str], out: TextIO) -> None:
    names = (["call"] if "exit" in titles else []) + list(titles)
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    async for row in rows:
        reading = row.get("reading")
        if isinstance(reading, dict):
            row = {**row, "reading": "; ".join(f"{zone} {value}" for zone, value in reading.items())}
        writer.writerow(row)


async def _write_table(rows: AsyncIterator[Row], titles: Mapping[str, str], cells: Cells, out: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in titles.values():
        table.add_column(title, no_wrap=True)
    async for row in rows:
        table.add_row(*cells(row))
    console = Console(file=out)
    if not console.is_terminal:
        console.width = 250
    console.print(table)


def _call_cells(row: Row) -> Iterator[str]:
    for name in CALL_TITLES:
        value = row[name]
        match name:
            case "arrived":
                yield str(value)[:19].replace("T", " ")
            case "exit":
                yield EXITS[value if isinstance(value, str) else None]
            case "reading":
                yield _reading(value)
            case _ if name.endswith("_ms"):
                yield minutes(value) if value else ""
            case _:
                yield "" if value is None else str(value)


def _total_cells(by: By, row: Row) -> Iterator[str]:
    for name in TOTAL_TITLES:
        value = row[name]
        match name:
            case "period":
                yield str(value)[: {By.MONTH: 7, By.DAY: 10}.get(by, 16)].replace("T", " ")
            case "loss":
                yield "н/д" if value is None else f"{float(str(value)) * 100:.2f}%".replace(".", ",")
            case _ if name.endswith("_ms"):
                yield minutes(value)
            case _:
                yield str(value)


def _reading(value: object) -> str:
    if not isinstance(value, dict):
        return ""
    return ", ".join(f"{ZONES.get(zone, zone + ' ')}{number}" for zone, number in value.items())


def minutes(milliseconds: object) -> str:
    """`м:сс`, half a second rounded up; «н/д» where there is nothing to tell."""
    if not isinstance(milliseconds, int | float):
        return "н/д"
    from ivr.journal.reports.sheet import clock

    return clock(milliseconds)
