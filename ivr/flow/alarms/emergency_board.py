"""The board of a running service: what is on the air of all suppliers, from their files and from commands.

It hears of a command by the news and of a file by looking at it each second; whatever cannot be read leaves on the air
what was there. Expiry needs no looking: every question carries its instant.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ivr.clock import Clock
from ivr.flow.alarms.emergencies import Emergency, on_air, on_air_for
from ivr.flow.alarms.emergencies_file import Known, WatchedFile
from ivr.flow.alarms.emergencies_store import NEWS, in_force
from ivr.flow.finding import Finding
from ivr.flow.supplier.supplier_settings import SupplierSettings
from ivr.prompts import NotSpeakable, NoVoice, VoiceFailed
from ivr.store import Store
from ivr.store.news import Item, Reader

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
ASK_AGAIN_EVERY = 30.0
"""The table is asked again this often without any news, so that even lost news are made up for within a minute."""
_AWAY = (SQLAlchemyError, OSError, TimeoutError)
_UNSAID = (NotSpeakable, NoVoice, VoiceFailed, OSError)

Prepare = Callable[[str], Awaitable[object]]
"""Renders a text, so that the first caller need not wait for it; raises what `Prompts.render` raises."""


class EmergencyBoard:
    def __init__(self, store: Store, clock: Clock, prepare: Prepare | None = None) -> None:
        self._store, self._clock, self._prepare = store, clock, prepare
        self._files: dict[str, WatchedFile] = {}
        self._commanded: dict[str, tuple[Emergency, ...]] = {}
        self._due: dict[str, float] = {}
        self._told: dict[str, tuple[Emergency, ...]] = {}
        self._ready: set[Emergency] = set()
        self._unsaid: dict[Emergency, float] = {}
        """What could not be rendered, and when that is tried again; until then it is not said."""

    def know(self, settings: SupplierSettings, folder: Path) -> None:
        """Keep a supplier's announcements from now on, or go by its newly published settings. `folder` is where its
        admins write: the file is no part of a version."""
        slug, known = settings.slug, Known(tuple(settings.territories), settings.queues)
        before = self._files.get(slug)
        if before is not None and (before.folder, before.zone, before.known) == (folder, settings.zone, known):
            return
        last_good = before.emergencies if before is not None else ()
        self._files[slug] = WatchedFile(folder, settings.zone, known, last_good)
        self._due[slug] = float("-inf")

    def heard(self, item: Item) -> None:
        """News came; what they are about is read at the next `keep_up`."""
        if item.topic == NEWS and item.supplier in self._files:
            self._due[item.supplier] = float("-inf")

    async def keep_up(self) -> None:
        """Do what is due. Never raises: what cannot be read leaves on the air what is there."""
        for slug in list(self._files):
            await self._look_at_file(slug)
            if self._clock.monotonic() >= self._due[slug]:
                await self._ask_table(slug)
            await self._make_ready(slug)
            self._tell(slug)

    async def follow(self, reader: Reader) -> None:
        """Keep up for ever; `reader` was started before the first `keep_up`."""
        while True:
            try:
                for item in await reader.fetch() if reader.due else ():
                    self.heard(item)
            except _AWAY as error:
                log.error("no news can be read; announcements stay", action="news_away", error=str(error))
            await self.keep_up()
            await reader.pause(self._clock, LOOK_EVERY)

    # -- questions -----------------------------------------------------------------------------------------------

    def all(self, supplier: str) -> tuple[Emergency, ...]:
        """Everything that is or will be on the air. A command wins over a file's announcement of the same name."""
        return tuple(one for one in self._wanted(supplier) if self._prepare is None or one in self._ready)

    def on_air(
        self,
        supplier: str,
        instant: datetime,
        territory: str | None = None,
        street: str | None = None,
        queue: str | None = None,
    ) -> tuple[Emergency, ...]:
        return on_air(self.all(supplier), instant, territory, street, queue)

    def on_air_for(
        self, supplier: str, instant: datetime, places: Iterable[tuple[str, str]], queue: str | None = None
    ) -> tuple[Emergency, ...]:
        return on_air_for(self.all(supplier), instant, places, queue)

    def active(self, instant: datetime) -> dict[str, int]:
        """How many are on the air of each supplier, whoever they concern."""
        return {slug: sum(one.active(instant) for one in self.all(slug)) for slug in self._files}

    def findings(self) -> Mapping[str, list[Finding]]:
        """What is wrong with the suppliers' files now."""
        return {slug: file.findings for slug, file in self._files.items() if file.findings}

    def _wanted(self, supplier: str) -> tuple[Emergency, ...]:
        commanded = self._commanded.get(supplier, ())
        names = {one.name for one in commanded}
        file = self._files.get(supplier)
        written = file.emergencies if file is not None else ()
        return (*commanded, *(one for one in written if one.name not in names))

    # -- reading -------------------------------------------------------------------------------------------------

    async def _look_at_file(self, slug: str) -> None:
        file = self._files[slug]
        if not await asyncio.to_thread(file.look, self._clock.now()):
            return
        wrong = [str(finding) for finding in file.findings if finding.is_error]
        if wrong:
            log.error(
                "the file of emergencies is faulty; what was on the air stays",
                action="emergencies_refused", supplier=slug, findings=wrong, on_air=len(file.emergencies),
            )  # fmt: skip

    async def _ask_table(self, slug: str) -> None:
        try:
            kept = await in_force(self._store, slug, self._clock.now())
        except _AWAY as error:
            self._due[slug] = self._clock.monotonic() + LOOK_EVERY * 5
            log.error(
                "emergencies cannot be read; they stay", action="emergencies_away", supplier=slug, error=str(error)
            )
            return
        self._due[slug] = self._clock.monotonic() + ASK_AGAIN_EVERY
        self._commanded[slug] = tuple(one.emergency for one in kept)

    async def _make_ready(self, slug: str) -> None:
        if self._prepare is None:
            return
        now = self._clock.monotonic()
        for one in self._wanted(slug):
            if one in self._ready or self._unsaid.get(one, now) > now:
                continue
            try:
                await self._prepare(one.words(self._clock.now(), self._files[slug].zone))
            except _UNSAID as error:
                self._unsaid[one] = now + ASK_AGAIN_EVERY
                log.error(
                    "an emergency cannot be spoken and is not said",
                    action="emergency_unsaid", supplier=slug, name=one.name, error=str(error),
                )  # fmt: skip
            else:
                self._ready.add(one)
        wanted = {one for each in self._files for one in self._wanted(each)}
        self._ready &= wanted
        self._unsaid = {one: at for one, at in self._unsaid.items() if one in wanted}

    def _tell(self, slug: str) -> None:
        found = self.all(slug)
        if found != self._told.get(slug, ()):
            names = [one.name for one in found]
            log.info("other emergencies are on the air", action="emergencies_on_air", supplier=slug, names=names)
        self._told[slug] = found
