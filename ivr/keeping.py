"""What the service does beside its calls, put together: recordings are taken in, and none outlives its time.

Entered once a service; an edition of a supplier tells it what is to be recorded from now on.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from uuid import UUID

from asterisk.ami import AmiLink, Manager
from asterisk.config.model import AMI_RECORD_USER
from asterisk.recorded import Beginner, RecordedCalls
from asterisk.witness import Witness
from ivr.clock import Clock
from ivr.flow.supplier.supplier_settings import SupplierSettings
from ivr.measures import Figure
from ivr.recordings.index import Index
from ivr.recordings.keeper import LIVE, Keeper, rules_from
from ivr.recordings.live_name import SUFFIX, LiveName
from ivr.recordings.rules import NOTHING, Rules
from ivr.settings import Settings
from ivr.store import Store


class SuppliersRecordings:
    """Implements `ivr.call.services.Recordings` for one supplier, as its newest edition says."""

    def __init__(self, keeping: "Keeping", supplier: str) -> None:
        self._keeping, self._supplier = keeping, supplier

    @property
    def _rules(self) -> Rules:
        return self._keeping.rules.get(self._supplier, NOTHING)

    @property
    def announcement(self) -> str:
        return self._rules.announcement

    def of_queue(self, queue: str) -> bool:
        return self._rules.queue(queue)

    def of_bot(self, bot: str, call: UUID, uniqueid: str) -> Path | None:
        keeper = self._keeping.keeper
        if not self._rules.bot(bot) or not keeper.room.enough:
            return None
        name = LiveName(self._supplier, call, uniqueid, self._keeping.clock.now(), "bot", bot)
        return keeper.folder / LIVE / f"{name}{SUFFIX}"

    async def hush(self, channel: str, hushed: bool) -> None:
        await self._keeping.recorded.hush(channel, hushed)


class Keeping:
    """`async with Keeping(…) as keeping`; its tasks end with the block."""

    def __init__(self, settings: Settings, store: Store, link: AmiLink, witness: Witness, clock: Clock) -> None:
        self.clock = clock
        self.rules: dict[str, Rules] = {}
        self.index = Index(store, settings.places.recordings, clock)
        manager = Manager(AMI_RECORD_USER, settings.places.secret("ami-record"), port=settings.ports.ami)
        self._beginner = Beginner(manager, clock)
        self.recorded = RecordedCalls(link, witness, lambda: self.keeper.room.enough, self._beginner.begin)
        self.keeper = Keeper(
            self.index,
            clock,
            ended=self.recorded.ended,
            rules=rules_from(self.rules),
            keep_free=settings.keep_free_mb << 20,
            no_room=self.recorded.stop_all,
        )
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Keeping":
        self._stack.push_async_callback(self._beginner.aclose)
        self._stack.callback(self.recorded.watch())
        self._start(self.keeper.run(), "recordings: taken in")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def know(self, told: SupplierSettings) -> None:
        """What this supplier's newest edition wants kept."""
        self.rules[told.slug] = told.recordings
        if told.recordings.queues:
            self._beginner.start()

    def recordings(self, supplier: str) -> SuppliersRecordings:
        return SuppliersRecordings(self, supplier)

    def figures(self) -> Iterator[Figure]:
        yield Figure("recordings_live", "Talks that are being recorded now", self.keeper.live)
        yield Figure("recordings_begun_total", "Talks whose recording began", self.recorded.begun)
        yield Figure("recordings_kept_total", "Recordings taken into the index", self.keeper.kept)
        meaning = "Recordings with less than a second of sound, thrown away"
        yield Figure("recordings_dropped_total", meaning, self.keeper.dropped)
        meaning = "Talks that were not recorded for want of room on the disk"
        yield Figure("recordings_refused_total", meaning, self.recorded.refused)
        meaning = "Whether nothing is recorded because the disk is nearly full"
        yield Figure("recordings_no_room", meaning, float(not self.keeper.room.enough))
        yield Figure("disk_free_bytes", "Free bytes of the disk with the recordings", self.keeper.room.free)

    def _start(self, work: Coroutine[object, object, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)

        async def stop() -> None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        self._stack.push_async_callback(stop)
