"""Lines of requests: new ones are added, of known ones only the state is brought up to date, never what was asked."""

from uuid import UUID, uuid5

from sqlalchemy import func, select

from ivr.billing.files.cells import BadLine
from ivr.billing.files.columns import Layout
from ivr.billing.files.lines import RequestLine
from ivr.billing.files.lot import Lot
from ivr.billing.files.sheets import Reject
from ivr.billing.files.storing import stored
from ivr.billing.kept import MOST
from ivr.billing.tables import numbers, requests
from ivr.store import Store

_FROM_FILES = UUID("3b1f0b42-9d0d-5b5f-8a63-6d1c2c1f5e7a")
"""Requests that came in a file have their key of their number."""


class RequestsIn:
    def __init__(self, store: Store, supplier: str, layout: Layout) -> None:
        self._store, self._supplier = store, supplier
        self._numbers: set[int] = set()

    def see(self, line: RequestLine) -> None:
        if hash(line.number) in self._numbers:
            raise BadLine("request", f"number {line.number} stands in an earlier line already")
        self._numbers.add(hash(line.number))

    async def put(self, lot: Lot, reject: Reject) -> int:
        lines: list[tuple[str, RequestLine]] = lot
        async with stored(self._store) as connection:
            query = select(requests.c.number, requests.c.account).where(
                requests.c.supplier == self._supplier, requests.c.number.in_([line.number for _, line in lines])
            )
            owner = {row.number: row.account for row in await connection.execute(query)}
            taken = [line for _, line in lines if owner.get(line.number, line.account) == line.account]
            statement = self._store.insert(requests)
            put = statement.on_conflict_do_update(
                index_elements=["supplier", "number"],
                set_={name: statement.excluded[name] for name in ("status", "planned_on", "closed_at")},
            )
            rows = [
                {
                    "supplier": self._supplier,
                    "number": line.number,
                    "key": uuid5(_FROM_FILES, f"{self._supplier} {line.number}"),
                    "account": line.account,
                    "kind": line.kind,
                    "status": line.status,
                    "at": line.at,
                    "phone": "",
                    "serial": "",
                    "words": line.words,
                    "planned_on": line.planned_on,
                    "closed_at": line.closed_at,
                }
                for line in taken
            ]
            if rows:
                await connection.execute(put, rows)
            # Our own numbers go on after the highest that is taken.
            highest = max((int(line.number) for line in taken if _plain_number(line.number)), default=0)
            if highest:
                counter = self._store.insert(numbers).values(supplier=self._supplier, what="request", last=highest)
                higher = func.max if self._store.dialect == "sqlite" else func.greatest
                await connection.execute(
                    counter.on_conflict_do_update(
                        index_elements=["supplier", "what"], set_={"last": higher(numbers.c.last, highest)}
                    )
                )
        for where, line in lines:
            if owner.get(line.number, line.account) != line.account:
                reject(where, f"request: number {line.number} belongs to another account here")
        return len(taken)


def _plain_number(number: str) -> bool:
    return number.isascii() and number.isdigit() and number[0] != "0" and int(number) < MOST
