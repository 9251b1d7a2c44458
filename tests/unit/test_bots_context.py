"""What an operator sees of a call that the robot could not finish, or did."""

import json

import pytest
from scripted_talk import CALLER, NOW, NUMBER, conduct
from table_desk import TableDesk

from bots.context import LONGEST, TITLES, context, draft
from bots.desk import Account, AccountMeter, Debt
from bots.dialogues import balance, debt_call, readings, service_request, survey
from bots.meters import Meter, Zone
from bots.outcome import HeardMeter
from bots.seat import Caller

TWO = Meter(5, 1, (Zone("day", 12200, 30, 5.0), Zone("night", 6700, 30, 2.0)))
ADDRESS = "г. Бийск, ул. Мерлина, 12, кв. 5"


def billing(*meters: Meter) -> TableDesk:
    return TableDesk(
        accounts=[Account(NUMBER, ADDRESS, "Бийск")],
        phones={CALLER: [NUMBER]},
        its_meters={NUMBER: [AccountMeter(f"4821000{at}", one) for at, one in enumerate(meters or (Meter(),), 1)]},
        secrets={NUMBER: {"5"}},
        debts={NUMBER: [Debt(124000, NOW.date(), service="электроэнергия")]},
    )


async def test_an_operator_sees_whose_call_it_is_and_what_was_heard_of_the_reading() -> None:
    lines = ("да", "день двенадцать триста сорок пять ночь шесть семьсот восемьдесят девять", "да", "оператора")
    call = await conduct(readings.DIALOGUE, billing(TWO), *lines)
    seen = context(call.caller, topic="показания")
    assert seen.titled == {
        "Телефон": CALLER,
        "Лицевой счёт": NUMBER,
        "Адрес": ADDRESS,
        "Кто звонит": "номер телефона в базе",
        "Тема": "показания",
        "Робот": "Принять показания: позвонивший просит человека или ему нужен человек",
        "Черновик": "день принят 12345, ночь 6789, без подтверждения",
        "Последний вопрос": "Ночь: …. Верно?",
    }
    assert json.loads(json.dumps(seen.data))["dialogues"][0]["heard"] == [
        {
            "serial": "48210001",
            "resource": "electricity",
            "heard": {"day": "12345", "night": "6789"},
            "confirmed": ["day"],
            "missing": [],
        }
    ]


async def test_what_was_never_understood_is_said_to_be_so() -> None:
    call = await conduct(readings.DIALOGUE, billing(TWO), "да", "день двенадцать триста сорок пять", None)
    assert context(call.caller).lines["draft"] == "день 12345, без подтверждения, ночь не разобрана"
    nothing = await conduct(readings.DIALOGUE, billing(TWO), "да", None)
    assert context(nothing.caller).lines["draft"] == "день не разобран, ночь не разобрана"


def test_a_draft_names_its_zones_as_operators_do() -> None:
    heard = HeardMeter("1", "electricity", {"day": "12345"}, ("day",), ("night",))
    assert draft(heard) == "день принят 12345, ночь не разобрана"
    assert draft(HeardMeter("1", "water", {"single": "105"})) == "показания 105, без подтверждения"


async def test_a_reading_stored_later_in_the_call_is_no_draft_any_more() -> None:
    desk, caller = billing(), Caller(CALLER)
    await conduct(readings.DIALOGUE, desk, "да", "12345", None, caller=caller)
    await conduct(readings.DIALOGUE, desk, "12345", "да", caller=caller)
    seen = context(caller).lines
    assert "draft" not in seen
    assert seen["taken"] == "счётчик 48210001: показания 12345"


async def test_two_meters_are_told_apart_in_a_draft() -> None:
    desk = billing(Meter(), Meter())
    call = await conduct(readings.DIALOGUE, desk, "да", "12345", "да", "12346")
    assert call.outcome is None
    seen = context(call.caller).lines
    assert seen["draft"] == "показания 12346, без подтверждения"
    assert seen["taken"] == "счётчик 48210001: показания 12345"
    assert seen["robot"] == "Принять показания: позвонивший положил трубку"


async def test_what_was_agreed_is_told_in_words() -> None:
    caller = Caller(CALLER)
    desk = billing()
    await conduct(balance.DIALOGUE, desk, "да", "5", "так я вчера уже заплатила", caller=caller)
    await conduct(service_request.DIALOGUE, desk, "в пятницу", "да", "нет", caller=caller, inputs={"kind": "check"})
    await conduct(survey.RATING, desk, "два", "долго ждал", caller=caller)
    assert context(caller).lines["result"] == (
        "назван баланс: Электроэнергия 1240.00; говорит, что оплатил 22.03.2026; заявка: проверка; номер заявки 100; "
        "мастер придёт 27.03.2026; оценка 2; причина: «долго ждал»"
    )
    assert context(caller).lines["caller"] == "проверен"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("да", "в пятницу", "да"), "назван долг 1240.00 ₽; обещает оплатить до 27.03.2026"),
        (("да", "я ничего не должен", "нет"), "назван долг 1240.00 ₽; не согласен: «я ничего не должен»"),
        (("никогда больше не звоните",), "просит не звонить вообще"),
    ],
)
async def test_a_call_of_ours_tells_what_came_of_it(lines: tuple[str, ...], words: str) -> None:
    call = await conduct(debt_call.DIALOGUE, billing(), *lines, inputs={"account": NUMBER})
    assert context(call.caller).lines["result"] == words


def test_a_call_nothing_is_known_of_says_just_that() -> None:
    seen = context(Caller(None, said="свет моргает"))
    assert seen.titled == {"Телефон": "скрыт", "Кто звонит": "не подтверждён", "Сказано": "свет моргает"}
    assert json.loads(json.dumps(seen.data)) == {
        "phone": None,
        "account": None,
        "territory": None,
        "linked": [],
        "level": "L0",
        "topic": "",
        "said": "свет моргает",
        "dialogues": [],
    }


def test_a_line_fits_a_glance_and_a_variable() -> None:
    seen = context(Caller(CALLER, said="очень долго " * 100))
    assert len(seen.lines["said"]) <= LONGEST
    assert seen.data["said"] == "очень долго " * 100
    assert set(seen.lines) <= set(TITLES)
    assert all(key.isascii() and key.isidentifier() for key in TITLES)


async def test_whose_telephone_it_is_is_told_while_nobody_has_said_whose_account() -> None:
    call = await conduct(readings.DIALOGUE, billing(), "оператора")
    assert context(call.caller).lines["linked"] == NUMBER
    known = await conduct(readings.DIALOGUE, billing(), "да", "оператора")
    assert "linked" not in context(known.caller).lines
    stranger = await conduct(readings.DIALOGUE, billing(), "нет", "оператора")
    assert "linked" not in context(stranger.caller).lines
