"""Readings in one written message: what is understood, and what is refused rather than guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.meters import ZoneName
from bots.understanding.texted import Refusal, texted

ACCOUNT = "7001234567"
DAY_NIGHT: tuple[ZoneName, ...] = ("day", "night")
THREE: tuple[ZoneName, ...] = ("peak", "night", "half_peak")


@pytest.mark.parametrize(
    ("message", "account", "values"),
    [
        ("12345", None, {"single": "12345"}),
        ("  12345  ", None, {"single": "12345"}),
        ("12345.", None, {"single": "12345"}),
        ("12345,6", None, {"single": "12345"}),
        ("12345.67 кВт*ч", None, {"single": "12345"}),
        ("00012345", None, {"single": "12345"}),
        ("0", None, {"single": "0"}),
        ("12 345", None, {"single": "12345"}),
        ("12345квт", None, {"single": "12345"}),
        ("показания 12345 кВтч", None, {"single": "12345"}),
        ("Показания счётчика: 12345", None, {"single": "12345"}),
        ("счетчик 12345", None, {"single": "12345"}),
        ("эл. энергия 12345", None, {"single": "12345"}),
        ("7001234567 12345", ACCOUNT, {"single": "12345"}),
        ("12345 7001234567", ACCOUNT, {"single": "12345"}),
        ("л/с 7001234567 12345", ACCOUNT, {"single": "12345"}),
        ("12345 л/с 7001234567", ACCOUNT, {"single": "12345"}),
        ("лс7001234567 показания 12345", ACCOUNT, {"single": "12345"}),
        ("л.с. № 7001234567, показания 12345", ACCOUNT, {"single": "12345"}),
        ("лицевой счет 7001234567\nпоказания 12345", ACCOUNT, {"single": "12345"}),
        ("Лицевой счёт №7001234567: 12345", ACCOUNT, {"single": "12345"}),
        ("лиц. сч. 700 123 4567 показания 12345", ACCOUNT, {"single": "12345"}),
        ("л/с 700-123-45-67 12345", ACCOUNT, {"single": "12345"}),
        ("лс 700 123 45 67 12345", ACCOUNT, {"single": "12345"}),
        ("ls 7001234567 12345", ACCOUNT, {"single": "12345"}),
        ("абонент 7001234567 - 12345", ACCOUNT, {"single": "12345"}),
        ("день 12345 ночь 6789 л/с 7001234567", ACCOUNT, {"day": "12345", "night": "6789"}),
        ("л/с 7001234567 ночь 6789 день 12345", ACCOUNT, {"day": "12345", "night": "6789"}),
        ("ночь-6789, день-12345", None, {"day": "12345", "night": "6789"}),
        ("День: 12 345 Ночь: 6 789", None, {"day": "12345", "night": "6789"}),
        ("день=12345,6; ночь=6789,1", None, {"day": "12345", "night": "6789"}),
        ("12345 день 6789 ночь", None, {"day": "12345", "night": "6789"}),
        ("12345 (день), 6789 (ночь)", None, {"day": "12345", "night": "6789"}),
        ("день/ночь 12345/6789", None, {"day": "12345", "night": "6789"}),
        ("д 12345 н 6789", None, {"day": "12345", "night": "6789"}),
        ("Д-12345 Н-6789", None, {"day": "12345", "night": "6789"}),
        ("дневной 12345 ночной 6789", None, {"day": "12345", "night": "6789"}),
        ("лс 7001234567 т1 12345,6 т2 678", ACCOUNT, {"day": "12345", "night": "678"}),
        ("T1 12345 T2 678", None, {"day": "12345", "night": "678"}),
        ("т-1: 12345\nт-2: 678", None, {"day": "12345", "night": "678"}),
        ("тариф 1 12345 тариф 2 678", None, {"day": "12345", "night": "678"}),
        ("1 тариф 12345, 2 тариф 678", None, {"day": "12345", "night": "678"}),
        ("т1 1100 т2 900 т3 2300", None, {"peak": "1100", "night": "900", "half_peak": "2300"}),
        ("пик 1100 полупик 2300 ночь 900", None, {"peak": "1100", "night": "900", "half_peak": "2300"}),
        ("пик 1100, п/пик 2300, ночь 900", None, {"peak": "1100", "night": "900", "half_peak": "2300"}),
        ("день 12345 день 12345 ночь 6789", None, {"day": "12345", "night": "6789"}),
        ("т1 12345 т2 678 т0 13023", None, {"day": "12345", "night": "678"}),
        ("день 12345 ночь 678 итого 13023", None, {"day": "12345", "night": "678"}),
        (
            "Добрый день! Передаю показания счетчика за март: 12345. Л/с 7001234567. Спасибо!",
            ACCOUNT,
            {"single": "12345"},
        ),
        ("Здравствуйте. Показания на 25.03.2026: 12345, л/с 7001234567", ACCOUNT, {"single": "12345"}),
        ("показания на 25 марта 2026 г. 12345", None, {"single": "12345"}),
        ("показания за март 2026 года - 12345", None, {"single": "12345"}),
        ("по состоянию на 25.03 12345", None, {"single": "12345"}),
        ("на сегодняшний день 12345", None, {"single": "12345"}),
        ("Хорошего дня! 12345", None, {"single": "12345"}),
        ("12345 Иванова М.И., тел. 8 (913) 245-16-07", None, {"single": "12345"}),
        ("+79132451607 показания 12345", None, {"single": "12345"}),
        ("ул. Ленина 15 кв 3 показания 12345", None, {"single": "12345"}),
        ("ул. Ленина, д. 15, кв. 3: 12345", None, {"single": "12345"}),
        ("было 12300 стало 12345", None, {"single": "12345"}),
        ("предыдущие 12300 текущие 12345", None, {"single": "12345"}),
        ("12345, расход 45", None, {"single": "12345"}),
        ("12345 оплатил 500 руб", None, {"single": "12345"}),
        ("показания 12345 отправлено в 10:30", None, {"single": "12345"}),
        ("12345 лс 7001234567 лс 7001234567", ACCOUNT, {"single": "12345"}),
        ("> прошлое письмо 11111\n12345", None, {"single": "12345"}),
    ],
)
def test_a_message_is_understood(message: str, account: str | None, values: dict[ZoneName, str]) -> None:
    found = texted(message)
    assert (found.account, found.values, found.not_understood, found.refused) == (account, values, (), None)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("", "no_values"),
        ("Добрый день!", "no_values"),
        ("спасибо", "no_values"),
        ("л/с 7001234567", "no_values"),
        ("тел 89132451607", "no_values"),
        ("показания на 25.03.2026", "no_values"),
        ("т0 13023", "no_values"),
        ("расход 45", "no_values"),
        ("12345 6789", "unclear"),
        ("7001234567 12345 6789", "unclear"),
        ("12345-12400", "unclear"),
        ("день 12345 6789", "unclear"),
        ("день 12345 ночь", "unclear"),
        ("день ночь 12345", "unclear"),
        ("день 12345 день 12346", "unclear"),
        ("день/ночь 12 345", "unclear"),
        ("т1 12345", "unclear"),
        ("т4 12345 т5 678", "unclear"),
        ("12,345", "unclear"),
        ("012.345", "unclear"),
        ("12345,6789", "unclear"),
        ("5 (пять) тысяч", "unclear"),
        ("12 тыс 345", "unclear"),
        ("примерно 12345", "unclear"),
        ("не 12345", "unclear"),
        ("12345 или 12346", "unclear"),
        ("т1-12345т2-678", "unclear"),
        ("счетчик 01234567 - 12345", "unclear"),
        ("123456789", "unclear"),
        ("12з45", "unclear"),
        ("1234О", "unclear"),
        ("показания 12345, Ленина 15", "unclear"),
        ("кухня 123 ванная 45", "unclear"),
        ("л/с 70012345 показания 12345", "unclear"),
        ("л/с 75да533315 показания 12345", "unclear"),
        ("хвс 123 показания 12345", "unclear"),
        ("холодная вода 123, гвс 45, 12345", "unclear"),
        ("л/с 7001234567 12345 л/с 7001234568 678", "two_accounts"),
        ("7001234567 7001234568 12345", "two_accounts"),
        ("1" * 5000, "unclear"),
    ],
)
def test_a_message_is_refused_rather_than_guessed(message: str, why: Refusal) -> None:
    found = texted(message)
    assert (found.refused, found.values) == (why, {})


def test_what_was_not_understood_is_named() -> None:
    assert texted("день 12345 6789").not_understood == ("12345", "6789")
    assert texted("показания 12345, ленина 15").not_understood == ("12345", "15")
    assert texted("л/с 70012345 показания 12345").not_understood == ("л/с 70012345", "12345")
    assert texted("12з45 л/с 7001234567").account == ACCOUNT


def test_the_meters_own_zones_settle_what_is_open() -> None:
    assert texted("12345 6789", zones=DAY_NIGHT).values == {"day": "12345", "night": "6789"}
    assert texted("1100 900 2300", zones=THREE).values == {"peak": "1100", "night": "900", "half_peak": "2300"}
    assert texted("т1 12345", zones=("single",)).values == {"single": "12345"}
    assert texted("т1 1100 т2 900", zones=THREE).values == {"peak": "1100", "night": "900"}
    assert texted("12345", zones=("single",)).values == {"single": "12345"}


def test_zones_the_meter_has_not_are_refused() -> None:
    assert texted("день 12345 ночь 6789", zones=("single",)).refused == "other_zones"
    assert texted("12345", zones=DAY_NIGHT).refused == "other_zones"
    assert texted("12 345", zones=DAY_NIGHT).refused == "unclear"
    assert texted("12345 678", zones=THREE).refused == "unclear"


def test_leading_zeros_are_kept_beside_the_value() -> None:
    found = texted("000853")
    assert (found.values, found.raw) == ({"single": "853"}, {"single": "000853"})


def test_the_meters_number_is_no_reading() -> None:
    found = texted("счётчик № 01234567 показания 12345 л/с 7001234567")
    assert (found.serial, found.account, found.values) == ("01234567", ACCOUNT, {"single": "12345"})


def test_an_account_is_told_by_its_form() -> None:
    assert texted("лс 123456 678", lengths=(6,)).account == "123456"
    assert texted("123456 678", lengths=(6,)).refused == "unclear"
    assert texted("лс 7001234567 678", pattern=r"5\d{9}").refused == "unclear"


@given(
    st.integers(0, 10**8 - 1),
    st.integers(0, 10**8 - 1),
    st.sampled_from(["{d} {n}", "{n} {d}", "{d}; {n}", "{n}\n{d}"]),
)
def test_day_and_night_come_back_in_any_order(day: int, night: int, order: str) -> None:
    message = order.format(d=f"день {day}", n=f"ночь: {night}")
    assert texted(f"{message} лс {ACCOUNT}").values == {"day": str(day), "night": str(night)}


@given(st.text(max_size=200))
def test_no_message_breaks_it(message: str) -> None:
    found = texted(message)
    assert bool(found.values) is (found.refused is None)
