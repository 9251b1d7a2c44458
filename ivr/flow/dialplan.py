"""A supplier's line as data: numbers, queues and flows of named steps. Read by `ivr.flow.load`, run by `ivr.call`.

A step does one thing, named by its verb, and leaves by edges. An edge leads to a step of the same flow, by its name, or
to another flow (`flow:NAME`, `flow:NAME.step`), from where nobody comes back. docs/dialplans.md is the language.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ivr.flow.expression import Expression, Type
from ivr.flow.finding import Place

Expected = Literal["reading", "account", "yes_no", "choice", "phone", "date", "rating", "digits", "free"]
Lookup = Literal["account", "debt", "outages", "requests", "drafts", "taken", "meters", "reason"]
Direction = Literal["inbound", "outbound"]

ANOTHER_FLOW = "flow:"


@dataclass(frozen=True, slots=True)
class Edge:
    """A way out of a step: what happened, and where it leads. An inherited one stands where it was written."""

    name: str
    target: str
    place: Place


@dataclass(frozen=True, slots=True)
class Wording:
    """A text with slots, `{name|form}`. `written` is its variant for channels that are read, not heard."""

    text: str
    place: Place
    written: str = ""
    exact: bool = False
    """It stands on one line, letter for letter."""

    def at(self, offset: int) -> Place:
        """Where a letter of it stands, as near as that is known."""
        return Place(self.place.file, self.place.line, self.place.col + offset) if self.exact else self.place


@dataclass(frozen=True, slots=True)
class Ladder:
    """How a question is asked again: short, then with a hint, then for keys."""

    first: Wording
    hint: Wording | None = None
    keys: Wording | None = None
    tries: int = 2

    def rungs(self) -> tuple[Wording, ...]:
        """`tries` askings, the hint from the second on, and the one for keys after them."""
        again = self.hint or self.first
        return (self.first, *[again] * (self.tries - 1), *([self.keys] if self.keys else []))


EXITS = ("silence", "no_match", "refused", "too_many", "deaf", "operator")
"""How a question may end without an answer. Each leads somewhere, by the step, its flow's `on` or the line's `on`."""


@dataclass(frozen=True, slots=True)
class Step:
    """What all have. `hang_up` leads to steps that need no caller: `set`, `message`, `request`, `callback`, `end`."""

    verb = ""
    name: str
    place: Place
    ways: tuple[Edge, ...]
    """Every way out, each name once."""
    hang_up: Edge | None

    def edges(self) -> Iterator[Edge]:
        yield from self.ways
        if self.hang_up is not None:
            yield self.hang_up

    def way(self, name: str) -> str | None:
        """Where the edge of this name leads."""
        return next((edge.target for edge in self.ways if edge.name == name), None)

    def wordings(self) -> Iterator[Wording]:
        """Every text of the step that a caller may hear."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Asking(Step):
    """A step that asks: it has a ladder, and all of `EXITS` among its ways."""

    ladder: Ladder

    def wordings(self) -> Iterator[Wording]:
        yield from dict.fromkeys(self.ladder.rungs())


@dataclass(frozen=True, slots=True)
class Say(Step):
    """Ways: `next`."""

    verb = "say"
    wording: Wording
    skippable: bool = True
    """Whether a key or, where the ear is open, a word ends it."""

    def wordings(self) -> Iterator[Wording]:
        yield self.wording


@dataclass(frozen=True, slots=True)
class Choice:
    """One way out of a menu or one value of a choice: a key, phrases, and when it is offered."""

    name: str
    place: Place
    key: str = ""
    phrases: tuple[str, ...] = ()
    when: Expression | None = None


@dataclass(frozen=True, slots=True)
class Menu(Asking):
    """Ways: the choices by name, and `EXITS`."""

    verb = "menu"
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask(Asking):
    """Ways: `next` (of `yes_no`: `yes`, `no`, `unsure`), and `EXITS`. The answer is kept in the variable `into`."""

    verb = "ask"
    expect: Expected = "free"
    into: str = ""
    choices: tuple[Choice, ...] = ()
    scale: tuple[int, int] = (1, 5)
    lengths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Confirm(Asking):
    """Reads a variable back. Ways: `yes`, `no`, and `EXITS`; the unsure hear `spelled` and are asked once more."""

    verb = "confirm"
    of: str = ""
    spelled: Wording | None = None

    def wordings(self) -> Iterator[Wording]:
        # Not super(): a dataclass with slots is another class than the one this was compiled in.
        yield from Asking.wordings(self)
        if self.spelled is not None:
            yield self.spelled


@dataclass(frozen=True, slots=True)
class Branch:
    when: Expression
    way: str


@dataclass(frozen=True, slots=True)
class When(Step):
    """The first branch that is true, else the way `else`. Ways: `1`, `2`… by branch, and `else`."""

    verb = "when"
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Switch(Step):
    """Ways: the values as they are written, and `else`."""

    verb = "switch"
    on: Expression


@dataclass(frozen=True, slots=True)
class Set(Step):
    """Ways: `next`."""

    verb = "set"
    values: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class SortTopics(Asking):
    """An open question, sorted by the examples of topics.yaml. Ways: topics by name, `answered`, `other`, and `EXITS`.

    `answered`: the topic has an answer of its own, which was said. `other`: a topic that has no way here.
    Afterwards `topic` holds the topic and `besides` what was said besides it.
    """

    verb = "topics"


@dataclass(frozen=True, slots=True)
class Bot(Step):
    """A dialogue of `bots/`, by name. Ways: its outcomes. Its facts become variables `<step>.<fact>`."""

    verb = "bot"
    bot: str
    inputs: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LookUp(Step):
    """Ways: `found`, `none`, `away`; of `reason`, for `found`: `readings`, `debt`, `outage`, `request`."""

    verb = "lookup"
    what: Lookup
    of: Expression | None = None
    into: str = ""


@dataclass(frozen=True, slots=True)
class SendMessage(Step):
    """A message of messages.yaml, by name. Ways: `next`, and `refused` (no address, quiet hours over, cap reached)."""

    verb = "message"
    message: str
    channel: Literal["sms", "email"] = "sms"
    to: Expression | None = None
    values: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MakeRequest(Step):
    """A service request. Ways: `next`, `away`. Its number is the variable `into`."""

    verb = "request"
    kind: str
    of: Expression | None = None
    words: Expression | None = None
    into: str = ""


@dataclass(frozen=True, slots=True)
class Queue(Step):
    """Hand over to operators. Ways: `served`, `timeout`, `no_operators`, `full`."""

    verb = "queue"
    queue: str
    topic: Wording | None = None
    priority: int = 0
    seconds: float = 300.0
    whisper: Wording | None = None
    """Said to the operator alone."""
    context: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transfer(Step):
    """Ways: `answered`, `failed`."""

    verb = "transfer"
    target: str
    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class OrderCallback(Step):
    """Ways: `made`, `merged` (one is ordered already; `into` holds its time), `refused` (a number we do not ring)."""

    verb = "callback"
    queue: str
    phone: Expression | None = None
    at: Expression | None = None
    topic: Wording | None = None
    into: str = ""


@dataclass(frozen=True, slots=True)
class Record(Step):
    """Voicemail: text, a signal, and what the caller then says is kept. Ways: `next`, `empty`."""

    verb = "record"
    wording: Wording
    seconds: float = 120.0

    def wordings(self) -> Iterator[Wording]:
        yield self.wording


@dataclass(frozen=True, slots=True)
class Rate(Step):
    """A mark for the talk. Ways: `next` (the mark is `into`), `skipped`."""

    verb = "rate"
    ladder: Ladder
    scale: tuple[int, int] = (1, 5)
    into: str = ""

    def wordings(self) -> Iterator[Wording]:
        yield from dict.fromkeys(self.ladder.rungs())


@dataclass(frozen=True, slots=True)
class Announce(Step):
    """What is on air of the emergencies. Ways: `next` (also when nothing is), `callback`, `hang_up_asked`."""

    verb = "announce"


@dataclass(frozen=True, slots=True)
class CallFlow(Step):
    """Another flow, and back. Ways: the exits of its `end` steps."""

    verb = "call"
    flow: str
    values: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Goto(Step):
    """Ways: `next`."""

    verb = "goto"


@dataclass(frozen=True, slots=True)
class End(Step):
    """Hang up; in a flow that was called, go back. `exit` is how the register names the end of this call."""

    verb = "end"
    exit: str


LAST_EXITS = (
    "self_served", "answered", "callback", "voicemail", "transferred", "closed", "overflow", "refused", "no_contact",
)  # fmt: skip
"""What an `end` may be called where it ends the call; a flow that is called names its exits as it likes."""


@dataclass(frozen=True, slots=True)
class Flow:
    name: str
    place: Place
    start: str
    steps: Mapping[str, Step]
    title: str = ""
    direction: Direction = "inbound"
    takes: Mapping[str, Type] = field(default_factory=dict)
    """What it is given when it is called."""


@dataclass(frozen=True, slots=True)
class Dialplan:
    supplier: str
    title: str
    numbers: Mapping[str, str]
    """Number of the line → the flow that answers it."""
    queues: Mapping[str, str]
    """Queue → its title."""
    flows: Mapping[str, Flow]
    prompts: Mapping[str, str] = field(default_factory=dict)
    """The supplier's own wording of what dialogues say, by key."""
    prompt_places: Mapping[str, Place] = field(default_factory=dict)
    """Where each of these stands."""
    always_open: frozenset[str] = frozenset()
    """Queues whose operators are there day and night."""
    types: Mapping[str, Type] = field(default_factory=dict)
    """Every variable of the line, built-in ones too: how a slot without a form is said."""

    def steps(self) -> Iterator[Step]:
        for flow in self.flows.values():
            yield from flow.steps.values()

    def wordings(self) -> Iterator[Wording]:
        """Every text of the line that a caller may hear."""
        for step in self.steps():
            yield from step.wordings()

    def texts(self) -> Iterator[str]:
        """Every text without slots, to be rendered ahead."""
        for wording in self.wordings():
            if "{" not in wording.text:
                yield wording.text


def where(target: str, flow: str) -> tuple[str, str | None]:
    """The flow and the step a target names, seen from `flow`; no step: that flow's first."""
    if not target.startswith(ANOTHER_FLOW):
        return flow, target
    other, _, step = target.removeprefix(ANOTHER_FLOW).partition(".")
    return other, step or None
