"""The JSON Schemas of alerts.yaml and webhooks.yaml, for editors. Shape only: `gudok check` says the rest."""

from typing import Any

from ivr.alerts.measures import MEASURES
from ivr.alerts.schedule import TITLES
from ivr.flow.schema import DRAFT
from ivr.webhooks.subscription import EVENTS

Schema = dict[str, Any]
_ADDRESSES: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_NUMBER: Schema = {"type": ["number", "string"]}
_SECONDS: Schema = {"type": "integer", "minimum": 0}


def alerts_schema() -> Schema:
    """Of `alerts.yaml`."""
    rule: Schema = {
        "type": "object",
        "required": ["measure"],
        "properties": {
            "measure": {"enum": list(MEASURES), "description": "; ".join(one.words for one in MEASURES.values())},
            "above": {**_NUMBER, "description": "тревога, когда больше"},
            "below": {**_NUMBER, "description": "тревога, когда меньше"},
            "clear": {**_NUMBER, "description": "за этим пределом тревога закончилась"},
            "for": {**_SECONDS, "description": "столько секунд подряд"},
            "cooldown": {**_SECONDS, "description": "столько секунд после конца не повторять"},
            "queue": {"type": "string"},
            "trunk": {"type": "string"},
            "to": _ADDRESSES,
        },
        "additionalProperties": False,
    }
    report: Schema = {
        "type": "object",
        "required": ["report"],
        "properties": {
            "report": {"enum": list(TITLES)},
            "every": {"enum": ["month", "day"]},
            "day": {"type": "integer", "minimum": 1, "maximum": 28},
            "at": {"type": "string", "pattern": r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"},
            "to": _ADDRESSES,
        },
        "additionalProperties": False,
    }
    return {
        "$schema": DRAFT,
        "title": "gudok: тревоги и отчёты по расписанию",
        "type": "object",
        "properties": {
            "to": {**_ADDRESSES, "description": "кому писать"},
            "alerts": {"type": "object", "additionalProperties": rule},
            "reports": {"type": "object", "additionalProperties": report},
        },
        "additionalProperties": False,
    }


def webhooks_schema() -> Schema:
    """Of `webhooks.yaml`."""
    one: Schema = {
        "type": "object",
        "required": ["url", "events"],
        "properties": {
            "url": {"type": "string", "pattern": "^https?://"},
            "events": {"type": "array", "items": {"enum": list(EVENTS)}, "minItems": 1},
        },
        "additionalProperties": False,
    }
    return {
        "$schema": DRAFT,
        "title": "gudok: кому сообщать о звонках",
        "type": "object",
        "required": ["webhooks"],
        "properties": {"webhooks": {"type": "object", "additionalProperties": one}},
        "additionalProperties": False,
    }
