"""Number words into digits: words into groups, groups into the digits of a dial.

A group is what a person says in one breath («триста сорок пять»): magnitudes fall strictly, a teen ends it, «ноль»
stands alone. Groups are written one after another; «тысяч» multiplies its group and pads what follows to three
places. Where another way of writing the same words exists it is kept in `others`, so that whoever knows the dial
can refuse to guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bots.tokens import Token


class Room(NamedTuple):
    """How many digits are wanted: at most `places`, with `fraction` more behind the comma, or exactly `lengths`."""

    places: int
    fraction: int = 0
    lengths: tuple[int, ...] = ()

    def fits(self, length: int) -> bool:
        return length in self.lengths if self.lengths else 0 < length <= self.places

    def complete(self, length: int) -> bool:
        """Whether not one digit is missing."""
        return length in self.lengths if self.lengths else length == self.places

    def too_long(self, length: int) -> bool:
        return length > (max(self.lengths) if self.lengths else self.places)

    def with_fraction(self, length: int) -> bool:
        """Whether the length is that of the whole dial, digits behind the comma included."""
        return not self.lengths and self.fraction > 0 and length == self.places + self.fraction


@dataclass(frozen=True, slots=True)
class Number:
    raw: str
    groups: tuple[str, ...]
    thousands: bool = False
    """Whether «тысяч» was among the words."""
    bare_thousands: bool = False
    """Whether «тысяч» was the last of them: its zeros were never said."""
    low: int = 1
    """The lowest magnitude that was said: «двенадцать тысяч» 1000, «триста» 100."""
    cuts: frozenset[int] = frozenset()
    """Places no correction may begin at: inside a word («двенад|цать»)."""
    others: tuple[str, ...] = ()
    """Other digits the same words could stand for."""
    settled: bool = False
    """Already set into the value it corrects."""

    @property
    def run(self) -> int:
        """How many single digits stand at the end."""
        count = 0
        for group in reversed(self.groups):
            if len(group) != 1:
                break
            count += 1
        return count


@dataclass(slots=True)
class _Group:
    value: int
    low: int
    """The lowest magnitude said so far; 1 ends the group."""
    digits: str = ""
    teen: bool = False
    thousand: bool = False
    bare: bool = False
    tail: list["_Group"] = field(default_factory=list)
    filled: bool = False
    """Made of hundreds, «ноль» and a unit."""

    def text(self) -> str:
        return self.digits or str(self.value)


class _Unclear(Exception):
    """These words are no number anybody should rely on."""


def number(tokens: Sequence[Token], room: Room) -> Number | None:
    """The digits of one uninterrupted dictation, or None where they must be asked for again."""
    if (written := _with_thousands(tokens, room)) is not None:
        return written
    try:
        atoms = _multiplied(_split_digits(tokens, room))
    except _Unclear:
        return None
    if not atoms:
        return None
    whole = _build(atoms)
    try:
        once = _said_once(atoms, whole, room)
    except _Unclear:
        return None
    if once is not None:
        return once
    if whole is None:
        return None
    literal = _literal(tokens)
    if literal is not None and literal != whole.raw:
        whole = _also(whole, literal)
    if room.too_long(len(whole.raw)):
        return _unstutter(whole, room)
    return whole


def _with_thousands(tokens: Sequence[Token], room: Room) -> Number | None:
    """«12 345» as it is written, thousands apart."""
    if len(tokens) < 2 or any(token.kind != "digits" or len(token.text) != 3 for token in tokens[1:]):
        return None
    if tokens[0].kind != "digits" or len(tokens[0].text) > 3:
        return None
    groups = tuple(token.text for token in tokens)
    raw = "".join(groups)
    return Number(raw, groups) if room.fits(len(raw)) else None


def _also(found: Number, other: str) -> Number:
    return replace(found, others=(*found.others, other))


def _literal(tokens: Sequence[Token]) -> str | None:
    """The written digits set side by side, where a long token ending in zeros could also have been filled up."""
    if not any(t.kind == "digits" and len(t.text) > 3 and t.text[-1] == "0" for t in tokens[:-1]):
        return None
    return "".join(t.text for t in tokens) if all(t.kind == "digits" for t in tokens) else None


def _split_digits(tokens: Sequence[Token], room: Room) -> list[Token]:
    """Written numbers into the words they stand for."""
    if not any(token.kind in ("digits", "bad") for token in tokens):
        return list(tokens)
    atoms: list[Token] = []
    before = ""
    for at, token in enumerate(tokens):
        if token.kind == "bad":
            raise _Unclear
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


def _multiplied(tokens: list[Token]) -> list[Token]:
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
                raise _Unclear
            out.extend([Token("literal", 0, str(after.value))] * token.value)
            at += 2
        elif token.kind == "times":
            if after is None or after.kind not in ("zero", "unit", "noun"):
                raise _Unclear
            out.extend([Token("literal", 0, str(after.value))] * token.value)
            at += 2
        elif token.kind == "plural":
            raise _Unclear
        else:
            out.append(token)
            at += 1
    return out


def _build(atoms: Sequence[Token]) -> Number | None:
    try:
        groups = _grouped(atoms)
        return _written(groups)
    except _Unclear:
        return None


def _grouped(atoms: Sequence[Token]) -> list[_Group]:
    groups: list[_Group] = []
    here = groups
    at = 0
    while at < len(atoms):
        kind, value, text = atoms[at]
        last = here[-1] if here else None
        if kind == "unit":
            if last is not None and last.low > 1:
                last.value, last.low = last.value + value, 1
            elif _fills_tens(here):
                here.pop()
                here[-1].value, here[-1].low, here[-1].filled = here[-1].value + value, 1, True
            else:
                here.append(_Group(value, 1))
        elif kind == "teen":
            if last is not None and last.low == 100:
                last.value, last.low, last.teen = last.value + value, 1, True
            else:
                here.append(_Group(value, 1, teen=True))
        elif kind == "tens":
            if last is not None and last.low == 100:
                last.value, last.low = last.value + value, 10
            else:
                here.append(_Group(value, 10))
        elif kind == "hundred":
            here.append(_Group(value, 100))
        elif kind == "zero":
            here.append(_Group(0, 1))
        elif kind == "noun":
            if last is not None and last.low > 1:
                raise _Unclear  # «двадцать пятёрка»: 25 or 205, nobody knows
            here.append(_Group(value, 1))
        elif kind == "literal":
            here.append(_Group(0, 1, digits=text))
        elif kind == "half":
            at = _half(atoms, at, here)
            here = here[-1].tail
            continue
        elif kind == "thousand":
            if here is not groups:
                raise _Unclear
            _thousand(here)
            here = here[-1].tail
        else:
            raise _Unclear
        at += 1
    return groups


def _fills_tens(here: list[_Group]) -> bool:
    """«триста ноль» waits for its unit: the zero takes the place of the tens."""
    return len(here) > 1 and here[-1].text() == "0" and here[-2].low == 100


def _half(atoms: Sequence[Token], at: int, here: list[_Group]) -> int:
    """«полторы тысячи», «двенадцать с половиной тысяч»; returns where to go on."""
    if at + 1 >= len(atoms) or atoms[at + 1].kind != "thousand":
        raise _Unclear
    if atoms[at].value == 1500:
        if here:
            raise _Unclear
        here.append(_Group(1, 1))
    elif len(here) != 1:
        raise _Unclear
    _thousand(here)
    here[-1].tail.append(_Group(500, 1))
    here[-1].bare = True
    return at + 2


def _thousand(here: list[_Group]) -> None:
    if not here:
        here.append(_Group(1, 1))
    group = here[-1]
    if group.digits or group.value == 0:
        raise _Unclear
    for earlier in here[:-1]:
        zero = earlier.text() == "0"
        stutter = len(group.text()) > 1 and earlier.text() == group.text()
        if not zero and not stutter:
            raise _Unclear
    group.thousand = True


def _written(groups: list[_Group]) -> Number:
    texts: list[str] = []
    cuts: list[int] = []
    at = 0
    thousands = bare = False
    for group in groups:
        text = group.text()
        if group.teen:
            cuts.append(at + len(text) - 1)
        if group.thousand:
            thousands, bare = True, not group.tail or group.bare
            tail = _tail(group.tail)
            if group.tail and group.tail[-1].teen:
                cuts.append(at + len(text) + 2)
            text += tail
        texts.append(text)
        at += len(text)
    raw = "".join(texts)
    others: tuple[str, ...] = ()
    for place, group in enumerate(groups):
        # «триста ноль пять шесть»: 305 and 6, or single digits after three hundred.
        if group.filled and place + 1 < len(groups) and len(texts[place + 1]) == 1:
            spread = [*texts]
            spread[place] = f"{group.value - group.value % 10}0{group.value % 10}"
            others = ("".join(spread),)
    return Number(raw, tuple(texts), thousands, bare, _lowest(groups[-1]), frozenset(cuts), others)


def _lowest(group: _Group) -> int:
    if group.thousand:
        return _lowest(group.tail[-1]) if group.tail else 1000
    return group.low


def _tail(tail: list[_Group]) -> str:
    """The three places after «тысяч»: one number, its zeros said or not, or exactly three digits."""
    said = "".join(group.text() for group in tail)
    bare = said.lstrip("0")
    if len(bare) > 3:
        raise _Unclear
    while tail and tail[0].text() == "0":
        tail = tail[1:]
    if len(said) > 3 or (len(tail) > 1 and len(said) != 3):
        raise _Unclear
    return bare.rjust(3, "0")


def _said_once(atoms: Sequence[Token], whole: Number | None, room: Room) -> Number | None:
    """The number said twice over, as once; None when it was not."""
    if len(atoms) < 2 or (whole is not None and len(whole.raw) < 6):
        return None
    if whole is not None and len(set(whole.raw)) == 1 and len(whole.raw) == len(whole.groups):
        return None  # «один один один один один один»
    once = _one_of_two(atoms, whole, room)
    if once is None or len(once.raw) < 3 or whole is None:
        return once
    if room.lengths:
        if room.fits(len(whole.raw)):
            return _also(once, whole.raw) if room.fits(len(once.raw)) else None
        return once
    if room.fits(len(whole.raw)):
        return _also(once, whole.raw)
    if room.with_fraction(len(whole.raw)) and all(len(group) == 1 for group in whole.groups):
        raise _Unclear
    return once


def _one_of_two(atoms: Sequence[Token], whole: Number | None, room: Room) -> Number | None:
    """One of two equal halves; said in other words the second time only where the whole makes no sense."""
    middle = len(atoms) // 2
    if len(atoms) % 2 == 0 and _alike(atoms[:middle], atoms[middle:]):
        return _of_three(_build(atoms[:middle]))
    if whole is not None:
        h = len(whole.raw) // 2
        if not room.too_long(len(whole.raw)) or whole.raw[:h] != whole.raw[h:]:
            return None
    for middle in range(1, len(atoms)):
        left = _of_three(_build(atoms[:middle]))
        if left is not None:
            right = _build(atoms[middle:])
            if right is not None and right.raw == left.raw:
                return left
    return None


def _alike(left: Sequence[Token], right: Sequence[Token]) -> bool:
    return all(a.kind == b.kind and a.value == b.value for a, b in zip(left, right, strict=True)) and all(
        a.text == b.text for a, b in zip(left, right, strict=True) if a.kind == "literal"
    )


def _of_three(found: Number | None) -> Number | None:
    return found if found is not None and len(found.raw) >= 3 else None


def _unstutter(whole: Number, room: Room) -> Number | None:
    """A group said twice by a stutter counts once, if only that brings the number onto the dial."""
    kept: list[str] = []
    for group in whole.groups:
        if kept and len(kept[-1]) > 1 and (group == kept[-1] or (whole.thousands and group[:-3] == kept[-1])):
            kept[-1] = group
        else:
            kept.append(group)
    if len(kept) == len(whole.groups):
        return whole
    if room.with_fraction(len(whole.raw)):
        return None
    return Number("".join(kept), tuple(kept), whole.thousands, whole.bare_thousands)
