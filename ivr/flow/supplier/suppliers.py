"""All suppliers of one service: their folders, their settings and calendars, and whose number was dialled.

A supplier's slug is its folder's name and never changes; a number belongs to one supplier. What is wrong in one folder
is found and does not keep the others from being served.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ivr.flow.alarms.emergencies_file import Known, read_emergencies
from ivr.flow.finding import Finding, Place
from ivr.flow.hours.calendar import Calendar
from ivr.flow.hours.calendar_file import FILE as CALENDAR_FILE
from ivr.flow.hours.calendar_file import read_calendar
from ivr.flow.reading import Reader
from ivr.flow.supplier.supplier_settings import FILE, SupplierSettings, read_settings
from ivr.flow.supplier.supplier_settings import canonical as canonical

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Supplier:
    slug: str
    folder: Path
    settings: SupplierSettings
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Suppliers:
    """The suppliers that can be read, and whose each number is."""

    by_slug: Mapping[str, Supplier]
    by_number: Mapping[str, Supplier]
    """By the number as `canonical` writes it."""

    def of_number(self, dialled: str) -> Supplier | None:
        """Whose line was dialled, however the carrier wrote the number."""
        return self.by_number.get(canonical(dialled))

    def __iter__(self) -> Iterator[Supplier]:
        return iter(self.by_slug.values())


def read_supplier(folder: Path, *, now: datetime) -> tuple[Supplier | None, list[Finding]]:
    """One supplier's settings and calendar, and what is wrong with them, with its slug and with its emergencies."""
    settings, findings = read_settings(folder)
    findings += _slug_faults(folder)
    if settings is None:
        return None, findings
    calendar, more = read_calendar(folder, now=now, zone=settings.zone, territories=settings.zones)
    findings += more
    findings += _office_faults(settings, calendar, folder)
    known = Known(tuple(settings.territories), settings.queues)
    findings += read_emergencies(folder, now=now, zone=settings.zone, known=known)[1]
    return Supplier(folder.name, folder, settings, calendar), sorted(findings, key=lambda one: one.place)


def read_suppliers(root: Path, *, now: datetime) -> tuple[Suppliers, list[Finding]]:
    """Every folder below `root` that has a line.yaml, and what is wrong within and between them."""
    by_slug: dict[str, Supplier] = {}
    findings: list[Finding] = []
    for path in sorted(root.glob(f"*/{FILE}")):
        supplier, faults = read_supplier(path.parent, now=now)
        findings += faults
        if supplier is not None and SLUG.fullmatch(supplier.slug):
            by_slug[supplier.slug] = supplier
    by_number: dict[str, Supplier] = {}
    places: dict[str, Place] = {}
    for supplier in by_slug.values():
        for number, place in supplier.settings.numbers.items():
            key = canonical(number)
            if key in places:
                text = f"номер {number} уже занят: {places[key]}"
                findings.append(Finding(place, "E441", text, "у номера может быть только один поставщик"))
                continue
            by_number[key], places[key] = supplier, place
    findings += _names_that_meet(by_slug)
    return Suppliers(by_slug, by_number), sorted(findings, key=lambda finding: finding.place)


def _slug_faults(folder: Path) -> list[Finding]:
    if SLUG.fullmatch(folder.name):
        return []
    hint = "строчные латинские буквы, цифры и дефис, не больше 32, например energosbyt"
    return [Finding(Place(folder / FILE), "E440", f"так папку поставщика назвать нельзя: «{folder.name}»", hint)]


def _names_that_meet(by_slug: Mapping[str, Supplier]) -> list[Finding]:
    """Asterisk knows a queue as `<slug>-<queue>`: the queue `b-c` of `a` would be the queue `c` of `a-b`."""
    hint = "ни одно имя папки не должно начинаться с другого и дефиса"
    return [
        Finding(Place(longer.folder / FILE), "E442", f"«{slug}» и «{longer.slug}» могут столкнуться в очередях", hint)
        for slug in by_slug
        for longer in by_slug.values()
        if longer.slug.startswith(f"{slug}-")
    ]


def _office_faults(settings: SupplierSettings, calendar: Calendar, folder: Path) -> list[Finding]:
    found = []
    for territory in settings.territories.values():
        for office in territory.offices:
            if office.schedule and office.schedule not in calendar.schedules:
                text = f"нет такого расписания: «{office.schedule}»"
                hint = Reader.near(office.schedule, calendar.schedules) or f"опишите его в {folder / CALENDAR_FILE}"
                found.append(Finding(office.place, "E443", text, hint))
    return found
