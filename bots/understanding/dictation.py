"""One stretch of dictation without repairs: its number, the fraction dropped, strange words refused.

Fillers between digits are skipped; an unknown word between them, or a noun that counts something else beside them,
makes the digits unusable.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from bots.understanding.lexicon import MANY_THOUSANDS
from bots.understanding.number import Number, Room
from bots.understanding.numerals import number
from bots.understanding.slips import meant
from bots.understanding.tokens import NUMBER_KINDS, Token

_COMMA = Token("point", 0, ",")
_THOUSAND = Token("thousand", 1000, "тысяч")


def extract(tokens: Sequence[Token], room: Room) -> Number | Literal["again", "approximate"] | None:
    """The number in these tokens; None where there is none."""
    places = [at for at, token in enumerate(tokens) if token.kind in NUMBER_KINDS]
    if not places:
        return None
    first, last = places[0], places[-1]
    before = [token for token in tokens[:first] if token.kind not in ("fill", "comma")]
    after = [token for token in tokens[last + 1 :] if token.kind not in ("fill", "comma")]
    if (before and before[-1].kind in ("foreign", "point", "place")) or (after and after[0].kind == "foreign"):
        return "again"
    head = tokens[first]
    if head.kind == "thousand" and head.text in MANY_THOUSANDS:
        return "approximate"
    whole: list[Token] = []
    rest: list[Token] = []
    joined_by: Token | None = None
    guessed = False
    for token in tokens[first : last + 1]:
        match token.kind:
            case "fill" | "comma" | "but":
                continue  # «а» corrects something only after «не», and that is read elsewhere
            case "and" if joined_by is not None and not rest:
                continue  # «целых и семь десятых»
            case "point" if joined_by is not None and joined_by.kind == "and":
                whole, rest, joined_by = [*whole, *rest], [], token  # its comma is this, the «и» was a breath
            case "point" | "and":
                if joined_by is not None:
                    return "again"
                joined_by = token
            case kind if kind in NUMBER_KINDS:
                (rest if joined_by is not None else whole).append(token)
            case "word":
                guessed = True
                if (alike := meant(token.text)) is not None:
                    (rest if joined_by is not None else whole).append(alike)
                elif joined_by is None and _fills(whole, room):
                    joined_by = _COMMA  # whatever it was, the dial is full: the rest is behind its comma
                else:
                    return "again"
            case _:
                return "again"
    tenths = bool(after) and after[0].kind == "place"
    if joined_by is None:
        found = _without_point(whole, tenths, room)
    else:
        found = _with_fraction(whole, rest, joined_by, tenths, room)
    if not guessed or isinstance(found, str):
        return found
    # A guess must leave nothing else to guess: with it not one digit is missing, and none is too many.
    if joined_by is _COMMA and len(rest) > room.fraction:
        return "again"
    return replace(found, doubtful=True) if room.complete(len(found.raw)) else "again"


def _fills(whole: list[Token], room: Room) -> bool:
    found = number(whole, room)
    return room.fraction > 0 and found is not None and room.complete(len(found.raw))


def _without_point(whole: list[Token], tenths: bool, room: Room) -> Number | Literal["again"]:
    if tenths:
        # «сорок пять семь десятых»: the last digit is behind the comma.
        if len(whole) < 2 or whole[-1].kind not in ("unit", "zero"):
            return "again"
        if whole[-1].kind == "unit" and whole[-2].kind not in ("unit", "teen"):
            return "again"
        whole = whole[:-1]
    found = number(whole, room)
    return found if found is not None else "again"


def _with_fraction(
    whole: list[Token], rest: list[Token], joined_by: Token, tenths: bool, room: Room
) -> Number | Literal["again"]:
    found = number(whole, room)
    behind = number(rest, Room(9))
    if found is None or behind is None:
        return "again"
    found = replace(found, pointed=True)
    if joined_by.kind == "and":
        if found.bare_thousands and not tenths and len(behind.raw) <= room.fraction:
            return "again"  # «двенадцать тысяч и пять»: units, or tenths?
        if tenths or len(behind.raw) <= room.fraction:
            return found
        joined = number([*whole, *rest], room)
        if joined is None or not (whole[-1].kind == "thousand" or room.complete(len(joined.raw))):
            return "again"
        return joined  # an «и» heard in a breath: without it not one digit is missing
    if joined_by.text != "." and len(behind.raw) == 3 and room.fits(len(found.raw) + 3) and not tenths:
        return "again"  # «двенадцать точка триста»: thousands, or a fraction?
    return found


def in_words(value: int) -> list[Token]:
    """The words of a value's cardinal; from a million on there are none."""
    if value >= 1_000_000:
        return [Token("literal", 0, str(value))]
    thousands, rest = divmod(value, 1000)
    out = _three(thousands)
    if thousands:
        out.append(_THOUSAND)
    out.extend(_three(rest))
    return out or [Token("zero", 0, "ноль")]


def _three(value: int) -> list[Token]:
    out: list[Token] = []
    if value >= 100:
        out.append(Token("hundred", value - value % 100, ""))
    value %= 100
    if 10 <= value < 20:
        return [*out, Token("teen", value, "")]
    if value >= 20:
        out.append(Token("tens", value - value % 10, ""))
    if value % 10:
        out.append(Token("unit", value % 10, ""))
    return out


def number_of(value: int) -> Number:
    """A value that was read back, as if it had been dictated by its cardinal."""
    words = in_words(value)
    found = number(words, Room(max(9, len(str(value)))))
    raw = str(value)
    if found is None or found.raw != raw:
        return Number(raw, (raw,))
    return found
