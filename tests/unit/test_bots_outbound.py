"""The calls that we make: the robot's notice first, nothing told to a stranger, «не звоните» honoured anywhere."""

from datetime import date, time
from decimal import Decimal

import pytest
from scripted_talk import CALLER, NUMBER, Conducted, conduct
from table_desk import TableDesk

from bots.catalogue import DIALOGUES
from bots.desk import Account, AccountMeter, Debt
from bots.dialogue import BadInput, Dialogue, Input
from bots.dialogues import debt_call, outage_call, reminder_call, survey, visit_call
from bots.disclosure import Level
from bots.meters import Meter, Zone
from bots.understanding.clauses import clause, sentence
from ivr.call.phone import Utterance
from ivr.call.text_phone import speaking_seconds

METER = Meter(5, 1, (Zone("single", 12200, 30, 5.0),))
INPUTS: dict[str, dict[str, object]] = {
    "debt_call": {"account": NUMBER, "period": "за февраль"},
    "reminder_call": {"account": NUMBER},
    "outage_call": {"day": "25.03.2026", "from": "9:00", "until": "17:00", "reason": "замена опор"},
    "survey": {"kind": "nps"},
    "visit_call": {"day": "25.03.2026", "from": "9:00", "until": "12:00", "what": "замена счётчика"},
}
OUTBOUND = [one for one in DIALOGUES.values() if one.outbound]


def billing(*debts: Debt, away: str = "", smart: bool = False) -> TableDesk:
    return TableDesk(
        accounts=[Account(NUMBER, "г. Бийск, ул. Мерлина, 12, кв. 5")],
        phones={CALLER: [NUMBER]},
        its_meters={NUMBER: [AccountMeter("48210001", METER, smart=smart)]},
        debts={NUMBER: list(debts)},
        away=frozenset(away.split()),
    )


OWED = Debt(124000, date(2026, 3, 20))


async def rung(
    dialogue: Dialogue, *lines: str | None, desk: TableDesk | None = None, silent: bool = False, **inputs: object
) -> Conducted:
    given = {**INPUTS[dialogue.name], **inputs}
    return await conduct(dialogue, desk or billing(OWED), *lines, inputs=given, silent=silent)


# -- all of them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialogue", OUTBOUND, ids=lambda one: one.name)
async def test_a_robot_says_that_it_is_one_within_five_seconds(dialogue: Dialogue) -> None:
    call = await rung(dialogue)
    assert call.said[0] == "outbound.greeting"
    before, _, _ = call.talk.texts[0].partition("компании")
    assert "робот" in before
    assert speaking_seconds(Utterance(before, (), 0.0)) < 5


@pytest.mark.parametrize("dialogue", OUTBOUND, ids=lambda one: one.name)
async def test_the_first_question_offers_to_be_called_no_more_by_voice_and_key(dialogue: Dialogue) -> None:
    call = await rung(dialogue)
    assert "не звонили, нажмите девять" in call.talk.texts[1]
    assert call.talk.questions[0].outbound


@pytest.mark.parametrize("dialogue", OUTBOUND, ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("say", "name", "told", "scope"),
    [
        ("не звоните мне больше", "opt_out", "outbound.opted_out", "type"),
        ("никогда мне больше не звоните", "opt_out", "outbound.opted_out_of_all", "all"),
        ("он тут больше не живёт, не звоните", "wrong_person", "outbound.wrong_person", "type"),
        ("вы ошиблись номером", "wrong_person", "outbound.wrong_person", None),
        ("он умер", "deceased", "outbound.deceased", None),
    ],
)
async def test_who_wants_no_calls_hears_that_there_will_be_none(
    dialogue: Dialogue, say: str, name: str, told: str, scope: str | None
) -> None:
    call = await rung(dialogue, say)
    assert (call.name, call.said[-1]) == (name, told)
    assert call.outcome is not None
    assert call.outcome.facts.get("opt_out") == scope


@pytest.mark.parametrize("dialogue", OUTBOUND, ids=lambda one: one.name)
async def test_who_wants_a_person_gets_one_from_any_call(dialogue: Dialogue) -> None:
    assert (await rung(dialogue, "соедините с оператором")).name == "transferred"


@pytest.mark.parametrize("dialogue", [debt_call.DIALOGUE, reminder_call.DIALOGUE, survey.SURVEY])
async def test_silence_is_no_consent(dialogue: Dialogue) -> None:
    call = await rung(dialogue, silent=True)
    assert (call.name, call.said[-1]) == ("no_answer", "outbound.no_answer")


@pytest.mark.parametrize("dialogue", [debt_call.DIALOGUE, reminder_call.DIALOGUE])
async def test_billing_away_ends_a_call_of_ours_politely(dialogue: Dialogue) -> None:
    call = await rung(dialogue, desk=billing(OWED, away="*"))
    assert (call.name, call.said[-1]) == ("billing_away", "outbound.billing_away")


@pytest.mark.parametrize("dialogue", [debt_call.DIALOGUE, reminder_call.DIALOGUE])
async def test_an_account_billing_does_not_know_is_told_nothing(dialogue: Dialogue) -> None:
    call = await rung(dialogue, desk=TableDesk())
    assert (call.name, call.said) == ("no_account", ["outbound.greeting", "outbound.sorry"])


# -- debt -------------------------------------------------------------------------------------------------------------


async def test_a_promise_to_pay_is_written_down_after_a_yes() -> None:
    call = await rung(debt_call.DIALOGUE, "да", "в пятницу после зарплаты оплачу", "да")
    assert call.name == "promise"
    assert call.outcome is not None
    assert (call.outcome.facts["promise"], call.outcome.level) == ("2026-03-27", Level.L1D)
    assert "По этому счёту долг за февраль: одна тысяча двести сорок рублей." in call.talk.texts
    assert "Записываю: оплатите до двадцать седьмого марта. Верно?" in call.talk.texts
    assert call.said[-1] == "outbound.goodbye"


@pytest.mark.parametrize("say", ["нет", "не знаю", "его нет дома", "какой ещё счёт"])
async def test_no_sum_is_told_before_the_owner_says_yes(say: str) -> None:
    call = await rung(debt_call.DIALOGUE, say, say, say)
    assert call.name in ("not_owner", None, "no_answer")
    assert not any("рубл" in text or "долг" in text.lower() for text in call.talk.texts)


async def test_a_debt_that_was_paid_meanwhile_is_not_asked_for() -> None:
    call = await rung(debt_call.DIALOGUE, "да", desk=billing(Debt(-100, date(2026, 3, 20))))
    assert (call.name, call.said[-2]) == ("no_debt", "debt_call.no_debt")


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("да", "так я вчера уже заплатила"), "already_paid"),
        (("да", "я ничего не должен", "нет"), "dispute"),
        (("да", "я ничего не должен", "да"), "transferred"),
        (("да", "не буду платить"), "refuses"),
        (("да", "нечем мне платить"), "refuses"),
        (("да", "нет"), "refuses"),
        (("да", "не знаю", "не знаю", "не знаю"), "told"),
        (("да", None), "told"),
        (("я уже оплатила",), "already_paid"),
        (("мне сейчас некогда",), "later"),
    ],
)
async def test_a_talk_about_a_debt_may_end_in_many_ways(lines: tuple[str | None, ...], name: str) -> None:
    call = await rung(debt_call.DIALOGUE, *lines)
    assert call.name == name
    assert call.outcome is not None
    assert "promise" not in call.outcome.facts


async def test_a_promise_too_far_ahead_is_none() -> None:
    call = await rung(debt_call.DIALOGUE, "да", "через полгода оплачу", "через два месяца", "завтра", "да")
    assert call.name == "promise"
    assert "debt_call.too_late" in call.said


async def test_a_promise_that_was_misheard_is_asked_again() -> None:
    call = await rung(debt_call.DIALOGUE, "да", "завтра", "нет", "послезавтра", "да")
    assert call.outcome is not None
    assert call.outcome.facts["promise"] == "2026-03-25"


async def test_the_day_of_a_payment_already_made_is_kept() -> None:
    call = await rung(debt_call.DIALOGUE, "да", "так я вчера уже заплатила")
    assert call.outcome is not None
    assert call.outcome.facts["paid_on"] == "2026-03-22"


# -- readings ---------------------------------------------------------------------------------------------------------


async def test_a_reminder_takes_the_reading_in_the_same_call() -> None:
    call = await rung(reminder_call.DIALOGUE, "да", "двенадцать триста сорок пять", "да")
    assert (call.name, call.values) == ("accepted", [{"single": 12345}])
    assert call.said[-1] == "outbound.goodbye"


async def test_a_reading_said_at_once_is_taken_for_a_yes() -> None:
    call = await rung(reminder_call.DIALOGUE, "двенадцать триста сорок пять", "да")
    assert (call.name, call.values) == ("accepted", [{"single": 12345}])


@pytest.mark.parametrize("say", ["нет", "позже", "мне некогда"])
async def test_a_reminder_may_be_put_off(say: str) -> None:
    call = await rung(reminder_call.DIALOGUE, say)
    assert (call.name, call.said[-2:]) == ("later", ["reminder_call.later", "outbound.goodbye"])


async def test_who_wants_no_calls_may_say_so_while_dictating_and_leaves_a_draft() -> None:
    call = await rung(reminder_call.DIALOGUE, "да", "двенадцать триста сорок пять", "не звоните мне больше")
    assert (call.name, call.values, call.drafts) == ("opt_out", [], [{"single": "12345"}])


async def test_a_smart_meter_needs_no_reminder() -> None:
    call = await rung(reminder_call.DIALOGUE, "да", "нет", desk=billing(smart=True))
    assert call.name == "smart_meter"


# -- outage -----------------------------------------------------------------------------------------------------------


async def test_an_outage_is_announced_and_repeated() -> None:
    call = await rung(outage_call.DIALOGUE, "повторите ещё раз пожалуйста", "нет")
    assert call.name == "told"
    assert call.talk.texts[1].startswith(
        "В среду, двадцать пятого марта, с девяти часов до семнадцати часов у вас не будет электричества. "
        "Причина: замена опор."
    )


@pytest.mark.parametrize("lines", [("нет",), ("да", "нет"), (None,), ("спасибо",)])
async def test_an_outage_heard_once_is_told(lines: tuple[str | None, ...]) -> None:
    assert (await rung(outage_call.DIALOGUE, *lines, silent=True)).name == "told"


async def test_an_outage_may_name_its_place() -> None:
    call = await rung(outage_call.DIALOGUE, "нет", place="улица Мерлина, дома с 1 по 15")
    assert "не будет электричества: улица Мерлина, дома с " in call.talk.texts[1]


# -- visit ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "name", "moved_to"),
    [
        (("да",), "confirmed", None),
        (("нет", "в пятницу", "да"), "moved", "2026-03-27"),
        (("нет", "через год", "завтра", "нет", "послезавтра", "да"), "moved", "2026-03-25"),
        (("нет", "отмените"), "cancelled", None),
        (("отмените, пожалуйста",), "cancelled", None),
        (("нет", "не знаю", "не знаю", "не знаю"), "left_open", None),
        (("мне некогда",), "later", None),
    ],
)
async def test_a_visit_is_kept_moved_or_called_off(lines: tuple[str, ...], name: str, moved_to: str | None) -> None:
    call = await rung(visit_call.DIALOGUE, *lines)
    assert call.name == name
    assert call.outcome is not None
    assert call.outcome.facts.get("moved_to") == moved_to


@pytest.mark.parametrize(
    ("written", "inside", "alone"),
    [
        ("замена опор.", "замена опор", "замена опор."),
        ("  Вчера вы\nбыли в офисе ", "Вчера вы были в офисе", "Вчера вы были в офисе."),
        ("Вам понравилось?", "Вам понравилось", "Вам понравилось?"),
    ],
)
def test_words_of_a_list_fit_the_sentence_they_stand_in(written: str, inside: str, alone: str) -> None:
    assert (clause(written), sentence(written)) == (inside, alone)


# -- surveys ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "lines", "facts"),
    [
        ("nps", ("да", "десять"), {"nps": "10"}),
        ("nps", ("да", "ноль", "долго ждал"), {"nps": "0", "reason": "долго ждал"}),
        ("nps", ("да", "одиннадцать", "девять"), {"nps": "9"}),
        ("csi", ("да", "ну, пятёрка с плюсом"), {"csi": "5"}),
        ("csi", ("да", "три", None), {"csi": "3"}),
    ],
)
async def test_a_survey_asks_one_question_and_why(kind: str, lines: tuple[str | None, ...], facts: object) -> None:
    call = await rung(survey.SURVEY, *lines, kind=kind)
    assert call.name == "rated"
    assert call.outcome is not None
    assert call.outcome.facts == facts


@pytest.mark.parametrize("lines", [("нет",), ("некогда",), ("да", None), ("да", "одиннадцать", "двенадцать")])
async def test_a_survey_may_be_refused(lines: tuple[str | None, ...]) -> None:
    assert (await rung(survey.SURVEY, *lines)).name == "refused"


async def test_a_survey_names_its_occasion() -> None:
    call = await rung(survey.SURVEY, "нет", occasion="Вчера вы были в нашем офисе.")
    assert call.talk.texts[1].startswith("Вчера вы были в нашем офисе. Ответите на один вопрос?")


@pytest.mark.parametrize(
    ("lines", "name", "facts"),
    [
        (("ну, пятёрка с плюсом",), "rated", {"rating": "5"}),
        (("два", "долго ждал ответа"), "rated", {"rating": "2", "reason": "долго ждал ответа"}),
        (("два", "нет"), "rated", {"rating": "2"}),
        (("десять", "четыре"), "rated", {"rating": "4"}),
        (("десять", "десять"), "no_mark", {}),
        (("нет",), "no_mark", {}),
        ((None,), "no_mark", {}),
    ],
)
async def test_a_talk_with_an_operator_is_rated(
    lines: tuple[str | None, ...], name: str, facts: dict[str, str]
) -> None:
    call = await conduct(survey.RATING, billing(), *lines)
    assert call.name == name
    assert call.outcome is not None
    assert call.outcome.facts == facts


# -- what a list hands over -------------------------------------------------------------------------------------------


def test_a_row_of_a_list_is_read_as_what_it_means() -> None:
    read = outage_call.DIALOGUE.read_inputs({**INPUTS["outage_call"], "place": ""})
    assert read == {"day": date(2026, 3, 25), "from": time(9), "until": time(17), "reason": "замена опор"}


def test_all_that_is_wrong_in_a_row_is_said_at_once() -> None:
    with pytest.raises(BadInput) as bad:
        outage_call.DIALOGUE.read_inputs({"day": "32.03.2026", "from": "девять", "until": "17:00", "colour": "red"})
    said = str(bad.value)
    for words in ("нет такого входа: «colour»", "«day»", "25.03.2026", "«from»", "не хватает «reason»"):
        assert words in said


@pytest.mark.parametrize(("written", "read"), [("1 240,50", Decimal("1240.50")), ("7", Decimal(7))])
def test_sums_are_read_as_people_write_them(written: str, read: Decimal) -> None:
    assert Input("money", "сумма").read("sum", written) == read
