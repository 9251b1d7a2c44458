"""What is told of the robot: how its questions and dialogues go, and how many callers need nobody else. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.journal import metrics
from ivr.journal.metrics import Tally
from ivr.journal.reports.sheet import Cell, Column, Sheet, shown

LEFT = frozenset({"hang_up", "caller_left"})
TO_OPERATOR = frozenset({"operator", "transferred"})
NOT_DONE = frozenset(
    {"no_match", "too_many", "silence", "deaf", "failed", "skipped", "billing_away", "no_answer", "full", ""}
)
"""Outcomes in which the robot did not get what it asked for."""
CHANNELS = {"voice": "голосом", "keys": "кнопками", "text": "в письме или SMS", "operator": "оператором"}


@dataclass(frozen=True, slots=True)
class Steps:
    """All visits to one step with one outcome. Milliseconds."""

    step: str
    verb: str
    outcome: str
    visits: int
    milliseconds: int = 0
    turns: int = 0
    unclear: int = 0
    silent: int = 0
    keyed: int = 0

    @property
    def done(self) -> bool:
        return self.outcome not in LEFT | TO_OPERATOR | NOT_DONE


def robot(table: Iterable[Steps], whole: Tally, readings: Mapping[str, int]) -> Sheet:
    """A row a step or dialogue that asked something, the busiest first; containment and readings beside the table."""
    by_step: dict[tuple[str, str], list[Steps]] = {}
    for one in table:
        by_step.setdefault((one.step, one.verb), []).append(one)
    columns = (
        Column("step", "Шаг"),
        Column("verb", "Вид"),
        Column("visits", "Начато", "count"),
        Column("done", "Доведено до конца", "percent"),
        Column("to_operator", "К оператору", "percent"),
        Column("left", "Положили трубку", "percent"),
        Column("turns", "Реплик на разговор", "number"),
        Column("asked_again", "Переспросов на разговор", "number"),
        Column("unclear", "Не понято", "percent"),
        Column("silent", "Молчание", "percent"),
        Column("keyed", "Ответов кнопками", "percent"),
        Column("mean_ms", "Среднее время", "clock"),
    )
    order = sorted(by_step, key=lambda key: (-_visits(by_step[key]), key))
    rows = tuple((step, _VERBS.get(verb, verb), *_figures(by_step[step, verb])) for step, verb in order)
    everything = [one for found in by_step.values() for one in found]
    return Sheet(
        "Робот",
        columns,
        rows,
        ("Итого", "", *_figures(everything)),
        (
            f"Решено роботом: {shown(metrics.containment(whole), 'percent')} вызовов, вошедших в меню "
            f"({shown(whole.self_served, 'count')} из {shown(whole.entered, 'count')}); "
            f"положили трубку в меню: {shown(whole.abandoned_ivr, 'count')}.",
            f"Закрыто ботом: {shown(metrics.bot_closure(whole), 'percent')} разговоров, начатых с ботом "
            f"({shown(whole.bot_closed, 'count')} из {shown(whole.bot_started, 'count')}).",
            *_readings(readings),
            "Доведено до конца — шаг завершился иначе, чем оператором, отбоем, молчанием, непониманием или отказом.",
            "Переспросы — реплики, на которые не ответили или ответили непонятно; доли — от всех реплик.",
        ),
        {
            "containment": metrics.containment(whole),
            "bot_closure": metrics.bot_closure(whole),
            "self_served": whole.self_served,
            "abandoned_ivr": whole.abandoned_ivr,
            **{f"readings_{source}": count for source, count in readings.items()},
        },
    )


_VERBS = {
    "bot": "диалог",
    "ask": "вопрос",
    "menu": "меню",
    "topics": "тема",
    "confirm": "подтверждение",
    "rate": "оценка",
}


def _visits(found: Iterable[Steps]) -> int:
    return sum(one.visits for one in found)


def _figures(found: list[Steps]) -> tuple[Cell, ...]:
    visits, turns = _visits(found), sum(one.turns for one in found)
    unclear, silent = sum(one.unclear for one in found), sum(one.silent for one in found)
    keyed = sum(one.keyed for one in found)

    def share(part: float, whole: float) -> float | None:
        return part / whole if whole else None

    return (
        visits,
        share(_visits(one for one in found if one.done), visits),
        share(_visits(one for one in found if one.outcome in TO_OPERATOR), visits),
        share(_visits(one for one in found if one.outcome in LEFT), visits),
        share(turns, visits),
        share(unclear + silent, visits),
        share(unclear, turns),
        share(silent, turns),
        share(keyed, turns - unclear - silent),
        share(sum(one.milliseconds for one in found), visits),
    )


def _readings(readings: Mapping[str, int]) -> list[str]:
    if not readings:
        return []
    parts = (f"{CHANNELS.get(source, source)} — {shown(count, 'count')}" for source, count in sorted(readings.items()))
    return [f"Принято показаний: {', '.join(parts)}."]
