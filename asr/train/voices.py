"""Synthetic voices that speak the training texts: RHVoice in the process, espeak-ng and festival as programs.

Only voices under free licences may be trained on; the others are here by name for tests, and `TRAINING` leaves them
out. Everything comes out as signed 16-bit sound at 8 kHz.
"""

import ctypes
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from random import Random
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

Sound = NDArray[np.int16]
Samples = NDArray[np.floating[Any]]
RATE = 8000

TRAINING = ("anna", "elena", "irina", "aleksandr")
"""RHVoice's under the LGPL (aleksandr-hq is CC-BY-SA and left out)."""
HELD_OUT = ("arina", "artemiy", "evgeniy-rus", "mikhail", "pavel", "tatiana", "victoria", "vitaliy", "yuriy")
"""RHVoice's under CC-BY-NC-ND: for tests only, never trained on."""

ESPEAK_TRAINING = (
    "", "f1", "f2", "f3", "f4", "f5", "m1", "m2", "m4", "m5", "m6", "m8", "croak", "Andy", "Annie", "linda", "steph",
    "john", "kaukovalta", "Gene", "Diogo", "antonio", "belinda", "Alicia", "Denis", "Hugo", "Michael", "Lee", "Mario",
    "Storm", "aunty", "boris", "caleb", "grandma", "grandpa", "klatt2", "klatt4", "max", "norbert", "quincy", "rob",
    "sandro", "shelby", "steph3", "travis", "victor", "whisper", "zac", "iven", "marcelo",
)  # fmt: skip
ESPEAK_HELD_OUT = ("m3", "m7", "Andrea", "Marco", "adam", "anika", "edward", "steph2", "paul", "robert")


class Voice(Protocol):
    """One who speaks."""

    @property
    def name(self) -> str: ...

    def speak(self, text: str, chance: Random) -> Sound:
        """The text said in some manner of this voice (pace, pitch); raises `VoiceFailed`."""
        ...


class VoiceFailed(Exception):
    """A voice could not speak a text; the message says which and why."""


def levelled(samples: Samples, rate: float) -> Sound:
    """At 8 kHz, its loudest sample near full scale."""
    whole = max(50, round(rate / 50) * 50)
    common = gcd(whole, RATE)
    resampled = resample_poly(samples, RATE // common, whole // common)
    loudest = float(np.abs(resampled).max(initial=0.0))
    if loudest < 1e-3:
        raise VoiceFailed("the voice made no sound")
    return np.asarray(resampled * (0.9 * 32767 / loudest), dtype=np.int16)


class _Callbacks(ctypes.Structure):
    SetRate = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
    Play = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_uint, ctypes.c_void_p)
    _fields_ = (
        ("set_sample_rate", SetRate),
        ("play_speech", Play),
        ("process_mark", ctypes.c_void_p),
        ("word_starts", ctypes.c_void_p),
        ("word_ends", ctypes.c_void_p),
        ("sentence_starts", ctypes.c_void_p),
        ("sentence_ends", ctypes.c_void_p),
        ("play_audio", ctypes.c_void_p),
        ("done", ctypes.c_void_p),
    )


class _Start(ctypes.Structure):
    _fields_ = (
        ("data_path", ctypes.c_char_p),
        ("config_path", ctypes.c_char_p),
        ("resource_paths", ctypes.c_void_p),
        ("callbacks", _Callbacks),
        ("options", ctypes.c_uint),
    )


class _Manner(ctypes.Structure):
    _fields_ = (
        ("voice_profile", ctypes.c_char_p),
        ("absolute_rate", ctypes.c_double),
        ("absolute_pitch", ctypes.c_double),
        ("absolute_volume", ctypes.c_double),
        ("relative_rate", ctypes.c_double),
        ("relative_pitch", ctypes.c_double),
        ("relative_volume", ctypes.c_double),
        ("punctuation_mode", ctypes.c_int),
        ("punctuation_list", ctypes.c_char_p),
        ("capitals_mode", ctypes.c_int),
        ("flags", ctypes.c_int),
    )


class RHVoice:
    """RHVoice's engine in this process, from an unpacked Debian tree (`rhvoice rhvoice-russian librhvoice5`)."""

    def __init__(self, root: Path) -> None:
        libraries = sorted(root.glob("usr/lib/*/libRHVoice_core.so.7")) + sorted(root.glob("usr/lib/*/libRHVoice.so.5"))
        if len(libraries) != 2:
            raise VoiceFailed(f"{root}: no RHVoice there; unpack Debian's librhvoice5 and rhvoice-russian into it")
        ctypes.CDLL(str(libraries[0]), mode=ctypes.RTLD_GLOBAL)
        self._library = ctypes.CDLL(str(libraries[1]))
        for function in ("RHVoice_new_tts_engine", "RHVoice_new_message"):
            getattr(self._library, function).restype = ctypes.c_void_p
        self._pieces: list[NDArray[np.int16]] = []
        self._rate = 24000
        self._play = _Callbacks.Play(self._heard)
        self._set_rate = _Callbacks.SetRate(self._rate_is)
        start = _Start(
            data_path=str(root / "usr/share/RHVoice").encode(),
            config_path=str(root / "etc/RHVoice").encode(),
            callbacks=_Callbacks(set_sample_rate=self._set_rate, play_speech=self._play),
        )
        self._engine = self._library.RHVoice_new_tts_engine(ctypes.byref(start))
        if not self._engine:
            raise VoiceFailed(f"{root}: RHVoice does not start")

    def say(self, text: str, voice: str, *, rate: float = 1.0, pitch: float = 1.0) -> tuple[Samples, int]:
        self._pieces.clear()
        said = text.encode()
        manner = _Manner(voice_profile=voice.encode(), relative_rate=rate, relative_pitch=pitch, relative_volume=1.0)
        message = self._library.RHVoice_new_message(
            ctypes.c_void_p(self._engine), said, ctypes.c_uint(len(said)), 0, ctypes.byref(manner), None
        )
        if not message:
            raise VoiceFailed(f"{voice} refuses «{text}»")
        try:
            self._library.RHVoice_speak(ctypes.c_void_p(message))
        finally:
            self._library.RHVoice_delete_message(ctypes.c_void_p(message))
        if not self._pieces:
            raise VoiceFailed(f"{voice} said nothing of «{text}»")
        return np.concatenate(self._pieces).astype(np.float32) / 32768, self._rate

    def _heard(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _user: object) -> int:
        self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 1

    def _rate_is(self, rate: int, _user: object) -> int:
        self._rate = rate
        return 1


@dataclass(frozen=True, slots=True)
class RHVoiceVoice:
    engine: RHVoice
    name: str
    calm: bool = False
    """Only such paces and pitches as people have, for tests."""

    def speak(self, text: str, chance: Random) -> Sound:
        rate = chance.uniform(0.85, 1.25) if self.calm else chance.uniform(0.65, 1.5)
        pitch = chance.uniform(0.9, 1.12) if self.calm else chance.uniform(0.8, 1.25)
        samples, made = self.engine.say(text, self.name, rate=rate, pitch=pitch)
        # Played faster or slower, throat and all: another person.
        return levelled(
            samples, made * (1.0 if self.calm else chance.choice((0.85, 0.9, 0.95, 1, 1, 1.05, 1.1, 1.15, 1.2)))
        )


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    argv: Sequence[str]
    """How to call espeak-ng."""
    name: str
    variants: Sequence[str]
    calm: bool = False

    def speak(self, text: str, chance: Random) -> Sound:
        variant = chance.choice(self.variants)
        pace, pitch = (chance.randint(120, 165), 50) if self.calm else (chance.randint(95, 190), chance.randint(15, 85))
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            voice = f"ru+{variant}" if variant else "ru"
            call = [*self.argv, "-v", voice, "-s", str(pace), "-p", str(pitch), "-w", file.name, text]
            done = subprocess.run(call, capture_output=True, timeout=60, check=False)
            if done.returncode:
                raise VoiceFailed(f"{' '.join(call)}: {done.stderr.decode(errors='replace').strip()}")
            samples, rate = read_wav(Path(file.name))
        return levelled(samples, rate * (1.0 if self.calm else chance.choice((0.85, 0.92, 1, 1, 1.08, 1.16))))


def festival(root: Path, texts: Sequence[str], chance: Random, folder: Path) -> Iterator[Sound | None]:
    """festvox-ru says many texts in one run of the program; None where it could not."""
    script = ["(voice_msu_ru_nsh_clunits)"]
    for number, text in enumerate(texts):
        stretch = chance.uniform(0.75, 1.15)
        script.append(
            f"(unwind-protect (begin (Parameter.set 'Duration_Stretch {stretch:.2f}) (utt.save.wave (utt.synth "
            f'(Utterance Text "{text}")) "{folder}/{number}.wav" \'riff)) nil)'
        )
    (folder / "texts.scm").write_text("\n".join(script), encoding="utf-8")
    loader = next(root.glob("lib/*/ld-linux-*"), None) or next(root.glob("lib64/ld-linux-*"))
    libraries = ":".join(str(path) for path in (*root.glob("lib/*-linux-gnu"), *root.glob("usr/lib/*-linux-gnu")))
    call = [str(loader), "--library-path", libraries, str(root / "usr/bin/festival")]
    call += ["--datadir", str(root / "usr/share/festival"), "-b", str(folder / "texts.scm")]
    subprocess.run(call, capture_output=True, timeout=60 + 5 * len(texts), check=False)
    for number in range(len(texts)):
        made = folder / f"{number}.wav"
        try:
            samples, rate = read_wav(made)
            yield levelled(samples, rate * chance.choice((0.85, 0.9, 0.95, 1, 1, 1.05, 1.1, 1.15, 1.2)))
        except (OSError, wave.Error, EOFError, VoiceFailed):
            yield None
        made.unlink(missing_ok=True)


def read_wav(file: Path) -> tuple[Samples, int]:
    with wave.open(str(file)) as sound:
        if sound.getsampwidth() != 2:
            raise wave.Error(f"{file} is not 16-bit")
        frames = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
        return frames.reshape(-1, sound.getnchannels())[:, 0].astype(np.float32) / 32768, sound.getframerate()
