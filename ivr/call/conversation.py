"""Saying and asking on a `Phone`: the `Talk` of every dialogue, and the ladder of re-asks.

A question is asked short, then with a hint, then for keys; after that there is no answer and a person takes over.
Speech and keys are open at once. A request to repeat or to wait costs no attempt.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Protocol

from bots.talk import Act, Answer, NoAnswer, Question
from bots.understand import understand
from ivr.call.phone import (
    CannotHear,
    Heard,
    KeysWanted,
    Listen,
    Phone,
    Pressed,
    Said,
    Silence,
    SpeechWanted,
    Utterance,
)
from ivr.clock import Clock
from ivr.journal.events import Kind

MOST_CHOICES = 8
"""Choices of a spoken menu that have a key: nine is taken by «не звоните»."""
MAX_FREE_TURNS = 6
"""Turns of one question that cost no attempt («повторите», «минуточку»); beyond them they do."""

_DIGITS = KeysWanted(most=12, end="#", clear="*", next_seconds=4.0)
KEYS: Mapping[str, KeysWanted] = {
    "reading": _DIGITS,
    "account": replace(_DIGITS, most=20),
    "phone": _DIGITS,
    "digits": replace(_DIGITS, most=20),
    "rating": KeysWanted(most=2, end="#", allowed="0123456789#", next_seconds=2.0),
}
SPEECH: Mapping[str, SpeechWanted] = {
    "reading": SpeechWanted("reading", end_seconds=1.4, longest_seconds=25.0),
    "account": SpeechWanted("account", end_seconds=1.6, longest_seconds=30.0),
    "phone": SpeechWanted("account", end_seconds=1.6, longest_seconds=25.0),
    "confirm": SpeechWanted("yesno", end_seconds=0.7, longest_seconds=10.0),
    "rating": SpeechWanted("rating", end_seconds=0.7, longest_seconds=8.0),
    "date": SpeechWanted("free", end_seconds=1.0, longest_seconds=15.0),
    "digits": SpeechWanted("account", end_seconds=1.6, longest_seconds=30.0),
    "free": SpeechWanted("free", end_seconds=1.2, longest_seconds=30.0),
    "menu": SpeechWanted("menu", end_seconds=0.8, longest_seconds=10.0),
}
_CONFIRM_KEYS: Mapping[str, Act] = {"1": "yes", "2": "no", "0": "operator"}

NO_SLOTS: Mapping[str, object] = {}
Understood = Callable[[Said | Pressed], Answer]


class Speaker(Protocol):
    """Turns a text and what fills its slots into something to play; it is rendered ahead where it can be."""

    async def utterance(self, text: str, slots: Mapping[str, object]) -> Utterance: ...


class CallLog(Protocol):
    """The journal of this one call."""

    def note(self, kind: Kind, **data: object) -> None: ...


class Conversation:
    """One caller, spoken with. `prompts` holds every text a dialogue may name, by key."""

    def __init__(
        self,
        phone: Phone,
        speaker: Speaker,
        log: CallLog,
        clock: Clock,
        zone: tzinfo,
        prompts: Mapping[str, str],
    ) -> None:
        self._phone, self._speaker, self._log = phone, speaker, log
        self._clock, self._zone, self._prompts = clock, zone, prompts

    async def say(self, key: str, **slots: object) -> None:
        await self.speak(self._prompts[key], slots)

    async def speak(self, text: str, slots: Mapping[str, object] = NO_SLOTS, *, skippable: bool = False) -> None:
        utterance = await self._speaker.utterance(text, slots)
        self._log.note(Kind.SAID, text=utterance.text)
        await self._phone.play(utterance, skippable=skippable)

    async def ask(self, question: Question) -> Answer | NoAnswer:
        """Ask by key; `<key>.hint` and `<key>.keys`, where they are worded, are the next rungs."""
        rungs = [question.key, f"{question.key}.hint", f"{question.key}.keys"]
        texts = [self._prompts[key] for key in rungs if key in self._prompts]

        commands = _commands(question)

        def understood(heard: Said | Pressed) -> Answer:
            if isinstance(heard, Said):
                return replace(self._understand(question, heard.text), said=heard.text)
            if commands is not None:
                return replace(commands.get(heard.keys, Answer("nothing")), said=heard.keys, by="keys")
            if heard.keys.startswith("**"):
                return Answer("operator", said=heard.keys, by="keys")
            return replace(self._understand(question, heard.keys), said=heard.keys, by="keys")

        keys = KEYS.get(question.expect) if commands is None else KeysWanted(most=1, allowed="".join(commands))
        spoken = tuple(phrase for phrases in question.choices.values() for phrase in phrases)
        listen = Listen(keys, replace(SPEECH[question.expect], phrases=spoken))
        return await self._climb(texts, question.slots, listen, understood)

    async def menu(
        self, text: str, phrases: Mapping[str, Sequence[str]], keys: Mapping[str, str], tries: int
    ) -> Answer | NoAnswer:
        """Offer choices: `phrases` by choice, `keys` from a key to its choice."""
        question = Question("menu", "menu", choices=phrases)
        spoken = tuple(phrase for said in phrases.values() for phrase in said)
        listen = Listen(
            KeysWanted(most=1, allowed="".join(keys)) if keys else None,
            replace(SPEECH["menu"], phrases=spoken) if spoken else None,
        )

        def understood(heard: Said | Pressed) -> Answer:
            if isinstance(heard, Said):
                return replace(self._understand(question, heard.text), said=heard.text)
            choice = keys.get(heard.keys)
            act: Act = "choice" if choice else "nothing"
            return Answer(act, values={"choice": choice} if choice else {}, said=heard.keys, by="keys")

        return await self._climb([text] * tries, NO_SLOTS, listen, understood)

    async def _climb(
        self, texts: Sequence[str], slots: Mapping[str, object], listen: Listen, understood: Understood
    ) -> Answer | NoAnswer:
        rung, free, last = 0, 0, NoAnswer("silence")
        while rung < len(texts):
            heard = await self._turn(texts[rung], slots, listen)
            match heard:
                case CannotHear():
                    if listen.speech is None or listen.keys is None:
                        return NoAnswer("cannot_hear")
                    # Keys alone from here on, asked for in the words of the last rung.
                    listen, rung = Listen(listen.keys), len(texts) - 1
                    continue
                case Silence():
                    rung, last = rung + 1, NoAnswer("silence")
                    continue
            answer = understood(heard)
            self._log.note(
                Kind.UNDERSTOOD, act=answer.act, values=dict(answer.values), verdict=dict(answer.verdict), by=answer.by
            )
            match answer.act:
                case "operator":
                    return NoAnswer("operator")
                case "repeat" | "hold" if free < MAX_FREE_TURNS:
                    free += 1
                case "nothing" | "repeat" | "hold" | "louder" | "slower":
                    rung, last = rung + 1, NoAnswer("no_match")
                case _:
                    return answer
        return last

    async def _turn(self, text: str, slots: Mapping[str, object], listen: Listen) -> Heard:
        utterance = await self._speaker.utterance(text, slots)
        self._log.note(Kind.SAID, text=utterance.text)
        heard = await self._phone.play_and_listen(utterance, listen)
        match heard:
            case Said():
                words = [[word.text, round(word.confidence, 3)] for word in heard.words]
                self._log.note(Kind.HEARD, text=heard.text, words=words)
            case Pressed():
                self._log.note(Kind.PRESSED, keys=heard.keys)
            case Silence():
                self._log.note(Kind.SILENT)
            case CannotHear():
                self._log.note(Kind.SILENT, why=heard.why)
        return heard

    def _understand(self, question: Question, said: str) -> Answer:
        return understand(question, said, self._clock.now().astimezone(self._zone).date())


def _commands(question: Question) -> Mapping[str, Answer] | None:
    """The keys that are answers by themselves; None where every digit is a digit of the answer.

    A menu's choices are on 1, 2, 3… in their order, below the operator's 0; nine stops the calls that we make.
    """
    match question.expect:
        case "confirm":
            commands = {key: Answer(act) for key, act in _CONFIRM_KEYS.items()}
        case "menu":
            numbered = enumerate(list(question.choices)[:MOST_CHOICES], 1)
            commands = {str(at): Answer("choice", {"choice": choice}) for at, choice in numbered}
            commands["0"] = Answer("operator")
        case _:
            return None
    if question.outbound:
        commands["9"] = Answer("opt_out")
    return commands
