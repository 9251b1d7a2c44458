"""The seam between a dialogue and whoever carries it: what a dialogue may say and ask, and what comes back.

A dialogue is written against `Talk` alone. It names what it says by key; the words live in the dialogue's own defaults
and in the supplier's `prompts.yaml`, never in its code. A hang-up raises `CallerLeft` out of any await.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bots.meters import Meter

Expect = Literal["reading", "account", "confirm", "menu", "rating", "date", "phone", "digits", "free"]

Act = Literal[
    "value", "yes", "no", "unsure", "hold", "repeat", "louder", "slower", "operator", "same", "approximate", "again",
    "choice", "opt_out", "wrong_person", "deceased", "dispute", "already_paid", "promise", "robot", "nothing",
]  # fmt: skip


class CallerLeft(Exception):
    """The caller hung up."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how the answer is to be understood. `key` and `slots` say which prompt asks it."""

    key: str
    expect: Expect
    slots: Mapping[str, object] = field(default_factory=dict)
    meter: Meter | None = None
    confirming: Mapping[str, int] = field(default_factory=dict)
    """The value just read back, by zone."""
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    account_lengths: tuple[int, ...] = (10,)
    account_pattern: str | None = None
    scale: tuple[int, int] = (1, 5)
    outbound: bool = False
    """We rang: nine means «не звоните» where it is no digit of the answer."""
    secret: bool = False
    """What is answered proves who somebody is: it is in no recording."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was understood. Fields are as in docs/CONTRACTS.md (`gudok understand`)."""

    act: Act
    values: Mapping[str, str] = field(default_factory=dict)
    verdict: Mapping[str, str] = field(default_factory=dict)
    proposed: Mapping[str, str] = field(default_factory=dict)
    also: tuple[Act, ...] = ()
    reconfirm: bool = False
    doubtful: bool = False
    """Whether a digit is in doubt: the value is to be read back digit by digit."""
    said: str = ""
    by: Literal["voice", "keys", "text"] = "voice"


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The ladder of re-asks is used up, or the caller wants a person."""

    why: Literal["silence", "no_match", "refused", "operator", "cannot_hear"]


class Talk(Protocol):
    async def say(self, key: str, **slots: object) -> None: ...

    async def ask(self, question: Question) -> Answer | NoAnswer: ...
