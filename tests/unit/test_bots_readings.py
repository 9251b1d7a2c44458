"""The reading dialogue, caller's words in, stored readings out: what is stored, what is said, and what never is."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from scripted_talk import CALL, CALLER, NOW, NUMBER, Conducted, LinkBroken, conduct
from table_desk import TableDesk

from bots.desk import Account, AccountMeter, KeptDraft, TakenReading
from bots.dialogues.readings import DIALOGUE
from bots.disclosure import Level
from bots.meters import Meter, Zone
from bots.period import Window
from bots.seat import Caller, HouseRules

SINGLE = Meter(5, 1, (Zone("single", 12200, 30, 5.0),))
TWO = Meter(5, 1, (Zone("day", 12200, 30, 5.0), Zone("night", 6700, 30, 2.0)))
THREE = Meter(5, 1, (Zone("peak", 1000, 30, 5.0), Zone("night", 800, 30, 5.0), Zone("half_peak", 2200, 30, 5.0)))
ADDRESS = "г. Бийск, ул. Мерлина, 12, кв. 5"


def billing(*meters: Meter | AccountMeter, outbox: bool = False, away: str = "") -> TableDesk:
    """Billing with one account of these meters."""
    items = [
        one if isinstance(one, AccountMeter) else AccountMeter(f"4821000{at}", one) for at, one in enumerate(meters, 1)
    ]
    return TableDesk(
        accounts=[Account(NUMBER, ADDRESS)],
        phones={CALLER: [NUMBER]},
        its_meters={NUMBER: items},
        outbox=outbox,
        away=frozenset(away.split()),
    )


async def called(
    desk: TableDesk, *lines: str | None, phone: str | None = CALLER, window: Window | None = None, said: str = ""
) -> Conducted:
    return await conduct(DIALOGUE, desk, *lines, caller=Caller(phone, said=said), rules=HouseRules(window=window))


async def test_a_known_caller_passes_a_reading_in_three_answers() -> None:
    desk = billing(SINGLE)
    call = await called(desk, "да", "двенадцать триста сорок пять", "да")
    assert call.name == "accepted"
    assert call.values == [{"single": 12345}]
    assert (desk.stored[0].account, desk.stored[0].flagged, desk.stored[0].call) == (NUMBER, False, CALL)
    asked = ["identify.known_street", "readings.ask.single", "readings.confirm.single"]
    assert call.said == [*asked, "readings.accepted"]


async def test_every_read_back_has_a_key_of_its_own_and_the_confirmed_one_is_stored() -> None:
    desk = billing(SINGLE)
    call = await called(desk, "да", "двенадцать триста сорок пять", "нет, не пять, а шесть", "да")
    assert call.values == [{"single": 12346}]
    assert desk.stored[0].keys == {"single": UUID(int=2)}


async def test_an_unknown_caller_names_the_account_and_hears_no_address() -> None:
    account = "семь ноль ноль двенадцать тридцать четыре пятьдесят шесть семь"
    call = await called(billing(SINGLE), account, "да", "12345", "верно", phone=None)
    assert call.name == "accepted"
    assert call.values == [{"single": 12345}]
    assert not any("Мерлина" in text for text in call.talk.texts)


@pytest.mark.parametrize("say", ["одиннадцать девятьсот", "девяносто девять тысяч", "двадцать две тысячи"])
async def test_less_impossible_and_too_much_sound_the_same(say: str) -> None:
    call = await called(billing(SINGLE), "да", say)
    assert call.said[2:] == ["readings.check", "readings.ask.single"]


async def test_a_reading_too_great_that_is_said_again_is_taken_and_flagged() -> None:
    desk = billing(SINGLE)
    call = await called(desk, "да", "двадцать две тысячи", "двадцать две тысячи", "да")
    assert call.name == "accepted_flagged"
    assert desk.stored[0].flagged
    assert call.values == [{"single": 22000}]


async def test_a_smaller_reading_said_again_goes_to_a_person_and_leaves_a_draft() -> None:
    desk = billing(SINGLE)
    call = await called(desk, "да", "одиннадцать девятьсот", "одиннадцать девятьсот")
    assert call.name == "transferred"
    assert desk.stored == []
    assert [(one.account, one.serial, one.heard) for one in desk.kept] == [(NUMBER, "48210001", {"single": "11900"})]


async def test_three_refused_values_of_an_account_in_a_day_end_at_a_person_whatever_the_call() -> None:
    desk = billing(SINGLE)
    await called(desk, "да", "одиннадцать девятьсот")
    await called(desk, "да", "ноль")
    assert desk.bad == {(NUMBER, NOW.date()): 2}
    call = await called(desk, "да", "девяносто девять тысяч")
    assert (call.name, call.said[-1]) == ("transferred", "readings.to_operator")
    assert call.drafts[-1] == {"single": "99000"}
    again = await called(desk, "да")
    assert (again.name, again.said) == ("transferred", ["identify.known_street", "readings.too_many"])


async def test_nothing_said_tells_the_previous_reading_or_the_consumption() -> None:
    call = await called(
        billing(SINGLE), "да", "одиннадцать девятьсот", "двенадцать триста сорок пять", "нет", "12346", "да"
    )
    told = " ".join(call.talk.texts)
    assert "двенадцать тысяч двести" not in told
    assert "сто сорок пять" not in told


async def test_a_hang_up_before_the_yes_stores_nothing_but_a_draft() -> None:
    call = await called(billing(SINGLE), "да", "двенадцать триста сорок пять")
    assert call.outcome is None
    assert call.values == []
    assert call.drafts == [{"single": "12345"}]


async def test_a_hang_up_before_any_digits_leaves_no_draft() -> None:
    assert (await called(billing(SINGLE), "да")).drafts == []


async def test_accepted_is_said_only_after_the_reading_is_stored() -> None:
    call = await called(billing(SINGLE, away="store_reading"), "да", "двенадцать триста сорок пять", "да")
    assert call.name == "billing_away"
    assert call.outcome is not None
    assert call.outcome.heard[0].heard == {"single": "12345"}
    assert call.drafts == [{"single": "12345"}]
    assert "readings.accepted" not in call.said
    assert call.said[-1] == "readings.not_stored"


async def test_a_reading_in_the_outbox_is_announced_as_such() -> None:
    call = await called(billing(SINGLE, outbox=True), "да", "двенадцать триста сорок пять", "да")
    assert call.name == "accepted"
    assert call.said[-1] == "readings.accepted_outbox"


@pytest.mark.parametrize("away", ["accounts_by_phone", "meters", "*"])
async def test_billing_away_before_the_reading_is_said_honestly(away: str) -> None:
    call = await called(billing(SINGLE, away=away), "да")
    assert (call.name, call.said[-1]) == ("billing_away", "talk.billing_away")


@pytest.mark.parametrize("away", ["taken", "drafts", "bad_tries", "note_bad_try"])
async def test_what_only_spares_questions_may_be_away(away: str) -> None:
    desk = billing(SINGLE, away=away)
    call = await called(desk, "да", "одиннадцать девятьсот", "двенадцать триста сорок пять", "да")
    assert call.name == "accepted"


async def test_a_draft_that_cannot_be_kept_does_not_lose_the_call() -> None:
    call = await called(billing(SINGLE, away="keep_draft"), "да", "12345", "оператора")
    assert call.name == "transferred"
    assert call.outcome is not None
    assert call.outcome.heard[0].heard == {"single": "12345"}


@pytest.mark.parametrize(("say", "breaks_at"), [("12345", "readings.confirm.single"), ("11900", "readings.check")])
async def test_a_telephone_that_breaks_leaves_the_draft_to_the_operators(say: str, breaks_at: str) -> None:
    desk, caller = billing(SINGLE), Caller(CALLER)
    with pytest.raises(LinkBroken):
        await conduct(DIALOGUE, desk, "да", say, caller=caller, breaks_at=breaks_at)
    assert [one.heard for one in desk.kept] == [{"single": say}]
    assert desk.stored == []
    assert caller.outcomes[-1].name == "broken_off"


async def test_both_zones_in_one_breath() -> None:
    desk = billing(TWO)
    line = "день двенадцать триста сорок пять ночь шесть семьсот восемьдесят девять"
    call = await called(desk, "да", line, "да", "да")
    assert call.name == "accepted"
    assert call.values == [{"day": 12345, "night": 6789}]
    assert len(set(desk.stored[0].keys.values())) == 2


async def test_zones_asked_one_after_the_other() -> None:
    lines = ("двенадцать триста сорок пять", "тэ два шесть семьсот восемьдесят девять", "да", "да")
    call = await called(billing(TWO), "да", *lines)
    assert call.values == [{"day": 12345, "night": 6789}]


async def test_three_zones_by_name_in_any_order() -> None:
    call = await called(billing(THREE), "да", "пик тысяча сто, полупик две триста, ночь девятьсот", "да", "да", "да")
    assert call.values == [{"peak": 1100, "night": 900, "half_peak": 2300}]


async def test_three_zones_asked_by_name_when_one_is_missing() -> None:
    call = await called(billing(THREE), "да", "тэ один тысяча сто, тэ два девятьсот", "две триста", "да", "да", "да")
    assert call.talk.said[1:3] == ["readings.ask.peak", "readings.ask.half_peak"]
    assert call.values == [{"peak": 1100, "night": 900, "half_peak": 2300}]


async def test_a_meter_that_went_through_zero_is_taken_with_a_flag() -> None:
    desk = billing(Meter(5, 1, (Zone("single", 99980, 30, 5.0),)))
    call = await called(desk, "да", "ноль ноль ноль сорок два", "да")
    assert (call.name, call.values, desk.stored[0].flagged) == ("accepted_flagged", [{"single": 42}], True)


async def test_day_and_night_the_wrong_way_round_are_turned_after_a_yes() -> None:
    lines = ("день шесть семьсот восемьдесят девять ночь двенадцать триста", "да", "да", "да")
    call = await called(billing(TWO), "да", *lines)
    assert call.values == [{"day": 12300, "night": 6789}]
    assert "readings.swapped" in call.said


async def test_the_same_as_last_month_is_stored_without_being_spoken() -> None:
    call = await called(billing(SINGLE), "да", "столько же", "да")
    assert call.values == [{"single": 12200}]
    assert not any("двенадцать тысяч двести" in text for text in call.talk.texts)


async def test_a_refused_read_back_is_read_digit_by_digit_the_next_time() -> None:
    call = await called(billing(SINGLE), "да", "12345", "нет", "12346", "да")
    assert call.said[-2:] == ["readings.spell.single", "readings.accepted"]
    assert call.talk.texts[-2] == "Показания, по цифрам: один два три, четыре шесть. Верно?"


async def test_who_wants_a_person_gets_one_and_the_draft_stays() -> None:
    call = await called(billing(SINGLE), "да", "12345", "с роботом не разговариваю, девушку позовите")
    assert call.name == "transferred"
    assert call.drafts == [{"single": "12345"}]


async def test_who_asks_whether_this_is_a_robot_is_told_so_and_goes_on() -> None:
    call = await called(billing(SINGLE), "да", "вы робот?", "12345", "да")
    assert call.name == "accepted"
    assert call.said[2] == "talk.robot"


async def test_who_is_never_understood_gets_no_match() -> None:
    assert (await called(billing(SINGLE), "да", None)).name == "no_match"


async def test_every_meter_of_an_account_is_asked_by_its_resource() -> None:
    water = AccountMeter("77001122", Meter(5, 3, (Zone("single", 100, 30, 0.3),)), resource="water")
    call = await called(billing(SINGLE, water), "да", "12345", "да", "сто пять", "да")
    assert call.name == "accepted"
    assert [reading.serial for reading in call.desk.stored] == ["48210001", "77001122"]
    assert [key for key in call.said if "meter" in key] == ["readings.meter.electricity", "readings.meter.water"]


async def test_a_meter_whose_reading_the_caller_does_not_know_is_passed_over() -> None:
    call = await called(billing(SINGLE, SINGLE), "да", "не знаю", "12345", "да")
    assert call.name == "accepted"
    assert [reading.serial for reading in call.desk.stored] == ["48210002"]


async def test_an_account_without_meters_goes_to_a_person() -> None:
    assert (await called(billing(), "да")).name == "no_meters"


@pytest.mark.parametrize(("say", "name"), [("нет", "smart_meter"), ("да", "transferred")])
async def test_a_smart_meter_needs_no_dictation(say: str, name: str) -> None:
    call = await called(billing(AccountMeter("1", SINGLE, smart=True)), "да", say)
    assert (call.name, call.said[1]) == (name, "readings.smart")


async def test_outside_the_window_readings_count_for_the_next_period() -> None:
    call = await called(billing(SINGLE), "да", "12345", "да", window=Window(1, 20))
    assert call.name == "accepted"
    assert call.said[-1] == "readings.next_period"


async def test_a_supplier_may_refuse_outside_the_window_and_says_from_when_it_takes_them() -> None:
    call = await called(billing(SINGLE), "да", window=Window(28, 31, late="reject"))
    assert call.name == "refused_window"
    assert call.talk.texts[-1] == "Показания принимаем с двадцать восьмого марта. Позвоните, пожалуйста, тогда."


async def test_a_meter_has_the_window_of_its_own_provider() -> None:
    strict = Window(28, 31, late="reject")
    water = AccountMeter("77001122", Meter(5, 3, (Zone("single", 100, 30, 0.3),)), resource="water", window=strict)
    call = await called(billing(SINGLE, water), "да", "12345", "да")
    assert (call.name, call.values) == ("accepted", [{"single": 12345}])
    assert call.said[-1] == "readings.window_closed"


async def test_what_was_said_to_the_open_question_is_the_first_answer() -> None:
    call = await called(billing(SINGLE), "да", "да", said="показания двенадцать триста")
    assert (call.name, call.values) == ("accepted", [{"single": 12300}])
    assert call.said[1] == "readings.confirm.single"


@pytest.mark.parametrize("said", ["передать одиннадцать девятьсот", "показания за квартиру пять", "за март 2026 года"])
async def test_a_number_in_the_open_answer_that_cannot_be_the_reading_is_not_held_against_the_caller(said: str) -> None:
    desk = billing(SINGLE)
    call = await called(desk, "да", "12345", "да", said=said)
    assert call.said[1] == "readings.ask.single"
    assert (call.values, desk.bad) == ([{"single": 12345}], {})
    assert call.caller.said == said


async def test_who_has_proved_who_they_are_hears_how_much_they_would_have_used() -> None:
    desk = billing(SINGLE)
    caller = Caller(CALLER, desk.accounts[0], Level.L2)
    call = await conduct(DIALOGUE, desk, "двадцать две тысячи", "да", caller=caller)
    said = "Показания: двадцать две тысячи. Расход девять тысяч восемьсот, это много. Верно?"
    assert call.talk.texts[1] == said
    assert (call.name, call.values) == ("accepted_flagged", [{"single": 22000}])


async def test_a_supplier_may_want_a_person_sooner() -> None:
    rules = HouseRules(refused_a_day=2)
    call = await conduct(DIALOGUE, billing(SINGLE), "да", "одиннадцать девятьсот", "ноль", rules=rules)
    assert call.name == "transferred"


async def test_a_reading_said_to_the_open_question_is_a_draft_if_the_caller_leaves_at_a_question_between() -> None:
    desk = billing(SINGLE)
    desk.its_taken = [(NUMBER, TakenReading("48210001", {"single": 12250}, NOW - timedelta(hours=1), "sms"))]
    call = await called(desk, "да", said="показания двенадцать триста")
    assert call.said[-1] == "readings.sent_today"
    assert call.drafts == [{"single": "12300"}]


async def test_a_second_submission_on_the_same_day_replaces_the_first_after_a_yes() -> None:
    desk = billing(SINGLE)
    desk.its_taken = [(NUMBER, TakenReading("48210001", {"single": 12250}, NOW - timedelta(hours=1), "sms"))]
    call = await called(desk, "да", "да", "12345", "да")
    assert call.said[1] == "readings.sent_today"
    assert call.values == [{"single": 12345}]


async def test_the_earlier_reading_of_the_period_is_kept_after_a_no_and_never_spoken() -> None:
    desk = billing(SINGLE)
    desk.its_taken = [(NUMBER, TakenReading("48210001", {"single": 12250}, NOW - timedelta(days=3), "sms"))]
    call = await called(desk, "да", "нет")
    assert (call.name, call.values) == ("already_sent", [])
    assert call.talk.texts[1] == "Показания от двадцатого марта уже приняты. Заменить их новыми?"


async def test_a_stranger_is_not_told_when_a_reading_came() -> None:
    desk = billing(SINGLE)
    desk.its_taken = [(NUMBER, TakenReading("48210001", {"single": 12250}, NOW - timedelta(days=3), "sms"))]
    call = await called(desk, NUMBER, "да", "нет", phone=None)
    assert call.said[2] == "readings.sent"


async def test_a_reading_of_last_period_is_no_second_submission() -> None:
    desk = billing(SINGLE)
    desk.its_taken = [(NUMBER, TakenReading("48210001", {"single": 12200}, NOW - timedelta(days=30), "sms"))]
    assert (await called(desk, "да", "12345", "да")).name == "accepted"


async def test_a_broken_off_reading_is_taken_up_again_within_half_an_hour() -> None:
    desk = billing(TWO)
    desk.its_drafts = [KeptDraft(NUMBER, "48210001", {"day": "12345"}, NOW - timedelta(minutes=10))]
    call = await called(desk, "да", "да", "шесть семьсот восемьдесят девять", "да", "да")
    assert call.said[1:3] == ["readings.resume", "readings.ask.night"]
    assert call.values == [{"day": 12345, "night": 6789}]


@pytest.mark.parametrize("draft", [{"single": "11900"}, {"night": "12345"}, {"single": "сто"}, {}])
async def test_a_draft_that_cannot_be_right_is_not_offered(draft: dict[str, str]) -> None:
    desk = billing(SINGLE)
    desk.its_drafts = [KeptDraft(NUMBER, "48210001", draft, NOW - timedelta(minutes=10))]
    assert "readings.resume" not in (await called(desk, "да", "12345", "да")).said


async def test_a_stranger_is_not_offered_what_somebody_else_dictated() -> None:
    desk = billing(SINGLE)
    desk.its_drafts = [KeptDraft(NUMBER, "48210001", {"single": "12345"}, NOW - timedelta(minutes=10))]
    assert "readings.resume" not in (await called(desk, NUMBER, "да", "12346", "да", phone=None)).said


async def test_an_old_draft_is_not_offered() -> None:
    desk = billing(SINGLE)
    desk.its_drafts = [KeptDraft(NUMBER, "48210001", {"single": "12345"}, NOW - timedelta(minutes=31))]
    assert "readings.resume" not in (await called(desk, "да", "12346", "да")).said


async def test_who_is_known_already_is_not_asked_again() -> None:
    desk = billing(SINGLE)
    first = await called(desk, "да", "12345", "да")
    again = await conduct(DIALOGUE, desk, "12346", "да", caller=first.caller)
    assert again.said[0] == "readings.ask.single"


async def test_no_caller_is_asked_for_ever() -> None:
    for lines in (
        ["примерно двенадцать тысяч"] * 20,
        ["двенадцать триста сорок пять", "нет"] * 20,
        ["12345", *["не знаю"] * 20],
        ["вы робот?"] * 20,
    ):
        desk = billing(SINGLE)
        assert (await called(desk, "да", *lines)).name == "no_match"
        assert desk.stored == []


async def test_the_shortest_good_call_is_short() -> None:
    call = await called(billing(SINGLE), "да", "двенадцать триста сорок пять", "да")
    greeting_and_topic = 8.0
    assert call.talk.turns <= 3
    assert call.talk.seconds + greeting_and_topic <= 25


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Asia/Kamchatka", date(2026, 3, 24)), ("", NOW.date()), ("Марс", NOW.date()), ("../x", NOW.date())],
)
def test_a_day_is_that_of_the_service_address(zone: str, day: date) -> None:
    late = NOW.replace(hour=20)
    assert HouseRules().day(late, Account(NUMBER, ADDRESS, time_zone=zone)) == day


def test_a_window_to_the_31st_is_open_on_the_last_day_of_february() -> None:
    assert Window(31, 31).open_on(date(2026, 2, 28))
    assert not Window(15, 26).open_on(date(2026, 2, 27))
