"""Which edges of a line the scenarios take. An inherited edge counts once, where it is written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ivr.call.interpreter import INSTEAD
from ivr.call.rehearsal.stage import Noted
from ivr.flow.dialplan import Dialplan, Edge
from ivr.flow.finding import Place
from ivr.journal.events import Kind


@dataclass(frozen=True, slots=True, order=True)
class Missed:
    """An edge nobody took: where it is written, and one step that has it."""

    place: Place
    flow: str
    step: str
    name: str
    target: str

    def __str__(self) -> str:
        return f"{self.place} {self.flow}.{self.step} —{self.name}→ {self.target}"


@dataclass(frozen=True, slots=True)
class Coverage:
    edges: int
    missed: tuple[Missed, ...]
    taken: Mapping[tuple[str, str, str], int]
    """How often each edge was taken, by flow, step and name."""
    walked: Mapping[tuple[str, str, str], int]
    """The same, an inherited edge counted wherever it is inherited: what a drawing is coloured with."""

    @property
    def covered(self) -> int:
        return self.edges - len(self.missed)

    @property
    def share(self) -> float:
        return self.covered / self.edges if self.edges else 1.0


def covered(dialplan: Dialplan, calls: Iterable[Iterable[Noted]]) -> Coverage:
    """What these calls, each as its journal tells it, have taken of the dialplan's edges."""
    taken: dict[tuple[str, str, str], int] = {}
    for noted in calls:
        for each in noted:
            if each.kind is Kind.STEP and "of" in each.data:
                flow, _, step = str(each.data["of"]).partition(".")
                key = (flow, step, str(each.data["by"]))
                taken[key] = taken.get(key, 0) + 1
    by_place: dict[Place, Missed] = {}
    seen: dict[Place, int] = {}
    every = list(edges(dialplan))
    for flow, step, edge in every:
        by_place.setdefault(edge.place, Missed(edge.place, flow, step, edge.name, edge.target))
    # By every name: a full queue that leads as an empty one does takes the edge that is written for both.
    for name, its in dialplan.flows.items():
        for one in its.steps.values():
            for edge in one.edges():
                seen[edge.place] = seen.get(edge.place, 0) + taken.get((name, one.name, edge.name), 0)
    missed = sorted(one for place, one in by_place.items() if not seen[place])
    walked = {
        (name, one.name, edge.name): seen.get(edge.place, 0)
        for name, its in dialplan.flows.items()
        for one in its.steps.values()
        for edge in one.edges()
    }
    return Coverage(len(by_place), tuple(missed), taken, walked)


def edges(dialplan: Dialplan) -> Iterator[tuple[str, str, Edge]]:
    for flow in dialplan.flows.values():
        for step in flow.steps.values():
            names = {edge.name for edge in step.ways}
            for edge in step.edges():
                # A way that stands for another one left out is not an edge of its own.
                if INSTEAD.get(edge.name) not in names or not _same_place(step.ways, edge):
                    yield flow.name, step.name, edge


def _same_place(ways: Iterable[Edge], edge: Edge) -> bool:
    return any(other.name == INSTEAD.get(edge.name) and other.place == edge.place for other in ways)
