"""Rules about where a call can go: steps nobody comes to, circles, ends, the way to a person, closed hours."""

from collections.abc import Iterable, Iterator

from rapidfuzz import process

from ivr.flow.checks.ground import Ground
from ivr.flow.dialplan import LAST_EXITS, Asking, CallFlow, End, Queue, Set, Step, When
from ivr.flow.expression import Name, Sum
from ivr.flow.finding import Finding
from ivr.flow.graph import ANYWHERE, Graph, waits

PEOPLE = ("queue", "transfer", "callback")
"""Verbs that bring a caller to a person, now or later."""


def unreachable_steps(ground: Ground) -> Iterator[Finding]:
    graph = ground.graph
    reached = _reached(ground)
    for node in graph.nodes:
        if node.number not in reached and node.flow.name not in ground.lost:
            text = f"до шага «{node.step.name}» нельзя дойти"
            yield Finding(node.step.place, "W120", text, "ведите к нему с другого шага или уберите его")


def unnamed_flows(ground: Ground) -> Iterator[Finding]:
    if ground.lost:
        return
    named = ground.graph.named()
    for flow in ground.plan.flows.values():
        if flow.name not in named:
            hint = "назовите его в numbers файла line.yaml, в «call» или в «flow:…»"
            yield Finding(flow.place, "W235", f"в сценарий «{flow.name}» ниоткуда не попасть", hint)


def circles(ground: Ground) -> Iterator[Finding]:
    """A circle without a step that waits for the caller, and one that nobody can leave."""
    graph = ground.graph
    everything = _reached(ground)
    hopeless = everything - graph.lead_to(node.number for node in graph.nodes if isinstance(node.step, End))
    told: set[int] = set()
    for circle in graph.circles({number for number in everything if not waits(graph.nodes[number].step)}):
        if _counted(graph, circle) and not hopeless & set(circle):
            continue
        told |= set(circle)
        first = graph.nodes[min(circle, key=lambda number: graph.nodes[number].step.place)].step
        names = _names(graph, circle)
        hint = "поставьте в круг вопрос или ведите с одного из шагов дальше"
        yield Finding(first.place, "E232", f"звонок ходит по кругу и никого не спрашивает: {names}", hint)
    for circle in graph.circles(hopeless):
        if told & set(circle):
            continue
        first = graph.nodes[min(circle, key=lambda number: graph.nodes[number].step.place)].step
        text = f"отсюда звонок не может закончиться: {_names(graph, circle)}"
        yield Finding(first.place, "E231", text, "ведите с одного из шагов к «end»")


def way_to_a_person(ground: Ground) -> Iterator[Finding]:
    graph = ground.graph
    people = [node.number for node in graph.nodes if node.step.verb in PEOPLE]
    near = graph.lead_to(people)
    for node in graph.nodes:
        if not isinstance(node.step, Asking):
            continue
        target = node.step.way("operator")
        there = graph.find(target, node.flow.name) if target is not None else ANYWHERE
        if there == ANYWHERE or there in near:
            continue
        edge = next(edge for edge in node.step.ways if edge.name == "operator")
        text = f"выход «operator» шага «{node.step.name}» не ведёт к людям"
        yield Finding(edge.place, "E233", text, f"ведите его туда, где есть {' или '.join(PEOPLE)}")
    for number, name in ground.plan.numbers.items():
        start = graph.start(name)
        if start != ANYWHERE and start not in near and not _asks(graph, start):
            text = f"с номера {number} нельзя попасть к людям"
            flow = ground.plan.flows[name]
            yield Finding(flow.place, "E233", text, f"нужен хотя бы один путь к {' или '.join(PEOPLE)}")


def closed_hours(ground: Ground) -> Iterator[Finding]:
    for node in ground.graph.nodes:
        step, state = node.step, ground.sure.at(node.number)
        if not isinstance(step, Queue) or state is None or state.hours or step.queue not in ground.plan.queues:
            continue
        if step.queue in ground.plan.always_open:
            continue
        text = f"в очередь «{step.queue}» можно попасть, когда операторов нет: перед ней не спрошены часы работы"
        hint = "раньше поставьте when с calendar.<расписание>.open или отметьте очередь «always_open: да»"
        yield Finding(step.place, "E234", text, hint)


def called_flows(ground: Ground) -> Iterator[Finding]:
    """Every exit of a called flow has an edge at its caller; an edge that no exit takes is told too."""
    graph = ground.graph
    for node in graph.nodes:
        step = node.step
        if not isinstance(step, CallFlow) or graph.start(step.flow) == ANYWHERE or step.flow in ground.lost:
            continue
        if not graph.whole(node):
            continue
        exits = {end.step.exit: end.step for end in graph.ends_of(step.flow) if isinstance(end.step, End)}
        ways = {edge.name: edge for edge in step.ways}
        missing = [name for name in exits if name not in ways]
        if missing:
            text = f"не сказано, куда идти, если «{step.flow}» закончился так: {', '.join(missing)}"
            yield Finding(step.place, "E236", text, "допишите в «ends»")
        for name, edge in ways.items():
            if name not in exits:
                hint = alike(name, exits) or "уберите эту строку"
                yield Finding(edge.place, "W237", f"«{step.flow}» так не заканчивается: «{name}»", hint)


def calls_in_a_circle(ground: Ground) -> Iterator[Finding]:
    """Flows that call each other round and round: every call goes one deeper, until the line refuses."""
    graph = ground.graph
    calling: dict[str, dict[str, int]] = {name: {} for name in ground.plan.flows}
    for node in graph.nodes:
        if isinstance(node.step, CallFlow) and node.step.flow in calling:
            calling[node.flow.name].setdefault(node.step.flow, node.number)
    done: set[str] = set()
    for root in calling:
        path: list[str] = []
        work = [(root, iter(calling[root]))] if root not in done else []
        while work:
            name, others = work[-1]
            if len(path) < len(work):
                path.append(name)
            for other in others:
                if other in path:
                    names = " → ".join(f"«{each}»" for each in [*path[path.index(other) :], other][-6:])
                    place = graph.nodes[calling[name][other]].step.place
                    hint = "уйдите без возврата (flow:…) или верните звонок через «end»"
                    yield Finding(place, "E239", f"сценарии вызывают друг друга по кругу: {names}", hint)
                elif other not in done:
                    work.append((other, iter(calling[other])))
                    break
            else:
                done.add(name)
                work.pop()
                path.pop()


def last_exits(ground: Ground) -> Iterator[Finding]:
    """Where a call ends, its exit is a word the reports know."""
    graph = ground.graph
    starts = [*graph.entered(), *(arc.to for arcs in graph.arcs for arc in arcs if arc.for_good)]
    for number in sorted(graph.reached(starts, into_calls=False)):
        step = graph.nodes[number].step
        if graph.nodes[number].flow.name in ground.lost:
            continue
        if isinstance(step, End) and step.exit and step.exit not in LAST_EXITS:
            hint = alike(step.exit, LAST_EXITS) or "бывает: " + ", ".join(LAST_EXITS)
            yield Finding(step.place, "E238", f"звонок не может закончиться так: «{step.exit}»", hint)


def _reached(ground: Ground) -> set[int]:
    """Of a flow that nobody names its start alone is to blame, not each of its steps."""
    graph = ground.graph
    return graph.reached([*graph.entered(), *(graph.start(name) for name in ground.plan.flows)])


def _asks(graph: Graph, start: int) -> bool:
    """There is a question on the way, and its own exit is told of already."""
    return any(isinstance(graph.nodes[number].step, Asking) for number in graph.reached([start]))


def _counted(graph: Graph, circle: list[int]) -> bool:
    """A circle that counts its rounds and asks how many there were."""
    counters: set[str] = set()
    asked: set[str] = set()
    for number in circle:
        step: Step = graph.nodes[number].step
        if isinstance(step, Set):
            counters |= {name for name, value in step.values.items() if _counts(name, value.tree)}
        if isinstance(step, When):
            asked |= {name for branch in step.branches for name in branch.when.names()}
    return bool(counters & asked)


def _counts(name: str, tree: object) -> bool:
    return isinstance(tree, Sum) and Name(name, "number") in (tree.left, tree.right)


def _names(graph: Graph, circle: list[int]) -> str:
    names = [graph.nodes[number].step.name for number in circle]
    shown = ", ".join(f"«{name}»" for name in names[:6])
    return f"{shown} и ещё {len(names) - 6}" if len(names) > 6 else shown


def alike(word: str, known: Iterable[str]) -> str:
    best = process.extractOne(word, list(known), score_cutoff=60) if word else None
    return f"может быть, «{best[0]}»?" if best else ""
