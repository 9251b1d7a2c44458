"""What the service does beside its calls, put together: recordings are taken in, others are told, the line is watched.

Entered once a service; an edition of a supplier tells it what is to be recorded from now on.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from uuid import UUID

import aiohttp
import structlog
from prometheus_client import CollectorRegistry, ProcessCollector
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from asterisk.ami import AmiLink, Manager
from asterisk.config.model import AMI_RECORD_USER
from asterisk.queue_times import QueueTimes, queue_of
from asterisk.recorded import Beginner, RecordedCalls
from asterisk.witness import Witness
from ivr.clock import Clock
from ivr.flow.alerts_file import read_alerts
from ivr.flow.supplier.supplier_settings import SupplierSettings
from ivr.flow.webhooks_file import read_webhooks
from ivr.messages import letters
from ivr.outbox import Delivery, Outbox
from ivr.recordings.index import Index
from ivr.recordings.keeper import LIVE, Keeper, rules_from
from ivr.recordings.live_name import SUFFIX, LiveName
from ivr.recordings.rules import NOTHING, Rules
from ivr.retention.keeping_time import is_time
from ivr.retention.retain import Retention
from ivr.service.beside import run_beside
from ivr.service.call_services import CallServices
from ivr.service.measures import Figure, figures_of
from ivr.service.watching import Watching
from ivr.settings import Settings
from ivr.store import Store
from ivr.store.engine import reason
from ivr.webhooks.feed import Feed
from ivr.webhooks.sender import WebhookSender
from ivr.webhooks.subscription import Subscription

log = structlog.get_logger(__name__)

RETENTION_LOOK_SECONDS = 300.0
AFTER_FAULT_SECONDS = 10.0


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

    def __init__(
        self,
        settings: Settings,
        store: Store,
        link: AmiLink,
        witness: Witness,
        delivery: Delivery,
        clock: Clock,
        beside: CallServices,
    ) -> None:
        self.clock = clock
        self._board, self._mail = beside.board, beside.mail
        self._settings, self._delivery = settings, delivery
        self._store, self._link = store, link
        self._told: dict[str, SupplierSettings] = {}
        self._webhooks: dict[str, tuple[Subscription, ...]] = {}
        self._http: aiohttp.ClientSession | None = None
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
        outbox = Outbox(store, clock)
        self.feed = Feed(store, outbox, lambda supplier: self._webhooks.get(supplier, ()), delivery.wake, clock)
        self.watching = Watching(store, outbox, clock, mail=self._mail is not None, wake=delivery.wake)
        self._watched = False
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Keeping":
        self._stack.push_async_callback(self._beginner.aclose)
        if await asyncio.to_thread(self._left_over):
            self._watch_recordings()
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession())
        self._start(self.keeper.run, "recordings: taken in")
        return self

    def _left_over(self) -> bool:
        """Whether something was being recorded when the last service ended."""
        live = self.keeper.folder / LIVE
        return live.is_dir() and any(live.iterdir())

    def _watch_recordings(self) -> None:
        """Listen for what Asterisk records; a line that records nothing is spared it."""
        if not self._watched:
            self._watched = True
            self._stack.callback(self.recorded.watch())

    def begin(self, registry: CollectorRegistry) -> None:
        """All suppliers are known: what waits to be told can be told. `registry`: all that `/metrics` knows."""
        ProcessCollector(namespace="gudok", registry=registry)
        times = QueueTimes(registry, queue_of(lambda: self._told, self._queues_of))
        self._stack.callback(times.watch(self._link))
        self._start(self.feed.run, "webhooks: what is to be told")
        self._start(lambda: self.watching.run(lambda: figures_of(registry)), "alerts: the watch")
        self._start(self._retain, "retention: at night")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def know(self, told: SupplierSettings, folder: Path) -> None:
        """What this supplier's newest edition, unpacked in `folder`, wants kept and told."""
        subscriptions, _ = await asyncio.to_thread(read_webhooks, folder)
        alerts, _ = await asyncio.to_thread(read_alerts, folder)
        self._serve(told.slug, subscriptions)
        self.watching.know(told.slug, told.title, told.zone, alerts, subscriptions)
        if told.slug == self._settings.supplier:
            # What is wrong with the whole line is told to whom the data folder's own alerts.yaml names.
            own, findings = await asyncio.to_thread(read_alerts, self._settings.data)
            for finding in findings:
                log.error("the data folder's alerts.yaml is faulty", action="alerts.faulty", finding=str(finding))
            self.watching.know(told.slug, told.title, told.zone, own, subscriptions, of="line")
        self.rules[told.slug] = told.recordings
        self._told[told.slug] = told
        if told.recordings.anything:
            self._watch_recordings()
        if told.recordings.queues:
            self._beginner.start()

    def _serve(self, supplier: str, subscriptions: tuple[Subscription, ...]) -> None:
        if self._http is None:
            raise RuntimeError("enter Keeping first")
        self._webhooks[supplier] = subscriptions
        for one in subscriptions:
            secret = self._settings.places.secret(one.secret_name(supplier))
            sender = WebhookSender(one.url, secret, self._http, self.clock)
            self._delivery.serve(supplier, one.destination, sender)
        if self._mail is not None:
            self._delivery.serve(supplier, letters.DESTINATION, letters.LetterCarrier(self._mail))

    def recordings(self, supplier: str) -> SuppliersRecordings:
        return SuppliersRecordings(self, supplier)

    def figures(self) -> Iterator[Figure]:
        yield from self.watching.figures()
        yield from self._queues()
        yield Figure("recordings_live", "Talks that are being recorded now", self.keeper.live)
        yield Figure("recordings_begun_total", "Talks whose recording began", self.recorded.begun)
        yield Figure("recordings_kept_total", "Recordings taken into the index", self.keeper.kept)
        meaning = "Recordings with less than a second of sound, thrown away"
        yield Figure("recordings_dropped_total", meaning, self.keeper.dropped)
        meaning = "Talks that were not recorded for want of room on the disk"
        yield Figure("recordings_refused_total", meaning, self.recorded.refused)
        meaning = "Whether nothing is recorded because the disk is nearly full"
        yield Figure("recordings_no_room", meaning, float(not self.keeper.room.enough))
        yield Figure("webhooks_told_total", "Messages of calls given to the outbox", self.feed.told)
        yield Figure("disk_free_bytes", "Free bytes of the disk with the recordings", self.keeper.room.free)

    async def _retain(self) -> None:
        """Once a day, in the small hours of each supplier, what has come of age is seen to."""
        key = self._settings.places.secret("pseudonyms")
        retention = Retention(self._store, self.index, key, self.clock)
        while True:
            for slug, told in list(self._told.items()):
                try:
                    now = self.clock.now()
                    if is_time(now, told.zone, await retention.last_run(slug)):
                        await retention.run(slug, told.retention)
                except (DBAPIError, NoConnection, OSError) as error:
                    log.error("retention is tried again", action="retention.away", supplier=slug, why=reason(error))
            await self.clock.sleep(RETENTION_LOOK_SECONDS)

    def _queues_of(self, supplier: str) -> Collection[str]:
        # Calls fall back to `operators`, whether the supplier names it or not.
        return {*self._told[supplier].queues, "operators"}

    def _queues(self) -> Iterator[Figure]:
        place = queue_of(lambda: self._told, self._queues_of)
        for name, queue in self._board.all().items():
            ours = place(name)
            if ours is None:
                continue
            labels = dict(zip(("supplier", "queue"), ours, strict=True))
            yield Figure("queue_waiting", "Callers who wait in a queue", queue.waiting or 0, labels)
            yield Figure("queue_operators", "Operators who could answer a queue", queue.operators or 0, labels)
            meaning = "How long whoever waits longest has waited"
            yield Figure("queue_longest_wait_seconds", meaning, queue.longest_seconds or 0, labels)

    def _start(self, make: Callable[[], Coroutine[object, object, None]], name: str) -> None:
        run_beside(self._stack, self._guarded(make, name), name)

    async def _guarded(self, make: Callable[[], Coroutine[object, object, None]], name: str) -> None:
        """The one guard of what runs beside the calls: a fault of ours costs a pause, and no restart."""
        while True:
            try:
                await make()
            except Exception:
                log.exception("something beside the calls failed", action="keeping.fault", what=name)
            await self.clock.sleep(AFTER_FAULT_SECONDS)
