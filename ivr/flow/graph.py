"""The steps of a line as one graph: which step may follow which, over flows, calls of flows and the ways back.

An edge into something that could not be read leads to `ANYWHERE`, of which everything good is believed: one fault is
told once, and not again by all that it breaks.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ivr.flow.dialplan import ANOTHER_FLOW, Asking, CallFlow, Dialplan, Edge, End, Flow, Step, where

ANYWHERE = -1


@dataclass(frozen=True, slots=True)
class Node:
    number: int
    flow: Flow
    step: Step


@dataclass(frozen=True, slots=True)
class Arc:
    """One way from a step to another; `edge` is None where a flow is entered to be come back from."""

    edge: Edge | None
    to: int

    @property
    def for_good(self) -> bool:
        """It goes to another flow, from where nobody comes back, not even to who called this one."""
        return self.edge is not None and self.edge.target.startswith(ANOTHER_FLOW)

    @property
    def by_hang_up(self) -> bool:
        return self.edge is not None and self.edge.name == "hang_up"


class Graph:
    """Nodes in the order of the files; `arcs[n]` are the ways out of node `n`, into called flows too."""

    def __init__(self, plan: Dialplan, damaged: Container[tuple[str, str]] = ()) -> None:
        """`damaged`: steps, by flow and name, that were read only in part: they may lead anywhere."""
        self.plan = plan
        self._damaged = damaged
        self.nodes: list[Node] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._ends: dict[str, Sequence[Node]] = {}
        self._named: set[str] | None = None
        for flow in plan.flows.values():
            for step in flow.steps.values():
                self._numbers[flow.name, step.name] = len(self.nodes)
                self.nodes.append(Node(len(self.nodes), flow, step))
        self.arcs: list[list[Arc]] = [self._arcs(node) for node in self.nodes]
        self.returns = self._returns()
        """From the `end` steps of called flows to where their callers go on."""

    def find(self, target: str, flow: str) -> int:
        """The node a target names, seen from `flow`."""
        name, step = where(target, flow)
        there = self.plan.flows.get(name)
        return self._numbers.get((name, step or there.start), ANYWHERE) if there is not None else ANYWHERE

    def whole(self, node: Node) -> bool:
        """All of the step could be read."""
        return (node.flow.name, node.step.name) not in self._damaged

    def start(self, flow: str) -> int:
        return self.find(f"flow:{flow}", flow)

    def _arcs(self, node: Node) -> list[Arc]:
        arcs = [Arc(edge, self.find(edge.target, node.flow.name)) for edge in node.step.edges()]
        if isinstance(node.step, CallFlow):
            arcs.append(Arc(None, self.start(node.step.flow)))
        if not self.whole(node):
            arcs.append(Arc(None, ANYWHERE))
        return arcs

    # -- where calls begin -------------------------------------------------------------------------------------------

    def entered(self) -> list[int]:
        """The first steps of flows that begin a call: those of a number, and those that ring somebody."""
        flows = [*self.plan.numbers.values(), *(f.name for f in self.plan.flows.values() if f.direction == "outbound")]
        return [start for name in dict.fromkeys(flows) if (start := self.start(name)) != ANYWHERE]

    def named(self) -> set[str]:
        """Flows that a number, another flow or a campaign leads to."""
        if self._named is None:
            self._named = self._find_named()
        return self._named

    def _find_named(self) -> set[str]:
        names = {*self.plan.numbers.values()}
        names |= {flow.name for flow in self.plan.flows.values() if flow.direction == "outbound"}
        for node in self.nodes:
            if isinstance(node.step, CallFlow) and node.step.flow != node.flow.name:
                names.add(node.step.flow)
            for edge in node.step.edges():
                flow = where(edge.target, node.flow.name)[0]
                if flow != node.flow.name:
                    names.add(flow)
        return names

    # -- walks -------------------------------------------------------------------------------------------------------

    def reached(self, starts: Iterable[int], *, into_calls: bool = True, after_hang_up: bool = True) -> set[int]:
        """Every node that can be come to."""
        seen: set[int] = set()
        ahead = [start for start in starts if start != ANYWHERE]
        while ahead:
            number = ahead.pop()
            if number in seen:
                continue
            seen.add(number)
            ahead.extend(arc.to for arc in self.walk(number, into_calls, after_hang_up) if arc.to not in seen)
        seen.discard(ANYWHERE)
        return seen

    def walk(self, number: int, into_calls: bool = True, after_hang_up: bool = True) -> Iterator[Arc]:
        if number == ANYWHERE:
            return
        for arc in self.arcs[number]:
            if (arc.edge is None and arc.to != ANYWHERE and not into_calls) or (arc.by_hang_up and not after_hang_up):
                continue
            yield arc

    def lead_to(self, goals: Iterable[int], *, after_hang_up: bool = False) -> set[int]:
        """Every node from which one of these can be come to; what is broken is believed to lead there."""
        before: list[list[int]] = [[] for _ in self.nodes]
        found = set(goals)
        for node in self.nodes:
            for arc in self.walk(node.number, True, after_hang_up):
                if arc.to == ANYWHERE:
                    found.add(node.number)
                else:
                    before[arc.to].append(node.number)
        for end, backs in self.returns.items():
            for back in backs:
                if back == ANYWHERE:
                    found.add(end)
                else:
                    before[back].append(end)
        ahead = list(found)
        while ahead:
            for number in before[ahead.pop()]:
                if number not in found:
                    found.add(number)
                    ahead.append(number)
        return found

    def circles(self, among: set[int]) -> list[list[int]]:
        """Groups of these nodes in which one can go round, without leaving the group (Tarjan, without recursion)."""
        index: dict[int, int] = {}
        low: dict[int, int] = {}
        stack: list[int] = []
        on_stack: set[int] = set()
        found: list[list[int]] = []
        for root in sorted(among):
            if root in index:
                continue
            work = [(root, iter(self._within(root, among)))]
            index[root] = low[root] = len(index)
            stack.append(root)
            on_stack.add(root)
            while work:
                number, others = work[-1]
                for other in others:
                    if other not in index:
                        index[other] = low[other] = len(index)
                        stack.append(other)
                        on_stack.add(other)
                        work.append((other, iter(self._within(other, among))))
                        break
                    if other in on_stack:
                        low[number] = min(low[number], index[other])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[number])
                    if low[number] == index[number]:
                        group = []
                        while True:
                            member = stack.pop()
                            on_stack.discard(member)
                            group.append(member)
                            if member == number:
                                break
                        if len(group) > 1 or number in self._within(number, among):
                            found.append(sorted(group))
        return found

    def _within(self, number: int, among: set[int]) -> list[int]:
        return [arc.to for arc in self.walk(number, False, False) if arc.to in among]

    # -- called flows ------------------------------------------------------------------------------------------------

    def ends_of(self, flow: str) -> Sequence[Node]:
        """The `end` steps at which a called flow goes back to who called it, in the order of the files."""
        if flow not in self._ends:
            self._ends[flow] = self._find_ends(flow)
        return self._ends[flow]

    def _find_ends(self, flow: str) -> Sequence[Node]:
        inside: set[int] = set()
        ahead = [self.start(flow)]
        while ahead:
            number = ahead.pop()
            if number == ANYWHERE or number in inside:
                continue
            inside.add(number)
            ahead += [arc.to for arc in self.walk(number, False, False) if not arc.for_good]
        return [self.nodes[number] for number in sorted(inside) if isinstance(self.nodes[number].step, End)]

    def _returns(self) -> dict[int, list[int]]:
        callers: dict[str, list[Node]] = {}
        for node in self.nodes:
            if isinstance(node.step, CallFlow):
                callers.setdefault(node.step.flow, []).append(node)
        returns: dict[int, list[int]] = {}
        for flow, calling in callers.items():
            for end in self.ends_of(flow):
                ways = (node.step.way(getattr(end.step, "exit", "")) for node in calling)
                backs = [self.find(way, node.flow.name) for node, way in zip(calling, ways, strict=True) if way]
                returns.setdefault(end.number, []).extend(backs)
        return returns


WAITS = ("rate", "record", "queue", "transfer", "bot")


def waits(step: Step) -> bool:
    """Whether the step gives the caller the floor, or an operator: a circle through it has a budget of its own."""
    return isinstance(step, Asking) or step.verb in WAITS
