"""One line of a file, by the kind of the file: what its cells mean together. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

from bots.desk import RequestKind, RequestStatus
from bots.meters import ZoneName
from bots.period import LAST
from ivr.billing.addresses import street_of, written
from ivr.billing.files.cells import SEPARATOR, BadLine, Cells, number, reading

ZONES: tuple[str, ...] = get_args(ZoneName)
ZONES_WRITTEN: Mapping[str, str] = {
    **{zone: zone for zone in ZONES},
    "день": "day", "ночь": "night", "пик": "peak", "полупик": "half_peak", "сутки": "single",
}  # fmt: skip
RESOURCES: Mapping[str, str] = {
    **{name: name for name in ("electricity", "water", "heat", "gas")},
    "электроэнергия": "electricity", "электричество": "electricity", "вода": "water", "тепло": "heat", "газ": "gas",
}  # fmt: skip
UNITS = {"electricity": "киловатт-час", "water": "кубометр", "heat": "гигакалория", "gas": "кубометр"}
KINDS = {"person": "person", "business": "business", "физлицо": "person", "юрлицо": "business"}
LATE = {"next_period": "next_period", "reject": "reject", "следующий период": "next_period", "отказ": "reject"}
REQUEST_KINDS = {name: name for name in get_args(RequestKind)}
STATUSES = {name: name for name in get_args(RequestStatus)}


@dataclass(frozen=True, slots=True)
class ZoneLine:
    zone: str
    previous: int | None
    daily: float | None


@dataclass(frozen=True, slots=True)
class MeterLine:
    serial: str
    resource: str
    unit: str
    principal: str
    smart: bool
    digits: int
    fraction: int
    max_kw: float
    zones: tuple[ZoneLine, ...]
    taken_on: date | None
    """When the previous readings were taken."""


@dataclass(frozen=True, slots=True)
class AccountLine:
    account: str
    address: str
    territory: str
    kind: str
    phones: tuple[str, ...]
    last_payment: int | None
    meter: MeterLine | None


def account_line(cells: Cells) -> AccountLine:
    return AccountLine(
        cells.account(),
        cells.needed("address"),
        cells.text("territory"),
        cells.one_of("kind", KINDS, "person"),
        cells.phones(),
        cells.kopecks("last_payment"),
        _meter(cells),
    )


def _meter(cells: Cells) -> MeterLine | None:
    if not cells.has("serial"):
        without = [name for name in ("zones", "previous", "daily") if cells.has(name)]
        if without:
            raise BadLine(without[0], "given, but no serial of a meter")
        return None
    resource = cells.one_of("resource", RESOURCES, "electricity")
    digits = cells.whole("digits", 5, 3, 9)
    said = [part.lower() for part in cells.parts("zones")] or ["single"]
    names = [ZONES_WRITTEN.get(part, "") for part in said]
    if "" in names or len(set(names)) != len(names):
        allowed = ", ".join(ZONES)
        raise BadLine("zones", f"{cells.text('zones')!r}: each of {allowed} at most once, parted by {SEPARATOR}")
    previous, daily = cells.each("previous", len(names)), cells.each("daily", len(names))
    zones = tuple(
        ZoneLine(name, reading("previous", before, digits), number("daily", used) if used else None)
        for name, before, used in zip(names, previous, daily, strict=True)
    )
    taken_on = cells.day("previous_date", past=True)
    if taken_on is None and any(zone.previous is not None for zone in zones):
        raise BadLine("previous_date", "is empty, but there is a previous reading")
    return MeterLine(
        serial=cells.text("serial"),
        resource=resource,
        unit=cells.text("unit", UNITS[resource]),
        principal=cells.text("principal"),
        smart=cells.yes("smart"),
        digits=digits,
        fraction=cells.whole("fraction", 1, 0, 3),
        max_kw=number("max_kw", cells.text("max_kw"), least=0.001) if cells.has("max_kw") else 15.0,
        zones=zones,
        taken_on=taken_on,
    )


@dataclass(frozen=True, slots=True)
class DebtLine:
    account: str
    principal: str
    service: str
    kopecks: int
    penalty_kopecks: int
    as_of: date
    period: str


def debt_line(cells: Cells) -> DebtLine:
    kopecks, as_of = cells.kopecks("debt"), cells.day("as_of", past=True)
    if kopecks is None:
        raise BadLine("debt", "is empty; 0 says that nothing is owed")
    if as_of is None:
        raise BadLine("as_of", "is empty")
    penalty = cells.kopecks("penalty") or 0
    if penalty < 0:
        raise BadLine("penalty", "is below 0")
    return DebtLine(
        cells.account(), cells.text("principal"), cells.text("service"), kopecks, penalty, as_of, cells.text("period")
    )


@dataclass(frozen=True, slots=True)
class WindowLine:
    territory: str
    house: str
    principal: str
    resource: str
    from_day: int
    to_day: int
    late: str


def window_line(cells: Cells) -> WindowLine:
    cells.needed("from_day")
    last = cells.needed("to_day").lower() in ("last", "последнее")
    house = ""
    if cells.has("house"):
        house = written(cells.text("house")).building
        if not house:
            raise BadLine("house", f"{cells.text('house')!r} names no house like «г. Бийск, ул. Речная, д. 7»")
    return WindowLine(
        cells.text("territory"),
        house,
        cells.text("principal"),
        cells.one_of("resource", RESOURCES, ""),
        cells.whole("from_day", 1, 1, LAST),
        LAST if last else cells.whole("to_day", LAST, 1, LAST),
        cells.one_of("late", LATE, "next_period"),
    )


@dataclass(frozen=True, slots=True)
class OutageLine:
    number: str
    territory: str
    streets: tuple[str, ...]
    reason: str
    since: datetime
    until: datetime | None
    planned: bool


def outage_line(cells: Cells) -> OutageLine:
    since, until = cells.instant("since"), cells.instant("until")
    if since is None:
        raise BadLine("since", "is empty")
    if until is not None and until <= since:
        raise BadLine("until", "is not after since")
    streets = cells.parts("streets")
    nameless = [street for street in streets if not street_of(street)[0]]
    if nameless:
        raise BadLine("streets", f"{nameless[0]!r} names no street")
    return OutageLine(
        cells.needed("outage"), cells.text("territory"), streets, cells.needed("reason"), since, until,
        cells.yes("planned"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TerritoryLine:
    name: str
    time_zone: str


def territory_line(cells: Cells) -> TerritoryLine:
    return TerritoryLine(cells.needed("territory"), cells.zone_name("time_zone"))


@dataclass(frozen=True, slots=True)
class RequestLine:
    number: str
    account: str
    kind: str
    status: str
    at: datetime
    planned_on: date | None
    closed_at: datetime | None
    words: str


def request_line(cells: Cells) -> RequestLine:
    opened, closed = cells.instant("opened"), cells.instant("closed")
    status = cells.one_of("status", STATUSES, "new")
    if opened is None:
        raise BadLine("opened", "is empty")
    if (closed is None) != (status in ("new", "in_work")):
        raise BadLine("closed", f"{'given' if closed else 'is empty'}, but the request is {status}")
    kind = cells.one_of("request_kind", REQUEST_KINDS, "other")
    return RequestLine(
        cells.needed("request"), cells.account(), kind, status, opened, cells.day("planned_on"), closed,
        cells.text("words"),
    )  # fmt: skip
