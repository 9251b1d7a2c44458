"""Rules about names that people take one for another: Latin and Cyrillic twins, names one letter apart."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ivr.flow.checks.ground import Ground
from ivr.flow.dialplan import Ask, LookUp, MakeRequest, OrderCallback, Rate, Set
from ivr.flow.finding import Finding, Place

LONG_ENOUGH = 6
"""Shorter names differ by a letter as a rule."""

_TWINS = str.maketrans("аеёорсухкмтвніАЕОРСУХКМТВНІ", "aeeopcyxkmtbhiAEOPCYXKMTBHI")
_LATIN, _CYRILLIC = re.compile(r"[A-Za-z]"), re.compile(r"[А-Яа-яЁё]")


@dataclass(frozen=True, slots=True)
class Named:
    name: str
    place: Place


def look_alikes(ground: Ground) -> Iterator[Finding]:
    for flow in ground.plan.flows.values():
        steps = [Named(step.name, step.place) for step in flow.steps.values()]
        yield from _judge(steps, "шаг")
    yield from _judge(_variables(ground), "переменная")


def _variables(ground: Ground) -> list[Named]:
    """Every variable that a step sets, where it does so first."""
    found: dict[str, Named] = {}
    for step in ground.plan.steps():
        if isinstance(step, Set):
            for name, value in step.values.items():
                found.setdefault(name, Named(name, value.place))
        if isinstance(step, Ask | LookUp | MakeRequest | OrderCallback | Rate) and step.into:
            found.setdefault(step.into, Named(step.into, step.place))
    return list(found.values())


def _judge(names: list[Named], what: str) -> Iterator[Finding]:
    groups: dict[str, list[Named]] = {}
    for named in names:
        groups.setdefault(named.name.translate(_TWINS), []).append(named)
    told: set[str] = set()
    for group in groups.values():
        # The one with Cyrillic in it is the slip, as a rule.
        first, *others = sorted(group, key=lambda named: bool(_CYRILLIC.search(named.name)))
        for other in others:
            told |= {first.name, other.name}
            text = f"{what} «{other.name}» не отличить на вид от «{first.name}» {_where(first, other)}"
            yield Finding(other.place, "E241", text, "одно написано латиницей, другое — по-русски: назовите иначе")
        if not others and _LATIN.search(first.name) and _CYRILLIC.search(first.name):
            strange = "".join(dict.fromkeys(_CYRILLIC.findall(first.name)))
            text = f"в имени «{first.name}» смешаны латинские и русские буквы"
            yield Finding(first.place, "W242", text, f"русские здесь: {strange}")
    for one, other in _one_apart([named for named in names if named.name not in told]):
        text = f"{what} «{other.name}» и «{one.name}» {_where(one, other)} отличаются одной буквой"
        yield Finding(other.place, "W243", text, "если это одно и то же, исправьте; если разное, назовите яснее")


def _one_apart(names: Iterable[Named]) -> Iterator[tuple[Named, Named]]:
    """Pairs that one letter makes equal: by what is left when each letter in turn is left out, so in linear time."""
    seen: dict[tuple[str, int], Named] = {}
    whole: dict[str, Named] = {}
    for named in names:
        name = named.name
        if len(name) < LONG_ENOUGH:
            continue
        other = None
        for at in range(len(name)):
            shorter = name[:at] + name[at + 1 :]
            # Equal but for the letter here, or for a letter that one of them has more.
            other = other or seen.get((shorter, at)) or whole.get(shorter)
        other = other or next((seen[name, at] for at in range(len(name) + 1) if (name, at) in seen), None)
        if other is not None and not _meant(name, other.name):
            yield other, named
        whole.setdefault(name, named)
        for at in range(len(name)):
            seen.setdefault((name[:at] + name[at + 1 :], at), named)


def _where(named: Named, seen_from: Named) -> str:
    if named.place.file == seen_from.place.file:
        return f"в строке {named.place.line}"
    return f"в {named.place.file.name}:{named.place.line}"


def _meant(one: str, other: str) -> bool:
    """Digits that tell two apart, and a plural, are no slips."""
    if re.sub(r"\d", "", one) == re.sub(r"\d", "", other) and one != other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) != len(long) and long in (short + "s", short + "и", short + "ы")
