"""Digits a recogniser wrote itself, and digits said by their count, as the plain number words they stand for."""

from collections.abc import Sequence

from bots.understanding.number import NoNumber, Number, Room
from bots.understanding.tokens import Token


def with_thousands(tokens: Sequence[Token], room: Room) -> Number | None:
    """«12 345» as it is written, thousands apart."""
    if len(tokens) < 2 or any(token.kind != "digits" or len(token.text) != 3 for token in tokens[1:]):
        return None
    if tokens[0].kind != "digits" or len(tokens[0].text) > 3:
        return None
    groups = tuple(token.text for token in tokens)
    raw = "".join(groups)
    return Number(raw, groups) if room.fits(len(raw)) else None


def side_by_side(tokens: Sequence[Token]) -> str | None:
    """The written digits set side by side, where a long token ending in zeros could also have been filled up."""
    if not any(t.kind == "digits" and len(t.text) > 3 and t.text[-1] == "0" for t in tokens[:-1]):
        return None
    return "".join(t.text for t in tokens) if all(t.kind == "digits" for t in tokens) else None


def split_digits(tokens: Sequence[Token], room: Room) -> list[Token]:
    """Written numbers into the words they stand for."""
    if not any(token.kind in ("digits", "bad") for token in tokens):
        return list(tokens)
    atoms: list[Token] = []
    before = ""
    for at, token in enumerate(tokens):
        if token.kind == "bad":
            raise NoNumber
        if token.kind != "digits":
            atoms.append(token)
            before = ""
            continue
        text, last = token.text, at == len(tokens) - 1
        if text == "000" and before and before[0] != "0" and len(before) <= 3:
            atoms.append(Token("thousand", 1000, "000"))
        elif len(text.lstrip("0")) > 3:
            filled = text[-1] == "0" and not last and text[0] != "0" and len(text) <= 6
            if filled:
                atoms.extend([*_words(text[:-3]), Token("thousand", 1000, "тысяч"), *_words(text[-3:].lstrip("0"))])
            else:
                atoms.append(Token("literal", 0, text))
        else:
            short = text.lstrip("0")
            atoms.extend(Token("zero", 0, "0") for _ in range(len(text) - len(short)))
            atoms.extend(_words(short))
        before = text
    return atoms


def _words(text: str) -> list[Token]:
    """The number words of up to three digits without leading zeros."""
    value = int(text or "0")
    out: list[Token] = []
    if value >= 100:
        out.append(Token("hundred", value - value % 100, text))
        value %= 100
    if 10 <= value < 20:
        out.append(Token("teen", value, text))
        return out
    if value >= 20:
        out.append(Token("tens", value - value % 10, text))
        value %= 10
    if value:
        out.append(Token("unit", value, text))
    return out


def multiplied(tokens: list[Token]) -> list[Token]:
    """«три нуля», «дважды пять» into single digits."""
    if not any(token.kind in ("plural", "times") for token in tokens):
        return tokens
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if token.kind in ("unit", "teen") and after is not None and after.kind == "plural":
            if token.value == 1:
                raise NoNumber
            out.extend([Token("literal", 0, str(after.value))] * token.value)
            at += 2
        elif token.kind == "times":
            if after is None or after.kind not in ("zero", "unit", "noun"):
                raise NoNumber
            out.extend([Token("literal", 0, str(after.value))] * token.value)
            at += 2
        elif token.kind == "plural":
            raise NoNumber
        else:
            out.append(token)
            at += 1
    return out
