"""A menu's choice is found by other words, endings and slips of recognition; between two choices none is taken."""

import pytest

from bots.understanding.menus import chosen
from bots.understanding.tokens import normalise

MAIN = {
    "readings": ("показания", "передать показания", "счётчик"),
    "balance": ("баланс", "долг", "задолженность", "сколько платить"),
    "outage": ("нет света", "отключение", "авария"),
    "bill": ("квитанция", "счёт на оплату"),
    "office": ("адрес офиса", "часы работы", "режим работы"),
    "operator": ("оператор", "человек"),
}
WHICH_METER = {
    "electricity": ("электричество", "свет"),
    "water": ("вода", "холодная вода"),
    "heat": ("тепло", "отопление"),
}
WHEN = {"today": ("сегодня",), "tomorrow": ("завтра",), "later": ("позже", "потом")}
REGION = {"murmansk": ("Мурманск",), "severomorsk": ("Североморск",), "apatity": ("Апатиты",), "kirovsk": ("Кировск",)}
WAY = {"sms": ("смс", "сообщение"), "mail": ("почта", "электронная почта"), "call": ("звонок", "позвонить")}


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("показания", "readings"),
        ("показание", "readings"),
        ("показаниями", "readings"),
        ("показанья", "readings"),
        ("мне бы показания передать", "readings"),
        ("передать", "readings"),
        ("передача показаний", "readings"),
        ("по счётчику", "readings"),
        ("по счетчикам я звоню", "readings"),
        ("счечик", "readings"),
        ("показаня", "readings"),
        ("пока зания", "readings"),
        ("баланс", "balance"),
        ("баланса", "balance"),
        ("узнать баланс", "balance"),
        ("долги", "balance"),
        ("по долгам", "balance"),
        ("мой долг узнать", "balance"),
        ("должна ли я", "balance"),
        ("задолженности", "balance"),
        ("задолжность", "balance"),
        ("сколько мне платить", "balance"),
        ("сколько надо заплатить", "balance"),
        ("света нет", "outage"),
        ("у нас света нету", "outage"),
        ("нет электричества", "outage"),
        ("света нет во всём доме", "outage"),
        ("отключили свет", "outage"),
        ("отключения", "outage"),
        ("про отключение", "outage"),
        ("авария у нас", "outage"),
        ("аварию", "outage"),
        ("квитанцию", "bill"),
        ("квитанции", "bill"),
        ("квитанция не пришла", "bill"),
        ("квитанцея", "bill"),
        ("насчёт квитанции", "bill"),
        ("счёт на оплату не пришёл", "bill"),
        ("офис", "office"),
        ("где офис", "office"),
        ("адрес", "office"),
        ("часы работы подскажите", "office"),
        ("режим", "office"),
        ("оператора", "operator"),
        ("человека мне", "operator"),
        ("с оператором", "operator"),
    ],
)
def test_a_choice_is_found_by_other_words(said: str, choice: str) -> None:
    assert chosen(normalise(said), MAIN) == choice


@pytest.mark.parametrize(
    ("said", "choices", "choice"),
    [
        ("за свет", WHICH_METER, "electricity"),
        ("электроэнергия", WHICH_METER, "electricity"),
        ("за воду", WHICH_METER, "water"),
        ("холодную", WHICH_METER, "water"),
        ("отопления", WHICH_METER, "heat"),
        ("за тепло", WHICH_METER, "heat"),
        ("завтра", WHEN, "tomorrow"),
        ("завтрашний", WHEN, "tomorrow"),
        ("сегодня лучше", WHEN, "today"),
        ("потом как нибудь", WHEN, "later"),
        ("попозже", WHEN, "later"),
        ("в мурманске", REGION, "murmansk"),
        ("мурманск", REGION, "murmansk"),
        ("североморска", REGION, "severomorsk"),
        ("из апатитов", REGION, "apatity"),
        ("кировском", REGION, "kirovsk"),
        ("по смс", WAY, "sms"),
        ("сообщением", WAY, "sms"),
        ("на почту", WAY, "mail"),
        ("электронной почтой", WAY, "mail"),
        ("позвоните", WAY, "call"),
        ("звонком", WAY, "call"),
    ],
)
def test_other_menus_by_other_words(said: str, choices: dict[str, tuple[str, ...]], choice: str) -> None:
    assert chosen(normalise(said), choices) == choice


@pytest.mark.parametrize(
    ("said", "choices"),
    [
        ("", MAIN),
        ("алло", MAIN),
        ("болан", MAIN),
        ("да", MAIN),
        ("нет", MAIN),
        ("нету", MAIN),
        ("ничего", MAIN),
        ("какая погода", MAIN),
        ("воды нет", MAIN),
        ("газ", MAIN),
        ("покажите", MAIN),
        ("показать", MAIN),
        ("подождите", MAIN),
        ("долго", MAIN),
        ("долго ещё", MAIN),
        ("сколько ждать", MAIN),
        ("квартира", MAIN),
        ("свет", MAIN),
        ("нет", WHICH_METER),
        ("светлана", WHICH_METER),
        ("подвода нет", WHICH_METER),
        ("теплица", WHICH_METER),
        ("не сегодня", WHEN),
        ("сегодня или завтра", WHEN),
        ("ни сегодня ни завтра", WHEN),
        ("послезавтра", WHEN),
        ("завтрак", WHEN),
        ("москва", REGION),
        ("кировск или апатиты", REGION),
        ("не мурманск", REGION),
        ("смс или почта", WAY),
        ("не по почте", WAY),
        ("звонят в дверь", MAIN),
        ("показания и долг", MAIN),
        ("долг по квитанции", MAIN),
    ],
)
def test_no_choice_rather_than_a_wrong_one(said: str, choices: dict[str, tuple[str, ...]]) -> None:
    assert chosen(normalise(said), choices) is None


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("не свет а воду", "water"),
        ("нет не вода тепло", "heat"),
        ("воду нет свет", "electricity"),
        ("вода ой тепло", "heat"),
    ],
)
def test_a_choice_corrected_in_the_same_breath(said: str, choice: str) -> None:
    assert chosen(normalise(said), WHICH_METER) == choice
