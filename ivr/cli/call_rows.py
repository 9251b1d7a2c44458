"""The register as rows: of calls, of segments, of sums by period; and how each form of them is written."""

import csv
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TextIO
from zoneinfo import ZoneInfo

from ivr.cli.report_store import As
from ivr.journal.periods import By
from ivr.masking import mask, sight
from ivr.people.roles import Role

if TYPE_CHECKING:
    from ivr.journal.register import Contact
    from ivr.journal.reports.sheet import Cell, Sheet
    from ivr.store import Store

Row = Mapping[str, object]
Cells = Callable[[Row], Iterable[str]]

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
    "dialled": "Куда",
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
    "rating": "Оценка",
    "recording": "Запись",
}
SEGMENT_TITLES = {
    "arrived": "Поступил",
    "number": "Номер",
    "doing": "Что",
    "started": "Начало",
    "ms": "Длилось",
    "queue": "Очередь",
    "operator": "Оператор",
}
DOINGS = {"ivr": "меню и робот", "queue": "ожидание", "talk": "разговор", "hold": "удержание", "park": "парковка"}
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


async def call_rows(found: "AsyncIterator[Contact]", zone: ZoneInfo, role: Role) -> AsyncIterator[Row]:
    async for one in found:
        yield {
            "call": str(one.call),
            "arrived": one.arrived.astimezone(zone).isoformat(timespec="milliseconds"),
            "dialled": one.dialled,
            "number": mask(role, "phone", one.caller),
            "account": mask(role, "account", one.account),
            "topic": one.topic,
            "ivr_ms": one.ivr,
            "wait_ms": one.wait,
            "talk_ms": one.talk,
            "hold_ms": one.hold,
            "operator": ", ".join(one.operators) or None,
            "exit": one.exit.value if one.exit else None,
            "reading": (one.reading or None) if sight(role, "reading") == "full" else None,
            "rating": one.rating,
            "recording": one.recording,
        }


async def segment_rows(found: "AsyncIterator[Contact]", zone: ZoneInfo, role: Role) -> AsyncIterator[Row]:
    async for one in found:
        for part in one.segments:
            yield {
                "call": str(one.call),
                "arrived": one.arrived.astimezone(zone).isoformat(timespec="milliseconds"),
                "number": mask(role, "phone", one.caller),
                "doing": part.doing.value,
                "started": part.started.astimezone(zone).isoformat(timespec="milliseconds"),
                "ms": part.milliseconds,
                "queue": part.queue,
                "operator": ", ".join(part.operators) or None,
            }


async def total_rows(
    store: "Store", supplier: str, since: datetime, until: datetime, by: By, zone: ZoneInfo
) -> AsyncIterator[Row]:
    from ivr.journal import metrics
    from ivr.journal.rollups import tallies_by

    tallies = await tallies_by(store, supplier, since, until, by, zone)
    for period, whole in sorted(tallies.items()):
        loss, wait, talk = metrics.loss(whole), metrics.average_answer(whole), metrics.average_talk(whole)
        yield {
            "period": period.isoformat(timespec="minutes"),
            "arrived": whole.arrived,
            "answered": whole.answered + whole.direct,
            "self_served": whole.self_served,
            "lost": whole.lost,
            "abandoned_ivr": whole.abandoned_ivr,
            "readings": whole.readings,
            "loss": None if loss is None else round(loss, 4),
            "mean_wait_ms": None if wait is None else round(wait),
            "mean_talk_ms": None if talk is None else round(talk),
        }


async def sheet_of(rows: AsyncIterator[Row], titles: Mapping[str, str], cells: Cells) -> "Sheet":
    """For a spreadsheet: what people read, times as times."""
    from ivr.journal.reports.sheet import Column, Sheet

    def kind(name: str) -> Literal["text", "count", "clock", "percent"]:
        if name.endswith("ms"):
            return "clock"
        if name == "loss":
            return "percent"
        return "count" if titles is TOTAL_TITLES and name != "period" else "text"

    columns = tuple(Column(name, title, kind(name)) for name, title in titles.items())
    body: list[tuple[Cell, ...]] = []
    async for row in rows:
        shown = zip(columns, cells(row), strict=True)
        body.append(tuple(text if column.kind == "text" else _number(row[column.name]) for column, text in shown))
    return Sheet("Вызовы", columns, tuple(body))


def _number(value: object) -> "Cell":
    return value if isinstance(value, int | float) else None


async def write_rows(
    rows: AsyncIterator[Row], titles: Mapping[str, str], cells: Cells, format: As, out: TextIO
) -> None:
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
    names = ([] if titles is TOTAL_TITLES else ["call"]) + list(titles)
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


def cells(titles: Mapping[str, str], row: Row) -> Iterator[str]:
    for name in titles:
        value = row[name]
        match name:
            case "arrived" | "started":
                yield str(value)[:19].replace("T", " ")
            case "exit":
                yield EXITS[value if isinstance(value, str) else None]
            case "doing":
                yield DOINGS.get(str(value), str(value))
            case "reading":
                yield _reading(value)
            case _ if name.endswith("ms"):
                yield minutes(value) if value else ""
            case _:
                yield "" if value is None else str(value)


def total_cells(by: By, row: Row) -> Iterator[str]:
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
