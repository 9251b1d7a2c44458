"""Who sees what of a customer: one table by role, one function. Registers, exports and screens all ask it. Pure.

A field is shown in full, by its last four digits, or not at all. What is not in the table is not shown: a field that
somebody adds is hidden until somebody decides who may see it.
"""

from collections.abc import Mapping
from typing import Literal

from ivr.logs import tail
from ivr.people.roles import Role

Field = Literal["phone", "account", "address", "email", "words", "reading", "recording"]
"""`words`: what was said, written or transcribed; `recording`: whether it may be listened to."""
Sight = Literal["full", "tail", "hidden"]

HIDDEN = "скрыто"
PSEUDONYM = "p:"
"""How a pseudonym begins (`ivr.retention.pseudonym`)."""


_NOTHING: Mapping[Field, Sight] = {"phone": "tail", "account": "tail", "email": "tail"}
SIGHTS: Mapping[Role, Mapping[Field, Sight]] = {
    # Runs the machine; looks up calls by account, and needs nobody's number in full for that.
    Role.ADMIN: {"phone": "tail", "account": "full", "reading": "full", "email": "tail"},
    Role.EDITOR: _NOTHING,
    Role.PUBLISHER: _NOTHING,
    # Calls back, answers complaints.
    Role.SUPERVISOR: dict.fromkeys(
        ("phone", "account", "address", "email", "words", "reading", "recording"), "full"
    ),
    # Judges talks, not people.
    Role.QC: {
        "phone": "tail", "account": "tail", "email": "tail", "words": "full", "reading": "full", "recording": "full",
    },
    # Sees who is on the telephone with them.
    Role.OPERATOR: {
        "phone": "full", "account": "full", "address": "full", "email": "full", "words": "full", "reading": "full",
    },
    Role.CAMPAIGNS: {"phone": "tail", "account": "tail", "email": "tail"},
    Role.AUDITOR: {"phone": "tail", "account": "tail", "email": "tail"},
}  # fmt: skip


def sight(role: Role, field: Field) -> Sight:
    return SIGHTS[role].get(field, "hidden")


def mask(role: Role, field: Field, value: str | None) -> str | None:
    """The value as this role may see it; None, where there is none, stays None."""
    if value is None or not value:
        return value
    match sight(role, field):
        case "full":
            return value
        case "tail" if value.startswith(PSEUDONYM):
            return value  # it names nobody already
        case "tail":
            return _tail(field, value)
    return HIDDEN


def _tail(field: Field, value: str) -> str:
    if field == "email":
        name, at, host = value.rpartition("@")
        return f"{name[:1]}***{at}{host}" if at else HIDDEN
    shown = tail(value)
    # Too short to have a tail: an account of four digits would be shown whole.
    return shown if shown != value or not any(sign.isdigit() for sign in value) else f"***{value[-2:]}"
