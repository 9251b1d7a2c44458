"""Lines of debts into the table: what a file says of an account replaces all that was said of its debts before."""

from dataclasses import asdict

from sqlalchemy import delete, select

from ivr.billing.files.cells import BadLine
from ivr.billing.files.columns import Layout
from ivr.billing.files.lines import DebtLine
from ivr.billing.files.lot import Lot, upsert
from ivr.billing.files.sheets import Reject
from ivr.billing.files.storing import stored
from ivr.billing.tables import accounts, debts
from ivr.store import Store


class DebtsIn:
    def __init__(self, store: Store, supplier: str, layout: Layout) -> None:
        self._store, self._supplier = store, supplier
        self._debts: set[int] = set()
        self._begun: set[int] = set()

    def see(self, line: DebtLine) -> None:
        key = hash((line.account, line.principal, line.service))
        if key in self._debts:
            raise BadLine("account", f"this debt of {line.account} stands in an earlier line already")
        self._debts.add(key)

    async def put(self, lot: Lot, reject: Reject) -> int:
        lines: list[tuple[str, DebtLine]] = lot
        async with stored(self._store) as connection:
            query = select(accounts.c.number).where(
                accounts.c.supplier == self._supplier, accounts.c.number.in_({line.account for _, line in lines})
            )
            known = {row.number for row in await connection.execute(query)}
            taken = [line for _, line in lines if line.account in known]
            begun = {line.account for line in taken if hash(line.account) not in self._begun}
            if begun:
                await connection.execute(
                    delete(debts).where(debts.c.supplier == self._supplier, debts.c.account.in_(begun))
                )
            rows = [{"supplier": self._supplier, **asdict(line)} for line in taken]
            if rows:
                await connection.execute(upsert(self._store, debts, rows), rows)
        self._begun |= {hash(account) for account in begun}
        for where, line in lines:
            if line.account not in known:
                reject(where, f"account: {line.account} is not known here; load the accounts first")
        return len(taken)
