"""The service: everything put together.

It starts from the ground up and tells `/readyz` what is missing; it is stopped from the top down. What a line can live
without (a speech model) is said in the log and lived without: callers are then asked for keys.
"""

import asyncio
import errno
import gc
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from prometheus_client import CollectorRegistry

from asr.models import ModelBroken
from asterisk.adoption import adopt
from asterisk.agi.server import AgiServer, ServerLimits
from asterisk.ami import AmiLink, Manager
from asterisk.audio.server import AudioServer
from asterisk.busy_tone import BusyTone
from asterisk.config.model import AMI_USER
from asterisk.trunk_watch import TrunkWatch
from asterisk.witness import Witness
from bots.period import Window
from ivr import logs
from ivr.billing import BillingPort
from ivr.billing.demo import load_demo
from ivr.call.announcements import FlowEmergencies
from ivr.call.draft_services import for_draft
from ivr.call.of_supplier import services_of
from ivr.clock import SystemClock
from ivr.flow.alarms.emergency_board import EmergencyBoard
from ivr.flow.load import BadDialplan
from ivr.flow.messages_file import read_messages
from ivr.flow.published.contents import UnfitFolder
from ivr.flow.published.following import CannotPrepare, Edition, Follower, Followers
from ivr.flow.published.on_air import OnAir
from ivr.flow.published.publishing import Refused
from ivr.flow.published.version import VersionsError
from ivr.flow.published.versions import Versions
from ivr.flow.supplier.supplier_settings import read_settings
from ivr.journal.overflow import Overflow
from ivr.journal.spool import Spool, SpoolError
from ivr.journal.writer import Journal
from ivr.messages.post import delivery_told
from ivr.outbox import Delivery
from ivr.people.users import Users
from ivr.prompts import NoVoice, VoiceFailed
from ivr.prompts.fallback import render_fallback
from ivr.service.answering import NO_DRAFT, Line, Lines
from ivr.service.beside import run_beside
from ivr.service.bookkeeping import Bookkeeping
from ivr.service.call_services import CallServices
from ivr.service.edition_ears import DEAF, EarsOfEditions
from ivr.service.hearing import Hearing
from ivr.service.keeping import Keeping
from ivr.service.measures import Figure, Measures
from ivr.service.speaking import Speaking
from ivr.settings import Settings
from ivr.store import Store, StoreError, open_store
from ivr.store.news import Reader
from ivr.turns.keeper import TurnKeeper
from ivr.turns.rules import OFF
from ivr.web.app import WebServer, make_app
from ivr.web.calls import CallsApi
from ivr.web.carriers import CarrierStatus
from ivr.web.reports import ReportsApi
from ivr.web.site import Site
from ivr.web.tokens import SupplierTokens

log = structlog.get_logger(__name__)

ZONE = ZoneInfo("Europe/Moscow")

_NOT_SERVABLE = (BadDialplan, CannotPrepare, Refused, UnfitFolder, VersionsError)


class CannotServe(Exception):
    """The service cannot start; the text says what is wrong and what to do."""


class Service:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clock = SystemClock()
        self._stop = asyncio.Event()
        self._starting = True
        self._link: AmiLink | None = None
        self._journal: Journal | None = None

    def stop(self) -> None:
        self._stop.set()

    def look_at_itself(self) -> None:
        """Collect garbage and log what is held: for whoever asks why a service is as big as it is."""
        found = gc.collect()
        log.warning(
            "collected",
            action="look",
            garbage=found,
            objects=len(gc.get_objects()),
            tasks=len(asyncio.all_tasks()),
            open_files=len(os.listdir("/proc/self/fd")),
        )

    async def run(self) -> None:
        """Serve until `stop`. `CannotServe` is for people: a broken dialplan, a database that is away, a taken port."""
        logs.set_up(self._settings.places.log, level=self._settings.log_level)
        try:
            await self._serve()
        except (*_NOT_SERVABLE, StoreError, NoVoice, VoiceFailed) as error:
            raise CannotServe(str(error)) from error
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            where = self._settings.places.toml
            raise CannotServe(f"{error.strerror}: set other ports in {where}, or use --ports auto") from error

    async def _serve(self) -> None:
        settings, places = self._settings, self._settings.places
        async with AsyncExitStack() as stack:
            registry = CollectorRegistry()
            carriers = CarrierStatus(lambda channel: places.secret("sms" if channel == "sms" else "smtp"))
            pages = make_app(self._missing, registry)
            carriers.add_to(pages)
            tokens = SupplierTokens(
                settings.supplier,
                lambda supplier: supplier in _folders(settings.dialplans),
                lambda supplier: places.secret(f"api-{supplier}"),
            )
            register, reports = CallsApi(tokens), ReportsApi(tokens)
            register.add_to(pages)
            reports.add_to(pages)
            site = Site()
            site.mount(pages)
            web = WebServer(pages, settings.bind, settings.ports.web)
            await web.start()
            stack.push_async_callback(web.aclose)

            speaking = await Speaking.start(settings, stack)
            prompts = speaking.prompts
            store = await stack.enter_async_context(await open_store(settings))
            carriers.told = partial(delivery_told, store)
            await Users(store, self._clock).first(partial(_keep_password, places.first_password))
            site.open(store, self._clock)
            demo = await load_demo(store, settings, self._clock)
            if demo is not None:
                log.info("the line has invented accounts to try it with", action="demo_accounts", accounts=demo.taken)
            # A commit costs milliseconds whatever it holds; who is told something waits for `durable`, not for this.
            spool = await asyncio.to_thread(_spool, settings)
            if spool is not None:
                stack.callback(spool.close)
            journal = Journal(store, node=settings.node, spool=spool, clock=self._clock, gather_seconds=0.5)
            self._journal = await stack.enter_async_context(journal)
            register.store = reports.store = store
            books = await stack.enter_async_context(Bookkeeping(store, places, self._clock))
            billing = await stack.enter_async_context(BillingPort(settings, store, self._clock))
            link = AmiLink(Manager(AMI_USER, places.secret("ami"), port=settings.ports.ami), clock=self._clock)
            witness = Witness()
            witness.watch(link)
            adopt(link, witness, journal, store)
            trunks = TrunkWatch(settings.trunks)
            trunks.watch(link)
            busy_tone = BusyTone(link)
            self._link = await stack.enter_async_context(link)
            ears = await self._ears(stack, registry, store)
            turns = TurnKeeper(store, places.turns, self._clock, keep_free=settings.keep_free_mb << 20)
            await stack.enter_async_context(turns)

            beside = await stack.enter_async_context(CallServices(settings, store, link, billing.delivery, self._clock))
            keeping = Keeping(settings, store, link, witness, billing.delivery, self._clock, beside)
            await stack.enter_async_context(keeping)
            board = EmergencyBoard(store, self._clock, prompts.render)
            news_of_emergencies = Reader(store)
            await news_of_emergencies.start()

            async def emergencies(edition: Edition) -> FlowEmergencies:
                own, _ = await asyncio.to_thread(read_settings, edition.folder)
                if own is not None and not edition.draft:
                    board.know(own, settings.dialplans / edition.supplier)
                return FlowEmergencies(partial(board.all, edition.supplier), own.zone if own is not None else ZONE)

            async def prepared(edition: Edition) -> Line:
                speaker = await speaking.prepared(edition)
                own, _ = await asyncio.to_thread(read_settings, edition.folder)
                zone, window = (own.zone, own.window) if own is not None else (ZONE, Window())
                if own is not None and not edition.draft:
                    await keeping.know(own, edition.folder)
                desk = await billing.desk(edition.supplier, zone, window)
                services = await asyncio.to_thread(
                    services_of,
                    edition.folder,
                    desk,
                    self._clock,
                    emergencies=await emergencies(edition),
                    queues=beside.queues(edition.supplier),
                    callbacks=beside.callbacks(edition.supplier, ZONE, tuple(edition.dialplan.numbers)),
                    messages=beside.messages(edition.supplier, ZONE, read_messages(edition.folder)[0]),
                    recordings=keeping.recordings(edition.supplier),
                )
                busy = any(limit.beyond == "busy" for limit in services.limits.values())
                await busy_tone.possible(f"{edition.supplier} {edition.draft}", busy and not edition.draft)
                if not edition.draft:
                    turns.know(edition.supplier, own.turns if own is not None else OFF)
                manners = await beside.manners(edition.supplier)
                heard = await ears.of(edition) if ears is not None else DEAF
                return Line(
                    dialplan=edition.dialplan,
                    speaker=speaker,
                    journal=journal,
                    witness=witness,
                    services=for_draft(services, self._clock) if edition.draft else services,
                    ears=heard.ears,
                    clock=self._clock,
                    recordings=places.recordings,
                    manners=manners,
                    version=edition.version,
                    draft=edition.draft,
                    turns=None if edition.draft else turns,
                    over=heard.drop,
                )

            await render_fallback(prompts, places)
            await prompts.render(NO_DRAFT)
            on_air = OnAir[Line]()
            versions = Versions(store, self._clock)

            def follower(supplier: str) -> Follower[Line]:
                return Follower(
                    versions,
                    on_air,
                    prepared,
                    supplier=supplier,
                    folder=settings.dialplans / supplier,
                    unpack_in=places.run / "dialplans",
                    clock=self._clock,
                    serve_folder=settings.serve_folder,
                    release=lambda line: line.over(),
                )

            followers = Followers(versions, Reader(store), follower, self._clock)
            await followers.start(settings.supplier, await asyncio.to_thread(_folders, settings.dialplans))
            await board.keep_up()
            lines = Lines(on_air, settings.supplier)
            agi = AgiServer("127.0.0.1", settings.ports.agi, lines.answer, ServerLimits(calls=settings.max_calls * 2))
            registry.register(
                Measures(
                    lambda: _figures(agi, link, journal, trunks),
                    lambda: _served(on_air, followers),
                    lambda: _announced(board, self._clock.now()),
                    lambda: _taken(lines),
                    lambda: (Figure(*figure) for figure in turns.figures()),
                    lambda: _undelivered(billing.delivery),
                    keeping.figures,
                    books.figures,
                )
            )
            keeping.begin(registry)
            await agi.start()
            stack.push_async_callback(agi.close, 2.0)
            run_beside(stack, followers.run(), "dialplans: what is published")
            run_beside(stack, board.follow(news_of_emergencies), "emergencies: what is on the air")
            # What is there now stays for ever: the collector need not look at it at every turn (a fifth of our time).
            gc.collect()
            gc.freeze()
            gc.set_threshold(20_000, 20, 20)
            self._starting = False
            log.info("the line answers", action="ready", supplier=settings.supplier)
            await self._stop.wait()
            self._starting = True

    async def _ears(self, stack: AsyncExitStack, registry: CollectorRegistry, store: Store) -> EarsOfEditions | None:
        """What calls are heard with; None when there is no model to hear with, and keys must do."""
        try:
            hearing = await Hearing.start(self._settings)
        except ModelBroken as error:
            log.error("the line cannot hear and asks for keys", action="no_model", error=str(error))
            return None
        stack.push_async_callback(hearing.aclose)
        registry.register(Measures(hearing.figures))
        server = AudioServer("127.0.0.1", self._settings.ports.audio)
        await server.start()
        stack.push_async_callback(server.close)
        return EarsOfEditions(hearing, server, store)

    def _missing(self) -> Mapping[str, str]:
        """What keeps calls from being taken."""
        missing = {}
        if self._starting:
            missing["service"] = "starting or stopping"
        if self._link is None or not self._link.connected:
            missing["ami"] = "no link to Asterisk"
        if self._journal is not None and not self._journal.healthy:
            missing["journal"] = "the database does not take events"
        return missing


def _spool(settings: Settings) -> Spool | None:
    """A line can live without: while the database is away events then wait in memory, and nothing is accepted."""
    if not settings.spool_mb:
        return None
    try:
        return Spool.open(settings.places.spool / "journal", settings.spool_mb << 20)
    except SpoolError as error:
        log.error("the line goes on without the journal's spool", action="no_spool", error=str(error))
        return None


def _keep_password(file: Path, password: str) -> None:
    file.touch(mode=0o600)
    file.write_text(password + "\n", encoding="ascii")


def _folders(dialplans: Path) -> list[str]:
    """The suppliers that have a folder here."""
    return [path.parent.name for path in dialplans.glob("*/line.yaml")]


def _served(on_air: OnAir[Line], followers: Iterable[Follower[Line]]) -> Iterator[Figure]:
    for each in followers:
        labels = {"supplier": each.supplier}
        yield Figure("dialplan_version", "The version that new calls are served with", each.version or 0, labels)
        meaning = "Times that something published could not be served"
        yield Figure("dialplan_refused_total", meaning, each.refused, labels)
        meaning = "Whether the folder on disk is not what is served"
        yield Figure("dialplan_folder_differs", meaning, float(each.differs), labels)
    yield Figure("dialplans_older", "Versions that were replaced and still have calls", on_air.older)


def _announced(board: EmergencyBoard, now: datetime) -> Iterator[Figure]:
    faulty = {slug for slug, findings in board.findings().items() if any(finding.is_error for finding in findings)}
    for slug, active in board.active(now).items():
        yield Figure("emergencies_on_air", "Emergency announcements on the air", active, {"supplier": slug})
        meaning = "Whether emergencies.yaml is faulty, so that an older one is on the air"
        yield Figure("emergencies_file_faulty", meaning, float(slug in faulty), {"supplier": slug})


def _taken(lines: Lines) -> Iterator[Figure]:
    for supplier, usage in lines.usage():
        labels = {"supplier": supplier, "line": usage.name}
        yield Figure("lines_busy", "Calls now on a number or in a dialogue", usage.busy, labels)
        yield Figure("lines_peak", "Most calls at once since the service started", usage.peak, labels)
        yield Figure("lines_refused_total", "Callers for whom no line was left", usage.refused, labels)
        if usage.most is not None:
            yield Figure("lines_most", "Calls that may be there at once", usage.most, labels)


def _undelivered(delivery: Delivery) -> Iterator[Figure]:
    for (supplier, destination, state), count in delivery.undelivered.items():
        labels = {"supplier": supplier, "destination": destination, "state": state}
        yield Figure("outbox", "Messages that have not reached another system yet, or were set aside", count, labels)


def _spooled(overflow: Overflow) -> Iterator[Figure]:
    yield Figure("spool_events", "Events on disk here that the database has not taken yet", overflow.held)
    yield Figure("spool_used_bytes", "Bytes of the spool that are taken", overflow.used)
    yield Figure("spool_size_bytes", "Bytes laid out for the spool; 0 where there is none", overflow.size)
    yield Figure("spool_full", "Whether the spool takes no more and nothing is accepted", float(overflow.full))
    yield Figure("spool_damaged_total", "Records of the spool that could not be read back", overflow.damaged)


def _figures(agi: AgiServer, link: AmiLink, journal: Journal, trunks: TrunkWatch) -> Iterator[Figure]:
    yield Figure("calls", "Calls in the service now", agi.calls)
    yield Figure("calls_total", "Calls the service was given", agi.stats.calls)
    yield Figure("calls_failed_total", "Calls that fell back to the operators for a fault of ours", agi.stats.failed)
    yield Figure("calls_refused_total", "Calls beyond the limit", agi.stats.refused)
    yield Figure("agi_garbage_total", "Connections that were no calls", agi.stats.garbage)
    yield Figure("ami_up", "Whether there is a link to Asterisk's manager", float(link.connected))
    yield Figure("journal_waiting", "Events that are on no disk yet", journal.waiting)
    yield Figure("journal_lost_total", "Events that found no room", journal.lost)
    yield from _spooled(journal.overflow)
    for name, trunk in trunks.known.items():
        yield Figure("trunk_up", "Whether a carrier's trunk takes calls", float(trunk.usable), {"trunk": name})
        if trunk.roundtrip is not None:
            meaning = "How long a carrier takes to answer OPTIONS"
            yield Figure("trunk_roundtrip_seconds", meaning, trunk.roundtrip, {"trunk": name})
