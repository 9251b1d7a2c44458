"""A line on which every millisecond can be compared: what the telephones of a call heard, beside what its journal says.

Calls of different lanes do not meet: a lane has numbers, queues and operators of its own. Each telephone sends a tone
of its own, so that in the caller's recording alone it can be read who was heard from when to when.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from uuid import UUID

from live.running_line import RunningLine, running_line

from asr.audio import read_wav
from asterisk.config.model import queues_of
from asterisk.robot.call import Call
from asterisk.robot.g711 import RATE, Pcm, pcm_of
from asterisk.robot.phone import RobotPhone
from asterisk.robot.tones import tone
from ivr.journal.events import Event, Kind
from ivr.prompts.chain import Chain
from ivr.prompts.espeak import Espeak
from ivr.prompts.prompts import Prompts
from ivr.settings import Settings, default_cache, load
from ivr.store.schema import from_micros

SECONDS = 20.0
"""How long a call waits for what must come; far more than it takes on an idle machine."""
LINE = "88003505500"
CLOSED, CALLBACK, BLOCKED = "88003505590", "88003505591", "88003505592"
GREETING = "Соединяю с оператором."
SORRY = "Никто не ответил. До свидания!"
BRIEF_SECONDS = 5
"""How long the queue of the brief number keeps a caller."""
CALLER_HZ = 2300
HERTZ = (800, 1150, 1500)
"""The tones of a lane's operators; the music of the queue has none of them."""
_callers = count(1)

_FLOW = """\
start: greeting
on: {{silence: people, no_match: people, refused: people, too_many: people, deaf: people, operator: people}}
steps:
  greeting: {{say: "{greeting}", skippable: нет, next: people}}
  people: {{queue: {queue}, seconds: {seconds}, served: served, timeout: sorry, no_operators: sorry}}
  sorry: {{say: "{sorry}", skippable: нет, next: lost}}
  served: {{end: answered}}
  lost: {{end: overflow}}
"""
_CLOSED = """\
start: greeting
steps:
  greeting: {say: Мы сейчас не работаем., next: hours}
  hours: {when: [{if: call.number != none, next: shut}, {else: people}]}
  shut: {end: closed}
  people: {queue: operators, seconds: 60, served: done, timeout: done, no_operators: done}
  done: {end: answered}
"""
_CALLBACK = """\
start: order
steps:
  order: {callback: q0, made: done, merged: done, refused: done}
  done: {end: callback}
"""


@dataclass
class TimedLine:
    running: RunningLine
    settings: Settings
    greeting: Pcm
    sorry: Pcm
    lanes: list["Lane"] = field(default_factory=list)

    async def ring(self, phone: RobotPhone, number: str) -> tuple[str, Call]:
        """A caller nobody else is: their number, and the call."""
        caller = f"+7913{next(_callers):07d}"
        return caller, await phone.dial(f"sip:{number}@{self.running.sip}", caller=caller)

    async def until_told(self, caller: str, kind: Kind) -> list[Event]:
        """The events of this caller's call, once one of this kind is written."""
        return await self.until(caller, lambda told: any(event.kind is kind for event in told))

    async def until(
        self, caller: str, enough: Callable[[list[Event]], bool], *, seconds: float = SECONDS
    ) -> list[Event]:
        """The events of this caller's call, once they are enough."""
        async with asyncio.timeout(seconds):
            while True:
                told = await asyncio.to_thread(self.told, caller)
                if enough(told):
                    return told
                await asyncio.sleep(0.2)  # another process's database tells nobody when it is written

    def told(self, caller: str) -> list[Event]:
        """The events of this caller's only call."""
        database = sqlite3.connect(f"file:{self.running.data / 'gudok.db'}?mode=ro", uri=True, timeout=SECONDS)
        arrived = "select call from events where kind = 'arrived' and json_extract(data, '$.caller') = ?"
        columns = "id, supplier, node, call, seq, at, kind, v, data"
        try:
            return [
                Event(UUID(bytes=row[0]), row[1], row[2], UUID(bytes=row[3]), row[4], from_micros(row[5]), Kind(row[6]),
                      row[7], json.loads(row[8]))
                for row in database.execute(f"select {columns} from events where call in ({arrived})", (caller,))
            ]  # fmt: skip
        finally:
            database.close()


@dataclass
class Lane:
    """One caller's telephone and three operators': the first serves in its queue, the others in its second one."""

    line: TimedLine
    number: str
    brief: str
    """The number whose queue keeps a caller only for `BRIEF_SECONDS`."""
    second_queue: str
    """What an operator dials for it."""
    caller: RobotPhone
    operators: tuple[RobotPhone, ...]

    @property
    def slips(self) -> int:
        """How often a telephone of it was kept from sending for so long that it skipped: it then measures nothing."""
        calls = (call for phone in (self.caller, *self.operators) for call in phone.calls)
        return sum(call.packets["slips"] for call in calls)


@contextmanager
def timed_line(place: Path, lanes: int) -> Iterator[tuple[RunningLine, Settings]]:
    """`gudok up` with so many lanes."""
    folder = place / "dialplans" / "energosbyt"
    (folder / "flows").mkdir(parents=True)
    numbers, queues = {CLOSED: "closed", CALLBACK: "callback", BLOCKED: "lane0"}, []
    for lane in range(lanes):
        numbers |= {f"8800350550{lane}": f"lane{lane}", f"8800350551{lane}": f"brief{lane}"}
        queues += [f"q{lane}", f"s{lane}"]
        for name, seconds in (("lane", 60), ("brief", BRIEF_SECONDS)):
            text = _FLOW.format(greeting=GREETING, sorry=SORRY, queue=f"q{lane}", seconds=seconds)
            (folder / "flows" / f"{name}{lane}.yaml").write_text(text, encoding="utf-8")
    (folder / "flows" / "closed.yaml").write_text(_CLOSED, encoding="utf-8")
    (folder / "flows" / "callback.yaml").write_text(_CALLBACK, encoding="utf-8")
    (folder / "line.yaml").write_text(
        "title: Энергосбыт\nnumbers:\n"
        + "".join(f'  "{number}": {flow}\n' for number, flow in numbers.items())
        + "queues:\n"
        + "".join(f"  {queue}: {{title: Операторы, always_open: да}}\n" for queue in ["operators", *queues])
        + f'lines:\n  "{BLOCKED}": {{most: 1, beyond: say, say: Все линии заняты.}}\n',
        encoding="utf-8",
    )
    data = place / "line"
    data.mkdir()
    (data / "gudok.toml").write_text(
        f'line = "{LINE}"\nvoice = "espeak"\n'
        + "".join(
            f'[[operators]]\nname = "{_operator(lane, each)}"\nqueues = ["{"s" if each else "q"}{lane}"]\n'
            for lane in range(lanes)
            for each in range(3)
        ),
        encoding="utf-8",
    )
    env = {"GUDOK_DIALPLANS": str(folder.parent)}
    with running_line(data, env=env) as running:
        yield running, load(data=data, dialplans=folder.parent)


@asynccontextmanager
async def lanes_of(running: RunningLine, settings: Settings, lanes: int) -> AsyncIterator[TimedLine]:
    """The line with its telephones, which live as long as the loop that runs them."""
    voice = await Espeak.find(default_cache(), settings.asterisk_suite)
    prompts = Prompts(default_cache() / "prompts", Chain([voice]))
    sounds = []
    for text in (GREETING, SORRY):
        rendered = await prompts.render(text)
        sounds.append(b"".join(read_wav(file).at(RATE).pcm() for file in rendered.files))
    line = TimedLine(running, settings, *(pcm_of(sound) for sound in sounds))
    dialled = {queue.short: queue.number for queue in queues_of(settings)}
    phones = [RobotPhone(user=f"caller{lane}", record_seconds=180) for lane in range(lanes)]
    operators = [
        RobotPhone(user=name, secret=running.secret(f"operator-{name}"), registrar=running.sip, record_seconds=180)
        for lane in range(lanes)
        for name in (_operator(lane, each) for each in range(3))
    ]
    entered: list[RobotPhone] = []
    try:
        for phone in [*phones, *operators]:
            entered.append(await phone.__aenter__())
        for lane in range(lanes):
            numbers = (f"8800350550{lane}", f"8800350551{lane}", dialled[f"s{lane}"])
            line.lanes.append(Lane(line, *numbers, phones[lane], tuple(operators[3 * lane : 3 * lane + 3])))
        yield line
    finally:
        await asyncio.gather(*(phone.__aexit__(None, None, None) for phone in entered))


def _operator(lane: int, each: int) -> str:
    return f"1{lane}{each + 1}"


_tone = cache(tone)
"""Made once: the making of minutes of sound would hold up the telephones that talk meanwhile."""


def voice_of(phone: RobotPhone) -> Pcm:
    """The tone by which this telephone is known, long enough for any call of a test."""
    hertz = CALLER_HZ if phone.user.startswith("caller") else HERTZ[int(phone.user[-1]) - 1]
    return _tone(hertz, 150.0)
