"""What happened, as it is kept for ever: one append-only event log, ordered within each call.

`call` is our own UUIDv7; Asterisk's Uniqueid and Linkedid are attributes. `(node, call, seq)` is unique and each call
has one writer. Waits, talks and reports are computed from events and can be computed again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """Kinds of event. Each carries its own version `v`; `data` is described beside it.

    `mended` in any of them: written after a restart, of a time when nobody listened.
    """

    # dialled, caller, channel, uniqueid, linkedid; version of the dialplan; draft, where one was tried
    ARRIVED = "arrived"
    ANSWERED = "answered"
    STEP = "step"  # flow, step, verb; by (the edge it was come by) and of («flow.step» that edge leaves)
    SAID = "said"  # text
    HEARD = "heard"  # text, words (word, conf)
    PRESSED = "pressed"  # keys
    SILENT = "silent"
    UNDERSTOOD = "understood"  # act, values, verdict
    STORED = "stored"  # account, serial, values, flagged
    DRAFTED = "drafted"  # account, serial
    REQUESTED = "requested"  # account, number, request (its kind), key
    MESSAGED = "messaged"  # message, channel, to, sent: whether it may go
    CALLBACK = "callback"  # queue, phone, at, how (made, merged, refused)
    RATED = "rated"  # rating, scale
    ANNOUNCED = "announced"  # emergency, heard_out
    TOPIC = "topic"  # topic: what the contact is about, as far as it is known
    QUEUED = "queued"  # queue, position
    RINGING = "ringing"  # operator
    NOT_ANSWERED = "not_answered"  # operator, ring_seconds
    CONNECTED = "connected"  # operator, hold_seconds
    LEFT_QUEUE = "left_queue"  # why: connected, abandoned, timeout, full, no_operators (both also without QUEUED)
    BRIDGED = "bridged"  # bridge, type (basic, parking), others: the caller is in it with at least one more
    UNBRIDGED = "unbridged"  # bridge
    HELD = "held"  # operator
    RESUMED = "resumed"  # operator
    PARKED = "parked"  # operator (who parked), space: the number by which the caller is taken back
    UNPARKED = "unparked"  # why (retrieved, timeout, gave_up), operator (who took the caller back), space
    TRANSFERRED = "transferred"  # how (blind, attended), target, operator (who gave the caller on)
    CONSULTING = "consulting"  # operator, colleagues: they talk with each other while the caller is theirs
    CONSULTED = "consulted"  # operator: back from it, or out of the call
    LINKED = "linked"  # linkedid: another call's legs belong to this contact
    WRAPPED_UP = "wrapped_up"  # operator, milliseconds: the work after the talk; at its end, be the call long over
    FELL_BACK = "fell_back"  # why
    RECORDED = "recorded"  # file
    HUNG_UP = "hung_up"  # cause, by
    ENDED = "ended"  # exit; left: the caller hung up before the flow ended


@dataclass(frozen=True, slots=True)
class Event:
    id: UUID
    supplier: str
    node: str
    call: UUID
    seq: int
    at: datetime
    kind: Kind
    v: int = 1
    data: Mapping[str, object] = field(default_factory=dict)
