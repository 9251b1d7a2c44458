"""Which of a menu's choices a caller means: near enough to one phrase, and clearly nearer than to any other choice."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from bots.lexicon import words as listed
from bots.tokens import normalise, pieces

THRESHOLD = 75.0
MARGIN = 8.0
LOOSE = 0.9
"""Words of several phrases together count for a little less than one phrase."""
_ANSWERS = frozenset(("да", "нет", "не", "ничего", "нету"))
_STOP = frozenset(
    listed(
        """
        я мне хочу хотел хотела бы надо нужно по про о об на с у в и а ну вот это пожалуйста здравствуйте добрый
        день меня мой моя мои вопрос нас скажите подскажите давайте можно как
        """
    )
)


def chosen(normal: str, choices: Mapping[str, Sequence[str]]) -> str | None:
    """The choice meant, or None where none is near or two are."""
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
    every = [word for word in pieces(normal) if word[0].isalnum()]
    return tuple(word for word in every if word not in _STOP) or tuple(every)


def _alike(said: tuple[str, ...], phrase: tuple[str, ...]) -> float:
    """How much of the phrase was said, word by word, endings forgiven; the whole line may be one garbled word."""
    if not phrase:
        return 0.0
    total = 0.0
    for wanted in phrase:
        total += max(_word(wanted, word) for word in said) * len(wanted)
    covered = total / sum(len(wanted) for wanted in phrase)
    return max(covered, fuzz.ratio(" ".join(said), " ".join(phrase)))


def _within(said: tuple[str, ...], phrases: Sequence[tuple[str, ...]]) -> float:
    """How much of what was said belongs to a choice's words at all: «отключили свет» for «нет света», «отключение»."""
    wishes = [word for word in said if word not in _ANSWERS]
    vocabulary = {word for phrase in phrases for word in phrase}
    if not wishes or not vocabulary:
        return 0.0
    total = sum(max(_word(wanted, word) for wanted in vocabulary) * len(word) for word in wishes)
    return LOOSE * total / sum(len(word) for word in wishes)


def _word(wanted: str, word: str) -> float:
    if wanted == word:
        return 100.0
    shared = 0
    for left, right in zip(wanted, word, strict=False):
        if left != right:
            break
        shared += 1
    stem = max(4, min(len(wanted), len(word)) - 3)
    if shared >= stem and abs(len(wanted) - len(word)) <= 4:
        return 95.0
    score = fuzz.ratio(wanted, word)
    return score if score >= 70 else 0.0
