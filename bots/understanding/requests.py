"""A question and an utterance from outside, as JSON objects: read strictly, refused in words a person can act on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast, get_args

from bots.meters import Meter, Zone, ZoneName
from bots.talk import Expect, Question

_EXPECTS: tuple[str, ...] = get_args(Expect)
_ZONES: tuple[str, ...] = get_args(ZoneName)


class BadRequest(Exception):
    """What is wrong in a request: the field, what stands there, what should."""


@dataclass(frozen=True, slots=True)
class Request:
    question: Question
    say: str
    today: date | None


def request(given: object) -> Request:
    """A request, or `BadRequest` naming the first thing wrong in it; fields nobody knows are left alone."""
    fields = _object(given, "the request")
    expect = fields.get("expect")
    if expect == "yesno":
        expect = "confirm"
    if not isinstance(expect, str) or expect not in _EXPECTS:
        raise BadRequest(f"expect is {_short(expect)}; it must be one of {', '.join(_EXPECTS)}")
    say = fields.get("say")
    if not isinstance(say, str):
        raise BadRequest(f"say is {_short(say)}; it must be the caller's words as a string")
    account = fields.get("account")
    account = {} if account is None else _object(account, "account")
    confirming = _confirming(fields.get("confirming"))
    question = Question(
        "understand",
        cast(Expect, expect),
        meter=_meter(fields.get("meter"), default=expect == "reading" and not confirming),
        confirming=confirming,
        choices=_choices(fields.get("choices")),
        account_lengths=_lengths(account.get("lengths")),
        account_pattern=_pattern(account.get("pattern")),
        scale=_scale(fields.get("scale")),
    )
    return Request(question, say, _today(fields.get("today")))


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"{where} is {_short(value)}; it must be an object")
    return value


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _whole(value: object, where: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadRequest(f"{where} is {_short(value)}; it must be a whole number from {least} to {most}")
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise BadRequest(f"{where} is {_short(value)}; it must be a number not below 0")
    return float(value)


def _given(fields: Mapping[str, Any], name: str, default: object) -> object:
    """A field's value; null says the same as nothing."""
    value = fields.get(name)
    return default if value is None else value


def _meter(value: object, *, default: bool) -> Meter | None:
    if value is None:
        return Meter() if default else None
    fields = _object(value, "meter")
    zones = _given(fields, "zones", [{"name": "single"}])
    if not isinstance(zones, list) or not zones or len(zones) > 4:
        raise BadRequest(f"meter.zones is {_short(zones)}; it must be a list of one to four zones")
    read = tuple(_zone(zone, f"meter.zones[{at}]") for at, zone in enumerate(zones))
    if len({zone.name for zone in read}) != len(read):
        raise BadRequest("meter.zones names a zone twice")
    return Meter(
        digits=_whole(_given(fields, "digits", 5), "meter.digits", 1, 12),
        fraction=_whole(_given(fields, "fraction", 1), "meter.fraction", 0, 4),
        zones=read,
        max_kw=_number(_given(fields, "max_kw", 15.0), "meter.max_kw"),
    )


def _zone(value: object, where: str) -> Zone:
    fields = _object(value, where)
    name = fields.get("name", "single")
    if not isinstance(name, str) or name not in _ZONES:
        raise BadRequest(f"{where}.name is {_short(name)}; it must be one of {', '.join(_ZONES)}")
    previous, daily = fields.get("previous"), fields.get("daily")
    return Zone(
        cast(ZoneName, name),
        None if previous is None else _whole(previous, f"{where}.previous", 0, 10**12),
        _whole(_given(fields, "days", 30), f"{where}.days", 0, 100_000),
        None if daily is None else _number(daily, f"{where}.daily"),
    )


def _confirming(value: object) -> Mapping[str, int]:
    if value is None:
        return {}
    out: dict[str, int] = {}
    for zone, said in _object(value, "confirming").items():
        if isinstance(said, str) and re.fullmatch(r"[0-9]{1,12}", said):
            said = int(said)
        if zone not in _ZONES:
            raise BadRequest(f"confirming names zone {_short(zone)}; it must be one of {', '.join(_ZONES)}")
        out[zone] = _whole(said, f"confirming.{zone}", 0, 10**12)
    return out


def _choices(value: object) -> Mapping[str, Sequence[str]]:
    if value is None:
        return {}
    out: dict[str, Sequence[str]] = {}
    for name, phrases in _object(value, "choices").items():
        if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
            raise BadRequest(f"choices.{name} is {_short(phrases)}; it must be a list of phrases")
        out[name] = tuple(phrases)
    return out


def _lengths(value: object) -> tuple[int, ...]:
    if value is None:
        return (10,)
    if not isinstance(value, list) or not value:
        raise BadRequest(f"account.lengths is {_short(value)}; it must be a list of lengths, as [10]")
    return tuple(_whole(length, "account.lengths", 1, 20) for length in value)


def _pattern(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadRequest(f"account.pattern is {_short(value)}; it must be a regular expression")
    try:
        re.compile(value)
    except re.error as error:
        raise BadRequest(f"account.pattern {value!r} is no regular expression: {error}") from error
    return value


def _scale(value: object) -> tuple[int, int]:
    if value is None:
        return (1, 5)
    if not isinstance(value, list) or len(value) != 2:
        raise BadRequest(f"scale is {_short(value)}; it must be two numbers, as [1, 5]")
    low, high = (_whole(edge, "scale", 0, 100) for edge in value)
    if low >= high:
        raise BadRequest(f"scale is {_short(value)}; the first number must be the smaller")
    return low, high


def _today(value: object) -> date | None:
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise BadRequest(f"today is {_short(value)}; it must be a date as 2026-03-04")
