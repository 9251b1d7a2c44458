"""What came tells what will come: on made-up years whose truth is known, with gaps, outages and noise in them."""

import math
import random
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from ivr.journal.forecast import (
    Day,
    DayKind,
    Miss,
    TooLittle,
    backtest,
    fit,
    miss,
    readings_kind,
    work_kind,
)
from ivr.journal.reports.sheet import Sheet, shown
from ivr.journal.reports.staffing import Interval, Wish, staffing

FIRST = date(2025, 1, 1)
WORK = {"mon": 1.3, "tue": 1.1, "wed": 1.0, "thu": 1.0, "fri": 0.9, "short": 0.8, "sat": 0.4, "sun": 0.3, "off": 0.25}
READINGS = {"": 1.0, "open": 1.5, "last": 2.2}
MONTHS = [1.2, 1.1, 1.0, 1.0, 0.9, 0.8, 0.8, 0.8, 0.9, 1.0, 1.1, 1.3]
SLOTS = 48
SHAPE = [math.exp(-((slot - 22) ** 2) / 40) if 16 <= slot < 40 else 0.0 for slot in range(SLOTS)]
HOLIDAYS = {(1, day) for day in range(1, 9)} | {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}


def kind_of(day: date) -> DayKind:
    works = day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS
    tomorrow = day + timedelta(days=1)
    short = works and (tomorrow.month, tomorrow.day) in HOLIDAYS
    return DayKind(work_kind(day, works=works, short=short), readings_kind(day, lambda at: 15 <= at.day <= 25))


def truth(day: date, months: bool = True) -> list[float]:
    kind = kind_of(day)
    total = 900 * WORK[kind.work] * READINGS[kind.readings] * (MONTHS[day.month - 1] if months else 1)
    return [total * one / sum(SHAPE) for one in SHAPE]


def poisson(chance: random.Random, mean: float) -> int:
    if mean <= 0:
        return 0
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    count, product, limit = 0, chance.random(), math.exp(-mean)
    while product > limit:
        count, product = count + 1, product * chance.random()
    return count


def years(days: int, seed: int = 1, months: bool = True) -> Iterator[Day]:
    """Noise, a week without a line, three days of a great outage, and days on which half of the journal is missing."""
    chance = random.Random(seed)
    for at in range(days):
        day = FIRST + timedelta(days=at)
        calls = [poisson(chance, mean) for mean in truth(day, months)]
        if 200 <= at < 207:
            calls = [0] * SLOTS
        elif at in (150, 320, 321):
            calls = [one * 5 for one in calls]
        elif at % 97 == 0:
            calls = [0] * 24 + calls[24:]
        yield Day(day, kind_of(day), tuple(map(float, calls)))


def off_by(model_of: list[Day], ahead: int) -> tuple[float, float]:
    """Of the days after these: the mean error of a day, and the bias, both against the truth."""
    model = fit(model_of)
    found = []
    for at in range(1, ahead + 1):
        day = model_of[-1].day + timedelta(days=at)
        found.append((sum(model.day(day, kind_of(day))), sum(truth(day))))
    errors = [abs(one - two) / two for one, two in found]
    return sum(errors) / len(errors), sum(one - two for one, two in found) / sum(two for _, two in found)


@pytest.mark.parametrize("seed", range(3))
def test_two_years_foretell_the_next_month(seed: int) -> None:
    error, bias = off_by(list(years(700, seed)), 31)
    assert error < 0.08
    assert abs(bias) < 0.05


def test_three_months_foretell_the_next_week_by_what_comes_now() -> None:
    history = list(years(90, months=False))
    model = fit(history)
    for at in range(1, 8):
        day = history[-1].day + timedelta(days=at)
        assert sum(model.day(day, kind_of(day))) == pytest.approx(sum(truth(day, months=False)), rel=0.2)


def test_an_interval_is_its_share_of_the_day_and_the_night_stays_empty() -> None:
    model, day = fit(years(700)), date(2026, 12, 24)
    foretold, real = model.day(day, kind_of(day)), truth(day)
    assert foretold[2] == 0
    assert foretold[22] == pytest.approx(real[22], rel=0.1)
    assert max(range(SLOTS), key=foretold.__getitem__) in (21, 22, 23)


def test_the_last_days_of_readings_and_a_monday_are_foretold_as_such() -> None:
    model = fit(years(700))
    quiet, last = date(2026, 11, 11), date(2026, 11, 25)  # both a Wednesday
    assert sum(model.day(last, kind_of(last))) / sum(model.day(quiet, kind_of(quiet))) == pytest.approx(2.2, rel=0.1)
    monday, friday = date(2026, 11, 9), date(2026, 11, 13)
    assert sum(model.day(monday, kind_of(monday))) / sum(model.day(friday, kind_of(friday))) == pytest.approx(
        1.44, rel=0.1
    )


def test_a_kind_of_day_that_was_never_seen_is_like_its_next_of_kin() -> None:
    history = [one for one in years(60) if one.kind.work not in ("off", "short")]
    model = fit(history)
    rest = model.day(date(2026, 6, 12), DayKind("off"))
    assert sum(rest) == pytest.approx(sum(model.day(date(2026, 6, 14), DayKind("sun"))))


def test_the_error_of_last_months_forecast_is_that_of_what_was_known_before_it() -> None:
    history = list(years(700))
    found = backtest(history, date(2026, 11, 1), date(2026, 12, 1))
    assert found is not None
    assert found.wape is not None
    assert found.wape < 0.2  # the noise alone is a tenth
    assert found.bias is not None
    assert abs(found.bias) < 0.06
    doubled = [
        Day(one.day, one.kind, tuple(2 * calls for calls in one.calls)) if one.day >= date(2026, 11, 1) else one
        for one in history
    ]
    late = backtest(doubled, date(2026, 11, 1), date(2026, 12, 1))
    assert late is not None
    assert late.bias == pytest.approx(-0.5, abs=0.05)
    assert backtest(history, FIRST + timedelta(days=5), FIRST + timedelta(days=9)) is None


def test_errors_by_hand() -> None:
    assert miss([10, 0, 5], [8, 2, 0]) == Miss(3, 0.625, 0.9, 0.5)
    assert miss([1.0], [0]) == Miss(1, None, None, None)


def test_too_little_is_said() -> None:
    with pytest.raises(TooLittle, match="14 are wanted"):
        fit(years(10))
    with pytest.raises(TooLittle):
        fit([])


# -- staffing --------------------------------------------------------------------------------------------------------


def cells(sheet: Sheet) -> list[list[str]]:
    return [[shown(cell, column.kind) for cell, column in zip(row, sheet.columns, strict=True)] for row in sheet.rows]


def test_a_hundred_calls_in_half_an_hour_want_thirteen_operators() -> None:
    wish = Wish(0.8, 60, 120, 0.3, 1.0)
    sheet = staffing("", [Interval("10:30", 1800, 100, 180)], wish, Miss(900, 0.2, 0.1, -0.03), "ноябрь 2026")
    [row] = cells(sheet)
    assert row[:6] == ["10:30", "100,00", "3:00", "10,00", "13", "89,5%"]
    assert row[8:] == ["13", "3,8%", "19"]
    assert sheet.facts["most_operators"] == 13
    assert "MAPE 20,0%, взвешенная 10,0%, смещение −3,0%" in sheet.notes[-1]


def test_the_busiest_allowed_wants_more_and_an_empty_interval_nobody() -> None:
    table = [Interval("10:30", 1800, 100, 180), Interval("03:00", 1800, 0, 180)]
    busy, empty = cells(staffing("", table, Wish(most_occupied=0.7), None, ""))
    assert busy[4] == "15"
    assert empty == ["03:00", "0,00", "н/д", "0,00", "0", "н/д", "н/д", "н/д", "0", "н/д", "0"]
