"""Somebody on the telephone who speaks with a synthetic voice and understands what is said to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import numpy as np

from asr.models import choose
from asr.pool import DecodingPool
from asr.recognizer import Hints
from asr.vosk_engine import VoskRecognizer
from asterisk.robot.call import Call
from asterisk.robot.g711 import Pcm, pcm_of
from bots.meters import Meter
from bots.talk import Question
from bots.understanding.understand import understand
from ivr.prompts import NoVoice, Voice
from ivr.prompts.espeak import CALLERS, Espeak
from ivr.prompts.rhvoice import RhVoice
from ivr.settings import load

PATIENCE = 0.9
"""Silence after which a person thinks that the robot is done."""


async def callers_voice() -> Voice:
    """RHVoice where it is, for it is nearer to people; else espeak-ng, which is everywhere."""
    settings = load()
    try:
        return await RhVoice.find(settings.cache, "elena")
    except NoVoice:
        return await Espeak.find(settings.cache, settings.asterisk_suite, CALLERS[0])


class Person:
    def __init__(self, call: Call, voice: Voice, ears: VoskRecognizer) -> None:
        self._call, self._voice, self._ears = call, voice, ears

    async def hears(self, pause: float = PATIENCE) -> str:
        """A prompt from its beginning to its end, in the words that the model has."""
        began = await self._call.heard_speech(fresh=True, within=15)
        await self._call.heard_silence(pause)
        stream = await self._ears.open(Hints("free"))
        recording = self._call.recording
        await stream.feed(recording.pcm(recording.sample_at(began.start)).astype("<i2").tobytes())
        return (await stream.finish()).text

    async def sound(self, text: str) -> Pcm:
        return pcm_of(await self._voice.render(text))

    async def says(self, *parts: str, pause: float = 0.0) -> None:
        """Say it; the parts with a pause between them, as somebody does who reads a meter."""
        gap = np.zeros(int(8000 * pause), np.int16)
        pieces = [piece for part in parts for piece in (await self.sound(part), gap)][:-1]
        await self._call.play(np.concatenate(pieces)).done()

    async def breaks_in(self, *parts: str, after: float, pause: float = 0.0) -> float:
        """Speak into the next prompt so long after it began; seconds for which it went on."""
        sounds = [await self.sound(part) for part in parts]
        gap = np.zeros(int(8000 * pause), np.int16)
        pieces = [piece for sound in sounds for piece in (sound, gap)][:-1]
        began = await self._call.heard_speech(fresh=True, within=15)
        while self._call.runs[-1].end - began.start < after:
            await self._call.heard_speech(since=self._call.runs[-1].end, at_least=0.0)
        said = self._call.play(np.concatenate(pieces))
        await said.done()
        assert said.started is not None
        return began.end - said.started.monotonic

    async def gives(self, text: str, value: str) -> None:
        """Say a reading until it is read back right, then say yes."""
        await self.says(text)
        await self.confirms(text, value)

    async def confirms(self, text: str, value: str) -> None:
        for _ in range(6):
            said = await self.hears()
            heard = understand(Question("read_back", "reading", meter=Meter()), said, date(2026, 3, 4))
            if heard.values.get("single") == value:
                await self.says("да")
                return
            await self.says("нет" if said.endswith("верно") else text)


@asynccontextmanager
async def person(call: Call) -> AsyncIterator[Person]:
    pool = DecodingPool()
    try:
        yield Person(call, await callers_voice(), await VoskRecognizer.load(choose(), pool))
    finally:
        await pool.aclose()
