"""What may be watched, and how each is read out of the figures that `/metrics` shows. Pure.

A measure is a gauge, the growth of a counter over ten minutes, or a share of two gauges; a rule names it, perhaps for
one queue or one trunk. What is not known is None, and neither breaks a rule nor mends it.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

GROWTH = timedelta(minutes=10)
"""Counters are watched by how much they grew in this time."""

Worse = Literal["above", "below"]
Form = Literal["seconds", "percent", "count", "megabytes", "yes"]


class Figure(Protocol):
    """`ivr.service.measures.Figure` is one."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Measure:
    figure: str
    words: str
    """What has happened, in Russian; the value follows."""
    advice: str
    worse: Worse = "above"
    form: Form = "count"
    limit: float = 0
    clear: float | None = None
    """Past this it is well again; None: past the limit."""
    hold: int = 0
    """Seconds it must last before anybody is told."""
    of: str = ""
    """The label a rule may choose by: `queue` or `trunk`."""
    grows: bool = False
    share_of: str = ""
    scale: float = 1.0
    only: Mapping[str, str] = field(default_factory=dict)
    whole_line: bool = False
    """The figure knows no suppliers: it is the same for all."""


MEASURES: Mapping[str, Measure] = {
    "service_level": Measure(
        "service_level", "Уровень сервиса 80/60 за полчаса упал",
        "Посмотрите, кто на перерыве; включите объявление о загрузке или обратный звонок.",
        "below", "percent", 80, 85, 300, scale=100,
    ),
    "loss": Measure(
        "loss", "Доля потерянных вызовов за полчаса выросла",
        "Посмотрите, кто на перерыве; включите объявление о загрузке или обратный звонок.",
        "above", "percent", 5, 4, 300, scale=100,
    ),
    "longest_wait": Measure(
        "queue_longest_wait_seconds", "Дольше всех в очереди ждут",
        "Проверьте, на месте ли операторы очереди и отвечают ли их телефоны.", "above", "seconds", 180, 60, 30, "queue",
    ),
    "waiting": Measure(
        "queue_waiting", "В очереди скопились вызовы", "Проверьте, на месте ли операторы очереди.",
        "above", "count", 10, 5, 60, "queue",
    ),
    "no_operators": Measure(
        "queue_operators", "В очереди некому ответить, операторов",
        "Проверьте телефоны операторов и их статусы.", "below", "count", 1, None, 120, "queue",
    ),
    "trunk": Measure(
        "trunk_up", "Оператор связи не принимает и не даёт вызовы",
        "Проверьте канал и регистрацию (gudok doctor), позвоните оператору связи.",
        "below", "yes", 1, None, 60, "trunk", whole_line=True,
    ),
    "asterisk": Measure(
        "ami_up", "Нет связи с Asterisk", "Посмотрите log/gudok.log и asterisk/log; gudok up запустит его снова.",
        "below", "yes", 1, None, 30, whole_line=True,
    ),
    "disk": Measure(
        "disk_free_bytes", "На диске мало места", "Освободите место: ниже предела записи не ведутся.",
        "below", "megabytes", 5120, 6144, 60, scale=1 / (1 << 20), whole_line=True,
    ),
    "recordings": Measure(
        "recordings_no_room", "Разговоры не записываются: диск почти полон", "Освободите место на диске.",
        "above", "yes", 0, whole_line=True,
    ),
    "spool": Measure(
        "spool_used_bytes", "База данных не принимает журнал, запас на диске занят",
        "Проверьте, работает ли база данных и есть ли у неё место на диске.",
        "above", "percent", 0, None, 60, share_of="spool_size_bytes", scale=100, whole_line=True,
    ),
    "callbacks": Measure(
        "callbacks_expired_today", "Обратных звонков не сделано в срок",
        "Посмотрите gudok callbacks list: этих людей нужно обзвонить сегодня.", "above", "count", 0,
    ),
    "bot_failures": Measure(
        "calls_failed_total", "За десять минут робот не справился и отдал операторам вызовов",
        "Посмотрите ошибки в log/gudok.log; помогает откат сценария: gudok rollback.", "above", "count", 2, 0,
        grows=True, whole_line=True,
    ),
    "recogniser": Measure(
        "hearing_refused_total", "За десять минут распознаванию не хватило мощности, раз",
        "Увеличьте heard_at_once или возьмите модель легче: звонящих просят нажимать клавиши.", "above", "count", 0,
        grows=True, whole_line=True,
    ),
    "emergency": Measure(
        "emergencies_on_air", "Аварийных объявлений в эфире", "Если авария устранена, снимите: gudok emergency off.",
        "above", "count", 0, None, 4 * 3600,
    ),
    "outbox": Measure(
        "outbox", "Сообщений другим системам отложено с ошибкой",
        "Посмотрите gudok outbox list и повторите: gudok outbox retry.", "above", "count", 0,
        only={"state": "set_aside"},
    ),
}  # fmt: skip


class Samples:
    """The figures of now and of ten minutes ago. Fed every few seconds, asked by rules."""

    def __init__(self) -> None:
        self._now: dict[str, list[tuple[Mapping[str, str], float]]] = {}
        self._counters: deque[tuple[datetime, dict[str, float]]] = deque()

    def take(self, figures: Iterable[Figure], at: datetime) -> None:
        self._now = {}
        for figure in figures:
            self._now.setdefault(figure.name, []).append((figure.labels, figure.value))
        watched = {one.figure for one in MEASURES.values() if one.grows}
        self._counters.append((at, {name: sum(value for _, value in self._now.get(name, ())) for name in watched}))
        while len(self._counters) > 1 and self._counters[1][0] <= at - GROWTH:
            self._counters.popleft()

    def value(self, measure: str, supplier: str, of: str = "") -> float | None:
        """The worst of what there is; None: nothing is known."""
        one = MEASURES[measure]
        if one.grows:
            first, last = self._counters[0][1], self._counters[-1][1]
            # A counter that fell began anew.
            grown = last[one.figure] - first[one.figure]
            return max(grown, 0.0) if one.figure in self._now else None
        values = self._of(one.figure, one, supplier, of)
        if one.share_of:
            whole = sum(self._of(one.share_of, one, supplier, of))
            return one.scale * sum(values) / whole if values and whole else None
        if not values:
            return None
        return one.scale * (max(values) if one.worse == "above" else min(values))

    def where(self, measure: str, supplier: str, of: str = "") -> str:
        """The queue or trunk whose value that is; empty where a measure has none."""
        one = MEASURES[measure]
        found = [
            (value, labels.get(one.of, ""))
            for labels, value in self._now.get(one.figure, ())
            if one.of
            and (one.whole_line or labels.get("supplier", supplier) == supplier)
            and (not of or labels.get(one.of) == of)
        ]
        if not found:
            return of
        return (max(found) if one.worse == "above" else min(found))[1]

    def _of(self, figure: str, one: Measure, supplier: str, of: str) -> list[float]:
        return [
            value
            for labels, value in self._now.get(figure, ())
            if (one.whole_line or labels.get("supplier", supplier) == supplier)
            and (not of or not one.of or labels.get(one.of) == of)
            and all(labels.get(name) == wanted for name, wanted in one.only.items())
        ]
