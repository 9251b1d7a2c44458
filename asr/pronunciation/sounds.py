"""The sounds of a word written by ear, its stress marked: softness, weak vowels, voicing as in standard Russian."""

import re
from itertools import zip_longest
from typing import NamedTuple

from asr.pronunciation.phones import PAIRED, VOWELS

_VOWELS = {"а": "A", "е": "E", "ё": "O", "и": "I", "о": "O", "у": "U", "ы": "Y", "э": "E", "ю": "U", "я": "A"}
_SOFTENING = frozenset("еёиюяь")
_IOTATED = frozenset("еёюя")
_CONSONANTS = {
    "б": "b", "в": "v", "г": "g", "д": "d", "з": "z", "к": "k", "л": "l", "м": "m", "н": "n", "п": "p", "р": "r",
    "с": "s", "т": "t", "ф": "f", "х": "h", "ж": "zh", "ш": "sh", "ц": "c", "ч": "ch", "щ": "sch", "й": "j",
}  # fmt: skip
_ALWAYS_HARD = frozenset("жшц")

_VOICELESS_OF = {"b": "p", "d": "t", "g": "k", "v": "f", "z": "s", "zh": "sh"}
_VOICED_OF = {voiceless: voiced for voiced, voiceless in _VOICELESS_OF.items()}
_VOICELESS = frozenset((*_VOICED_OF, "c", "ch", "sch", "h"))
_VOICING = frozenset(("b", "d", "g", "z", "zh"))
"""Not «в»: «свет» keeps its «с»."""
_SOFTENED = {"s": "tdnsz", "z": "tdnsz", "n": "tdsz"}
"""What a tooth sound is softened by: «здесь», «пенсия»."""
_SOFT_BEFORE_HUSHING = frozenset(("ch", "sch"))


class _Letter(NamedTuple):
    letter: str
    stressed: bool


_LETTER = re.compile(r"(\+?)([а-яё])")


def sounds(word: str) -> tuple[str, ...]:
    """The phones of a word of small Cyrillic letters, «+» before its stressed vowels; other signs have no sound."""
    letters = [_Letter(letter, bool(mark) or letter == "ё") for mark, letter in _LETTER.findall(word)]
    phones: list[str] = []
    for at, (letter, _) in enumerate(letters):
        if letter in _VOWELS:
            phones += _vowel(letters, at)
        elif letter in _CONSONANTS:
            phone = _CONSONANTS[letter]
            soft = phone in PAIRED and at + 1 < len(letters) and letters[at + 1].letter in _SOFTENING
            phones.append(f"{phone}'" if soft else phone)
    return tuple(_assimilated(phones))


def _vowel(letters: list[_Letter], at: int) -> list[str]:
    letter, stressed = letters[at]
    before = letters[at - 1].letter if at else ""
    iotated = (letter in _IOTATED and (not before or before in _VOWELS or before in "ьъ")) or (
        before == "ь" and letter in "ио"
    )
    full = _VOWELS[letter]
    if before in _ALWAYS_HARD and before and letter in "ие" and (letter == "и" or not stressed):
        full = "Y"
    vowel = full if stressed else _weak(letters, at, full)
    return ["j", vowel] if iotated else [vowel]


def _weak(letters: list[_Letter], at: int, full: str) -> str:
    """An unstressed vowel: «о» becomes «а», and after a soft consonant «е» and «я» become «и»."""
    letter = letters[at].letter
    before = letters[at - 1].letter if at else ""
    if full == "E":
        return "i" if letter == "е" else "e"
    if full not in "AO":
        return full.lower()
    after_stress = any(stressed for _, stressed in letters[:at])
    if letter == "я":
        rest = "".join(other.letter for other in letters[at + 1 :])
        return "a" if not rest or (after_stress and rest in ("м", "х", "ми")) else "i"
    if letter == "а" and before in ("ч", "щ") and not after_stress:
        return "i"
    return "a"


def _assimilated(phones: list[str]) -> list[str]:
    """Consonants made like the one that follows, from the end of the word, where voice is lost."""
    for at in range(len(phones) - 1, -1, -1):
        base, soft = _parted(phones[at])
        following = phones[at + 1] if at + 1 < len(phones) else ""
        next_base, next_soft = _parted(following)
        if base in _VOICELESS_OF and (not following or next_base in _VOICELESS):
            base = _VOICELESS_OF[base]
        elif base in _VOICED_OF and next_base in _VOICING:
            base = _VOICED_OF[base]
        if not soft and base in _SOFTENED:
            softened = next_soft and next_base in _SOFTENED[base]
            soft = softened or (base == "n" and next_base in _SOFT_BEFORE_HUSHING)
        phones[at] = f"{base}'" if soft else base
    # A consonant twice is one, longer: «отдать», «ссылка».
    return [phone for phone, following in zip_longest(phones, phones[1:]) if not _same(phone, following)]


def _same(phone: str, following: str | None) -> bool:
    return phone not in VOWELS and following is not None and _parted(phone)[0] == _parted(following)[0]


def _parted(phone: str) -> tuple[str, bool]:
    return phone.removesuffix("'"), phone.endswith("'") and phone not in VOWELS
