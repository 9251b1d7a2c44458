"""An address of a bill is taken apart; a said one finds its street, and rather nothing than a wrong house."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.billing.addresses import Address, same_street, serial_key, street_of, without_flat, written
from ivr.billing.said_address import Said, Streets, said

KNOWN = [
    ("барнаул", "улица северная"),
    ("барнаул", "улица 1 северная"),
    ("барнаул", "улица садовая"),
    ("барнаул", "проспект ленина"),
    ("барнаул", "улица 9 мая"),
    ("бийск", "улица ленина"),
    ("бийск", "улица северная"),
    ("бийск", "улица речная"),
    ("бийск", "переулок заречный"),
    ("", "улица 40 лет октября"),
]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("г. Барнаул, ул. Северная, д. 5, кв. 12", Address("барнаул", "улица северная", "5", "12")),
        ("656000, Алтайский край, г. Бийск, ул. Садовая, д. 2", Address("бийск", "улица садовая", "2", "")),
        ("с. Павловск, ул. Полевая, д. 11", Address("павловск", "улица полевая", "11", "")),
        ("Барнаул, пр-кт Ленина 5-12", Address("барнаул", "проспект ленина", "5", "12")),
        ("г. Барнаул, ул. 1-я Северная, 5, 12", Address("барнаул", "улица 1 северная", "5", "12")),
        (
            "д. Ивановка, ул. 40 лет Октября, д. 5 корп. 1, кв. 3",
            Address("ивановка", "улица 40 лет октября", "5к1", "3"),
        ),
        ("г. Бийск, ул. Мира, д. 5А, корп. 2, оф. 7", Address("бийск", "улица мира", "5ак2", "7")),
        ("ул Мира д 5/2 кв 3", Address("", "улица мира", "5/2", "3")),
        ("Барнаул", Address("барнаул", "", "", "")),
        ("", Address()),
    ],
)
def test_a_written_address_has_its_parts(text: str, address: Address) -> None:
    assert written(text) == address


@pytest.mark.parametrize(
    ("address", "house"),
    [
        ("г. Барнаул, ул. Северная, д. 5, кв. 12", "г. Барнаул, ул. Северная, д. 5"),
        ("г. Барнаул, ул. Северная, д. 5 кв.12", "г. Барнаул, ул. Северная, д. 5"),
        ("Барнаул, пр-кт Ленина 5-12", "Барнаул, пр-кт Ленина 5"),
        ("Барнаул, пр-кт Ленина, 5, 12", "Барнаул, пр-кт Ленина, 5"),
        ("г. Бийск, ул. Садовая, д. 2", "г. Бийск, ул. Садовая, д. 2"),
    ],
)
def test_the_flat_can_be_left_out(address: str, house: str) -> None:
    assert without_flat(address) == house


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Барнаул улица северная дом пять квартира двенадцать", Said("барнаул северная", "улица", "5", "12")),
        ("северная пять", Said("северная", "", "5", "")),
        ("я живу на северной улице дом двадцать один бэ", Said("северной", "улица", "21б", "")),
        ("улица сорок лет октября дом пять корпус один", Said("40 лет октября", "улица", "5к1", "")),
        ("первая северная пять двенадцать", Said("1 северная", "", "5", "12")),
        ("улица девятого мая два", Said("9 мая", "улица", "2", "")),
        ("проспект ленина дом сто двадцать три дробь два", Said("ленина", "проспект", "123/2", "")),
        ("Северная, 5", Said("северная", "", "5", "")),
        ("северная дом двадцать двенадцать", Said("северная", "", "20", "12")),
    ],
)
def test_a_said_address_has_its_parts(text: str, parts: Said) -> None:
    assert said(text) == parts


@pytest.mark.parametrize("text", ["", "северная", "пять", "улица", "дом пять", "северная дом", "северная дом какой-то"])
def test_without_a_street_and_a_house_there_is_no_address(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("барнаул северная пять", [("барнаул", "улица северная")]),
        ("северная пять", [("барнаул", "улица северная"), ("бийск", "улица северная")]),
        ("на северной дом пять", [("барнаул", "улица северная"), ("бийск", "улица северная")]),
        ("первая северная пять", [("барнаул", "улица 1 северная")]),
        ("проспект ленина два", [("барнаул", "проспект ленина")]),
        ("улица ленина два", [("бийск", "улица ленина")]),
        ("девятого мая дом два", [("барнаул", "улица 9 мая")]),
        ("сорок лет октября пять", [("", "улица 40 лет октября")]),
        ("сиверная пять", [("барнаул", "улица северная"), ("бийск", "улица северная")]),
        ("речная семь", [("бийск", "улица речная")]),
        ("заречный семь", [("бийск", "переулок заречный")]),
        ("кузнечная пять", []),
        ("пятая северная пять", []),
    ],
)
def test_a_said_street_is_one_of_those_known_or_none(text: str, places: list[tuple[str, str]]) -> None:
    asked = said(text)
    assert asked is not None
    assert Streets(KNOWN).said(asked) == places


@given(st.text(alphabet="абвдежпуя0123456789 дом,-/улица", max_size=60))
def test_nothing_said_or_written_breaks_it(text: str) -> None:
    written(text)
    without_flat(text)
    asked = said(text)
    if asked is not None:
        assert asked.house[0].isdigit()
        assert all(place in KNOWN for place in Streets(KNOWN).said(asked))


def test_an_outage_names_streets_and_perhaps_houses() -> None:
    assert street_of("ул. Речная: 5, 7А") == ("улица речная", frozenset({"5", "7а"}))
    assert street_of("Речная") == ("речная", frozenset())
    assert same_street("речная", "улица речная")
    assert not same_street("переулок речная", "улица речная")


def test_a_meters_number_is_found_however_it_is_spaced() -> None:
    assert serial_key("0048-21 0001") == serial_key("48210001") == "48210001"
