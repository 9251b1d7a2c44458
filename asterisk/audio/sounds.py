"""Rendered files as sound for AudioSocket: signed 16-bit, 8 kHz, whatever of Asterisk's formats they are in.

A prompt is heard by many callers, so what was read is kept; a file that was rendered anew is read anew.
"""

import asyncio
import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from asr.audio import TELEPHONE_RATE, BadAudio, parse_wav
from asr.g711 import alaw_decode, ulaw_decode


class Sounds:
    """Files read and decoded, the most recently heard ones kept."""

    def __init__(self, keep_bytes: int = 32_000_000) -> None:
        self._keep = keep_bytes
        self._kept: OrderedDict[tuple[Path, int, int], bytes] = OrderedDict()
        self._bytes = 0

    @property
    def kept_bytes(self) -> int:
        return self._bytes

    async def pcm(self, files: Sequence[Path]) -> bytes:
        """The files one after another. Raises BadAudio, which says which file and why."""
        return b"".join([await self._one(file) for file in files])

    async def _one(self, file: Path) -> bytes:
        try:
            about = os.stat(file)
        except OSError as error:
            raise BadAudio(f"{file}: {error.strerror}") from error
        key = (file, about.st_mtime_ns, about.st_size)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        sound = await asyncio.to_thread(read, file)
        if key not in self._kept:
            self._kept[key] = sound
            self._bytes += len(sound)
        while self._bytes > self._keep and len(self._kept) > 1:
            self._bytes -= len(self._kept.popitem(last=False)[1])
        return sound


def read(file: Path) -> bytes:
    """The sound of one file. Raises BadAudio."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadAudio(f"{file}: {error.strerror}") from error
    match file.suffix:
        case ".wav":
            try:
                return parse_wav(data).at(TELEPHONE_RATE).pcm()
            except BadAudio as error:
                raise BadAudio(f"{file}: {error}") from error
        case ".alaw":
            return alaw_decode(data)
        case ".ulaw":
            return ulaw_decode(data)
        case ".sln":
            return data[: len(data) & ~1]
        case other:
            raise BadAudio(
                f"{file}: sound in {other or 'a file without a suffix'} cannot be sent, only .wav .alaw .sln"
            )
