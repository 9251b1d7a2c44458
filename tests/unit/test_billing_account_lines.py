"""A file of accounts: good lines are taken as they are meant, a bad one says what is wrong with it."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.billing.account_lines import COLUMNS, BadHeader, BadLine, Layout
from ivr.billing.phones import normal_phone

TODAY = date(2026, 3, 4)
LAYOUT = Layout.of(",".join(COLUMNS))
GOOD = {
    "account": "7001234567",
    "address": '"г. Барнаул, ул. Северная, д. 5"',
    "territory": "Барнаул",
    "phones": "8 (913) 000-00-01|+79130000002",
    "serial": "48210001",
    "resource": "electricity",
    "digits": "5",
    "fraction": "1",
    "max_kw": "15",
    "zones": "day|night",
    "previous": "12200|6700",
    "previous_date": "02.02.2026",
    "daily": '"4,5|"',
}


def line(**changed: str) -> str:
    return ",".join({**GOOD, **changed}[name] for name in COLUMNS)


def test_a_good_line_is_an_account_with_its_meter() -> None:
    one = LAYOUT.read(line(), TODAY)
    assert (one.account, one.address) == ("7001234567", "г. Барнаул, ул. Северная, д. 5")
    assert one.phones == ("+79130000001", "+79130000002")
    assert one.meter is not None
    assert one.meter.taken_on == date(2026, 2, 2)
    assert [(zone.zone, zone.previous, zone.daily) for zone in one.meter.zones] == [
        ("day", 12200, 4.5),
        ("night", 6700, None),
    ]


def test_what_is_left_empty_takes_its_usual_value() -> None:
    rest = dict.fromkeys(("digits", "fraction", "max_kw", "zones", "previous", "previous_date", "daily"), "")
    meter = LAYOUT.read(line(**rest), TODAY).meter
    assert meter is not None
    assert (meter.digits, meter.fraction, meter.max_kw, meter.zones[0].zone) == (5, 1, 15.0, "single")


def test_leading_zeros_of_an_account_are_kept_and_its_separators_are_not() -> None:
    assert LAYOUT.read(line(account="00-1234 567"), TODAY).account == "001234567"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"account": "75да533315"}, "not 4 to 20 digits"),
        ({"account": ""}, "not 4 to 20 digits"),
        ({"address": ""}, "address is empty"),
        ({"address": '"never closed'}, "cannot be read as CSV"),
        ({"address": "nul\x00"}, "unprintable"),
        ({"phones": "soon"}, "no telephone"),
        ({"resource": "steam"}, "resource"),
        ({"digits": "55"}, "digits"),
        ({"fraction": "-1"}, "fraction"),
        ({"max_kw": "0"}, "max_kw"),
        ({"zones": "day|dusk"}, "zones"),
        ({"zones": "day|day"}, "zones"),
        ({"previous": "12200"}, "1 values for 2 zones"),
        ({"previous": "122000|1"}, "at most 5 digits"),
        ({"previous": "12,5|1"}, "cells"),
        ({"previous_date": ""}, "needs its previous_date"),
        ({"previous_date": "2026-13-01"}, "not a day"),
        ({"previous_date": "2027-01-01"}, "future"),
        ({"previous_date": "30 days ago"}, "not a day"),
        ({"daily": "much|more"}, "daily"),
        ({"serial": ""}, "no serial"),
        ({"territory": "x,y"}, "14 cells"),
    ],
)
def test_a_bad_line_says_what_is_wrong_with_it(changed: dict[str, str], why: str) -> None:
    with pytest.raises(BadLine, match=why):
        LAYOUT.read(line(**changed), TODAY)


def test_days_ago_are_understood_where_they_are_allowed() -> None:
    meter = LAYOUT.read(line(previous_date="30 days ago"), TODAY, relative_dates=True).meter
    assert meter is not None
    assert meter.taken_on == date(2026, 2, 2)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_file_shows_its_delimiter_itself(delimiter: str) -> None:
    layout = Layout.of(f"\ufeffAccount{delimiter}Address\r\n")
    assert layout.read(f"7001234567{delimiter}Бийск\r\n", TODAY).address == "Бийск"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("account", "'address' is missing"),
        ("account,adress", "unknown column 'adress'"),
        ("account,address,address", "twice"),
    ],
)
def test_a_header_that_names_other_columns_is_refused(header: str, why: str) -> None:
    with pytest.raises(BadHeader, match=why):
        Layout.of(header)


@given(st.text(max_size=200))
def test_no_line_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(BadLine):
        LAYOUT.read(text.replace("\n", ""), TODAY)


@pytest.mark.parametrize(
    ("spoken", "number"),
    [
        ("8 (913) 000-00-01", "+79130000001"),
        ("9130000001", "+79130000001"),
        ("+7 913 000 00 01", "+79130000001"),
        ("79130000001", "+79130000001"),
        ("+375291234567", "+375291234567"),
        ("101", None),
        ("anonymous", None),
        ("", None),
    ],
)
def test_a_telephone_has_one_spelling(spoken: str, number: str | None) -> None:
    assert normal_phone(spoken) == number
