"""Prompts cut into pieces: numbers joined from a small set, slots by kind, voices that stay up until the end."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.grammars import cardinal
from ivr.prompts.pieces import SlotMissing, number, pieces, spelled, warm_set
from ivr.prompts.slots import slots_of
from ivr.prompts.spoken import NotSpeakable


def said(text: str, **slots: object) -> list[str]:
    return [piece.text for piece in pieces(text, slots)]


def test_a_read_back_is_joined_of_parts_and_comes_down_at_its_end() -> None:
    assert said("Вы назвали {value}. Всё верно?", value=12345) == [
        "Вы назвали,", "двенадцать тысяч,", "триста,", "сорок пять.", "Всё верно?",
    ]  # fmt: skip


def test_a_number_that_is_asked_goes_up() -> None:
    assert said("{value}?", value=100)[-1] == "сто?"


def test_the_text_to_read_has_no_commas_that_only_hold_the_voice_up() -> None:
    assert spelled(pieces("Вы назвали {value}, день. Верно?", {"value": 12345})) == (
        "Вы назвали двенадцать тысяч триста сорок пять, день. Верно?"
    )


@given(st.integers(0, 999_999))
def test_every_reading_is_in_the_set_rendered_ahead(value: int) -> None:
    ahead = set(warm_set())
    made = pieces("{value}", {"value": value})
    assert set(made) <= ahead
    assert len(made) <= 5
    heard = spelled(made).rstrip(".").split()
    assert heard == " ".join(cardinal(value)).split()


def test_the_set_rendered_ahead_stays_small() -> None:
    assert len(set(warm_set())) < 500


def test_numbers_below_zero_and_beyond_a_million_are_said_too() -> None:
    assert number(-5) == ["минус", "пять"]
    assert number(1_000_000) == ["один миллион"]
    assert number(0) == ["ноль"]


def test_the_value_decides_how_it_is_said_unless_the_slot_does() -> None:
    assert said("{x}", x=Decimal("40.50")) == ["сорок рублей,", "пятьдесят копеек."]
    assert said("{x}", x=date(2026, 3, 25)) == ["двадцать пятое марта."]
    assert said("{x}", x=time(9, 5)) == ["девять часов пять минут."]
    assert said("{x}", x="007") == ["ноль,", "ноль,", "семь."]
    assert said("{x|words}", x="007") == ["семь."]
    assert said("{x|rubles}", x=Decimal("1001.00")) == ["одна тысяча,", "один рубль."]
    assert said("{x|rubles}", x=100_100) == ["одна тысяча,", "один рубль."]
    assert said("{x|plural:заявка}", x=2) == ["две заявки."]
    assert said("до {x|day}", x=date(2026, 3, 25)) == ["до среды, двадцать пятого марта."]
    assert said("{x|date}", x="2026-03-25") == ["двадцать пятое марта."]
    assert said("{x|time}", x=datetime(2026, 1, 1, 18, 0)) == ["восемнадцать часов."]  # noqa: DTZ001


def test_a_preposition_before_a_date_or_an_hour_is_said_with_it() -> None:
    assert said("Оплатите до {day|date}.", day=date(2026, 3, 25)) == ["Оплатите,", "до двадцать пятого марта."]
    assert said("с {a|time} до {b|time}", a=time(8), b=time(20)) == ["с восьми часов,", "до двадцати часов."]


def test_counted_things_agree_with_their_number() -> None:
    kind = "Перед вами {n|звонок/звонка/звонков}"
    assert said(kind, n=1)[-1] == "один звонок."
    assert said(kind, n=2)[-1] == "два звонка."
    assert said(kind, n=111)[-1] == "одиннадцать звонков."
    assert said("{n|заявка/заявки/заявок}", n=41) == ["сорок одна заявка."]


def test_accounts_and_telephones_have_a_breath_between_their_groups() -> None:
    made = pieces("{a|3-3-4}", {"a": "7001234567"})
    assert [piece.text for piece in made] == [
        "семьсот,", "сто,", "двадцать три,", "четыре тысячи,", "пятьсот,", "шестьдесят семь.",
    ]  # fmt: skip
    assert [piece.tail for piece in made] == [0.22, 0.03, 0.22, 0.03, 0.03, 0.3]
    assert said("{p|phone}", p="88003505566")[:3] == ["восемь,", "восемьсот,", "триста,"]


def test_a_text_in_a_slot_is_spoken_with_the_sentence_around_it() -> None:
    assert said("Ваш адрес: {street}, дом {house}. Верно?", street="улица Ленина", house=5) == [
        "Ваш адрес: улица Ленина, дом,", "пять.", "Верно?",
    ]  # fmt: skip


def test_a_text_without_words_is_silence() -> None:
    assert pieces("", {}) == ()
    assert pieces(" … ", {}) == ()
    assert pieces("{x}", {"x": ""}) == ()


def test_slots_of_a_text() -> None:
    assert slots_of("{a} и {b|rubles}, {a}") == {"a": "", "b": "rubles"}


def test_a_slot_nobody_filled_is_named() -> None:
    with pytest.raises(SlotMissing, match="value"):
        pieces("Вы назвали {value}", {})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{x}", True),
        ("{x}", None),
        ("{x}", [1]),
        ("{x}", datetime(2026, 1, 1)),  # noqa: DTZ001
        ("{x|words}", "двенадцать"),
        ("{x|date}", "31.02.2026"),
        ("{x|date}", 5),
        ("{x|time}", "25:00"),
        ("{x|rubles}", "много"),
        ("{x|account}", "12AB"),
        ("{x|3-3}", ""),
        ("{x|weight}", 5),
    ],
)
def test_what_cannot_be_said_is_refused_with_the_slots_name(text: str, value: object) -> None:
    with pytest.raises(NotSpeakable, match="x"):
        pieces(text, {"x": value})


def test_the_preposition_of_tuesday_is_vo() -> None:
    tuesday = date(2026, 3, 24)
    assert spelled(pieces("В {on|day}.", {"on": tuesday})) == "Во вторник, двадцать четвёртого марта."
    assert spelled(pieces("в {on|day}", {"on": date(2026, 3, 25)})) == "в среду, двадцать пятого марта."


def test_quotes_leave_no_gap_before_the_end_of_a_sentence() -> None:
    assert spelled(pieces("Скажите «да» или «нет».", {})) == "Скажите да или нет."
