"""When readings are taken: the days of a month between two, the last of them kept inside the month."""

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Window:
    """Days of the month, both included; a day past the month's end is its last. `late`: what comes outside them."""

    from_day: int = 1
    to_day: int = 31
    late: Literal["next_period", "reject"] = "next_period"

    def open_on(self, day: date) -> bool:
        last = calendar.monthrange(day.year, day.month)[1]
        return min(self.from_day, last) <= day.day <= min(self.to_day, last)
