"""Talks that are recorded: each side in its channel, through transfers; nothing of who gave up, nothing secret."""

import asyncio
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from live.answered_line import answered_line
from live.asterisk_rig import SECONDS, AgiCall, Line, cache_settings, line, line_settings, service, until

from asterisk.ami import Manager, Resync
from asterisk.ami.events import AgentConnect, BridgeEnter, DeviceState, Hangup, MixMonitorStart
from asterisk.config.model import AMI_RECORD_USER
from asterisk.phone import AgiPhone
from asterisk.private import Program, locate
from asterisk.recorded import Beginner, RecordedCalls
from asterisk.robot.call import Call
from asterisk.robot.phone import RobotPhone
from asterisk.robot.tones import share_of_tone, tone
from asterisk.witness import Witness
from ivr.clock import SystemClock
from ivr.recordings.finish import finish
from ivr.recordings.index import Index, Recording
from ivr.recordings.keeper import LIVE, Keeper
from ivr.recordings.live_name import SUFFIX
from ivr.recordings.rules import Rules
from ivr.settings import Operator, Settings
from ivr.store import open_store

pytestmark = pytest.mark.live

CALL = UUID("019ab3c4-5d6e-7f80-9123-456789abcdef")
OPERATORS = (Operator(name="101"), Operator(name="102", queues=("quiet",)))
LATE_REFER = "subscription has invalid topic"
"""Asterisk's own word on a REFER whose bridge has gone in that very moment; the transfer is done all the same."""
CALLERS_HZ, OPERATORS_HZ, OTHERS_HZ = 440.0, 1000.0, 700.0

LINE = """\
title: Линия
numbers: {"88003505566": main}
queues: {operators: Операторы, quiet: Без записи}
recordings: {queues: [operators], announcement: Разговор записывается.}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return locate(cache_settings(tmp_path_factory.mktemp("found")))


@dataclass
class Recorded:
    line: Line
    robot: RobotPhone
    keeper: Keeper
    calls: RecordedCalls
    index: Index

    async def somebody_serves(self, queue: str) -> None:
        """A telephone that has just registered is not a member that can be rung at once."""

        async def serves() -> bool:
            found = await self.line.ami.queues(f"energosbyt-{queue}")
            return any(member.status is DeviceState.NOT_IN_USE for each in found for member in each.members)

        await until(serves, f"somebody serves in {queue}")

    async def talking(self, operator: RobotPhone, *, queue: str = "operators") -> tuple[Call, Call]:
        await self.somebody_serves(queue.partition("+")[0])
        caller = await self.robot.dial(self.line.number, caller="89130000001", name=queue)
        await caller.answered(SECONDS)
        leg = await operator.incoming(SECONDS)
        await leg.accept()
        await self.line.heard.first(AgentConnect)
        return caller, leg

    async def over(self) -> None:
        """Every call has ended, and Asterisk has let go of its files."""
        await self.line.heard.first(Hangup, lambda event: event.uniqueid == self.uniqueid)
        live = self.keeper.folder / LIVE

        async def taken() -> bool:
            await self.keeper.sweep()
            return not any(live.iterdir())

        await until(taken, "what was recorded is taken in")

    @property
    def uniqueid(self) -> str:
        return self.line.heard.of(AgentConnect)[0].uniqueid

    async def found(self) -> Sequence[Recording]:
        return await self.index.latest("energosbyt", None, None, 10)


@asynccontextmanager
async def recorded_line(program: Program, folder: Path, *, keep_free: int = 0) -> AsyncIterator[Recorded]:
    dialplans = folder / "dialplans"
    (dialplans / "energosbyt").mkdir(parents=True)
    (dialplans / "energosbyt" / "line.yaml").write_text(LINE, encoding="utf-8")
    settings: Settings = line_settings(folder / "data", dialplans=dialplans, operators=OPERATORS)

    async def serve(call: AgiCall) -> None:
        queue = call.headers["agi_calleridname"]
        await call.do(f"SET VARIABLE __GUDOK_CALL {CALL}")
        await call.do("ANSWER")
        first, _, then = queue.partition("+")
        await call.do(f'EXEC Queue "energosbyt-{first},c,,,60"')
        if then:
            await call.do(f"EXEC StopMixMonitor {await call.variable('GUDOK_MIX')}")
            await call.do(f'EXEC Queue "energosbyt-{then},c,,,60"')
        await call.do("SET VARIABLE GUDOK_DONE 1")

    clock = SystemClock()
    beginner = Beginner(Manager(AMI_RECORD_USER, settings.places.secret("ami-record"), settings.ports.ami), clock)
    async with (
        line(program, settings, queues=("quiet",)) as running,
        service(settings, serve),
        RobotPhone() as robot,
        await open_store(settings) as store,
    ):
        index = Index(store, settings.places.recordings, clock)
        calls = RecordedCalls(running.ami, Witness(), lambda: keeper.room.enough, beginner.begin)
        rules = Rules(frozenset({"operators"}))
        keeper = Keeper(
            index, clock, ended=calls.ended, rules=lambda _: rules, keep_free=keep_free, no_room=calls.stop_all
        )
        await keeper.look_at_the_disk()
        seen = asyncio.Event()
        calls.watch()
        running.ami.subscribe(lambda resync: seen.set(), Resync)
        beginner.start()
        await asyncio.wait_for(seen.wait(), SECONDS)  # before that a new listener is told nothing
        yield Recorded(running, robot, keeper, calls, index)
        await beginner.aclose()
        assert running.complaints(LATE_REFER) == []


def channels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    return samples[:, 0], samples[:, 1]


def sounds(samples: np.ndarray, hz: float) -> float:
    """For about how many seconds this tone is more than all the rest."""
    pieces = [samples[at : at + 800] for at in range(0, len(samples) - 800, 800)]
    return 0.1 * sum(share_of_tone(piece, hz) > 0.5 for piece in pieces)


async def nobody(channel: str, file: Path) -> bool:
    raise AssertionError("no recording is to be begun here")


async def lasts(seconds: float) -> None:
    """A talk goes on: real time is what is recorded."""
    await asyncio.sleep(seconds)


async def test_both_sides_are_heard_each_in_its_own_channel(program: Program, tmp_path: Path) -> None:
    async with recorded_line(program, tmp_path) as recorded, recorded.line.operator("101") as operator:
        before = datetime.now(UTC)
        caller, leg = await recorded.talking(operator)
        caller.play(tone(CALLERS_HZ, 3))
        leg.play(tone(OPERATORS_HZ, 3))
        await lasts(2.5)
        await leg.hang_up()
        await caller.ended(SECONDS)
        await recorded.over()
        (one,) = await recorded.found()
        left, right = channels(recorded.index.path(one))
    assert sounds(left, CALLERS_HZ) > 0.3
    assert sounds(right, OPERATORS_HZ) > 0.3
    assert sounds(left, OPERATORS_HZ) == sounds(right, CALLERS_HZ) == 0
    assert (one.supplier, one.call, one.kind, one.part) == ("energosbyt", CALL, "talk", "operators")
    assert one.during(before, datetime.now(UTC))
    assert one.channels == 2


async def test_a_transferred_call_is_recorded_to_its_end(program: Program, tmp_path: Path) -> None:
    async with (
        recorded_line(program, tmp_path) as recorded,
        recorded.line.operator("101") as first,
    ):
        caller, leg = await recorded.talking(first)
        caller.play(tone(CALLERS_HZ, 10))
        leg.play(tone(OPERATORS_HZ, 10))
        await lasts(2)
        async with recorded.line.operator("102") as second:
            await leg.refer(f"sip:102@{recorded.line.sip}")
            other = await second.incoming(SECONDS)
            await other.accept()
            await recorded.line.heard.first(BridgeEnter, lambda event: event.channel.startswith("PJSIP/102"))
            other.play(tone(OTHERS_HZ, 10))
            await caller.heard_tone(OTHERS_HZ, SECONDS)
            await lasts(2)
            await caller.hang_up()
            await other.ended(SECONDS)
        await recorded.over()
        later, earlier = await recorded.found()
        with_first, with_second = (channels(recorded.index.path(one)) for one in (earlier, later))
    # Of each operator a file: Asterisk would lose the second one's voice in half of all transfers.
    assert sounds(with_first[1], OPERATORS_HZ) > 0.3
    assert sounds(with_second[1], OTHERS_HZ) > 0.3
    assert sounds(with_first[0], CALLERS_HZ) + sounds(with_second[0], CALLERS_HZ) > 0.3
    assert {one.call for one in (earlier, later)} == {CALL}
    assert earlier.started < later.started


async def test_after_a_consultation_the_colleague_is_heard_too(program: Program, tmp_path: Path) -> None:
    async with (
        recorded_line(program, tmp_path) as recorded,
        recorded.line.operator("101") as first,
        recorded.line.operator("102") as second,
    ):
        caller, leg = await recorded.talking(first)
        caller.play(tone(CALLERS_HZ, 12))
        leg.play(tone(OPERATORS_HZ, 2))
        await lasts(2)
        await leg.hold()
        consult = await first.dial("102")
        other = await second.incoming(SECONDS)
        await other.accept()
        await consult.answered(SECONDS)
        await lasts(1)
        await leg.refer_replaces(consult)
        other.play(tone(OTHERS_HZ, 10))
        await caller.heard_tone(OTHERS_HZ, SECONDS)
        await lasts(2)
        await caller.hang_up()
        await other.ended(SECONDS)
        await recorded.over()
        later, earlier = await recorded.found()
        with_first, with_second = (channels(recorded.index.path(one)) for one in (earlier, later))
    assert sounds(with_first[1], OPERATORS_HZ) > 0.3
    assert sounds(with_second[1], OTHERS_HZ) > 0.3
    assert sounds(with_second[0], CALLERS_HZ) > 0.3


async def test_a_dialogues_part_of_a_call_is_recorded_and_ends_with_it(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "bot.raw"

    async def talk(phone: AgiPhone) -> None:
        await phone.keep_sound(file)
        await phone.play(answered.tones((OPERATORS_HZ, 2.0)))
        await phone.keep_sound(None)
        await phone.play(answered.tones((OTHERS_HZ, 1.0)))

    async with answered_line(program, tmp_path, talk) as answered:
        call = await answered.ring()
        call.play(tone(CALLERS_HZ, 5))
        assert await answered.outcome() is None
        await call.ended(SECONDS)
        done = finish(file, tmp_path / "bot.wav")
        assert done is not None
        left, right = channels(done.file)
    assert sounds(left, CALLERS_HZ) > 0.3
    assert sounds(right, OPERATORS_HZ) > 0.3
    assert sounds(right, OTHERS_HZ) < 0.2


async def test_a_call_that_was_given_up_leaves_nothing(program: Program, tmp_path: Path) -> None:
    async with recorded_line(program, tmp_path) as recorded, recorded.line.operator("101") as operator:
        await recorded.somebody_serves("operators")
        caller = await recorded.robot.dial(recorded.line.number, caller="89130000001", name="operators")
        await caller.answered(SECONDS)
        await operator.incoming(SECONDS)
        await caller.hang_up()
        await recorded.line.heard.first(Hangup)
        assert list((recorded.keeper.folder / LIVE).iterdir()) == []
        assert await recorded.found() == []
        assert recorded.calls.begun == 0


async def test_a_queue_that_is_not_to_be_recorded_is_not(program: Program, tmp_path: Path) -> None:
    async with recorded_line(program, tmp_path) as recorded, recorded.line.operator("101") as operator:
        await recorded.line.ami.queue_add("energosbyt-quiet", "PJSIP/101")
        caller, leg = await recorded.talking(operator, queue="quiet")
        await leg.hang_up()
        await caller.ended(SECONDS)
        assert list((recorded.keeper.folder / LIVE).iterdir()) == []
        assert recorded.line.heard.of(MixMonitorStart) == []


async def test_each_queue_of_a_call_says_itself_whether_it_is_recorded(program: Program, tmp_path: Path) -> None:
    async with (
        recorded_line(program, tmp_path) as recorded,
        recorded.line.operator("101") as first,
        recorded.line.operator("102") as second,
    ):
        caller, leg = await recorded.talking(first, queue="operators+quiet")
        leg.play(tone(OPERATORS_HZ, 3))
        await lasts(2.5)
        await leg.hang_up()
        other = await second.incoming(SECONDS)
        await other.accept()
        await recorded.line.heard.first(BridgeEnter, lambda event: event.channel.startswith("PJSIP/102"))
        other.play(tone(OTHERS_HZ, 3))
        await caller.heard_tone(OTHERS_HZ, SECONDS)
        await caller.hang_up()
        await recorded.over()
        (one,) = await recorded.found()
        _, right = channels(recorded.index.path(one))
    assert sounds(right, OPERATORS_HZ) > 0.3
    assert sounds(right, OTHERS_HZ) == 0


async def test_a_caller_of_two_recorded_queues_is_heard_with_both_operators(program: Program, tmp_path: Path) -> None:
    async with recorded_line(program, tmp_path) as recorded, recorded.line.operator("101") as operator:
        caller, leg = await recorded.talking(operator, queue="operators+operators")
        leg.play(tone(OPERATORS_HZ, 3))
        await lasts(2.5)
        await leg.hang_up()
        again = await operator.incoming(SECONDS)
        await again.accept()
        again.play(tone(OTHERS_HZ, 4))
        await caller.heard_tone(OTHERS_HZ, SECONDS)
        await lasts(2)
        await caller.hang_up()
        await recorded.over()
        heard = [channels(recorded.index.path(one))[1] for one in await recorded.found()]
    assert sum(sounds(right, OPERATORS_HZ) for right in heard) > 0.3
    assert sum(sounds(right, OTHERS_HZ) for right in heard) > 0.3


async def test_a_secret_is_silence_in_the_recording(program: Program, tmp_path: Path) -> None:
    async with recorded_line(program, tmp_path) as recorded, recorded.line.operator("101") as operator:
        caller, leg = await recorded.talking(operator)
        channel = recorded.line.heard.of(AgentConnect)[0].channel
        caller.play(tone(CALLERS_HZ, 10))
        await lasts(1)
        assert await recorded.calls.hush(channel, True)
        await lasts(1)
        assert await recorded.calls.hush(channel, False)
        await lasts(1)
        await caller.hang_up()
        await leg.ended(SECONDS)
        await recorded.over()
        (one,) = await recorded.found()
        left, _ = channels(recorded.index.path(one))
    loud = [bool(np.abs(left[at : at + 800]).max() > 500) for at in range(0, len(left) - 800, 800)]
    first, last = loud.index(True), len(loud) - 1 - loud[::-1].index(True)
    assert loud[first:last].count(False) / 10 > 0.5
    assert loud[first]
    assert loud[last]


async def test_a_full_disk_ends_recordings_and_no_talk(program: Program, tmp_path: Path) -> None:
    async with recorded_line(program, tmp_path, keep_free=1 << 60) as recorded:
        async with recorded.line.operator("101") as operator:
            caller, leg = await recorded.talking(operator)
            await recorded.line.heard.first(MixMonitorStart)
            await lasts(1)
            assert caller.end is None
            await leg.hang_up()
            await caller.ended(SECONDS)
        await recorded.over()
        assert await recorded.found() == []
        assert (recorded.calls.begun, recorded.calls.refused) == (0, 1)


async def test_what_a_crash_left_over_is_taken_in_at_the_next_start(program: Program, tmp_path: Path) -> None:
    async with recorded_line(program, tmp_path) as recorded, recorded.line.operator("101") as operator:
        caller, leg = await recorded.talking(operator)
        caller.play(tone(CALLERS_HZ, 3))
        await lasts(2.5)
        await leg.hang_up()
        await caller.ended(SECONDS)
        await recorded.line.heard.first(Hangup, lambda event: event.uniqueid == recorded.uniqueid)
        (left_over,) = (recorded.keeper.folder / LIVE).glob(f"*{SUFFIX}")
        # The next service has heard of nothing: it asks which channels there are.
        later = RecordedCalls(recorded.line.ami, Witness(), lambda: True, nobody)
        assert not later.ended(recorded.uniqueid)
        later.watch()
        keeper = Keeper(
            recorded.index, SystemClock(), ended=later.ended, rules=lambda _: Rules(), keep_free=0,
            no_room=later.stop_all,
        )  # fmt: skip

        async def taken() -> bool:
            await keeper.sweep()
            return not left_over.exists()

        await until(taken, "the file is taken in")
        (one,) = await recorded.found()
        assert one.call == CALL
        assert 1 <= one.seconds <= 10
