"""A person's recordings of a supplier's texts: `prompts/<key>.wav` in its folder, told by `prompts/recorded.csv`.

A recording is of a text: the index keeps what the person read, so a text that was changed since is spoken by the voice
again, and `gudok check` says so. Human beats voice wherever all of a prompt is recorded; within one prompt they are
never mixed.
"""

import asyncio
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import numpy as np

from asr.audio import TELEPHONE_RATE, BadAudio, read_wav
from ivr.prompts.pace import stretched
from ivr.prompts.pieces import fixed_pieces, warm_set
from ivr.prompts.spoken import NotSpeakable
from ivr.prompts.voice import VoiceFailed

FOLDER = "prompts"
INDEX = "recorded.csv"
_SHORTEST_SECONDS = 0.15
_QUIETEST = 0.01
_MOST_CLIPPED = 0.005


class BadIndex(Exception):
    """The index of recordings cannot be read; the text says where."""


@dataclass(frozen=True, slots=True)
class Recording:
    file: Path
    text: str
    """What the person read."""


def files_for(key: str, text: str) -> Mapping[str, str]:
    """What is to be recorded of a prompt: file → what to read. Between its slots each part is a file of its own."""
    try:
        parts = [piece.text for piece in fixed_pieces(text)]
    except NotSpeakable:
        return {}
    if len(parts) == 1 and "{" not in text:
        return {f"{key}.wav": parts[0]}
    return {f"{key}.part{number}.wav": part for number, part in enumerate(parts, start=1)}


def read_index(folder: Path) -> dict[str, str]:
    """File → what was read, of a supplier's folder; empty where nothing was recorded. Raises `BadIndex`."""
    path = folder / FOLDER / INDEX
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadIndex(f"{path}: {error}") from error
    for number, row in enumerate(rows, start=1):
        if len(row) != 2 or not re.fullmatch(r"[\w.-]+\.wav", row[0]):
            raise BadIndex(f"{path}:{number}: a row is «file.wav,what was read»")
    return {row[0]: row[1] for row in rows}


def write_index(folder: Path, recorded: Mapping[str, str]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(sorted(recorded.items()))
    path = folder / FOLDER / INDEX
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(out.getvalue(), encoding="utf-8")


class Studio:
    """Implements `ivr.prompts.voice.Voice` and `Recorded`. Made by `of`."""

    def __init__(self, folder: Path, recorded: Iterable[Recording], version: str) -> None:
        self._folder = folder
        self._files = {same(recording.text): recording.file for recording in recorded}
        self._version = version

    @classmethod
    def of(cls, folder: Path) -> "Studio | None":
        """The recordings of a supplier's folder; None where it has none that can be used."""
        try:
            index = read_index(folder)
        except BadIndex:
            return None  # the check tells of it
        there = [Recording(folder / FOLDER / name, text) for name, text in index.items()]
        there = [recording for recording in there if recording.file.is_file()]
        if not there:
            return None
        made = sha256()
        for recording in there:
            made.update(recording.file.read_bytes())
        return cls(folder, there, made.hexdigest()[:12])

    @property
    def name(self) -> str:
        return "studio"

    @property
    def version(self) -> str:
        return self._version

    def has(self, text: str) -> bool:
        return same(text) in self._files

    async def render(self, text: str, *, pace: float = 1.0) -> bytes:
        file = self._files.get(same(text))
        if file is None:
            raise VoiceFailed(f"nobody has recorded «{text}»")
        try:
            sound = await asyncio.to_thread(read_wav, file)
        except BadAudio as error:
            raise VoiceFailed(f"{file}: {error}") from error
        return await asyncio.to_thread(lambda: stretched(sound.at(TELEPHONE_RATE).pcm(), pace))


def same(text: str) -> str:
    """The text as far as a recording depends on it: its words, and whether it ends, asks or goes on."""
    words = re.sub(r"[^\w\s-]|_", " ", text.lower().replace("ё", "е").replace("\u0301", "").replace("+", ""))
    end = text.rstrip()[-1:]
    return " ".join(words.split()) + (end if end in "?," else ".")


def files_for_numbers() -> Mapping[str, str]:
    """The parts of numbers a person may record: file → what to read, with the voice kept up, or let down («.end»)."""
    made = {}
    for piece in warm_set():
        end = ".end" if piece.text.endswith(".") else ""
        made[f"number.{piece.text.rstrip('.,').replace(' ', '-')}{end}.wav"] = piece.text
    return made


def wanted_files(script: Mapping[str, str]) -> dict[str, str]:
    """Every file a person may record for a line: its texts by key, then the parts of numbers."""
    made: dict[str, str] = {}
    for key, text in script.items():
        made |= files_for(key, text)
    return made | dict(files_for_numbers())


@dataclass(frozen=True, slots=True)
class State:
    """How one recording stands."""

    file: str
    text: str
    """What it should say now; empty where nobody asks for it any more."""
    kind: Literal["recorded", "changed", "unused", "missing", "new", "to record"]


def states(folder: Path, script: Mapping[str, str]) -> Iterator[State]:
    """The recordings of a supplier against what its line says now. Raises `BadIndex`.

    `changed`: the text is another now, and the voice speaks it; `missing`: the index tells of a file that is not there;
    `new`: a file that the index does not know yet (`gudok prompts adopt`).
    """
    index, wanted = read_index(folder), wanted_files(script)
    there = {path.name for path in (folder / FOLDER).glob("*.wav")}
    for name, text in wanted.items():
        if name in index and name in there:
            yield State(name, text, "recorded" if same(index[name]) == same(text) else "changed")
        elif name in index:
            yield State(name, text, "missing")
        else:
            yield State(name, text, "new" if name in there else "to record")
    for name in sorted((index.keys() | there) - wanted.keys()):
        yield State(name, "", "unused")


def fault_of(path: Path) -> str:
    """Why a file cannot be played to callers; empty where it can."""
    try:
        sound = read_wav(path)
    except BadAudio as error:
        return str(error)
    peak = float(np.abs(sound.samples).max())
    if sound.rate < TELEPHONE_RATE:
        return f"{sound.rate} Hz is less than a telephone carries (8000)"
    if sound.seconds < _SHORTEST_SECONDS or peak < _QUIETEST:
        return f"there is hardly a sound in it ({sound.seconds:.1f} s, peak {peak:.3f})"
    clipped = float((np.abs(sound.samples) > 0.999).mean())
    if clipped > _MOST_CLIPPED:
        return f"it is recorded too loud: {clipped:.1%} of it is cut off"
    return ""
