"""Values in words, and texts without a digit."""

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.prompts import spoken
from ivr.prompts.normal import DigitLeft, speakable
from ivr.prompts.spoken import Case, NotSpeakable


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("1240"), "одна тысяча двести сорок рублей"),
        (Decimal("1240.50"), "одна тысяча двести сорок рублей пятьдесят копеек"),
        (Decimal("0.01"), "одна копейка"),
        (Decimal("0"), "ноль рублей"),
        (Decimal("21.22"), "двадцать один рубль двадцать две копейки"),
        (Decimal("-2.00"), "минус два рубля"),
        (Decimal("0.995"), "один рубль"),
        (12, "двенадцать рублей"),
    ],
)
def test_sums(value: Decimal | int, words: str) -> None:
    assert spoken.money(value) == words


def test_a_sum_after_a_preposition() -> None:
    assert spoken.money(Decimal("1.01"), Case.GENITIVE) == "одного рубля одной копейки"


def test_hours_and_dates() -> None:
    assert spoken.clock(time(8)) == "восемь часов"
    assert spoken.clock(time(1, 1)) == "один час одна минута"
    assert spoken.clock(time(21, 42), Case.GENITIVE) == "двадцати одного часа сорока двух минут"
    assert spoken.clock(time(9), Case.DATIVE) == "девяти часам"
    assert spoken.day(date(2026, 3, 25)) == "двадцать пятое марта"
    assert spoken.day(date(2026, 5, 3), year=True) == "третье мая две тысячи двадцать шестого года"


def test_digits_telephones_and_accounts_keep_their_zeros() -> None:
    assert spoken.digits("0012345") == "ноль ноль один, два три четыре, пять"
    assert spoken.phone("88003505566") == "восемь, восемьсот, триста пятьдесят, пятьдесят пять, шестьдесят шесть"
    assert spoken.phone("+7 (913) 000-05-00") == "плюс семь, девятьсот тринадцать, ноль ноль ноль, ноль пять, ноль ноль"
    assert spoken.phone("9132451607") == "девятьсот тринадцать, двести сорок пять, шестнадцать, ноль семь"
    assert spoken.phone("112") == "сто двенадцать"
    assert spoken.phone("230849") == "двадцать три, ноль восемь, сорок девять"
    assert spoken.phone("2308490") == "двести тридцать, восемьдесят четыре, девяносто"
    assert spoken.account("70-012", (2, 3)) == "семьдесят, ноль двенадцать"


@pytest.mark.parametrize("number", ["", "12a", "½", "٣", "+-"])
def test_what_is_not_digits_is_not_said_as_digits(number: str) -> None:
    with pytest.raises(NotSpeakable):
        spoken.phone(number)


def test_a_number_nobody_says_is_refused() -> None:
    with pytest.raises(NotSpeakable, match="too large"):
        spoken.cardinal(10**12)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Ваши показания 12345.", "Ваши показания двенадцать тысяч триста сорок пять."),
        ("12 345", "двенадцать тысяч триста сорок пять"),
        ("Показания 12345,6", "Показания двенадцать тысяч триста сорок пять целых шесть десятых"),
        ("с 8:00 до 20:00", "с восьми часов до двадцати часов"),
        ("в 9:30", "в девять часов тридцать минут"),
        ("до 24:00", "до двадцати четырёх часов"),
        ("до 25.03.2026 г.", "до двадцать пятого марта две тысячи двадцать шестого года"),
        ("2026-03-25", "двадцать пятое марта две тысячи двадцать шестого года"),
        ("по 25 марта", "по двадцать пятое марта"),
        ("к 1 мая", "к первому мая"),
        ("с 15 по 25 число", "с пятнадцатого по двадцать пятое число"),
        ("15–25 числа", "с пятнадцатого по двадцать пятое число"),
        ("до 26 числа", "до двадцать шестого числа"),
        ("через 1 минуту", "через одну минуту"),
        ("2 минуты и 2 часа", "две минуты и два часа"),
        ("от 1 дня до 2 недель", "от одного дня до двух недель"),
        ("1 показание, 21 заявка", "одно показание, двадцать одна заявка"),
        ("в 1 квартале", "в первом квартале"),
        ("3-й в очереди", "третий в очереди"),
        ("1 240,50 руб.", "одна тысяча двести сорок рублей пятьдесят копеек"),
        ("около 1 000 000 рублей", "около одного миллиона рублей"),
        ("5% и 5,5 %", "пять процентов и пять целых пять десятых процента"),
        ("1 кВт·ч, 2 кВт*ч, 5,5 кВтч", "один киловатт-час, два киловатт-часа, пять целых пять десятых киловатт-часа"),
        ("№ 5", "номер пять"),
        ("24/7", "круглосуточно"),
        ("нажмите 0", "нажмите ноль"),
        ("лицевой счет 0012345678", "лицевой счёт ноль ноль один, два три четыре, пять шесть семь, восемь"),
        ("8 (800) 350-55-66", "восемь, восемьсот, триста пятьдесят, пятьдесят пять, шестьдесят шесть"),
        ("тел. 23-08-49", "телефон двадцать три, ноль восемь, сорок девять"),
        ("ул. Ленина, кв. 17", "улица Ленина, квартира семнадцать"),
        ("Еще раз про Счетчик, SMS", "Ещё раз про Счётчик, эс-эм-эс"),
        ("«Да» — да\u00a0да", "Да — да да"),
    ],
)  # fmt: skip
def test_written_russian_is_said_as_people_say_it(written: str, said: str) -> None:
    assert speakable(written) == said


@pytest.mark.parametrize("text", ["①", "٣ раза", "1:75", "31.02.2026", "5²", "с 5 по 40 мая", "25:00"])
def test_what_the_rules_do_not_know_is_an_error_and_not_a_guess(text: str) -> None:
    with pytest.raises(NotSpeakable):
        speakable(text)


def test_the_error_names_the_digit_and_its_text() -> None:
    with pytest.raises(DigitLeft, match="²"):
        speakable("площадь 5²")


@given(st.text(st.sampled_from(list("0123456789 .,:-/%№+()₽абвёдомартарублчисло½²٣ \u00a0"))))
def test_a_digit_never_reaches_a_voice(text: str) -> None:
    try:
        said = speakable(text)
    except NotSpeakable:
        return
    assert not any(letter.isnumeric() for letter in said)


@given(st.text(max_size=80))
def test_any_text_is_said_or_refused_and_what_is_said_can_be_said(text: str) -> None:
    try:
        said = speakable(text)
    except NotSpeakable:
        return
    assert not any(letter.isnumeric() for letter in said)
    speakable(said)


@given(st.integers(-(10**11), 10**11))
def test_every_number_is_said(value: int) -> None:
    assert not any(letter.isnumeric() for letter in speakable(str(value)))
