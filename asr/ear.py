"""One answer heard from beginning to end: the voice, the recogniser and the end of speech in the right order.

Whoever carries the sound (a telephone, a file) hands over frames of 20 ms and looks at the decision. Silence before the
answer is not decoded, but the half second before the voice is, for the first letter hides there. While the caller
speaks nobody waits for the decoding, so that a voice is noticed at once however busy the recogniser is.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from asr.endpoint import Decision, Endpoint, Rule
from asr.recognizer import Hearing, Hints, Recognizer, Stream
from asr.vad.voice import VoiceFinder

PRE_ROLL_FRAMES = 25

Keep = Callable[[str, bytes, Hearing], None]
"""Takes an answer: the key of its question, the sound that was decoded (signed 16-bit, 8 kHz), what was heard in it.
It is called in the middle of a call: whoever writes it to a disk does so elsewhere."""

PIECE = 3200
"""Bytes handed to the recogniser at once while the caller speaks (0.2 s): fewer hand-overs than in a silence."""
_QUIET_PIECE = 1920
"""The same in a silence, when the words are waited for (0.12 s)."""


class Ear:
    """Use as `async with await Ear.open(…) as ear`; then `take` frames until the decision is final, and `finish`."""

    def __init__(
        self,
        recognizer: Recognizer,
        hints: Hints,
        stream: Stream,
        rule: Rule,
        complete: Callable[[Sequence[str]], bool],
        voice: VoiceFinder,
        keeps: bool,
    ) -> None:
        self._recognizer, self._hints, self._stream = recognizer, hints, stream
        self._rule, self._complete = rule, complete
        self._endpoint = Endpoint(rule, complete)
        self._voice = voice
        self._sound: bytearray | None = bytearray() if keeps else None
        self._before: deque[bytes] = deque(maxlen=PRE_ROLL_FRAMES)
        self._undecoded = bytearray()
        self._decoding: asyncio.Task[None] | None = None
        self._words = ""
        self._listening = False
        self.is_speech = False
        """Whether the last frame held a voice."""

    @classmethod
    async def open(
        cls,
        recognizer: Recognizer,
        hints: Hints,
        rule: Rule,
        complete: Callable[[Sequence[str]], bool] = lambda words: False,
        *,
        voice: VoiceFinder | None = None,
        keeps: bool = False,
    ) -> "Ear":
        """Raises `RecognitionFailed`. Give the call's own finder, so that it need not learn the line anew each time.

        `keeps`: the decoded sound is wanted afterwards.
        """
        stream = await recognizer.open(hints)
        return cls(recognizer, hints, stream, rule, complete, voice or VoiceFinder(), keeps)

    @property
    def words(self) -> str:
        """What was heard so far; it may still change."""
        return self._words

    @property
    def sound(self) -> bytes:
        """What was decoded, as far as it is kept; the rule's longest answer bounds it."""
        return bytes(self._sound or b"")

    async def take(self, frame: bytes, *, asking: bool = False) -> Decision:
        """20 ms of signed 16-bit sound at 8 kHz. `asking`: our own prompt plays on, the time given has not begun."""
        self.is_speech = self._voice.process(frame)
        if self.is_speech and not self._listening:
            self._listening = True
            self._decode(b"".join(self._before))
            self._before.clear()
        if self._listening:
            self._decode(frame)
        else:
            self._before.append(frame)
        if self._decoding is not None and (not self.is_speech or self._decoding.done()):
            # Only a silence can end the answer, and then every word before it must be known.
            await self._decoding
            self._decoding = None
        decision = self._endpoint.process(len(frame) / 16000, self.is_speech, self._words, asking=asking)
        if decision is Decision.WAITING and self._listening and not self.is_speech:
            self._listening = False  # it was a noise; what follows is silence again
        return decision

    async def start_over(self) -> None:
        """What was heard so far was no answer. Raises `RecognitionFailed`."""
        if not self._listening and not self._words:
            return
        await self._stop_decoding()
        await self._stream.aclose()
        self._stream = await self._recognizer.open(self._hints)
        self._endpoint = Endpoint(self._rule, self._complete)
        self._undecoded.clear()
        self._before.clear()
        self._words, self._listening = "", False
        if self._sound is not None:
            self._sound.clear()

    def overhear(self, frame: bytes) -> None:
        """20 ms that cannot be the answer yet; only its end may hold the answer's first letter."""
        self.is_speech = self._voice.process(frame)
        self._before.append(frame)

    async def finish(self) -> Hearing:
        if self._decoding is not None:
            await self._decoding
            self._decoding = None
        await self._stream.feed(self._take_undecoded())
        return await self._stream.finish()

    def _decode(self, pcm: bytes) -> None:
        if self._sound is not None:
            self._sound += pcm
        self._undecoded += pcm
        if self._decoding is None and len(self._undecoded) >= (PIECE if self.is_speech else _QUIET_PIECE):
            self._decoding = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        while len(self._undecoded) >= PIECE or (self._undecoded and not self.is_speech):
            self._words = await self._stream.feed(self._take_undecoded())

    def _take_undecoded(self) -> bytes:
        sound, self._undecoded = bytes(self._undecoded), bytearray()
        return sound

    async def __aenter__(self) -> "Ear":
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._stop_decoding()
        await self._stream.aclose()

    async def _stop_decoding(self) -> None:
        work, self._decoding = self._decoding, None
        if work is not None:
            work.cancel()
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()  # nobody wants to know any more
