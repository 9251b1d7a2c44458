"""The account of times of real calls: what the journal says is what the telephones lived through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from live.asterisk_rig import SECONDS, AgiCall, Line, cache_settings, line, line_settings, service

from asterisk.ami import Resync
from asterisk.followed import Followed
from asterisk.private import Program, locate
from asterisk.robot.call import Call
from asterisk.robot.phone import RobotPhone
from asterisk.witness import Witness
from ivr.journal.events import Event, Kind
from ivr.journal.register import Contact, Exit, contact
from ivr.journal.times import Doing, talk_by_operator

pytestmark = pytest.mark.live

SLACK = 800
"""Milliseconds by which a laden machine may differ from what a telephone measured."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return locate(cache_settings(tmp_path_factory.mktemp("found")))


@dataclass
class Book:
    """A call's journal in memory."""

    events: list[Event] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def note_at(self, at: datetime, kind: Kind, **data: object) -> None:
        seq = len(self.events) + 1
        self.events.append(Event(UUID(int=seq), "energosbyt", "node1", UUID(int=7), seq, at, kind, 1, data))
        self._news.set()

    async def told(self, kind: Kind, times: int = 1) -> Event:
        async with asyncio.timeout(SECONDS):
            while len(found := [event for event in self.events if event.kind is kind]) < times:
                self._news.clear()
                await self._news.wait()
        return found[times - 1]

    @property
    def kinds(self) -> list[str]:
        return [event.kind.value for event in self.events]


@dataclass
class Watched:
    line: Line
    caller: Call
    first: RobotPhone
    """The telephone of 101, the only operator who is there from the beginning."""
    book: Book
    followed: Followed

    async def contact(self) -> Contact:
        """The contact, once its caller's channel is gone."""
        await asyncio.wait_for(self.followed.over.wait(), SECONDS)
        return contact(self.book.events)


@asynccontextmanager
async def queued(program: Program, folder: Path, seconds: int = 60) -> AsyncIterator[Watched]:
    """A caller who is in the queue, watched."""
    settings = line_settings(folder)
    witness, book = Witness(), Book()
    following: list[Followed] = []

    async def serve(call: AgiCall) -> None:
        now = datetime.now(UTC)
        book.note_at(now, Kind.ARRIVED, caller=call.headers["agi_callerid"], dialled=settings.line)
        following.append(witness.follow(book, call.headers["agi_uniqueid"], now))
        await call.do("ANSWER")
        await call.do(f'EXEC Queue "{settings.supplier}-operators,c,,,{seconds}"')
        await call.do("EXEC Wait 1.5")
        await call.do("SET VARIABLE GUDOK_DONE 1")

    async with (
        line(program, settings) as running,
        service(settings, serve),
        RobotPhone() as robot,
        running.operator("101") as first,
    ):
        seen = asyncio.Event()
        witness.watch(running.ami)
        running.ami.subscribe(lambda resync: seen.set(), Resync)
        await asyncio.wait_for(seen.wait(), SECONDS)  # before that a new listener is told nothing
        call = await robot.dial(running.number, caller="89130000001")
        await call.answered(SECONDS)
        await book.told(Kind.QUEUED)
        yield Watched(running, call, first, book, following[0])


@asynccontextmanager
async def talking(program: Program, folder: Path) -> AsyncIterator[tuple[Watched, Call]]:
    """A caller in talk with 101, whose leg comes along."""
    async with queued(program, folder) as watched:
        leg = await watched.first.incoming(SECONDS)
        await leg.accept()
        await watched.book.told(Kind.BRIDGED)
        yield watched, leg


def as_long(since: datetime, until: datetime) -> object:
    """About as many milliseconds as lie between what two telephones did."""
    return pytest.approx((until - since).total_seconds() * 1000, abs=SLACK)


async def lasts(seconds: float) -> datetime:
    """A telephone call goes on: real time is what these tests are about. Returns the instant at which it is over."""
    await asyncio.sleep(seconds)
    return datetime.now(UTC)


async def test_a_served_call_waits_and_talks_as_long_as_its_telephones_did(program: Program, tmp_path: Path) -> None:
    async with queued(program, tmp_path) as watched:
        began = (await watched.book.told(Kind.QUEUED)).at
        leg = await watched.first.incoming(SECONDS)
        answered = await lasts(0.5)
        await leg.accept()
        await watched.book.told(Kind.BRIDGED)
        left = await lasts(1.5)
        await leg.hang_up()
        one = await watched.contact()
    assert (one.exit, one.operators) == (Exit.ANSWERED, ("101",))
    assert one.wait == as_long(began, answered)
    assert one.talk == as_long(answered, left)
    assert one.talk == talk_by_operator(one.segments)["101"]
    assert [part.doing for part in one.segments if part.doing is not Doing.IVR] == [Doing.QUEUE, Doing.TALK]
    assert one.segments[-1].doing is Doing.IVR
    assert one.segments[-1].milliseconds >= 1500  # the service let the caller hear silence for so long


async def test_a_caller_who_gives_up_has_abandoned_the_queue(program: Program, tmp_path: Path) -> None:
    async with queued(program, tmp_path) as watched:
        began = (await watched.book.told(Kind.QUEUED)).at
        await watched.first.incoming(SECONDS)
        left = await lasts(1)
        await watched.caller.hang_up()
        one = await watched.contact()
    assert one.exit is Exit.ABANDONED_QUEUE
    assert watched.book.kinds[-2:] == ["left_queue", "hung_up"]
    assert one.wait == as_long(began, left)


async def test_a_time_out_of_the_queue_is_one_though_nobody_read_its_status(program: Program, tmp_path: Path) -> None:
    async with queued(program, tmp_path, seconds=2) as watched:
        await watched.first.incoming(SECONDS)
        one = await watched.contact()
    assert one.exit is Exit.QUEUE_TIMEOUT
    assert one.wait == pytest.approx(2000, abs=SLACK)


async def test_a_blind_transfer_gives_each_operator_their_own_talk(program: Program, tmp_path: Path) -> None:
    async with talking(program, tmp_path) as (watched, leg), watched.line.operator("102") as second:
        began = (await watched.book.told(Kind.BRIDGED)).at
        given = await lasts(1)
        await leg.refer(f"sip:102@{watched.line.sip}")
        other = await second.incoming(SECONDS)
        taken = await lasts(1)
        await other.accept()
        await watched.book.told(Kind.BRIDGED, 2)
        left = await lasts(2)
        await watched.caller.hang_up()
        one = await watched.contact()
    assert (one.exit, one.operators) == (Exit.ANSWERED, ("101", "102"))
    assert talk_by_operator(one.segments) == {"101": as_long(began, given), "102": as_long(taken, left)}
    assert one.hold == as_long(given, taken)


async def test_a_consulted_transfer_counts_the_caller_once(program: Program, tmp_path: Path) -> None:
    async with talking(program, tmp_path) as (watched, leg), watched.line.operator("102") as second:
        began = (await watched.book.told(Kind.BRIDGED)).at
        held = await lasts(1)
        await leg.hold()
        await watched.book.told(Kind.HELD)
        consult = await watched.first.dial("102")
        other = await second.incoming(SECONDS)
        await other.accept()
        await consult.answered(SECONDS)
        given = await lasts(1)
        await leg.refer_replaces(consult)
        await watched.book.told(Kind.LINKED)
        await watched.book.told(Kind.BRIDGED, 2)
        left = await lasts(2)
        await watched.caller.hang_up()
        one = await watched.contact()
    assert (one.exit, one.operators) == (Exit.ANSWERED, ("101", "102"))
    talked = talk_by_operator(one.segments)
    assert talked == {"101": as_long(began, held), "102": as_long(given, left)}
    assert one.hold == as_long(held, given)
    assert one.talk == sum(talked.values())


async def test_hold_is_not_talk(program: Program, tmp_path: Path) -> None:
    async with talking(program, tmp_path) as (watched, leg):
        began = (await watched.book.told(Kind.BRIDGED)).at
        held = await lasts(0.5)
        await leg.hold()
        await watched.book.told(Kind.HELD)
        resumed = await lasts(1.5)
        await leg.resume()
        await watched.book.told(Kind.RESUMED)
        left = await lasts(1)
        await leg.hang_up()
        one = await watched.contact()
    assert one.hold == as_long(held, resumed)
    assert one.talk == pytest.approx(((held - began) + (left - resumed)).total_seconds() * 1000, abs=SLACK)


async def test_parking_is_hold_and_whoever_takes_the_caller_back_talks(program: Program, tmp_path: Path) -> None:
    async with talking(program, tmp_path) as (watched, leg), watched.line.operator("102") as second:
        began = (await watched.book.told(Kind.BRIDGED)).at
        parked = await lasts(1)
        await leg.refer(f"sip:700@{watched.line.sip}")
        await watched.book.told(Kind.BRIDGED, 2)
        taken = await lasts(1.5)
        back = await second.dial("701")
        await back.answered(SECONDS)
        await watched.book.told(Kind.BRIDGED, 3)
        left = await lasts(1)
        await back.hang_up()
        one = await watched.contact()
    assert (one.operators, one.exit) == (("101", "102"), Exit.ANSWERED)
    assert talk_by_operator(one.segments) == {"101": as_long(began, parked), "102": as_long(taken, left)}
    assert one.hold == as_long(parked, taken)
