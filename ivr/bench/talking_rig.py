"""What `gudok bench speech` measures with: a private Asterisk, the talking line in a process of its own, callers.

Callers by the dozen are sipp's, whose voice is a file; the one whose every word is timed is our robot.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asr.audio import wav
from asr.g711 import alaw_encode
from asterisk import config, private
from ivr.bench.cpu import cpu_seconds
from ivr.bench.rig import READY_SECONDS, RigFailed, settings_for
from ivr.prompts import Prompts
from ivr.prompts.espeak import CALLERS, Espeak
from ivr.settings import Settings

LONG = (
    "Здравствуйте! Вы позвонили в энергосбыт. Сегодня мы принимаем показания приборов учёта. "
    "Назовите, пожалуйста, показания вашего счётчика, цифру за цифрой, без знаков после запятой."
)
SHORT = "Всё верно?"
SAYS = "двенадцать тысяч триста сорок пять"
TALK = Path(__file__).with_name("talk_call.xml")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one stretch of a measurement cost."""

    asterisk: float
    """Processor seconds."""
    ours: float
    decided: list[float]
    lags: list[float]
    deaf: int
    answers: int
    forgiven: int


class Rig:
    def __init__(
        self, sip: str, number: str, asterisk: int, server: asyncio.subprocess.Process, sipp: list[str]
    ) -> None:
        self.sip, self.number = sip, number
        self._asterisk, self._server, self._sipp = asterisk, server, sipp
        self._cpu = 0.0

    async def begin(self, mode: str) -> None:
        """From now on calls get this, and what they cost is counted anew."""
        await self._order(mode)
        self._cpu = cpu_seconds(self._asterisk)

    async def counted(self, mode: str) -> Stretch:
        """What was counted since `begin`; the same goes on and is counted anew."""
        asterisk = cpu_seconds(self._asterisk) - self._cpu
        told = await self._order(mode)
        self._cpu = cpu_seconds(self._asterisk)
        return Stretch(asterisk, **told)

    async def _order(self, mode: str) -> dict[str, Any]:
        assert self._server.stdin is not None
        self._server.stdin.write(f"{mode}\n".encode())
        return await _told(self._server)

    @asynccontextmanager
    async def calls(self, count: int, voice: Path, seconds: float) -> AsyncIterator[None]:
        """So many callers at once, all there when it begins; each rings off after its time or with the end of this."""
        rate = min(max(count, 5), 40)
        with tempfile.TemporaryDirectory(prefix="gudok-bench-") as folder:
            scenario = Path(folder) / "talk.xml"
            scenario.write_text(TALK.read_text(encoding="utf-8").replace("[voice]", str(voice)), encoding="utf-8")
            command = [
                *self._sipp, self.sip, "-sf", str(scenario), "-s", self.number, "-i", "127.0.0.1", "-r", str(rate),
                "-m", str(count), "-l", str(count), "-d", str(round((seconds + count / rate) * 1000)), "-nostdin",
                "-min_rtp_port", "32000", "-max_rtp_port", str(32_100 + 4 * count),
            ]  # fmt: skip
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                await asyncio.sleep(count / rate + 0.5)
                if process.returncode is not None:
                    said = await process.stderr.read() if process.stderr is not None else b""
                    raise RigFailed(f"sipp ended at once: {said.decode(errors='replace').strip()[-500:]}")
                yield
                await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()


async def _told(server: asyncio.subprocess.Process) -> dict[str, Any]:
    assert server.stdout is not None
    line = await asyncio.wait_for(server.stdout.readline(), READY_SECONDS)
    if not line:
        raise RigFailed("the line of the benchmark ended; its last words are above")
    told: dict[str, Any] = json.loads(line)
    return told


@dataclass(frozen=True, slots=True)
class Voices:
    """What callers sound like."""

    says: bytes
    """A number, signed 16-bit at 8 kHz."""
    yes: bytes
    talker: Path
    """A file (A-law) of somebody who speaks a third of the time."""
    listener: Path
    """The same of somebody who only breathes."""


async def voices(settings: Settings, folder: Path) -> Voices:
    caller = await Espeak.find(settings.cache, settings.asterisk_suite, CALLERS[0])
    says, yes = await caller.render(SAYS), await caller.render("да")
    talker, listener = folder / "talker.alaw", folder / "listener.alaw"
    chance = np.random.default_rng(1)

    def breath(seconds: float) -> bytes:
        return chance.normal(0, 12, int(8000 * seconds)).astype("<i2").tobytes()

    talker.write_bytes(alaw_encode(breath(2.0) + says + breath(2 * len(says) / 16000 - 2.0)))
    listener.write_bytes(alaw_encode(breath(10.0)))
    return Voices(says, yes, talker, listener)


@asynccontextmanager
async def talking_line(cache: Path, sipp: list[str]) -> AsyncIterator[tuple[Rig, Voices]]:
    async with AsyncExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gudok-bench-")))
        settings = settings_for(base, cache)
        program = await asyncio.to_thread(private.locate, settings)
        prompts = Prompts(settings.cache / "prompts", await Espeak.find(settings.cache, settings.asterisk_suite))
        rendered = {"long": await prompts.render(LONG), "short": await prompts.render(SHORT)}
        tone = base / "tone.wav"
        tone.write_bytes(wav(_tone(6.0)))
        told = {name: ([str(file) for file in one.files], one.seconds) for name, one in rendered.items()}
        told["tone"] = ([str(tone)], 6.0)
        (base / "settings.json").write_text(settings.model_dump_json(), encoding="utf-8")
        (base / "prompts.json").write_text(json.dumps(told), encoding="utf-8")
        written = config.write(settings, program)
        places = written.places
        instance = await private.start(program, places.etc, places.run, places.log / "console.log")
        stack.push_async_callback(instance.stop)
        server = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ivr.bench.talking",
            str(base),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**24,
        )
        stack.push_async_callback(_ended, server)
        await _told(server)
        rig = Rig(f"127.0.0.1:{settings.ports.sip}", settings.line, instance.pid, server, sipp)
        yield rig, await voices(settings, base)


def _tone(seconds: float) -> bytes:
    samples = 4000 * np.sin(2 * np.pi * 400 * np.arange(int(8000 * seconds)) / 8000)
    return samples.astype("<i2").tobytes()


async def _ended(server: asyncio.subprocess.Process) -> None:
    """It ends when nobody talks to it any more."""
    if server.stdin is not None:
        server.stdin.close()
    try:
        await asyncio.wait_for(server.wait(), 10)
    except TimeoutError:
        server.kill()
        await server.wait()
