"""Everything that can be said against a supplier's folder before a caller finds out.

Each rule is a small pure function over what was read; docs/dialplan-codes.md has an example for each code.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ivr.flow.checks import names, overrides, paths, safety, spoken, values
from ivr.flow.checks.ground import Ground, Rule
from ivr.flow.checks.sure import Sure
from ivr.flow.dialplan import Bot, Dialplan
from ivr.flow.finding import Finding, Place
from ivr.flow.graph import Graph
from ivr.flow.load import LINE_FILE, Found, read_whole
from ivr.flow.suppliers import read_supplier

RULES: Sequence[Rule] = (
    paths.unreachable_steps,
    paths.unnamed_flows,
    paths.circles,
    paths.way_to_a_person,
    paths.closed_hours,
    paths.called_flows,
    paths.last_exits,
    names.look_alikes,
    values.unset,
    spoken.slots_of_texts,
    spoken.unsayable,
    spoken.long_texts,
    spoken.long_menus,
    overrides.own_wording,
    safety.personal_data,
    safety.robot_says_so,
    safety.way_to_be_left_alone,
)


def check(folder: Path, *, now: datetime) -> tuple[Dialplan | None, list[Finding]]:
    """The dialplan of a folder, as far as it can be read, and all findings of all its files in order of place.

    `now` decides which years the calendar must know.
    """
    with _no_collecting():
        found = read_whole(folder)
        findings = [*found.findings, *judge(found, folder), *read_supplier(folder, now=now)[1]]
    # Two rooms read line.yaml: what both see is told once.
    return found.dialplan, sorted(dict.fromkeys(findings), key=lambda finding: (finding.place, finding.code))


@contextmanager
def _no_collecting() -> Iterator[None]:
    """A big dialplan is a big tree without circles: the collector would look through it again and again as it grows."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def judge(found: Found, folder: Path) -> list[Finding]:
    """What the rules say of a dialplan that was read."""
    if found.dialplan is None:
        return []
    graph = Graph(found.dialplan, found.damaged)
    bot_steps = frozenset(step.name for step in found.dialplan.steps() if isinstance(step, Bot))
    ground = Ground(found.dialplan, graph, Sure(graph), Place(folder / LINE_FILE), found.lost, bot_steps)
    return [finding for rule in RULES for finding in rule(ground)]


__all__ = ["RULES", "check", "judge"]
