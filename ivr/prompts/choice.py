"""Which voices a line has to speak with: the one its owner named, then what is there, the best first.

`voice` in gudok.toml (or GUDOK_VOICE) is `auto`, or an engine (`silero`, `rhvoice`, `espeak`), or a voice of it
(`rhvoice/elena`, `silero/ru_marat`). Whatever is named, the others stand behind it: a line that has lost its voice
still speaks.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from ivr.prompts.chain import Chain
from ivr.prompts.espeak import Espeak, Manner
from ivr.prompts.pack import Pack, PackBroken, shipped
from ivr.prompts.rhvoice import RhVoice
from ivr.prompts.silero import Silero
from ivr.prompts.voice import NoVoice, Recorded, Voice
from ivr.settings import Settings

BEST_FIRST = ("silero", "rhvoice", "shipped", "espeak")
"""`shipped` has only the demo line's texts and the numbers, in RHVoice's voice; it speaks before a robot does."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The voices, the best first, and why others are not among them."""

    voices: Sequence[Voice]
    missing: Mapping[str, str]
    """Engine → why it does not speak here."""
    named: str
    """The engine the owner named; empty for `auto`."""

    @property
    def chain(self) -> Chain:
        return Chain(self.voices)

    @property
    def fault(self) -> str:
        """Why the named voice does not speak, if it does not."""
        return self.missing.get(self.named, "")


async def choose(settings: Settings, stack: AsyncExitStack, *, alone: bool = False) -> Chosen:
    """The voices of this installation; raises `NoVoice` when there is none that speaks any text.

    `alone`: only the named one, or an error. What the voices have opened is closed with `stack`.
    """
    engine, _, speaker = settings.voice.partition("/")
    named = "" if engine == "auto" else engine
    if alone and named:
        order: Sequence[str] = (named,)
    elif named == "espeak":
        order = (named, "rhvoice")  # a person who wants the robot does not want two voices in one call
    else:
        order = (named, *(other for other in BEST_FIRST if other != named)) if named else BEST_FIRST
    voices: list[Voice] = []
    missing: dict[str, str] = {}
    for each in order:
        try:
            voices.append(await _FIND[each](settings, speaker if each == named else "", stack))
        except NoVoice as error:
            missing[each] = str(error)
    if all(isinstance(voice, Recorded) for voice in voices):
        raise NoVoice(missing.get(named or "espeak") or "; ".join(missing.values()))
    return Chosen(_one_pack(voices), missing, named)


def _one_pack(voices: Sequence[Voice]) -> Sequence[Voice]:
    """The pack stands before the very voice it was spoken with: the same sound, for nothing."""
    pack = next((voice for voice in voices if isinstance(voice, Pack)), None)
    if pack is None:
        return voices
    rest = [voice for voice in voices if voice is not pack]
    twin = next((at for at, voice in enumerate(rest) if voice.name == pack.name), None)
    return voices if twin is None else [*rest[:twin], pack, *rest[twin:]]


async def _silero(settings: Settings, speaker: str, stack: AsyncExitStack) -> Voice:
    wanted = settings.silero
    voice = await Silero.find(
        settings.cache,
        wanted.model or "",
        speaker or wanted.speaker or "",
        accept_non_commercial=wanted.accept_non_commercial,
    )
    stack.push_async_callback(voice.aclose)
    return voice


async def _rhvoice(settings: Settings, speaker: str, stack: AsyncExitStack) -> Voice:
    return await RhVoice.find(settings.cache, speaker or "anna")


async def _shipped(settings: Settings, speaker: str, stack: AsyncExitStack) -> Voice:
    try:
        return Pack(shipped())
    except PackBroken as error:
        raise NoVoice(str(error)) from error


async def _espeak(settings: Settings, speaker: str, stack: AsyncExitStack) -> Voice:
    return await Espeak.find(settings.cache, settings.asterisk_suite, Manner(variant=speaker))


_FIND: Mapping[str, Callable[[Settings, str, AsyncExitStack], Awaitable[Voice]]] = {
    "silero": _silero,
    "rhvoice": _rhvoice,
    "shipped": _shipped,
    "espeak": _espeak,
}
