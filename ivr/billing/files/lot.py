"""How lines that belong to accounts are loaded: a look at each line first, then lots of good ones."""

from typing import Any, Protocol

from ivr.billing.files.columns import Layout
from ivr.billing.files.sheets import Reject
from ivr.store import Store

Lot = list[tuple[str, Any]]
"""Lines with where they stand."""


class LotOf(Protocol):
    """One file on its way into its tables."""

    def __init__(self, store: Store, supplier: str, layout: Layout) -> None: ...

    def see(self, line: Any) -> None:
        """Raises `BadLine` for a line that does not agree with an earlier one."""
        ...

    async def put(self, lot: Lot, reject: Reject) -> int:
        """Load them in one transaction; how many were taken. Raises `StoreError`."""
        ...


def upsert(store: Store, table: Any, rows: list[dict[str, Any]]) -> Any:
    """An INSERT that overwrites the given columns of rows that are there."""
    statement = store.insert(table)
    keys = [column.name for column in table.primary_key]
    given = {column for row in rows for column in row}
    rest = {name: statement.excluded[name] for name in sorted(given) if name not in keys}
    if not rest:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)
