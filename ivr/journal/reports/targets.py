"""The line's figures against what they should be, repeat calls, and callbacks. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ivr.journal import metrics
from ivr.journal.metrics import EIGHTY_SIXTY, ServiceLevel, Tally
from ivr.journal.reports.service import NO_TOPIC
from ivr.journal.reports.sheet import Cell, Column, Kind, Sheet, shown

PROMISE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Target:
    """At least, or at most, so much."""

    bound: Literal["≥", "≤"]
    value: float

    def holds(self, figure: float) -> bool:
        return figure >= self.value if self.bound == "≥" else figure <= self.value


TARGETS: Mapping[str, Target] = {
    "sl_offered": Target("≥", EIGHTY_SIXTY.share),
    "loss": Target("≤", 0.05),
    "att_ms": Target("≤", 264_000),
    "fcr": Target("≥", 0.85),
    "csi": Target("≥", 4.9),
    "rated": Target("≥", 0.5),
    "containment": Target("≥", 0.6),
    "bot_closure": Target("≥", 0.5),
    "callbacks_in_time": Target("≥", 0.95),
}
"""What suppliers set themselves; a supplier's own targets go over these."""


def targets(
    whole: Tally,
    fcr: float | None,
    callbacks_in_time: float | None,
    *,
    wanted: Mapping[str, Target] = TARGETS,
) -> Sheet:
    """A row a figure: what it is, what it should be, and whether that holds."""
    table: tuple[tuple[str, str, float | None, Kind], ...] = (
        ("sl_offered", "SL 80/60 от поступивших", metrics.service_level(whole), "percent"),
        (
            "sl_offered_less_short",
            "SL 80/60 без коротких",
            metrics.service_level(whole, ServiceLevel.OFFERED_LESS_SHORT),
            "percent",
        ),
        ("loss", "Потери", metrics.loss(whole), "percent"),
        ("asa_ms", "Среднее ожидание (ASA)", metrics.average_answer(whole), "clock"),
        ("att_ms", "Средний разговор (ATT)", metrics.average_talk(whole), "clock"),
        ("fcr", "Решено с первого обращения (FCR)", fcr, "percent"),
        ("csi", "Средняя оценка (CSI)", metrics.csi(whole), "number"),
        ("rated", "Доля оценивших", metrics.rated(whole), "percent"),
        ("containment", "Решено в IVR и роботом", metrics.containment(whole), "percent"),
        ("bot_closure", "Закрыто ботом", metrics.bot_closure(whole), "percent"),
        ("passed_on", "Передано в бэк-офис", metrics.passed_on(whole), "percent"),
        ("complaints", "Жалобы и претензии", whole.complaints, "count"),
        ("blocked", "Отказано: нет линий", whole.blocked, "count"),
        ("callbacks_in_time", "Обратные звонки за 2 часа", callbacks_in_time, "percent"),
    )

    def row(name: str, title: str, figure: float | None, kind: Kind) -> tuple[Cell, ...]:
        target = wanted.get(name)
        held = "" if target is None or figure is None else "да" if target.holds(figure) else "нет"
        return title, shown(figure, kind), f"{target.bound} {shown(target.value, kind)}" if target else "", held

    columns = (
        Column("figure", "Показатель"),
        Column("value", "Значение"),
        Column("target", "Цель"),
        Column("holds", "Выполнено"),
    )
    return Sheet(
        "Показатели линии",
        columns,
        tuple(row(*one) for one in table),
        None,
        ("FCR — доля обращений, за которыми за 7 дней не последовало другого от того же клиента по той же теме.",),
        {name: figure for name, _, figure, _ in table},
    )


def repeats(found: Mapping[str, tuple[int, int]], *, settled: bool) -> Sheet:
    """A row a topic: contacts, those followed by another within 7 days, FCR."""

    def row(name: str, contacts: int, followed: int) -> tuple[Cell, ...]:
        return name, contacts, followed, 1 - followed / contacts if contacts else None

    columns = (
        Column("topic", "Тема"),
        Column("contacts", "Обращений", "count"),
        Column("followed", "Обратились снова", "count"),
        Column("fcr", "FCR", "percent"),
    )
    rows = [row(topic or NO_TOPIC, *found[topic]) for topic in sorted(found, key=lambda one: (-found[one][0], one))]
    notes = ["Снова — тот же лицевой счёт, а без него телефон, и та же тема в течение 7 дней."]
    if not settled:
        notes.append("Последние 7 дней ещё не прошли: FCR этих дней окажется ниже.")
    whole = row("Итого", sum(one for one, _ in found.values()), sum(one for _, one in found.values()))
    return Sheet("Повторные обращения", columns, tuple(rows), whole, tuple(notes))


@dataclass(frozen=True, slots=True)
class Promise:
    """A callback out of the book. `rung`: when the customer was first rung, where that is known."""

    day: str
    state: str
    requests: int
    requested_at: datetime
    promised_by: datetime
    rung: datetime | None = None

    @property
    def delay(self) -> timedelta | None:
        return None if self.rung is None else max(self.rung - self.requested_at, timedelta())


def in_time(book: Sequence[Promise]) -> float | None:
    """Callbacks rung by when it was promised / those rung or whose promise was broken."""
    due = [one for one in book if one.rung is not None or one.state == "expired"]
    kept = sum(one.rung is not None and one.rung <= one.promised_by for one in due)
    return kept / len(due) if due else None


def callbacks(book: Sequence[Promise]) -> Sheet:
    """A row a day of request: what became of what was promised, and how long customers waited to be rung."""
    columns = (
        Column("day", "День"),
        Column("requested", "Заявок", "count"),
        Column("merged", "Повторных просьб", "count"),
        Column("done", "Дозвонились", "count"),
        Column("served_inbound", "Позвонили сами", "count"),
        Column("cancelled", "Отменено", "count"),
        Column("expired", "Просрочено", "count"),
        Column("open", "В работе", "count"),
        Column("median_ms", "Ожидание, медиана", "clock"),
        Column("ninety_ms", "Ожидание, 90%", "clock"),
        Column("in_time", "В обещанный срок", "percent"),
    )

    def row(name: str, found: Sequence[Promise]) -> tuple[Cell, ...]:
        def of(*states: str) -> int:
            return sum(one.state in states for one in found)

        delays = sorted(one.delay for one in found if one.delay is not None)
        closed = of("done", "served_inbound", "cancelled", "expired", "merged")
        return (
            name,
            len(found),
            sum(one.requests - 1 for one in found) + of("merged"),
            of("done"),
            of("served_inbound"),
            of("cancelled"),
            of("expired"),
            len(found) - closed,
            _share_of(delays, 0.5),
            _share_of(delays, 0.9),
            in_time(found),
        )

    days = sorted({one.day for one in book})
    rows = tuple(row(day, [one for one in book if one.day == day]) for day in days)
    notes = ("Ожидание — от просьбы до первого звонка клиенту; в срок — к обещанному времени.",)
    return Sheet("Обратные звонки", columns, rows, row("Итого", book), notes)


def _share_of(delays: Sequence[timedelta], share: float) -> float | None:
    """The delay within which this share of them lies, milliseconds."""
    if not delays:
        return None
    at = min(len(delays) - 1, max(0, -int(-len(delays) * share // 1) - 1))
    return delays[at] / timedelta(milliseconds=1)
