"""How many operators a foretold day wants, interval by interval: Erlang C and Erlang A. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ivr.journal.erlang import MOST_OPERATORS, Staffing, erlangs, impatient, on_the_rota, operators_for
from ivr.journal.forecast import Miss
from ivr.journal.reports.sheet import Cell, Column, Sheet, shown


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: this share within so many seconds. `patience`: how long people wait on the average."""

    share: float = 0.8
    seconds: float = 60.0
    patience: float = 120.0
    shrinkage: float = 0.3
    """The part of the paid time in which operators are not there: leave, illness, breaks."""
    most_occupied: float = 0.85
    loss: float = 0.05
    """The part of callers who may give up, where they do."""


@dataclass(frozen=True, slots=True)
class Interval:
    name: str
    seconds: float
    calls: float
    handling: float
    """AHT in seconds."""


def staffing(title: str, intervals: Sequence[Interval], wish: Wish, error: Miss | None, tested: str) -> Sheet:
    """A row an interval; `tested` names the stretch whose forecast `error` is of."""
    columns = (
        Column("period", "Интервал"),
        Column("calls", "Вызовов", "number"),
        Column("aht_ms", "Обслуживание", "clock"),
        Column("erlangs", "Эрланги", "number"),
        Column("operators", "Операторов", "count"),
        Column("sl", "SL", "percent"),
        Column("asa_ms", "Среднее ожидание", "clock"),
        Column("occupancy", "Занятость", "percent"),
        Column("operators_a", "С учётом ушедших", "count"),
        Column("loss_a", "Потери", "percent"),
        Column("rota", "В графике", "count"),
    )
    rows = tuple(_row(one, wish) for one in intervals)
    most = max((one for row in rows if isinstance(one := row[4], int)), default=0)
    notes = [
        f"Цель: {shown(wish.share, 'percent')} за {wish.seconds:g} с; занятость не выше "
        f"{shown(wish.most_occupied, 'percent')}; в графике — с запасом {shown(wish.shrinkage, 'percent')} "
        "на отпуска, болезни и перерывы.",
        f"«Операторов» — Эрланг C: ждут все; «С учётом ушедших» — Эрланг A: "
        f"в среднем терпят {wish.patience:g} с, уходит не больше {shown(wish.loss, 'percent')}.",
        _error(error, tested),
    ]
    facts: dict[str, Cell] = {
        "calls": round(sum(one.calls for one in intervals), 1),
        "most_operators": most,
        "mape": error.mape if error else None,
        "wape": error.wape if error else None,
        "bias": error.bias if error else None,
    }
    return Sheet(title, columns, rows, None, tuple(notes), facts)


def _row(one: Interval, wish: Wish) -> tuple[Cell, ...]:
    load = erlangs(one.calls, one.seconds, one.handling)
    if one.calls < 0.05:
        return one.name, one.calls, None, 0.0, 0, None, None, None, 0, None, 0
    with_c = operators_for(load, one.handling, wish.seconds, wish.share, most_occupied=wish.most_occupied)
    with_a = _impatient_for(load, one.handling, wish)
    return (
        one.name, one.calls, one.handling * 1000, load, with_c.operators, with_c.service_level,
        with_c.answer_seconds * 1000, with_c.occupancy, with_a.operators, with_a.loss,
        on_the_rota(with_c.operators, wish.shrinkage),
    )  # fmt: skip


def _impatient_for(load: float, handling: float, wish: Wish) -> Staffing:
    """The fewest operators with whom the share is kept although some give up, and not too many do."""
    for operators in range(1, MOST_OPERATORS):
        found = impatient(load, operators, handling, wish.seconds, wish.patience)
        if found.service_level >= wish.share and found.loss <= wish.loss:
            return found
    raise ValueError(f"no number of operators up to {MOST_OPERATORS} serves {load:.1f} erlangs")


def _error(error: Miss | None, tested: str) -> str:
    if error is None or error.wape is None:
        return "Ошибку прошлого прогноза не посчитать: истории до него слишком мало."
    sign = "+" if (error.bias or 0) >= 0 else "−"
    return (
        f"Ошибка такого же прогноза на {tested}: MAPE {shown(error.mape, 'percent')}, "
        f"взвешенная {shown(error.wape, 'percent')}, смещение {sign}{shown(abs(error.bias or 0), 'percent')} "
        f"({shown(error.intervals, 'count')} интервалов)."
    )
