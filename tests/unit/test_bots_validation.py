"""Where a reading stops being right: the edges of every verdict."""

import pytest

from bots.meters import Meter, Zone
from bots.validation import judge, of


def verdict(
    said: str,
    previous: int | None,
    *,
    days: int = 30,
    daily: float | None = 5.0,
    digits: int = 5,
    max_kw: float = 15.0,
) -> str:
    zone = Zone("single", previous, days, daily)
    return of(Meter(digits, 1, (zone,), max_kw), zone, said)


@pytest.mark.parametrize(
    ("said", "previous", "expected"),
    [
        ("12345", None, "OK"),
        ("123456", None, "TOO_LONG"),
        ("000001", None, "TOO_LONG"),
        ("12200", 12200, "SAME"),
        ("0", 0, "SAME"),
        ("0", 1, "ZERO_SAID"),
        ("00000", 8450, "ZERO_SAID"),
        ("12199", 12200, "LESS"),
        ("12650", 12200, "OK"),  # 450 is three times the usual 150
        ("12651", 12200, "TOO_MUCH"),
        ("23000", 12200, "TOO_MUCH"),  # 10 800 is all that 15 kW give in 30 days
        ("23001", 12200, "IMPOSSIBLE"),
        ("0", 99980, "ROLLOVER"),  # zero itself, just gone round
        ("430", 99980, "ROLLOVER"),
        ("431", 99980, "LESS"),
        ("100", 89999, "LESS"),
        ("0", 90000, "ZERO_SAID"),
    ],
)
def test_the_edges_of_every_verdict(said: str, previous: int | None, expected: str) -> None:
    assert verdict(said, previous) == expected


def test_rollover_begins_at_nine_tenths_of_the_dial() -> None:
    assert verdict("0050", 9000, digits=4, daily=40.0) == "ROLLOVER"
    assert verdict("0050", 8999, digits=4, daily=40.0) == "LESS"


def test_a_previous_reading_the_dial_cannot_show_does_not_go_round() -> None:
    assert verdict("00050", 123_456) == "LESS"
    assert verdict("0", 100_000) == "ZERO_SAID"


def test_of_a_dial_of_any_size_nine_tenths_is_exact() -> None:
    for digits in range(4, 13):
        edge = 9 * 10 ** (digits - 1)
        plenty = float(10**digits)
        assert verdict("1", edge, digits=digits, daily=plenty) == "ROLLOVER"
        assert verdict("1", edge - 1, digits=digits, daily=plenty) == "LESS"


def test_a_reading_of_today_counts_as_one_day() -> None:
    assert verdict("12560", 12200, days=0) == "TOO_MUCH"
    assert verdict("12561", 12200, days=0) == "IMPOSSIBLE"


def test_without_an_average_three_hundred_are_usual() -> None:
    assert verdict("12500", 12200, daily=None) == "OK"
    assert verdict("12501", 12200, daily=None) == "TOO_MUCH"


def test_a_truncation_that_is_the_same_is_proposed() -> None:
    meter = Meter(5, 1, (Zone("single", 12345, 30, 5.0),))
    judged = judge(meter, {"single": "123456"})
    assert (judged.verdict, judged.proposed, judged.storable) == ({"single": "TOO_LONG"}, {"single": "12345"}, True)


def test_one_zone_that_must_be_asked_again_keeps_all_from_being_stored() -> None:
    meter = Meter(5, 1, (Zone("day", 12200, 30, 5.0), Zone("night", 6700, 30, 2.0)))
    assert judge(meter, {"day": "12300", "night": "6750"}).storable
    assert not judge(meter, {"day": "12300", "night": "6600"}).storable
