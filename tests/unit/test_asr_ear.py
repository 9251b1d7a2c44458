"""One answer from its first sound to its end, with a recogniser that says what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from asr.ear import PRE_ROLL_FRAMES, Ear
from asr.endpoint import Decision, Rule
from asr.recognizer import Can, Hearing, Hints, RecognitionFailed
from asr.vad.gate import VoiceGate
from asr.vad.voice import VoiceFinder

QUIET = bytes(320)
LOUD = b"\x00\x40\x00\xc0" * 80


@dataclass
class Script:
    """A recogniser for which every 0.1 s of loud sound is a word; it can be held up, and fail."""

    fails_after: int = 10**9
    opened: int = 0
    closed: int = 0
    pcm: bytearray = field(default_factory=bytearray)
    may_work: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_work.set()

    @property
    def name(self) -> str:
        return "script"

    @property
    def can(self) -> Can:
        return Can()

    async def open(self, hints: Hints) -> "Script":
        self.opened += 1
        self.pcm.clear()
        return self

    async def feed(self, pcm: bytes) -> str:
        await self.may_work.wait()
        self.pcm += pcm
        if len(self.pcm) > self.fails_after:
            raise RecognitionFailed("out of order")
        return self.text()

    async def finish(self) -> Hearing:
        return Hearing(self.text())

    async def aclose(self) -> None:
        self.closed += 1

    def text(self) -> str:
        return " ".join(["раз"] * (self.pcm.count(LOUD) // 5))


@asynccontextmanager
async def ear(script: Script, rule: Rule | None = None, *, keeps: bool = False) -> AsyncIterator[Ear]:
    finder = VoiceFinder(None, VoiceGate(hangover=2))
    async with await Ear.open(script, Hints(), rule or Rule(end=0.6), voice=finder, keeps=keeps) as opened:
        yield opened
    assert script.closed == script.opened


async def take(ear: Ear, *parts: tuple[bytes, int], asking: bool = False) -> Decision:
    decision = Decision.WAITING
    for frame, count in parts:
        for _ in range(count):
            decision = await ear.take(frame, asking=asking)
            if decision.final:
                return decision
    return decision


async def test_silence_is_not_decoded_but_the_half_second_before_a_voice_is() -> None:
    script = Script()
    async with ear(script, keeps=True) as one:
        await take(one, (QUIET, 100), (LOUD, 20))
        assert await take(one, (QUIET, 60)) is Decision.ENDED
        assert (await one.finish()).text == "раз раз раз раз"
        assert one.sound[: PRE_ROLL_FRAMES * 320] == bytes(PRE_ROLL_FRAMES * 320)
        assert one.sound == bytes(script.pcm)
        assert 0 <= len(one.sound) // 320 - (PRE_ROLL_FRAMES + 20 + 30) <= 2


async def test_nothing_is_kept_unless_it_is_wanted() -> None:
    async with ear(Script()) as one:
        await take(one, (QUIET, 30), (LOUD, 20), (QUIET, 60))
        assert one.sound == b""


async def test_a_voice_is_noticed_however_late_the_recogniser_is() -> None:
    script = Script()
    script.may_work.clear()
    async with ear(script) as one:
        await take(one, (QUIET, 30), (LOUD, 50))
        assert one.is_speech
        assert one.words == ""
        script.may_work.set()
        assert await take(one, (QUIET, 60)) is Decision.ENDED
        assert (await one.finish()).text.count("раз") == 10


async def test_the_end_of_an_answer_waits_for_its_last_words() -> None:
    script = Script()
    script.may_work.clear()
    async with ear(script) as one:
        await take(one, (QUIET, 30), (LOUD, 50))
        ending = asyncio.create_task(take(one, (QUIET, 200)))
        await asyncio.sleep(0)
        assert not ending.done()
        script.may_work.set()
        assert await ending is Decision.ENDED


async def test_what_was_a_cough_is_forgotten() -> None:
    script = Script()
    async with ear(script, keeps=True) as one:
        await take(one, (QUIET, 30), (LOUD, 10), (QUIET, 10), asking=True)
        assert one.words == "раз раз"
        await one.start_over()
        assert (one.words, one.sound) == ("", b"")
        await take(one, (QUIET, 30), (LOUD, 15))
        assert await take(one, (QUIET, 60)) is Decision.ENDED
        assert (await one.finish()).text == "раз раз раз"


async def test_what_is_overheard_is_only_a_run_up() -> None:
    script = Script()
    async with ear(script) as one:
        for _ in range(100):
            one.overhear(LOUD)
        assert not script.pcm
        await take(one, (LOUD, 10))
        assert await take(one, (QUIET, 60)) is Decision.ENDED
        assert (await one.finish()).text.count("раз") == (PRE_ROLL_FRAMES + 10) // 5


async def test_a_recogniser_that_fails_says_so_to_whoever_listens() -> None:
    async with ear(Script(fails_after=20 * 320)) as one:
        with pytest.raises(RecognitionFailed, match="out of order"):
            await take(one, (QUIET, 30), (LOUD, 50), (QUIET, 50))


async def test_an_ear_that_is_left_leaves_nothing_behind() -> None:
    script = Script()
    script.may_work.clear()
    async with ear(script) as one:
        await take(one, (QUIET, 30), (LOUD, 50))
    assert len(asyncio.all_tasks()) == 1
