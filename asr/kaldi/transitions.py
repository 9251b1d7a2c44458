"""The transition model that opens `am/final.mdl`: every phone is one state, entered once, in which it may be stayed."""

import math

from asr.kaldi.binary import BadKaldiFile, Reader, float32, int32, ints, token, vector
from asr.kaldi.phone_table import PhoneTable

_EXTENDED = -1
"""Kaldi's mark that staying and going on have classes of sound of their own."""
_NONE = -1
_LEAVE_OR_STAY = math.log(0.5)


def dump(table: PhoneTable) -> bytes:
    """`<TransitionModel> … </TransitionModel>`, without the file's mark."""
    count = table.count
    parts = [
        token("<TransitionModel>"),
        token("<Topology>"),
        ints(range(1, count + 1)),
        ints([_NONE] + [0] * count),
        int32(_EXTENDED),
        int32(1),
        int32(2),
        # State 0 begins with the phone's first class and stays with its second; state 1 is the end.
        *(int32(0), int32(1), int32(2), int32(0), float32(0.5), int32(1), float32(0.5)),
        *(int32(_NONE), int32(_NONE), int32(0)),
        token("</Topology>"),
        token("<Tuples>"),
        int32(count),
    ]
    for number in range(1, count + 1):
        first = 2 * table.class_of(number)
        parts += [int32(number), int32(0), int32(first), int32(first + 1)]
    parts += [
        token("</Tuples>"),
        token("<LogProbs>"),
        vector([0.0] + [_LEAVE_OR_STAY] * (2 * count)),
        token("</LogProbs>"),
        token("</TransitionModel>"),
    ]
    return b"".join(parts)


def check(model: bytes, table: PhoneTable) -> None:
    """Raises `BadKaldiFile` unless the acoustic model begins with the transitions of these phones as we make them."""
    reader = Reader.of_file(model)
    reader.token("<TransitionModel>")
    ours = dump(table)
    if model[2 : 2 + len(ours)] != ours:
        raise BadKaldiFile("the acoustic model's transitions are not those of our own models")
