"""Whose meter it is: what it shows now, what billing knows of it. The truth a dialogue is measured against."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Register:
    """One zone of a meter."""

    zone: str
    shows: int
    """The truth: what stands before the comma."""
    behind: str
    """What stands behind it."""
    previous: int | None
    days: int
    daily: float | None


@dataclass(frozen=True, slots=True)
class Household:
    digits: int
    fraction: int
    registers: tuple[Register, ...]

    @property
    def truth(self) -> dict[str, int]:
        return {register.zone: register.shows for register in self.registers}

    def drums(self, register: Register) -> str:
        """The digits as they stand on the meter, leading zeros included."""
        return str(register.shows).rjust(self.digits, "0")


def household(chance: Random) -> Household:
    digits = chance.choices((4, 5, 6), (10, 70, 20))[0]
    fraction = chance.choices((0, 1, 2), (15, 70, 15))[0]
    zones = chance.choices(
        (("single",), ("day", "night"), ("peak", "night", "half_peak")),
        (82, 15, 3),
    )[0]
    return Household(digits, fraction, tuple(_register(zone, digits, fraction, chance) for zone in zones))


def _register(zone: str, digits: int, fraction: int, chance: Random) -> Register:
    shows = _value(digits, chance)
    days = chance.randint(20, 40)
    used = min(shows, 0 if chance.random() < 0.04 else int(chance.lognormvariate(4.7, 0.6)))
    daily = round(used / days * chance.uniform(0.6, 1.4), 2)
    if used > max(3 * daily * days, daily * days + 300):
        used = min(shows, 300)
    known = chance.random() < 0.9
    return Register(
        zone,
        shows,
        "".join(str(chance.randint(0, 9)) for _ in range(fraction)),
        shows - used if known else None,
        days,
        daily if known and chance.random() < 0.9 else None if used <= 300 else daily,
    )


def _value(digits: int, chance: Random) -> int:
    """Mostly full dials, some young meters, some round numbers, zeros inside, digits that repeat."""
    length = digits if chance.random() < 0.75 else chance.randint(max(2, digits - 3), digits)
    value = chance.randint(10 ** (length - 1), 10**length - 1)
    shape = chance.random()
    if shape < 0.04:
        value -= value % 100
    elif shape < 0.06:
        value -= value % 1000
    elif shape < 0.14:
        at = 10 ** chance.randint(0, length - 1)
        value -= (value // at % 10) * at
    elif shape < 0.22:
        row = list(str(value))
        at = chance.randint(0, length - 2)
        row[at + 1] = row[at]
        value = int("".join(row))
    return max(value, 1)
