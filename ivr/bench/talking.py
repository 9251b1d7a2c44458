"""The process that `gudok bench speech` measures: one line that only talks, by the very code of the service.

It is told on stdin what the next calls are to be, one word a line, and answers each with a JSON line of what it counted
since the last: its own processor time, when answers were decided, how late decoding was.
"""

import asyncio
import contextlib
import json
import logging
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

import structlog

from asr.models import choose
from asr.pool import DecodingPool
from asr.recognizer import Can, Hearing, Hints, RecognitionFailed, Recognizer, Stream
from asr.vosk_engine import VoskRecognizer
from asterisk.agi.server import AgiServer, ServerLimits
from asterisk.agi.session import AgiSession
from asterisk.audio.ear import Ears
from asterisk.audio.server import AudioServer
from asterisk.phone import AgiPhone, arrived
from bots.talk import Answer, Question
from ivr.call.conversation import Conversation, Fit, Rung
from ivr.call.phone import CallerLeft, Utterance
from ivr.clock import SystemClock
from ivr.journal.events import Kind
from ivr.settings import Settings
from ivr.up.loop import fast_loop

MODES = ("plays", "listens", "talks", "breaks", "answers", "keys", "keys_heard")
SAMPLED = 0.1
"""Seconds between two looks at how late decoding is."""
READING = Question("reading", "reading")
YES = Question("yes", "confirm")
MENU = Question("menu", "menu", choices={"one": ("показания",), "two": ("оператор",)})


@dataclass(slots=True)
class Counted:
    cpu: float = field(default_factory=time.process_time)
    decided: list[float] = field(default_factory=list)
    """When the end of an answer was decided, by the machine's monotonic clock."""
    lags: list[float] = field(default_factory=list)
    deaf: int = 0
    answers: int = 0


class Noticed:
    """A recogniser that notes when it is asked for the final words: the end of the answer has just been decided."""

    def __init__(self, inner: Recognizer, line: "TalkingLine") -> None:
        self._inner, self._line = inner, line

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def model(self) -> str:
        return self._inner.model

    @property
    def can(self) -> Can:
        return self._inner.can

    async def open(self, hints: Hints) -> Stream:
        try:
            return _NoticedStream(await self._inner.open(hints), self._line)
        except RecognitionFailed:
            self._line.counted.deaf += 1
            raise

    async def aclose(self) -> None:
        await self._inner.aclose()


class _NoticedStream:
    def __init__(self, inner: Stream, line: "TalkingLine") -> None:
        self._inner, self._line = inner, line
        self.feed = inner.feed
        self.aclose = inner.aclose

    async def finish(self) -> Hearing:
        self._line.counted.decided.append(time.monotonic())
        return await self._inner.finish()


class TalkingLine:
    def __init__(self, settings: Settings, prompts: Mapping[str, Utterance]) -> None:
        self._settings = settings
        self._prompts = prompts
        self._clock = SystemClock()
        self.mode = MODES[0]
        self.counted = Counted()

    async def run(self) -> None:
        ports = self._settings.ports
        pool = DecodingPool(capacity=self._settings.max_calls)
        recognizer = await VoskRecognizer.load(choose(), pool)
        audio = AudioServer("127.0.0.1", ports.audio)
        self._ears = Ears(audio, Noticed(recognizer, self))
        agi = AgiServer("127.0.0.1", ports.agi, self._answer, ServerLimits(calls=self._settings.max_calls * 2))
        await audio.start()
        await agi.start()
        sampling = asyncio.create_task(self._sample(pool))
        try:
            await self._obey(audio)
        finally:
            sampling.cancel()
            await agi.close(1.0)
            await audio.close()
            await pool.aclose()

    async def _obey(self, audio: AudioServer) -> None:
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        self._tell({})
        while order := (await reader.readline()).decode().strip():
            counted, forgiven = self.counted, audio.clock.forgiven
            self._tell(
                {
                    "ours": time.process_time() - counted.cpu,
                    "decided": counted.decided,
                    "lags": counted.lags,
                    "deaf": counted.deaf,
                    "answers": counted.answers,
                    "forgiven": forgiven,
                }
            )
            self.mode, self.counted = order, Counted()
            audio.clock.forgiven = 0

    def _tell(self, what: Mapping[str, object]) -> None:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()

    async def _sample(self, pool: DecodingPool) -> None:
        while True:
            await asyncio.sleep(SAMPLED)
            self.counted.lags.append(pool.load().lag_seconds)

    async def _answer(self, session: AgiSession) -> None:
        phone = AgiPhone(session, arrived(session, self._clock), ear=self._ears.for_call())
        await phone.answer()
        with contextlib.suppress(CallerLeft):
            await self._talk(phone)
        await session.finish()

    async def _talk(self, phone: AgiPhone) -> None:
        talk = Conversation(phone, self, self, self._clock, UTC, {})
        text = {"listens": "long", "breaks": "tone"}.get(self.mode, "short")
        rungs: list[Rung] = [(text, {})] * 2
        while True:
            match self.mode:
                case "plays":
                    await talk.speak("long")
                case "listens" | "talks" | "breaks":
                    await talk.put(READING, rungs, self._counting)
                case "answers":
                    await talk.put(YES, rungs, self._counting)
                case "keys":
                    await talk.put(MENU, rungs, self._counting, keys={"1": "one"}, spoken=False)
                case "keys_heard":
                    await talk.put(MENU, rungs, self._counting, keys={"1": "one"})
                case other:
                    raise ValueError(f"no such mode: {other}")

    def _counting(self, answer: Answer) -> Fit:
        self.counted.answers += 1
        return "take"

    # What a conversation needs besides.

    async def utterance(
        self, text: str, slots: Mapping[str, object], *, pace: float = 1.0, louder: bool = False
    ) -> Utterance:
        return self._prompts.get(text) or self._prompts["short"]

    def note(self, kind: Kind, **data: object) -> None:
        """Nobody keeps a journal here: `gudok bench journal` measures that."""


def main(folder: Path) -> None:
    settings = Settings.model_validate_json((folder / "settings.json").read_text(encoding="utf-8"))
    told = json.loads((folder / "prompts.json").read_text(encoding="utf-8"))
    prompts = {
        name: Utterance(name, tuple(Path(file) for file in files), seconds) for name, (files, seconds) in told.items()
    }
    # What is told on stdout is for the benchmark; what goes wrong is for people.
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        runner.run(TalkingLine(settings, prompts).run())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
