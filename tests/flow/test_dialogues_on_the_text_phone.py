"""Every dialogue over a conversation with its ladders and keys, as callers hear it on any telephone."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from dialogue_courses import COURSES, NOW, NUMBER, READING, Course
from table_desk import Awaits, TableDesk

from bots.catalogue import DIALOGUES, TEXTS
from bots.outcome import Outcome
from bots.seat import Caller, HouseRules, Seat
from ivr.call.conversation import Conversation
from ivr.call.phone import CallerLeft, CallInfo, Utterance
from ivr.call.text_phone import Script, TextPhone, acts
from ivr.clock import VirtualClock
from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.prompts.pieces import pieces, spelled


class Voice:
    """Words every text as a voice would, and refuses what a voice would refuse."""

    async def utterance(
        self, text: str, slots: Mapping[str, object], *, pace: float = 1.0, louder: bool = False
    ) -> Utterance:
        return Utterance(spelled(pieces(text, slots)), (), 0.0)


class Notes:
    def __init__(self) -> None:
        self.kinds: list[Kind] = []

    def note(self, kind: Kind, **data: object) -> None:
        self.kinds.append(kind)


class Rung:
    """A dialogue held with a text phone."""

    def __init__(self, course: Course, script: tuple[str, ...]) -> None:
        self.clock = VirtualClock(NOW)
        self.desk: TableDesk = course.billing()
        self.desk.now, self.desk.awaits = NOW, Awaits()
        self.info = CallInfo(UUID(int=7), "100", course.phone, "channel", "1.1", "1.1")
        self.phone = TextPhone(self.info, Script(acts(script)), clock=self.clock)
        self.notes = Notes()
        talk = Conversation(self.phone, Voice(), self.notes, self.clock, HouseRules().zone, TEXTS)
        dialogue = DIALOGUES[course.dialogue]
        self.seat = Seat(
            talk,
            self.desk,
            now=self.clock.now,
            new_key=lambda: new_id(self.clock.now()),
            caller=Caller(course.phone, said=course.said),
            rules=HouseRules(window=course.window),
            call=self.info.call,
            inputs=dialogue.read_inputs(course.inputs),
        )
        self.script = dialogue.make(self.seat)

    async def talk(self) -> Outcome | None:
        try:
            return await self.script.run()
        except CallerLeft:
            return None

    @property
    def seconds(self) -> float:
        return (self.clock.now() - NOW).total_seconds()


@pytest.mark.parametrize("course", COURSES, ids=lambda one: one.name)
async def test_a_course_ends_on_the_telephone_as_it_does_in_the_talk(course: Course) -> None:
    rung = Rung(course, tuple(line or "" for line in course.lines))
    outcome = await rung.talk()
    assert outcome is not None, rung.phone.heard
    assert outcome.name == course.outcome, rung.phone.heard


KEYED = {course.name: course for course in COURSES}


@pytest.mark.parametrize(
    ("name", "script", "outcome"),
    [
        ("one zone", ("#1", "#12345#", "#1"), "accepted"),
        ("one zone", ("#1", "#99*12345#", "#1"), "accepted"),
        ("by account", (f"#{NUMBER}#", "#1", "#12345#", "#1"), "accepted"),
        ("two zones", ("#1", "#12345#", "#6789#", "#1", "#1"), "accepted"),
        ("two accounts", ("#1", "#12345#", "#1"), "accepted"),
        ("two accounts", ("#3", f"#{NUMBER}#", "#1", "#12345#", "#1"), "accepted"),
        ("balance", ("#1", "#0001#", "#2"), "told"),
        ("request", ("#1", "#2", "в пятницу", "#1", "#2"), "opened"),
        ("rating", ("#5",), "rated"),
        ("debt", ("#1", "завтра", "#1"), "promise"),
        ("debt", ("#9",), "opt_out"),
        ("debt", ("#1", "завтра", "#9"), "opt_out"),
        ("reminder", ("#9",), "opt_out"),
        ("outage call", ("#1", "#2"), "told"),
        ("outage call", ("#9",), "opt_out"),
        ("survey", ("#1", "#10"), "rated"),
        ("survey", ("#9",), "opt_out"),
        ("one zone", ("#0",), "transferred"),
        ("one zone", ("#1", "#**"), "transferred"),
    ],
)
async def test_keys_do_what_words_do(name: str, script: tuple[str, ...], outcome: str) -> None:
    rung = Rung(KEYED[name], script)
    ended = await rung.talk()
    assert ended is not None, rung.phone.heard
    assert ended.name == outcome, rung.phone.heard


async def test_a_reading_by_keys_is_stored_as_such() -> None:
    rung = Rung(KEYED["one zone"], ("#1", "#12345#", "#1"))
    await rung.talk()
    assert [reading.source for reading in rung.desk.stored] == ["keys"]


async def test_silence_climbs_the_ladder_and_ends_at_a_person() -> None:
    rung = Rung(KEYED["one zone"], ("", "", ""))
    ended = await rung.talk()
    assert ended is not None
    assert ended.name == "no_match"
    assert rung.phone.heard == [
        "Ваш адрес: улица Мерлина, дом двенадцать. Верно?",
        "Вы звоните по поводу адреса: улица Мерлина, дом двенадцать. Скажите да или нет.",
        "улица Мерлина, дом двенадцать. Если адрес ваш, нажмите один, если нет — два.",
    ]


async def test_a_caller_who_wants_time_or_a_louder_voice_spends_no_attempt() -> None:
    lines = ("да", "одну минуточку, сейчас посмотрю", "говорите громче", "повторите", *READING)
    rung = Rung(KEYED["one zone"], lines)
    ended = await rung.talk()
    assert ended is not None
    assert ended.name == "accepted"
    assert not any("по одной цифре" in text for text in rung.phone.heard)


async def test_the_shortest_good_call_is_three_answers_and_leaves_ten_seconds_for_the_greeting() -> None:
    rung = Rung(KEYED["one zone"], ("да", *READING))
    await rung.talk()
    spoken = sum(0.3 + len(text) / 13 for text in rung.phone.heard)
    assert len(rung.phone.heard) == 4
    assert spoken <= 15
    assert rung.seconds <= 25
