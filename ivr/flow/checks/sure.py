"""What holds at a step whichever way a call came to it: variables that are set, the caller's level, hours asked about.

One pass over the graph until nothing changes. Sets of variables are the bits of a number, so that thousands of steps
with thousands of variables take a fraction of a second.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ivr.flow.checks.conditions import NO_PROOF, Proof, if_false, if_true
from ivr.flow.checks.needs import conditions_of, needed_by
from ivr.flow.dialplan import (
    Ask,
    Bot,
    CallFlow,
    Edge,
    End,
    LookUp,
    MakeRequest,
    Menu,
    OrderCallback,
    Rate,
    Set,
    SortTopics,
    Step,
    When,
)  # fmt: skip
from ivr.flow.expression import Constant, Expression
from ivr.flow.graph import ANYWHERE, Graph, Node
from ivr.flow.variables import NOT_ALWAYS_FOUND, OF_LOOKUP

ROBOT = re.compile(r"робот|автоинформатор|автоматическ|автоответчик|виртуальн\w+ помощни", re.IGNORECASE)
"""Words by which a robot says what it is."""
OPENS = re.compile(r"calendar\.\w+\.open")
LEVELS: Mapping[str, int] = {"L0": 0, "L1": 1, "L2": 2}


@dataclass(frozen=True, slots=True)
class State:
    """At a step: variables set on every way (`must`) and on some way (`may`), and what was proven on every way."""

    must: int
    may: int
    level: int = 0
    hours: bool = False
    """Somebody has asked whether it is working time."""
    notice: bool = False
    """The caller has been told that a robot speaks."""

    def met(self, other: "State") -> "State":
        return State(
            self.must & other.must,
            self.may | other.may,
            min(self.level, other.level),
            self.hours and other.hours,
            self.notice and other.notice,
        )

    def then(self, other: "State") -> "State":
        """After both: what a called flow has brought is added to what its caller had."""
        return State(
            self.must | other.must,
            self.may | other.may,
            max(self.level, other.level),
            self.hours or other.hours,
            self.notice or other.notice,
        )


@dataclass(frozen=True, slots=True)
class Out:
    """One way out of a step with all it adds, made once: a step may be passed many times."""

    to: int
    must: int
    may: int
    level: int
    edge: Edge | None = None
    by_hang_up: bool = False
    hours: bool = False


class Sure:
    """The states of all steps that a call can come to. Others have none, and nothing is said of them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._bits: dict[str, int] = {}
        self._states: list[State | None] = [None] * len(graph.nodes)
        about_hours = _about_hours(node.step for node in graph.nodes)
        self._hours = [_asking_hours(node.step, about_hours) for node in graph.nodes]
        self._notice = [any(ROBOT.search(said.text) for said in node.step.wordings()) for node in graph.nodes]
        self._outs = [self._outs_of(node) for node in graph.nodes]
        called = {node.step.flow for node in graph.nodes if isinstance(node.step, CallFlow)}
        self._ends = {flow: graph.ends_of(flow) for flow in called}
        self._callers: dict[int, list[int]] = defaultdict(list)
        for node in graph.nodes:
            if isinstance(node.step, CallFlow):
                for end in self._ends[node.step.flow]:
                    self._callers[end.number].append(node.number)
        self._queued: set[int] = set()
        self._ahead: deque[int] = deque()
        self._flow_over()

    def at(self, number: int) -> State | None:
        return self._states[number]

    def is_set(self, name: str, state: State) -> bool:
        return bool(state.must & self._bit(name))

    def may_be_set(self, name: str, state: State) -> bool:
        return bool(state.may & self._bit(name))

    def gives_notice(self, number: int) -> bool:
        return self._notice[number]

    # -- the pass ----------------------------------------------------------------------------------------------------

    def _flow_over(self) -> None:
        graph = self._graph
        named = graph.named()
        # A flow nobody names is told of as such; its steps are judged as if somebody did.
        unnamed = [graph.start(name) for name in graph.plan.flows if name not in named]
        for start in (*graph.entered(), *unnamed):
            if start != ANYWHERE:
                taken = self._bit_set(graph.nodes[start].flow.takes)
                self._come(start, State(taken, taken))
        while self._ahead:
            number = self._ahead.popleft()
            self._queued.discard(number)
            self._leave(number)
            for caller in self._callers.get(number, ()):
                if self._states[caller] is not None:
                    self._put(caller)

    def _put(self, number: int) -> None:
        if number not in self._queued:
            self._queued.add(number)
            self._ahead.append(number)

    def _come(self, number: int, state: State) -> None:
        old = self._states[number]
        new = state if old is None else old.met(state)
        if new != old:
            self._states[number] = new
            self._put(number)

    def _leave(self, number: int) -> None:
        step, state = self._graph.nodes[number].step, self._states[number]
        assert state is not None
        notice = state.notice or self._notice[number]
        for out in self._outs[number]:
            if out.by_hang_up:
                self._come(out.to, state)
                continue
            level, hours = max(state.level, out.level), state.hours or out.hours
            after = State(state.must | out.must, state.may | out.may, level, hours, notice)
            if isinstance(step, CallFlow) and out.edge is not None:
                back = self._back(step, out.edge, after)
                if back is None:
                    continue
                after = back
            self._come(out.to, after)

    def _outs_of(self, node: Node) -> list[Out]:
        step, outs = node.step, []
        gains, proofs = _gains(step), _proofs(step)
        # What a step needs and lacks is told at that step, and not again at all that follow.
        needed = self._bit_set(name for name, _ in needed_by(step))
        for arc in self._graph.arcs[node.number]:
            if arc.to == ANYWHERE:
                continue
            if arc.edge is None:
                # What it takes and is not given is told at the call, and not again inside.
                taken = self._graph.nodes[arc.to].flow.takes
                given = self._bit_set((*step.values, *taken)) if isinstance(step, CallFlow) else 0
                outs.append(Out(arc.to, given, given, 0))
                continue
            gain, proof = gains.get(arc.edge.name, _NOTHING), proofs.get(arc.edge.name, NO_PROOF)
            sure = self._bit_set(gain.sure) | self._bit_set(proof.known)
            level = max(gain.level, proof.level)
            may = sure | self._bit_set(gain.maybe)
            hours = arc.edge.name in self._hours[node.number]
            outs.append(Out(arc.to, sure | needed, may | needed, level, arc.edge, arc.by_hang_up, hours))
        return outs

    def _back(self, step: CallFlow, edge: Edge, before: State) -> State | None:
        """After the called flow has ended by this exit; None as long as no call has come to such an end."""
        if self._graph.start(step.flow) == ANYWHERE:
            return before
        found: State | None = None
        for end in self._ends[step.flow]:
            state = self._states[end.number]
            if state is not None and isinstance(end.step, End) and end.step.exit == edge.name:
                found = state if found is None else found.met(state)
        return before.then(found) if found is not None else None

    def _bit(self, name: str) -> int:
        return 1 << self._bits.setdefault(name, len(self._bits))

    def _bit_set(self, names: Iterable[str]) -> int:
        bits = 0
        for name in names:
            bits |= self._bit(name)
        return bits


@dataclass(frozen=True, slots=True)
class Gain:
    """What a step leaves behind on one of its ways: for sure, and perhaps."""

    sure: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    level: int = 0


_NOTHING = Gain()


def _gains(step: Step) -> Mapping[str, Gain]:
    """By way."""
    match step:
        case Ask(into=into) if into:
            return dict.fromkeys(("next", "yes", "no"), Gain((into,)))
        case Set(values=values):
            return {"next": Gain(tuple(values))}
        case LookUp(what=what, into=into):
            return _found(what, into)
        case MakeRequest(into=into) | Rate(into=into) if into:
            return {"next": Gain((into,))}
        case OrderCallback(into=into) if into:
            return dict.fromkeys(("made", "merged"), Gain((into,)))
        case SortTopics():
            topic = Gain(("topic", "topic_title"), ("besides",))
            return {edge.name: topic for edge in step.ways if edge.name not in _ASKED_IN_VAIN}
        case Bot():
            return _told(step)
    return {}


_ASKED_IN_VAIN = frozenset({"silence", "no_match", "refused", "too_many", "deaf", "operator"})


def _found(what: str, into: str) -> Mapping[str, Gain]:
    facts = {fact: f"{into}.{fact}" for fact in OF_LOOKUP.get(what, {})} if into else {}  # type: ignore[call-overload]
    sure = tuple(name for fact, name in facts.items() if (what, fact) not in NOT_ALWAYS_FOUND)
    maybe = tuple(facts.values())
    if what == "reason":
        return dict.fromkeys(("readings", "debt", "outage", "request"), Gain(sure))
    if what == "account":
        return {"found": Gain((*sure, "account", "territory"), maybe)}
    return {"found": Gain(sure, maybe)}


def _told(step: Bot) -> Mapping[str, Gain]:
    """A dialogue that was not left for want of an account has found one; `identify` proves as much as it is told to."""
    gains = {}
    for edge in step.ways:
        known: tuple[str, ...] = () if edge.name in _NOBODY else ("account", "territory")
        level = 0
        if step.bot == "identify" and edge.name == "identified":
            wanted = step.inputs.get("level")
            if wanted is not None and isinstance(wanted.tree, Constant):
                level = LEVELS.get(str(wanted.tree.value), 0)
        gains[edge.name] = Gain(known, level=level)
    return gains


_NOBODY = frozenset({"no_account", "no_match", "transferred", "billing_away"})


def _proofs(step: Step) -> Mapping[str, Proof]:
    match step:
        case When(branches=branches):
            proofs, so_far = {}, NO_PROOF
            for branch in branches:
                proofs[branch.way] = so_far.and_also(if_true(branch.when.tree))
                so_far = so_far.and_also(if_false(branch.when.tree))
            return {**proofs, "else": so_far}
        case Menu(choices=choices):
            # For a person one may ask whether that is offered or not.
            offered = [choice for choice in choices if choice.name != "operator"]
            return {choice.name: if_true(choice.when.tree) for choice in offered if choice.when is not None}
    return {}


def _asking_hours(step: Step, about_hours: frozenset[str]) -> frozenset[str]:
    """The ways after which somebody has asked whether it is working time."""

    def asks(condition: Expression) -> bool:
        return any(name in about_hours or OPENS.fullmatch(name) for name in condition.names())

    if isinstance(step, Menu):
        return frozenset(choice.name for choice in step.choices if choice.when is not None and asks(choice.when))
    asked = any(asks(condition) for condition in conditions_of(step))
    return frozenset(edge.name for edge in step.ways) if asked else frozenset()


def _about_hours(steps: Iterable[Step]) -> frozenset[str]:
    """Variables that a schedule's state was put into."""
    return frozenset(
        name
        for step in steps
        if isinstance(step, Set)
        for name, value in step.values.items()
        if any(OPENS.fullmatch(mentioned) for mentioned in value.names())
    )
