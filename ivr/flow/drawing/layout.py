"""Where the steps of a flow stand: columns by their distance from the start, rows so that few lines cross. Pure.

A line is drawn only where it helps the eye: forward, to a step that few others lead to. Everything else (back, to a hub
like the operators' queue, to another flow) is written in the step's own row and needs no line.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ivr.flow.dialplan import ANOTHER_FLOW, Edge, Flow, Step

HUB = 4
"""A step with this many ways in is a hub: lines to it would cover the picture."""
SWEEPS = 6
SPREAD = 18
"""Steps in one column, at most; the rest of a wide column stands in the next."""


@dataclass(frozen=True, slots=True)
class Row:
    """A way out of a step: its names, since ways to one place share a row, and whether a line goes from it."""

    names: tuple[str, ...]
    target: str
    line: bool


@dataclass(frozen=True, slots=True)
class Placed:
    step: Step
    column: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Steps by column, from top to bottom in each."""

    columns: tuple[tuple[Placed, ...], ...]


def lay_out(flow: Flow) -> Layout:
    columns = _columns(flow)
    into: dict[str, int] = defaultdict(int)
    for step in flow.steps.values():
        for target in {edge.target for edge in step.edges()}:
            into[target] += 1
    placed = {name: Placed(step, columns[name], _rows(step, columns, into)) for name, step in flow.steps.items()}
    return Layout(_ordered(placed))


def _columns(flow: Flow) -> dict[str, int]:
    """Breadth first from the start; whatever the start does not reach stands after the last column."""
    columns: dict[str, int] = {}
    filled: dict[int, int] = defaultdict(int)
    ahead = deque([(flow.start, 0)])
    rest = deque(flow.steps)
    while ahead or rest:
        if not ahead:
            name = rest.popleft()
            if name not in columns:
                ahead.append((name, max(filled, default=-1) + 1))
            continue
        name, column = ahead.popleft()
        if name in columns or name not in flow.steps:
            continue
        while filled[column] >= SPREAD:
            column += 1
        columns[name] = column
        filled[column] += 1
        ahead.extend((edge.target, column + 1) for edge in flow.steps[name].edges())
    return columns


def _rows(step: Step, columns: Mapping[str, int], into: Mapping[str, int]) -> tuple[Row, ...]:
    by_target: dict[str, list[Edge]] = {}
    for edge in step.edges():
        by_target.setdefault(edge.target, []).append(edge)
    return tuple(
        Row(tuple(edge.name for edge in edges), target, _deserves_line(step, target, columns, into))
        for target, edges in by_target.items()
    )


def _deserves_line(step: Step, target: str, columns: Mapping[str, int], into: Mapping[str, int]) -> bool:
    if target.startswith(ANOTHER_FLOW) or target not in columns:
        return False
    return columns[target] > columns[step.name] and into[target] < HUB


def _ordered(placed: Mapping[str, Placed]) -> tuple[tuple[Placed, ...], ...]:
    """Each column sorted by where its lines come from, then by where they lead, a few times over."""
    columns: dict[int, list[str]] = defaultdict(list)
    for name, one in placed.items():
        columns[one.column].append(name)
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for name, one in placed.items():
        for row in one.rows:
            if row.line:
                after[name].append(row.target)
                before[row.target].append(name)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        beside = before if forward else after
        for column in sorted(columns, reverse=not forward):
            place = {name: at / max(len(names), 1) for names in columns.values() for at, name in enumerate(names)}
            columns[column].sort(key=lambda name: _middle(beside[name], place, place[name]))
    return tuple(tuple(placed[name] for name in columns[column]) for column in sorted(columns))


def _middle(names: Sequence[str], place: Mapping[str, float], own: float) -> float:
    return sum(place[name] for name in names) / len(names) if names else own
