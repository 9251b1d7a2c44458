"""Headers of an event into its type: pure, and never an exception, whatever Asterisk or a garbled line holds.

The table is read off `asterisk.ami.events` once, at import; decoding an event is then a walk over its readers.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from enum import IntEnum
from functools import partial
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from asterisk.ami import events
from asterisk.ami.events import AsteriskEvent, From, Other, UserEvent
from asterisk.ami.message import Headers

_NOTHING = ("", "<unknown>")
_TRUE = frozenset(("1", "yes", "true", "on", "y", "t"))
_FALSE = frozenset(("0", "no", "false", "off", "n", "f", ""))
_LARGEST = 2**63


class Garbled(ValueError):
    """A header that must be there is missing or cannot be read."""


def optional(headers: Mapping[str, str], header: str) -> str | None:
    value = headers.get(header)
    return None if value is None or value in _NOTHING else value


def required(headers: Mapping[str, str], header: str) -> str:
    value = headers.get(header)
    if value is None or value in _NOTHING:
        raise Garbled(header)
    return value


def integer(headers: Mapping[str, str], header: str) -> int:
    value = headers.get(header)
    if value is None:
        raise Garbled(header)
    try:
        number = int(value)
    except ValueError:
        raise Garbled(header) from None
    if not -_LARGEST <= number < _LARGEST:
        raise Garbled(header)
    return number


def real(headers: Mapping[str, str], header: str, scale: float = 1.0) -> float:
    return integer(headers, header) * scale


def flag(headers: Mapping[str, str], header: str) -> bool:
    """Asterisk's many ways to say yes; a missing one is no."""
    value = headers.get(header, "").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise Garbled(header)


def choice(headers: Mapping[str, str], header: str, among: type[IntEnum]) -> IntEnum:
    try:
        return among(integer(headers, header))
    except ValueError:
        raise Garbled(header) from None


def or_none(headers: Mapping[str, str], header: str, read: Callable[[Mapping[str, str], str], Any]) -> Any:
    try:
        return read(headers, header)
    except Garbled:
        return None


def moment(headers: Mapping[str, str], now: datetime) -> datetime:
    """Asterisk's own time of the event (`timestampevents=yes`), else `now`."""
    value = headers.get("Timestamp")
    if value is None:
        return now
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        return now


_READERS: Mapping[type, Callable[..., Any]] = {bool: flag, int: integer, float: real}


def _reader(kind: Any, header: str, scale: float | None) -> Callable[[Mapping[str, str]], Any]:
    inner = [part for part in get_args(kind) if part is not type(None)]
    maybe = get_origin(kind) in (Union, types.UnionType)
    base = inner[0] if maybe else kind
    if base is str:
        return partial(optional if maybe else required, header=header)
    if base is float and scale is not None:
        return partial(real, header=header, scale=scale)
    read: Callable[..., Any]
    read = partial(choice, among=base) if issubclass(base, IntEnum) else _READERS[base]
    return partial(or_none, header=header, read=read) if maybe else partial(read, header=header)


def _table(event: type[AsteriskEvent]) -> tuple[tuple[str, Callable[[Mapping[str, str]], Any]], ...]:
    hints = get_type_hints(event, include_extras=True)
    readers = []
    for each in fields(event):
        hint = hints[each.name]
        if get_origin(hint) is Annotated:
            kind, source = get_args(hint)
            scale = source.scale if isinstance(source, From) else None
            header = source.header if isinstance(source, From) else source
            readers.append((each.name, _reader(kind, header, scale)))
    return tuple(readers)


_TYPES: dict[str, tuple[type[AsteriskEvent], tuple[tuple[str, Callable[[Mapping[str, str]], Any]], ...]]] = {
    name.lower(): (event, _table(event))
    for name, event in vars(events).items()
    if isinstance(event, type) and issubclass(event, AsteriskEvent) and not event.__subclasses__()
    if event not in (AsteriskEvent, Other, UserEvent)
}


def decode(headers: Headers, now: datetime) -> AsteriskEvent:
    """The typed event; `Other` when there is no type for it or it is garbled."""
    name = headers.get("Event", "")
    at = moment(headers, now)
    known = _TYPES.get(name.lower())
    if known is not None:
        event, readers = known
        try:
            return event(at=at, headers=headers, **{field: read(headers) for field, read in readers})
        except Garbled:
            pass
    elif name.lower() == "userevent" and headers.get("UserEvent"):
        return _user_event(headers, at)
    return Other(
        at=at,
        headers=headers,
        name=name,
        uniqueid=optional(headers, "Uniqueid"),
        linkedid=optional(headers, "Linkedid"),
    )


def garbled(event: AsteriskEvent) -> bool:
    """Whether it should have had a type, but could not be read as one."""
    return isinstance(event, Other) and event.name.lower() in _TYPES


def _user_event(headers: Headers, at: datetime) -> UserEvent:
    """Its own fields stand after its name; one that bears the name of a channel's header is the last of that name."""
    own: dict[str, str] = {}
    after = False
    for name in headers:
        values = headers.get_all(name)
        if name.lower() == "userevent":
            after = True
        elif name.lower() != "actionid" and (after or len(values) > 1):
            own[name] = values[-1]
    return UserEvent(
        at=at,
        headers=headers,
        name=headers["UserEvent"],
        fields=types.MappingProxyType(own),
        channel=optional(headers, "Channel"),
        uniqueid=optional(headers, "Uniqueid"),
        linkedid=optional(headers, "Linkedid"),
    )
