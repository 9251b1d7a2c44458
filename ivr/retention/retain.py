"""One run of retention for a supplier: each kind up to its instant, a few at a time, and where it broke off it goes on.

How far each kind has come is kept, so that a run looks only at what has come of age since the last one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Table, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.billing.tables import bad_tries, drafts, readings, requests, secret_tries
from ivr.call.manner_tables import manners
from ivr.clock import Clock
from ivr.messages.tables import messages
from ivr.outbound.tables import OPEN as OPEN_CALLBACKS
from ivr.outbound.tables import callbacks
from ivr.outbox.tables import outbox
from ivr.recordings.index import Index
from ivr.retention import calls
from ivr.retention.keeping_time import Days, recordings_before
from ivr.retention.pseudonym import MARK, Pseudonyms
from ivr.retention.tables import retained
from ivr.store import Store

log = structlog.get_logger(__name__)

AT_ONCE = 100
BREATH_SECONDS = 0.02
"""Between lots: calls and the journal come first."""
TRIES_KEPT = timedelta(days=30)

Kind = Literal["words", "contacts"]


@dataclass(slots=True)
class Done:
    """How much of each kind has come of age, or was seen to."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, count: int) -> None:
        self.counts[what] = self.counts.get(what, 0) + count


class Retention:
    def __init__(self, store: Store, index: Index, key: str, clock: Clock) -> None:
        """`key` makes the pseudonyms: whoever has it can find out whose they are."""
        self._store, self._index, self._key, self._clock = store, index, key, clock

    def names(self, supplier: str) -> Pseudonyms:
        return Pseudonyms(self._key, supplier)

    async def run(self, supplier: str, days: Days, *, dry: bool = False) -> Done:
        """`dry`: only count what has come of age."""
        now, done = self._clock.now(), Done()
        await self._recordings(supplier, days, now, done, dry)
        await self._calls(supplier, "words", now - timedelta(days=days.transcripts), done, dry)
        await self._calls(supplier, "contacts", now - timedelta(days=days.contacts), done, dry)
        before = now - timedelta(days=days.messages)
        for what, table, where, change in self._rows(supplier, days, now, before):
            done.add(what, await self._rows_done(supplier, table, where, change, dry))
        if not dry:
            gone = await self._index.forget_tombstones(supplier, now - timedelta(days=days.contacts))
            done.add("recordings no longer counted", gone)
            told = {name.replace(" ", "_"): count for name, count in done.counts.items() if count}
            log.info("what has come of age is seen to", action="retention", supplier=supplier, **told)
        return done

    # -- recordings ----------------------------------------------------------------------------------------------

    async def _recordings(self, supplier: str, days: Days, now: datetime, done: Done, dry: bool) -> None:
        before = recordings_before(days, now)
        if dry:
            done.add("recordings deleted", await self._index.count_due(supplier, before))
            return
        while due := await self._index.due(supplier, before, AT_ONCE):
            for one in due:
                await self._index.delete(one)
            done.add("recordings deleted", len(due))
            await asyncio.sleep(BREATH_SECONDS)

    # -- calls ---------------------------------------------------------------------------------------------------

    async def _calls(self, supplier: str, kind: Kind, until: datetime, done: Done, dry: bool) -> None:
        what = "calls without their words" if kind == "words" else "calls under a pseudonym"
        since = await self.through(supplier, kind)
        if dry:
            done.add(what, await calls.count_arrived(self._store, supplier, since, until))
            return
        before: set[UUID] = set()
        while some := await calls.arrived(self._store, supplier, since, until, AT_ONCE):
            ids = [row.call for row in some]
            # A whole lot may have arrived in one instant: the next one begins after it.
            last = some[-1].at
            since = last if last != since and len(some) == AT_ONCE else last + timedelta(microseconds=1)
            async with self._store.writing() as connection:
                await calls.delete_words(connection, ids)
                if kind == "contacts":
                    await calls.name_nobody(connection, ids, self.names(supplier))
                await self._note(connection, supplier, kind, since)
            done.add(what, len(set(ids) - before))
            before = set(ids)
            await asyncio.sleep(BREATH_SECONDS)
        async with self._store.writing() as connection:
            await self._note(connection, supplier, kind, max(until, since or until))

    async def through(self, supplier: str, kind: str) -> datetime | None:
        """What arrived before is done."""
        query = select(retained.c.through).where(retained.c.supplier == supplier, retained.c.kind == kind)
        async with self._store.reading() as connection:
            found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    async def last_run(self, supplier: str) -> datetime | None:
        query = select(func.max(retained.c.run_at)).where(retained.c.supplier == supplier)
        async with self._store.reading() as connection:
            found: datetime | None = (await connection.execute(query)).scalar()
        return found

    async def _note(self, connection: AsyncConnection, supplier: str, kind: str, through: datetime) -> None:
        row = {"supplier": supplier, "kind": kind, "through": through, "run_at": self._clock.now()}
        statement = self._store.insert(retained).values(row)
        changed = {name: row[name] for name in ("through", "run_at")}
        await connection.execute(statement.on_conflict_do_update(index_elements=["supplier", "kind"], set_=changed))

    # -- rows of other rooms -------------------------------------------------------------------------------------

    def _rows(
        self, supplier: str, days: Days, now: datetime, before: datetime
    ) -> "list[tuple[str, Table, ColumnElement[bool], Change]]":
        contacts_before = now - timedelta(days=days.contacts)
        names = self.names(supplier)

        def named(*columns: tuple[str, str], empty: tuple[str, ...] = ()) -> Change:
            async def change(connection: AsyncConnection, table: Table, row: Any) -> None:
                values = {column: names.maybe(what, getattr(row, column)) for column, what in columns}
                key = [column == getattr(row, column.name) for column in table.primary_key.columns]
                await connection.execute(update(table).where(*key).values(**values, **dict.fromkeys(empty, "")))

            return change

        def clear(table: Table, column: str) -> ColumnElement[bool]:
            return and_(table.c[column].is_not(None), table.c[column] != "", table.c[column].not_like(f"{MARK}%"))

        return [
            ("drafts deleted", drafts, drafts.c.at < now - timedelta(days=days.drafts), None),
            ("messages emptied", messages, and_(messages.c.at < before, clear(messages, "address")),
             named(("address", "phone"), ("account", "account"), empty=("text", "subject"))),
            ("callbacks under a pseudonym", callbacks,
             and_(callbacks.c.requested_at < contacts_before, clear(callbacks, "phone"),
                  callbacks.c.state.not_in(OPEN_CALLBACKS)),
             named(("phone", "phone"), ("account", "account"), empty=("topic",))),
            ("requests under a pseudonym", requests,
             and_(requests.c.at < contacts_before, clear(requests, "account")),
             named(("account", "account"), ("phone", "phone"), empty=("words",))),
            ("readings under a pseudonym", readings,
             and_(readings.c.at < contacts_before, clear(readings, "account")), named(("account", "account"))),
            ("manners deleted", manners, manners.c.at < contacts_before, None),
            ("tries deleted", bad_tries, bad_tries.c.day < (now - TRIES_KEPT).date(), None),
            ("locks deleted", secret_tries, secret_tries.c.last_at < now - TRIES_KEPT, None),
            ("messages to other systems deleted", outbox,
             and_(outbox.c.state == "set_aside", outbox.c.done_at < before), None),
        ]  # fmt: skip

    async def _rows_done(
        self, supplier: str, table: Table, where: ColumnElement[bool], change: "Change", dry: bool
    ) -> int:
        own = and_(table.c.supplier == supplier, where)
        if dry:
            async with self._store.reading() as connection:
                return int((await connection.execute(select(func.count()).select_from(table).where(own))).scalar_one())
        if change is None:
            async with self._store.writing() as connection:
                return (await connection.execute(delete(table).where(own))).rowcount
        count = 0
        while True:
            async with self._store.writing() as connection:
                rows = (await connection.execute(select(table).where(own).limit(AT_ONCE))).all()
                for row in rows:
                    await change(connection, table, row)
            count += len(rows)
            if len(rows) < AT_ONCE:
                return count
            await asyncio.sleep(BREATH_SECONDS)


Change = Callable[[AsyncConnection, Table, Any], Awaitable[None]] | None
"""What becomes of a row; None: it is deleted."""
