"""One rule and how it stands: a pure step from value to value. Hysteresis, patience and a pause between alarms."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ivr.alerts.measures import MEASURES, Form, Worse


@dataclass(frozen=True, slots=True)
class Rule:
    """`name` is the admin's. Broken while the value is `worse` than `limit` for `hold`; well once past `clear`."""

    name: str
    measure: str
    limit: float
    clear: float
    worse: Worse
    hold: timedelta = timedelta()
    cooldown: timedelta = timedelta(minutes=15)
    """So long after all was well nobody is told again."""
    of: str = ""
    """One queue or trunk; empty: whichever is worst."""
    to: tuple[str, ...] = ()
    """Mail addresses; webhooks with the event `alert` are told of every one."""

    @property
    def form(self) -> Form:
        return MEASURES[self.measure].form

    def broken(self, value: float) -> bool:
        return value > self.limit if self.worse == "above" else value < self.limit

    def mended(self, value: float) -> bool:
        return value <= self.clear if self.worse == "above" else value >= self.clear


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rule stands. `since`: from when it is broken; `raised`: when it was told of."""

    since: datetime | None = None
    raised: datetime | None = None
    worst: float | None = None
    cleared: datetime | None = None
    """When it was last well again."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are to be told."""

    what: Literal["raised", "cleared"]
    rule: Rule
    since: datetime
    at: datetime
    value: float
    worst: float
    where: str = ""
    """The queue or the trunk it is about."""


WELL = Standing()


def step(rule: Rule, standing: Standing, value: float | None, now: datetime) -> tuple[Standing, Notice | None]:
    """How the rule stands after this value, and what is to be told; None is no value, and changes nothing."""
    if value is None:
        return standing, None
    if standing.raised is not None:
        return _raised(rule, standing, value, now)
    if not rule.broken(value):
        return replace(standing, since=None, worst=None), None
    since = standing.since or now
    standing = replace(standing, since=since, worst=_worse(rule, standing.worst, value))
    rests = standing.cleared is not None and now < standing.cleared + rule.cooldown
    if now - since < rule.hold or rests:
        return standing, None
    standing = replace(standing, raised=now)
    return standing, Notice("raised", rule, since, now, value, standing.worst or value)


def _raised(rule: Rule, standing: Standing, value: float, now: datetime) -> tuple[Standing, Notice | None]:
    worst = _worse(rule, standing.worst, value)
    if not rule.mended(value):
        return replace(standing, worst=worst), None
    since = standing.since or now
    return Standing(cleared=now), Notice("cleared", rule, since, now, value, worst)


def _worse(rule: Rule, worst: float | None, value: float) -> float:
    if worst is None:
        return value
    return max(worst, value) if rule.worse == "above" else min(worst, value)
