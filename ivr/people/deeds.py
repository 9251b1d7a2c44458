"""Who did what, when and why, with what was before and after: written with the deed itself, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.ids import new_id
from ivr.people.tables import deeds
from ivr.store import Store


@dataclass(frozen=True, slots=True)
class Deed:
    id: UUID
    at: datetime
    who: str
    supplier: str | None
    action: str
    subject: str
    why: str
    before: Any
    after: Any


def changes(deed: Deed) -> list[tuple[str, str, str]]:
    """What was made other: the name of it, before and after, as text; what stayed is left out."""
    before, after = (side if isinstance(side, dict) else {} for side in (deed.before, deed.after))
    return [
        (name, _text(before.get(name)), _text(after.get(name)))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    ]


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "да" if value else "нет"
        case list():
            return ", ".join(_text(item) for item in value) or "—"
    return str(value)


async def write_deed(
    connection: AsyncConnection,
    at: datetime,
    who: str,
    supplier: str | None,
    action: str,
    subject: str,
    why: str = "",
    *,
    before: object = None,
    after: object = None,
) -> None:
    """In the transaction of what is done, so that neither is there without the other."""
    await connection.execute(
        deeds.insert().values(
            id=new_id(at), at=at, who=who, supplier=supplier, action=action, subject=subject, why=why,
            before=before, after=after,
        )
    )  # fmt: skip


class Deeds:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def latest(
        self, suppliers: Sequence[str] = (), *, before: datetime | None = None, most: int = 100
    ) -> list[Deed]:
        """The newest first; of these suppliers and of the whole line. No supplier named: all."""
        query = select(deeds).order_by(deeds.c.at.desc(), deeds.c.id.desc()).limit(most)
        if suppliers:
            query = query.where(or_(deeds.c.supplier.in_(suppliers), deeds.c.supplier.is_(None)))
        if before is not None:
            query = query.where(deeds.c.at < before)
        async with self._store.reading() as connection:
            return [Deed(*row) for row in await connection.execute(query)]
