"""How a running service keeps up with what is published: news comes, a version is made ready, then it is on the air.

A version that cannot be made ready leaves the old one where it is, loudly. The folder on disk is looked at now and
then, only to say that it is not what is served; with `serve_folder` it is served itself, for who writes a dialplan.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ivr.clock import Clock
from ivr.flow.dialplan import Dialplan
from ivr.flow.load import BadDialplan, load
from ivr.flow.published.contents import UnfitFolder, fingerprint, write_contents
from ivr.flow.published.on_air import OnAir, Place
from ivr.flow.published.on_disk import compare
from ivr.flow.published.publishing import Refused, publish_first
from ivr.flow.published.version import VersionsError
from ivr.flow.published.versions import NEWS, Versions
from ivr.store.news import Item, Reader

log = structlog.get_logger(__name__)

T = TypeVar("T")

LOOK_AT_NEWS = 1.0
LOOK_AT_FOLDER = 5.0
FOLDER_SERVED = 1.0
"""How often a folder that is served itself is looked at."""
TRY_AGAIN = 10.0


@dataclass(frozen=True, slots=True)
class Edition:
    """One dialplan to be served: a published version, a draft on the draft line, or the folder itself."""

    supplier: str
    version: int | None
    """None for what was not published."""
    draft: bool
    """Whether it is on the draft line."""
    dialplan: Dialplan
    folder: Path


class CannotPrepare(Exception):
    """An edition cannot be made ready to be heard; the text says why."""


Prepare = Callable[[Edition], Awaitable[T]]
"""Makes an edition ready (prompts, models) before the first call takes it. Raises `CannotPrepare`."""

_CANNOT = (BadDialplan, CannotPrepare, Refused, UnfitFolder, VersionsError)
_AWAY = (SQLAlchemyError, OSError, TimeoutError)


class Follower(Generic[T]):
    """Keeps one supplier's lines on the air."""

    def __init__(
        self,
        versions: Versions,
        on_air: OnAir[T],
        prepare: Prepare[T],
        *,
        supplier: str,
        folder: Path,
        unpack_in: Path,
        clock: Clock,
        serve_folder: bool = False,
        release: Callable[[T], None] = lambda served: None,
    ) -> None:
        """`release` takes back what an edition was made ready with, once its last call is over."""
        self.supplier = supplier
        self.version: int | None = None
        """What is on the air; None while it is the folder itself."""
        self.refused = 0
        """Times that something published could not be served."""
        self.differs = False
        """Whether the folder on disk is not what is live."""
        self._versions, self._on_air, self._prepare, self._clock = versions, on_air, prepare, clock
        self._release = release
        self._folder, self._unpack_in = folder, unpack_in / supplier
        self.serves_folder = serve_folder
        self._draft: str | None = None
        self._unpacked_so_far = 0
        self._wanted_again_at: float | None = None
        self._looked_at_folder = float("-inf")
        self._seen: object = None
        self._told: object = None

    async def start(self, *, first: bool = True) -> None:
        """Put the line on the air. Raises what keeps it from being served: then there is nothing to fall back on.

        With `first`, a supplier who has never published begins with the folder; else with nothing but its draft.
        """
        await asyncio.to_thread(shutil.rmtree, self._unpack_in, ignore_errors=True)
        if self.serves_folder:
            log.warning(
                "the folder itself is served, not what was published (--draft)",
                action="dialplan_draft",
                supplier=self.supplier,
                folder=str(self._folder),
            )
            self._seen = await asyncio.to_thread(fingerprint, self._folder)
            await self._put_folder()
            return
        if first and await self._versions.live(self.supplier) is None:
            published = await publish_first(self._versions, self._folder)
            log.info(
                "the folder is published", action="dialplan_first", supplier=self.supplier, version=published.number
            )
        await self._follow_live()
        await self._follow_draft_if_it_can()

    def heard(self, item: Item) -> None:
        """Something of this supplier was published; the next `keep_up` brings it."""
        self._wanted_again_at = self._clock.monotonic()

    async def keep_up(self) -> None:
        """Do what is due. Never raises: whatever cannot be served leaves on the air what is there."""
        now = self._clock.monotonic()
        try:
            if not self.serves_folder and self._wanted_again_at is not None and now >= self._wanted_again_at:
                self._wanted_again_at = None
                await self._bring()
            every = FOLDER_SERVED if self.serves_folder else LOOK_AT_FOLDER
            if now - self._looked_at_folder >= every:
                self._looked_at_folder = now
                await self._look_at_folder()
        except _AWAY as error:
            self._wanted_again_at = now + TRY_AGAIN
            log.error(
                "what was published cannot be read now",
                action="dialplan_away",
                supplier=self.supplier,
                error=str(error),
            )

    async def _bring(self) -> None:
        try:
            await self._follow_live()
        except _CANNOT as error:
            self._complain("what was published cannot be served; the line goes on as it was", error)
        await self._follow_draft_if_it_can()

    async def _follow_live(self) -> None:
        live = await self._versions.live(self.supplier)
        if live is None or live.number == self.version:
            return
        began = self._clock.monotonic()
        try:
            edition = await self._unpacked(live.digest, live.number, draft=False)
        except BadDialplan as error:
            # It checked when it was published: an older gudok did that, or somebody past the check.
            raise CannotPrepare(
                f"version {live.number} of {self.supplier} cannot be served by this gudok:\n{error}\n"
                f"mend it: gudok versions {self.supplier} checkout {live.number} DIR, then gudok publish; "
                f"or go back: gudok rollback {self.supplier}"
            ) from error
        await self._put(Place(self.supplier), edition)
        self.version = live.number
        self._seen = None
        now = self._clock.now()
        log.info(
            "on the air",
            action="dialplan_on_air",
            supplier=self.supplier,
            version=live.number,
            who=live.who,
            why=live.why,
            made_ready_seconds=round(self._clock.monotonic() - began, 3),
            since_published_seconds=round((now - live.at).total_seconds(), 3),
        )

    async def _follow_draft_if_it_can(self) -> None:
        try:
            await self._follow_draft()
        except _CANNOT as error:
            self._complain("the draft cannot be rung", error)

    async def _follow_draft(self) -> None:
        draft = await self._versions.draft(self.supplier)
        place = Place(self.supplier, draft=True)
        if draft is None:
            self._on_air.take_off(place)
            self._draft = None
        elif draft.digest != self._draft:
            await self._put(place, await self._unpacked(draft.digest, None, draft=True))
            self._draft = draft.digest
            log.info("a draft can be rung", action="dialplan_draft", supplier=self.supplier, who=draft.who)

    async def _unpacked(self, digest: str, number: int | None, *, draft: bool) -> Edition:
        contents = await self._versions.contents(self.supplier, digest)
        # A name of its own each time: a call may still hold the same contents from before.
        self._unpacked_so_far += 1
        folder = self._unpack_in / f"{self._unpacked_so_far}-{digest[:12]}" / self.supplier
        await asyncio.to_thread(write_contents, contents, folder)
        dialplan = await asyncio.to_thread(load, folder)
        return Edition(self.supplier, number, draft, dialplan, folder)

    async def _put(self, place: Place, edition: Edition) -> None:
        served = await self._prepared(edition)
        unpacked = edition.folder.parent
        mine = unpacked.is_relative_to(self._unpack_in)

        def over() -> None:
            self._release(served)
            if mine:
                _forget(unpacked)

        self._on_air.switch(place, served, over)

    async def _prepared(self, edition: Edition) -> T:
        """The guard of one edition: whatever goes wrong with it, the others and the next one are still followed."""
        try:
            return await self._prepare(edition)
        except (CannotPrepare, *_AWAY):
            raise
        except Exception as fault:
            log.exception("an edition could not be made ready", action="dialplan_prepare", supplier=self.supplier)
            raise CannotPrepare(f"{edition.supplier}: {type(fault).__name__}: {fault}") from fault

    # -- the folder on disk --------------------------------------------------------------------------------------

    async def _put_folder(self) -> None:
        dialplan = await asyncio.to_thread(load, self._folder)
        await self._put(Place(self.supplier), Edition(self.supplier, None, False, dialplan, self._folder))

    async def _look_at_folder(self) -> None:
        seen = await asyncio.to_thread(fingerprint, self._folder)
        if seen == self._seen:
            return
        self._seen = seen
        if self.serves_folder:
            try:
                await self._put_folder()
            except _CANNOT as error:
                self._complain("the folder cannot be served as it is now; the line goes on as it was", error)
            else:
                log.info("the folder is served as it is now", action="dialplan_draft", supplier=self.supplier)
            return
        found = await compare(self._versions, self.supplier, self._folder)
        self.differs = found.differs
        said = str(found)
        if found.differs and said != self._told:
            log.warning(
                "the folder is not what is served", action="dialplan_differs", supplier=self.supplier, found=said,
                mend=found.mend,
            )  # fmt: skip
        self._told = said

    def _complain(self, what: str, error: Exception) -> None:
        self.refused += 1
        log.error(what, action="dialplan_refused", supplier=self.supplier, version=self.version, error=str(error))


def _forget(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


class Followers(Generic[T]):
    """All suppliers of a service: those it starts with, and those that are published while it runs."""

    def __init__(self, versions: Versions, reader: Reader, make: Callable[[str], Follower[T]], clock: Clock) -> None:
        self._versions, self._reader, self._make, self._clock = versions, reader, make, clock
        self._by_supplier: dict[str, Follower[T]] = {}
        self._away = False

    def __iter__(self) -> Iterator[Follower[T]]:
        return iter(self._by_supplier.values())

    async def start(self, needed: str, others: Iterable[str]) -> None:
        """Put them on the air. Without the `needed` one there is no line; one of the others may be lacking.

        `others` have a folder: they are published with it when nobody ever was; later that takes `gudok publish`.
        """
        # Before anything is read: what is published from here on is news.
        await self._reader.start()
        known = await self._versions.suppliers()
        await self._add(needed, first=True)
        for supplier in sorted({*others, *known} - {needed}):
            if supplier in known or not known or self._by_supplier[needed].serves_folder:
                await self._add_if_it_can(supplier, first=not known)
            else:
                log.warning("a folder that was never published is not served", action="dialplan_new", supplier=supplier)

    async def run(self) -> None:
        """Keep all of them up to date, for ever."""
        while True:
            for item in await self._news():
                if item.topic != NEWS or item.supplier is None:
                    continue
                if item.supplier in self._by_supplier:
                    self._by_supplier[item.supplier].heard(item)
                else:
                    await self._add_if_it_can(item.supplier, first=False)
            for follower in self:
                await follower.keep_up()
            await self._reader.pause(self._clock, LOOK_AT_NEWS)

    async def _news(self) -> list[Item]:
        if not self._reader.due:
            return []
        try:
            items = await self._reader.fetch()
        except _AWAY as error:
            if not self._away:
                log.error("no news can be read; the lines go on as they are", action="news_away", error=str(error))
            self._away = True
            return []
        self._away = False
        return items

    async def _add(self, supplier: str, *, first: bool) -> None:
        follower = self._make(supplier)
        await follower.start(first=first)
        self._by_supplier[supplier] = follower

    async def _add_if_it_can(self, supplier: str, *, first: bool) -> None:
        try:
            await self._add(supplier, first=first)
        except _CANNOT as error:
            log.error("a supplier is not served", action="dialplan_refused", supplier=supplier, error=str(error))
        except _AWAY as error:
            log.error("a supplier is not served", action="dialplan_away", supplier=supplier, error=str(error))
