"""RHVoice's C interface (RHVoice.h of 1.x), as much of it as a line needs. It blocks; any thread may call it."""

import ctypes
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_Handle = ctypes.c_void_p
_SetRate = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
_Play = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_uint, ctypes.c_void_p)

Take = Callable[[bytes], bool]
"""Is given sound while it is being made; False stops it."""


class CannotLoad(Exception):
    """The library cannot be loaded or started; the text says why."""


class _Callbacks(ctypes.Structure):
    _fields_ = (
        ("set_sample_rate", _SetRate),
        ("play_speech", _Play),
        ("process_mark", _Handle),
        ("word_starts", _Handle),
        ("word_ends", _Handle),
        ("sentence_starts", _Handle),
        ("sentence_ends", _Handle),
        ("play_audio", _Handle),
        ("done", _Handle),
    )


class _InitParams(ctypes.Structure):
    _fields_ = (
        ("data_path", ctypes.c_char_p),
        ("config_path", ctypes.c_char_p),
        ("resource_paths", _Handle),
        ("callbacks", _Callbacks),
        ("options", ctypes.c_uint),
    )


class _SynthParams(ctypes.Structure):
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


@dataclass(slots=True)
class Spoken:
    """One text that is being spoken; `rate` is known when its first sound comes."""

    take: Take
    rate: int = 0


class Api:
    """One engine with all the voices of a folder; raises `CannotLoad`."""

    def __init__(self, core: str, library: str, data: Path, config: Path) -> None:
        try:
            # The second finds the first's symbols only if they are everybody's.
            ctypes.CDLL(core, mode=ctypes.RTLD_GLOBAL)
            self._library = _declared(ctypes.CDLL(library))
        except (OSError, AttributeError) as error:
            raise CannotLoad(str(error)) from error
        self._speaking: dict[int, Spoken] = {}
        self._numbers = itertools.count(1)
        # Kept here, for the library calls them for as long as it lives.
        self._callbacks = _Callbacks(_SetRate(self._set_rate), _Play(self._play))
        parameters = _InitParams(str(data).encode(), str(config).encode(), None, self._callbacks, 0)
        self._engine = self._library.RHVoice_new_tts_engine(ctypes.byref(parameters))
        if not self._engine:
            raise CannotLoad(f"the engine does not start with the voices of {data}")
        self.version: str = self._library.RHVoice_get_version().decode(errors="replace")

    def speak(self, text: str, voice: str, pace: float, take: Take) -> Spoken:
        """Speak a plain text; an unknown voice and an empty text make no sound."""
        number, said = next(self._numbers), Spoken(take)
        self._speaking[number] = said
        parameters = _SynthParams(voice.encode(), 0, 0, 0, pace, 1, 1, 0, None, 0, 0)
        content = text.encode()
        try:
            message = self._library.RHVoice_new_message(
                self._engine, content, len(content), 0, ctypes.byref(parameters), number
            )
            if message:
                try:
                    self._library.RHVoice_speak(message)
                finally:
                    self._library.RHVoice_delete_message(message)
        finally:
            del self._speaking[number]
        return said

    def _set_rate(self, rate: int, number: int) -> int:
        self._speaking[number].rate = rate
        return 1

    def _play(self, samples: object, count: int, number: int) -> int:
        return int(self._speaking[number].take(ctypes.string_at(samples, count * 2)))  # type: ignore[arg-type]


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    def function(name: str, result: object, *arguments: object) -> None:
        found = getattr(library, name)
        found.restype, found.argtypes = result, arguments

    function("RHVoice_get_version", ctypes.c_char_p)
    function("RHVoice_new_tts_engine", _Handle, ctypes.POINTER(_InitParams))
    function(
        "RHVoice_new_message",
        _Handle,
        _Handle,
        ctypes.c_char_p,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.POINTER(_SynthParams),
        _Handle,
    )
    function("RHVoice_speak", ctypes.c_int, _Handle)
    function("RHVoice_delete_message", None, _Handle)
    return library
