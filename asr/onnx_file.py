"""The notes at the top of an ONNX file: what its maker wrote into it for the program that runs it.

A model is some hundred megabytes of one protobuf message. Its notes are read by stepping over the rest, so that a
folder can be judged in a millisecond and without the library that runs it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_GRAPH, _NOTES = 7, 14
_LONGEST_NOTE = 1 << 20


class NotOnnx(Exception):
    """The file is not an ONNX model, or not all of it; the text says why."""


def notes(path: Path) -> dict[str, str]:
    """The model's `metadata_props`; raises `NotOnnx`."""
    found: dict[str, str] = {}
    has_graph = False
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            for field, length in _fields(file, size):
                if field == _GRAPH:
                    has_graph = True
                if field == _NOTES and length <= _LONGEST_NOTE:
                    key, value = _entry(file.read(length))
                    found[key] = value
                else:
                    file.seek(length, 1)
    except OSError as error:
        raise NotOnnx(f"cannot be read: {error.strerror}") from error
    if not has_graph:
        raise NotOnnx("there is no network in it")
    return found


def _fields(file: BinaryIO, size: int) -> Iterator[tuple[int, int]]:
    """Field numbers and lengths of the message's values; whoever asks reads or steps over each value."""
    while file.tell() < size:
        tag = _varint(file)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            _varint(file)
            continue
        length = {1: 8, 5: 4}.get(wire) if wire != 2 else _varint(file)
        if length is None or field == 0:
            raise NotOnnx("it is no protobuf message")
        if file.tell() + length > size:
            raise NotOnnx("it is cut short")
        yield field, length


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 64, 7):
        byte = file.read(1)
        if not byte:
            raise NotOnnx("it is cut short")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise NotOnnx("it is no protobuf message")


def _entry(body: bytes) -> tuple[str, str]:
    """A pair of strings: field 1 and field 2."""
    texts = {1: "", 2: ""}
    at = 0
    while at + 2 <= len(body):
        field = body[at] >> 3
        length, at = _length(body, at + 1)
        texts[field] = body[at : at + length].decode(errors="replace")
        at += length
    return texts[1], texts[2]


def _length(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(body):
        value |= (body[at] & 0x7F) << shift
        at += 1
        if body[at - 1] < 0x80:
            break
        shift += 7
    return value, at
