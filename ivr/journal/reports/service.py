"""What supervisors read: service level by interval, operators, topics, the load of the lines. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from ivr.journal import metrics
from ivr.journal.metrics import EIGHTY_SIXTY, ServiceLevel, Tally, Threshold
from ivr.journal.periods import By, period_of
from ivr.journal.reports.disclosure import MONTHS
from ivr.journal.reports.sheet import Cell, Column, Sheet

NO_TOPIC = "тема не определена"
TITLES: Mapping[ServiceLevel, str] = {
    ServiceLevel.ANSWERED: "SL от отвеченных",
    ServiceLevel.OFFERED: "SL от поступивших",
    ServiceLevel.OFFERED_LESS_SHORT: "SL без коротких",
    ServiceLevel.ABANDON_IN_T_IGNORED: "SL без ушедших вовремя",
    ServiceLevel.ABANDON_IN_T_GOOD: "SL с ушедшими вовремя",
}


def period_name(at: datetime, by: By) -> str:
    match by:
        case By.MONTH:
            return f"{MONTHS[at.month - 1]} {at.year}"
        case By.DAY:
            return f"{at:%d.%m.%Y}"
    return f"{at:%d.%m.%Y %H:%M}"


def service_level(
    periods: Mapping[datetime, Tally],
    by: By,
    *,
    variants: Sequence[ServiceLevel] = (ServiceLevel.OFFERED, ServiceLevel.OFFERED_LESS_SHORT),
    threshold: Threshold = EIGHTY_SIXTY,
) -> Sheet:
    """A row an interval; every variant of the service level under its own name."""
    columns = (
        Column("period", "Период"),
        Column("offered", "Поступило операторам", "count"),
        Column("answered", "Отвечено", "count"),
        Column("abandoned", "Не дождались", "count"),
        Column("timed_out", "Истекло ожидание", "count"),
        *(Column(f"sl_{variant}", TITLES[variant], "percent") for variant in variants),
        Column("loss", "Потери", "percent"),
        Column("asa_ms", "Среднее ожидание", "clock"),
        Column("longest_ms", "Дольше всех", "clock"),
        Column("aht_ms", "Обслуживание", "clock"),
    )

    def row(name: str, tally: Tally) -> tuple[Cell, ...]:
        return (
            name,
            tally.offered,
            tally.answered,
            tally.abandoned,
            tally.timed_out,
            *(metrics.service_level(tally, variant) for variant in variants),
            metrics.loss(tally),
            metrics.average_answer(tally),
            tally.longest_wait if tally.offered else None,
            metrics.average_handling(tally),
        )

    return Sheet(
        "Уровень обслуживания",
        columns,
        tuple(row(period_name(at, by), periods[at]) for at in sorted(periods)),
        row("Итого", metrics.total(periods.values())),
        (
            f"Вовремя — за {threshold.seconds:g} с от постановки в очередь; "
            f"ушедшие раньше чем через {threshold.short:g} с — короткие.",
            "Потери — не дождавшиеся и те, чьё ожидание истекло: поступившими операторам считаются и они.",
            "Вызов относится к интервалу, в котором он встал в первую очередь.",
        ),
    )


@dataclass(frozen=True, slots=True)
class Served:
    """What one operator did, in one period or in all. Milliseconds."""

    operator: str
    calls: int
    talk: int
    hold: int
    at: datetime | None = None


def operators(table: Iterable[Served], by: By | None = None) -> Sheet:
    """A row an operator, by the time they talked, or a row an operator and period; a talk of three counts for both."""
    columns = (
        *((Column("period", "Период"),) if by else ()),
        Column("operator", "Оператор"),
        Column("calls", "Вызовов", "count"),
        Column("talk_ms", "Разговоры", "clock"),
        Column("hold_ms", "Удержание", "clock"),
        Column("mean_talk_ms", "Средний разговор", "clock"),
    )

    def row(one: Served) -> tuple[Cell, ...]:
        period = (period_name(one.at, by),) if by and one.at else ()
        return *period, one.operator, one.calls, one.talk, one.hold, one.talk / one.calls if one.calls else None

    rows = sorted(table, key=lambda one: (one.at.timestamp() if one.at else 0, -one.talk, one.operator))
    notes = ["Разговор втроём считается обоим операторам."]
    if by:
        notes.append("Время — в том интервале, в котором оно прошло; вызов — в котором начался разговор.")
    return Sheet("Операторы", columns, tuple(map(row, rows)), None, tuple(notes))


def topics(tallies: Mapping[str, Tally]) -> Sheet:
    """A row a topic: how many came with it, how many the robot served."""
    whole = metrics.total(tallies.values())

    def row(name: str, one: Tally) -> tuple[Cell, ...]:
        share = one.arrived / whole.arrived if whole.arrived else None
        return (
            name, one.arrived, share, one.self_served, one.answered, metrics.average_talk(one), one.complaints,
            one.passed_on,
        )  # fmt: skip

    columns = (
        Column("topic", "Тема"),
        Column("contacts", "Обращений", "count"),
        Column("share", "Доля", "percent"),
        Column("self_served", "Решил робот", "count"),
        Column("answered", "Операторы", "count"),
        Column("mean_talk_ms", "Средний разговор", "clock"),
        Column("complaints", "Жалобы", "count"),
        Column("passed_on", "Заявки в бэк-офис", "count"),
    )
    found = sorted(tallies.items(), key=lambda one: (-one[1].arrived, one[0]))
    rows = [row(name or NO_TOPIC, one) for name, one in found]
    return Sheet("Темы обращений", columns, tuple(rows), row("Итого", whole))


@dataclass(frozen=True, slots=True)
class OnLine:
    """A call as the lines see it."""

    arrived: datetime
    ended: datetime
    number: str = ""
    blocked: bool = False
    """There was no line for it."""


def load(calls: Iterable[OnLine], by: By, zone: tzinfo) -> Sheet:
    """A row an interval: the most calls at one time, and those refused for lack of lines."""
    spans: dict[datetime, list[tuple[datetime, datetime]]] = defaultdict(list)
    arrived: dict[datetime, int] = defaultdict(int)
    blocked: dict[datetime, int] = defaultdict(int)
    for one in calls:
        first = period_of(one.arrived, by, zone)
        arrived[first] += 1
        if one.blocked:
            blocked[first] += 1
            continue
        at = first
        while at <= one.ended:  # a long call is on the line in each interval it touches
            spans[at].append((one.arrived, one.ended))
            at = next_period(at, by, zone)
    columns = (
        Column("period", "Период"),
        Column("arrived", "Поступило", "count"),
        Column("peak", "Одновременно, не больше", "count"),
        Column("blocked", "Отказано: нет линий", "count"),
    )
    periods = sorted({*spans, *arrived})
    rows = tuple(
        (period_name(at, by), arrived[at], metrics.peak(_within(spans[at], at, next_period(at, by, zone))), blocked[at])
        for at in periods
    )
    whole = max((int(row[2]) for row in rows), default=0)
    return Sheet("Нагрузка линий", columns, rows, ("Итого", sum(arrived.values()), whole, sum(blocked.values())))


def load_of_numbers(calls: Iterable[OnLine], limits: Mapping[str, int]) -> Sheet:
    """A row a number of the line: its peak against what it may take at once."""
    by_number: dict[str, list[OnLine]] = defaultdict(list)
    for one in calls:
        by_number[one.number].append(one)
    columns = (
        Column("number", "Номер"),
        Column("arrived", "Поступило", "count"),
        Column("peak", "Одновременно, не больше", "count"),
        Column("limit", "Линий", "count"),
        Column("taken", "Занято в пике", "percent"),
        Column("blocked", "Отказано: нет линий", "count"),
    )
    rows: list[tuple[Cell, ...]] = []
    for number in sorted({*by_number, *limits}):
        found, most = by_number[number], limits.get(number)
        peak = metrics.peak((one.arrived, one.ended) for one in found if not one.blocked)
        blocked = sum(one.blocked for one in found)
        rows.append((number, len(found), peak, most, peak / most if most else None, blocked))
    return Sheet("Нагрузка номеров", columns, tuple(rows), None, ("«н/д» в графе «Линий» — предела не задано.",))


def next_period(at: datetime, by: By, zone: tzinfo) -> datetime:
    """The beginning of the period after the one that begins at `at`."""
    step = {By.MONTH: 32, By.DAY: 1}.get(by)
    if step is None:
        minutes = {By.HOUR: 60, By.HALF: 30, By.QUARTER: 15}[by]
        return (at + timedelta(minutes=minutes)).astimezone(zone)
    return period_of(at + timedelta(days=step, hours=2 if by is By.DAY else 0), by, zone)


def _within(
    spans: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    return [(max(begun, start), min(ended, end)) for begun, ended in spans]
