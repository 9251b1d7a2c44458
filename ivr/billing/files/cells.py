"""One cell of a file of accounts: its text into a value, or `BadLine` saying which column is wrong and why. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ivr.billing.phones import normal_phone

SEPARATOR = "|"
"""Between several telephones, zones, readings or streets of one cell."""
LONGEST = 500
MOSCOW = ZoneInfo("Europe/Moscow")

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_ACCOUNT = re.compile(r"[0-9]{4,20}")
_DAYS_AGO = re.compile(r"(\d{1,4}) days ago")
_HOURS_OFF = re.compile(r"(\d{1,4}) hours (ago|ahead)")
_MONEY = re.compile(r"(-?)(\d{1,10})(?:[.,](\d{1,2}))?")
_WITH_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?")
"""As a workbook holds a day."""
_YES = frozenset(("yes", "true", "1", "да"))
_NO = frozenset(("no", "false", "0", "нет"))


class BadLine(Exception):
    """This line cannot be taken; the text says in which column, and why."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(f"{column}: {why}" if column else why)


class Cells:
    """The cells of one line by column. `now` is when the file is read; `relative` lets dates be told from it."""

    def __init__(
        self,
        given: Mapping[str, str],
        now: datetime,
        *,
        zone: tzinfo = MOSCOW,
        relative: bool = False,
    ) -> None:
        self._given = {name: text.strip() for name, text in given.items()}
        self._now, self._zone, self._relative = now, zone, relative
        for name, text in self._given.items():
            if _CONTROL.search(text):
                raise BadLine(name, "unprintable characters")
            if len(text) > LONGEST:
                raise BadLine(name, f"longer than {LONGEST} characters")

    def has(self, name: str) -> bool:
        return bool(self._given.get(name))

    def text(self, name: str, default: str = "") -> str:
        return self._given.get(name) or default

    def needed(self, name: str) -> str:
        if not self.has(name):
            raise BadLine(name, "is empty")
        return self._given[name]

    def account(self) -> str:
        account = re.sub(r"[\s-]", "", self.text("account"))
        if not _ACCOUNT.fullmatch(account):
            raise BadLine("account", f"{self.text('account')!r} is not 4 to 20 digits")
        return account

    def one_of(self, name: str, allowed: Mapping[str, str], default: str) -> str:
        """The meaning of a cell; `allowed` maps what may be written to what it means."""
        text = self.text(name).lower().replace("ё", "е")
        if not text:
            return default
        if text not in allowed:
            raise BadLine(name, f"{self.text(name)!r} is none of {', '.join(dict.fromkeys(allowed.values()))}")
        return allowed[text]

    def parts(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name).split(SEPARATOR) if part.strip())

    def each(self, name: str, count: int) -> Sequence[str]:
        """One part a zone; an empty part is an unknown value."""
        if not self.has(name):
            return [""] * count
        parts = [part.strip() for part in self.text(name).split(SEPARATOR)]
        if len(parts) != count:
            raise BadLine(name, f"{len(parts)} values for {count} zones")
        return parts

    def phones(self, name: str = "phones") -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._phone(name, part) for part in self.parts(name)))

    @staticmethod
    def _phone(name: str, part: str) -> str:
        number = normal_phone(part)
        if number is None:
            raise BadLine(name, f"{part!r} is no telephone number")
        return number

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        text = self.text(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most):
            raise BadLine(name, f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    def kopecks(self, name: str) -> int | None:
        """A sum in roubles, «1234,56»; negative is an overpayment."""
        text = re.sub(r"[\s\u00a0\u202f]", "", self.text(name)).replace("−", "-")
        if not text:
            return None
        found = _MONEY.fullmatch(text)
        if found is None:
            raise BadLine(name, f"{self.text(name)!r} is not a sum in roubles like 1234.56")
        kopecks = int(found[2]) * 100 + int((found[3] or "0").ljust(2, "0"))
        return -kopecks if found[1] else kopecks

    def yes(self, name: str) -> bool:
        text = self.text(name).lower()
        if text in _YES:
            return True
        if text and text not in _NO:
            raise BadLine(name, f"{self.text(name)!r} is neither yes nor no")
        return False

    def day(self, name: str, *, past: bool = False) -> date | None:
        text = self.text(name)
        if not text:
            return None
        today = self._now.astimezone(self._zone).date()
        ago = _DAYS_AGO.fullmatch(text)
        if ago and self._relative:
            return today - timedelta(days=int(ago[1]))
        day = _day(text[:10] if _WITH_TIME.fullmatch(text) else text)
        if day is None:
            raise BadLine(name, f"{text!r} is not a day like 2026-03-04 or 04.03.2026")
        if past and day > today:
            raise BadLine(name, f"{text} is in the future")
        if not 1990 <= day.year <= 2100:
            raise BadLine(name, f"{text} is too long ago or too far off")
        return day

    def instant(self, name: str) -> datetime | None:
        """«2026-03-04 09:00» or «04.03.2026 09:00», in the supplier's zone unless it names another."""
        text = self.text(name)
        if not text:
            return None
        off = _HOURS_OFF.fullmatch(text)
        if off and self._relative:
            hours = timedelta(hours=int(off[1]))
            return self._now - hours if off[2] == "ago" else self._now + hours
        for read in (datetime.fromisoformat, lambda text: datetime.strptime(text, "%d.%m.%Y %H:%M")):  # noqa: DTZ007
            try:
                found = read(text)
            except ValueError:
                continue
            return found if found.tzinfo is not None else found.replace(tzinfo=self._zone)
        raise BadLine(name, f"{text!r} is not a time like 2026-03-04 09:00 or 04.03.2026 09:00")

    def zone_name(self, name: str) -> str:
        text = self.needed(name)
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise BadLine(name, f"{text!r} is no time zone like Asia/Barnaul") from error
        return text


def number(name: str, text: str, least: float = 0.0) -> float:
    plain = text.replace(",", ".")
    if not re.fullmatch(r"\d{1,7}(\.\d{1,6})?", plain, re.ASCII) or float(plain) < least:
        raise BadLine(name, f"{text!r} is not a number like 5.25")
    return float(plain)


def reading(name: str, text: str, digits: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= digits):
        raise BadLine(name, f"{text!r} is not a whole number of at most {digits} digits")
    return int(text)


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
