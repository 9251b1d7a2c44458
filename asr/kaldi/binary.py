"""Kaldi's binary notation: tokens, numbers, vectors and matrices, each written and read the same way."""

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MARK = b"\0B"
"""A binary file begins with it."""

Floats = npt.NDArray[np.float32]


class BadKaldiFile(Exception):
    """The bytes are not what they should be; the text says what was met and where."""


def token(name: str) -> bytes:
    return name.encode() + b" "


def int32(value: int) -> bytes:
    return b"\x04" + struct.pack("<i", value)


def float32(value: float) -> bytes:
    return b"\x04" + struct.pack("<f", value)


def float64(value: float) -> bytes:
    return b"\x08" + struct.pack("<d", value)


def ints(values: Sequence[int]) -> bytes:
    return b"\x04" + struct.pack("<i", len(values)) + np.asarray(values, "<i4").tobytes()


def vector(values: npt.ArrayLike) -> bytes:
    floats = np.asarray(values, "<f4")
    return token("FV") + int32(len(floats)) + floats.tobytes()


def matrix(values: npt.ArrayLike) -> bytes:
    floats = np.ascontiguousarray(values, "<f4")
    rows, columns = floats.shape
    return token("FM") + int32(rows) + int32(columns) + floats.tobytes()


class Reader:
    """Takes what the writers above wrote, in order; raises `BadKaldiFile` at the first thing that is something else."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self.at = at

    @classmethod
    def of_file(cls, data: bytes) -> "Reader":
        if not data.startswith(MARK):
            raise BadKaldiFile("the file is not in Kaldi's binary notation")
        return cls(data, len(MARK))

    def token(self, expected: str | None = None) -> str:
        end = self._data.find(b" ", self.at, self.at + 200)
        if end < 0:
            raise BadKaldiFile(f"no token at byte {self.at}")
        found = self._data[self.at : end].decode("latin-1").lstrip("\n")
        if expected is not None and found != expected:
            raise BadKaldiFile(f"{expected} expected at byte {self.at}, {found[:40]!r} found")
        self.at = end + 1
        return found

    def int32(self) -> int:
        return int(struct.unpack("<i", self._sized(4))[0])

    def float32(self) -> float:
        return float(struct.unpack("<f", self._sized(4))[0])

    def float64(self) -> float:
        return float(struct.unpack("<d", self._sized(8))[0])

    def ints(self) -> list[int]:
        if self._take(1) != b"\x04":
            raise BadKaldiFile(f"a list of numbers expected at byte {self.at - 1}")
        count = int(struct.unpack("<i", self._take(4))[0])
        return [int(value) for value in np.frombuffer(self._take(4 * self._counted(count)), "<i4")]

    def vector(self) -> Floats:
        self.token("FV")
        return np.frombuffer(self._take(4 * self._counted(self.int32())), "<f4").copy()

    def matrix(self) -> Floats:
        self.token("FM")
        rows, columns = self._counted(self.int32()), self._counted(self.int32())
        return np.frombuffer(self._take(4 * rows * columns), "<f4").reshape(rows, columns).copy()

    def _sized(self, size: int) -> bytes:
        if self._take(1) != bytes([size]):
            raise BadKaldiFile(f"a number of {size} bytes expected at byte {self.at - 1}")
        return self._take(size)

    def _counted(self, count: int) -> int:
        if count < 0:
            raise BadKaldiFile(f"a count below nothing before byte {self.at}")
        return count

    def _take(self, size: int) -> bytes:
        found = self._data[self.at : self.at + size]
        if len(found) < size:
            raise BadKaldiFile(f"the file ends at byte {len(self._data)}, inside what began at byte {self.at}")
        self.at += size
        return found
