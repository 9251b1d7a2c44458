"""Where the stress of a word is: from the dictionary, from its «ё», else guessed from its ending."""

import re
from functools import lru_cache

from asr.pronunciation.dictionary import plain, stressed
from asr.pronunciation.letters import VOWELS, vowels

_ENDINGS: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(f"(?:{pattern})$"), back)
    for pattern, back in (
        ("ация|яция|иция|уция|енция|ция|ии|ию|ией|ия", 3),
        ("ирова(?:ть|л|ла|ли|н)", 2),
        ("ировани[еяюй]", 3),
        ("ени[еяюй]|ани[еяюй]|яни[еяюй]", 3),
        ("инск(?:ая|ой|ую|ий|ого)|овск(?:ая|ой|ую|ий|ого)|евск(?:ая|ой|ую|ий|ого)|ск(?:ая|ой|ую|ий|ого)", 3),
        ("ичн(?:ый|ая|ое|ой|ого|ую)|ивн(?:ый|ая|ое|ой|ого|ую)|альн(?:ый|ая|ое|ой|ого|ую)", 3),
        ("ист|изм|ант|ент|онт|арт|ит|ёр|ор|яр|ов|ев|ин|ок|ец|ик", 1),
    )
)


@lru_cache(maxsize=20_000)
def marked(word: str) -> tuple[tuple[str, ...], bool]:
    """The word with its stress marked, in each likely way, and whether that is a guess."""
    known = stressed().get(plain(word))
    if known is not None:
        same = tuple(way for way in known if "ё" not in word or way.replace("+", "") == word)
        if same:
            return same, False
    if vowels(word) == 1:
        return (_at(word, 1),), False
    if "ё" in word:
        return (word,), False
    return _guess(word), True


def _guess(word: str) -> tuple[str, ...]:
    for pattern, back in _ENDINGS:
        if pattern.search(word):
            return (_at(word, min(back, vowels(word))),)
    return tuple(dict.fromkeys((_at(word, 2), _at(word, 1))))


def _at(word: str, back: int) -> str:
    """Marked at a vowel counted from the end, the last being one."""
    places = [at for at, letter in enumerate(word) if letter in VOWELS]
    at = places[-min(back, len(places))]
    return f"{word[:at]}+{word[at:]}"
