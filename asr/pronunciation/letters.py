"""Russian letters: which are vowels, what each is called, and a word tidied of the ways people type it."""

import re
import unicodedata

VOWELS = "аеёиоуыэюя"
_RUSSIAN = re.compile(r"[а-яё+]*[а-яё]")
_ACUTE = "\u0301"
_NAMES = {
    "б": "бэ", "в": "вэ", "г": "гэ", "д": "дэ", "ж": "жэ", "з": "зэ", "й": "ий", "к": "ка", "л": "эль", "м": "эм",
    "н": "эн", "п": "пэ", "р": "эр", "с": "эс", "т": "тэ", "ф": "эф", "х": "ха", "ц": "цэ", "ч": "че", "ш": "ша",
    "щ": "ща", "ъ": "ер", "ь": "ерь",
}  # fmt: skip


def tidy(word: str) -> str:
    """Small letters; a stress typed as an accent becomes «+» before its vowel, an apostrophe inside a word «ъ»."""
    word = unicodedata.normalize("NFC", word.strip().lower())
    word = re.sub(f"([{VOWELS}]){_ACUTE}", r"+\1", word)
    return re.sub(r"(?<=[а-я])['’](?=[еёюя])", "ъ", word)


def russian(word: str) -> bool:
    return _RUSSIAN.fullmatch(word) is not None and not re.search(rf"\+(?![{VOWELS}])", word)


def vowels(word: str) -> int:
    return sum(letter in VOWELS for letter in word)


def spelled(word: str) -> str:
    """A word without vowels by the names of its letters, the last of them stressed: «мрот» is a word, «снт» is not."""
    named = "".join(_NAMES[letter] for letter in word)
    last = max(named.rfind(vowel) for vowel in VOWELS)
    return f"{named[:last]}+{named[last:]}"
