"""What supervisors read: service level by interval, operators, topics, the load of the lines. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from ivr.journal import metrics
from ivr.journal.metrics import EIGHTY_SIXTY, ServiceLevel, Tally, Threshold
from ivr.journal.periods import By, period_of
from ivr.journal.register import Contact, Exit
from ivr.journal.reports.disclosure import MONTHS
from ivr.journal.reports.sheet import Cell, Column, Sheet
from ivr.journal.times import Doing, talk_by_operator

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
            "Вызов относится к интервалу, в котором он встал в первую очередь.",
        ),
    )


def operators(contacts: Iterable[Contact]) -> Sheet:
    """A row an operator, by the time they talked; a talk of three counts for both."""
    calls: dict[str, int] = defaultdict(int)
    talk: dict[str, int] = defaultdict(int)
    hold: dict[str, int] = defaultdict(int)
    for contact in contacts:
        for operator, milliseconds in talk_by_operator(contact.segments).items():
            calls[operator] += 1
            talk[operator] += milliseconds
        for part in contact.segments:
            if part.doing is Doing.HOLD:
                for operator in part.operators:
                    hold[operator] += part.milliseconds
    columns = (
        Column("operator", "Оператор"),
        Column("calls", "Вызовов", "count"),
        Column("talk_ms", "Разговоры", "clock"),
        Column("hold_ms", "Удержание", "clock"),
        Column("mean_talk_ms", "Средний разговор", "clock"),
    )
    rows = tuple(
        (name, calls[name], talk[name], hold[name], talk[name] / calls[name])
        for name in sorted(calls, key=lambda name: (-talk[name], name))
    )
    return Sheet("Операторы", columns, rows, None, ("Разговор втроём считается обоим операторам.",))


def topics(contacts: Iterable[Contact]) -> Sheet:
    """A row a topic: how many came with it, how many the robot served."""
    by_topic: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        by_topic[contact.topic or NO_TOPIC].append(contact)
    whole = sum(map(len, by_topic.values()))

    def row(name: str, found: Sequence[Contact]) -> tuple[Cell, ...]:
        answered = [contact for contact in found if contact.exit is Exit.ANSWERED]
        served = sum(contact.exit is Exit.SELF_SERVED for contact in found)
        talk = sum(contact.talk for contact in answered) / len(answered) if answered else None
        return name, len(found), len(found) / whole if whole else None, served, len(answered), talk

    columns = (
        Column("topic", "Тема"),
        Column("contacts", "Обращений", "count"),
        Column("share", "Доля", "percent"),
        Column("self_served", "Решил робот", "count"),
        Column("answered", "Операторы", "count"),
        Column("mean_talk_ms", "Средний разговор", "clock"),
    )
    rows = [row(name, found) for name, found in sorted(by_topic.items(), key=lambda one: (-len(one[1]), one[0]))]
    everything = [contact for found in by_topic.values() for contact in found]
    return Sheet("Темы обращений", columns, tuple(rows), row("Итого", everything))


def load(contacts: Iterable[Contact], by: By, zone: tzinfo) -> Sheet:
    """A row an interval: the most calls at one time, and those refused for lack of lines."""
    spans: dict[datetime, list[tuple[datetime, datetime]]] = defaultdict(list)
    arrived: dict[datetime, int] = defaultdict(int)
    blocked: dict[datetime, int] = defaultdict(int)
    for contact in contacts:
        first = period_of(contact.arrived, by, zone)
        arrived[first] += 1
        if contact.exit is Exit.BLOCKED:
            blocked[first] += 1
            continue
        at = first
        while at <= contact.ended:  # a long call is on the line in each interval it touches
            spans[at].append((contact.arrived, contact.ended))
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
    whole = metrics.peak([span for at in periods for span in _within(spans[at], at, next_period(at, by, zone))])
    return Sheet("Нагрузка линий", columns, rows, ("Итого", sum(arrived.values()), whole, sum(blocked.values())))


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
