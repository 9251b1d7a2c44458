"""The telephone of a real call: Asterisk plays, waits for keys, queues and dials; speech comes over AudioSocket.

Plain announcements and key menus are one AGI command a file, so that they cost what Asterisk's own dialplan costs.
Every key pressed while something plays is kept: it answers the question it was pressed in, or the next one.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog

from asr.audio import BadAudio
from asterisk.agi.protocol import Reply
from asterisk.agi.session import AgiSession
from ivr.call.keys import KeyEntry
from ivr.call.phone import (
    CallerLeft,
    CallInfo,
    CannotHear,
    Handover,
    Heard,
    Listen,
    PhoneFailed,
    Pressed,
    QueueEnd,
    Recorded,
    RecordEnd,
    Silence,
    SpeechWanted,
    TransferEnd,
    Utterance,
)
from ivr.clock import Clock
from ivr.ids import new_id

log = structlog.get_logger(__name__)

ALL_KEYS = "0123456789*#"

_SOUNDS = frozenset({".wav", ".alaw", ".ulaw", ".sln", ".gsm", ".g722"})
_QUEUE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_TARGET = re.compile(r"[A-Za-z0-9_.@/+:-]{1,200}")
_NOT_IN_NAME = re.compile(r"[^A-Z0-9_]")
_NOT_IN_ARGUMENTS = frozenset(',&|"\\')
_LONGEST_VALUE = 1500
"""Bytes of a context variable: quoted, it must still fit into one command."""
_RECORDING_SLACK = 0.3
_CALL = "__GUDOK_CALL"
"""Our own id of the call. Only the channels that it makes need it, so it is set before they are made: a caller who
never leaves the line costs no command for it."""
_LOUDER = ("1", "1.4")
"""What the sound is multiplied by, three decibels a step; prompts are mastered loud, more would only clip."""
MOST_AHEAD = 20
"""Keys pressed before their question that are kept: an account and its end."""

_QUEUE_ENDS: Mapping[str, QueueEnd] = {
    "TIMEOUT": QueueEnd.TIMEOUT,
    "FULL": QueueEnd.FULL,
    "CONTINUE": QueueEnd.SERVED,
}
"""Everything else that a queue says means that nobody can answer in it."""


class PromptMissing(PhoneFailed):
    """A rendered file is not where it should be: rendering failed, or the folder is not shared with Asterisk."""


class Ear(Protocol):
    """Listens for words while something plays; keys count all the while. Implemented in `asterisk.audio.ear`."""

    async def play_and_listen(
        self, session: AgiSession, utterance: Utterance | None, wanted: SpeechWanted, entry: KeyEntry | None
    ) -> Heard: ...


def arrived(session: AgiSession, clock: Clock) -> CallInfo:
    """Who calls and where to; from now on the call is known to our log by our own id."""
    call = new_id(clock.now())
    session.call = str(call)
    return info_of(session.headers, call)


def info_of(headers: Mapping[str, str], call: UUID) -> CallInfo:
    """What the headers of a session say about a call.

    The dialplan's `AGI(…/call,<supplier>,<dialled>,<linkedid>,<draft>,<answered>)` comes in them too, and saves asking.
    """
    presentation = headers.get("callingpres", "0")
    hidden = presentation.isdigit() and int(presentation) & 0x60 != 0
    caller = headers.get("callerid", "unknown")
    numbers = (headers.get("arg_2", ""), headers.get("dnid", ""), headers.get("extension", ""))
    return CallInfo(
        call=call,
        dialled=next(filter(known, numbers), ""),
        caller=caller if known(caller) and not hidden else None,
        channel=headers["channel"],
        uniqueid=headers["uniqueid"],
        linkedid=headers.get("arg_3") or headers["uniqueid"],
        language=headers.get("language") or "ru",
        variables={"GUDOK_SUPPLIER": headers.get("arg_1", "")},
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Which line a session is for."""

    supplier: str
    dialled: str
    draft: bool


def asked_for(headers: Mapping[str, str]) -> Asked:
    """Which line was rung, and whether as a draft: the dialplan alone says so, no caller and no trunk can."""
    return Asked(headers.get("arg_1", ""), headers.get("arg_2", ""), headers.get("arg_4") == "1")


def known(value: str) -> bool:
    return value not in ("", "unknown", "<unknown>", "anonymous")


class AgiPhone:
    """Implements `ivr.call.phone.Phone`. One task owns it, as it owns the call."""

    def __init__(
        self,
        session: AgiSession,
        info: CallInfo,
        *,
        ear: Ear | None = None,
        dial: Callable[[str], str] = "PJSIP/{}".format,
        queue_options: str = "c",
        queue_left: Callable[[str], None] | None = None,
    ) -> None:
        """`dial` makes a dial string of a transfer's target: an operator's own telephone, if nothing else is said.
        `queue_left` hears `QUEUESTATUS` when a queue has ended: Asterisk's events alone do not tell why."""
        self.session = session
        self._info = info
        self._ear = ear
        self._dial = dial
        self._queue_options = queue_options
        self._queue_left = queue_left
        self._answered = session.headers.get("arg_5") == "answered"
        self._recorded = False
        self._ahead = ""

    @property
    def info(self) -> CallInfo:
        return self._info

    async def answer(self) -> None:
        if not self._answered:
            await self.session.command("ANSWER")
            self._answered = True

    async def play(self, utterance: Utterance, *, stop_keys: str = "", skippable: bool = False) -> str | None:
        if self._ahead and self._ahead[0] in stop_keys:
            return self._take_ahead()
        if self._ahead and skippable:
            return None
        for file in utterance.files:
            offset = 0
            while True:
                reply = await self._stream(file, ALL_KEYS, offset)
                key = reply.key
                if key is None:
                    break
                if key in stop_keys:
                    return key
                self._keep_ahead(key)  # it answers the next question
                if skippable:
                    return None
                offset = reply.endpos or 0
        return None

    async def listen(self, wanted: Listen) -> Heard:
        return await self._ask(None, wanted)

    async def play_and_listen(self, utterance: Utterance, wanted: Listen) -> Heard:
        return await self._ask(utterance, wanted)

    async def loudness(self, steps: int) -> None:
        await self.session.set_variable("VOLUME(TX)", _LOUDER[min(max(steps, 0), len(_LOUDER) - 1)])

    async def record(self, file: Path, *, longest: float, silence: float, stop_keys: str = "#") -> Recorded:
        form = file.suffix.removeprefix(".") or "wav"
        words: list[str | int] = [_without_suffix(file), form, stop_keys, int(longest * 1000)]
        os.makedirs(file.parent, exist_ok=True)
        if silence > 0:
            words.append(f"s={max(round(silence), 1)}")
        started = self.session.now()
        reply = await self.session.command("RECORD FILE", *words, within=longest + 30)
        seconds = self.session.now() - started
        if reply.result == "-1":
            raise PhoneFailed(f"Asterisk could not record {file}: may it write to that folder?")
        if reply.text == "dtmf":
            why = RecordEnd.KEY
        else:
            why = RecordEnd.SILENCE if silence > 0 and seconds < longest - _RECORDING_SLACK else RecordEnd.LONGEST
        return Recorded(file, round(seconds, 2), why)

    async def keep_sound(self, file: Path | None) -> None:
        if file is not None:
            await self.session.execute("MixMonitor", f"{_to_record(file)},Di(GUDOK_BOT_MIX)")
            self._recorded = True
        elif self._recorded:
            self._recorded = False
            await self._stop_recording("GUDOK_BOT_MIX")

    async def _stop_recording(self, variable: str) -> None:
        """End the recording whose handle this variable holds, if there is one."""
        handle = await self.session.variable(variable)
        if handle:
            await self.session.execute("StopMixMonitor", handle)

    async def enter_queue(self, handover: Handover) -> QueueEnd:
        name = f"{self._info.variables.get('GUDOK_SUPPLIER', '')}-{handover.queue}"
        if not _QUEUE_NAME.fullmatch(name) or not handover.queue:
            raise PhoneFailed(f"no queue can be called {name!r}")
        context = {_CALL: str(self._info.call), "QUEUE_PRIO": str(handover.priority), "QUEUESTATUS": ""}
        if handover.topic is not None:
            context["__GUDOK_TOPIC"] = handover.topic
        for key, value in handover.context.items():
            context["__GUDOK_CTX_" + _NOT_IN_NAME.sub("_", key.upper())] = value
        for variable, value in context.items():
            await self.session.set_variable(variable, _one_line(value))
        whisper = self._whisper(handover.whisper) if handover.whisper is not None else ""
        seconds = max(round(handover.seconds), 1)
        await self.session.execute("Queue", f"{name},{self._queue_options},,{whisper},{seconds}")
        status = await self.session.variable("QUEUESTATUS")
        if handover.recorded:  # the next queue says itself whether its talks are recorded
            await self._stop_recording("GUDOK_MIX")
            await self.session.set_variable("GUDOK_MIX", "")
        if self._queue_left is not None:
            self._queue_left(status)
        return _QUEUE_ENDS.get(status, QueueEnd.NO_OPERATORS)

    def _whisper(self, utterance: Utterance) -> str:
        """What the operator hears before the caller; a path that cannot stand among arguments is gone without."""
        files = [_without_suffix(file) for file in utterance.files]
        if any(set(file) & _NOT_IN_ARGUMENTS for file in files):
            log.warning("a whisper cannot be played", action="phone.whisper", call=self.session.call, files=files)
            return ""
        return "&".join(files)

    async def transfer(self, target: str, *, seconds: float = 30.0) -> TransferEnd:
        dialled = self._dial(target)
        if not _TARGET.fullmatch(target) or "," in dialled or "&" in dialled:
            raise PhoneFailed(f"cannot transfer to {target!r}: not a number or a name")
        await self.session.set_variable(_CALL, str(self._info.call))
        await self.session.set_variable("DIALSTATUS", "")
        await self.session.execute("Dial", f"{dialled},{max(round(seconds), 1)},g")
        status = await self.session.variable("DIALSTATUS") or "CHANUNAVAIL"
        return TransferEnd(answered=status == "ANSWER", why=status)

    async def hang_up(self) -> None:
        try:
            await self.session.mark_done()
            await self.session.command("HANGUP")
        except (CallerLeft, PhoneFailed):
            pass  # it is over either way
        finally:
            await self.session.finish()

    # Asking.

    async def _ask(self, utterance: Utterance | None, wanted: Listen) -> Heard:
        entry = KeyEntry(wanted.keys) if wanted.keys is not None else None
        ahead, self._ahead = self._ahead, ""
        if entry is not None and wanted.ahead:
            for key in ahead:
                entry.press(key)
        heard = await self._answer(utterance, wanted, entry)
        if entry is not None:
            self._keep_ahead(entry.late)
        return heard

    async def _answer(self, utterance: Utterance | None, wanted: Listen, entry: KeyEntry | None) -> Heard:
        typed = entry is not None and entry.touched
        if wanted.speech is not None and not typed:
            if self._ear is None:
                return CannotHear("the line has no speech recognition")
            await self.answer()
            try:
                return await self._ear.play_and_listen(self.session, utterance, wanted.speech, entry)
            except BadAudio as fault:
                raise PromptMissing(str(fault)) from fault
        if entry is None:
            if utterance is not None:
                await self.play(utterance)
            return Silence()
        if not typed:
            await self._first_key(utterance.files if utterance is not None else (), entry)
        if entry.touched:
            await self._more_keys(entry)
        return Pressed(entry.keys) if entry.keys else Silence()

    async def _first_key(self, files: tuple[Path, ...], entry: KeyEntry) -> None:
        """Play, and wait for the key that begins the answer."""
        counting, patience = entry.counting, entry.wanted.first_seconds
        for file in files[:-1]:
            key = (await self._stream(file, counting)).key
            if key is not None:
                entry.press(key)
                return
        now = self.session.now
        deadline = now() + patience
        if files:
            started = now()
            words = (_without_suffix(files[-1]), counting, _milliseconds(patience))
            reply = self._played(files[-1], await self.session.command("GET OPTION", *words, within=None))
            if reply.key is not None:
                entry.press(reply.key)
                return
            if not reply.endpos and now() - started < min(patience, 0.5):
                raise _missing(files[-1])  # here Asterisk says 0, not -1
            # A key that does not count ends the waiting too; what is left of it is waited here.
            deadline = started + (reply.endpos or 0) / 8000 + patience
        while not entry.touched and deadline - now() > 0.1:
            key = await self._wait_for_key(deadline - now())
            if key is not None:
                entry.press(key)

    async def _more_keys(self, entry: KeyEntry) -> None:
        """The rest of an answer. Asterisk collects it where it can: nothing is lost then, however busy we are."""
        while not entry.done:
            asked = entry.missing
            if asked > 1 and entry.keys and entry.wanted.end in ("", "#"):
                words = ("", _milliseconds(entry.patience), asked)
                reply = await self.session.command("GET DATA", *words, within=None)
                for key in reply.result:
                    entry.press(key)
                if reply.text == "timeout":
                    return
                if len(reply.result) < asked:
                    entry.press("#")
            else:
                pressed = await self._wait_for_key(entry.patience)
                if pressed is None:
                    return
                entry.press(pressed)

    async def _wait_for_key(self, seconds: float) -> str | None:
        return (await self.session.command("WAIT FOR DIGIT", _milliseconds(seconds), within=seconds + 15)).key

    async def _stream(self, file: Path, keys: str, offset: int = 0) -> Reply:
        words: list[str | int] = [_without_suffix(file), keys]
        if offset:
            words.append(offset)
        return self._played(file, await self.session.command("STREAM FILE", *words, within=None))

    def _played(self, file: Path, reply: Reply) -> Reply:
        if reply.result == "-1":
            raise _missing(file)
        return reply

    def _keep_ahead(self, keys: str) -> None:
        self._ahead = (self._ahead + keys)[:MOST_AHEAD]

    def _take_ahead(self) -> str:
        key, self._ahead = self._ahead[0], self._ahead[1:]
        return key


def _missing(file: Path) -> PromptMissing:
    return PromptMissing(f"Asterisk cannot play {file}: is it there, and readable to Asterisk?")


def _to_record(file: Path) -> str:
    path = os.path.abspath(file)
    if set(path) & _NOT_IN_ARGUMENTS:
        raise PhoneFailed(f"Asterisk cannot record into {path}: take a plainer path for --data")
    return path


def _without_suffix(file: Path) -> str:
    path = os.path.abspath(file)
    stem, suffix = os.path.splitext(path)
    return stem if suffix in _SOUNDS else path


def _milliseconds(seconds: float) -> int:
    return max(int(seconds * 1000), 1)


def _one_line(value: str) -> str:
    """A value as a channel variable can carry it: one line, not too long."""
    line = " ".join(value.replace("\0", " ").splitlines())
    return line.encode()[:_LONGEST_VALUE].decode(errors="ignore")
