"""A caller speaks while our prompt plays: a cough, an echo of ourselves, or an answer? Pure: told of time and voice.

A voice pauses the prompt; words end it; after a voice without words it goes on from where it stopped. While the prompt
plays a voice must be louder to count, for the line gives back a part of what we send.
"""

from dataclasses import dataclass
from enum import StrEnum

from asr.endpoint import VoiceGate


class Prompt(StrEnum):
    PLAYS = "plays"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class BargeinRule:
    """Times in seconds."""

    pause_after: float = 0.12
    """Voice that pauses the prompt."""
    stop_after: float = 1.2
    """Voice that stops it, even if no word of it is known yet."""
    resume_after: float = 0.5
    """Silence after a voice without words: it was a cough."""


class Bargein:
    """Follows one prompt. `process` takes a stretch of time; STOPPED stays."""

    def __init__(self, rule: BargeinRule | None = None) -> None:
        self._rule = rule or BargeinRule()
        self._voice = 0.0
        self._silence = 0.0
        self.prompt = Prompt.PLAYS

    def process(self, seconds: float, is_speech: bool, words: str) -> Prompt:
        rule = self._rule
        if is_speech:
            self._voice += seconds
            self._silence = 0.0
        else:
            self._silence += seconds
            if self._silence >= rule.resume_after or self.prompt is Prompt.PLAYS:
                self._voice = 0.0
        if self.prompt is Prompt.STOPPED:
            return self.prompt
        if words or self._voice >= rule.stop_after:
            self.prompt = Prompt.STOPPED
        elif self._voice >= rule.pause_after:
            self.prompt = Prompt.PAUSED
        elif self._silence >= rule.resume_after:
            self.prompt = Prompt.PLAYS
        return self.prompt


class LineGate(VoiceGate):
    """The voice gate of one call, kept from question to question; stricter while our own voice is on the line."""

    ECHO_DB = -38.0
    """An echo of our prompt is quieter than this against full scale, on all but the worst lines."""
    HISS_ECHO_DB = -46.0
    """The same for a sound that hisses: a line gives back little of it, and «семь» begins as quietly as this."""

    def __init__(self) -> None:
        super().__init__()
        self.prompt_plays = False
        self.is_open = False

    def decide(self, level_db: float, crossings: float) -> bool:
        voice = super().decide(level_db, crossings)
        echo = self.HISS_ECHO_DB if crossings > 0.3 else self.ECHO_DB
        self.is_open = voice and not (self.prompt_plays and level_db <= echo)
        return self.is_open
