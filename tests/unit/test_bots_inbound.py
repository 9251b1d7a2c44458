"""Balance, outages, «дошли ли показания» and requests for a visit: what is told, to whom, and what comes of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from scripted_talk import CALLER, NOW, NUMBER, conduct
from table_desk import TableDesk

from bots.desk import Account, AccountMeter, Debt, Outage, ServiceRequest, TakenReading
from bots.dialogues import balance, outages, service_request, submitted
from bots.meters import Meter, Zone
from bots.seat import Caller, HouseRules

TODAY = NOW.date()
TWO = Meter(5, 1, (Zone("day", 12200), Zone("night", 6700)))


def billing(away: str = "") -> TableDesk:
    return TableDesk(
        accounts=[Account(NUMBER, "г. Бийск, ул. Мерлина, 12, кв. 5")],
        phones={CALLER: [NUMBER]},
        its_meters={NUMBER: [AccountMeter("48210001", Meter())]},
        secrets={NUMBER: {"5", "0001"}},
        away=frozenset(away.split()),
    )


# -- balance ----------------------------------------------------------------------------------------------------------


async def test_a_debt_is_told_after_a_secret_and_not_before() -> None:
    desk = billing()
    desk.debts = {NUMBER: [Debt(124050, TODAY)]}
    call = await conduct(balance.DIALOGUE, desk, "да", "пять", "нет")
    assert call.name == "told"
    told = "К оплате одна тысяча двести сорок рублей пятьдесят копеек."
    assert call.talk.texts[1:] == [
        "Для проверки назовите номер квартиры или последние четыре цифры номера счётчика.",
        told,
        "Повторить? Если уже оплатили, так и скажите.",
    ]
    refused = await conduct(balance.DIALOGUE, desk, "да", "1", "2", "3")
    assert refused.name == "not_proved"
    assert not any("рубл" in text for text in refused.talk.texts)


@pytest.mark.parametrize(
    ("debts", "told"),
    [
        ([Debt(0, TODAY)], ["Долга нет."]),
        ([Debt(-5000, TODAY)], ["Долга нет, переплата пятьдесят рублей."]),
        (
            [Debt(100000, TODAY, penalty_kopecks=2000)],
            ["К оплате одна тысяча двадцать рублей.", "Из них пени двадцать рублей."],
        ),
        (
            [Debt(100000, TODAY, service="электроэнергия"), Debt(20000, TODAY, service="вывоз мусора")],
            [
                "Электроэнергия: одна тысяча рублей.",
                "Вывоз мусора: двести рублей.",
                "Всего к оплате одна тысяча двести рублей.",
            ],
        ),
        (
            [Debt(100000, TODAY, principal="Энергосбыт"), Debt(-20000, TODAY, principal="Водоканал"), Debt(0, TODAY)],
            ["Энергосбыт: одна тысяча рублей.", "Водоканал: переплата двести рублей.", "Начислено: долга нет."],
        ),
        (
            [Debt(100000, TODAY - timedelta(days=3))],
            [
                "К оплате одна тысяча рублей.",
                "Это на двадцатое марта, последние платежи могли ещё не дойти.",
            ],
        ),
    ],
)
async def test_sums_are_told_by_provider_and_an_overpayment_pays_no_other_debt(
    debts: list[Debt], told: list[str]
) -> None:
    desk = billing()
    desk.debts = {NUMBER: debts}
    call = await conduct(balance.DIALOGUE, desk, "да", "пять", "нет")
    assert call.name == "told"
    assert [text for text in call.talk.texts[2:] if not text.startswith("Повторить?")] == told


async def test_the_sum_is_repeated_when_asked() -> None:
    desk = billing()
    desk.debts = {NUMBER: [Debt(124050, TODAY)]}
    call = await conduct(balance.DIALOGUE, desk, "да", "пять", "да", "нет")
    assert call.said.count("balance.due") == 2


@pytest.mark.parametrize(
    ("say", "name", "fact"),
    [
        ("так я вчера уже заплатила", "already_paid", ("paid_on", "2026-03-22")),
        ("я ничего не должен", "dispute", ("dispute", "я ничего не должен")),
    ],
)
async def test_who_has_paid_or_disputes_is_not_argued_with(say: str, name: str, fact: tuple[str, str]) -> None:
    desk = billing()
    desk.debts = {NUMBER: [Debt(124050, TODAY)]}
    call = await conduct(balance.DIALOGUE, desk, "да", "пять", say)
    assert call.name == name
    assert call.outcome is not None
    assert fact in call.outcome.facts.items()


async def test_an_account_nothing_is_known_of_goes_to_a_person() -> None:
    assert (await conduct(balance.DIALOGUE, billing(), "да", "пять")).name == "unknown"


@pytest.mark.parametrize("away", ["accounts_by_phone", "check_secret", "debt"])
async def test_billing_away_is_said_in_a_talk_about_money(away: str) -> None:
    call = await conduct(balance.DIALOGUE, billing(away), "да", "пять")
    assert (call.name, call.said[-1]) == ("billing_away", "talk.billing_away")


# -- outages ----------------------------------------------------------------------------------------------------------


def outage(since: datetime, until: datetime | None, reason: str = "авария на линии") -> Outage:
    return Outage("Бийск", ("Мерлина",), reason, since, until, planned=since > NOW)


@pytest.mark.parametrize(
    ("found", "name", "told"),
    [
        (
            outage(NOW - timedelta(hours=1), NOW + timedelta(hours=2)),
            "told",
            "По вашему адресу отключение: авария на линии. Включить обещают до восемнадцати часов.",
        ),
        (
            outage(NOW - timedelta(hours=1), NOW + timedelta(hours=20)),
            "told",
            "По вашему адресу отключение: авария на линии. "
            "Включить обещают во вторник, двадцать четвёртого марта, до двенадцати часов.",
        ),
        (
            outage(NOW - timedelta(hours=1), None, ""),
            "told",
            "По вашему адресу отключение: ремонтные работы. Бригада работает, срок пока неизвестен.",
        ),
        (
            outage(datetime(2026, 3, 25, 2, tzinfo=UTC), datetime(2026, 3, 25, 10, tzinfo=UTC), "замена опор"),
            "told_planned",
            "В среду, двадцать пятого марта, с девяти часов до семнадцати часов по вашему адресу плановое отключение: "
            "замена опор.",
        ),
    ],
)
async def test_an_outage_is_told_in_the_time_of_the_house(found: Outage, name: str, told: str) -> None:
    desk = billing()
    desk.its_outages = {NUMBER: [found]}
    rules = HouseRules(zone=ZoneInfo("Asia/Barnaul"))
    call = await conduct(outages.DIALOGUE, desk, "да", rules=rules)
    assert (call.name, call.talk.texts[-1]) == (name, told)


async def test_an_outage_that_is_over_is_not_told() -> None:
    desk = billing()
    desk.its_outages = {NUMBER: [outage(NOW - timedelta(hours=3), NOW - timedelta(hours=1))]}
    call = await conduct(outages.DIALOGUE, desk, "да", "нет")
    assert (call.name, call.said[-1]) == ("none_known", "outages.none")


async def test_who_is_in_the_dark_without_a_known_outage_may_have_a_person() -> None:
    assert (await conduct(outages.DIALOGUE, billing(), "да", "да")).name == "transferred"


async def test_a_stranger_may_ask_for_outages_without_a_secret() -> None:
    call = await conduct(outages.DIALOGUE, billing(), NUMBER, "да", "нет", phone=None)
    assert call.name == "none_known"


# -- submitted --------------------------------------------------------------------------------------------------------


def taken(values: Mapping[str, int], days: int = 3, *, delivered: bool = True) -> tuple[str, TakenReading]:
    reading = TakenReading("48210001", values, NOW - timedelta(days=days), "sms", delivered)  # type: ignore[arg-type]
    return NUMBER, reading


async def test_readings_that_came_are_told_with_their_day_and_not_their_digits() -> None:
    desk = billing()
    desk.its_taken = [taken({"single": 12345})]
    call = await conduct(submitted.DIALOGUE, desk, "да")
    assert (call.name, call.talk.texts[-1]) == ("came", "Показания от двадцатого марта приняты.")


async def test_the_digits_of_readings_are_told_to_who_has_proved_who_they_are() -> None:
    desk = billing()
    desk.its_meters = {NUMBER: [AccountMeter("48210001", TWO)]}
    desk.its_taken = [taken({"day": 12345, "night": 6789}, delivered=False)]
    call = await conduct(submitted.DIALOGUE, desk, NUMBER, "да", "пять", phone=None)
    assert call.talk.texts[-3:] == [
        "Показания от двадцатого марта записаны и проходят проверку.",
        "День: двенадцать тысяч триста сорок пять.",
        "Ночь: шесть тысяч семьсот восемьдесят девять.",
    ]


@pytest.mark.parametrize(("say", "name"), [("да", "wants_readings"), ("нет", "missing")])
async def test_missing_readings_may_be_passed_at_once(say: str, name: str) -> None:
    desk = billing()
    desk.its_taken = [taken({"single": 12345}, days=30)]
    call = await conduct(submitted.DIALOGUE, desk, "да", say)
    assert (call.name, call.said[1]) == (name, "submitted.none")


async def test_each_meter_is_told_of() -> None:
    desk = billing()
    desk.its_meters[NUMBER].append(AccountMeter("77001122", Meter(5, 3), resource="water"))
    desk.its_taken = [taken({"single": 12345})]
    call = await conduct(submitted.DIALOGUE, desk, "да", "нет")
    assert call.name == "missing"
    assert call.said[1:5] == [
        "submitted.meter.electricity",
        "submitted.came",
        "submitted.meter.water",
        "submitted.none",
    ]


# -- requests ---------------------------------------------------------------------------------------------------------


async def test_a_visit_is_asked_for_and_its_number_told_and_repeated() -> None:
    desk = billing()
    call = await conduct(service_request.DIALOGUE, desk, "да", "опломбировать счётчик", "в пятницу", "да", "да", "нет")
    assert call.name == "opened"
    assert call.talk.texts[3] == "Опломбировка счётчика, в пятницу, двадцать седьмого марта. Оформляем?"
    assert call.said.count("request.opened") == 2
    assert call.outcome is not None
    assert call.outcome.facts == {"kind": "sealing", "request": "100", "planned_on": "2026-03-27"}
    assert [one.planned_on for one in desk.opened.values()] == [date(2026, 3, 27)]


async def test_a_day_out_of_reach_is_asked_again_and_then_left_to_the_fitter() -> None:
    lines = ("да", "сегодня", "через год", "да", "нет")
    call = await conduct(service_request.DIALOGUE, billing(), *lines, inputs={"kind": "check"})
    assert call.name == "opened"
    assert call.talk.texts[2] == "Записать можно с двадцать четвёртого марта и не дальше чем на шестьдесят дней вперёд."
    assert "request.confirm_any.check" in call.said


@pytest.mark.parametrize("say", ["не знаю", "мне всё равно", "в любой день"])
async def test_a_caller_to_whom_any_day_is_good_need_not_choose(say: str) -> None:
    lines = ("да", say, "да", "нет")
    call = await conduct(service_request.DIALOGUE, billing(), *lines, inputs={"kind": "replacement"})
    assert (call.name, call.said[2]) == ("opened", "request.any_day")


async def test_a_no_changes_the_day_and_a_second_one_ends_it_with_nothing_made() -> None:
    desk = billing()
    lines = ("да", "в пятницу", "нет", "в понедельник", "нет")
    call = await conduct(service_request.DIALOGUE, desk, *lines, inputs={"kind": "sealing"})
    assert (call.name, desk.opened) == ("declined", {})


async def test_a_hang_up_before_the_yes_makes_no_request() -> None:
    desk = billing()
    call = await conduct(service_request.DIALOGUE, desk, "да", "в пятницу", inputs={"kind": "sealing"})
    assert (call.outcome, desk.opened) == (None, {})


async def test_an_open_request_is_told_of_before_another_is_made() -> None:
    desk = billing()
    desk.its_requests = [ServiceRequest("77", NUMBER, "sealing", "in_work", NOW, date(2026, 3, 26))]
    call = await conduct(service_request.DIALOGUE, desk, "да", "нет", inputs={"kind": "sealing"})
    assert (call.name, desk.opened) == ("status_told", {})
    said = "У вас уже есть заявка номер семь семь, мастер придёт в четверг, двадцать шестого марта. Оформить ещё одну?"
    assert call.talk.texts[-1] == said


async def test_a_request_that_is_done_is_no_reason_to_ask() -> None:
    desk = billing()
    desk.its_requests = [ServiceRequest("77", NUMBER, "sealing", "done", NOW)]
    call = await conduct(service_request.DIALOGUE, desk, "да", "в пятницу", "да", "нет", inputs={"kind": "sealing"})
    assert call.name == "opened"


async def test_of_two_meters_the_caller_says_which() -> None:
    desk = billing()
    desk.its_meters[NUMBER].append(AccountMeter("77001122", Meter(5, 3), resource="water"))
    lines = ("да", "вода", "в пятницу", "да", "нет")
    call = await conduct(service_request.DIALOGUE, desk, *lines, inputs={"kind": "check"})
    assert call.name == "opened"
    assert "Вода, счётчик на один один два два" in call.talk.texts[1]


@pytest.mark.parametrize("away", ["requests", "meters", "open_request"])
async def test_billing_away_makes_no_promise_of_a_visit(away: str) -> None:
    call = await conduct(service_request.DIALOGUE, billing(away), "да", "в пятницу", "да", inputs={"kind": "sealing"})
    assert (call.name, call.said[-1]) == ("billing_away", "talk.billing_away")


async def test_a_visit_is_not_asked_for_by_strangers() -> None:
    call = await conduct(service_request.DIALOGUE, billing(), NUMBER, "да", "1", "2", "3", phone=None)
    assert call.name == "not_proved"


async def test_what_was_said_besides_goes_with_the_request() -> None:
    caller = Caller(CALLER, said="счётчик трещит")
    call = await conduct(
        service_request.DIALOGUE, billing(), "да", "в пятницу", "да", "нет", caller=caller, inputs={"kind": "check"}
    )
    assert (call.name, caller.said) == ("opened", "")


async def test_how_requests_stand_is_told_newest_first() -> None:
    desk = billing()
    desk.its_requests = [
        ServiceRequest("78", NUMBER, "check", "in_work", NOW, date(2026, 3, 26)),
        ServiceRequest("77", NUMBER, "sealing", "done", NOW),
    ]
    call = await conduct(service_request.DIALOGUE, desk, "да", "нет", inputs={"about": "status"})
    assert (call.name, desk.opened) == ("status_told", {})
    assert call.talk.texts[1:] == [
        "Заявка номер семь восемь, мастер придёт в четверг, двадцать шестого марта.",
        "Заявка номер семь семь, выполнена.",
        "Оформить ещё одну заявку?",
    ]


@pytest.mark.parametrize(
    ("lines", "name"), [(("нет",), "status_told"), (("да", "проверить", "завтра", "да", "нет"), "opened")]
)
async def test_who_asks_after_requests_and_has_none_may_make_one(lines: tuple[str, ...], name: str) -> None:
    call = await conduct(service_request.DIALOGUE, billing(), "да", *lines, inputs={"about": "status"})
    assert (call.name, call.said[1]) == (name, "request.none")


async def test_what_was_said_to_the_open_question_names_the_kind_of_visit() -> None:
    caller = Caller(CALLER, said="хочу опломбировать счётчик")
    call = await conduct(service_request.DIALOGUE, billing(), "да", "завтра", "да", "нет", caller=caller)
    assert (call.name, call.said[1]) == ("opened", "request.day")
