"""Whatever callers say, in whatever order: a dialogue ends, tells nothing it may not, stores what had a «да»."""

import asyncio

from dialogue_courses import COURSES, Course
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_talk import NUMBER, Conducted, conduct

from bots.catalogue import DIALOGUES
from bots.seat import Caller, HouseRules

SAYINGS = [
    "да", "нет", "не знаю", "верно", "да нет, всё правильно", "другой", "первый", "второй", "повторите", "минуточку",
    "двенадцать триста сорок пять", "двенадцать триста", "одиннадцать девятьсот", "двадцать две тысячи", "ноль",
    "девяносто девять тысяч", "столько же", "примерно двенадцать тысяч", "один два три четыре пять шесть", "сто пять",
    "день двенадцать триста сорок пять ночь шесть семьсот восемьдесят девять", "ночь шесть семьсот", "6789",
    "пик тысяча сто, полупик две триста, ночь девятьсот", "нет, не пять, а шесть",
    "да, только не сорок пять, а пятьдесят четыре", "ноль ноль ноль сорок два", NUMBER, "7009998888", "89130000001",
    "75да533315", "48210001", "пять", "пятая квартира", "0001", "по счётчику", "по адресу", "мерлина 12", "мерлина",
    "советская", "вы робот?", "завтра", "в пятницу", "вчера заплатила", "через год", "не буду платить", "денег нет",
    "я ничего не должен", "не звоните мне", "он умер", "вы ошиблись номером", "опломбировать", "заменить", "вода",
    "в любой день", "позже", "десять", "тройка", "долго ждал", "", "абракадабра", "заново", "оператора",
]  # fmt: skip
lines = st.lists(st.one_of(st.sampled_from(SAYINGS), st.none(), st.text(max_size=30)), max_size=25)
MOST_QUESTIONS = 60


async def held(course: Course, said: list[str | None], besides: str, *, silent: bool) -> Conducted:
    return await conduct(
        DIALOGUES[course.dialogue],
        course.billing(),
        *said,
        caller=Caller(course.phone, said=besides),
        rules=HouseRules(window=course.window),
        inputs=course.inputs,
        silent=silent,
    )


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(COURSES), lines, st.sampled_from(["", *SAYINGS]), st.booleans())
def test_no_caller_breaks_a_dialogue(course: Course, said: list[str | None], besides: str, silent: bool) -> None:
    call = asyncio.run(held(course, said, besides, silent=silent))
    assert call.talk.turns <= MOST_QUESTIONS
    if silent:
        assert call.outcome is not None
    accepted = call.said.count("readings.accepted") + call.said.count("readings.accepted_outbox")
    assert accepted == len(call.desk.stored)
    read_back = sum(
        key.startswith(("readings.confirm", "readings.spell", "readings.zero_used", "readings.same", "readings.much"))
        for key in call.said
    )
    assert read_back >= len(call.desk.stored)
    # What is on the card is what an operator may be told, whichever way it ended.
    assert call.caller.outcomes
    if call.outcome is not None:
        assert call.caller.outcomes[-1] == call.outcome


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([one for one in COURSES if one.dialogue == "readings"]), lines)
def test_nothing_is_stored_that_was_refused_or_never_said(course: Course, said: list[str | None]) -> None:
    call = asyncio.run(held(course, said, course.said, silent=False))
    for reading in call.desk.stored:
        meter = next(one for one in course.billing().its_meters[reading.account] if one.serial == reading.serial)
        assert set(reading.values) == {zone.name for zone in meter.meter.zones}
        assert set(reading.keys) == set(reading.values)
        for zone in meter.meter.zones:
            assert zone.previous is None or reading.values[zone.name] >= zone.previous or reading.flagged
