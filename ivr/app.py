"""The service: everything put together.

It starts from the ground up and tells `/readyz` what is missing; it is stopped from the top down. What a line can live
without (a speech model) is said in the log and lived without: callers are then asked for keys.
"""

import asyncio
import errno
import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from zoneinfo import ZoneInfo

import structlog
from prometheus_client import CollectorRegistry

from asr.models import ModelBroken, choose
from asr.pool import DecodingPool
from asr.vosk_engine import VoskRecognizer
from asterisk.adoption import adopt
from asterisk.agi.server import AgiServer, ServerLimits
from asterisk.ami import AmiLink, Manager
from asterisk.audio.ear import Ears
from asterisk.audio.server import AudioServer
from asterisk.config.model import AMI_USER
from asterisk.trunk_watch import TrunkWatch
from asterisk.witness import Witness
from ivr import logs
from ivr.answering import Line
from ivr.billing import TableDesk
from ivr.billing.accounts import load_demo
from ivr.call.phone import Utterance
from ivr.clock import SystemClock
from ivr.flow.load import BadDialplan, load
from ivr.journal.writer import Journal
from ivr.measures import Figure, Measures
from ivr.prompts import NoVoice, Prompts, VoiceFailed
from ivr.prompts.espeak import Espeak
from ivr.prompts.fallback import render_fallback
from ivr.settings import Settings
from ivr.store import StoreError, open_store
from ivr.web.app import WebServer, make_app

log = structlog.get_logger(__name__)

ZONE = ZoneInfo("Europe/Moscow")


class CannotServe(Exception):
    """The service cannot start; the text says what is wrong and what to do."""


class RenderedSpeaker:
    """`ivr.call.conversation.Speaker` over the prompts' cache."""

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts
        self._fixed: dict[str, Utterance] = {}
        """Texts without slots: a dialplan has so many and no more."""

    async def utterance(self, text: str, slots: Mapping[str, object]) -> Utterance:
        if not slots and text in self._fixed:
            return self._fixed[text]
        rendered = await self._prompts.render(text, slots)
        utterance = Utterance(rendered.text, rendered.files, rendered.seconds)
        if not slots:
            self._fixed[text] = utterance
        return utterance


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
        except (BadDialplan, StoreError, NoVoice, VoiceFailed) as error:
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
            web = WebServer(make_app(self._missing, registry), settings.bind, settings.ports.web)
            await web.start()
            stack.push_async_callback(web.aclose)

            dialplan = await asyncio.to_thread(load, settings.dialplans / settings.supplier)
            voice = await Espeak.find(settings.cache, settings.asterisk_suite)
            prompts = Prompts(settings.cache / "prompts", voice)
            store = await stack.enter_async_context(await open_store(settings))
            demo = await load_demo(store, settings, self._clock)
            if demo is not None:
                log.info("the line has invented accounts to try it with", action="demo_accounts", accounts=demo.taken)
            # A commit costs milliseconds whatever it holds; who is told something waits for `durable`, not for this.
            journal = Journal(store, node=settings.node, clock=self._clock, gather_seconds=0.5)
            self._journal = await stack.enter_async_context(journal)
            link = AmiLink(Manager(AMI_USER, places.secret("ami"), port=settings.ports.ami), clock=self._clock)
            witness = Witness()
            witness.watch(link)
            adopt(link, witness, journal, store)
            trunks = TrunkWatch(settings.trunks)
            trunks.watch(link)
            self._link = await stack.enter_async_context(link)
            line = Line(
                dialplan=dialplan,
                speaker=RenderedSpeaker(prompts),
                journal=journal,
                witness=witness,
                desk=TableDesk(store, settings.supplier, clock=self._clock, zone=ZONE),
                ears=await self._ears(stack),
                clock=self._clock,
                zone=ZONE,
                recordings=places.recordings,
            )
            agi = AgiServer("127.0.0.1", settings.ports.agi, line.answer, ServerLimits(calls=settings.max_calls * 2))
            registry.register(Measures(lambda: _figures(agi, link, journal, trunks)))
            # What every caller hears is rendered before the first call is let in; numbers can follow.
            await render_fallback(prompts, places)
            for text in dialplan.texts():
                await prompts.render(text)
            await agi.start()
            stack.push_async_callback(agi.close, 2.0)
            warming = asyncio.create_task(prompts.warm(), name="prompts: numbers")
            stack.callback(warming.cancel)
            # What is there now stays for ever: the collector need not look at it at every turn (a fifth of our time).
            gc.collect()
            gc.freeze()
            gc.set_threshold(20_000, 20, 20)
            self._starting = False
            log.info("the line answers", action="ready", supplier=settings.supplier)
            await self._stop.wait()
            self._starting = True

    async def _ears(self, stack: AsyncExitStack) -> Ears | None:
        """What calls are heard with; None when there is no model to hear with, and keys must do."""
        pool = DecodingPool(capacity=self._settings.max_calls)
        stack.push_async_callback(pool.aclose)
        try:
            recognizer = await VoskRecognizer.load(choose(), pool)
        except ModelBroken as error:
            log.error("the line cannot hear and asks for keys", action="no_model", error=str(error))
            return None
        server = AudioServer("127.0.0.1", self._settings.ports.audio)
        await server.start()
        stack.push_async_callback(server.close)
        return Ears(server, recognizer)

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


def _figures(agi: AgiServer, link: AmiLink, journal: Journal, trunks: TrunkWatch) -> Iterator[Figure]:
    yield Figure("calls", "Calls in the service now", agi.calls)
    yield Figure("calls_total", "Calls the service was given", agi.stats.calls)
    yield Figure("calls_failed_total", "Calls that fell back to the operators for a fault of ours", agi.stats.failed)
    yield Figure("calls_refused_total", "Calls beyond the limit", agi.stats.refused)
    yield Figure("agi_garbage_total", "Connections that were no calls", agi.stats.garbage)
    yield Figure("ami_up", "Whether there is a link to Asterisk's manager", float(link.connected))
    yield Figure("journal_waiting", "Events not yet committed", journal.waiting)
    yield Figure("journal_lost_total", "Events that found no room", journal.lost)
    for name, trunk in trunks.known.items():
        yield Figure("trunk_up", "Whether a carrier's trunk takes calls", float(trunk.usable), {"trunk": name})
        if trunk.roundtrip is not None:
            meaning = "How long a carrier takes to answer OPTIONS"
            yield Figure("trunk_roundtrip_seconds", meaning, trunk.roundtrip, {"trunk": name})
