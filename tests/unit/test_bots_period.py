"""Which month a reading counts for: the window of the service address, its last second, the narrowest rule."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.period import Rule, Window, narrowest, place

BARNAUL = ZoneInfo("Asia/Barnaul")
MOSCOW = ZoneInfo("Europe/Moscow")


def local(text: str, zone: tzinfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("window", "at", "period", "state"),
    [
        (Window(15, 25), "2026-03-14 23:59:59", "2026-03-01", "early"),
        (Window(15, 25), "2026-03-15 00:00:00", "2026-03-01", "open"),
        (Window(15, 25), "2026-03-25 23:59:59", "2026-03-01", "open"),
        (Window(15, 25), "2026-03-26 00:00:00", "2026-04-01", "late"),
        (Window(15, 25), "2026-12-27 12:00:00", "2027-01-01", "late"),
        (Window(15, 25), "2027-01-02 12:00:00", "2027-01-01", "early"),
        (Window(28, 31), "2026-02-27 12:00:00", "2026-02-01", "early"),
        (Window(28, 31), "2026-02-28 12:00:00", "2026-02-01", "open"),
        (Window(28, 31), "2028-02-29 12:00:00", "2028-02-01", "open"),
        (Window(28, 31), "2026-04-30 23:59:59", "2026-04-01", "open"),
        (Window(28, 31), "2026-05-01 00:00:00", "2026-05-01", "early"),
        (Window(30, 31), "2026-02-28 12:00:00", "2026-02-01", "open"),
        (Window(25, 5), "2026-03-04 12:00:00", "2026-02-01", "open"),
        (Window(25, 5), "2026-03-06 12:00:00", "2026-03-01", "early"),
        (Window(25, 5), "2026-03-25 12:00:00", "2026-03-01", "open"),
        (Window(25, 5), "2027-01-05 23:59:59", "2026-12-01", "open"),
        (Window(), "2026-03-01 00:00:00", "2026-03-01", "open"),
        (Window(), "2026-03-31 23:59:59", "2026-03-01", "open"),
        (Window(10, 10), "2026-03-10 12:00:00", "2026-03-01", "open"),
    ],
)
def test_a_reading_counts_for_the_first_month_whose_window_has_not_closed(
    window: Window, at: str, period: str, state: str
) -> None:
    found = place(window, local(at), MOSCOW)
    assert (found.period, found.state) == (date.fromisoformat(period), state)
    assert window.open_on(local(at).date()) == (state == "open")


def test_the_deadline_is_the_last_second_at_the_service_address() -> None:
    """20:30 in Moscow on the last day is past midnight in Barnaul."""
    at = datetime(2026, 3, 25, 17, 30, tzinfo=UTC)
    assert place(Window(15, 25), at, MOSCOW).state == "open"
    there = place(Window(15, 25, zone=BARNAUL), at, MOSCOW)
    assert (there.state, there.period) == ("late", date(2026, 4, 1))
    assert there.deadline == local("2026-04-25 23:59:59", BARNAUL)
    assert there.since == local("2026-03-26 00:00:00", BARNAUL)


def test_what_comes_outside_is_refused_only_where_that_is_the_rule() -> None:
    early, late = local("2026-03-10 12:00"), local("2026-03-26 12:00")
    assert [place(Window(15, 25), at, MOSCOW).accepted for at in (early, late)] == [True, True]
    strict = Window(15, 25, "reject")
    assert [place(strict, at, MOSCOW).accepted for at in (early, late)] == [False, False]
    assert place(strict, local("2026-03-20 12:00"), MOSCOW).accepted


@given(
    st.integers(1, 31),
    st.integers(1, 31),
    st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31), timezones=st.just(BARNAUL)),  # noqa: DTZ001
)
def test_every_instant_has_exactly_one_period(first: int, last: int, at: datetime) -> None:
    found = place(Window(first, last), at, BARNAUL)
    assert found.since <= at <= found.deadline
    assert (found.state == "open") == (found.opens <= at <= found.deadline)
    after = place(Window(first, last), found.deadline + timedelta(seconds=1), BARNAUL)
    assert (after.since, after.period > found.period) == (found.deadline + timedelta(seconds=1), True)


RULES = [
    Rule(Window(1, 25)),
    Rule(Window(1, 20), resource="water"),
    Rule(Window(20, 25), territory="Бийск"),
    Rule(Window(23, 25), territory="Бийск", principal="Тепло"),
    Rule(Window(10, 12), house="бийск|улица речная|7"),
]


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({}, (1, 25)),
        ({"territory": "Барнаул"}, (1, 25)),
        ({"resource": "water"}, (1, 20)),
        ({"territory": "Бийск"}, (20, 25)),
        ({"territory": "Бийск", "resource": "water"}, (20, 25)),
        ({"territory": "Бийск", "principal": "Тепло"}, (23, 25)),
        ({"territory": "Бийск", "house": "бийск|улица речная|7", "principal": "Тепло"}, (10, 12)),
        ({"house": "бийск|улица речная|9"}, (1, 25)),
    ],
)
def test_the_narrowest_rule_wins(asked: dict[str, str], days: tuple[int, int]) -> None:
    window = narrowest(RULES, **asked)
    assert window is not None
    assert (window.from_day, window.to_day) == days


def test_where_no_rule_holds_there_is_no_window() -> None:
    assert narrowest([], territory="Бийск") is None
    assert narrowest(RULES[2:], territory="Барнаул") is None
