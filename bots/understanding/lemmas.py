"""A word in its dictionary form, so that «отключили» and «отключат» are one: pymorphy3's dictionary, asked once a word.

Only the likeliest reading of a word counts; what a sentence means is nothing this module knows.
"""

from functools import cache, lru_cache

from pymorphy3 import MorphAnalyzer


@cache
def dictionary() -> MorphAnalyzer:
    """Loaded at the first word, not at import: commands that understand nothing must not wait for it."""
    return MorphAnalyzer(lang="ru")


@lru_cache(maxsize=50_000)
def _parsed(word: str) -> tuple[str, str]:
    best = dictionary().parse(word)[0]
    tag = best.tag
    when = str(tag.mood or "") if tag.mood == "impr" else str(tag.tense or "")
    return str(best.normal_form).replace("ё", "е"), "infn" if tag.POS == "INFN" else when


def lemma(word: str) -> str:
    """The dictionary form of a normalised word («е» for «ё»); of an unknown word a guess of its form."""
    return _parsed(word)[0]


def tense(word: str) -> str:
    """What becomes of an action: `past`, `pres`, `futr`, `impr`, `infn`; empty for what is no verb.

    «Оплатил» asks where the money is, «оплатить» how to pay.
    """
    return _parsed(word)[1]


@lru_cache(maxsize=50_000)
def is_word(word: str) -> bool:
    """Whether the dictionary has the word: a slip of recognition it has not."""
    return bool(dictionary().word_is_known(word))


@lru_cache(maxsize=50_000)
def lemmas(word: str) -> frozenset[str]:
    """Every dictionary form a word may be of: «кировском» is of «Кировск» and of «кировский»."""
    return frozenset(str(form).replace("ё", "е") for form in dictionary().normal_forms(word))
