"""A caller speaks while our prompt plays: a cough or an answer? Pure: told of time, voice and words.

A voice pauses the prompt; a word, or a voice that goes on, ends it; after a shorter one it goes on from where it was.
Recognition makes a word of a cough too, so a word counts only if it was as long as one. Coughs are counted: on a line
where they come again and again it is some noise.
"""

from dataclasses import dataclass
from enum import StrEnum


class Prompt(StrEnum):
    PLAYS = "plays"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class BargeinRule:
    """Times in seconds."""

    pause_after: float = 0.06
    """Voice that pauses the prompt."""
    word: float = 0.26
    """Voice that a word has: the shortest «да» is longer, most coughs are shorter."""
    stop_after: float = 0.32
    """Voice that stops it, even if no word of it is known yet."""
    resume_after: float = 0.4
    """Silence after a voice without words: it was a cough."""


LOUD_ENOUGH = BargeinRule(pause_after=0.12, stop_after=1.2)
"""Where only loudness tells a voice: a noise is as loud, so more of it is needed."""

FALSE_ALARMS = 2
"""So many in one call, and prompts are not broken off by voice any more."""


class Bargein:
    """Follows one prompt. `process` takes a stretch of time; STOPPED stays."""

    def __init__(self, rule: BargeinRule | None = None) -> None:
        self._rule = rule or BargeinRule()
        self._voice = 0.0
        self._silence = 0.0
        self.prompt = Prompt.PLAYS
        self.coughs = 0
        """How often the prompt was paused and went on."""

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
        if self._voice >= (rule.word if words else rule.stop_after):
            self.prompt = Prompt.STOPPED
        elif self._voice >= rule.pause_after:
            self.prompt = Prompt.PAUSED
        elif self.prompt is Prompt.PAUSED and self._silence >= rule.resume_after:
            self.prompt = Prompt.PLAYS
            self.coughs += 1
        return self.prompt
