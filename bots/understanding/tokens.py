"""Words out of what a recogniser wrote: one spelling, number words with their magnitude, words that steer a dictation.

It knows what a word is, never what a sentence means: groups, repairs and intents are made of these tokens elsewhere.
Digits a recogniser already wrote («12 345,6») come through as digit tokens and follow the same rules as words.
"""

import re
from collections.abc import Sequence

from bots.understanding.lexicon import DIGIT_PLURALS
from bots.understanding.vocabulary import NUMBER_KINDS as NUMBER_KINDS
from bots.understanding.vocabulary import PHRASES, SINGLE, WHOLE_WORDS, glued
from bots.understanding.vocabulary import Token as Token

_PIECES = re.compile(r"[0-9]+(?:[.,:][0-9]+)*|[a-zа-я]+|[,;:.!?]|[%₽$°]|\d|[²³¹¼-¾⁰-⁹₀-₉⅐-⅞]")
_BESIDE = frozenset("%₽$°")
_TARIFF = re.compile(r"\b[tт]\s*-?\s*([1-4])\b(?![.,]?\d)")
_DIGITS = frozenset("0123456789")
_BREAKS = frozenset(",;:.!?")

_HUNDRED_TAILS = frozenset(("сот", "сотен", "сотни", "ста", "сти"))
_TEN_TAILS = frozenset(("десят",))
_TARIFF_WORDS = frozenset(("т", "t", "тэ", "те", "тариф", "тарифу", "тарифа", "зона", "зоны", "зоне"))
_TEEN_TAILS = frozenset(("надцать",))
_TARIFF_NAMES = frozenset(("тариф", "тарифу", "тарифа"))
_ORDINALS = {"o1": "t1", "o2": "t2", "o3": "t3"}
"""«второй тариф» is a name, whatever zones the question left out; «второй» alone counts along the meter's own order."""
_RAZ_NEVER_AFTER = frozenset(("еще", "один", "второй", "этот", "сразу", "в", "первый", "третий", "другой", "каждый"))


def normalise(text: str) -> str:
    """One spelling: lower case, «е» for «ё», no dashes, tariff names as one word («т1»)."""
    low = text.lower().replace("ё", "е").replace("\u0301", "")
    for dash in ("-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "_", "/"):
        if dash in low:
            low = low.replace(dash, " ")
    if "\u00a0" in low or "\u202f" in low or "\u2009" in low:
        low = low.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2009", " ")
    return low


def pieces(normal: str) -> list[str]:
    """Words, digit strings and punctuation marks of a normalised text."""
    return _PIECES.findall(normal)


def lex(normal: str, *, fraction: int = 1, literal: bool = False) -> list[Token]:
    """Tokens of a normalised text. `literal`: digit strings are names (accounts, phones), not numbers."""
    words = pieces(_TARIFF.sub(r" тариф \1 ", normal))
    out: list[Token] = []
    at, end = 0, len(words)
    while at < end:
        word = words[at]
        if word[0] in _DIGITS:
            out.extend(_digits(word, fraction=fraction, literal=literal))
            at += 1
            continue
        if word in _BESIDE:
            out.append(Token("foreign", 0, word))
            at += 1
            continue
        if word[0].isnumeric():
            out.append(Token("bad", 0, word))  # «½», digits of other scripts
            at += 1
            continue
        if word in _BREAKS:
            out.append(Token("comma", 0, word))
            at += 1
            continue
        taken = _phrase(words, at)
        if taken is not None:
            token, length = taken
            out.append(token)
            at += length
            continue
        at += _word(words, at, out)
    return _without_pauses(out) if any(token.kind == "pause" for token in out) else out


def _without_pauses(tokens: Sequence[Token]) -> list[Token]:
    """«одну минуточку», «пять минут» are no digits; a longer number before «минуту» is not to be trusted."""
    out: list[Token] = []
    for token in tokens:
        if token.kind != "pause":
            out.append(token)
            continue
        counted = 0
        while counted < len(out) and out[-1 - counted].kind in NUMBER_KINDS:
            counted += 1
        if counted == 1 or (counted == 2 and out[-2].kind == "tens"):
            del out[-counted:]
            if out and out[-1].kind in NUMBER_KINDS:
                out.append(Token("bad", 0, token.text))
        elif counted:
            out.append(Token("bad", 0, token.text))
        out.append(Token("fill", 0, token.text))
    return out


def _phrase(words: Sequence[str], at: int) -> tuple[Token, int] | None:
    for phrase, token in PHRASES.get(words[at], ()):
        if tuple(words[at : at + len(phrase)]) == phrase:
            return token, len(phrase)
    return None


def _word(words: Sequence[str], at: int, out: list[Token]) -> int:
    """Append what the word at `at` means, joining what a recogniser split; says how many words that took."""
    word = words[at]
    token = SINGLE.get(word)
    after = words[at + 1] if at + 1 < len(words) else ""
    if after and (joined := _joined(word, token, after)) is not None:
        out.append(joined)
        return 2
    if token is not None:
        out.append(token)
        return 1
    if word in _TARIFF_WORDS and after and not (out and out[-1].kind == "zone"):
        zone = _tariff(after)
        if zone is not None:
            out.append(Token("zone", 0, zone))
            return 2
    if word in ("раз", "разик"):
        out.append(_raz(words, at))
        return 1
    if word in ("пара", "пару") and after in DIGIT_PLURALS:
        out.append(Token("unit", 2, word))
        return 1
    out.extend(glued(word) or [Token("word", 0, word)])
    return 1


def _joined(word: str, token: Token | None, after: str) -> Token | None:
    """One word of two: what recognition tore apart, and names made of two words."""
    if token is not None and token.kind == "unit":
        if after in _HUNDRED_TAILS and (after not in ("ста", "сти") or token.value in (2, 3, 4)):
            return Token("hundred", token.value * 100, word + after)
        if after in _TEN_TAILS and token.value >= 5:
            return Token("tens", token.value * 10, word + after)
        if after in _TEEN_TAILS:
            return Token("teen", 10 + token.value, word + after)
    if token is not None and token.kind == "zone" and token.text in _ORDINALS and after in _TARIFF_NAMES:
        return Token("zone", 0, _ORDINALS[token.text])
    if word == "с" and after == "половиной":
        return Token("half", 500, "с половиной")
    if word == "полу" and after.startswith("пик"):
        return Token("zone", 0, "half_peak")
    # «двена дцать», «девяно сто», «с орок», «тыс яч»: one piece of them means nothing by itself.
    if token is None or after not in SINGLE or after == "дцать":
        whole = SINGLE.get(word + after)
        return whole if whole is not None and whole.kind in WHOLE_WORDS else None
    return None


def _tariff(word: str) -> str | None:
    """The tariff number named after «тэ» or «тариф»."""
    token = SINGLE.get(word)
    if token is not None and token.kind in ("unit", "noun") and 1 <= token.value <= 4:
        return f"t{token.value}"
    return f"t{word}" if word in ("1", "2", "3", "4") else None


def _raz(words: Sequence[str], at: int) -> Token:
    """«раз» is a digit only at the head of or inside a run of single digits."""
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    known = SINGLE.get(before)
    if before in _RAZ_NEVER_AFTER or not _is_single(after):
        counted = known is not None and known.kind in NUMBER_KINDS
        return Token("foreign" if counted else "word", 0, words[at])
    if known is not None and known.kind in ("teen", "tens", "hundred", "thousand"):
        return Token("word", 0, words[at])
    return Token("unit", 1, words[at])


def _is_single(word: str) -> bool:
    token = SINGLE.get(word)
    return (token is not None and token.kind in ("zero", "unit")) or (len(word) == 1 and word.isdigit())


def _digits(text: str, *, fraction: int, literal: bool) -> list[Token]:
    """A written number: exactly three digits after a mark are thousands, anything else after it is the fraction."""
    if ":" in text:
        return [Token("bad", 0, text)]
    whole, *rest = re.split(r"[.,]", text)
    if literal:
        return [Token("literal", 0, "".join([whole, *rest]))]
    if rest and len(rest[0]) == 3 and fraction < 3 and len(whole) <= 3:
        if whole.startswith("0"):
            return [Token("bad", 0, text)]
        while rest and len(rest[0]) == 3:
            whole += rest.pop(0)
    if not rest:
        return [Token("digits", 0, whole)]
    if len(rest) > 1:
        return [Token("bad", 0, text)]
    return [Token("digits", 0, whole), Token("point", 0, "."), Token("digits", 0, rest[0])]
