"""A supplier's line as data: numbers, queues and flows of named steps. Loaded by `ivr.flow.load`, run by `ivr.call`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ivr.flow.finding import Place


@dataclass(frozen=True, slots=True)
class Choice:
    """One way out of a menu: a key, phrases, and where it leads."""

    name: str
    next: str
    place: Place
    key: str = ""
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    name: str
    place: Place
    text: str
    next: str

    def edges(self) -> Iterator[tuple[str, str]]:
        yield "next", self.next


@dataclass(frozen=True, slots=True)
class Menu:
    name: str
    place: Place
    text: str
    choices: tuple[Choice, ...]
    silence: str
    """Where a caller goes who says nothing `tries` times."""
    no_match: str
    tries: int = 2

    def edges(self) -> Iterator[tuple[str, str]]:
        for choice in self.choices:
            yield choice.name, choice.next
        yield "silence", self.silence
        yield "no_match", self.no_match


@dataclass(frozen=True, slots=True)
class Bot:
    """A dialogue of `bots/`, by name, and a step for each of its outcomes."""

    name: str
    place: Place
    bot: str
    outcomes: Mapping[str, str]

    def edges(self) -> Iterator[tuple[str, str]]:
        yield from self.outcomes.items()


@dataclass(frozen=True, slots=True)
class Queue:
    """Hand over to operators."""

    name: str
    place: Place
    queue: str
    topic: str
    seconds: float
    served: str
    timeout: str
    no_operators: str

    def edges(self) -> Iterator[tuple[str, str]]:
        yield "served", self.served
        yield "timeout", self.timeout
        yield "no_operators", self.no_operators


@dataclass(frozen=True, slots=True)
class Transfer:
    name: str
    place: Place
    target: str
    answered: str
    failed: str

    def edges(self) -> Iterator[tuple[str, str]]:
        yield "answered", self.answered
        yield "failed", self.failed


@dataclass(frozen=True, slots=True)
class Record:
    """Voicemail: text, a signal, and what the caller then says is kept."""

    name: str
    place: Place
    text: str
    next: str
    seconds: float = 120.0

    def edges(self) -> Iterator[tuple[str, str]]:
        yield "next", self.next


@dataclass(frozen=True, slots=True)
class End:
    """Hang up. `exit` is how the register names the end of this call."""

    name: str
    place: Place
    exit: str

    def edges(self) -> Iterator[tuple[str, str]]:
        return iter(())


Step = Say | Menu | Bot | Queue | Transfer | Record | End


@dataclass(frozen=True, slots=True)
class Flow:
    name: str
    place: Place
    start: str
    steps: Mapping[str, Step]


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

    def texts(self) -> Iterator[str]:
        """Every fixed text of the line, to be rendered ahead."""
        for flow in self.flows.values():
            for step in flow.steps.values():
                if isinstance(step, Say | Menu | Record):
                    yield step.text
