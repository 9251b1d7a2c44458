"""Saying and asking on a `Phone`: the `Talk` of every dialogue, the questions of every step, one ladder for both.

Speech and keys are open at once. «Оператор», «повторите», «громче», «медленнее» and «минуточку» are heard in every
question; what is meant by the rest is the question's own affair.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import tzinfo
from typing import Literal, Protocol, runtime_checkable

from bots.dialogues.courtesy import PROMPTS as COURTESIES
from bots.talk import Answer, NoAnswer, Question
from bots.understanding.hearing import understand_heard
from bots.understanding.menus import chosen
from bots.understanding.tokens import normalise
from ivr.call.ladder import WAIT_SECONDS, Climb, Exit
from ivr.call.manner import PLAIN, Manner, Manners, MannersOfNow
from ivr.call.phone import CannotHear, Heard, Listen, Phone, Pressed, Said, Silence, Utterance
from ivr.call.questions import Commands, commands, listen, menu_commands
from ivr.clock import Clock
from ivr.journal.events import Kind

MOST_TURNS = 200
"""Questions and answers of one call; a call that has more is a fault of the flow, or no caller."""

WORDS_ONLY = frozenset(("free", "date"))
"""What is asked so can be answered in words alone; of keys there are only the common ones."""
NO_SLOTS: Mapping[str, object] = {}
Rung = tuple[str, Mapping[str, object]]
"""A text and what fills its slots."""
Fit = Literal["take", "misfit", "not_heard", "refused"]
"""What becomes of something understood: taken, asked again (a bad value; words that answer nothing), or a refusal."""
Fits = Callable[[Answer], Fit]
Understood = Callable[[Said | Pressed], Answer]
Hush = Callable[[bool], Awaitable[None]]
Aside = Callable[[Coroutine[object, object, None], str], Awaitable[None]]
"""Has something done that the caller need not wait for."""


class TooManyTurns(Exception):
    """The conversation does not come to an end: look at the last steps of the call in the journal."""


class Speaker(Protocol):
    """Turns a text and what fills its slots into something to play; it is rendered ahead where it can be."""

    async def utterance(
        self, text: str, slots: Mapping[str, object], *, pace: float = 1.0, louder: bool = False
    ) -> Utterance: ...


@runtime_checkable
class Streaming(Protocol):
    """A speaker who can begin before all of it is made."""

    def parts(
        self, text: str, slots: Mapping[str, object], *, pace: float = 1.0, louder: bool = False
    ) -> AsyncGenerator[Utterance, None]: ...


class CallLog(Protocol):
    """The journal of this one call."""

    def note(self, kind: Kind, **data: object) -> None: ...


class Turns(Protocol):
    """Keeps what was asked and understood, where a supplier wants to learn from it."""

    def answered(self, question: Question, answer: Answer) -> None: ...


def take_all(answer: Answer) -> Fit:
    return "take"


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
        manners: Manners | None = None,
        aside: Aside | None = None,
        turns: Turns | None = None,
    ) -> None:
        self._phone, self._speaker, self._log = phone, speaker, log
        self._kept = turns
        self._clock, self._zone, self._prompts = clock, zone, prompts
        self._manners = manners or MannersOfNow()
        self._aside = aside
        caller = phone.info.caller
        self._manner = self._manners.of(caller) if caller else PLAIN
        self._loudness = 0
        self._turns = 0
        self.hush: Hush | None = None
        """While this call is recorded: makes the recording silent, and sounding again."""

    @property
    def manner(self) -> Manner:
        return self._manner

    # -- saying --------------------------------------------------------------------------------------------------

    async def say(self, key: str, **slots: object) -> None:
        await self.speak(self._prompts[key], slots)

    async def speak(
        self,
        text: str,
        slots: Mapping[str, object] = NO_SLOTS,
        *,
        skippable: bool = False,
        stop_keys: str = "",
    ) -> str | None:
        """Say it; returns the key of `stop_keys` that ended it."""
        if not isinstance(self._speaker, Streaming):
            return await self._played(await self.uttered(text, slots), skippable, stop_keys)
        manner = await self._in_manner()
        parts = self._speaker.parts(text, slots, pace=manner.pace, louder=manner.louder > 0)
        async with aclosing(parts):
            async for utterance in parts:
                if key := await self._played(utterance, skippable, stop_keys):
                    return key
        return None

    async def _played(self, utterance: Utterance, skippable: bool, stop_keys: str) -> str | None:
        self._log.note(Kind.SAID, text=utterance.text)
        return await self._phone.play(utterance, stop_keys=stop_keys, skippable=skippable)

    async def uttered(self, text: str, slots: Mapping[str, object] = NO_SLOTS) -> Utterance:
        """The text as this caller wants to hear it."""
        manner = await self._in_manner()
        return await self._speaker.utterance(text, slots, pace=manner.pace, louder=manner.louder > 0)

    async def _in_manner(self) -> Manner:
        """How this caller is spoken to; the telephone is as loud as that asks for."""
        manner = self._manner
        beyond = max(manner.louder - 1, 0)
        if self._loudness != beyond:
            self._loudness = beyond
            await self._phone.loudness(beyond)
        return manner

    async def _courtesy(self, key: str) -> None:
        await self.speak(self._prompts.get(key) or COURTESIES[key].text)

    # -- asking --------------------------------------------------------------------------------------------------

    async def ask(self, question: Question) -> Answer | NoAnswer:
        """Ask by key; `<key>.hint` and `<key>.keys`, where they are worded, are the next rungs."""
        rungs = [question.key, f"{question.key}.hint", f"{question.key}.keys"]
        texts = [(self._prompts[key], question.slots) for key in rungs if key in self._prompts]
        pressed = commands(question)
        by_keys = f"{question.key}.keys" in self._prompts or question.expect not in WORDS_ONLY
        async with self._unrecorded(question):
            answer = await self._climb(
                texts,
                listen(question, pressed),
                self._understanding(question, pressed),
                take_all,
                owns_up=False,
                by_keys=by_keys,
            )
        if isinstance(answer, Answer):
            return answer
        match answer:
            case "deaf":
                return NoAnswer("cannot_hear")
            case "too_many":
                return NoAnswer("no_match")
        return NoAnswer(answer)

    @asynccontextmanager
    async def _unrecorded(self, question: Question) -> AsyncIterator[None]:
        """A secret is in no recording."""
        hush = self.hush if question.secret else None
        if hush is None:
            yield
            return
        await hush(True)
        try:
            yield
        finally:
            await hush(False)

    async def put(
        self,
        question: Question,
        rungs: Sequence[Rung],
        fits: Fits,
        *,
        keys: Mapping[str, str] | None = None,
        spoken: bool = True,
        asks_for_keys: bool = False,
    ) -> Answer | Exit:
        """Ask a step's question, rung by rung, until an answer `fits`. `keys`: of a menu, from a key to its choice.

        `asks_for_keys`: the last rung does; then who cannot be heard gets that far even in a question for words.
        """
        pressed = commands(question) if keys is None else menu_commands(keys, question)
        ear = listen(question, pressed, spoken=spoken)
        by_keys = asks_for_keys or question.expect not in WORDS_ONLY
        understood = self._understanding(question, pressed)
        return await self._climb(rungs, ear, understood, fits, owns_up=True, by_keys=by_keys)

    def _understanding(self, question: Question, pressed: Commands | None) -> Understood:
        def understood(heard: Said | Pressed) -> Answer:
            answer = meant(heard)
            if self._kept is not None:
                self._kept.answered(question, answer)
            return answer

        def meant(heard: Said | Pressed) -> Answer:
            if isinstance(heard, Said):
                return replace(self._understand(question, heard), said=heard.text)
            if pressed is not None:
                return replace(pressed.get(heard.keys, Answer("nothing")), said=heard.keys, by="keys")
            if heard.keys.startswith("**"):
                return Answer("operator", said=heard.keys, by="keys")
            return replace(self._understand(question, Said(heard.keys)), said=heard.keys, by="keys")

        return understood

    async def _climb(
        self,
        rungs: Sequence[Rung],
        ear: Listen,
        understood: Understood,
        fits: Fits,
        *,
        owns_up: bool,
        by_keys: bool,
    ) -> Answer | Exit:
        climb = Climb(len(rungs))
        waiting = False
        while not climb.over:
            errors = climb.unheard + climb.misfit
            heard = await self._turn(None if waiting else rungs[climb.rung], _patient(ear) if waiting else ear)
            was_waiting, waiting = waiting, False
            match heard:
                case CannotHear():
                    if climb.deaf or ear.keys is None or not by_keys:
                        return "deaf"
                    climb.went_deaf()
                    ear = Listen(ear.keys)
                    continue
                case Silence():
                    if not was_waiting:
                        climb.was_silent()
                    if heard.noisy:
                        climb.in_noise()
                    continue
            answer = understood(heard)
            self._log.note(
                Kind.UNDERSTOOD, act=answer.act, values=dict(answer.values), verdict=dict(answer.verdict), by=answer.by
            )
            match answer.act:
                case "operator":
                    return "operator"
                case "repeat":
                    climb.may_repeat()
                case "louder" | "slower":
                    if climb.may_repeat():
                        await self._speak_otherwise(answer.act)
                case "robot" if owns_up:
                    if climb.may_repeat():
                        await self._courtesy("talk.robot")
                case "hold":
                    waiting = climb.may_wait()
                    if waiting:
                        await self._courtesy("talk.wait")
                case "nothing" if was_waiting and climb.may_wait_on():
                    waiting = True
                case "nothing":
                    climb.was_not_understood()
                case _:
                    match fits(answer):
                        case "take":
                            return answer
                        case "refused":
                            return "refused"
                        case "not_heard":
                            climb.was_not_understood()
                        case "misfit":
                            climb.does_not_fit()
            # Keys pressed on after a mistake were meant for the question that did not come.
            ear = replace(ear, ahead=ear.ahead and climb.unheard + climb.misfit == errors)
        return climb.exit

    async def _speak_otherwise(self, how: Literal["louder", "slower"]) -> None:
        self._manner = self._manner.raised() if how == "louder" else self._manner.slowed()
        if self._phone.info.caller:
            keeping = self._manners.keep(self._phone.info.caller, self._manner)
            await (self._aside(keeping, "keep the caller's manner") if self._aside else keeping)
        await self._courtesy(f"talk.{how}")

    async def _turn(self, rung: Rung | None, ear: Listen) -> Heard:
        """Ask, or only listen on, and tell the journal what came."""
        self._turns += 1
        if self._turns > MOST_TURNS:
            raise TooManyTurns(f"more than {MOST_TURNS} questions in one call")
        if rung is None:
            heard = await self._phone.listen(ear)
        else:
            utterance = await self.uttered(*rung)
            self._log.note(Kind.SAID, text=utterance.text)
            heard = await self._phone.play_and_listen(utterance, ear)
        match heard:
            case Said():
                words = [[word.text, round(word.confidence, 3)] for word in heard.words]
                self._log.note(Kind.HEARD, text=heard.text, words=words)
            case Pressed():
                self._log.note(Kind.PRESSED, keys=heard.keys)
            case Silence():
                self._log.note(Kind.SILENT, **({"why": "noise"} if heard.noisy else {}))
            case CannotHear():
                self._log.note(Kind.SILENT, why=heard.why)
        return heard

    def _understand(self, question: Question, heard: Said) -> Answer:
        words = [(word.text, word.confidence) for word in heard.words]
        today = self._clock.now().astimezone(self._zone).date()
        answer = understand_heard(question, heard.text, words, heard.alternatives, today)
        if question.expect == "menu" and answer.act in ("dispute", "already_paid", "promise", "deceased"):
            # «Не согласен с начислением» is a wish here, not an argument, where a choice is called so.
            choice = chosen(normalise(heard.text), question.choices)
            if choice is not None:
                return replace(answer, act="choice", values={"choice": choice}, also=(answer.act, *answer.also))
        return answer


def _patient(ear: Listen) -> Listen:
    """The same ear for a caller who has asked to wait."""
    return replace(
        ear,
        keys=replace(ear.keys, first_seconds=WAIT_SECONDS) if ear.keys else None,
        speech=replace(ear.speech, first_seconds=WAIT_SECONDS) if ear.speech else None,
    )
