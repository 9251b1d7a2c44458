"""The JSON Schema of a flow's file and of line.yaml, for editors that complete and underline as one types.

It is made of the table of verbs that the reader itself uses. An editor sees only the shape: where edges lead and what
a text says is `gudok check`'s to judge.
"""

from collections.abc import Mapping
from typing import Any, get_args

from ivr.flow.dialplan import EXITS, Direction
from ivr.flow.load import FLOW_KEYS, LINE_KEYS
from ivr.flow.reading import NO, YES
from ivr.flow.step_values import CALLED
from ivr.flow.verbs import CHOICE, EXIT_NOTES, HANG_UP, OPTION, VERBS, Key, Verb, keys_of

DRAFT = "http://json-schema.org/draft-07/schema#"
Schema = dict[str, Any]

_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_NAME: Schema = {"type": "string", "pattern": r"^[^\W\d]\w*$"}
_TARGET: Schema = {"type": "string", "minLength": 1}
_WORDING: Schema = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "object",
            "required": ["say"],
            "properties": {"say": {"type": "string", "minLength": 1}, "written": {"type": "string"}},
            "additionalProperties": False,
        },
    ]
}
_YES_NO: Schema = {"anyOf": [{"enum": [*YES, *NO]}, {"type": "boolean"}]}
_WORDS: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def flow_schema() -> Schema:
    """Of `flows/<name>.yaml`."""
    properties: Schema = {
        "title": {"type": "string", "description": "как сценарий называется в отчётах"},
        "direction": {"enum": list(get_args(Direction)), "description": "inbound: звонят нам; outbound: звоним мы"},
        "takes": _map({"enum": [name for name in CALLED if name != "none"]}, "что ему передают: имя и тип"),
        "on": _exits(),
        "start": {"type": "string", "minLength": 1, "description": "первый шаг"},
        "steps": _map({"anyOf": [{"$ref": f"#/definitions/{verb}"} for verb in VERBS]}, "шаги по именам"),
    }
    assert set(properties) == FLOW_KEYS
    return {
        "$schema": DRAFT,
        "title": "gudok: сценарий звонка",
        "type": "object",
        "required": ["start", "steps"],
        "properties": properties,
        "additionalProperties": False,
        "definitions": {name: _verb(name, verb) for name, verb in VERBS.items()},
    }


def line_schema() -> Schema:
    """Of line.yaml, as far as flows go; the supplier's other settings are taken as they are."""
    queue = {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "required": ["title"],
                "properties": {"title": {"type": "string"}, "always_open": _YES_NO},
            },
        ]
    }
    properties: Schema = {name: {} for name in sorted(LINE_KEYS)} | {
        "title": {"type": "string", "description": "как называется линия"},
        "numbers": _map({"type": "string"}, "номер линии и сценарий, который на него отвечает"),
        "queues": _map(queue, "очереди операторов"),
        "on": _exits(),
    }
    return {
        "$schema": DRAFT,
        "title": "gudok: линия поставщика",
        "type": "object",
        "required": ["title", "numbers"],
        "properties": properties,
        "additionalProperties": False,
    }


def _exits() -> Schema:
    properties = {name: _described(_TARGET, EXIT_NOTES[name]) for name in EXITS}
    properties["hang_up"] = _described(_TARGET, HANG_UP.note)
    note = "куда ведут вопросы, если сами не говорят"
    return {"type": "object", "properties": properties, "additionalProperties": False, "description": note}


def _verb(name: str, verb: Verb) -> Schema:
    keys = keys_of(verb)
    return {
        "type": "object",
        "description": f"{name}: {verb.note}",
        "required": [key for key, spec in keys.items() if spec.needed],
        "properties": {key: _described(_key(spec), spec.note) for key, spec in keys.items()},
        "additionalProperties": False,
    }


def _key(spec: Key) -> Schema:
    match spec.kind:
        case "wording":
            return _WORDING
        case "name":
            return _NAME
        case "target":
            return _TARGET
        case "targets":
            return _map(_TARGET)
        case "choices":
            return _map(_choice(CHOICE))
        case "options":
            return _map(_choice(OPTION))
        case "branches":
            return _branches()
        case "values":
            return _map(_SCALAR)
        case "whole":
            return {"type": "integer", "minimum": spec.least, "maximum": spec.most, "default": spec.default}
        case "yes_no":
            return _YES_NO
        case "words":
            return {"enum": list(spec.words)}
        case "scale":
            return {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
        case "lengths":
            return {"type": "array", "items": {"type": "integer", "minimum": 1}}
    return _SCALAR


def _choice(keys: Mapping[str, Key]) -> Schema:
    known = {"key": {"type": ["string", "integer"]}, "say": _WORDS}
    return {
        "type": "object",
        "required": [key for key, spec in keys.items() if spec.needed],
        "properties": {key: _described(known.get(key) or _key(spec), spec.note) for key, spec in keys.items()},
        "additionalProperties": False,
    }


def _branches() -> Schema:
    condition = {
        "type": "object",
        "required": ["if", "next"],
        "properties": {"if": _SCALAR, "next": _TARGET},
        "additionalProperties": False,
    }
    last = {"type": "object", "required": ["else"], "properties": {"else": _TARGET}, "additionalProperties": False}
    return {"type": "array", "items": {"anyOf": [condition, last]}, "minItems": 1}


def _map(values: Schema, note: str = "") -> Schema:
    made: Schema = {"type": "object", "additionalProperties": values}
    return _described(made, note) if note else made


def _described(schema: Schema, note: str) -> Schema:
    return {**schema, "description": note}
