"""What every rule judges: the line, its graph, and what is sure at each step on whatever way a call came to it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bots.dialogue import Dialogue
from ivr.flow.checks.sure import Sure
from ivr.flow.dialplan import Dialplan
from ivr.flow.finding import Finding, Place
from ivr.flow.graph import Graph


@dataclass(frozen=True, slots=True)
class Ground:
    plan: Dialplan
    graph: Graph
    sure: Sure
    line: Place
    """line.yaml."""
    dialogues: Mapping[str, Dialogue]
    lost: frozenset[str]
    """Flows in which not all edges could be read."""
    bot_steps: frozenset[str]
    """Names of the steps that are dialogues: they leave facts of their own behind, `<step>.<fact>`."""

    def is_fact(self, name: str) -> bool:
        return name.partition(".")[0] in self.bot_steps


Rule = Callable[[Ground], Iterator[Finding]]
