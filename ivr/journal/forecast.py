"""How many calls will come, out of those that came: by weekday, days of readings, holidays and month. Pure.

A day's calls are taken as level × weekday × readings × month, an interval's as its share of such a day. Everything is a
median or a trimmed mean, so that a day without a line, or one of a great outage, does not tell of the days to come.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import fmean, median

RECENT = 28
"""Days that tell how many calls come now."""
YEAR = timedelta(days=365)
"""Only who has seen every month can tell how months differ."""
_ROUNDS = 8
_TRIMMED = 0.1
_LEAST = 14
"""Days of history below which nothing is foretold."""


class TooLittle(Exception):
    """There is not enough history to foretell anything of; the text says what is wanted."""


@dataclass(frozen=True, slots=True)
class DayKind:
    """What is known of a day beforehand."""

    work: str
    """mon … fri, sat, sun as people work and rest; short (the day before a holiday); off (a weekday of rest)."""
    readings: str = ""
    """open: readings are taken; last: the last two such days."""


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    kind: DayKind
    calls: tuple[float, ...]
    """By interval."""

    @property
    def total(self) -> float:
        return sum(self.calls)


_LIKE: Mapping[str, tuple[str, ...]] = {
    "off": ("sun", "sat"),
    "short": ("fri", "thu"),
    "sat": ("off", "sun"),
    "sun": ("off", "sat"),
}
"""What a kind of day is like of which there is no history."""


@dataclass(frozen=True, slots=True)
class Model:
    level: float
    work: Mapping[str, float]
    readings: Mapping[str, float]
    months: Mapping[int, float]
    profiles: Mapping[str, tuple[float, ...]] = field(repr=False)
    """By group of days: each interval's share of the day."""

    def day(self, day: date, kind: DayKind) -> tuple[float, ...]:
        """The calls of each interval of this day."""
        likes = [name for name in (kind.work, *_LIKE.get(kind.work, ())) if name in self.work]
        work = self.work[likes[0]] if likes else 0.0
        total = math.exp(self.level + work + self.readings.get(kind.readings, 0.0) + self.months.get(day.month, 0.0))
        group = _group(kind)
        profile = self.profiles.get(group) or self.profiles.get("work") or self.profiles[""]
        return tuple(total * share for share in profile)


def fit(history: Iterable[Day]) -> Model:
    """What these days tell. Those without a call are gaps: the line was down, or closed."""
    days = sorted((one for one in history if one.total > 0), key=lambda one: one.day)
    if len(days) < _LEAST:
        raise TooLittle(f"{len(days)} days with calls are too few to foretell anything; {_LEAST} are wanted")
    logs = [math.log(one.total) for one in days]
    seen_a_year = days[-1].day - days[0].day >= YEAR
    keys: dict[str, list[str]] = {
        "work": [one.kind.work for one in days],
        "readings": [one.kind.readings for one in days],
        "month": [str(one.day.month) if seen_a_year else "" for one in days],
    }
    effects: dict[str, dict[str, float]] = {name: dict.fromkeys(of, 0.0) for name, of in keys.items()}
    level = median(logs)
    for _ in range(_ROUNDS):
        for name, of in keys.items():
            left = [log - level - _sum(effects, keys, at, but=name) for at, log in enumerate(logs)]
            for kind in effects[name]:
                told = [one for one, own in zip(left, of, strict=True) if own == kind]
                # Few days of a kind tell little: half of what one says, nearly all of what twenty say.
                effects[name][kind] = median(told) * len(told) / (len(told) + 1)
        level = median(log - _sum(effects, keys, at) for at, log in enumerate(logs))
    recent = [at for at, one in enumerate(days) if one.day > days[-1].day - timedelta(days=RECENT)]
    level = median(logs[at] - _sum(effects, keys, at) for at in recent)
    months = {int(month): effect for month, effect in effects["month"].items() if month}
    return Model(level, effects["work"], effects["readings"], months, _profiles(days))


def _sum(
    effects: Mapping[str, Mapping[str, float]], keys: Mapping[str, Sequence[str]], at: int, but: str = ""
) -> float:
    return sum(effects[name][of[at]] for name, of in keys.items() if name != but)


def _group(kind: DayKind) -> str:
    """Days whose hours are alike."""
    return kind.work if kind.work in ("short", "sat", "sun", "off") else "work"


def _profiles(days: Sequence[Day]) -> dict[str, tuple[float, ...]]:
    groups: dict[str, list[Day]] = {"": list(days)}
    for one in days:
        groups.setdefault(_group(one.kind), []).append(one)
    return {name: _profile(found) for name, found in groups.items() if len(found) >= 3}


def _profile(days: Sequence[Day]) -> tuple[float, ...]:
    shares = [_trimmed([one.calls[at] / one.total for one in days]) for at in range(len(days[0].calls))]
    whole = sum(shares)
    return tuple(share / whole for share in shares) if whole else tuple(1 / len(shares) for _ in shares)


def _trimmed(values: Sequence[float]) -> float:
    """The mean without the tenth that is highest and the tenth that is lowest."""
    cut = int(len(values) * _TRIMMED)
    return fmean(sorted(values)[cut : len(values) - cut])


@dataclass(frozen=True, slots=True)
class Miss:
    """How far a forecast was from what came."""

    intervals: int
    mape: float | None
    """The mean of |foretold − came| / came over intervals with calls."""
    wape: float | None
    """Σ |foretold − came| / Σ came: where few call, MAPE makes much of little."""
    bias: float | None
    """Σ (foretold − came) / Σ came: above 0 too many were foretold."""


def miss(foretold: Sequence[float], came: Sequence[float]) -> Miss:
    """Of the same intervals."""
    whole = sum(came)
    apart = [abs(one - two) for one, two in zip(foretold, came, strict=True)]
    relative = [gap / two for gap, two in zip(apart, came, strict=True) if two]
    return Miss(
        len(came),
        fmean(relative) if relative else None,
        sum(apart) / whole if whole else None,
        (sum(foretold) - whole) / whole if whole else None,
    )


def backtest(history: Sequence[Day], since: date, until: date) -> Miss | None:
    """How [since, until) would have been foretold by what was known before it; None where that was too little."""
    try:
        model = fit(one for one in history if one.day < since)
    except TooLittle:
        return None
    foretold: list[float] = []
    came: list[float] = []
    for one in history:
        if since <= one.day < until and one.total:
            for calls, real in zip(model.day(one.day, one.kind), one.calls, strict=True):
                if real or calls >= 0.5:  # in the night nobody calls, and nobody is foretold
                    foretold.append(calls)
                    came.append(real)
    return miss(foretold, came) if came else None


def work_kind(day: date, *, works: bool, short: bool) -> str:
    """The `work` of a day, by its weekday and the production calendar."""
    weekday = day.weekday()
    if not works:
        return {5: "sat", 6: "sun"}.get(weekday, "off")
    if short:
        return "short"
    return ("mon", "tue", "wed", "thu", "fri")[min(weekday, 4)]


def readings_kind(day: date, open_on: Callable[[date], bool]) -> str:
    """The `readings` of a day."""
    if not open_on(day):
        return ""
    return "open" if open_on(day + timedelta(days=2)) else "last"
