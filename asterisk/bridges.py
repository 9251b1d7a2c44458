"""Who is in which bridge with whom, as Asterisk tells it. It knows channels and bridges, and nobody's journal.

A Local channel is nobody: whoever is at its other half's bridge is who is heard through it.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

_CHANNEL = re.compile(r"[A-Za-z0-9]+/(?P<name>.+?)(?:-[0-9a-f]{8}(?:;[12])?)?\Z")
_HALF = re.compile(r"(?P<pair>Local/.+);(?P<half>[12])\Z")


def operator_of(channel: str) -> str:
    """Whose channel it is: `PJSIP/101-0000001a` and `PJSIP/101` are 101's."""
    found = _CHANNEL.match(channel)
    return found["name"] if found else channel


@dataclass(frozen=True, slots=True)
class Together:
    """The bridge a caller is in, and with whom."""

    bridge: str
    type: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """What one of an operator's channels is in."""

    bridge: str
    linkedid: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    """A channel in a bridge."""

    channel: str
    linkedid: str

    @property
    def other_half(self) -> str | None:
        """The name of the other half, if it is half of a Local channel."""
        found = _HALF.match(self.channel)
        return f"{found['pair']};{3 - int(found['half'])}" if found else None


@dataclass
class _Bridge:
    type: str
    inside: dict[str, Inside] = field(default_factory=dict)
    """By Uniqueid."""


class Bridges:
    def __init__(self) -> None:
        self._bridges: dict[str, _Bridge] = {}
        self._where: dict[str, str] = {}
        """The bridge a channel is in, by Uniqueid."""
        self._named: dict[str, str] = {}
        """The same by the channel's name."""
        self._of: dict[str, set[str]] = defaultdict(set)
        """The Uniqueids of an operator's channels that are in a bridge."""

    def enter(self, uniqueid: str, inside: Inside, bridge: str, type_: str) -> None:
        self.leave(uniqueid)
        self._bridges.setdefault(bridge, _Bridge(type_)).inside[uniqueid] = inside
        self._where[uniqueid] = self._named[inside.channel] = bridge
        self._of[operator_of(inside.channel)].add(uniqueid)

    def leave(self, uniqueid: str, bridge: str | None = None) -> str | None:
        """Take a channel out of the bridge it is in, unless that is another than `bridge`; which one it was."""
        here = self._where.get(uniqueid)
        if here is None or (bridge is not None and here != bridge):
            return None
        del self._where[uniqueid]
        left = self._bridges[here].inside.pop(uniqueid)
        self._named.pop(left.channel, None)
        operator = operator_of(left.channel)
        self._of[operator].discard(uniqueid)
        if not self._of[operator]:
            del self._of[operator]
        if not self._bridges[here].inside:
            del self._bridges[here]
        return here

    def clear(self) -> None:
        for one in (self._bridges, self._where, self._named, self._of):
            one.clear()

    def of(self, uniqueid: str) -> str | None:
        """The bridge this channel is in."""
        return self._where.get(uniqueid)

    def inside(self, *bridges: str) -> Collection[str]:
        """The Uniqueids of the channels in these bridges."""
        return [uniqueid for one in bridges if one in self._bridges for uniqueid in self._bridges[one].inside]

    def joined(self, bridge: str) -> set[str]:
        """This bridge and those that Local channels join with it."""
        found: set[str] = set()
        look = [bridge]
        while look:
            here = look.pop()
            if here in found or here not in self._bridges:
                continue
            found.add(here)
            halves = (one.other_half for one in self._bridges[here].inside.values())
            look += [self._named[half] for half in halves if half in self._named]
        return found

    def together(self, uniqueid: str) -> Together | None:
        """Where this channel is with others, or parked; None when it is alone."""
        name = self._where.get(uniqueid)
        if name is None:
            return None
        type_ = self._bridges[name].type
        others = tuple(sorted(self._people(self.joined(name), uniqueid)))
        return Together(name, type_, others) if others or type_ != "basic" else None

    def operators(self, bridges: Iterable[str]) -> set[str]:
        """Whose channels are in these bridges."""
        return {operator_of(one.channel) for bridge in bridges for one in self._bridges[bridge].inside.values()}

    def talks_of(self, operator: str) -> list[Talk]:
        """Everybody an operator is in a basic bridge with, over all their channels."""
        found = []
        for uniqueid in self._of.get(operator, ()):
            bridge = self._where[uniqueid]
            others = self._people(self.joined(bridge), uniqueid) - {operator}
            if others and self._bridges[bridge].type == "basic":
                linkedid = self._bridges[bridge].inside[uniqueid].linkedid
                found.append(Talk(bridge, linkedid, tuple(sorted(others))))
        return found

    def _people(self, bridges: Iterable[str], but: str) -> set[str]:
        return {
            operator_of(one.channel)
            for bridge in bridges
            for uniqueid, one in self._bridges[bridge].inside.items()
            if uniqueid != but and one.other_half is None
        }
