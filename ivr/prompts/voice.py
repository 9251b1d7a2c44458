"""What a voice is to the line: text with no digit in it goes in, telephone sound comes out."""

from typing import Protocol, runtime_checkable


class NoVoice(Exception):
    """There is no voice to speak with; the text says how to get one."""


class VoiceFailed(Exception):
    """The voice could not speak this text."""


class VoiceAway(VoiceFailed):
    """The voice speaks nothing now, whatever the text: its program died or does not answer."""


class Voice(Protocol):
    """`name` and `version` tell its sound from another's: whatever changes the sound changes one of them."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    async def render(self, text: str, *, pace: float = 1.0) -> bytes:
        """Signed 16-bit mono sound at 8 kHz, as the voice made it; a `pace` below 1 is slower. Raises `VoiceFailed`."""
        ...


@runtime_checkable
class Recorded(Protocol):
    """What a voice also is that has only so many texts: recordings of a person, a pack of rendered prompts."""

    def has(self, text: str) -> bool: ...
