"""The bodies of messages, version 1, out of a call's events. Pure; docs/webhooks.md describes every field.

Fields are added, never renamed or taken away; a change that would break a receiver is another `version`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivr.journal.events import Event, Kind
from ivr.journal.register import Contact, contact
from ivr.journal.times import in_order
from ivr.webhooks.subscription import Told

VERSION = 1


@dataclass(frozen=True, slots=True)
class Body:
    event: Told
    key: str
    """The same for the same event for ever: a receiver that has seen it may let it go."""
    fields: Mapping[str, Any]


def bodies(events: Sequence[Event]) -> Iterator[Body]:
    """What there is to tell of a finished call, in the order it happened, the contact as a whole last."""
    told = in_order(events)
    if not told:
        return
    for event in told:
        match event.kind:
            case Kind.STORED:
                yield _body(event, "reading", _reading(event.data))
            case Kind.REQUESTED:
                yield _body(event, "request", _request(event.data))
            case Kind.RATED:
                yield _body(event, "rating", {"rating": event.data.get("rating"), "scale": event.data.get("scale")})
    one = contact(told)
    if one.over:
        key = f"contact-{one.call}"
        yield Body("contact", key, _envelope("contact", key, one.supplier, one.call, one.ended, of_contact(one)))


def _body(event: Event, what: Told, data: Mapping[str, Any]) -> Body:
    key = f"{what}-{event.call}-{event.node}-{event.seq}"
    return Body(what, key, _envelope(what, key, event.supplier, event.call, event.at, data))


def _envelope(
    what: Told, key: str, supplier: str, call: object, at: datetime, data: Mapping[str, Any]
) -> Mapping[str, Any]:
    return {
        "version": VERSION,
        "event": what,
        "id": key,
        "supplier": supplier,
        "call": str(call),
        "at": _at(at),
        what: data,
    }


def _reading(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "account": data.get("account"),
        "serial": data.get("serial"),
        "values": data.get("values"),
        "keys": data.get("keys", {}),
        "flagged": bool(data.get("flagged")),
    }


def _request(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: data.get(name) for name in ("account", "number")} | {
        "kind": data.get("request"), "key": data.get("key"),
    }  # fmt: skip


def of_contact(one: Contact) -> Mapping[str, Any]:
    return {
        "arrived": _at(one.arrived),
        "ended": _at(one.ended),
        "exit": one.exit.value if one.exit else None,
        "dialled": one.dialled,
        "phone": one.caller,
        "account": one.account,
        "topic": one.topic,
        "operators": list(one.operators),
        "ivr_ms": one.ivr,
        "wait_ms": one.wait,
        "talk_ms": one.talk,
        "hold_ms": one.hold,
        "reading": one.reading,
        "segments": [
            {
                "doing": part.doing.value,
                "started": _at(part.started),
                "ms": part.milliseconds,
                "queue": part.queue,
                "operators": list(part.operators),
            }
            for part in one.segments
        ],
    }


def alert(supplier: str, key: str, at: datetime, data: Mapping[str, Any]) -> Body:
    """An alert as a message; it belongs to no call."""
    fields = {"version": VERSION, "event": "alert", "id": key, "supplier": supplier, "at": _at(at), "alert": data}
    return Body("alert", key, fields)


def _at(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
