"""Several voices as one, the best first: what one cannot say, the next one does.

`Prompts` looks at the voices of a chain itself, so that one prompt is spoken by one of them from beginning to end;
whoever renders single texts asks the chain.
"""

import time
from collections.abc import Callable, Sequence

import structlog

from ivr.prompts.voice import NoVoice, Recorded, Voice, VoiceAway, VoiceFailed

log = structlog.get_logger(__name__)

REST_SECONDS = 30.0
"""How long a voice that is away is not asked."""


class Chain:
    """Implements `ivr.prompts.voice.Voice`."""

    def __init__(self, voices: Sequence[Voice], *, now: Callable[[], float] = time.monotonic) -> None:
        if not voices:
            raise NoVoice("a chain of voices needs at least one voice")
        self.voices = tuple(voices)
        self._now = now
        self._away: dict[str, float] = {}

    @property
    def name(self) -> str:
        return self.voices[0].name if len(self.voices) == 1 else "+".join(voice.name for voice in self.voices)

    @property
    def version(self) -> str:
        return "+".join(voice.version for voice in self.voices)

    async def render(self, text: str, *, pace: float = 1.0) -> bytes:
        failures = []
        for voice in self.able([text]):
            try:
                return await voice.render(text, pace=pace)
            except VoiceFailed as error:
                self.failed(voice, error)
                failures.append(f"{voice.name}: {error}")
        raise VoiceFailed("; ".join(failures) or f"no voice has «{text}»")

    def able(self, texts: Sequence[str]) -> list[Voice]:
        """The voices that may be asked for all of these texts, in order; those away come last."""
        here: list[Voice] = []
        away: list[Voice] = []
        for voice in self.voices:
            if isinstance(voice, Recorded) and not all(voice.has(text) for text in texts):
                continue
            (away if self._now() < self._away.get(voice.name, 0.0) else here).append(voice)
        return here + away

    def failed(self, voice: Voice, error: VoiceFailed) -> None:
        """Note that a voice failed, so that one which is away is left alone for a while."""
        if isinstance(error, VoiceAway):
            self._away[voice.name] = self._now() + REST_SECONDS
        log.warning("a voice failed", action="voice_failed", voice=voice.name, error=str(error))
