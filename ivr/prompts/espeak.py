"""The voice that is always there: espeak-ng, free and small, a robot's voice but a clear one.

It runs as a program, 15 ms a sentence, from the machine or from the shelf of Debian packages. Other manners of the same
voice serve as callers in tests.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asr.audio import TELEPHONE_RATE, BadAudio, parse_wav
from ivr import debian
from ivr.prompts.voice import NoVoice, VoiceFailed

_SECONDS = 20.0
_AT_ONCE = 2

_PRONOUNCED = {
    "энергосбыт": "En;irgVzb'yt",
    "энергосбыта": "En;irgVzb'yta#",
    "энергосбыту": "En;irgVzb'ytu",
    "энергосбытом": "En;irgVzb'ytVm",
    "энергосбыте": "En;irgVzb'yt;I",
}
"""Words of the trade that it stresses wrongly, in its own phonemes."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the voice speaks. Slower and a little lower than it comes is easier to follow on a telephone."""

    variant: str = ""
    """One of espeak-ng's variants (`f2`, `m3`, `Annie`…); none is the plain voice."""
    words_a_minute: int = 142
    pitch: int = 42
    gap: int = 1
    """Extra pause between words, in 10 ms."""

    def arguments(self, pace: float) -> list[str]:
        voice = f"ru+{self.variant}" if self.variant else "ru"
        speed = min(400, max(80, round(self.words_a_minute * pace)))
        return ["-v", voice, "-s", str(speed), "-p", str(self.pitch), "-g", str(self.gap)]

    def __str__(self) -> str:
        return f"{self.variant or 'plain'}/{self.words_a_minute}/{self.pitch}/{self.gap}"


CALLERS = tuple(
    Manner(variant, speed, pitch, gap)
    for variant, speed, pitch, gap in (("m7", 145, 50, 0), ("f1", 145, 50, 0), ("", 130, 50, 0))
)
"""Voices of robot callers: those the bundled model hears best, for a test is about the line and not about the model."""


class Espeak:
    """Implements `ivr.prompts.voice.Voice`. Made by `find` or `start`."""

    def __init__(self, argv: Sequence[str], release: str, manner: Manner) -> None:
        self._argv = list(argv)
        self._release = release
        self._manner = manner
        self._turn = asyncio.Semaphore(_AT_ONCE)

    @classmethod
    async def find(cls, cache: Path, suite: str, manner: Manner = Manner()) -> "Espeak":
        """The machine's espeak-ng, else the one fetched with Asterisk; raises `NoVoice`."""
        try:
            argv = await asyncio.to_thread(debian.espeak, cache, suite)
        except debian.DebianError as error:
            raise NoVoice(f"the fetched espeak-ng cannot be used: {error}") from error
        if argv is None:
            raise NoVoice(
                "there is no voice to speak with: install espeak-ng (apt-get install espeak-ng), or run `gudok up` "
                "once, which fetches it without root"
            )
        return await cls.start(argv, manner)

    @classmethod
    async def start(cls, argv: Sequence[str], manner: Manner = Manner()) -> "Espeak":
        """`argv` is how the program is called; raises `NoVoice` when it does not run or speaks no Russian."""
        try:
            said = (await _run([*argv, "--version"], b"")).decode(errors="replace")
            if manner.variant:
                # An unknown variant would be spoken in the plain voice without a word about it.
                variants = re.findall(
                    r"!v/(\S+)", (await _run([*argv, "--voices=variant"], b"")).decode(errors="replace")
                )
                if manner.variant not in variants:
                    raise NoVoice(f"espeak-ng has no variant {manner.variant!r}; it has {', '.join(sorted(variants))}")
            voice = cls(argv, "?", manner)
            await voice.render("да")
        except VoiceFailed as error:
            raise NoVoice(f"{' '.join(argv)} does not speak: {error}") from error
        found = re.search(r"\d+(\.\d+)+", said)
        return cls(argv, found[0] if found else "?", manner)

    @property
    def name(self) -> str:
        return "espeak-ng"

    @property
    def version(self) -> str:
        return f"{self._release}/{self._manner}"

    def speaking(self, manner: Manner) -> "Espeak":
        """The same program in another manner."""
        return Espeak(self._argv, self._release, manner)

    async def render(self, text: str, *, pace: float = 1.0) -> bytes:
        async with self._turn:
            command = [*self._argv, *self._manner.arguments(pace), "-b", "1", "--stdin", "--stdout"]
            spoken = await _run(command, _spelled(text).encode())
        try:
            return parse_wav(spoken).at(TELEPHONE_RATE).pcm()
        except BadAudio as error:
            raise VoiceFailed(f"espeak-ng made no sound of {text!r}: {error}") from error


def _spelled(text: str) -> str:
    """Its own markup taken out of the text, its mispronunciations put right."""
    # Double brackets would be read as phonemes, and stress marks are not known to it.
    plain = re.sub(r"\[{2,}|\]{2,}|[\u0301\u0300+<>]", "", text)
    return re.sub(r"\w+", lambda word: _phonemes(word[0]), plain)


def _phonemes(word: str) -> str:
    known = _PRONOUNCED.get(word.lower())
    return f"[[{known}]]" if known else word


async def _run(command: Sequence[str], text: bytes) -> bytes:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            # A program that reads nothing may be gone before nothing is written to it.
            stdin=asyncio.subprocess.PIPE if text else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise VoiceFailed(f"{command[0]} cannot be started: {error.strerror}") from error
    try:
        sound, complaint = await asyncio.wait_for(process.communicate(text or None), _SECONDS)
    except TimeoutError:
        raise VoiceFailed(f"{command[0]} did not finish within {_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or (not sound and complaint):
        lines = complaint.decode(errors="replace").strip().splitlines()
        raise VoiceFailed(lines[-1] if lines else f"{command[0]} ended with {process.returncode}")
    return sound
