"""Stretches of local time that reports are cut into. Pure."""

from datetime import datetime, tzinfo
from enum import StrEnum


class By(StrEnum):
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    HALF = "30min"
    QUARTER = "15min"


_MINUTES = {By.HOUR: 60, By.HALF: 30, By.QUARTER: 15}


def period_of(at: datetime, by: By, zone: tzinfo) -> datetime:
    """The beginning, on the zone's clocks, of the period in which `at` lies."""
    local = at.astimezone(zone).replace(second=0, microsecond=0)
    if by is By.MONTH:
        return local.replace(day=1, hour=0, minute=0, fold=0)
    if by is By.DAY:
        return local.replace(hour=0, minute=0, fold=0)
    return local.replace(minute=local.minute - local.minute % _MINUTES[by])
