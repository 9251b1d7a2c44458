"""The versions of every supplier's dialplan: what was published, by whom, when and why, and which one is live.

A version is the exact contents of a folder under a number of its supplier's own: 1, 2, 3… Nothing here is ever changed
or taken away; a rollback is a new version with old contents. The pointer to the live one moves in the transaction that
writes the version, and the running service hears of it by the news. Whether a dialplan is good is asked before:
`ivr.flow.published.publishing`.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, text, union
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.clock import Clock
from ivr.flow.published import version_tables as tables
from ivr.flow.published.contents import Contents
from ivr.flow.published.trial import Checked, Tried
from ivr.flow.published.version import (
    Draft,
    MovedOn,
    NothingChanged,
    NumberTaken,
    Version,
    VersionsError,
    target_of,
)
from ivr.flow.supplier.suppliers import canonical
from ivr.store import Store
from ivr.store.news import post

NEWS = "dialplan"
"""The topic: a supplier's live version or draft is another one now."""
LONGEST_WHY = 2000
LONGEST_WHO = 100
_ADVISORY_LOCK = 0x67_70_75_62  # "gpub"
_COLUMNS = tuple(column.name for column in tables.versions.c)


class Versions:
    """The versions in one database."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self.clock = store, clock

    # -- looking -------------------------------------------------------------------------------------------------

    async def suppliers(self) -> list[str]:
        """Those who have published, and those who have only put a draft on its line."""
        known = union(select(tables.live.c.supplier), select(tables.drafts.c.supplier))
        async with self._store.reading() as connection:
            return sorted((await connection.execute(known)).scalars())

    async def live(self, supplier: str) -> Version | None:
        async with self._store.reading() as connection:
            return await _live(connection, supplier)

    async def history(self, supplier: str) -> list[Version]:
        """Newest first."""
        query = select(tables.versions).where(tables.versions.c.supplier == supplier)
        async with self._store.reading() as connection:
            rows = await connection.execute(query.order_by(tables.versions.c.number.desc()))
            return [_version(row) for row in rows]

    async def version(self, supplier: str, number: int) -> Version:
        async with self._store.reading() as connection:
            return await _version_of(connection, supplier, number)

    async def hashes(self, supplier: str, digest: str) -> dict[str, str]:
        """The SHA-256 of every file by its path."""
        query = select(tables.contents.c.path, tables.contents.c.sha256).where(
            tables.contents.c.supplier == supplier, tables.contents.c.digest == digest
        )
        async with self._store.reading() as connection:
            return {row.path: row.sha256 for row in await connection.execute(query.order_by(tables.contents.c.path))}

    async def contents(self, supplier: str, digest: str) -> Contents:
        """The files themselves, compared with their hashes."""
        blobs, held = tables.blobs, tables.contents
        query = (
            select(held.c.path, blobs.c.content)
            .join(blobs, (blobs.c.supplier == held.c.supplier) & (blobs.c.sha256 == held.c.sha256))
            .where(held.c.supplier == supplier, held.c.digest == digest)
        )
        async with self._store.reading() as connection:
            found = Contents({row.path: bytes(row.content) for row in await connection.execute(query)})
        if found.digest != digest:
            raise VersionsError(
                f"the database does not hold what was published ({supplier}, {digest[:12]}): restore it"
            )
        return found

    async def draft(self, supplier: str) -> Draft | None:
        async with self._store.reading() as connection:
            query = select(tables.drafts).where(tables.drafts.c.supplier == supplier)
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Draft(row.supplier, row.digest, row.at, row.who, row.base)

    # -- publishing ----------------------------------------------------------------------------------------------

    async def publish(
        self,
        supplier: str,
        contents: Contents,
        *,
        who: str,
        why: str,
        base: int | None,
        numbers: Iterable[str],
        checked: Checked,
        tried: Tried,
        force: bool = False,
    ) -> Version:
        """Make the contents the live version, or raise: `NothingChanged`, `MovedOn`, `NumberTaken`."""
        who, why = _said(who, why)
        async with self._writing() as connection:
            live = await _live(connection, supplier)
            if live is not None and live.digest == contents.digest:
                raise NothingChanged(live)
            moved = live is not None and not await _stands_for(connection, supplier, base, live)
            if live is not None and moved and not force:
                raise MovedOn(supplier, base, live, await _since(connection, supplier, base))
            await self._keep(connection, supplier, contents)
            version = Version(
                supplier, await _next_number(connection, supplier), contents.digest, self.clock.now(), who, why,
                live.number if live else None, base, None, moved, checked, tried,
            )  # fmt: skip
            await self._put_live(connection, version, numbers)
            return version

    async def roll_back(
        self, supplier: str, to: int | None, *, who: str, why: str, numbers: Iterable[str], checked: Checked
    ) -> Version:
        """Bring the contents of an earlier version back, as a new version; without `to` what was live before."""
        who, why = _said(who, why)
        async with self._writing() as connection:
            live = await _live(connection, supplier)
            if live is None:
                raise VersionsError(f"nothing of {supplier} was published yet: `gudok publish` does it")
            earlier = await _version_of(connection, supplier, target_of(live, to))
            if earlier.digest == live.digest:
                raise NothingChanged(live)
            tried = Tried(not_run=f"they were at version {earlier.number}")
            version = Version(
                supplier, await _next_number(connection, supplier), earlier.digest, self.clock.now(), who, why,
                live.number, None, earlier.number, False, checked, tried,
            )  # fmt: skip
            await self._put_live(connection, version, numbers)
            return version

    async def put_draft(self, supplier: str, contents: Contents, *, who: str, base: int | None) -> Draft:
        """Let the draft line ring these contents; whatever draft was there goes."""
        who, _ = _said(who, "-")
        draft = Draft(supplier, contents.digest, self.clock.now(), who, base)
        async with self._writing() as connection:
            await self._keep(connection, supplier, contents)
            await connection.execute(delete(tables.drafts).where(tables.drafts.c.supplier == supplier))
            values = {"supplier": supplier, "digest": draft.digest, "at": draft.at, "who": who, "base": base}
            await connection.execute(insert(tables.drafts).values(values))
            await _sweep(connection, supplier)
            await post(connection, NEWS, at=draft.at, supplier=supplier, draft=draft.digest, who=who)
        return draft

    async def drop_draft(self, supplier: str, *, who: str) -> bool:
        """Take the draft off its line; False if there was none."""
        async with self._writing() as connection:
            gone = await connection.execute(delete(tables.drafts).where(tables.drafts.c.supplier == supplier))
            if not gone.rowcount:
                return False
            await _sweep(connection, supplier)
            await post(connection, NEWS, at=self.clock.now(), supplier=supplier, draft=None, who=who)
            return True

    # -- within a transaction ------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction in which nobody else publishes anything."""
        async with self._store.writing() as connection:
            if self._store.dialect == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            yield connection

    async def _keep(self, connection: AsyncConnection, supplier: str, contents: Contents) -> None:
        """Store the files that are not there yet."""
        blobs, held = tables.blobs, tables.contents
        there = set((await connection.execute(select(blobs.c.sha256).where(blobs.c.supplier == supplier))).scalars())
        new = {sha: contents.files[path] for path, sha in contents.hashes.items() if sha not in there}
        for sha, content in new.items():
            await connection.execute(insert(blobs).values(supplier=supplier, sha256=sha, content=content))
        rows = [
            {"supplier": supplier, "digest": contents.digest, "path": path, "sha256": sha}
            for path, sha in contents.hashes.items()
        ]
        await connection.execute(self._store.insert(held).on_conflict_do_nothing(), rows)

    async def _put_live(self, connection: AsyncConnection, version: Version, numbers: Iterable[str]) -> None:
        values = {name: getattr(version, name) for name in _COLUMNS}
        values |= {"checked": version.checked.kept(), "tried": version.tried.kept()}
        await connection.execute(insert(tables.versions).values(values))
        pointer = self._store.insert(tables.live).values(supplier=version.supplier, number=version.number)
        await connection.execute(
            pointer.on_conflict_do_update(index_elements=["supplier"], set_={"number": version.number})
        )
        await self._answer(connection, version.supplier, numbers)
        drafts = tables.drafts
        same = (drafts.c.supplier == version.supplier) & (drafts.c.digest == version.digest)
        await connection.execute(delete(drafts).where(same))
        await post(
            connection, NEWS, at=version.at, supplier=version.supplier, version=version.number, who=version.who
        )  # fmt: skip

    async def _answer(self, connection: AsyncConnection, supplier: str, wanted: Iterable[str]) -> None:
        """Give the supplier exactly these numbers."""
        table = tables.numbers
        await connection.execute(delete(table).where(table.c.supplier == supplier))
        forms = {canonical(number): number for number in wanted}
        taken = select(table).where(table.c.number.in_(forms)).limit(1)
        other = (await connection.execute(taken)).one_or_none()
        if other is not None:
            raise NumberTaken(forms[other.number], other.supplier)
        if forms:
            await connection.execute(insert(table), [{"number": form, "supplier": supplier} for form in forms])


def _said(who: str, why: str) -> tuple[str, str]:
    who, why = " ".join(who.split()), why.strip()
    if not who or len(who) > LONGEST_WHO:
        raise VersionsError(f"say who publishes: a name of at most {LONGEST_WHO} letters (--as)")
    if not why or len(why) > LONGEST_WHY:
        raise VersionsError(f"say why: a sentence or two, at most {LONGEST_WHY} letters (--why)")
    return who, why


async def _live(connection: AsyncConnection, supplier: str) -> Version | None:
    live, versions = tables.live, tables.versions
    joined = (versions.c.supplier == live.c.supplier) & (versions.c.number == live.c.number)
    query = select(versions).join(live, joined).where(live.c.supplier == supplier)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _version(row)


async def _version_of(connection: AsyncConnection, supplier: str, number: int) -> Version:
    versions = tables.versions
    query = select(versions).where(versions.c.supplier == supplier, versions.c.number == number)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        last = await _next_number(connection, supplier) - 1
        there = f"there are 1 to {last}" if last else "nothing was published yet"
        raise VersionsError(f"there is no version {number} of {supplier}: {there}")
    return _version(row)


async def _since(connection: AsyncConnection, supplier: str, base: int | None) -> list[Version]:
    versions = tables.versions
    query = select(versions).where(versions.c.supplier == supplier, versions.c.number > (base or 0))
    return [_version(row) for row in await connection.execute(query.order_by(versions.c.number.desc()))]


async def _stands_for(connection: AsyncConnection, supplier: str, base: int | None, live: Version) -> bool:
    """Whether an editor who began with `base` has seen what is live."""
    if base is None:
        return False
    return base == live.number or (await _version_of(connection, supplier, base)).digest == live.digest


async def _next_number(connection: AsyncConnection, supplier: str) -> int:
    versions = tables.versions
    query = select(func.coalesce(func.max(versions.c.number), 0)).where(versions.c.supplier == supplier)
    return int((await connection.execute(query)).scalar_one()) + 1


async def _sweep(connection: AsyncConnection, supplier: str) -> None:
    """Forget the files of drafts that were replaced; what was ever published stays."""
    held, blobs = tables.contents, tables.blobs
    published = select(tables.versions.c.digest).where(tables.versions.c.supplier == supplier)
    drafted = select(tables.drafts.c.digest).where(tables.drafts.c.supplier == supplier)
    await connection.execute(
        delete(held).where(
            held.c.supplier == supplier, held.c.digest.not_in(published), held.c.digest.not_in(drafted)
        )
    )  # fmt: skip
    used = select(held.c.sha256).where(held.c.supplier == supplier)
    await connection.execute(delete(blobs).where(blobs.c.supplier == supplier, blobs.c.sha256.not_in(used)))


def _version(row: Row[Any]) -> Version:
    checked, tried = row.checked, row.tried
    return Version(
        row.supplier, row.number, row.digest, row.at, row.who, row.why, row.parent, row.base, row.restores, row.forced,
        Checked(checked["errors"], checked["warnings"], checked["codes"]),
        Tried(tried["passed"], tuple(tried["failed"]), tried["not_run"]),
    )  # fmt: skip
