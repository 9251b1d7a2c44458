"""When an answer is whole, so that nobody waits for more of it."""

import pytest

from bots.meters import Meter, Zone
from bots.talk import Question
from ivr.call.complete import complete

KNOWN = Meter(zones=(Zone("single", previous=12200, daily=5.0),))
TWO_ZONES = Meter(zones=(Zone("day", previous=1200), Zone("night", previous=600)))
YES = Question("q", "confirm")
READ_BACK = Question("q", "confirm", meter=KNOWN, confirming={"single": 12345})
READING = Question("q", "reading", meter=KNOWN)
ACCOUNT = Question("q", "account", account_lengths=(10,))
PHONE = Question("q", "phone")
MARK = Question("q", "rating", scale=(1, 5))
MENU = Question("q", "menu", choices={"readings": ("показания", "передать показания"), "debt": ("долг",)})


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (YES, "да"),
        (YES, "нет"),
        (YES, "ага верно"),
        (READ_BACK, "да"),
        (READ_BACK, "нет двенадцать триста сорок шесть"),
        (READING, "двенадцать триста сорок пять"),
        (READING, "один два три четыре пять"),
        (READING, "двенадцать тысяч триста сорок пять"),
        (READING, "оператор"),
        (Question("q", "reading", meter=Meter()), "ноль ноль четыре пять семь"),
        (ACCOUNT, "семь ноль ноль один два три четыре пять шесть семь"),
        (ACCOUNT, "семьсот сто двадцать три сорок пять шестьдесят семь"),
        (PHONE, "восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь"),
        (MARK, "четыре"),
        (MENU, "передать показания"),
        (Question("q", "free"), "оператор"),
        (Question("q", "date"), "повторите"),
    ],
)
def test_nothing_is_missing(question: Question, said: str) -> None:
    assert complete(question)(said.split())


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (YES, "минуточку"),
        (YES, "не знаю"),
        (READ_BACK, "нет"),
        (READ_BACK, "нет двенадцать"),
        (READING, "двенадцать"),
        (READING, "двенадцать тысяч"),
        (READING, "двенадцать триста"),
        (READING, "двенадцать триста сорок"),
        (READING, "один два три четыре"),
        (READING, "секундочку"),
        (READING, "сейчас посмотрю"),
        (Question("q", "reading", meter=TWO_ZONES), "день тысяча двести сорок пять"),
        (Question("q", "reading", meter=TWO_ZONES), "день тысяча двести сорок пять ночь шестьсот"),
        (ACCOUNT, "семь ноль ноль один два три четыре пять шесть"),
        (PHONE, "восемь девятьсот шестнадцать"),
        (MARK, "семь"),
        (MENU, "алло"),
        (Question("q", "free"), "у меня вопрос про долг"),
        (Question("q", "date"), "пятого"),
        (Question("q", "digits"), "один два"),
    ],
)
def test_more_may_follow(question: Question, said: str) -> None:
    assert not complete(question)(said.split())
