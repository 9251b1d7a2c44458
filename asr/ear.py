"""One answer heard from beginning to end: the gate, the recogniser and the end of speech in the right order.

Whoever carries the sound (a telephone, a file) hands over frames of 20 ms and looks at the decision. Silence before the
answer is not decoded, but the half second before the voice is, for the first letter hides there.
"""

from collections import deque
from collections.abc import Callable, Sequence

from asr.endpoint import Decision, Endpoint, Rule, VoiceGate
from asr.recognizer import Hearing, Hints, Recognizer, Stream

PRE_ROLL_FRAMES = 25

Keep = Callable[[str, bytes, Hearing], None]
"""Takes an answer: the key of its question, the sound that was decoded (signed 16-bit, 8 kHz), what was heard in it.
It is called in the middle of a call: whoever writes it to a disk does so elsewhere."""


class Ear:
    """Use as `async with await Ear.open(…) as ear`; then `take` frames until the decision is final, and `finish`."""

    def __init__(self, stream: Stream, endpoint: Endpoint, gate: VoiceGate, *, keeps: bool = False) -> None:
        self._stream = stream
        self._sound: bytearray | None = bytearray() if keeps else None
        self._endpoint = endpoint
        self._gate = gate
        self._before: deque[bytes] = deque(maxlen=PRE_ROLL_FRAMES)
        self._words = ""
        self._decoding = False

    @classmethod
    async def open(
        cls,
        recognizer: Recognizer,
        hints: Hints,
        rule: Rule,
        complete: Callable[[Sequence[str]], bool] = lambda words: False,
        *,
        gate: VoiceGate | None = None,
        keeps: bool = False,
    ) -> "Ear":
        """Raises `RecognitionFailed`. Give the call's own gate, so that it need not learn the line anew each time.

        `keeps`: the decoded sound is wanted afterwards.
        """
        return cls(await recognizer.open(hints), Endpoint(rule, complete), gate or VoiceGate(), keeps=keeps)

    @property
    def words(self) -> str:
        """What was heard so far; it may still change."""
        return self._words

    @property
    def sound(self) -> bytes:
        """What was decoded, as far as it is kept; the rule's longest answer bounds it."""
        return bytes(self._sound or b"")

    async def take(self, frame: bytes) -> Decision:
        """20 ms of signed 16-bit sound at 8 kHz."""
        is_speech = self._gate.process(frame)
        if is_speech and not self._decoding:
            self._decoding = True
            await self._decode(b"".join(self._before))
            self._before.clear()
        if self._decoding:
            await self._decode(frame)
        else:
            self._before.append(frame)
        decision = self._endpoint.process(len(frame) / 16000, is_speech, self._words)
        if decision is Decision.WAITING and self._decoding and not is_speech:
            self._decoding = False  # it was a noise; what follows is silence again
        return decision

    async def _decode(self, pcm: bytes) -> None:
        if self._sound is not None:
            self._sound += pcm
        self._words = await self._stream.feed(pcm)

    async def finish(self) -> Hearing:
        return await self._stream.finish()

    async def __aenter__(self) -> "Ear":
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._stream.aclose()
