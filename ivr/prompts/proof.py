"""Looking at all a line says before a caller hears it: each text rendered, measured, and heard by the recogniser."""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from asr.audio import TELEPHONE_RATE, Samples, from_pcm
from asr.recognizer import Hints, Recognizer
from ivr.prompts import NotSpeakable, Prompts, VoiceFailed
from ivr.prompts.fallback import joined
from ivr.prompts.loudness import SPEECH_DB
from ivr.prompts.pieces import Piece, fixed_pieces

LATEST_START = 0.05
_FRAME = TELEPHONE_RATE // 100
_LEVEL_OFF = 3.0
_CLIPPED = 0.99


@dataclass(frozen=True, slots=True)
class Row:
    """One text, as it sounds."""

    text: str
    fault: str = ""
    seconds: float = 0.0
    peak: float = 0.0
    level: float = 0.0
    """Of its voiced part, in dB against full scale."""
    starts: float = 0.0
    known: int = 0
    """Words of it that the model knows."""
    heard: int = 0
    """Of these, how many it heard in their order."""

    @property
    def ok(self) -> bool:
        return not self.fault

    def __str__(self) -> str:
        figures = f"{self.seconds:.1f}\t{self.peak:.2f}\t{self.level:.1f}\t{self.starts * 1000:.0f}"
        return f"{self.fault or 'ok'}\t{figures}\t{self.heard}/{self.known}\t{self.text}"


Lacking = Callable[[Sequence[str]], Sequence[str]]
"""The words that the model does not know."""


async def proved(
    prompts: Prompts, recognizer: Recognizer, lacking: Lacking, texts: Iterable[str]
) -> AsyncIterator[Row]:
    """Every fixed part of the texts, once."""
    seen: set[Piece] = set()
    for text in texts:
        try:
            pieces = fixed_pieces(text)
        except NotSpeakable as error:
            yield Row(text, str(error))
            continue
        for piece in pieces:
            if piece not in seen:
                seen.add(piece)
                yield await _proved(prompts, recognizer, lacking, piece)


async def _proved(prompts: Prompts, recognizer: Recognizer, lacking: Lacking, piece: Piece) -> Row:
    if any(letter.isnumeric() for letter in piece.text):
        return Row(piece.text, "a digit is left")
    try:
        pcm = joined((await prompts.render(piece.text)).files)
    except (VoiceFailed, NotSpeakable) as error:
        return Row(piece.text, str(error))
    samples = from_pcm(pcm).samples
    seconds, peak, (level, starts) = len(samples) / TELEPHONE_RATE, float(np.abs(samples).max()), _measured(samples)
    said = re.findall(r"[а-яё]+", piece.text.lower())
    unknown = set(lacking(said))
    known = [word for word in said if word not in unknown]
    stream = await recognizer.open(Hints("free"))
    await stream.feed(pcm + bytes(TELEPHONE_RATE))
    heard = _in_order(known, (await stream.finish()).text.split())
    fault = ""
    if peak > _CLIPPED:
        fault = "clipped"
    elif abs(level - SPEECH_DB) > _LEVEL_OFF:
        fault = "not level"
    elif starts > LATEST_START:
        fault = "begins late"
    return Row(piece.text, fault, seconds, peak, level, starts, len(known), heard)


def _measured(samples: Samples) -> tuple[float, float]:
    frames = np.square(samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)).mean(axis=1, dtype=np.float64)
    voiced = frames[frames > frames.max() * 10**-2.5]
    first = int(np.flatnonzero(frames > frames.max() * 1e-4)[0])
    return 10 * float(np.log10(voiced.mean())), first * _FRAME / TELEPHONE_RATE


def _in_order(wanted: list[str], heard: list[str]) -> int:
    """The longest row of wanted words found among the heard ones in their order; «ё» is «е»."""
    first, second = ([word.replace("ё", "е") for word in words] for words in (wanted, heard))
    best = [0] * (len(second) + 1)
    for word in first:
        before = 0
        for at, other in enumerate(second, start=1):
            before, best[at] = best[at], before + 1 if word == other else max(best[at], best[at - 1])
    return best[-1]
