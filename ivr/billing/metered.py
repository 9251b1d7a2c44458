"""The meters of an account out of the line's own tables: zones in order, the window, and the last reading.

Last is what came before the period that runs now, so that a caller may correct what he gave in this one.
"""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select

from bots.desk import AccountMeter
from bots.meters import Meter, Zone, ZoneName
from bots.period import Rule, Window, narrowest, place
from ivr.billing.addresses import Address
from ivr.billing.away import desk_away
from ivr.billing.kept import Kept
from ivr.billing.tables import accounts, last_readings, meters, territories, windows, zones
from ivr.clock import Clock
from ivr.store import Store

ALL_MONTH = Window()


class Metered:
    """One supplier's meters. `zone` and `window` are the supplier's: they hold where nothing narrower is known."""

    def __init__(
        self, store: Store, supplier: str, kept: Kept, *, clock: Clock, zone: tzinfo, window: Window = ALL_MONTH
    ) -> None:
        self._store, self._supplier, self._kept = store, supplier, kept
        self._clock, self._zone, self._window = clock, zone, window

    async def of(self, account: str) -> Sequence[AccountMeter]:
        with desk_away("the meters cannot be asked"):
            async with self._store.reading() as connection:
                rows = (await connection.execute(_meters_of(self._supplier, account))).all()
                rules = (await connection.execute(_windows_near(self._supplier, account))).all() if rows else []
        its: dict[str, list[Any]] = {}
        for row in rows:
            its.setdefault(row.serial, []).append(row)
        zone = ZoneInfo(rows[0].time_zone) if rows and rows[0].time_zone else self._zone
        now = self._clock.now()
        window_of = {serial: _window(rules, its_rows[0], zone) for serial, its_rows in its.items()}
        since = {serial: place(window or self._window, now, zone).since for serial, window in window_of.items()}
        taken: dict[tuple[str, str], tuple[datetime, int]] = {}
        for begun in set(since.values()):
            serials = [serial for serial, when in since.items() if when == begun]
            taken |= await self._kept.readings_before(account, serials, begun)
        ours = await self._kept.values_since(account, min(since.values())) if taken else frozenset()
        today = now.astimezone(zone).date()
        return [
            AccountMeter(
                serial,
                Meter(
                    its_rows[0].digits,
                    its_rows[0].fraction,
                    tuple(
                        _zone(row, taken.get((serial, row.zone)), ours, since[serial].date(), zone, today)
                        for row in its_rows
                    ),
                    its_rows[0].max_kw,
                ),
                its_rows[0].resource,
                its_rows[0].unit,
                its_rows[0].principal,
                window_of[serial],
                its_rows[0].smart,
            )
            for serial, its_rows in its.items()
        ]


def _meters_of(supplier: str, account: str) -> Any:
    same_zone = and_(
        last_readings.c.supplier == zones.c.supplier,
        last_readings.c.account == zones.c.account,
        last_readings.c.serial == zones.c.serial,
        last_readings.c.zone == zones.c.zone,
    )
    same_meter = and_(
        zones.c.supplier == meters.c.supplier, zones.c.account == meters.c.account, zones.c.serial == meters.c.serial
    )
    same_account = and_(accounts.c.supplier == meters.c.supplier, accounts.c.number == meters.c.account)
    same_territory = and_(territories.c.supplier == accounts.c.supplier, territories.c.name == accounts.c.territory)
    address = (accounts.c.territory, accounts.c.town, accounts.c.street, accounts.c.house, territories.c.time_zone)
    return (
        select(meters, zones.c.zone, zones.c.daily, last_readings.c.value, last_readings.c.taken_on, *address)
        .join(zones, same_meter)
        .join(accounts, same_account)
        .outerjoin(last_readings, same_zone)
        .outerjoin(territories, same_territory)
        .where(meters.c.supplier == supplier, meters.c.account == account)
        .order_by(meters.c.serial, zones.c.place)
    )


def _windows_near(supplier: str, account: str) -> Any:
    """The supplier's windows, its territory's, and those of houses there (a house is told apart by its whole name)."""
    territory = select(accounts.c.territory).where(accounts.c.supplier == supplier, accounts.c.number == account)
    house = (
        select(accounts.c.town + "|" + accounts.c.street + "|" + accounts.c.house)
        .where(accounts.c.supplier == supplier, accounts.c.number == account)
        .scalar_subquery()
    )
    return select(windows).where(
        windows.c.supplier == supplier,
        windows.c.territory.in_(["", territory.scalar_subquery()]),
        windows.c.house.in_(["", house]),
    )


def _window(rules: Sequence[Any], meter: Any, zone: tzinfo) -> Window | None:
    known = [
        Rule(
            Window(rule.from_day, rule.to_day, rule.late, zone),
            rule.territory,
            rule.house,
            rule.principal,
            rule.resource,
        )
        for rule in rules
    ]
    house = Address(meter.town, meter.street, meter.house).building
    return narrowest(known, territory=meter.territory, house=house, principal=meter.principal, resource=meter.resource)


def _zone(
    row: Any,
    taken: tuple[datetime, int] | None,
    ours: frozenset[tuple[str, str, int]],
    begun: date,
    zone: tzinfo,
    today: date,
) -> Zone:
    """A zone with its last reading: billing's, or `taken` here before the period that `begun`, whichever is newer."""
    name = cast(ZoneName, row.zone)
    last = (row.taken_on, row.value) if row.taken_on is not None else None
    if last is not None and last[0] >= begun and (row.serial, row.zone, row.value) in ours and taken is not None:
        last = None  # billing echoes what was given in this very period, and may still be corrected
    if taken is not None:
        taken_on = taken[0].astimezone(zone).date()
        if last is None or taken_on > last[0]:
            last = (taken_on, taken[1])
    if last is None:
        return Zone(name, daily=row.daily)
    return Zone(name, previous=last[1], days=max(1, (today - last[0]).days), daily=row.daily)
