"""A text with its slots filled for those who read it (SMS, e-mail, the terminal): digits stay digits. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from re import Match

from ivr.prompts.slots import SLOT, counted_forms, groups_of, without_stress
from ivr.prompts.spoken import WEEKDAYS, Case, NotSpeakable, agreeing

_THIN = "\u00a0"
"""Between thousands, and between a number and its unit: neither may break over a line."""


def written(text: str, slots: Mapping[str, object]) -> str:
    """The text to be read; raises `NotSpeakable` where a slot is not filled or cannot be written."""

    def filled(match: Match[str]) -> str:
        name, form = match[1], match[2] or ""
        if slots.get(name) is None:
            raise NotSpeakable(f"«{text}» wants {{{name}}}, which was not given")
        return _written(name, form, slots[name])

    return without_stress(SLOT.sub(filled, text))


def roubles(kopecks: int) -> str:
    """«1 240,50 руб.»"""
    whole, part = divmod(abs(kopecks), 100)
    said = f"{whole:,}".replace(",", _THIN) + (f",{part:02}" if part else "")
    return f"{'−' if kopecks < 0 else ''}{said}{_THIN}руб."


def _written(name: str, form: str, value: object) -> str:
    try:
        if form == "rubles" or (not form and isinstance(value, Decimal)):
            return roubles(kopecks_of(value))
        if forms := counted_forms(form):
            count = int(str(value))
            return f"{count}{_THIN}{agreeing(count, *forms)}"
        if form == "phone":
            return _phone(str(value))
        if sizes := groups_of(form):
            return _grouped(str(value), sizes)
        if form == "time":
            moment = value.time() if isinstance(value, datetime) else value
            return f"{moment if isinstance(moment, time) else time.fromisoformat(str(moment)):%H:%M}"
        if form in ("date", "day") or (not form and isinstance(value, date)):
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
            return f"{day:%d.%m.%Y}" if form != "day" else f"{WEEKDAYS[Case.NOMINATIVE][day.weekday()]}, {day:%d.%m}"
    except (ValueError, TypeError, ArithmeticError) as error:
        raise NotSpeakable(f"{{{name}|{form}}} cannot write {value!r}: {error}") from error
    return str(value)


def kopecks_of(value: object) -> int:
    """A sum in kopecks: a whole number is one already, a decimal is roubles."""
    if isinstance(value, Decimal):
        return int((value * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return int(str(value))


def _phone(number: str) -> str:
    bare = number.removeprefix("+")
    if len(bare) == 11 and bare.isdecimal():
        lead = "+7" if number.startswith("+7") else bare[0]
        return f"{lead} {bare[1:4]} {bare[4:7]}-{bare[7:9]}-{bare[9:]}"
    return number


def _grouped(number: str, sizes: tuple[int, ...]) -> str:
    groups, start = [], 0
    for size in sizes:
        groups.append(number[start : start + size])
        start += size
    return " ".join(filter(None, [*groups, number[start:]]))
