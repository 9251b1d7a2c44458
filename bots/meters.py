"""A meter and its zones, as far as understanding and validating a reading need them."""

from dataclasses import dataclass
from typing import Literal

ZoneName = Literal["single", "day", "night", "peak", "half_peak"]


@dataclass(frozen=True, slots=True)
class Zone:
    name: ZoneName
    previous: int | None = None
    """The last accepted reading; None: there is no history."""
    days: int = 30
    """Days since the last reading."""
    daily: float | None = None
    """Average consumption a day; None counts as 0."""


@dataclass(frozen=True, slots=True)
class Meter:
    digits: int = 5
    """Places before the comma."""
    fraction: int = 1
    zones: tuple[Zone, ...] = (Zone("single"),)
    max_kw: float = 15.0
