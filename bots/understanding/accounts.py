"""Digits that name something: account numbers and telephone numbers. Every zero counts, and nothing is ever added up.

What recognition wrote as digits is taken literally where that has the right length, else by the rules of words.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from bots.understanding.lexicon import words
from bots.understanding.number import Number, Room
from bots.understanding.numerals import number
from bots.understanding.repair import Unclear, said
from bots.understanding.tokens import NUMBER_KINDS, Token, lex, pieces

AccountVerdict = Literal["OK", "WRONG_LENGTH", "WRONG_FORMAT", "LOOKS_LIKE_PHONE"]

_PHONE = re.compile(r"[78]9\d{9}")
_ORDINAL = re.compile(r"\d(?:го|й|е|ый|ой|ая)\b")
_MIXED = re.compile(r"\d[a-zа-я]|[a-zа-я]\d")
_LETTERS = frozenset(
    words(
        """
        бэ вэ гэ дэ же жэ зэ ка эль эн пэ эр эс тэ эф ха цэ че ша ща ю эй би си ди буква буквы б г д ж з л н п р т ф
        х ц ч ш щ a b c d e f g h k m n p q r s t u v w x y z
        """
    )
)
_BESIDE = frozenset(("номер", "номера", "лицевой", "лицевого", "счет", "счета", "договор", "договора", "телефон"))
_BESIDE_DIGITS = _BESIDE | frozenset(
    words(
        """
        квартира квартиры квартиру кв последние последних последняя цифры цифр цифра счетчик счетчика счетчике код кода
        заводской серийный оканчивается заканчивается на рубль рубля рублей
        """
    )
)
_FLATS = dict(
    zip(
        words(
            """
            первая вторая третья четвертая пятая шестая седьмая восьмая девятая десятая одиннадцатая двенадцатая
            тринадцатая четырнадцатая пятнадцатая шестнадцатая семнадцатая восемнадцатая девятнадцатая двадцатая
            тридцатая сороковая пятидесятая шестидесятая семидесятая восьмидесятая девяностая сотая двухсотая
            """
        ),
        words(
            """
            один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать
            пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят шестьдесят
            семьдесят восемьдесят девяносто сто двести
            """
        ),
        strict=True,
    )
)
"""«двадцать пятая» is how a flat is named."""
_MARKS = frozenset(("тире", "дефис", "пробел", "черта", "черточка", "скобка"))
LONGEST = 20


@dataclass(frozen=True, slots=True)
class AccountHeard:
    number: str
    verdict: AccountVerdict


def account(normal: str, lengths: tuple[int, ...], pattern: str | None) -> AccountHeard | Unclear | None:
    """The account number said, and whether it can be one."""
    room = Room(LONGEST, lengths=lengths)
    if _has_letters(normal):
        return AccountHeard(_digits_alone(normal), "WRONG_FORMAT")
    found = _best(normal, room)
    if found is None or isinstance(found, str):
        return found
    if any(token.kind == "approx" for token in lex(normal)):
        return "approximate"
    return AccountHeard(found.raw, _verdict(found.raw, lengths, pattern))


def digits(normal: str) -> str | Unclear | None:
    """All the digits said, whatever they name: a code, a serial number, a flat."""
    bare = re.sub(r"[а-я]+", lambda word: "" if word[0] in _BESIDE_DIGITS else _FLATS.get(word[0], word[0]), normal)
    found = _best(" ".join(bare.split()), Room(LONGEST))
    if isinstance(found, Number):
        return "approximate" if any(token.kind == "approx" for token in lex(normal)) else found.raw
    return found


def phone(normal: str) -> str | Unclear | None:
    """The telephone number said, as E.164; Russia unless another country was named by «плюс»."""
    plus = "+" in normal or "плюс" in normal
    room = Room(15, lengths=(11, 10) if not plus else tuple(range(10, 16)))
    found = _best(normal.replace("+", " "), room)
    if found is None or isinstance(found, str):
        return found
    number = found.raw
    if plus and number[0] not in "78" and 11 <= len(number) <= 15:
        return f"+{number}"
    if len(number) == 11 and number[0] in "78" and number[1] in "3489":
        return f"+7{number[1:]}"
    if len(number) == 10 and number[0] in "3489":
        return f"+7{number}"
    return "again"


def _verdict(number: str, lengths: tuple[int, ...], pattern: str | None) -> AccountVerdict:
    right_length = not lengths or len(number) in lengths
    formed = pattern is None or re.fullmatch(pattern, number) is not None
    if _PHONE.fullmatch(number) and not (pattern is not None and right_length and formed):
        return "LOOKS_LIKE_PHONE"
    if not right_length:
        return "WRONG_LENGTH"
    return "OK" if formed else "WRONG_FORMAT"


def _has_letters(normal: str) -> bool:
    """«75да533315», «семьдесят пять дэ а пятьдесят три»: letters among the digits, written or named between them."""
    if _MIXED.search(_ORDINAL.sub(" ", normal)):
        return True
    if _LETTERS.isdisjoint(pieces(normal)):
        return False
    said = lex(normal, literal=True)
    digits = [at for at, token in enumerate(said) if token.kind in NUMBER_KINDS]
    if not digits:
        return False
    between = said[digits[0] : digits[-1]]
    return any(token.text in _LETTERS and before.kind in NUMBER_KINDS for before, token in pairwise(between))


def _digits_alone(normal: str) -> str:
    """The digits of a name that has letters too."""
    out: list[str] = []
    run: list[Token] = []
    for token in [*lex(normal, literal=True), Token("word", 0, "")]:
        if token.kind in NUMBER_KINDS:
            run.append(token)
        elif run:
            found = number(run, Room(LONGEST))
            out.append(found.raw if found is not None else "")
            run = []
    return "".join(out)


def _best(normal: str, room: Room) -> Number | Unclear | None:
    """The digits, written ones taken as they stand if only that has the right length."""
    written = said(_named(lex(normal, literal=True)), room)
    if not any(character.isdigit() for character in normal):
        return written
    spoken = said(_named(lex(normal, fraction=0)), room)
    fitting = {n.raw: n for n in (written, spoken) if isinstance(n, Number) and room.fits(len(n.raw))}
    if len(fitting) > 1:
        return "again"
    return next(iter(fitting.values()), written)


def _named(tokens: list[Token]) -> list[Token]:
    """Words that may stand beside or between the digits of a name."""
    return [
        Token("fill", 0, token.text)
        if token.text in _BESIDE or token.text in _MARKS or (token.kind == "foreign" and token.text == "плюс")
        else token
        for token in tokens
    ]
