"""When readings are taken and which month they count for: windows of days, the narrowest of them, and the deadline.

Pure: the instant and the service address's zone are handed in. A month's window may be open into the next month
(«с 25-го по 5-е»); its month is the one it begins in. A day past the month's end is its last.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

Late = Literal["next_period", "reject"]
LAST = 31
"""The last day of any month."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days of the month, both included. `late`: what comes outside them."""

    from_day: int = 1
    to_day: int = LAST
    late: Late = "next_period"
    zone: tzinfo | None = None
    """The service address's; None: the supplier's."""

    def open_on(self, day: date) -> bool:
        first, last = _days(self, _period(self, day))
        return first <= day <= last


@dataclass(frozen=True, slots=True)
class Rule:
    """A window and for whom it holds. What is empty holds for all; a house is named as its account's house is."""

    window: Window
    territory: str = ""
    house: str = ""
    principal: str = ""
    resource: str = ""

    def holds_for(self, territory: str, house: str, principal: str, resource: str) -> bool:
        asked = ((self.territory, territory), (self.house, house), (self.principal, principal))
        return all(own in ("", other) for own, other in (*asked, (self.resource, resource)))

    @property
    def narrowness(self) -> tuple[bool, bool, bool, bool]:
        """The house before the territory, both before whose service it is."""
        return bool(self.house), bool(self.territory), bool(self.principal), bool(self.resource)


def narrowest(
    rules: Iterable[Rule], *, territory: str = "", house: str = "", principal: str = "", resource: str = ""
) -> Window | None:
    """The window of the narrowest rule that holds; None where none does."""
    fitting = [rule for rule in rules if rule.holds_for(territory, house, principal, resource)]
    return max(fitting, key=lambda rule: rule.narrowness).window if fitting else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reading falls: which month it counts for, and whether it is taken at all."""

    period: date
    """The first day of the month it counts for."""
    state: Literal["open", "early", "late"]
    """`early`: before the first window day of its own month; `late`: after the last one of the month before."""
    accepted: bool
    opens: datetime
    deadline: datetime
    """The last second in which readings of this period are in time."""
    since: datetime
    """From here on readings count for this period: what came earlier is of the period before."""


def place(window: Window, at: datetime, zone: tzinfo) -> Place:
    """Where a reading given at `at` falls; `zone` is used where the window has none of its own."""
    local = window.zone or zone
    day = at.astimezone(local).date()
    period = _period(window, day)
    first, last = _days(window, period)
    before = _days(window, _month(period, -1))[1]
    if first <= day <= last:
        state: Literal["open", "early", "late"] = "open"
    else:
        state = "early" if day >= period else "late"
    return Place(
        period=period,
        state=state,
        accepted=state == "open" or window.late == "next_period",
        opens=datetime.combine(first, time(), local),
        deadline=datetime.combine(last, time(23, 59, 59), local),
        since=datetime.combine(before + timedelta(days=1), time(), local),
    )


def _period(window: Window, day: date) -> date:
    """The month whose window is open, or is the next to be."""
    this = day.replace(day=1)
    return next(month for month in (_month(this, -1), this, _month(this, 1)) if day <= _days(window, month)[1])


def _days(window: Window, period: date) -> tuple[date, date]:
    """The first and the last day of the window of a month."""
    end = _month(period, 1) if window.to_day < window.from_day else period
    return _kept_inside(period, window.from_day), _kept_inside(end, window.to_day)


def _kept_inside(month: date, day: int) -> date:
    return month.replace(day=min(day, calendar.monthrange(month.year, month.month)[1]))


def _month(first: date, later: int) -> date:
    months = first.year * 12 + first.month - 1 + later
    return date(months // 12, months % 12 + 1, 1)
