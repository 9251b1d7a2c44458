"""One line of a file of accounts: what its columns mean, and every reason why a line cannot be taken.

Pure: text in, an `AccountLine` or `BadLine` out. The columns are described in docs/storage.md.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args

from bots.meters import ZoneName
from ivr.billing.phones import normal_phone

COLUMNS = (
    "account", "address", "territory", "phones", "serial", "resource", "digits", "fraction", "max_kw",
    "zones", "previous", "previous_date", "daily",
)  # fmt: skip
NEEDED = ("account", "address")
RESOURCES = ("electricity", "water", "heat", "gas")
ZONES: tuple[str, ...] = get_args(ZoneName)
SEPARATOR = "|"
"""Between several telephones, zones or readings of one line."""

_ACCOUNT = re.compile(r"[0-9]{4,20}")
_DAYS_AGO = re.compile(r"(\d{1,4}) days ago")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class BadLine(Exception):
    """This line cannot be taken; the text says why."""


class BadHeader(Exception):
    """The file's first line does not name the columns; nothing was taken."""


@dataclass(frozen=True, slots=True)
class ZoneLine:
    zone: str
    previous: int | None
    daily: float | None


@dataclass(frozen=True, slots=True)
class MeterLine:
    serial: str
    resource: str
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
    phones: tuple[str, ...]
    meter: MeterLine | None


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is written: learned from its first line."""

    delimiter: str
    columns: tuple[str, ...]

    @classmethod
    def of(cls, header: str) -> "Layout":
        header = header.removeprefix("\ufeff").rstrip("\r\n")
        delimiter = max(",;\t", key=header.count)
        columns = tuple(name.strip().lower() for name in _cells(header, delimiter))
        unknown = [name for name in columns if name not in COLUMNS]
        missing = [name for name in NEEDED if name not in columns]
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if unknown or missing or twice:
            wrong = [f"unknown column {name!r}" for name in unknown]
            wrong += [f"column {name!r} is missing" for name in missing] + [f"column {name!r} twice" for name in twice]
            raise BadHeader(f"{', '.join(wrong)}; the columns are {', '.join(COLUMNS)}")
        return cls(delimiter, columns)

    def read(self, line: str, today: date, *, relative_dates: bool = False) -> AccountLine:
        """The account of one line. Raises `BadLine`."""
        cells = _cells(line.rstrip("\r\n"), self.delimiter)
        if len(cells) != len(self.columns):
            raise BadLine(f"{len(cells)} cells, but the first line names {len(self.columns)} columns")
        given = {name: cell.strip() for name, cell in zip(self.columns, cells, strict=True)}
        for name, cell in given.items():
            if _CONTROL.search(cell):
                raise BadLine(f"{name}: unprintable characters")
            if len(cell) > 500:
                raise BadLine(f"{name}: longer than 500 characters")
        account = re.sub(r"[\s-]", "", given["account"])
        if not _ACCOUNT.fullmatch(account):
            raise BadLine(f"account {given['account']!r} is not 4 to 20 digits")
        if not given["address"]:
            raise BadLine("the address is empty")
        phones = tuple(dict.fromkeys(_phone(part) for part in _parts(given.get("phones", ""))))
        return AccountLine(
            account, given["address"], given.get("territory", ""), phones, _meter(given, today, relative_dates)
        )


def _cells(line: str, delimiter: str) -> list[str]:
    # A line at a time: a quote that is never closed spoils its own line and not the rest of the file.
    try:
        rows = list(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadLine(f"cannot be read as CSV: {error}") from error
    return rows[0] if rows else []


def _meter(given: Mapping[str, str], today: date, relative_dates: bool) -> MeterLine | None:
    if not given.get("serial"):
        without = [name for name in ("zones", "previous", "daily") if given.get(name)]
        if without:
            raise BadLine(f"{', '.join(without)} given, but no serial of a meter")
        return None
    resource = given.get("resource") or "electricity"
    if resource not in RESOURCES:
        raise BadLine(f"resource {resource!r} is none of {', '.join(RESOURCES)}")
    digits = _whole(given, "digits", 5, 3, 9)
    names = [part.lower() for part in _parts(given.get("zones", ""))] or ["single"]
    wrong = [name for name in names if name not in ZONES]
    if wrong or len(set(names)) != len(names):
        raise BadLine(f"zones {given.get('zones')!r}: each of {', '.join(ZONES)} at most once, parted by {SEPARATOR}")
    previous = _each(given, "previous", len(names))
    daily = _each(given, "daily", len(names))
    zones = tuple(
        ZoneLine(name, _reading(before, digits), _number("daily", used) if used else None)
        for name, before, used in zip(names, previous, daily, strict=True)
    )
    taken_on = _day(given.get("previous_date", ""), today, relative_dates)
    if taken_on is None and any(zone.previous is not None for zone in zones):
        raise BadLine("a previous reading needs its previous_date")
    return MeterLine(
        serial=given["serial"],
        resource=resource,
        digits=digits,
        fraction=_whole(given, "fraction", 1, 0, 3),
        max_kw=_number("max_kw", given["max_kw"], least=0.001) if given.get("max_kw") else 15.0,
        zones=zones,
        taken_on=taken_on,
    )


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(SEPARATOR) if part.strip()]


def _each(given: Mapping[str, str], name: str, count: int) -> Sequence[str]:
    """One part a zone; an empty part is an unknown value."""
    if not given.get(name):
        return [""] * count
    parts = [part.strip() for part in given[name].split(SEPARATOR)]
    if len(parts) != count:
        raise BadLine(f"{name}: {len(parts)} values for {count} zones")
    return parts


def _phone(part: str) -> str:
    number = normal_phone(part)
    if number is None:
        raise BadLine(f"phones: {part!r} is no telephone number")
    return number


def _whole(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 4 and least <= int(text) <= most):
        raise BadLine(f"{name} {text!r} is not a whole number from {least} to {most}")
    return int(text)


def _reading(text: str, digits: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= digits):
        raise BadLine(f"previous {text!r} is not a whole number of at most {digits} digits")
    return int(text)


def _number(name: str, text: str, least: float = 0.0) -> float:
    plain = text.replace(",", ".")
    if not re.fullmatch(r"\d{1,7}(\.\d{1,6})?", plain, re.ASCII) or float(plain) < least:
        raise BadLine(f"{name} {text!r} is not a number like 5.25")
    return float(plain)


def _day(text: str, today: date, relative_dates: bool) -> date | None:
    if not text:
        return None
    ago = _DAYS_AGO.fullmatch(text)
    if ago and relative_dates:
        return today - timedelta(days=int(ago[1]))
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if day > today:
            raise BadLine(f"previous_date {text} is in the future")
        if day.year < 1990:
            raise BadLine(f"previous_date {text} is too long ago")
        return day
    raise BadLine(f"previous_date {text!r} is not a day like 2026-03-04 or 04.03.2026")
