"""`alerts.yaml` of a supplier's folder (or of the data folder, for the whole line) read; docs/alerts.md tells how."""

import re
from collections.abc import Collection
from datetime import time, timedelta
from pathlib import Path
from typing import cast

from ivr.alerts.measures import MEASURES
from ivr.alerts.rules import Rule
from ivr.alerts.schedule import TITLES, Report, Scheduled
from ivr.alerts.settings import NONE, Alerts
from ivr.flow.finding import Finding
from ivr.flow.reading import Reader
from ivr.flow.source import Node, Table, Text

FILE = "alerts.yaml"
LONGEST = 7 * 24 * 3600
_TIME = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])")
_KEYS = {"measure", "above", "below", "clear", "for", "cooldown", "queue", "trunk", "to"}


def read_alerts(folder: Path, *, queues: Collection[str] | None = None) -> tuple[Alerts, list[Finding]]:
    """The rules and scheduled reports of a folder and what is wrong with the file; none without a file.

    `queues`: those a rule may name; None: whichever.
    """
    reader = _AlertsReader(queues)
    path = folder / FILE
    root = reader.file(path) if path.exists() else None
    return (reader.alerts(root) if root is not None else NONE), reader.sorted_findings()


class _AlertsReader(Reader):
    def __init__(self, queues: Collection[str] | None) -> None:
        super().__init__()
        self._queues = queues
        self._everybody: tuple[str, ...] = ()

    def alerts(self, root: Table) -> Alerts:
        self.known(root, {"to", "alerts", "reports"})
        self._everybody = self._addresses(root.get("to"))
        rules = [self._rule(key, node) for key, node in self.table(root.get("alerts")) or ()]
        reports = [self._report(key, node) for key, node in self.table(root.get("reports")) or ()]
        return Alerts(tuple(one for one in rules if one), tuple(one for one in reports if one))

    def _rule(self, key: Text, node: Node) -> Rule | None:
        table = self.table(node)
        if table is None:
            return None
        self.known(table, _KEYS)
        name = self.one_of(self.needed(table, "measure"), MEASURES, "")
        if not name:
            return None
        measure = MEASURES[name]
        other = "below" if measure.worse == "above" else "above"
        wrong = table.get(other)
        if wrong is not None:
            self.fault(wrong.place, "E295", f"у «{name}» тревога — {measure.worse}, а не {other}", measure.words)
        limit = self._number(table.get(measure.worse), measure.limit)
        usual = measure.clear if measure.clear is not None and table.get(measure.worse) is None else limit
        clear = self._number(table.get("clear"), usual)
        if clear > limit if measure.worse == "above" else clear < limit:
            place = (table.get("clear") or table).place
            self.fault(
                place, "E296", "тревога снимется, ещё не начавшись: clear дальше предела", "поменяйте их местами"
            )
        return Rule(
            key.value,
            name,
            limit,
            clear,
            measure.worse,
            timedelta(seconds=self.whole(table.get("for"), measure.hold, least=0, most=LONGEST)),
            timedelta(seconds=self.whole(table.get("cooldown"), 900, least=0, most=LONGEST)),
            self._of(table, measure.of),
            self._addresses(table.get("to")) or self._everybody,
        )

    def _of(self, table: Table, label: str) -> str:
        for key in ("queue", "trunk"):
            node = table.get(key)
            if node is not None and key != label:
                self.fault(node.place, "E297", f"здесь не выбирают по «{key}»", "уберите этот ключ")
        node = table.get(label) if label else None
        name = self.text(node)
        if node is not None and label == "queue" and self._queues is not None and name not in self._queues:
            self.fault(node.place, "E112", f"нет такой очереди: «{name}»", self.near(name, set(self._queues)))
        return name

    def _number(self, node: Node | None, default: float) -> float:
        if node is None:
            return default
        text = self.text(node).replace(",", ".").removesuffix("%").strip()
        if not re.fullmatch(r"\d{1,9}(\.\d{1,3})?", text):
            self.fault(node.place, "E298", f"не число: «{self.text(node)}»", "например 80")
            return default
        return float(text)

    def _report(self, key: Text, node: Node) -> Scheduled | None:
        table = self.table(node)
        if table is None:
            return None
        self.known(table, {"report", "every", "day", "at", "to"})
        report = self.one_of(self.needed(table, "report"), TITLES, "waits")
        every = self.one_of(table.get("every"), ("month", "day"), "month")
        to = self._addresses(table.get("to")) or self._everybody
        if not to:
            self.fault(key.place, "E299", f"отчёт «{key.value}» некому послать", "добавьте to: [адрес]")
        day = self.whole(table.get("day"), 1, least=1, most=28)
        at = self._time(table.get("at"), time(8))
        return Scheduled(key.value, cast(Report, report), to, "day" if every == "day" else "month", day, at)

    def _addresses(self, node: Node | None) -> tuple[str, ...]:
        found = []
        for one in self.texts(node):
            name, at, host = one.value.rpartition("@")
            if name and at and "." in host and not re.search(r"[\s,;<>@]", name + host):
                found.append(one.value)
            else:
                self.fault(one.place, "E294", f"не адрес почты: «{one.value}»", "например duty@example.ru")
        return tuple(found)

    def _time(self, node: Node | None, default: time) -> time:
        if node is None:
            return default
        match = _TIME.fullmatch(self.text(node))
        if match is None:
            self.fault(node.place, "E286", f"не время: «{self.text(node)}»", "например 8:00")
            return default
        return time(int(match["hour"]), int(match["minute"]))
