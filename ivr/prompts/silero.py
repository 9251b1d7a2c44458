"""Silero's neural voices through torch: the pleasantest that can be had for nothing, where torch is there.

The model is an official package file (`v5_cis_base`, MIT, by default), named by a path or fetched by its name. It
speaks in a process of its own (`silero_worker`), one text at a time, sentence by sentence.
"""

import asyncio
import contextlib
import importlib.metadata
import importlib.util
import json
import re
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import structlog

from asr.audio import TELEPHONE_RATE, from_pcm
from ivr.prompts.pace import stretched
from ivr.prompts.silero_worker import RATE
from ivr.prompts.voice import NoVoice, VoiceAway, VoiceFailed

log = structlog.get_logger(__name__)

_START_SECONDS = 120.0
_SECONDS = 30.0
_LONGEST = 800
"""Letters in one request: the model raises above about a thousand, and stress marks are letters too."""
_LONGEST_WORD = 100
_LINE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Package:
    """A package file that Silero publishes."""

    name: str
    file: str
    url: str
    size: int
    sha256: str
    licence: str
    commercial: bool
    speaker: str
    """The one that speaks unless another is named."""


PACKAGES = {
    package.name: package
    for package in (
        Package(
            name="silero-v5_cis_base",
            file="v5_cis_base.pt",
            url="https://models.silero.ai/models/tts/ru/v5_cis_base.pt",
            size=91_680_514,
            sha256="ba41b18f6a707ad93605a162998865e7c087153d2e010a26dd02229dab0e672a",
            licence="MIT",
            commercial=True,
            speaker="ru_ekaterina",
        ),
        Package(
            name="silero-v5_ru",
            file="v5_ru.pt",
            url="https://models.silero.ai/models/tts/ru/v5_ru.pt",
            size=0,
            sha256="",
            licence="CC BY-NC 4.0",
            commercial=False,
            speaker="xenia",
        ),
    )
}
"""What `gudok prompts fetch` may fetch; a size of 0 and a digest of "" are not known here."""
DEFAULT = "silero-v5_cis_base"


def folder(cache: Path) -> Path:
    """Where fetched packages lie."""
    return cache / "models" / "silero"


def find_package(cache: Path, named: str = "", *, accept_non_commercial: bool = False) -> tuple[Path, str]:
    """The package file that was named (a path, or a name of `PACKAGES`) and its speaker; raises `NoVoice`."""
    package = PACKAGES.get(named or DEFAULT)
    path = folder(cache) / package.file if package else Path(named)
    package = package or next((each for each in PACKAGES.values() if each.file == path.name), None)
    if package is not None and not package.commercial and not accept_non_commercial:
        raise NoVoice(
            f"{package.name} is {package.licence}: not for a company's line. Whoever may use it says so by "
            "silero.accept_non_commercial = true"
        )
    if not path.is_file():
        fetch = (
            f"`gudok prompts fetch {package.name}`, or copy it there" if package else "name a package file of Silero's"
        )
        raise NoVoice(f"{path} is not there: {fetch}")
    return path, package.speaker if package else next(iter(PACKAGES.values())).speaker


class Silero:
    """Implements `ivr.prompts.voice.Voice`. Made by `find` or `start`; `aclose` ends its process."""

    def __init__(self, path: Path, speaker: str, version: str) -> None:
        self._path, self._speaker, self._version = path, speaker, version
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    @classmethod
    async def find(
        cls, cache: Path, named: str = "", speaker: str = "", *, accept_non_commercial: bool = False
    ) -> "Silero":
        """The named model, else the default one if it was fetched; raises `NoVoice`."""
        path, usual = find_package(cache, named, accept_non_commercial=accept_non_commercial)
        return await cls.start(path, speaker or usual)

    @classmethod
    async def start(cls, path: Path, speaker: str) -> "Silero":
        """Load the model in its process and have it speak; raises `NoVoice`."""
        if importlib.util.find_spec("torch") is None:
            raise NoVoice("Silero needs torch: pip install 'gudok[silero]' (its CPU build is enough)")
        voice = cls(path, speaker, await asyncio.to_thread(_version, path))
        try:
            await voice._started()
        except VoiceFailed as error:
            await voice.aclose()
            raise NoVoice(str(error)) from error
        return voice

    @property
    def name(self) -> str:
        return f"silero/{self._path.stem}/{self._speaker}"

    @property
    def version(self) -> str:
        return self._version

    async def render(self, text: str, *, pace: float = 1.0) -> bytes:
        if any(letter.isnumeric() for letter in text):
            raise VoiceFailed(f"there is a digit in «{text}», which Silero would leave out")
        async with self._turn:
            sounds = [await self._said(part) for part in _parts(text)]
        return await asyncio.to_thread(_telephone, b"".join(sounds), pace)

    async def aclose(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def _said(self, text: str) -> bytes:
        process = self._process
        if process is None or process.returncode is not None:
            process = await self._started()
        try:
            return await asyncio.wait_for(_asked(process, text), _SECONDS)
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError, json.JSONDecodeError) as error:
            await self.aclose()
            raise VoiceAway(f"Silero's process does not answer: {error or 'too slow'}") from error
        except asyncio.CancelledError:
            # Half an answer would be taken for the next one's.
            await self.aclose()
            raise

    async def _started(self) -> asyncio.subprocess.Process:
        await self.aclose()
        worker = [sys.executable, "-m", "ivr.prompts.silero_worker", str(self._path), self._speaker]
        self._process = process = await asyncio.create_subprocess_exec(
            *worker,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LINE_BYTES,
        )
        try:
            await asyncio.wait_for(_answer(process), _START_SECONDS)
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError, json.JSONDecodeError) as error:
            await self.aclose()
            raise VoiceAway(f"Silero's process does not start with {self._path}") from error
        except VoiceFailed:
            await self.aclose()
            raise
        log.info("Silero speaks", action="voice_started", model=self._path.name, speaker=self._speaker)
        return process


async def _asked(process: asyncio.subprocess.Process, text: str) -> bytes:
    assert process.stdin is not None
    process.stdin.write(json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n")
    await process.stdin.drain()
    return await _answer(process)


async def _answer(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    said = json.loads(await process.stdout.readuntil(b"\n"))
    sound = await process.stdout.readexactly(int(said["bytes"]))
    if "error" in said:
        raise VoiceFailed(f"Silero: {said['error']}")
    return sound


def _parts(text: str) -> list[str]:
    """The text in parts short enough for the model, cut at ends of sentences, else at commas, else between words."""
    plain = re.sub(r"[<>&]", " ", text)
    if (word := max(plain.split(), key=len, default="")) and len(word) > _LONGEST_WORD:
        raise VoiceFailed(f"«{word[:40]}…» is no word that could be said")
    parts = [plain]
    for cut in (r"(?<=[.!?…])\s+", r"(?<=[,;:])\s+", r"\s+"):
        if all(len(part) <= _LONGEST for part in parts):
            break
        parts = [joined for part in parts for joined in _joined(re.split(cut, part))]
    return [part for part in parts if any(letter.isalpha() for letter in part)]


def _joined(words: list[str]) -> list[str]:
    """As many of them together as are not too long."""
    made: list[str] = []
    for word in words:
        if made and len(made[-1]) + len(word) < _LONGEST:
            made[-1] = f"{made[-1]} {word}"
        else:
            made.append(word)
    return made


def _telephone(sound: bytes, pace: float) -> bytes:
    return stretched(from_pcm(sound, RATE).at(TELEPHONE_RATE).pcm(), pace)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        made = sha256()
        while block := file.read(1 << 20):
            made.update(block)
    return made.hexdigest()


def _version(path: Path) -> str:
    """What decides the sound: the model, and what puts its stresses."""
    try:
        stress = importlib.metadata.version("silero-stress")
    except importlib.metadata.PackageNotFoundError:
        stress = ""
    return f"{digest(path)[:12]}/{stress}"
