"""Utterances on disk: what a voice said, as sound, with the words that are in it. One file holds some thousands."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asr import grammars
from asr.train.voices import Sound

BANK = "bank:"
"""Begins the names of voices that said single words, to be joined."""

SINGLE = (
    *grammars.UNITS, *grammars.TEENS, *grammars.TENS[2:], *grammars.HUNDREDS[1:], "тысяча", "тысячи", "тысяч",
    "одна", "две", "нуль", "да", "нет", "ноль", "один", "ноль", "один",
)  # fmt: skip
"""What they said: the words of dictations."""


@dataclass(frozen=True, slots=True)
class Utterance:
    voice: str
    text: str
    words: tuple[str, ...]
    """What is heard in it; in a test, what should be heard."""
    sound: Sound
    """8 kHz."""


def save(file: Path, utterances: Iterable[Utterance]) -> None:
    """Written beside its place first, so that a half-written file is never read."""
    kept = list(utterances)
    about = [{"voice": one.voice, "text": one.text, "words": one.words, "samples": len(one.sound)} for one in kept]
    sound = np.concatenate([one.sound for one in kept]) if kept else np.zeros(0, np.int16)
    half = file.with_suffix(".part.npz")
    np.savez(half, sound=sound, about=np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8))
    half.rename(file)


def load(file: Path) -> Iterator[Utterance]:
    with np.load(file) as held:
        sound, about = held["sound"], json.loads(held["about"].tobytes())
    start = 0
    for one in about:
        end = start + one["samples"]
        yield Utterance(one["voice"], one["text"], tuple(one["words"]), sound[start:end])
        start = end
