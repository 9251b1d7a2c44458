"""What a topic's examples teach: how much each word, stem and pair of words speaks for each topic.

A ridge regression from the words of the examples to their topics, solved once when a line is loaded; the same examples
always give the same weights. It knows words and numbers, not when a score is enough: that is
`bots.understanding.topics`.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bots.understanding.lemmas import lemma, tense
from bots.understanding.lexicon import words as listed

Matrix = NDArray[np.float32]
Feature = tuple[str, ...]
Heard = tuple[str, float, str]
"""What a word comes to, how surely, and the tense of a verb."""

STOP = frozenset(
    listed(
        """
        а але алло бы был была было быть в вам вас ваш ваша ваше ваши ваших во вообще вопрос вот все всё вы давайте
        дайте да девушка для добрый его ее если еще же за здравствуйте значит и из или их к какая какой ко который
        которая которое которые которую ли меня мне мной мое моего моему моей мои мой мою моя может можете можно мы
        на надо нам нас насчет наш наша ну нужно о об он она они опять очень по подскажите пожалуйста помогите
        помочь при про просто с свое своего своей свои свой свою своя себя сейчас скажите сказать со спросить так
        такая такие такое такой там то тут у уже узнать утро уточнить хотел хотела хотелось хотим хочу что чтоб
        чтобы вечер эта эти это этого этой этом этот я
        """
    )
) - {"за"}
"""Said in any call: they tell nothing of what it is about."""

SOME, MANY = "#", "##"
"""A number word, and a number of several words, whichever they are."""
STEM = 5
"""Letters by which «отключить» and «отключение» are kin."""
STEM_WEIGHT, TENSE_WEIGHT, PAIR_WEIGHT, PAIR_REACH = 1.0, 1.2, 0.9, 4
LIKE, LIKE_WEIGHT, LIKE_LETTERS, LONGEST_WORD = 78.0, 0.8, 4, 30
"""A word nobody taught is taken for one that looks like it: what recognition makes of «счётчик»."""
RIDGE = 0.6
STEPS, ENOUGH, TINY = 40, 1e-4, np.float32(1e-20)
FEWEST = 1.4
"""A score needs as much evidence as one and a half rare words: a single word out of many is no topic."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much every feature speaks for every topic, in the order of the topics."""

    concepts: Mapping[str, str]
    rows: Mapping[Feature, int]
    rarity: tuple[float, ...]
    table: Matrix
    known: Mapping[str, tuple[str, ...]]
    """Words of the examples by their first letter."""
    rarest: float

    def heard(self, word: str) -> Heard:
        """A word as it counts."""
        return (*self._concept(word), tense(word))

    def scores(self, spoken: Sequence[Heard]) -> Matrix:
        """The evidence for every topic in these words: about 1 for a clear case, about 0 for none."""
        found = _features(spoken)
        at, by, size = [], [], 0.0
        for feature, weight in found.items():
            row = self.rows.get(feature)
            if row is not None:
                weight *= self.rarity[row]
                at.append(row)
                by.append(weight)
                size += weight * weight
            elif len(feature) == 1:
                size += (weight * self.rarest) ** 2  # an unknown word is something else that was said
        if not at:
            return np.zeros(self.table.shape[1], dtype=np.float32)
        total: Matrix = np.asarray(by, dtype=np.float32) @ self.table[at]
        return total / np.float32(max(math.sqrt(size), FEWEST * self.rarest))

    def knows(self, word: str) -> bool:
        """Whether the examples have this word, in whatever form."""
        return (concept(word, self.concepts),) in self.rows

    def _concept(self, word: str) -> tuple[str, float]:
        found = concept(word, self.concepts)
        if (found,) in self.rows or not LIKE_LETTERS <= len(found) <= LONGEST_WORD:
            return found, 1.0
        near = process.extractOne(found, self.known.get(found[0], ()), scorer=fuzz.ratio, score_cutoff=LIKE)
        return (near[0], LIKE_WEIGHT) if near else (found, 1.0)


def concept(word: str, concepts: Mapping[str, str]) -> str:
    """The word all its forms and synonyms come to."""
    if word in (SOME, MANY):
        return word
    form = lemma(word)
    return concepts.get(form, form)


def taught(examples: Sequence[tuple[Sequence[str], int]], classes: int, concepts: Mapping[str, str]) -> Weights:
    """The weights of examples: their words, and the number of the topic they belong to."""
    found = [_features([(concept(word, concepts), 1.0, tense(word)) for word in spoken]) for spoken, _ in examples]
    homes: dict[Feature, set[int]] = {}
    for features, (_, topic) in zip(found, examples, strict=True):
        for feature in features:
            homes.setdefault(feature, set()).add(topic)
    rarest = _rarity(1, classes)
    rows = {feature: row for row, feature in enumerate(homes)}
    rarity = tuple(_rarity(len(topics), classes) for topics in homes.values())
    known: dict[str, list[str]] = {}
    for feature in rows:
        if len(feature) == 1:
            known.setdefault(feature[0][0], []).append(feature[0])
    table = _solved(found, [topic for _, topic in examples], rows, rarity, classes, FEWEST * rarest)
    ordered = {letter: tuple(sorted(forms)) for letter, forms in known.items()}
    return Weights(dict(concepts), rows, rarity, table, ordered, rarest)


def _rarity(topics: int, classes: int) -> float:
    """A word of few topics weighs more than a word of many."""
    return max(math.log((1 + classes) / (topics + 0.5)), 0.0) ** 1.2 if classes > 1 else 1.0


def _features(spoken: Sequence[Heard]) -> dict[Feature, float]:
    """Words, their stems and tenses, and pairs of words near each other, in any order («света нет», «нет света»)."""
    out: dict[Feature, float] = {}
    for at, (word, weight, when) in enumerate(spoken):
        out[(word,)] = weight
        stem = ("", word[:STEM])
        out[stem] = max(out.get(stem, 0.0), STEM_WEIGHT * weight)
        if when:
            out[("", word, when)] = TENSE_WEIGHT * weight
        for other, beside, _ in spoken[at + 1 : at + PAIR_REACH]:
            pair = (word, other) if word < other else (other, word)
            out[(*pair, "")] = PAIR_WEIGHT * weight * beside
    return out


def _solved(
    found: Sequence[Mapping[Feature, float]],
    topics: Sequence[int],
    rows: Mapping[Feature, int],
    rarity: Sequence[float],
    classes: int,
    least: float,
) -> Matrix:
    """Ridge regression by conjugate gradients over the few features an example has."""
    if not found:
        return np.zeros((0, classes), dtype=np.float32)
    often = Counter(topics)
    line: list[int] = []
    column: list[int] = []
    value: list[float] = []
    for number, features in enumerate(found):
        weights = [(rows[feature], weight * rarity[rows[feature]]) for feature, weight in features.items()]
        size = max(math.sqrt(sum(weight * weight for _, weight in weights)), least) or 1.0
        # A topic with many examples must not outshout one with few.
        balance = often[topics[number]] ** -0.25
        line.extend(number for _ in weights)
        column.extend(row for row, _ in weights)
        value.extend(balance * weight / size for _, weight in weights)
    wanted = np.zeros((len(found), classes), dtype=np.float32)
    wanted[np.arange(len(found)), np.asarray(topics)] = [often[topic] ** -0.25 for topic in topics]
    scale = np.float32(math.sqrt(len(found) / sum(often[topic] ** -0.5 for topic in topics)))
    entries = _Sparse(line, column, np.asarray(value, dtype=np.float32) * scale, (len(found), len(rows)))
    right = entries.back(wanted * scale)
    own = entries.squares() + np.float32(RIDGE)
    return _conjugate_gradients(lambda held: entries.back(entries.forth(held)) + RIDGE * held, right, own)


class _Sparse:
    """A table of examples by features, most of it empty, multiplied both ways."""

    def __init__(self, line: Sequence[int], column: Sequence[int], value: Matrix, shape: tuple[int, int]) -> None:
        self._shape = shape
        lines, columns = np.asarray(line), np.asarray(column)
        self._forth = _sorted(lines, columns, value)
        self._back = _sorted(columns, lines, value)

    def squares(self) -> Matrix:
        """How much every feature weighs in all examples together."""
        targets, starts, _, value = self._back
        out = np.zeros((self._shape[1], 1), dtype=np.float32)
        out[targets] = np.add.reduceat(value * value, starts, axis=0)
        return out

    def forth(self, weights: Matrix) -> Matrix:
        return _product(self._forth, weights, self._shape[0])

    def back(self, wanted: Matrix) -> Matrix:
        return _product(self._back, wanted, self._shape[1])


_Entries = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Matrix]


def _sorted(target: NDArray[np.int64], source: NDArray[np.int64], value: Matrix) -> _Entries:
    """Entries in the order of where they are added up: the targets, where each begins, the sources, the values."""
    order = np.argsort(target, kind="stable")
    targets, starts = np.unique(target[order], return_index=True)
    return targets, starts, source[order], value[order, None]


def _product(entries: _Entries, given: Matrix, size: int) -> Matrix:
    targets, starts, source, value = entries
    out = np.zeros((size, given.shape[1]), dtype=given.dtype)
    out[targets] = np.add.reduceat(given[source] * value, starts, axis=0)
    return out


def _conjugate_gradients(times: Callable[[Matrix], Matrix], right: Matrix, own: Matrix) -> Matrix:
    """The solution of a positive definite system, every column by itself, near enough after a dozen steps.

    `own` is the system's diagonal: common features are led by it to their place at once.
    """
    held = np.zeros_like(right)
    residue = right.copy()
    ahead = residue / own
    direction = ahead.copy()
    size = np.einsum("ij,ij->j", residue, ahead)
    enough = ENOUGH * size
    for _ in range(STEPS):
        if not np.any(size > enough):
            break
        turned = times(direction)
        length = size / np.maximum(np.einsum("ij,ij->j", direction, turned), TINY)
        held += direction * length
        residue -= turned * length
        ahead = residue / own
        before, size = size, np.einsum("ij,ij->j", residue, ahead)
        direction = ahead + direction * (size / np.maximum(before, TINY))
    return held
