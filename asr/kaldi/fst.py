"""OpenFst's file of a plain transducer (`vector`, `standard`): the two graphs of a model, written and read back."""

import struct
from dataclasses import dataclass, field
from enum import Enum
from operator import itemgetter
from typing import NamedTuple

from asr.kaldi.binary import BadKaldiFile

_MAGIC = 2125659606
_VERSION = 2
_EXPANDED_MUTABLE = 0x3
_ARC = struct.Struct("<iifi")
_STATE = struct.Struct("<fq")
_SIZES = struct.Struct("<iiQqqq")
NEVER = float("inf")
"""The cost of ending in a state where no path may end."""


class Arc(NamedTuple):
    input: int
    output: int
    cost: float
    to: int


class Sorted(Enum):
    """By which label the arcs of each state are in order: composing two graphs needs the one or the other."""

    INPUT = 0
    OUTPUT = 1


_PROPERTY = {Sorted.INPUT: 0x1000_0000, Sorted.OUTPUT: 0x4000_0000}


@dataclass(slots=True)
class Fst:
    """States are numbered from 0; costs are negative logarithms."""

    start: int = 0
    arcs: list[list[Arc]] = field(default_factory=list)
    ends: dict[int, float] = field(default_factory=dict)
    """What it costs to end in a state."""

    def add_state(self) -> int:
        self.arcs.append([])
        return len(self.arcs) - 1

    def dump(self, order: Sorted) -> bytes:
        label = itemgetter(order.value)
        total = sum(len(arcs) for arcs in self.arcs)
        parts = [
            struct.pack("<i", _MAGIC),
            _text("vector"),
            _text("standard"),
            _SIZES.pack(_VERSION, 0, _EXPANDED_MUTABLE | _PROPERTY[order], self.start, len(self.arcs), total),
        ]
        for state, arcs in enumerate(self.arcs):
            parts.append(_STATE.pack(self.ends.get(state, NEVER), len(arcs)))
            parts += [_ARC.pack(*arc) for arc in sorted(arcs, key=label)]
        return b"".join(parts)

    @classmethod
    def load(cls, data: bytes) -> "Fst":
        """Raises `BadKaldiFile`."""
        try:
            return cls._load(data)
        except (struct.error, UnicodeDecodeError) as error:
            raise BadKaldiFile(f"the graph is cut short or broken: {error}") from error

    @classmethod
    def _load(cls, data: bytes) -> "Fst":
        (magic,) = struct.unpack_from("<i", data)
        if magic != _MAGIC:
            raise BadKaldiFile("the file is no OpenFst graph")
        kind, at = _read_text(data, 4)
        arc, at = _read_text(data, at)
        version, flags, _, start, states, _ = _SIZES.unpack_from(data, at)
        if (kind, arc, version, flags) != ("vector", "standard", _VERSION, 0):
            raise BadKaldiFile(f"the graph is of another kind ({kind[:20]}, {arc[:20]}, version {version})")
        at += _SIZES.size
        fst = cls(int(start))
        for state in range(states):
            end, count = _STATE.unpack_from(data, at)
            at += _STATE.size
            if end != NEVER:
                fst.ends[state] = end
            size = count * _ARC.size
            if count < 0 or at + size > len(data):
                raise BadKaldiFile(f"the graph is cut short in state {state}")
            fst.arcs.append([Arc(*found) for found in _ARC.iter_unpack(data[at : at + size])])
            at += size
        if not -1 <= start < states or any(not 0 <= arc.to < states for arcs in fst.arcs for arc in arcs):
            raise BadKaldiFile("the graph has an arc into nowhere")
        return fst


def _text(text: str) -> bytes:
    return struct.pack("<i", len(text)) + text.encode()


def _read_text(data: bytes, at: int) -> tuple[str, int]:
    (size,) = struct.unpack_from("<i", data, at)
    if not 0 <= size <= 100:
        raise BadKaldiFile("the file is no OpenFst graph")
    return data[at + 4 : at + 4 + size].decode(), at + 4 + size
