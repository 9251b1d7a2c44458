"""The board of a running service: what is on the air of all suppliers, from their files and from commands.

It hears of a command by the news and of a file by looking at it each second; whatever cannot be read leaves on the air
what was there. Expiry needs no looking: every question carries its instant.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ivr.clock import Clock
from ivr.flow.emergencies import Emergency, on_air, on_air_for
from ivr.flow.emergencies_file import Known, WatchedFile
from ivr.flow.emergencies_store import NEWS, in_force
from ivr.flow.finding import Finding
from ivr.flow.suppliers import Supplier
from ivr.store import Store
from ivr.store.news import Item, Reader

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
ASK_AGAIN_EVERY = 30.0
"""The table is asked again this often without any news, so that even lost news are made up for within a minute."""
_AWAY = (SQLAlchemyError, OSError, TimeoutError)


class EmergencyBoard:
    def __init__(self, store: Store, suppliers: Iterable[Supplier], clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._files: dict[str, WatchedFile] = {}
        self._commanded: dict[str, tuple[Emergency, ...]] = {}
        self._due: dict[str, float] = {}
        self.serve(suppliers)

    def serve(self, suppliers: Iterable[Supplier]) -> None:
        """Take over these suppliers' settings; those that are no longer among them are forgotten."""
        files = {}
        for supplier in suppliers:
            settings = supplier.settings
            known = Known(tuple(settings.territories), tuple(settings.queues))
            same = self._files.get(supplier.slug)
            if same is not None and (same.folder, same.zone, same.known) == (supplier.folder, settings.zone, known):
                files[supplier.slug] = same
                continue
            files[supplier.slug] = WatchedFile(supplier.folder, settings.zone, known)
            self._due[supplier.slug] = float("-inf")
        self._files = files

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

    async def follow(self, reader: Reader) -> None:
        """Keep up for ever; `reader` was started before the first `keep_up`."""
        while True:
            try:
                for item in await reader.fetch():
                    self.heard(item)
            except _AWAY as error:
                log.error("no news can be read; announcements stay", action="news_away", error=str(error))
            await self.keep_up()
            await self._clock.sleep(LOOK_EVERY)

    # -- questions -----------------------------------------------------------------------------------------------

    def all(self, supplier: str) -> tuple[Emergency, ...]:
        """Everything that is or will be on the air. A command wins over a file's announcement of the same name."""
        commanded = self._commanded.get(supplier, ())
        names = {one.name for one in commanded}
        file = self._files.get(supplier)
        written = file.emergencies if file is not None else ()
        return (*commanded, *(one for one in written if one.name not in names))

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

    def findings(self) -> Mapping[str, list[Finding]]:
        """What is wrong with the suppliers' files now."""
        return {slug: file.findings for slug, file in self._files.items() if file.findings}

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
        else:
            names = [one.name for one in file.emergencies]
            log.info("the file of emergencies was read", action="emergencies_file", supplier=slug, names=names)

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
        found = tuple(one.emergency for one in kept)
        if found != self._commanded.get(slug, ()):
            names = [one.name for one in found]
            log.info("emergencies by command changed", action="emergencies_changed", supplier=slug, names=names)
        self._commanded[slug] = found
