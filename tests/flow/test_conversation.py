"""One question and its ladder: what costs an attempt, what does not, and how it ends without an answer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from bots.talk import Answer, CallerLeft, NoAnswer, Question
from ivr.call.conversation import MOST_TURNS, Conversation, Fit, TooManyTurns
from ivr.call.ladder import Climb, Exit
from ivr.call.manner import LOUDEST, SLOWEST, Manner, MannersOfNow
from ivr.call.phone import CallInfo, CannotHear, Listen, Silence, Utterance
from ivr.call.text_phone import Act, Script, TextPhone, acts
from ivr.clock import VirtualClock
from ivr.journal.events import Kind

AT = datetime(2026, 3, 4, 10, tzinfo=UTC)
RUNGS = [("Счёт?", {}), ("Счёт по цифрам.", {}), ("Наберите счёт.", {})]
ACCOUNT = Question("account", "account", account_lengths=(10,))


class Paced:
    def __init__(self) -> None:
        self.paces: list[float] = []
        self.louder: list[bool] = []

    async def utterance(
        self, text: str, slots: Mapping[str, object], *, pace: float = 1.0, louder: bool = False
    ) -> Utterance:
        self.paces.append(pace)
        self.louder.append(louder)
        return Utterance(text, (), 1.0)


class Notes:
    def __init__(self) -> None:
        self.kinds: list[Kind] = []

    def note(self, kind: Kind, **data: object) -> None:
        self.kinds.append(kind)


class Listening(Script):
    """A script that remembers whether keys pressed before a question would have answered it."""

    def __init__(self, doings: Sequence[Act]) -> None:
        super().__init__(doings)
        self.ahead: list[bool] = []

    async def does(self, wanted: Listen | None) -> Act:
        if wanted is not None:
            self.ahead.append(wanted.ahead)
        return await super().does(wanted)


class Table:
    """A caller, what they do, and the conversation with them."""

    def __init__(self, script: Sequence[str | Act], *, manners: MannersOfNow | None = None) -> None:
        doings = [act for item in script for act in (acts([item]) if isinstance(item, str) else [item])]
        self.clock = VirtualClock(AT)
        info = CallInfo(UUID(int=1), "100", "+79130000001", "c", "1", "1")
        caller = Listening(doings)
        self.ahead = caller.ahead
        self.phone = TextPhone(info, caller, clock=self.clock)
        self.speaker = Paced()
        prompts = {"q": "Вопрос?", "q.hint": "Подсказка.", "q.keys": "Клавиши."}
        self.talk = Conversation(self.phone, self.speaker, Notes(), self.clock, UTC, prompts, manners)

    async def put(self, question: Question = ACCOUNT) -> Answer | Exit:
        return await self.talk.put(question, RUNGS, fits)


def fits(answer: Answer) -> Fit:
    if answer.act == "no":
        return "refused"
    return "take" if answer.act == "value" and "WRONG_LENGTH" not in answer.verdict.values() else "misfit"


@pytest.mark.parametrize(
    ("script", "exit_", "asked"),
    [
        (["", "", ""], "silence", 3),
        (["мяу", "гав", "ку"], "no_match", 3),
        (["мяу", "", "ку"], "too_many", 3),
        (["#12#", "#12#", "#12#"], "too_many", 3),
        (["нет"], "refused", 1),
        (["оператор"], "operator", 1),
        (["#**"], "operator", 1),
        (["мяу", "соедините с человеком"], "operator", 2),
        ([CannotHear("full"), ""], "deaf", 2),
    ],
)
async def test_how_a_question_ends_without_an_answer(script: list[str | Act], exit_: Exit, asked: int) -> None:
    table = Table(script)
    assert await table.put() == exit_
    assert len(table.phone.heard) == asked


async def test_recognition_that_is_gone_leaves_the_rung_that_asks_for_keys() -> None:
    table = Table([CannotHear("full"), "#7001234567#"])
    answer = await table.put()
    assert isinstance(answer, Answer)
    assert answer.values == {"account": "7001234567"}
    assert table.phone.heard == ["Счёт?", "Наберите счёт."]


async def test_a_question_that_has_no_keys_ends_when_nobody_hears() -> None:
    assert await Table([CannotHear("full")]).put(Question("free", "free")) == "deaf"


async def test_in_a_slot_of_digits_every_digit_is_data() -> None:
    answer = await Table(["#0*9990001112#"]).put()
    assert isinstance(answer, Answer)
    assert answer.values == {"account": "9990001112"}, "nought and nine are no commands here, the star clears"


async def test_who_wants_a_minute_gets_one_without_losing_an_attempt() -> None:
    table = Table(["минуточку", "", "семь ноль ноль один два три четыре пять шесть семь"])
    began = table.clock.monotonic()
    assert isinstance(await table.put(), Answer)
    assert table.phone.heard == ["Счёт?", "Хорошо, подожду.", "Счёт?"]
    assert table.clock.monotonic() - began > 60


async def test_nobody_is_waited_for_for_ever() -> None:
    table = Table(["минуточку"] * 20)
    assert await table.put() in ("no_match", "too_many")
    assert table.clock.monotonic() < 300


async def test_louder_and_slower_cost_no_attempt_and_are_kept_for_the_telephone() -> None:
    manners = MannersOfNow()
    table = Table(["говорите громче", "говорите помедленнее", "#7001234567#"], manners=manners)
    assert isinstance(await table.put(), Answer)
    assert table.phone.heard.count("Счёт?") == 3
    assert table.speaker.louder[-1]
    assert table.phone.louder == 0
    assert table.speaker.paces[-1] == 0.85
    assert manners.of("+79130000001") == Manner(louder=1, slower=1)
    again = Table(["#7001234567#"], manners=manners)
    await again.put()
    assert again.speaker.louder == [True]
    assert again.speaker.paces == [Manner(slower=1).pace]


async def test_who_still_hears_nothing_is_helped_by_the_telephone() -> None:
    table = Table(["говорите громче", "громче", "громче", "#7001234567#"])
    await table.put()
    assert table.speaker.louder[-1]
    assert table.phone.louder == 1


async def test_talk_in_the_room_while_the_line_waits_is_not_taken_for_an_answer() -> None:
    said = "семь ноль ноль один два три четыре пять шесть семь"
    table = Table(["минуточку", "маш где счётчик", "на кухне посмотри", said])
    assert isinstance(await table.put(), Answer)
    assert table.phone.heard == ["Счёт?", "Хорошо, подожду."]
    endless = Table(["минуточку", *["маш где счётчик"] * 50])
    assert await endless.put() == "no_match"


async def test_in_noise_the_line_says_less_and_asks_for_keys() -> None:
    table = Table([Silence(noisy=True), "#7001234567#"])
    assert isinstance(await table.put(), Answer)
    assert table.phone.heard == ["Счёт?", "Наберите счёт."]


async def test_keys_pressed_before_a_question_answer_it_but_not_after_a_mistake_and_never_a_read_back() -> None:
    table = Table(["мяу", "#12#", "#7001234567#"])
    await table.put()
    assert table.ahead == [True, False, False]
    read_back = Table(["да"])
    with pytest.raises(CallerLeft):
        await read_back.put(Question("q", "confirm"))
    assert not any(read_back.ahead)


def test_nobody_is_shouted_at_without_end() -> None:
    manner = Manner()
    for _ in range(9):
        manner = manner.raised().slowed()
    assert (manner.louder, manner.slower) == (LOUDEST, SLOWEST)


async def test_a_robot_owns_up_in_a_step_and_leaves_it_to_a_dialogue_to_do_so_there() -> None:
    table = Table(["вы робот?", "#7001234567#"])
    await table.put()
    assert table.phone.heard[1].startswith("Да, я робот")
    answer = await Table(["вы робот?"]).talk.ask(Question("q", "confirm"))
    assert isinstance(answer, Answer)
    assert answer.act == "robot"


async def test_a_dialogue_hears_of_exits_it_knows() -> None:
    assert await Table(["мяу", "", "ку"]).talk.ask(Question("q", "confirm")) == NoAnswer("no_match")
    assert await Table([CannotHear("x"), ""]).talk.ask(Question("q", "confirm")) == NoAnswer("cannot_hear")


async def test_a_choice_that_sounds_like_an_argument_is_a_choice() -> None:
    question = Question("menu", "menu", choices={"charges": ("не согласен с начислением", "оспорить начисление")})
    answer = await Table(["я не согласен с начислением"]).talk.put(
        question, RUNGS, lambda answer: "take" if answer.act == "choice" else "not_heard", keys={}
    )
    assert isinstance(answer, Answer)
    assert answer.values["choice"] == "charges"


async def test_keys_beyond_an_answer_answer_the_next_question() -> None:
    table = Table(["#12"])
    menu = Question("menu", "menu", choices={})
    keys = {"1": "one", "2": "two"}
    first = await table.talk.put(menu, RUNGS, lambda _: "take", keys=keys, spoken=False)
    second = await table.talk.put(menu, RUNGS, lambda _: "take", keys=keys, spoken=False)
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert (first.values["choice"], second.values["choice"]) == ("one", "two")


async def test_a_conversation_without_end_is_ended() -> None:
    table = Table(["мяу"] * 1000)
    for _ in range(MOST_TURNS // 3):
        await table.put()
    with pytest.raises(TooManyTurns):
        await table.put()


def test_a_ladder_ends_by_what_it_met() -> None:
    climb = Climb(2)
    climb.was_silent()
    climb.was_silent()
    assert climb.over
    assert climb.exit == "silence"


async def test_an_open_question_has_a_key_for_a_person_and_one_for_once_more() -> None:
    table = Table(["#*", "#0"])
    assert await table.put(Question("free", "free")) == "operator"
    assert table.phone.heard == ["Счёт?", "Счёт?"]


async def test_who_cannot_be_heard_is_asked_for_keys_only_where_keys_can_answer() -> None:
    table = Table([CannotHear("full"), "#0"])
    assert await table.talk.put(Question("free", "free"), RUNGS, fits, asks_for_keys=True) == "operator"
    assert await Table([CannotHear("full"), "#0"]).put(Question("free", "free")) == "deaf"


async def test_a_secret_is_in_no_recording_and_everything_else_is() -> None:
    table = Table(["#4521#", "#4521#"])
    hushed: list[bool] = []

    async def hush(on: bool) -> None:
        hushed.append(on)

    table.talk.hush = hush
    await table.talk.ask(Question("q", "digits"))
    assert hushed == []
    await table.talk.ask(Question("q", "digits", secret=True))
    assert hushed == [True, False]
