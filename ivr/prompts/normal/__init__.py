"""Written Russian made speakable: every digit becomes words, so that no voice can skip one or read it its own way.

The rules know what stands in the texts of an energy retailer's line: numbers with their nouns, sums, dates, hours,
telephones, accounts, units, addresses, abbreviations. What they leave is an error and not a guess. Each module has the
rules of one kind; their order matters, for the first that fits takes the place.
"""

import re
import unicodedata

from ivr.prompts.normal import amounts, calendar, codes, letters, numbers, places, words
from ivr.prompts.normal.before import PREPOSITION_LAST as PREPOSITION_LAST
from ivr.prompts.normal.before import Rule
from ivr.prompts.normal.before import case_after as case_after
from ivr.prompts.spoken import NotSpeakable

_KNOWN: tuple[Rule, ...] = (
    *letters.LINKS,
    *codes.RULES,
    *places.STREETS,
    *calendar.RULES,
    *numbers.PERCENTAGES,
    *amounts.RULES,
    *places.RULES,
    *codes.LONG,
    *numbers.RULES,
    *words.RULES,
)
_RULES: tuple[Rule, ...] = (*_KNOWN, *letters.RULES, *words.YO, *words.PREPOSITIONS)


_SHORT = "руб|коп|мин|сек|ч|г|гг|мес|дн|сут|чел|шт|тыс|млн|млрд|кв|м|нед|экз"


class DigitLeft(NotSpeakable):
    """A text still has a digit after normalisation: the text says where."""


def speakable(text: str) -> str:
    """The text with everything written in digits, signs and abbreviations said in words; raises `NotSpeakable`."""
    said = _tidy(text)
    for pattern, rule in _RULES:
        said = pattern.sub(rule, said)
    said = re.sub(r"\s+([,.!?;:…])", r"\1", re.sub(r"\s+", " ", said)).strip()
    said = re.sub(r"([,;:])[,;:]+", r"\1", said)
    left = next((at for at, letter in enumerate(said) if letter.isnumeric()), None)
    if left is not None:
        around = said[max(0, left - 15) : left + 15]
        raise DigitLeft(f"do not know how to say {said[left]!r} in «{around}» (of «{text}»): write it in words")
    return said


def guessed(text: str) -> list[str]:
    """Latin words and abbreviations that nobody has listed: how they are read is a guess. Raises `NotSpeakable`."""
    said = _tidy(text)
    for pattern, rule in _KNOWN:
        said = pattern.sub(rule, said)
    return list(
        dict.fromkeys(
            word[0] for pattern, _ in letters.RULES for word in pattern.finditer(said) if not letters.is_known(word[0])
        )
    )


_ALIKE = str.maketrans("ABCEHKMOPTXaceopxy", "АВСЕНКМОРТХасеорху")


def _one_alphabet(word: re.Match[str]) -> str:
    """A Latin letter in a Russian word is a slip: «Cчётчик»."""
    return word[0].translate(_ALIKE) if re.search(r"[А-Яа-яЁё]", word[0]) else word[0]


def _tidy(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000\t\r\n]", " ", text)
    text = re.sub(r"[\u00ad\u200b-\u200f\ufeff]", "", text)
    text = re.sub(r"[^\W\d_]+", _one_alphabet, text)
    text = re.sub(r"(?<![\w°])[CBKO](?=\s+[0-9])", lambda letter: letter[0].translate(_ALIKE), text)
    text = re.sub(r"(?<=[0-9])\(", " (", text)
    text = re.sub(r"(?<=[0-9])[\u2010\u2011\u2012\u2013\u2014](?=[0-9])", "-", text)
    text = re.sub(r"[\u2010\u2011]", "-", text)
    text = re.sub(r"(?<=кВт)\*(?=ч)", "·", text, flags=re.IGNORECASE)
    # The point of «руб.» may be that of the sentence too.
    text = re.sub(rf"(?<=[0-9])(\s*(?:{_SHORT})\.)(?=\s+[«А-ЯЁ])", r"\1.", text)
    text = re.sub(r"(?<=нажмите )\*(?!\w)", "звёздочку", text)
    text = re.sub(r"(?<=нажмите )#(?!\w)", "решётку", text)
    return re.sub(r"[«»„“”\"*#|<>\[\]{}\\]", " ", text)
