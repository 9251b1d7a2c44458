"""Windows, outages and territories: the file is the complete list, and replaces the one that was there."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, insert

from ivr.billing.files.storing import stored
from ivr.billing.tables import outages, territories, windows
from ivr.store import Store

_TABLES = {"windows": windows, "outages": outages, "territories": territories}


async def replace_whole(store: Store, supplier: str, what: str, lines: Sequence[Any]) -> None:
    """In one transaction. Raises `StoreError`."""
    table = _TABLES[what]
    rows = [{"supplier": supplier, **asdict(line)} for line in lines]
    async with stored(store) as connection:
        await connection.execute(delete(table).where(table.c.supplier == supplier))
        if rows:
            await connection.execute(insert(table), rows)
