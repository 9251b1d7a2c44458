"""What every dialogue has in common: how it is run to an outcome, and the manners it keeps on the way.

A dialogue is a `Script`: it says and asks through `talk`, and ends by returning or raising the name of its outcome.
Whoever asks for a person gets one, and nobody is left to believe that a person speaks to them.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import NoReturn

from bots.desk import DeskAway, ReadingToStore
from bots.dialogue import Prompt
from bots.dialogues.dial import GiveUp
from bots.outcome import HeardMeter, Outcome
from bots.seat import Seat
from bots.talk import Act, Answer, CallerLeft, NoAnswer, Question, Talk

ASKED_WHETHER_ROBOT = 3
"""Times one question may be met with «вы робот?» before it counts as not answered."""
FOR_A_PERSON: frozenset[Act] = frozenset(("opt_out", "wrong_person", "deceased", "dispute", "already_paid"))

PROMPTS: Mapping[str, Prompt] = {
    "talk.robot": Prompt("Да, я робот. Если нужен человек, скажите «оператор»."),
    "talk.to_operator": Prompt("Соединяю с оператором."),
    "talk.billing_away": Prompt("Сейчас не получается открыть лицевой счёт. Соединяю с оператором."),
}
ENDS: Mapping[str, str] = {
    "transferred": "позвонивший просит человека или ему нужен человек",
    "no_match": "разобрать ответ не получилось",
    "billing_away": "биллинг не отвечает, позвонившему это сказано",
}
"""How any dialogue may end."""


CALLER_LEFT, BROKEN_OFF = "caller_left", "broken_off"
"""On the caller's card only: the caller hung up; something failed, and the fallback has the caller."""


class Ended(Exception):
    """The dialogue is over, from wherever it stood; the outcome is one it declares."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Mannered:
    """A `Talk` that owns up to being a robot and remembers what it asked last."""

    def __init__(self, talk: Talk, *, outbound: bool = False) -> None:
        self._talk, self._outbound = talk, outbound
        self.last_question = ""

    async def say(self, key: str, **slots: object) -> None:
        await self._talk.say(key, **slots)

    async def ask(self, question: Question) -> Answer | NoAnswer:
        self.last_question = question.key
        for _ in range(ASKED_WHETHER_ROBOT):
            answer = await self._talk.ask(replace(question, outbound=self._outbound))
            if not isinstance(answer, Answer) or answer.act != "robot":
                return answer
            await self._talk.say("talk.robot")
        return NoAnswer("no_match")


class Script(ABC):
    """One dialogue in one call. A hang-up raises `CallerLeft` out of `run`, once what was heard is kept."""

    dialogue = ""
    """By which name it is declared."""
    away = "talk.billing_away"
    """What is said when billing cannot be reached."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.facts: dict[str, str] = {}
        self.stored: list[ReadingToStore] = []
        self.unstored: list[HeardMeter] = []
        self.talk = self.mannered(seat.talk)

    def mannered(self, talk: Talk) -> Mannered:
        return Mannered(talk)

    async def run(self) -> Outcome:
        name = BROKEN_OFF
        try:
            name = await self.course()
        except (Ended, GiveUp) as ended:
            name = ended.outcome
        except DeskAway:
            name = "billing_away"
            await self.talk.say(self.away)
        except CallerLeft:
            name = CALLER_LEFT
            raise
        finally:
            outcome = self._note(name)
        return outcome

    def _note(self, name: str) -> Outcome:
        """The outcome, put on the caller's card as well."""
        caller = self.seat.caller
        outcome = Outcome(
            name,
            caller.account.number if caller.account is not None else None,
            caller.level,
            dict(self.facts),
            tuple(self.stored),
            tuple(self.unstored),
            self.talk.last_question,
            self.dialogue,
        )
        caller.outcomes.append(outcome)
        return outcome

    @abstractmethod
    async def course(self) -> str:
        """The dialogue from its first word to the name of its outcome."""

    async def ask(self, question: Question) -> Answer:
        """The answer; without one the dialogue is over."""
        answer = await self.talk.ask(question)
        if not isinstance(answer, Answer):
            self.unanswered(answer)
        return await self.considered(answer)

    async def considered(self, answer: Answer) -> Answer:
        """The answer, if a machine may go on with it."""
        if answer.act == "operator":
            raise Ended("transferred")
        if answer.act in FOR_A_PERSON:
            await self.needs_person(answer)
        return answer

    async def yes(self, question: Question) -> bool:
        """Whether the caller says yes; who is not sure is asked once more."""
        answer = await self.ask(question)
        if answer.act == "unsure":
            answer = await self.ask(question)
        return answer.act == "yes"

    def unanswered(self, answer: NoAnswer) -> NoReturn:
        raise Ended("transferred" if answer.why == "operator" else "no_match")

    async def needs_person(self, answer: Answer) -> None:
        """What a machine should not settle: a death, a dispute, a wrong number. Dialogues that can, do it otherwise."""
        self.facts[answer.act] = answer.said
        await self.to_operator()

    async def to_operator(self) -> NoReturn:
        await self.talk.say("talk.to_operator")
        raise Ended("transferred")
