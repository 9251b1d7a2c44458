"""Lines of accounts into accounts, telephones, meters, zones and last readings."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.billing.addresses import serial_key, written
from ivr.billing.files.cells import BadLine
from ivr.billing.files.columns import Layout
from ivr.billing.files.lines import AccountLine, MeterLine
from ivr.billing.files.lot import Lot, upsert
from ivr.billing.files.sheets import Reject
from ivr.billing.files.storing import stored
from ivr.billing.tables import accounts, last_readings, meters, phones, zones
from ivr.store import Store


class AccountsIn:
    """What the file says of an account replaces what was known: its telephones, its meters, if it names such at all."""

    def __init__(self, store: Store, supplier: str, layout: Layout) -> None:
        self._store, self._supplier, self._columns = store, supplier, frozenset(layout.columns)
        # Hashes, not the lines themselves: a file may have a million.
        self._meters: set[int] = set()
        self._people: dict[int, int] = {}
        self._begun: set[int] = set()

    def see(self, line: AccountLine) -> None:
        if line.meter is not None:
            key = hash((line.account, line.meter.serial))
            if key in self._meters:
                raise BadLine(
                    "serial", f"meter {line.meter.serial!r} of {line.account} stands in an earlier line already"
                )
            self._meters.add(key)
        said = hash((line.address, line.territory, line.kind))
        if self._people.setdefault(hash(line.account), said) != said:
            raise BadLine(
                "address", f"account {line.account} has another address, territory or kind in an earlier line"
            )

    async def put(self, lot: Lot, reject: Reject) -> int:
        lines: list[AccountLine] = [line for _, line in lot]
        async with stored(self._store) as connection:
            await self._put_people(connection, lines)
            await self._put_meters(connection, [(line.account, line.meter) for line in lines if line.meter is not None])
        return len(lines)

    async def _put_people(self, connection: AsyncConnection, lines: list[AccountLine]) -> None:
        rows = {line.account: self._person(line) for line in lines}
        await connection.execute(upsert(self._store, accounts, list(rows.values())), list(rows.values()))
        new_here = [{"supplier_": self._supplier, "account_": each} for each in rows if self._first(each)]
        for table, column in ((phones, "phones"), (meters, "serial")):
            if new_here and column in self._columns:
                gone = delete(table).where(
                    table.c.supplier == bindparam("supplier_"), table.c.account == bindparam("account_")
                )
                await connection.execute(gone, new_here)
        numbers = {(line.account, phone) for line in lines for phone in line.phones}
        if numbers:
            await connection.execute(
                self._store.insert(phones).on_conflict_do_nothing(),
                [{"supplier": self._supplier, "account": account, "phone": phone} for account, phone in numbers],
            )

    def _person(self, line: AccountLine) -> dict[str, Any]:
        row: dict[str, Any] = {
            "supplier": self._supplier,
            "number": line.account,
            "address": line.address,
            "territory": line.territory,
            "kind": line.kind,
            **asdict(written(line.address)),
        }
        if "last_payment" in self._columns:
            row["last_payment"] = line.last_payment
        return row

    async def _put_meters(self, connection: AsyncConnection, metered: list[tuple[str, MeterLine]]) -> None:
        if not metered:
            return
        its = {(account, meter.serial): {"supplier": self._supplier, "account": account, "serial": meter.serial}
               for account, meter in metered}  # fmt: skip
        rows = [{**its[account, meter.serial], **_meter(meter)} for account, meter in metered]
        await connection.execute(upsert(self._store, meters, rows), rows)
        zone_rows = [
            {**its[account, meter.serial], "zone": zone.zone, "place": place, "daily": zone.daily}
            for account, meter in metered
            for place, zone in enumerate(meter.zones)
        ]
        await connection.execute(upsert(self._store, zones, zone_rows), zone_rows)
        last_rows = [
            {**its[account, meter.serial], "zone": zone.zone, "value": zone.previous, "taken_on": meter.taken_on}
            for account, meter in metered
            for zone in meter.zones
            if zone.previous is not None
        ]
        if last_rows:
            await connection.execute(upsert(self._store, last_readings, last_rows), last_rows)

    def _first(self, account: str) -> bool:
        """Whether this file names the account for the first time: then what was known of it goes."""
        key = hash(account)
        if key in self._begun:
            return False
        self._begun.add(key)
        return True


def _meter(meter: MeterLine) -> dict[str, Any]:
    return {
        "serial_key": serial_key(meter.serial),
        "resource": meter.resource,
        "unit": meter.unit,
        "principal": meter.principal,
        "smart": meter.smart,
        "digits": meter.digits,
        "fraction": meter.fraction,
        "max_kw": meter.max_kw,
    }
