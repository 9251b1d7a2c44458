"""Reports by schedule: when the next one is due and of which time it is. Pure; `now` and the zone are handed in."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Literal

Report = Literal["waits", "waits-seconds", "channels", "service-level", "topics"]
TITLES: dict[Report, str] = {
    "waits": "Время ожидания и обслуживания",
    "waits-seconds": "Время ожидания и разговора, секунды",
    "channels": "Обращения по каналам",
    "service-level": "Уровень сервиса",
    "topics": "Темы обращений",
}
CATCH_UP = timedelta(days=3)
"""A line that was away for longer does not send what is missing: somebody will have made it by hand."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Sent on the `day` of every month at the hour `at`, of the month before; or every morning, of the day before."""

    name: str
    report: Report
    to: tuple[str, ...]
    every: Literal["month", "day"] = "month"
    day: int = 1
    at: time = time(8)


@dataclass(frozen=True, slots=True)
class Due:
    period: str
    """`2026-02` or `2026-02-28`: with the report's name it makes sure that it is sent once."""
    since: datetime
    until: datetime


def due(one: Scheduled, now: datetime, zone: tzinfo) -> Due | None:
    """What is to be sent now, if its hour has come and is not long over."""
    local = now.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if one.every == "day":
        hour = _at(midnight, one.at)
        until = midnight
        if local < hour:
            hour, until = hour - timedelta(days=1), midnight - timedelta(days=1)
        since = until - timedelta(days=1)
        return Due(since.date().isoformat(), since, until) if local - hour < CATCH_UP else None
    hour = _at(midnight.replace(day=one.day), one.at)
    if local < hour:
        hour = _at(_month_before(midnight).replace(day=one.day), one.at)
    until = hour.replace(day=1, hour=0, minute=0)
    since = _month_before(until)
    return Due(f"{since:%Y-%m}", since, until) if local - hour < CATCH_UP else None


def _at(day: datetime, at: time) -> datetime:
    return day.replace(hour=at.hour, minute=at.minute)


def _month_before(at: datetime) -> datetime:
    """The first of the month before."""
    return (at.replace(day=1) - timedelta(days=1)).replace(day=1)
