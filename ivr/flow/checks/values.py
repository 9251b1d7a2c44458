"""Rules about variables: what a text or a step needs must be set on every way that leads there."""

from collections.abc import Iterator

from ivr.flow.checks.ground import Ground
from ivr.flow.checks.needs import conditions_of, needed_by
from ivr.flow.checks.paths import alike
from ivr.flow.checks.sure import State
from ivr.flow.dialplan import CallFlow, Step
from ivr.flow.finding import Finding, Place
from ivr.flow.step_values import CALLED
from ivr.flow.variables import BUILT_IN, NOT_ALWAYS_THERE


def unset(ground: Ground) -> Iterator[Finding]:
    for node in ground.graph.nodes:
        state = ground.sure.at(node.number)
        if state is None:
            continue
        told: set[str] = set()
        for name, place in needed_by(node.step):
            if name in told or ground.sure.is_set(name, state) or name not in ground.plan.types:
                continue
            finding = _judge(ground, node.step, name, place, state)
            if finding is not None:
                told.add(name)
                yield finding
        yield from _never_set(ground, node.step, state)


def _judge(ground: Ground, step: Step, name: str, place: Place, state: State) -> Finding | None:
    if _always_there(ground, name):
        return None
    hint = f"спросите раньше или проверьте: if: {name} != none"
    if name in BUILT_IN or name.startswith(("queue.", "calendar.")):
        return Finding(place, "E207", f"«{name}» в шаге «{step.name}» бывает неизвестно", hint)
    if ground.sure.may_be_set(name, state):
        text = f"не на всех путях к шагу «{step.name}» известно «{name}»"
        return Finding(place, "E206", text, hint)
    text = f"ни на одном пути к шагу «{step.name}» не известно «{name}»"
    return Finding(place, "E206", text, "задайте её раньше: set, ask, lookup")


def handed_over(ground: Ground) -> Iterator[Finding]:
    """A called flow is given what it takes, and nothing it does not know of."""
    for node in ground.graph.nodes:
        step, state = node.step, ground.sure.at(node.number)
        flow = ground.plan.flows.get(step.flow) if isinstance(step, CallFlow) else None
        if not isinstance(step, CallFlow) or flow is None or state is None or not ground.graph.whole(node):
            continue
        for name, value in step.values.items():
            type_ = flow.takes.get(name)
            if type_ is None:
                hint = alike(name, flow.takes) or "допишите его в «takes» того сценария"
                yield Finding(value.place, "E209", f"сценарий «{flow.name}» не берёт «{name}»", hint)
            elif value.type not in (type_, "none"):
                text = f"«{name}» — {CALLED[type_]}, а передают: {CALLED[value.type]}"
                yield Finding(value.place, "E203", text, "передайте то, что он берёт")
        missing = [name for name in flow.takes if name not in step.values and not ground.sure.is_set(name, state)]
        if missing:
            text = f"сценарию «{flow.name}» не передано: {', '.join(missing)}"
            yield Finding(step.place, "E209", text, "допишите в «with»")


def _never_set(ground: Ground, step: Step, state: State) -> Iterator[Finding]:
    """A condition may ask about what is not known, but not about what cannot be known."""
    for condition in conditions_of(step):
        for name in dict.fromkeys(condition.names()):
            if name in BUILT_IN or name.startswith(("queue.", "calendar.")) or ground.is_fact(name):
                continue
            if not ground.sure.may_be_set(name, state):
                text = f"условие спрашивает «{name}», а задать её до шага «{step.name}» негде"
                yield Finding(condition.place, "E208", text, "задайте её раньше: set, ask, lookup")


def _always_there(ground: Ground, name: str) -> bool:
    if name in BUILT_IN:
        return name not in NOT_ALWAYS_THERE
    if name.startswith("calendar."):
        return name.endswith((".open", "_words"))
    if name.startswith("queue."):
        return not name.endswith(".wait")
    return ground.is_fact(name)
