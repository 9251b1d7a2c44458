"""Utterances on disk into batches for training: joined, hurried, spoiled differently each time, labelled with phones.

Words said one by one («bank») are joined into dictations, as people speak who read a meter. A word that not every
question knows is labelled now with its sounds, so that it is heard by them where it is known, and now with the phone of
unknown speech, so that it comes out as `[unk]` where it is not.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from asr import grammars
from asr.pronunciation import PHONES, SILENCE, UNKNOWN, pronunciations
from asr.train import spoil
from asr.train.features import RATE, mfcc
from asr.train.lfmmi import Bigram, Rows
from asr.train.net import SUBSAMPLING
from asr.train.spoken import BANK, SINGLE, Utterance, load
from asr.train.voices import Samples, Sound

Row = list[tuple[int, bool]]

_PHONE = {phone: at for at, phone in enumerate(PHONES)}
_SILENCE, _UNKNOWN = _PHONE[SILENCE], _PHONE[UNKNOWN]
_LONGEST = 9.0
_JOINED = 0.2


_USUAL = 0.85
"""How often the usual one of several pronunciations is taken."""


@dataclass(frozen=True, slots=True)
class Batch:
    features: Tensor
    """(utterances, frames, 32)"""
    frames: Tensor
    """Of each utterance, after subsampling."""
    rows: Rows


class Labels:
    """Words into rows of phones, a word now and then into the phone of unknown speech.

    Numbers and the words of yes and no never are; what belongs to some question seldom is, for in another it is
    unknown; all else is as often as not.
    """

    def __init__(self) -> None:
        kinds = ("reading", "account", "confirm", "menu", "rating")
        self._questions = _words_of(phrase for kind in kinds for phrase in grammars.phrases(kind) or ())
        self._certain = _words_of(
            (*SINGLE, "тыща", "тыщи", "тыщ", "полторы", "нет", "да", "верно", "правильно", "ага", "угу")
        )

    def row(self, words: Sequence[str], chance: Random) -> Row:
        if not words:
            return [(_SILENCE, False)]
        strange = chance.random()
        row: Row = [(_SILENCE, True)]
        for word in words:
            if strange < self._unknown(word):
                row.append((_UNKNOWN, False))
            else:
                ways = pronunciations(word)
                way = ways[0] if len(ways) == 1 or chance.random() < _USUAL else chance.choice(ways)
                row += [(_PHONE[phone], False) for phone in way]
            row.append((_SILENCE, True))
        return row

    def _unknown(self, word: str) -> float:
        if word in self._certain:
            return 0.0
        return 0.15 if word in self._questions else 0.55

    def bigram(self, utterances: Sequence[Utterance], chance: Random, many: int = 20_000) -> Bigram:
        """Of the phones in so many utterances."""
        edge = len(PHONES)
        counts = np.zeros((edge + 1, edge + 1))
        for _ in range(many):
            before = edge
            for phone, optional in self.row(chance.choice(utterances).words, chance):
                if not optional or chance.random() < (0.7 if before == edge else 0.3):
                    counts[before, phone] += 1
                    before = phone
            counts[before, edge] += 1
        return Bigram.of(counts)


class Batches(IterableDataset[Batch]):
    """Endless. Files of one folder; each worker goes its own way through them."""

    def __init__(self, folder: Path, labels: Labels, size: int, seed: int) -> None:
        self._folder = folder
        self._labels = labels
        self._size = size
        self._seed = seed

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        seed = self._seed + 1000 * (worker.id if worker else 0)
        chance, random = np.random.default_rng(seed), Random(seed)
        there: list[Path] = []
        while True:
            if files(self._folder) != there:  # voices may still be at work
                there = files(self._folder)
                speakers = by_speaker(read(self._folder))
                banks = [
                    bank
                    for name, said in speakers.items()
                    if name.startswith(BANK)
                    for bank in [_by_word(said)] * (1 if "espeak" in name else 8)
                ]
                speakers = {name: said for name, said in speakers.items() if not name.startswith(BANK)}
                names = _weighted(speakers)
                everyone = [one.sound for said in speakers.values() for one in said]
            noises = spoil.Noises(chance, everyone)
            for _ in range(3):
                pool = [
                    self._joined(random.choice(banks), random)
                    if banks and random.random() < _JOINED
                    else self._example(speakers, names, chance, random)
                    for _ in range(self._size * 10)
                ]
                pool.sort(key=lambda example: len(example[0]))
                batches = [pool[at : at + self._size] for at in range(0, len(pool), self._size)]
                random.shuffle(batches)
                for batch in batches:
                    yield self._batch(batch, noises, chance)

    def _example(
        self, speakers: dict[str, list[Utterance]], names: Sequence[str], chance: np.random.Generator, random: Random
    ) -> tuple[Samples, Row]:
        if random.random() < 0.06:
            return np.zeros(int(random.uniform(0.8, 6) * RATE), np.float32), self._labels.row((), random)
        said = speakers[random.choice(names)]
        one = random.choice(said)
        pieces, words = [_pause(random, 0.5, 0.5), one.sound], list(one.words)
        while random.random() < 0.25 and sum(map(len, pieces)) < 5 * RATE:
            another = random.choice(said)
            pieces += [_pause(random, 1, 0.6), another.sound]
            words += another.words
        pieces.append(_pause(random, 0.6, 0.7))
        sound = np.concatenate(pieces).astype(np.float32)
        if random.random() < 0.6:
            sound = spoil.faster(sound, math.exp(random.uniform(math.log(0.8), math.log(1.25))))
        return sound[random.randrange(240) : int(_LONGEST * RATE)], self._labels.row(words, random)

    def _joined(self, bank: dict[str, list[Sound]], random: Random) -> tuple[Samples, Row]:
        """A dictation of words said one by one, cut close and set at any distance."""
        words = dictation(random)
        gap = random.choice((0.0, 0.1, 0.25, 0.5))
        pieces = [_pause(random, 0.6, 0.5)]
        for word in words:
            pieces += [random.choice(bank[word]), _pause(random, 1, gap)]
        sound = np.concatenate([*pieces, _pause(random, 0.6, 0.6)]).astype(np.float32)
        if random.random() < 0.6:
            sound = spoil.faster(sound, math.exp(random.uniform(math.log(0.8), math.log(1.25))))
        return sound[: int(_LONGEST * RATE)], self._labels.row(words, random)

    def _batch(
        self, examples: Sequence[tuple[Samples, Row]], noises: spoil.Noises, chance: np.random.Generator
    ) -> Batch:
        seen = []
        for sound, _ in examples:
            spoilt = (
                spoil.spoiled(sound, chance, noises) if sound.any() else spoil.no_speech(len(sound), chance, noises)
            )
            warp = float(chance.uniform(0.8, 1.25)) if chance.random() < 0.8 else 1.0
            seen.append(mfcc(torch.from_numpy(spoilt), round(warp / 0.0225) * 0.0225 if warp != 1.0 else 1.0))
        longest = max(len(one) for one in seen)
        features = torch.stack([torch.cat([one, one[-1:].expand(longest - len(one), -1)]) for one in seen])
        frames = torch.tensor([-(-len(one) // SUBSAMPLING) for one in seen])
        return Batch(features, frames, Rows.of([row for _, row in examples]))


def files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.npz") if ".part." not in file.name)


def _words_of(phrases: Iterable[str]) -> frozenset[str]:
    words = {word for phrase in phrases for word in phrase.split()}
    return frozenset(words | {word.replace("ё", "е") for word in words})


def read(folder: Path) -> list[Utterance]:
    return [one for file in files(folder) for one in load(file)]


def by_speaker(utterances: Sequence[Utterance]) -> dict[str, list[Utterance]]:
    speakers: dict[str, list[Utterance]] = {}
    for one in utterances:
        speakers.setdefault(one.voice, []).append(one)
    return speakers


def dictation(random: Random) -> list[str]:
    """Digits one by one, numbers of two digits or three, and now and then a «да» or «нет»."""
    way = random.random()
    if way < 0.5:
        return [random.choice(grammars.UNITS) for _ in range(random.randint(1, 8))]
    if way < 0.9:
        most = random.choice((99, 99, 999))
        return [word for _ in range(random.randint(1, 3)) for word in grammars.cardinal(random.randint(10, most))]
    return [random.choice(("да", "нет", "ноль", "один")) for _ in range(random.randint(1, 2))]


def _by_word(said: Sequence[Utterance]) -> dict[str, list[Sound]]:
    bank: dict[str, list[Sound]] = {}
    for one in said:
        bank.setdefault(one.text, []).append(_close(one.sound))
    return bank


def _close(sound: Sound) -> Sound:
    """Without the silence before and behind."""
    loud = np.flatnonzero(np.abs(sound.astype(np.int32)) > 0.02 * 32767)
    return sound[max(0, loud[0] - 240) : loud[-1] + 480]


def _weighted(speakers: dict[str, list[Utterance]]) -> list[str]:
    """Voices as often as they deserve: the one real throat (festival is a recorded man) and the many odd ones twice."""
    return sorted(speakers) + [name for name in ("festival", "espeak") if name in speakers]


def _pause(random: Random, often: float, longest: float) -> Sound:
    return np.zeros(int(random.uniform(0, longest) * RATE) if random.random() < often else 0, np.int16)
