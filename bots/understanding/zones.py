"""Which number belongs to which zone of a meter: labels before or after, «тэ один», or the meter's own order.

On a meter of three zones T1 is the peak, T2 the night and T3 the half-peak; on two T1 is the day and T2 the night.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bots.meters import Meter
from bots.understanding.dictation import number_of
from bots.understanding.division import LEAST_DIVIDED, by_groups, by_thousands, marked
from bots.understanding.number import Number, Room
from bots.understanding.repair import Unclear, correction, said
from bots.understanding.tokens import NUMBER_KINDS, Token

_RIGHT = frozenset(("верно", "правильно"))
_STEERING = frozenset(("repair", "restart", "not"))
_TARIFFS: Mapping[str, tuple[str, ...]] = {"t1": ("single", "day", "peak"), "t2": ("night",), "t3": ("half_peak",)}


@dataclass(frozen=True, slots=True)
class Said:
    """Raw digits by zone; `corrected` where a value already read back was set right."""

    raw: Mapping[str, str]
    corrected: bool = False
    doubtful: bool = False
    """Whether a digit had to be guessed from its sound."""


def heard(
    tokens: Sequence[Token], meter: Meter, confirming: Mapping[str, int], *, answering: bool
) -> Said | Unclear | None:
    """The digits said for a meter's zones; `answering`: to «верно?», where bare numbers correct what was read back."""
    room = Room(meter.digits, meter.fraction)
    names = [zone.name for zone in meter.zones]
    if not any(token.kind in NUMBER_KINDS for token in tokens):
        return None
    labels = [at for at, token in enumerate(tokens) if token.kind == "zone"]
    if not labels:
        return _unlabelled(tokens, names, room, confirming, answering=answering)
    return _labelled(tokens, labels, names, room, confirming, answering=answering)


def zone_of(label: str, names: Sequence[str]) -> str | None:
    """The meter's zone a spoken label names."""
    if label in names:
        return label
    if label[0] == "o":
        return _in_place(int(label[1]) - 1, names)
    return next((zone for zone in _TARIFFS.get(label, ()) if zone in names), None)


def _in_place(place: int, names: Sequence[str]) -> str | None:
    """«первый … второй …»: only where the meter's order and its tariff numbers say the same."""
    tariff = next((zone for zone in _TARIFFS[f"t{place + 1}"] if zone in names), None)
    if len(names) < 2 or tariff is None or (place < len(names) and names[place] != tariff):
        return None
    return tariff


def _unlabelled(
    tokens: Sequence[Token], names: Sequence[str], room: Room, confirming: Mapping[str, int], *, answering: bool
) -> Said | Unclear | None:
    if len(names) == 1:
        name = names[0]
        base = number_of(confirming[name]) if name in confirming else None
        steered = answering or any(token.kind in ("repair", "not") for token in _lead(tokens))
        found = correction(tokens, room, base) if base is not None and steered else said(tokens, room)
        if found is None or isinstance(found, str):
            return found
        return Said({name: found.raw}, base is not None and steered, found.doubtful)
    if confirming:
        return _one_of_many(tokens, names, room, confirming)
    return _in_order(tokens, names, room)


def _lead(tokens: Sequence[Token]) -> list[Token]:
    """What comes before the first digit."""
    lead = []
    for token in tokens:
        if token.kind in NUMBER_KINDS:
            break
        lead.append(token)
    return lead


def _one_of_many(
    tokens: Sequence[Token], names: Sequence[str], room: Room, confirming: Mapping[str, int]
) -> Said | Unclear | None:
    """«не пять, а шесть» without a zone: only where just one zone's value has such a five."""
    if not any(token.kind == "not" for token in tokens):
        return "again"
    changed: dict[str, str] = {}
    for name in names:
        if name not in confirming:
            continue
        found = correction(tokens, room, number_of(confirming[name]))
        if isinstance(found, Number):
            changed[name] = found.raw
        elif found == "again" and _denied(tokens, confirming[name], room):
            return "again"
    if len(changed) != 1:
        return "again"
    return Said({**{name: str(confirming[name]) for name in names if name in confirming}, **changed}, True)


def _denied(tokens: Sequence[Token], value: int, room: Room) -> bool:
    """Whether what is to be replaced occurs in the value, if unclearly."""
    at = next(place for place, token in enumerate(tokens) if token.kind == "not")
    wrong = [token for token in tokens[at + 1 :] if token.kind in NUMBER_KINDS or token.kind == "but"]
    end = next((place for place, token in enumerate(wrong) if token.kind == "but"), len(wrong))
    found = said(wrong[:end], room)
    return not isinstance(found, Number) or found.raw in str(value)


def _in_order(tokens: Sequence[Token], names: Sequence[str], room: Room) -> Said | Unclear | None:
    whole = said(tokens, room)
    if isinstance(whole, Number) and not room.too_long(len(whole.raw)):
        parts = marked([token for token in tokens if token.kind != "comma"], len(names), room)
        if not whole.pointed and parts and all(len(raw) >= LEAST_DIVIDED for raw in parts):
            return "again"  # «сто двадцать и триста»: one zone, or two
        return Said({names[0]: whole.raw}, doubtful=whole.doubtful)
    divided = marked(tokens, len(names), room)
    if divided is None and isinstance(whole, Number):
        divided = by_groups(whole, len(names), room)
    elif divided is None and any(token.kind == "thousand" for token in tokens):
        divided = by_thousands(tokens, len(names), room)
    if divided:
        return Said(dict(zip(names, divided, strict=False)))
    if whole is None or isinstance(whole, str):
        return whole
    return "again" if divided == [] and not room.with_fraction(len(whole.raw)) else Said({names[0]: whole.raw})


def _labelled(
    tokens: Sequence[Token],
    labels: Sequence[int],
    names: Sequence[str],
    room: Room,
    confirming: Mapping[str, int],
    *,
    answering: bool,
) -> Said | Unclear | None:
    bases = {name: number_of(value) for name, value in confirming.items() if name in names}
    chunks = _chunks(tokens, labels)
    if not bases and (both := _one_label_lost(tokens, labels, names, room)) is not None:
        return both
    if chunks is None:
        return "again"
    heard_so_far: dict[str, Number] = {}
    slipped = unclear = False
    for place, (label, chunk) in enumerate(chunks):
        name = zone_of(label, names)
        if name is None:
            return "again"
        before = heard_so_far.get(name)
        body = chunk
        trailing = _ends_in_repair(chunk)
        if trailing:
            body = chunk[:trailing]
        if before is not None:
            if not slipped:
                return "again"
            found = correction(body, room, before)
        elif name in bases and (answering or slipped or _steered(body)):
            found = correction(body, room, bases[name])
        else:
            found = said(body, room)
        if found is None:
            return "again"
        if found == "again" and not bases and not slipped and not any(token.kind in _STEERING for token in chunk):
            unclear = True  # this zone will be asked for; the others were said clearly
            continue
        if isinstance(found, str):
            return found
        heard_so_far[name] = found
        slipped = bool(trailing)
        follows = chunks[place + 1][0] if place + 1 < len(chunks) else None
        if slipped and (follows is None or zone_of(follows, names) not in heard_so_far):
            return "again"  # something was wrong, and what it was is not said
    if unclear and not heard_so_far:
        return "again"
    corrected = bool(bases)
    raw = {name: str(confirming[name]) for name in names if name in bases}
    raw.update({name: heard_so_far[name].raw for name in names if name in heard_so_far})
    doubtful = any(found.doubtful for found in heard_so_far.values())
    return Said({name: raw[name] for name in names if name in raw}, corrected, doubtful)


def _one_label_lost(tokens: Sequence[Token], labels: Sequence[int], names: Sequence[str], room: Room) -> Said | None:
    """«[ночь] шесть семьсот, а день двенадцать триста»: of two zones one is named, and a comma or «а» parts the two."""
    if len(labels) != 1 or len(names) != 2 or any(token.kind in _STEERING for token in tokens):
        return None
    at = labels[0]
    named = zone_of(tokens[at].text, names)
    if named is None:
        return None
    other = next(name for name in names if name != named)
    before, after = tokens[:at], tokens[at + 1 :]
    if not any(token.kind in NUMBER_KINDS for token in after):
        return None
    if any(token.kind in NUMBER_KINDS for token in before):
        said_last = [token for token in before if token.kind != "fill"][-1]
        if said_last.kind not in ("comma", "but"):
            return None  # «шесть семьсот день двенадцать триста»: whose label it is nobody knows
        left, right = said(before, room), said(after, room)
        if not isinstance(left, Number) or not isinstance(right, Number):
            return None
        found = {other: left, named: right}
        return Said({name: found[name].raw for name in names}, doubtful=left.doubtful or right.doubtful)
    whole = said(after, room)
    if isinstance(whole, Number) and not room.too_long(len(whole.raw)):
        return None
    raws = marked([token for token in after if token.kind != "and"], 2, room)
    return None if raws is None else Said({name: dict(zip((named, other), raws, strict=True))[name] for name in names})


def _steered(tokens: Sequence[Token]) -> bool:
    return any(token.kind in ("repair", "not") for token in tokens)


def _ends_in_repair(tokens: Sequence[Token]) -> int:
    """Where the repair words at the end begin; 0 if the last word is none."""
    end = len(tokens)
    while end and tokens[end - 1].kind in ("fill", "comma", "repair", "but"):
        end -= 1
    return end if any(token.kind == "repair" for token in tokens[end:]) else 0


def _chunks(tokens: Sequence[Token], labels: Sequence[int]) -> list[tuple[str, Sequence[Token]]] | None:
    """Label and words, in the order said; None where labels and numbers cannot be paired."""
    first = next((at for at, token in enumerate(tokens) if token.kind in NUMBER_KINDS), len(tokens))
    if labels[0] < first:
        edges = [*labels, len(tokens)]
        pairs = [(tokens[a].text, tokens[a + 1 : b]) for a, b in pairwise(edges)]
    else:
        edges = [-1, *labels]
        if any(token.kind in NUMBER_KINDS for token in tokens[labels[-1] + 1 :]):
            return None
        pairs = [(tokens[b].text, tokens[a + 1 : b]) for a, b in pairwise(edges)]
    merged: list[tuple[str, Sequence[Token]]] = []
    for label, chunk in pairs:
        digits = any(token.kind in NUMBER_KINDS for token in chunk)
        if not digits and any(token.text in _RIGHT for token in chunk):
            continue  # «день верно, ночь …»
        if merged and not any(token.kind in NUMBER_KINDS for token in merged[-1][1]):
            if merged[-1][0] != label:
                return None
            merged[-1] = (label, chunk)
        elif not digits and merged and merged[-1][0] == label:
            continue
        else:
            merged.append((label, chunk))
    return merged
