"""Takes in what Asterisk has recorded: finished talks become files in the index, what was left over by a crash too.

It looks into `recordings/live` every few seconds; the names there say everything (`ivr.recordings.live_name`), so it
needs to have heard of nothing. A file goes away there only after its finished form is on disk and in the index.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from ivr.clock import Clock
from ivr.recordings.finish import digest_of, finish
from ivr.recordings.index import Index, Recording
from ivr.recordings.live_name import SUFFIX, UNKNOWN, LiveName, read_live_name
from ivr.recordings.rules import NOTHING, Rules
from ivr.recordings.space import Room, free_bytes
from ivr.store.engine import reason

log = structlog.get_logger(__name__)

LIVE = "live"
VOICEMAIL = "voicemail"
SWEEP_SECONDS = 2.0
VOICEMAIL_EVERY = 15
"""Messages that callers leave are looked for in every so many sweeps."""
STILL_SECONDS = 1.0
"""So long nothing was written to a file whose call is over: Asterisk has let go of it."""
LONGEST = timedelta(hours=3)
"""A file this old whose call nobody knows is over: no call lasts so long."""
_VOICEMAILS = UUID("5e0b3f0c-5d0f-4f5f-9a63-0b3f5e0b0c5e")

Ended = Callable[[str], bool]
"""Whether the channel with this Uniqueid has hung up, as far as is known."""
RulesOf = Callable[[str], Rules]


class Keeper:
    def __init__(
        self,
        index: Index,
        clock: Clock,
        *,
        ended: Ended,
        rules: RulesOf,
        keep_free: int,
        no_room: Callable[[], Awaitable[None]],
    ) -> None:
        """`no_room` ends what is being recorded when the disk has filled up."""
        self._index, self._clock = index, clock
        self._ended, self._rules, self._no_room = ended, rules, no_room
        self._told: set[str] = set()
        """Files that were complained of already."""
        self._voicemails: set[str] = set()
        self.room = Room(keep_free)
        self.kept = 0
        self.dropped = 0
        self.live = 0

    @property
    def folder(self) -> Path:
        return self._index.folder

    async def run(self) -> None:
        sweeps = 0
        while True:
            try:
                await self.look_at_the_disk()
                await self.sweep()
                if sweeps % VOICEMAIL_EVERY == 0:
                    await self.sweep_voicemails()
            except (DBAPIError, NoConnection) as error:
                log.warning("recordings wait for the database", action="recordings.away", why=reason(error))
            except OSError as error:
                log.error("recordings cannot be taken in", action="recordings.fault", why=str(error))
            sweeps += 1
            await asyncio.sleep(SWEEP_SECONDS)

    async def look_at_the_disk(self) -> None:
        if not self.room.told(free_bytes(self.folder)):
            return
        told = {"free_mb": self.room.free >> 20, "limit_mb": self.room.keep_free >> 20}
        if self.room.enough:
            log.warning("talks are recorded again", action="recordings.room", **told)
        else:
            log.error("the disk is nearly full: nothing is recorded, calls go on", action="recordings.no_room", **told)
            await self._no_room()

    async def sweep(self) -> int:
        """Take in what is over; how many recordings that made."""
        taken = self.live = 0
        for path in sorted((self.folder / LIVE).glob(f"*{SUFFIX}")):
            name = read_live_name(path.stem)
            if name is None:
                self._complain(path, "its name is none of ours")
            elif self._is_over(name, path):
                taken += await self._take_in(name, path)
            else:
                self.live += 1
        return taken

    def _is_over(self, name: LiveName, path: Path) -> bool:
        try:
            written = path.stat().st_mtime
        except FileNotFoundError:
            return False
        if time.time() - written < STILL_SECONDS:
            return False
        return self._ended(name.uniqueid) or datetime.fromtimestamp(written, UTC) < self._clock.now() - LONGEST

    async def _take_in(self, name: LiveName, raw: Path) -> bool:
        supplier, file = name.supplier or UNKNOWN, name.file
        finished = await asyncio.to_thread(finish, raw, self.folder / file, swapped=name.what == "leg")
        if finished is None:
            self.dropped += 1
            await asyncio.to_thread(raw.unlink)
            return False
        kind = self._rules(supplier).kind(name.what, name.part)
        began = name.began
        ended = max(finished.written, began + timedelta(seconds=finished.seconds))
        one = Recording(
            name.id, supplier, name.call, name.uniqueid, kind, name.part, began, ended, file, finished.bytes,
            finished.sha256, channels=2,
        )  # fmt: skip
        added = await self._index.add(one)
        await asyncio.to_thread(raw.unlink)
        self.kept += added
        call = str(name.call) if name.call else None
        log.info(
            "a talk is kept", action="recordings.kept", call=call, supplier=supplier, kind=kind, bytes=finished.bytes
        )
        return added

    async def sweep_voicemails(self) -> int:
        """Take in messages that callers have left; Asterisk writes them whole, so only the index is to be made."""
        taken = 0
        for path in self._new_voicemails():
            supplier, call, uniqueid = _of_voicemail(path.stem)
            file = f"{VOICEMAIL}/{path.name}"
            if not await self._index.has_file(file):
                found = path.stat()
                ended = datetime.fromtimestamp(found.st_mtime, UTC)
                started = ended - timedelta(seconds=max(found.st_size - 44, 0) / 16000)
                sha256 = await asyncio.to_thread(digest_of, path)
                one = Recording(
                    uuid5(_VOICEMAILS, path.name), supplier, call, uniqueid, "voicemail", "", started, ended, file,
                    found.st_size, sha256, channels=1,
                )  # fmt: skip
                taken += await self._index.add(one)
            self._voicemails.add(path.name)
        return taken

    def _new_voicemails(self) -> Iterator[Path]:
        there = set()
        for path in sorted((self.folder / VOICEMAIL).glob("*.wav")):
            there.add(path.name)
            if path.name in self._voicemails:
                continue
            age = time.time() - path.stat().st_mtime
            if age > STILL_SECONDS * 5:
                yield path
        self._voicemails &= there

    def _complain(self, path: Path, why: str) -> None:
        if path.name not in self._told:
            self._told.add(path.name)
            log.warning(
                "a file among the recordings is left alone", action="recordings.strange", file=str(path), why=why
            )


def _of_voicemail(stem: str) -> tuple[str, UUID | None, str]:
    """Supplier, call and Uniqueid out of `<supplier>~<call>~<uniqueid>`; older ones had only the last."""
    parts = stem.split("~")
    if len(parts) < 3:
        return UNKNOWN, _uuid(stem), stem
    return parts[0] or UNKNOWN, _uuid(parts[1]), parts[2]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def rules_from(known: dict[str, Rules]) -> RulesOf:
    """The rules of suppliers as their editions said last; of others nothing is known."""
    return lambda supplier: known.get(supplier, NOTHING)
