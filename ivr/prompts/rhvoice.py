"""RHVoice in our own process: a human-like free voice that speaks thirty times faster than it is listened to.

Its library is called through ctypes, in a thread of low priority that lets the decoder go first; the voices come from
the machine, or from Debian packages laid out without root (`ivr.debian.voices`), and are never fetched unasked.
"""

import asyncio
import ctypes
import ctypes.util
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from asr.audio import TELEPHONE_RATE, from_pcm
from ivr.debian.voices import ready_rhvoice
from ivr.prompts.rhvoice_api import Api, CannotLoad
from ivr.prompts.voice import NoVoice, VoiceFailed

FREE = ("anna", "elena", "irina", "aleksandr")
"""Voices whose licence (LGPL) lets anybody use them for anything."""
RESTRICTED = (
    "aleksandr-hq", "arina", "artemiy", "evgeniy-rus", "mikhail", "pavel", "tatiana", "victoria", "vitaliy", "yuriy",
)  # fmt: skip
"""Voices for listening and testing only (CC BY-NC-ND), and one that asks for attribution (CC BY-SA)."""

_NICE = 5
_LONGEST_SECONDS = 180
"""More speech than any prompt: a text that makes so much is broken off."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where RHVoice is: its two libraries, its voices and its settings."""

    core: str
    library: str
    data: Path
    config: Path

    def voices(self) -> tuple[str, ...]:
        folder = self.data / "voices"
        return tuple(sorted(path.name.lower() for path in folder.iterdir())) if folder.is_dir() else ()


def places(cache: Path) -> Iterator[Where]:
    """The machine's own RHVoice, then the one laid out in the cache."""
    library, core = ctypes.util.find_library("RHVoice"), ctypes.util.find_library("RHVoice_core")
    own = Where(core or "", library or "", Path("/usr/share/RHVoice"), Path("/etc/RHVoice"))
    if library and core and own.voices():
        yield own
    found = ready_rhvoice(cache)
    if found is not None:
        libraries = {path.name: path for folder in found.libraries for path in sorted(folder.glob("libRHVoice*.so.*"))}
        core_file = next((path for name, path in libraries.items() if name.startswith("libRHVoice_core.")), None)
        library_file = next((path for name, path in libraries.items() if name.startswith("libRHVoice.")), None)
        if core_file is not None and library_file is not None:
            data, config = found.path("usr/share/RHVoice"), found.path("etc/RHVoice")
            yield Where(str(core_file), str(library_file), data, config)


class RhVoice:
    """Implements `ivr.prompts.voice.Voice`. Made by `find` or `start`."""

    def __init__(self, api: Api, voice: str, threads: "ThreadPoolExecutor") -> None:
        self._api = api
        self._voice = voice
        self._threads = threads

    @classmethod
    async def find(cls, cache: Path, voice: str = "anna", *, restricted: bool = False) -> "RhVoice":
        """The machine's RHVoice, else the one in the cache; raises `NoVoice`.

        `restricted` lets in voices that may not speak to customers: a robot caller of our own tests may have them.
        """
        allowed = (*FREE, *RESTRICTED) if restricted else FREE
        if voice not in allowed:
            raise NoVoice(f"RHVoice's {voice!r} is no voice to use here; there are {', '.join(allowed)}")
        failures = []
        for where in await asyncio.to_thread(lambda: list(places(cache))):
            try:
                return await cls.start(where, voice)
            except NoVoice as error:
                failures.append(str(error))
        raise NoVoice("; ".join(failures) or "RHVoice is not here: `gudok prompts fetch rhvoice` fetches it (120 MB)")

    @classmethod
    async def start(cls, where: Where, voice: str = "anna") -> "RhVoice":
        """Load the library and say a word; raises `NoVoice`."""
        if voice not in where.voices():
            raise NoVoice(f"{where.data} has no voice {voice!r}; it has {', '.join(where.voices()) or 'none'}")
        try:
            api = await asyncio.to_thread(_loaded, where)
            made = cls(api, voice, _threads())
            await made.render("да")
        except (CannotLoad, VoiceFailed) as error:
            raise NoVoice(f"RHVoice in {where.data} does not speak: {error}") from error
        return made

    @property
    def name(self) -> str:
        return f"rhvoice/{self._voice}"

    @property
    def version(self) -> str:
        return self._api.version

    def speaking(self, voice: str) -> "RhVoice":
        """The same engine with another voice."""
        return RhVoice(self._api, voice, self._threads)

    async def render(self, text: str, *, pace: float = 1.0) -> bytes:
        saying = _Saying(text)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._say, saying, pace)
        finally:
            saying.given_up = True

    def _say(self, saying: "_Saying", pace: float) -> bytes:
        if saying.given_up:
            return b""
        done = self._api.speak(marked(saying.text), self._voice, pace, saying.take)
        rate, samples = done.rate, b"".join(saying.samples)
        if not samples or not rate:
            raise VoiceFailed(f"RHVoice made no sound of {saying.text!r}")
        return from_pcm(samples, rate).at(TELEPHONE_RATE).pcm()


@dataclass(slots=True)
class _Saying:
    text: str
    samples: list[bytes] = field(default_factory=list)
    given_up: bool = False
    size: int = 0

    def take(self, samples: bytes) -> bool:
        """Whether to go on."""
        self.samples.append(samples)
        self.size += len(samples)
        return not self.given_up and self.size < _LONGEST_SECONDS * 2 * 24_000


def marked(text: str) -> str:
    """The text with its stress marks («з+амок») as RHVoice knows them, and without what it would take for markup."""
    stressed = "".join(_stressed(text))
    return stressed.replace("<", " ").replace(">", " ")


def _stressed(text: str) -> Sequence[str]:
    made: list[str] = []
    waiting = False
    for letter in text:
        if letter == "+":
            waiting = True
            continue
        made.append(letter + "\u0301" if waiting and letter.lower() in "аеёиоуыэюя" else letter)
        waiting = False
    return made


@lru_cache(maxsize=4)
def _loaded(where: Where) -> Api:
    # One engine serves all threads; what is loaded stays for as long as the process lives.
    return Api(where.core, where.library, where.data, where.config)


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="rhvoice", initializer=_yielding)


def _yielding() -> None:
    """This thread lets others go first: a prompt may be a moment later, a caller who speaks may not."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
