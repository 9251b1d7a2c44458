"""The variables of a line and their types: those that are always there, and those that steps leave behind.

Variables belong to the call and not to a flow: what one flow has learned, the next one knows. So a name has one type
in the whole line.
"""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr.flow.dialplan import Expected, Lookup
from ivr.flow.expression import BadExpression, Type, parse
from ivr.flow.finding import Place

NAME = re.compile(r"[^\W\d]\w*")
"""How a variable, a step or a flow may be called."""
_NAMES = re.compile(r"'[^']*'|([^\W\d]\w*(?:\.\w+)*)")

BUILT_IN: Mapping[str, Type] = {
    "caller.phone": "text",
    "caller.hidden": "yes_no",
    "caller.known": "yes_no",
    "caller.kind": "text",
    "call.number": "text",
    "call.supplier": "text",
    "calendar.day": "text",
    "today": "date",
    "now": "moment",
    "hour": "number",
    "weekday": "number",
    "emergency.on": "yes_no",
    "account": "text",
    "level": "number",
    "territory": "text",
    "topic": "text",
    "topic_title": "text",
    "topic_ahead": "yes_no",
    "besides": "text",
    "window.open": "yes_no",
    "resumable": "yes_no",
}
OF_SCHEDULE: Mapping[str, Type] = {
    "open": "yes_no",
    "opens": "moment",
    "closes": "moment",
    "opens_words": "text",
    "closes_words": "text",
    "today_words": "text",
    "week_words": "text",
}
OF_QUEUE: Mapping[str, Type] = {"waiting": "number", "operators": "number", "wait": "number"}

OF_ANSWER: Mapping[Expected, Type] = {
    "reading": "number",
    "account": "text",
    "yes_no": "yes_no",
    "choice": "text",
    "phone": "text",
    "date": "date",
    "rating": "number",
    "digits": "text",
    "free": "text",
}
OF_LOOKUP: Mapping[Lookup, Mapping[str, Type]] = {
    "account": {"number": "text", "address": "text", "territory": "text"},
    "debt": {"sum": "money", "overpaid": "yes_no", "count": "number", "as_of": "date"},
    "outages": {"until": "moment", "since": "moment", "reason": "text", "planned": "yes_no", "count": "number"},
    "requests": {"number": "text", "kind": "text", "status": "text", "planned_on": "date", "count": "number"},
    "drafts": {"serial": "text", "at": "moment", "count": "number"},
    "taken": {"serial": "text", "at": "moment", "source": "text", "count": "number"},
    "meters": {"serial": "text", "smart": "yes_no", "count": "number"},
    "reason": {"kind": "text"},
}
"""What a lookup with `into: X` leaves in `X.<fact>`, of the first that was found; `count`: how many were."""
NOT_ALWAYS_FOUND = frozenset({("outages", "until"), ("requests", "planned_on")})
"""Facts that may be unknown though something was found."""
NOT_ALWAYS_THERE = frozenset({"caller.phone", "account", "territory", "topic", "topic_title", "besides"})
"""Built-in variables that may be `none`; so may a queue's `wait` and what a schedule `opens` and `closes`."""


class Types(dict[str, Type]):
    """Types by name. Any fact of a `bot` step, `<step>.<fact>`, is text: which there are, the dialogue decides."""

    def __init__(
        self, types: Mapping[str, Type], bot_steps: Iterable[str] = (), unknown: frozenset[str] = frozenset()
    ) -> None:
        """`unknown`: `calendar` or `queue`, where the file that names them could not be read."""
        super().__init__(types)
        self._bot_steps = frozenset(bot_steps)
        self._unknown = unknown

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or self._is_fact(name) or self._believed(name) is not None

    def __missing__(self, name: str) -> Type:
        believed = "text" if self._is_fact(name) else self._believed(name)
        if believed is None:
            raise KeyError(name)
        return believed

    def _believed(self, name: object) -> Type | None:
        parts = name.split(".") if isinstance(name, str) else []
        if len(parts) != 3 or parts[0] not in self._unknown:
            return None
        return (OF_SCHEDULE if parts[0] == "calendar" else OF_QUEUE).get(parts[2])

    def _is_fact(self, name: object) -> bool:
        step, dot, fact = name.partition(".") if isinstance(name, str) else ("", "", "")
        return bool(dot) and bool(NAME.fullmatch(fact)) and step in self._bot_steps


def built_in(schedules: Iterable[str], queues: Iterable[str]) -> dict[str, Type]:
    known = dict(BUILT_IN)
    for schedule in schedules:
        known.update({f"calendar.{schedule}.{fact}": type_ for fact, type_ in OF_SCHEDULE.items()})
    for queue in queues:
        known.update({f"queue.{queue}.{fact}": type_ for fact, type_ in OF_QUEUE.items()})
    return known


def mentioned(written: str) -> Iterator[str]:
    """Names an expression speaks of, as far as they can be seen without parsing it."""
    for match in _NAMES.finditer(written):
        if match[1]:
            yield match[1]


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable that a `set` fills with an expression: its type follows from it."""

    name: str
    written: str
    place: Place


Clash = Callable[[str, Type, Type, Place, Place], None]
"""Told of a variable, its type, another type it would have, and the two places."""


class Variables:
    """Types by name, gathered before any expression is parsed for good."""

    def __init__(
        self,
        known: Mapping[str, Type],
        clash: Clash,
        bot_steps: Iterable[str] = (),
        unknown: frozenset[str] = frozenset(),
    ) -> None:
        self.types = Types(known, bot_steps, unknown)
        self._own = frozenset(known)
        self._places: dict[str, Place] = {}
        self._settings: list[Setting] = []
        self._clash = clash

    def is_built_in(self, name: str) -> bool:
        return name in self._own

    def add(self, name: str, type_: Type, place: Place) -> None:
        if name in self._own:
            return
        first = self.types.setdefault(name, type_)
        if first == "none":
            self.types[name] = type_
        elif first != type_ and type_ != "none":
            self._clash(name, first, type_, self._places[name], place)
        self._places.setdefault(name, place)

    def add_setting(self, setting: Setting) -> None:
        self._settings.append(setting)

    def settle(self) -> None:
        """The types of what `set` fills: each as soon as the names it is made of are known, in linear time."""
        waiting: dict[str, list[int]] = defaultdict(list)
        missing: list[int] = []
        settled = [False] * len(self._settings)
        defined = {setting.name for setting in self._settings}
        for number, setting in enumerate(self._settings):
            needs = {name for name in mentioned(setting.written) if name in defined and name not in self.types}
            missing.append(len(needs))
            for name in needs:
                waiting[name].append(number)
        ready = deque(number for number, count in enumerate(missing) if count == 0)
        while ready:
            number = ready.popleft()
            setting, settled[number] = self._settings[number], True
            fresh = setting.name not in self.types
            try:
                found = parse(setting.written, setting.place, self.types)
            except BadExpression:
                continue  # it is told where the step is read
            self.add(setting.name, found.type, setting.place)
            if fresh:
                for other in waiting.pop(setting.name, ()):
                    missing[other] -= 1
                    if missing[other] == 0:
                        ready.append(other)
