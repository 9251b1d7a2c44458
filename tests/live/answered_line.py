"""For live tests of the telephone: a real Asterisk, our FastAGI server, and what a test wants of each call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from live.asterisk_rig import SECONDS, Line, line, line_settings, until, write_wav

from asterisk.agi.server import AgiServer
from asterisk.agi.session import AgiSession
from asterisk.audio.ear import Ears
from asterisk.phone import AgiPhone, arrived
from asterisk.private import Program
from asterisk.robot.call import Call
from asterisk.robot.g711 import Pcm
from asterisk.robot.phone import RobotPhone
from asterisk.robot.tones import silence, tone
from ivr.call.phone import CallerLeft, PhoneFailed, Utterance
from ivr.clock import SystemClock

CALLER = "89161234567"

Talk = Callable[[AgiPhone], Awaitable[object]]


@dataclass
class Answered:
    """The line, a caller's telephone, and how each call came out: what `talk` returned or raised."""

    line: Line
    robot: RobotPhone
    server: AgiServer
    folder: Path
    talk: Talk
    ears: Ears | None = None
    statuses: list[str] = field(default_factory=list)
    _outcomes: asyncio.Queue[object] = field(default_factory=asyncio.Queue)

    async def ring(self) -> Call:
        """A caller whose call is answered."""
        call = await self.robot.dial(self.line.number, caller=CALLER)
        await call.answered(SECONDS)
        return call

    async def outcome(self) -> object:
        outcome = await asyncio.wait_for(self._outcomes.get(), 2 * SECONDS)
        if isinstance(outcome, BaseException) and not isinstance(outcome, CallerLeft | PhoneFailed):
            raise outcome
        return outcome

    async def hang_up_all(self) -> None:
        """Every call that still goes on; what is left of their outcomes nobody wants to know."""
        for call in self.robot.calls:
            if call.end is None:
                await call.hang_up()

        async def served() -> bool:
            return self.server.calls == 0

        await until(served, "every call is over")
        while not self._outcomes.empty():
            self._outcomes.get_nowait()

    def came_out(self, outcome: object) -> None:
        self._outcomes.put_nowait(outcome)

    def sound(self, name: str, samples: Pcm) -> Utterance:
        """An utterance of this sound."""
        file = self.folder / f"{name}.wav"
        write_wav(file, samples.tolist())
        return Utterance("", (file,), len(samples) / 8000)

    def tones(self, *parts: tuple[float, float]) -> Utterance:
        """An utterance of one file a part: a tone of (hertz, seconds), 0 Hz for silence."""
        files = []
        for hertz, seconds in parts:
            file = self.folder / f"tone-{hertz:g}-{seconds:g}.wav"
            if not file.exists():
                write_wav(file, (tone(hertz, seconds) if hertz else silence(seconds)).tolist())
            files.append(file)
        return Utterance("", tuple(files), sum(seconds for _, seconds in parts))


async def _nothing(phone: AgiPhone) -> object:
    return None


@asynccontextmanager
async def answered_line(
    program: Program, folder: Path, talk: Talk | None = None, *, ears: Ears | None = None
) -> AsyncIterator[Answered]:
    """Every call of the line is answered and given to `talk`; what it leaves running would be an error."""
    settings = line_settings(folder / "data")
    prompts = folder / "промпты и прочее"  # a blank and Cyrillic in a path must not matter
    prompts.mkdir()

    async def serve(session: AgiSession) -> None:
        phone = AgiPhone(
            session,
            arrived(session, SystemClock()),
            ear=answered.ears.for_call() if answered.ears is not None else None,
            queue_left=answered.statuses.append,
        )
        await phone.answer()
        try:
            outcome = await answered.talk(phone)
        except BaseException as error:  # a failed assertion too is the outcome of the call
            answered.came_out(error)
            raise
        await session.finish()
        answered.came_out(outcome)

    server = AgiServer("127.0.0.1", settings.ports.agi, serve)
    async with line(program, settings) as running, RobotPhone() as robot:
        answered = Answered(running, robot, server, prompts, talk or _nothing, ears)
        await server.start()
        try:
            yield answered
        finally:
            await server.close()
