"""What suppliers publish of their contact centre, to the letter: F1 and F2 (waits), F3 (channels), F4 (hours). Pure."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ivr.journal import metrics
from ivr.journal.metrics import Tally
from ivr.journal.reports.sheet import Cell, Column, Sheet, thousands

MONTHS = (
    "Январь", "Февраль", "Март", "Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь",
)  # fmt: skip
WAIT_RULE = (
    "Ожидание — среднее время от постановки в очередь до ответа оператора, включая звонок его телефона, "
    "по вызовам, на которые оператор ответил."
)
SERVICE_RULE = "Обслуживание — среднее время разговора и удержания на линии, без работы после разговора."
TALK_RULE = "Разговор — среднее время разговора и удержания на линии, без работы после разговора."
CENTRE, ROBOT = "Контакт-центр", "Робот"
TOTAL_RULE = "«Итого» — среднее по всем вызовам, а не среднее из месяцев."


def waits(months: Mapping[tuple[int, int], Tally]) -> Sheet:
    """F1: `Период | Среднее время ожидания ответа оператора | Среднее время обслуживания`, м:сс. By (year, month)."""
    columns = (
        Column("period", "Период"),
        Column("wait_ms", "Среднее время ожидания ответа оператора", "clock"),
        Column("service_ms", "Среднее время обслуживания", "clock"),
    )
    return _by_month("Время ожидания и обслуживания", columns, months, SERVICE_RULE)


def waits_in_seconds(months: Mapping[tuple[int, int], Tally]) -> Sheet:
    """F2: the same in whole seconds."""
    columns = (
        Column("period", "Период"),
        Column("wait_ms", "Среднее время ожидания (сек.)", "seconds"),
        Column("talk_ms", "Среднее время разговора (сек.)", "seconds"),
    )
    return _by_month("Время ожидания и разговора, секунды", columns, months, TALK_RULE)


def _by_month(title: str, columns: tuple[Column, ...], months: Mapping[tuple[int, int], Tally], rule: str) -> Sheet:
    years = {year for year, _ in months}

    def row(name: str, tally: Tally) -> tuple[Cell, ...]:
        return name, metrics.average_answer(tally), metrics.average_service(tally)

    rows = [row(_name(month, years), months[month]) for month in sorted(months)]
    return Sheet(
        title, columns, tuple(rows), row("Итого", metrics.total(months.values())), (WAIT_RULE, rule, TOTAL_RULE)
    )


def _name(month: tuple[int, int], years: set[int]) -> str:
    name = MONTHS[month[1] - 1]
    return name if len(years) == 1 else f"{name} {month[0]}"


@dataclass(frozen=True, slots=True)
class Channel:
    """A way people turn to the supplier. `parts` names the channels it is the sum of, if it is one."""

    title: str
    by_month: Mapping[tuple[int, int], int]
    parts: tuple[str, ...] = ()


def channels(table: Sequence[Channel]) -> Sheet:
    """F3: `Канал обращения | Январь … Декабрь | Итого`. What does not add up is said under the table."""
    months = sorted({month for channel in table for month in channel.by_month})
    years = {year for year, _ in months}
    columns = (
        Column("channel", "Канал обращения"),
        *(Column(f"{year}-{month:02}", _name((year, month), years), "count") for year, month in months),
        Column("total", "Итого", "count"),
    )
    rows = tuple(
        (channel.title, *(channel.by_month.get(month) for month in months), sum(channel.by_month.values()))
        for channel in table
    )
    return Sheet("Обращения по каналам", columns, rows, None, tuple(_not_adding_up(table, months, years)))


def channels_of_calls(months: Mapping[tuple[int, int], Tally], others: Sequence[Channel] = ()) -> Sheet:
    """F3 of the line itself: whom an operator served, and beside them, not among them, whom the robot served.

    `others` are channels the line knows nothing of: those that are sums stand above its own, the rest below.
    """
    own = [
        Channel(CENTRE, {month: one.answered + one.direct for month, one in months.items()}),
        Channel(ROBOT, {month: one.self_served for month, one in months.items()}),
    ]
    if others:
        sums, rest = ([one for one in others if bool(one.parts) is sum_] for sum_ in (True, False))
        return channels([*sums, *own, *rest])
    return channels(
        [Channel("Телефон, всего", {month: one.arrived for month, one in months.items()}, (CENTRE, ROBOT)), *own]
    )


class BadChannels(ValueError):
    """What a file of other channels says makes no sense; the text names the line."""


def other_channels(text: str) -> list[Channel]:
    """Channels out of CSV, under its head: channel;month (2024-01);count, and for a sum its parts, «A + B»."""
    counts: dict[str, dict[tuple[int, int], int]] = {}
    parts: dict[str, tuple[str, ...]] = {}
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=";"), 1):
        if number == 1 or not any(row):
            continue
        try:
            title, month, count = (cell.strip() for cell in row[:3])
            year, of_year = (int(part) for part in month.split("-"))
            counts.setdefault(title, {})[date(year, of_year, 1).year, of_year] = int(count.replace(" ", ""))
        except ValueError:
            raise BadChannels(f"line {number}: channel;2024-01;12345 is wanted, and «A + B» for a sum") from None
        if len(row) > 3 and row[3].strip():
            parts[title] = tuple(part.strip() for part in row[3].split("+"))
    return [Channel(title, by_month, parts.get(title, ())) for title, by_month in counts.items()]


def _not_adding_up(table: Sequence[Channel], months: Sequence[tuple[int, int]], years: set[int]) -> list[str]:
    by_title = {channel.title: channel for channel in table}
    notes = []
    for channel in table:
        parts = [by_title[part] for part in channel.parts if part in by_title]
        if not parts:
            continue
        gaps = []
        for month in months:
            gap = channel.by_month.get(month, 0) - sum(part.by_month.get(month, 0) for part in parts)
            if gap:
                gaps.append(f"{_name(month, years).lower()} {'+' if gap > 0 else '−'}{thousands(abs(gap))}")
        if gaps:
            of = ", ".join(f"«{part.title}»" for part in parts)
            notes.append(f"«{channel.title}» не равно сумме строк {of}: {'; '.join(gaps)}.")
    return notes


def hours(table: Sequence[tuple[str, str]]) -> Sheet:
    """F4: channels and when they work."""
    columns = (Column("channel", "Канал"), Column("hours", "Часы работы"))
    return Sheet("Часы работы каналов", columns, tuple(table))
