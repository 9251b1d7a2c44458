"""A file of accounts: good lines are taken as they are meant, a bad one says what is wrong with it and where."""

import contextlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from ivr.billing.files.cells import BadLine, Cells
from ivr.billing.files.columns import BadHeader, Layout
from ivr.billing.files.lines import (
    AccountLine,
    account_line,
    debt_line,
    outage_line,
    request_line,
    territory_line,
    window_line,
)
from ivr.billing.files.sheets import CsvSheet, Row, sheets
from ivr.billing.phones import normal_phone

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
GOOD = {
    "account": "7001234567",
    "address": "г. Барнаул, ул. Северная, д. 5",
    "territory": "Барнаул",
    "phones": "8 (913) 000-00-01|+79130000002",
    "last_payment": "1 234,50",
    "serial": "48210001",
    "resource": "electricity",
    "digits": "5",
    "fraction": "1",
    "max_kw": "15",
    "zones": "day|night",
    "previous": "12200|6700",
    "previous_date": "02.02.2026",
    "daily": "4,5|",
}


def account(relative: bool = False, **changed: str) -> AccountLine:
    return account_line(Cells({**GOOD, **changed}, NOW, relative=relative))


def read(text: bytes, encoding: str = "auto") -> tuple[list[Row], list[tuple[str, str]]]:
    rows = list(CsvSheet("a.csv", lambda: text.splitlines(keepends=True), encoding).rows())
    return [row for row in rows if not row.fault], [(row.where, row.fault) for row in rows if row.fault]


def test_a_good_line_is_an_account_with_its_meter() -> None:
    one = account()
    assert (one.account, one.address, one.kind) == ("7001234567", "г. Барнаул, ул. Северная, д. 5", "person")
    assert one.phones == ("+79130000001", "+79130000002")
    assert one.last_payment == 123450
    assert one.meter is not None
    assert (one.meter.taken_on, one.meter.unit, one.meter.smart) == (date(2026, 2, 2), "киловатт-час", False)
    assert [(zone.zone, zone.previous, zone.daily) for zone in one.meter.zones] == [
        ("day", 12200, 4.5),
        ("night", 6700, None),
    ]


def test_what_is_left_empty_takes_its_usual_value() -> None:
    rest = dict.fromkeys(("digits", "fraction", "max_kw", "zones", "previous", "previous_date", "daily"), "")
    meter = account(**rest).meter
    assert meter is not None
    assert (meter.digits, meter.fraction, meter.max_kw, meter.zones[0].zone) == (5, 1, 15.0, "single")


def test_a_russian_export_is_understood() -> None:
    layout = Layout.of(["Лицевой счёт", "Адрес", "Номер счётчика", "Ресурс", "Зоны", "Умный"])
    assert (layout.what, layout.columns) == (
        "accounts", ("account", "address", "serial", "resource", "zones", "smart"),
    )  # fmt: skip
    one = account(resource="вода", zones="День|ночь", smart="да", kind="юрлицо").meter
    assert one is not None
    assert (one.resource, one.unit, one.smart, [zone.zone for zone in one.zones]) == (
        "water", "кубометр", True, ["day", "night"],
    )  # fmt: skip


def test_leading_zeros_of_an_account_are_kept_and_its_separators_are_not() -> None:
    assert account(account="00-1234 567").account == "001234567"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"account": "75да533315"}, "account: .* not 4 to 20 digits"),
        ({"account": ""}, "not 4 to 20 digits"),
        ({"address": ""}, "address: is empty"),
        ({"address": "nul\x00"}, "address: unprintable"),
        ({"phones": "soon"}, "phones: .*no telephone"),
        ({"last_payment": "much"}, "last_payment: .*roubles"),
        ({"kind": "cat"}, "kind: .*person, business"),
        ({"smart": "perhaps"}, "smart: .*neither yes nor no"),
        ({"resource": "steam"}, "resource: "),
        ({"digits": "55"}, "digits: "),
        ({"fraction": "-1"}, "fraction: "),
        ({"max_kw": "0"}, "max_kw: "),
        ({"zones": "day|dusk"}, "zones: "),
        ({"zones": "day|day"}, "zones: "),
        ({"previous": "12200"}, "previous: 1 values for 2 zones"),
        ({"previous": "122000|1"}, "at most 5 digits"),
        ({"previous_date": ""}, "previous_date: is empty"),
        ({"previous_date": "2026-13-01"}, "not a day"),
        ({"previous_date": "2027-01-01"}, "future"),
        ({"previous_date": "30 days ago"}, "not a day"),
        ({"daily": "much|more"}, "daily: "),
        ({"serial": ""}, "no serial"),
        ({"territory": "x" * 501}, "longer than"),
    ],
)
def test_a_bad_line_says_which_column_is_wrong_and_why(changed: dict[str, str], why: str) -> None:
    with pytest.raises(BadLine, match=why):
        account(**changed)


def test_days_ago_are_understood_where_they_are_allowed() -> None:
    meter = account(relative=True, previous_date="30 days ago").meter
    assert meter is not None
    assert meter.taken_on == date(2026, 2, 2)


def test_a_debt_is_read_to_the_kopeck_and_an_overpayment_is_below_zero() -> None:
    line = {"account": "7001234567", "debt": "1 240,05", "as_of": "2026-03-01", "penalty": "3.5", "service": "вода"}
    debt = debt_line(Cells(line, NOW))
    assert (debt.kopecks, debt.penalty_kopecks, debt.as_of) == (124005, 350, date(2026, 3, 1))
    assert debt_line(Cells({**line, "debt": "-0,4"}, NOW)).kopecks == -40
    for name, text in (("debt", ""), ("debt", "1.234"), ("as_of", ""), ("as_of", "2026-03-09"), ("penalty", "-1")):
        with pytest.raises(BadLine, match=name):
            debt_line(Cells({**line, name: text}, NOW))


def test_a_window_holds_for_all_for_a_territory_or_for_a_house() -> None:
    line = {"from_day": "23", "to_day": "last", "late": "reject"}
    assert (window_line(Cells(line, NOW)).to_day, window_line(Cells(line, NOW)).late) == (31, "reject")
    house = window_line(Cells({**line, "house": "г. Бийск, ул. Речная, д. 7"}, NOW)).house
    assert house == "бийск|улица речная|7"
    for name, text in (("from_day", "0"), ("to_day", ""), ("to_day", "32"), ("late", "soon"), ("house", "Бийск")):
        with pytest.raises(BadLine, match=name):
            window_line(Cells({**line, name: text}, NOW))


def test_an_outage_ends_after_it_began() -> None:
    line = {"outage": "17", "reason": "авария", "since": "04.03.2026 09:00", "until": "2026-03-04 18:00",
            "streets": "ул. Речная: 5, 7|пер. Тихий"}  # fmt: skip
    outage = outage_line(Cells(line, NOW))
    assert outage.until is not None
    assert outage.until - outage.since == timedelta(hours=9)
    assert outage.streets == ("ул. Речная: 5, 7", "пер. Тихий")
    for name, text in (("outage", ""), ("reason", ""), ("since", ""), ("since", "soon"), ("until", "2026-03-03")):
        with pytest.raises(BadLine, match=name):
            outage_line(Cells({**line, name: text}, NOW))
    with pytest.raises(BadLine, match="not a time"):
        outage_line(Cells({**line, "since": "2 hours ago"}, NOW))
    assert outage_line(Cells({**line, "since": "2 hours ago"}, NOW, relative=True)).since == NOW - timedelta(hours=2)


def test_a_territory_has_a_time_zone_that_exists() -> None:
    assert territory_line(Cells({"territory": "Бийск", "time_zone": "Asia/Barnaul"}, NOW)).name == "Бийск"
    for zone in ("", "Asia/Atlantis", "../../etc/passwd", "/etc/localtime"):
        with pytest.raises(BadLine, match="time_zone"):
            territory_line(Cells({"territory": "Бийск", "time_zone": zone}, NOW))


def test_a_request_is_closed_when_it_says_when() -> None:
    line = {"request": "1001", "account": "7001234567", "request_kind": "sealing", "opened": "2026-03-01 10:00"}
    assert request_line(Cells(line, NOW)).status == "new"
    assert request_line(Cells({**line, "status": "done", "closed": "2026-03-03 12:00"}, NOW)).closed_at is not None
    for wrong in ({"status": "done"}, {"closed": "2026-03-03 12:00"}, {"request_kind": "dance"}, {"opened": ""}):
        with pytest.raises(BadLine):
            request_line(Cells({**line, **wrong}, NOW))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_the_file_shows_its_delimiter_and_encoding_itself(delimiter: str, encoding: str) -> None:
    rows, rejected = read(f"Account{delimiter}Address\r\n7001234567{delimiter}Бийск\r\n\r\n".encode(encoding))
    assert (rows, rejected) == ([Row("a.csv:2", {"account": "7001234567", "address": "Бийск"})], [])


def test_a_line_that_is_no_text_or_no_csv_costs_only_itself() -> None:
    rows, rejected = read(
        "account,address\n1234,Бийск\n1235,\xff\n".encode() + b"1236,\xff\n" + b'1237,"open\n1238,a,b\n'
    )
    assert [row.cells["account"] for row in rows] == ["1234", "1235"]
    assert [where for where, _ in rejected] == ["a.csv:4", "a.csv:5", "a.csv:6"]
    assert ["utf-8" in rejected[0][1], "CSV" in rejected[1][1], "3 cells" in rejected[2][1]] == [True] * 3


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("account", "'address' is missing"),
        ("account,adress", "unknown column 'adress'"),
        ("account,address,address", "twice"),
        ("account,address,", "unknown column ''"),
        ("a,b", "columns of"),
        ("", "columns of"),
    ],
)
def test_a_header_that_names_other_columns_is_refused(header: str, why: str) -> None:
    with pytest.raises(BadHeader, match=why):
        Layout.of(header.split(","))


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(BadHeader, match="empty"):
        CsvSheet("a.csv", lambda: [])


def test_a_workbook_is_read_as_a_person_sees_it(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Счета"
    sheet.append(["Лицевой счёт", "Адрес", "Показания", "Дата показаний", "Счётчик"])
    sheet.append([7001234567, "Бийск", 12200, datetime(2026, 2, 2), "0048"])  # noqa: DTZ001 - a cell has no zone
    sheet.append([])
    sheet.append([1234567890123456789, "Бийск", None, None, None])
    book.create_sheet("Пустой")
    path = tmp_path / "a.xlsx"
    book.save(path)
    (one,) = sheets(path)
    row, bad = one.rows()
    assert row.where == f"{path}:Счета!2"
    assert row.cells == {"account": "7001234567", "address": "Бийск", "previous": "12200",
                         "previous_date": "2026-02-02", "serial": "0048"}  # fmt: skip
    assert (bad.where, "more than 15 digits" in bad.fault) == (f"{path}:Счета!4", True)


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"account,address\n")
    with pytest.raises(BadHeader, match="workbook"):
        sheets(path)


@given(st.text(max_size=200))
def test_no_line_breaks_the_reader(text: str) -> None:
    rows, rejected = read(
        b"account,address,previous\n" + text.replace("\n", "").encode("utf-8", "surrogatepass"), "utf-8"
    )
    for row in rows:
        try:
            account_line(Cells(row.cells, NOW))
        except BadLine as error:
            rejected.append((row.where, str(error)))
    assert all(why for _, why in rejected)


@given(st.binary(max_size=300))
def test_no_file_breaks_the_reader(data: bytes) -> None:
    with contextlib.suppress(BadHeader):
        list(CsvSheet("a.csv", lambda: data.splitlines(keepends=True)).rows())


def test_a_workbook_cut_short_is_refused(tmp_path: Path) -> None:
    book, path = Workbook(), tmp_path / "a.xlsx"
    book.save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BadHeader, match="workbook"):
        sheets(path)


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
