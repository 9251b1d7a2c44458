"""Which of a menu's choices a caller means: near enough to one phrase, and clearly nearer than to any other choice.

Inflections, kin («отключили» for «отключение») and garbled words count; a word that merely looks alike («долго» for
«долг») never does, and what was denied («не сегодня») is not meant. Of a correction the last part decides.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from bots.understanding.kin import groups
from bots.understanding.lemmas import is_word, lemma, lemmas
from bots.understanding.lexicon import REPAIRS
from bots.understanding.lexicon import words as listed
from bots.understanding.tokens import normalise, pieces

THRESHOLD = 75.0
MARGIN = 8.0
LOOSE = 0.9
"""Words of several phrases together count for a little less than one phrase."""
RELATED, RARER_FORM = 88.0, 86.0
GARBLED = 75.0
"""A word the dictionary has not may be a known one misheard."""
_ANSWERS = frozenset(("да", "нет", "ничего", "нету"))
_NEGATIONS = frozenset(("не", "ни"))
_STOP = frozenset(
    listed(
        """
        я мне мы хочу хотел хотела хотелось бы надо нужно нужен нужна по про о об на с у в и а ну вот это пожалуйста
        здравствуйте добрый день меня мой моя мои мою нам вопрос нас скажите подскажите давайте можно как где куда
        узнать насчет ли же то из за к ко для есть девушка лучше будет там тут звоню хотим интересует
        """
    )
)
_REPAIR = re.compile(r"\b(?:" + "|".join(sorted(REPAIRS, key=len, reverse=True)) + r")\b|(?<=\s)а(?=\s)")
_EITHER = re.compile(r"\b(?:или|либо)\b")


def chosen(normal: str, choices: Mapping[str, Sequence[str]]) -> str | None:
    """The choice meant, or None where none is near or two are."""
    named = _decided(normal, choices)
    if named is not None or _EITHER.search(normal):
        return named
    parts = [part for part in _REPAIR.split(normal) if _content(part)]
    return _decided(parts[-1], choices) if len(parts) > 1 else None


def _decided(normal: str, choices: Mapping[str, Sequence[str]]) -> str | None:
    words = _content(normal)
    if not words:
        return None
    best, second, name = 0.0, 0.0, None
    for choice, phrases in choices.items():
        worded = [_worded(phrase) for phrase in phrases]
        score = max((*(_alike(words, phrase) for phrase in worded), _within(words, worded)), default=0.0)
        if score > best:
            best, second, name = score, best, choice
        elif score > second:
            second = score
    if name is None or best < THRESHOLD or best - second < MARGIN:
        return None
    return name


@lru_cache(maxsize=4096)
def _worded(phrase: str) -> tuple[str, ...]:
    """A phrase of a menu, which is asked thousands of times."""
    return _content(normalise(phrase))


def _content(normal: str) -> tuple[str, ...]:
    """The words that choose; a denied word carries its «не» with it."""
    every = [word for word in pieces(normal) if word[0].isalnum()]
    out: list[str] = []
    denied = False
    for word in every:
        if word in _NEGATIONS:
            denied = True
        elif word not in _STOP:
            out.append(f"не {word}" if denied else word)
            denied = False
    return tuple(out) or tuple(every)


def _alike(said: tuple[str, ...], phrase: tuple[str, ...]) -> float:
    """How much of the phrase was said, word by word; the whole line may be one word torn apart."""
    if not phrase:
        return 0.0
    total = sum(max(_word(wanted, word) for word in said) * len(wanted) for wanted in phrase)
    covered = total / sum(len(wanted) for wanted in phrase)
    if len(said) == len(phrase):
        return covered
    return max(covered, fuzz.ratio("".join(said), "".join(phrase)))


def _within(said: tuple[str, ...], phrases: Sequence[tuple[str, ...]]) -> float:
    """How much of what was said belongs to a choice's words at all: «отключили свет» for «нет света», «отключение»."""
    wishes = [word for word in said if word not in _ANSWERS]
    # «свет» alone is half of «нет света», and the other half is what matters.
    whole = [phrase for phrase in phrases if _ANSWERS.isdisjoint(phrase) or not _ANSWERS.isdisjoint(said)]
    vocabulary = {word for phrase in (whole if len(wishes) < 2 else phrases) for word in phrase}
    if not wishes or not vocabulary:
        return 0.0
    total = sum(max(_word(wanted, word) for wanted in vocabulary) * len(word) for word in wishes)
    return LOOSE * total / sum(len(word) for word in wishes)


@lru_cache(maxsize=20_000)
def _word(wanted: str, word: str) -> float:
    """How near two words are: the same, forms of one, kin, or one of them garbled."""
    if wanted == word:
        return 100.0
    if wanted.startswith("не ") or word.startswith("не "):
        both = wanted.startswith("не ") and word.startswith("не ")
        return _word(wanted[3:], word[3:]) if both else 0.0
    one, other = lemma(wanted), lemma(word)
    if one == other:
        return 98.0
    if not groups(one).isdisjoint(groups(other)):
        return RELATED
    if not lemmas(wanted).isdisjoint(lemmas(word)):
        return RARER_FORM
    if is_word(word) or min(len(wanted), len(word)) < 4:
        return 0.0
    score = max(fuzz.ratio(wanted, word), fuzz.ratio(one, other))
    return score if score >= GARBLED else 0.0
