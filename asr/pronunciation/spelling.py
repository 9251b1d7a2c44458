"""Where Russian is not said as it is written: «сегодня» with «в», «счёт» with «щ», «лестница» without its «т».

Takes and gives words in letters, «+» before each stressed vowel; what the letters then sound like is `sounds`' to say.
"""

import re

_KEEPS_G = frozenset(
    (
        "много", "немного", "намного", "ненамного", "строго", "нестрого", "дорого", "недорого", "убого", "полого",
        "отлого", "лого", "эго", "лего",
    )
)  # fmt: skip
"""Adverbs and names in which the ending «-ого» is said as written."""

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"сег(\+?)одн", r"сев\1одн"),
        (r"^(ни)?ч(т\+?о(?:бы?)?)$", r"\1ш\2"),
        (r"^ч(т\+?о-)", r"ш\1"),
        (r"(кон\+?е|ск\+?у|нар\+?о)ч(н[а-яё+]{1,3})$", r"\1ш\2"),
        (r"(иш?и|ини|ити)чн(а|ы|е|у|ой)$", r"\1шн\2"),
        (r"ть?ся$", "ца"),
        (r"(здр\+?а|ч\+?у|безм\+?ол)вств", r"\1ств"),
        (r"с(\+?[оё])лнц", r"с\1нц"),
        (r"рд(ц|ч)", r"р\1"),
        (r"г(к|ч)", r"х\1"),
        (r"б(\+?)ог$", r"б\1ох"),
        (r"с[ст]ск", "ск"),
        (r"н[тд](ск|ств)", r"н\1"),
        (r"[тд](?:ь)?ск", "цк"),
        (r"[тд]ств", "цтв"),
        (r"[тд]ц", "ц"),
        (r"(?<!ко)стн", "сн"),
        (r"(?<!бе)здн", "зн"),
        (r"([аеи])стл(\+?)ив", r"\1сл\2ив"),
        (r"(?:[сз][тд]ч|[сзжш]ч|[сз]щ)", "щ"),
        (r"[тд]ч", "ч"),
        (r"[сз]ш", "ш"),
        (r"[сз]ж", "ж"),
        (r"пом(\+?)ощник", r"пом\1ошник"),
        (r"([бвгджзклмнпрстфхцчшщ])\1", r"\1"),
    )
)
_OF = re.compile(r"([ео])г(\+?о(?:ся)?)$")


def spoken(word: str) -> str:
    """The word as it would be written by ear."""
    if word.replace("+", "") not in _KEEPS_G:
        word = _OF.sub(r"\1в\2", word)
    for pattern, said in _RULES:
        word = pattern.sub(said, word)
    return word
