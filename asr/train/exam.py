"""Test sets that no training saw: other voices, a real woman's recordings, lines and rooms at their worst, other talk.

Each set is some hundreds of utterances with the words that should be heard; the same ones for the same seed. Voices
under non-commercial licences and recordings of people are used here and only here.
"""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import numpy as np
import soundfile

from asr import grammars
from asr.grammars import TEENS, TENS, UNITS, cardinal
from asr.train import spoil
from asr.train.spoken import Utterance
from asr.train.voices import RATE, Samples, Sound, Voice, VoiceFailed

MANY = 306

Said = tuple[str, tuple[str, ...]]
"""As the voice reads it, and the words that should be heard."""


def numbers(chance: Random) -> Said:
    words = cardinal(chance.randint(0, 999_999))
    return " ".join(words), tuple(words)


def digit_strings(chance: Random) -> Said:
    words = [chance.choice(UNITS) for _ in range(chance.randint(3, 8))]
    return (", " if chance.random() < 0.5 else " ").join(words), tuple(words)


def runs(chance: Random) -> Said:
    """«сорок пять шестьдесят семь»: two to four numbers of two digits."""
    words = [word for _ in range(chance.randint(2, 4)) for word in cardinal(chance.randint(10, 99))]
    return " ".join(words), tuple(words)


def commands(chance: Random) -> Said:
    phrase = chance.choice(sorted({*grammars.YES_NO, *grammars.MENU, *grammars.ANYWHERE}))
    return phrase, tuple(phrase.split())


def said_by(voices: Sequence[Voice], make: Callable[[Random], Said], seed: int, many: int = MANY) -> list[Utterance]:
    """`many` utterances, the voices by turns, at a telephone's level and through A-law."""
    chance = Random(seed)
    made: list[Utterance] = []
    while len(made) < many:
        voice = voices[len(made) % len(voices)]
        text, words = make(chance)
        try:
            sound = voice.speak(text, chance)
        except VoiceFailed:
            continue
        made.append(Utterance(voice.name, text, words, on_line(padded(sound), 0.5)))
    return made


def others(voices: Sequence[Voice], sentences: Sequence[str], seed: int) -> list[Utterance]:
    """Ordinary sentences, in which nothing of the line's should be heard."""
    chance = Random(seed)
    return said_by(voices, lambda _: (sentence := chance.choice(list(sentences)), tuple(sentence.split())), seed)


_LINES = (
    (0.6, None), (0.3, 20), (0.06, None), (0.4, 10), (0.2, 15), (0.5, None), (0.15, 25), (0.8, 12), (0.1, None),
    (0.4, 18), (0.25, 8),
)  # fmt: skip
"""Levels, and decibels above white noise."""


class Recordings:
    """Numbers as a real woman recorded them for Asterisk, a file a word."""

    def __init__(self, folder: Path) -> None:
        names = {str(digit): UNITS[digit] for digit in range(10)}
        names |= {str(10 + digit): TEENS[digit] for digit in range(10)}
        names |= {str(10 * tens): TENS[tens] for tens in range(2, 10)}
        self._said = {word: _trimmed(_read(folder / "digits" / f"{name}.wav")) for name, word in names.items()}

    def single(self, seed: int) -> list[Utterance]:
        chance = Random(seed)
        made = []
        for word in self._said:
            for level, ratio in _LINES:
                made.append(self._utterance([word], (0, 0), level, ratio, chance))
        return made

    def strings(self, seed: int) -> list[Utterance]:
        chance = Random(seed)
        return [
            self._utterance(
                [chance.choice(UNITS) for _ in range(chance.randint(3, 7))],
                (0.02, 0.2), 0.5, chance.choice((None, 25, 15)), chance,
            )
            for _ in range(MANY)
        ]  # fmt: skip

    def runs(self, seed: int) -> list[Utterance]:
        chance = Random(seed)
        made = []
        for _ in range(MANY):
            words = [word for _ in range(chance.randint(1, 3)) for word in self._two_digits(chance)]
            made.append(self._utterance(words, (0.0, 0.08), 0.5, chance.choice((None, 25, 15)), chance))
        return made

    def _two_digits(self, chance: Random) -> list[str]:
        words = cardinal(chance.randint(20, 99))
        return [*words, TEENS[chance.randint(0, 9)]] if chance.random() < 0.3 else words

    def _utterance(
        self, words: Sequence[str], gaps: tuple[float, float], level: float, ratio: float | None, chance: Random
    ) -> Utterance:
        pieces: list[Samples] = []
        for word in words:
            pieces += [self._said[word], np.zeros(int(chance.uniform(*gaps) * RATE), np.float32)]
        sound = on_line(padded(np.concatenate(pieces)), level, ratio, np.random.default_rng(chance.randint(0, 1 << 30)))
        return Utterance("woman", " ".join(words), tuple(words), sound)


def worsened(utterances: Sequence[Utterance], how: str) -> list[Utterance]:
    """The same utterances on a bad line: `noise 15`, `noise 8`, `gsm`, `echo`, `quiet`."""
    chance = np.random.default_rng(4)
    return [
        Utterance(one.voice, one.text, one.words, _WORSE[how](one.sound.astype(np.float32), chance))
        for one in utterances
    ]


def _noisy(ratio: float) -> Callable[[Samples, np.random.Generator], Sound]:
    def spoilt(sound: Samples, chance: np.random.Generator) -> Sound:
        # A street: brown and white together, measured against the speech and not against its pauses.
        brown = np.cumsum(chance.standard_normal(len(sound)))
        brown -= np.convolve(brown, np.ones(400) / 400, "same")
        street = brown / brown.std() + 0.7 * chance.standard_normal(len(sound))
        speech = np.sqrt(np.mean(sound[np.abs(sound) > 200] ** 2))
        return _alaw(0.6 * (sound + street / street.std() * speech * 10 ** (-ratio / 20)))

    return spoilt


def _gsm(sound: Samples, chance: np.random.Generator) -> Sound:
    held = io.BytesIO()
    soundfile.write(held, sound / 32768, RATE, format="WAV", subtype="GSM610")
    held.seek(0)
    heard, _ = soundfile.read(held, dtype="float32")
    return _alaw(heard * 32767)


def _in_a_hall(sound: Samples, chance: np.random.Generator) -> Sound:
    heard = np.convolve(sound, spoil.echo(chance, 0.4, 0.06))[: len(sound)]
    return _alaw(heard / np.abs(heard).max() * 16000)


_WORSE: dict[str, Callable[[Samples, np.random.Generator], Sound]] = {
    "noise 15": _noisy(15),
    "noise 8": _noisy(8),
    "gsm": _gsm,
    "echo": _in_a_hall,
    "quiet": lambda sound, chance: _alaw(sound * 0.03),
}
WORSE = tuple(_WORSE)


def on_line(
    sound: Samples, level: float, ratio: float | None = None, chance: np.random.Generator | None = None
) -> Sound:
    """Through A-law, at a level; with white noise so many decibels below when wanted."""
    heard = sound / np.abs(sound).max() * level * 32767
    if ratio is not None and chance is not None:
        heard = heard + chance.standard_normal(len(heard)) * np.sqrt(np.mean(heard**2)) * 10 ** (-ratio / 20)
    return _alaw(heard)


def padded(sound: Sound | Samples) -> Samples:
    return np.concatenate([np.zeros(2400, np.float32), sound.astype(np.float32), np.zeros(4000, np.float32)])


def _alaw(sound: Samples) -> Sound:
    whole = np.clip(np.round(sound), -32768, 32767).astype(np.int32)
    return spoil.alaw()[whole + 32768].astype(np.int16)


def _read(file: Path) -> Samples:
    sound, rate = soundfile.read(file, dtype="float32")
    if rate != RATE:
        raise ValueError(f"{file} is at {rate} Hz, {RATE} wanted")
    return np.asarray(sound, np.float32)


def _trimmed(sound: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(sound) > 0.015 * np.abs(sound).max())
    return sound[max(0, loud[0] - 400) : loud[-1] + 800]
