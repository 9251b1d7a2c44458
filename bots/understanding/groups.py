"""Number words into digits: words into groups, groups into the digits of a dial.

A group is what a person says in one breath («триста сорок пять»): magnitudes fall strictly, a teen ends it, «ноль»
stands alone. Groups are written one after another; «тысяч» multiplies its group and pads what follows to three
places. Where another way of writing the same words exists it is kept in `others`, so that whoever knows the dial
can refuse to guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bots.understanding.number import NoNumber, Number
from bots.understanding.tokens import Token


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


def build(atoms: Sequence[Token]) -> Number | None:
    """The number these words are by the rules of groups alone, or None."""
    try:
        groups = _grouped(atoms)
        return _written(groups)
    except NoNumber:
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
                raise NoNumber  # «двадцать пятёрка»: 25 or 205, nobody knows
            here.append(_Group(value, 1))
        elif kind == "literal":
            here.append(_Group(0, 1, digits=text))
        elif kind == "half":
            at = _half(atoms, at, here)
            here = here[-1].tail
            continue
        elif kind == "thousand":
            if here is not groups:
                raise NoNumber
            _thousand(here)
            here = here[-1].tail
        else:
            raise NoNumber
        at += 1
    return groups


def _fills_tens(here: list[_Group]) -> bool:
    """«триста ноль» waits for its unit: the zero takes the place of the tens."""
    return len(here) > 1 and here[-1].text() == "0" and here[-2].low == 100


def _half(atoms: Sequence[Token], at: int, here: list[_Group]) -> int:
    """«полторы тысячи», «двенадцать с половиной тысяч»; returns where to go on."""
    if at + 1 >= len(atoms) or atoms[at + 1].kind != "thousand":
        raise NoNumber
    if atoms[at].value == 1500:
        if here:
            raise NoNumber
        here.append(_Group(1, 1))
    elif len(here) != 1:
        raise NoNumber
    _thousand(here)
    here[-1].tail.append(_Group(500, 1))
    here[-1].bare = True
    return at + 2


def _thousand(here: list[_Group]) -> None:
    if not here:
        here.append(_Group(1, 1))
    group = here[-1]
    if group.digits or group.value == 0:
        raise NoNumber
    for earlier in here[:-1]:
        zero = earlier.text() == "0"
        stutter = len(group.text()) > 1 and earlier.text() == group.text()
        if not zero and not stutter:
            raise NoNumber
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
        raise NoNumber
    while tail and tail[0].text() == "0":
        tail = tail[1:]
    if len(said) > 3 or (len(tail) > 1 and len(said) != 3):
        raise NoNumber
    return bare.rjust(3, "0")
