"""Prompts that ship rendered: the demo line's texts and all numbers, spoken by a free voice, for machines without it.

A pack is a folder with two files for the numbers, each dialogue and each dialplan, so that a changed text changes
little: `<name>.tsv` says which sound speaks which text, `<name>.xz` holds the sounds (A-law), compressed together:
what is said alike sounds alike, to the last sample. `make prompts` writes them.
"""

import asyncio
import hashlib
import lzma
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from asr import g711
from ivr.prompts import loudness
from ivr.prompts.pace import stretched
from ivr.prompts.voice import VoiceFailed

ABOUT = "voice.txt"


def shipped() -> Path:
    """The pack that comes with us."""
    return Path(__file__).resolve().parent / "shipped" / "anna"


class PackBroken(Exception):
    """The pack cannot be read; the text says why."""


class Pack:
    """Implements `ivr.prompts.voice.Voice` and `Recorded`: it speaks its own texts and no others."""

    def __init__(self, folder: Path) -> None:
        self._archive: dict[str, Path] = {}
        self._opened: dict[Path, Mapping[str, bytes]] = {}
        self._opening = asyncio.Lock()
        made = hashlib.sha256()
        try:
            self._voice = (folder / ABOUT).read_text(encoding="utf-8").split()[0]
            for index in sorted(folder.glob("*.tsv")):
                body = index.read_bytes()
                made.update(body)
                self._archive.update({text: index.with_suffix(".xz") for text, *_ in _rows(body)})
        except (OSError, ValueError, IndexError) as error:
            raise PackBroken(f"{folder} is no pack of prompts: {error}") from error
        self._version = made.hexdigest()[:12]

    @property
    def name(self) -> str:
        """The voice it was spoken with."""
        return self._voice

    @property
    def version(self) -> str:
        return f"pack/{self._version}"

    def has(self, text: str) -> bool:
        return text in self._archive

    def texts(self) -> Collection[str]:
        return self._archive.keys()

    async def render(self, text: str, *, pace: float = 1.0) -> bytes:
        archive = self._archive.get(text)
        if archive is None:
            raise VoiceFailed(f"the pack does not have «{text}»")
        async with self._opening:
            if archive not in self._opened:
                try:
                    self._opened[archive] = await asyncio.to_thread(read_archive, archive)
                except PackBroken as error:
                    raise VoiceFailed(str(error)) from error
        pcm = g711.alaw_decode(self._opened[archive][text])
        return pcm if pace == 1.0 else await asyncio.to_thread(stretched, pcm, pace)


def _rows(body: bytes) -> Iterator[tuple[str, int, str]]:
    """Text, size of its sound, digest of it."""
    for line in body.decode("utf-8").splitlines():
        size, digest, text = line.split("\t")
        yield text, int(size), digest


def read_archive(archive: Path) -> dict[str, bytes]:
    """What it has: text → A-law sound. Nothing where there is no archive; raises `PackBroken`."""
    if not archive.exists():
        return {}
    try:
        sounds, at, made = lzma.decompress(archive.read_bytes()), 0, {}
        for text, size, digest in _rows(archive.with_suffix(".tsv").read_bytes()):
            made[text], at = sounds[at : at + size], at + size
            if _digest(made[text]) != digest:
                raise PackBroken(f"{archive} does not hold what its index says of «{text}»")
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise PackBroken(f"{archive}: {error}") from error
    return made


def write_archive(archive: Path, sounds: Mapping[str, bytes]) -> bool:
    """Write it if it is not so already; whether it was written."""
    if archive.exists() and read_archive(archive) == sounds:
        return False
    archive.parent.mkdir(parents=True, exist_ok=True)
    # By their ends: «сто рублей.» and «двести рублей.» are alike there.
    texts = sorted(sounds, key=lambda text: (text[::-1], text))
    archive.write_bytes(lzma.compress(b"".join(sounds[text] for text in texts), preset=9 | lzma.PRESET_EXTREME))
    rows = "".join(f"{len(sounds[text])}\t{_digest(sounds[text])}\t{text}\n" for text in texts)
    archive.with_suffix(".tsv").write_text(rows, encoding="utf-8")
    return True


def _digest(sound: bytes) -> str:
    return hashlib.sha256(sound).hexdigest()[:12]


def packed(pcm: bytes) -> bytes:
    """A voice's sound as it lies in a pack: mastered, A-law."""
    return g711.alaw_encode(loudness.mastered(pcm, tail_seconds=0))


def differences(pack: Pack, wanted: Mapping[str, Collection[str]]) -> Iterator[str]:
    """What the pack lacks of the wanted texts (by archive), and what it has that nobody wants."""
    every = {text for texts in wanted.values() for text in texts}
    for archive, texts in wanted.items():
        yield from (f"{archive}: «{text}» is missing" for text in sorted(texts) if not pack.has(text))
    yield from (f"«{text}» is not said any more" for text in sorted(set(pack.texts()) - every))
