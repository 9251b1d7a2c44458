"""`gudok bench speech`: what a spoken turn costs and how soon the line reacts, over real SIP and RTP.

Processor time is taken in turn for Asterisk playing a file and for us asking and listening, on one Asterisk with the
same callers. Latencies are the robot's: when it spoke or let a key go, and when it heard a prompt end or begin.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asr.vad.network import network
from asr.vad.voice import VoiceFinder
from asterisk.audio.bargein import Bargein, Prompt
from asterisk.robot.call import Call
from asterisk.robot.g711 import RATE, Pcm, pcm_of
from asterisk.robot.phone import RobotPhone
from ivr.bench import sipp
from ivr.bench.hearing import race, vad_seconds
from ivr.bench.report import Figure, Report, middle
from ivr.bench.talking_rig import Rig, Stretch, Voices, talking_line

Tell = Callable[[str], None]

PLAYING = "Asterisk playing the same file (STREAM FILE) for as long"
SPEECH_SHARE = 0.4
"""Of a call-minute in which a caller speaks much."""
LATE_SECONDS = 0.5
"""Decoding later than this is refused by the pool: the line is full then."""
NOTHING_HEARD = 60.0
"""Seconds that stand for a reaction that never came."""
FORGIVEN_SHARE = 0.02
"""Frames of sound that could not be sent in time."""


@dataclass(frozen=True, slots=True)
class Size:
    calls: tuple[int, ...]
    stretch: float
    """Seconds that each stretch of processor time is counted."""
    turns: int
    """Trials of each latency."""
    utterances: int
    rounds: int
    ramp: tuple[int, ...]
    """Talking callers tried one after another, until there are too many."""


FULL = Size((20, 80), 30.0, 30, 60, 3, (10, 20, 30, 40, 50, 60, 80, 100, 120, 160))
QUICK = Size((20,), 2.0, 2, 8, 1, (10,))


async def measure(cache: Path, suite: str, *, quick: bool, tell: Tell) -> Report:
    size = QUICK if quick else FULL
    figures: list[Figure] = []
    async with talking_line(cache, sipp.program(cache, suite)) as (rig, voices):
        tell("latencies")
        figures += await _latencies(rig, voices, size)
        for calls in size.calls:
            tell(f"{calls} callers who listen")
            figures += await _costs(rig, voices, calls, size)
        figures += await _knee(rig, voices, size, tell)
    tell("hearing by itself")
    figures += await _hearing(voices, size)
    return Report("speech", size.rounds, tuple(figures))


# -- hearing by itself ------------------------------------------------------------------------------------------------


async def _hearing(voices: Voices, size: Size) -> list[Figure]:
    raced = await race([voices.says] * size.utterances, rounds=max(size.rounds, 3))
    vad = await asyncio.to_thread(vad_seconds, voices.says, share=SPEECH_SHARE, minutes=2.0)
    always = await asyncio.to_thread(vad_seconds, voices.says, share=1.0, minutes=2.0)
    broken = broken_off(voices.says)
    return [
        Figure(
            "decoding through the pool, seconds for a minute of sound",
            middle([raced.pool * 60 / raced.sound]),
            "s",
            "a bare Vosk loop on the same sound, as many threads",
            round(raced.pool / raced.bare, 3),
            round(1 / 0.9, 3),
        ),
        Figure(
            "the same in CPU time",
            middle([raced.pool_cpu * 60 / raced.sound]),
            "s",
            "a bare Vosk loop on the same sound, as many threads",
            round(raced.pool_cpu / raced.bare_cpu, 3),
        ),
        Figure(f"finding voices, CPU a call-minute, {SPEECH_SHARE:.0%} speech", middle([vad]), "s", budget=0.3),
        Figure("finding voices, CPU a call-minute, nothing but speech", middle([always]), "s", budget=0.3),
        Figure("voice begins to prompt given up, computed", middle([broken * 1000]), "ms", budget=500),
    ]


def broken_off(says: bytes) -> float:
    """Seconds of this voice until a prompt would be stopped for good, were not one word of it recognised."""
    finder, bargein = VoiceFinder(network()), Bargein()
    quiet = np.random.default_rng(3).normal(0, 12, 16000).astype("<i2").tobytes()
    for at in range(0, len(quiet) - 319, 320):
        finder.process(quiet[at : at + 320])
    for at in range(0, len(says) - 319, 320):
        voice = finder.process(says[at : at + 320])
        if bargein.process(0.02, voice, "") is Prompt.STOPPED:
            return at / 16000
    return len(says) / 16000


# -- processor time ---------------------------------------------------------------------------------------------------


async def _costs(rig: Rig, voices: Voices, calls: int, size: Size) -> list[Figure]:
    plays: list[Stretch] = []
    listens: list[Stretch] = []
    for round_ in range(size.rounds):
        for mode in ("plays", "listens") if round_ % 2 == 0 else ("listens", "plays"):
            stretch = await _stretch(rig, mode, voices.listener, calls, size.stretch)
            (plays if mode == "plays" else listens).append(stretch)
    minutes = calls * size.stretch / 60
    playing = [one.asterisk / minutes for one in plays]
    ours = [one.ours / minutes for one in listens]
    at = f"{calls} calls"
    ratio = middle([mine / theirs for mine, theirs in zip(ours, playing, strict=True)])
    return [
        Figure(f"our CPU a call-minute of asking and listening, {at}", middle(ours), "s", PLAYING, ratio, 1.0),
        Figure(f"Asterisk's CPU a call-minute of it, {at}", middle([one.asterisk / minutes for one in listens]), "s"),
        Figure(f"Asterisk's CPU a call-minute of playing, {at}", middle(playing), "s"),
    ]


async def _stretch(rig: Rig, mode: str, voice: Path, calls: int, seconds: float) -> Stretch:
    await rig.begin(mode)
    async with rig.calls(calls, voice, seconds + 0.7):
        await rig.begin(mode)
        await asyncio.sleep(seconds)
        return await rig.counted(mode)


async def _knee(rig: Rig, voices: Voices, size: Size, tell: Tell) -> list[Figure]:
    """Ever more callers who speak a third of the time, until decoding is late or sound is."""
    fits, sample = 0, Stretch(0, 0, [], [], 0, 0, 0)
    for calls in size.ramp:
        stretch = await _stretch(rig, "talks", voices.talker, calls, size.stretch / 2)
        frames = calls * size.stretch / 2 * 50
        late = float(np.percentile(stretch.lags, 95)) if stretch.lags else 0.0
        tell(
            f"{calls} callers who talk: decoding {late * 1000:.0f} ms late (p95), {stretch.forgiven} frames of "
            f"{frames:.0f} not in time, {stretch.deaf} not heard, {stretch.ours / (size.stretch / 2):.2f} cores"
        )
        if late > LATE_SECONDS or stretch.forgiven * calls > FORGIVEN_SHARE * frames or stretch.deaf:
            break
        fits, sample = calls, stretch
    minutes = max(fits * size.stretch / 2 / 60, 1e-9)
    return [
        Figure("callers who talk at once and are heard in time", fits, "calls"),
        Figure("our CPU a call-minute with them, decoding and all", middle([sample.ours / minutes]), "s"),
    ]


# -- latencies --------------------------------------------------------------------------------------------------------


async def _latencies(rig: Rig, voices: Voices, size: Size) -> list[Figure]:
    figures: list[Figure] = []
    async with RobotPhone(user="bench") as phone:
        async with _calling(rig, phone, "breaks") as call:
            paused = [await _breaks_in(call, voices) for _ in range(size.turns)]
            figures += _figures("caller begins to speak to prompt silent", paused, 250)
        async with _calling(rig, phone, "answers") as call:
            heard = await _answers(call, voices, size.turns)
            decided = (await rig.counted("answers")).decided
            figures += _figures("end of speech decided to first sound of the answer", _after(decided, heard), 150)
        for mode, what in (("keys", "played by Asterisk"), ("keys_heard", "inside AudioSocket")):
            async with _calling(rig, phone, mode) as call:
                pressed = await _presses(call, size.turns)
                figures += _figures(f"key released to next prompt, {what}", pressed, 50)
    return figures


@asynccontextmanager
async def _calling(rig: Rig, phone: RobotPhone, mode: str) -> AsyncIterator[Call]:
    await rig.begin(mode)
    call = await phone.dial(f"sip:{rig.number}@{rig.sip}", caller="+79130000001")
    await call.answered()
    yield call
    await call.hang_up()


def _figures(name: str, seconds: Sequence[float], budget: float) -> list[Figure]:
    middle_, worst = np.percentile(np.asarray(seconds) * 1000, [50, 95]).round(1).tolist()
    return [Figure(f"{name}, p50", middle_, "ms"), Figure(f"{name}, p95", worst, "ms", budget=budget)]


async def _breaks_in(call: Call, voices: Voices) -> float:
    """The prompt is a tone, which has no pauses of its own."""
    prompt = await call.heard_speech(fresh=True)
    await asyncio.sleep(max(0.0, prompt.start + 1.0 - time.monotonic()))
    sound = pcm_of(voices.says)
    said = call.play(sound)
    await said.done()
    quiet = await call.heard_silence(0.6, since=prompt.start)
    assert said.started is not None
    return quiet.monotonic - 0.6 - said.started.monotonic - _onset(sound)


async def _answers(call: Call, voices: Voices, turns: int) -> list[float]:
    """When the first sound after each answer was heard."""
    heard, prompt = [], await call.heard_speech(fresh=True)
    for _ in range(turns):
        await call.heard_silence(0.4, since=prompt.start)
        said = call.play(pcm_of(voices.yes))
        prompt = await call.heard_speech(fresh=True)
        await said.done()
        heard.append(prompt.start)
    return heard


def _after(decided: Sequence[float], heard: Sequence[float]) -> list[float]:
    """From each decision to what was heard next."""
    pairs = [(one, min((at for at in heard if at > one), default=0.0)) for one in decided]
    return [at - one for one, at in pairs if at] or [NOTHING_HEARD]


async def _presses(call: Call, turns: int) -> list[float]:
    """Seconds from each key that was let go to the prompt that followed it."""
    waits, prompt = [], await call.heard_speech(fresh=True)
    for _ in range(turns):
        await call.heard_silence(0.4, since=prompt.start)
        [key] = await call.press("1", seconds=0.08)
        prompt = await call.heard_speech(fresh=True, since=key.released.monotonic)
        waits.append(prompt.start - key.released.monotonic)
    return waits


def _onset(sound: Pcm) -> float:
    """Seconds of silence at its beginning."""
    loud = np.abs(sound.astype(np.float32)) > 0.05 * float(np.abs(sound).max())
    return float(np.argmax(loud)) / RATE
