"""What a caller has come with, in answer to «Чем помочь?»: one topic, two of them, a question between two, or nothing.

Topics are taught by examples (the supplier's `topics.yaml`). A topic is named only where the evidence is enough and
clearly more than for any other: none is better than a wrong one. What was said besides («показания двенадцать триста»)
is kept. Operators, refusals and the rest that may be said anywhere stay with `bots.understanding.understand`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from bots.understanding.lemmas import lemma
from bots.understanding.lexicon import (
    DIGIT_NOUNS,
    DIGIT_PLURALS,
    HUNDREDS,
    TEENS,
    TENS,
    THOUSANDS,
    UNITS,
    ZEROS,
    ZONE_WORDS,
)
from bots.understanding.tokens import normalise, pieces
from bots.understanding.topic_weights import MANY, SOME, STOP, Heard, Weights, concept, taught

ENOUGH, AHEAD = 0.38, 0.12
"""A topic's score, and its lead over the next, below which nothing is decided."""
NEAR, NEAR_ENOUGH = 0.25, 0.30
"""Between two topics of such scores the caller is asked."""
HALF_ENOUGH, HALF_AHEAD = 0.40, 0.12
"""What a part of an utterance must reach to stand for itself."""
APART_ENOUGH, APART_AHEAD = 0.45, 0.15
"""The same where nothing but «и» parts it from the rest."""
MOST_WORDS, MOST_LETTERS, MOST_SEAMS = 40, 1000, 6
"""Nobody needs longer to say what the matter is; what follows is part of the rest only."""
_WINDOW = 6
_STRONG = re.compile(
    r"\b(?:(?:а|и) )?(?:(?<!все )(?<!до сих пор )еще|также|заодно|плюс|кроме того)\b|\b(?:а|и) потом\b|[.;?!]"
)
_WEAK = re.compile(r"\bи\b|,")
_SPACES = re.compile(r"\s+")
_GREETING = re.compile(r"\bдобр(?:ый|ое|ого) (?:день|дня|вечер|утро)\b")
_JOINED = re.compile(r" ([,.;:!?])")
_COUNTED = frozenset((*ZEROS, *UNITS, *TEENS, *TENS, *HUNDREDS, *THOUSANDS, *DIGIT_NOUNS, *DIGIT_PLURALS))
_NUMBERS = _COUNTED | frozenset(ZONE_WORDS)
_PLACES = (("первое", "первый вариант"), ("второе", "второй вариант", "последнее"))
_LONE = frozenset(word for word, value in UNITS.items() if value == 1) | {
    "день",
    "дня",
    "ночь",
    "ночью",
    "днем",
    "ночи",
}
"""No reading, unless another number stands beside: «я одна живу», «целый день»."""


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    title: str
    examples: tuple[str, ...]
    words: tuple[str, ...] = ()
    """Short turns of speech, each an example of its own."""
    wish: str = ""
    """How a guiding question names it: «узнать сумму к оплате»."""
    without: tuple[str, ...] = ()
    """What rules the topic out wherever it is said."""
    answer: str = ""
    operator: bool = False


@dataclass(frozen=True, slots=True)
class Sorted:
    """What was understood. At most one of `topics` and `between` is filled; both are empty where nothing was."""

    topics: tuple[str, ...] = ()
    """One topic, or two in the order they were said."""
    between: tuple[str, ...] = ()
    """The two topics that are near each other."""
    ask: str = ""
    """The guiding question between them."""
    rest: str = ""
    """What was said besides the topic: a reading, an address, a day."""
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class _Found:
    """The best two topics of some words."""

    first: str | None
    score: float
    second: str | None
    next_score: float

    def decided(self, enough: float = ENOUGH, ahead: float = AHEAD) -> bool:
        return self.first is not None and self.score >= enough and self.score - self.next_score >= ahead


_NOTHING = _Found(None, 0.0, None, 0.0)


class Topics:
    """The topics of a line, ready to sort what callers say. Built once a version; never changed, picklable."""

    def __init__(
        self,
        topics: Sequence[Topic],
        *,
        synonyms: Sequence[Sequence[str]] = (),
        nothing: Sequence[str] = (),
        asks: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self.topics = {topic.name: topic for topic in topics}
        self._asks = {frozenset(pair): (pair, text) for pair, text in (asks or {}).items()}
        self._names: tuple[str | None, ...] = (*self.topics, None)
        concepts: dict[str, str] = {}
        for group in synonyms:
            for word in group:
                concepts.setdefault(lemma(normalise(word)), lemma(normalise(group[0])))
        examples = [
            (_content(phrase), number)
            for number, topic in enumerate(self.topics.values())
            for phrase in (*topic.examples, *topic.words)
        ]
        examples += [(_content(phrase), len(self.topics)) for phrase in nothing]
        self._weights = taught([(words, number) for words, number in examples if words], len(self._names), concepts)
        self._own = {
            topic.name: frozenset(concept(w, concepts) for phrase in topic.examples for w in _content(phrase))
            for topic in self.topics.values()
        }
        self._without = {
            topic.name: tuple(frozenset(concept(w, concepts) for w in _content(phrase)) for phrase in topic.without)
            for topic in self.topics.values()
            if topic.without
        }

    def sort(self, said: str) -> Sorted:
        """The topic or topics of what was said to an open question."""
        normal = _SPACES.sub(" ", normalise(said)).strip()[:MOST_LETTERS]
        words = _content(normal)[:MOST_WORDS]
        if not words:
            return Sorted(rest=self._rest(normal, ()))
        heard = _Hearing(self._weights)
        whole = self._found(words, heard)
        both = self._two(normal, whole, heard)
        if both:
            return Sorted(both, rest=self._rest(normal, both), score=whole.score)
        if whole.decided() and whole.first is not None:
            return Sorted((whole.first,), rest=self._rest(normal, (whole.first,)), score=whole.score)
        inside = self._in_a_long_story(words, heard)
        if inside is not None:
            return Sorted((inside,), rest=self._rest(normal, (inside,)), score=whole.score)
        if whole.first and whole.second and whole.score >= NEAR_ENOUGH and whole.next_score >= NEAR:
            pair = self._in_order(whole.first, whole.second)
            return Sorted(between=pair, ask=self.question(*pair), rest=self._rest(normal, pair), score=whole.score)
        return Sorted(rest=self._rest(normal, ()), score=whole.score)

    def question(self, first: str, second: str) -> str:
        """«Вам узнать сумму к оплате или оспорить начисление?»"""
        own = self._asks.get(frozenset((first, second)))
        if own is not None:
            return own[1]
        wishes = [self.topics[name].wish or self.topics[name].title.lower() for name in (first, second)]
        return f"Вам {wishes[0]} или {wishes[1]}?"

    def apart(self, between: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
        """What a caller may call either of two topics after the guiding question: its own words of it first of all."""
        halves = self.question(*between).rstrip("?").split(" или ")
        own = halves if len(halves) == len(between) else [""] * len(between)
        names = zip(between, own, _PLACES, strict=False)
        return {
            name: tuple(filter(None, (half, self.topics[name].wish, self.topics[name].title, *places)))
            for name, half, places in names
        }

    def _in_order(self, first: str, second: str) -> tuple[str, str]:
        """The two as the question between them names them."""
        own = self._asks.get(frozenset((first, second)))
        return own[0] if own is not None else (first, second)

    def _found(self, words: Sequence[str], heard: "_Hearing") -> _Found:
        scores = self._weights.scores([heard[word] for word in words])
        for name in self._ruled_out(words):
            scores[self._names.index(name)] = -1.0
        ranked = scores.argsort(kind="stable")[::-1]
        if len(ranked) < 2:
            return _NOTHING
        best, second = int(ranked[0]), int(ranked[1])
        return _Found(self._names[best], float(scores[best]), self._names[second], float(scores[second]))

    def _ruled_out(self, words: Sequence[str]) -> set[str | None]:
        if not self._without:
            return set()
        spoken = {concept(word, self._weights.concepts) for word in words}
        return {name for name, phrases in self._without.items() if any(phrase <= spoken for phrase in phrases)}

    def _two(self, normal: str, whole: _Found, heard: "_Hearing") -> tuple[str, ...]:
        """Two topics with a word between them that parts them: «показания передать, а ещё узнать долг»."""
        for parting, weak in ((_STRONG, False), (_WEAK, True)):
            need = (APART_ENOUGH, APART_AHEAD) if weak else (HALF_ENOUGH, HALF_AHEAD)
            for seam in islice(parting.finditer(normal), MOST_SEAMS):
                left = self._found(_content(normal[: seam.start()])[:MOST_WORDS], heard)
                if not left.decided(*need):
                    continue
                right = self._found(_content(normal[seam.end() :])[:MOST_WORDS], heard)
                if not right.decided(*need):
                    continue
                if left.first == right.first or left.first is None or right.first is None:
                    continue
                pair = (left.first, right.first)
                likely = {whole.first, whole.second} if weak else {whole.first}
                if likely <= set(pair):
                    return pair
        return ()

    def _in_a_long_story(self, words: Sequence[str], heard: "_Hearing") -> str | None:
        """The one topic that stretches of a long story agree on."""
        if len(words) <= _WINDOW:
            return None
        named: set[str] = set()
        for at in range(0, len(words) - _WINDOW + 1, 1 + len(words) // 20):
            found = self._found(words[at : at + _WINDOW], heard)
            if found.decided(APART_ENOUGH, APART_AHEAD) and found.first is not None:
                named.add(found.first)
        return named.pop() if len(named) == 1 else None

    def _rest(self, normal: str, topics: Sequence[str]) -> str:
        """What is left when the topic's own words and the courtesies are taken off both ends."""
        said = pieces(_GREETING.sub(" ", normal))
        counted = [word in _NUMBERS or word[0].isdigit() for word in said]
        own = frozenset().union(*(self._own[name] for name in topics)) if topics else frozenset()

        def besides(at: int) -> bool:
            word = said[at]
            if counted[at]:
                beside = any(counted[max(at - 1, 0) : at]) or any(counted[at + 1 : at + 2])
                return beside or word not in _LONE
            return word[0].isalnum() and word not in STOP and concept(word, self._weights.concepts) not in own

        left = [at for at in range(len(said)) if besides(at)]
        if not left:
            return ""
        return _JOINED.sub(r"\1", " ".join(said[left[0] : left[-1] + 1]))


class _Hearing(dict[str, Heard]):
    """The words of one utterance, each looked up once however many stretches of it are asked."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self._weights = weights

    def __missing__(self, word: str) -> Heard:
        return self.setdefault(word, self._weights.heard(word))


def _content(text: str) -> tuple[str, ...]:
    """The words of a text that may tell what it is about."""
    out: list[str] = []
    for word in pieces(normalise(text)):
        if word in _COUNTED or word[0].isdigit():
            # A number is a number: one of several words is a reading or an account, a lone one hardly anything.
            out[-1:] = (
                [MANY]
                if out and out[-1] in (SOME, MANY)
                else [*out[-1:], SOME if len(word) < 4 or word in _COUNTED else MANY]
            )
        elif word[0].isalpha() and word not in STOP:
            out.append(word)
    return tuple(out)
