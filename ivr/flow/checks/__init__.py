"""Everything that can be said against a supplier's folder before a caller finds out.

Each rule is a small pure function over what was read; docs/dialplan-codes.md has an example for each code.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bots.catalogue import DIALOGUES
from bots.dialogue import Dialogue
from ivr.flow.alarms.emergencies_file import Known, read_emergencies
from ivr.flow.alerts_file import read_alerts
from ivr.flow.checks import names, overrides, paths, recorded, safety, spoken, values
from ivr.flow.checks.ground import Ground, Rule
from ivr.flow.checks.sure import Sure
from ivr.flow.dialplan import Bot, Dialplan
from ivr.flow.finding import Finding, Place
from ivr.flow.graph import Graph
from ivr.flow.load import LINE_FILE, Found, read_whole
from ivr.flow.messages_file import read_messages
from ivr.flow.reading import Reader
from ivr.flow.scenarios.scenario import BadScenario, load_scenarios
from ivr.flow.source import Table
from ivr.flow.supplier.pronunciations import read_pronunciations
from ivr.flow.supplier.suppliers import Supplier, read_supplier
from ivr.flow.topics import read_topics
from ivr.flow.webhooks_file import read_webhooks

FILES = frozenset(
    {LINE_FILE, "topics.yaml", "prompts.yaml", "pronunciations.yaml", "messages.yaml", "calendar.yaml",
     "emergencies.yaml", "webhooks.yaml", "alerts.yaml"}
)  # fmt: skip
RULES: Sequence[Rule] = (
    paths.unreachable_steps,
    paths.unnamed_flows,
    paths.circles,
    paths.way_to_a_person,
    paths.closed_hours,
    paths.called_flows,
    paths.calls_in_a_circle,
    paths.last_exits,
    names.look_alikes,
    values.unset,
    values.handed_over,
    spoken.slots_of_texts,
    spoken.unsayable,
    spoken.long_texts,
    spoken.long_menus,
    overrides.own_wording,
    safety.personal_data,
    safety.robot_says_so,
    safety.way_to_be_left_alone,
)


def check(
    folder: Path, *, now: datetime, dialogues: Mapping[str, Dialogue] = DIALOGUES
) -> tuple[Dialplan | None, list[Finding]]:
    """The dialplan of a folder, as far as it can be read, and all findings of all its files in order of place.

    `now` decides which years the calendar must know; `dialogues` are those a flow may name.
    """
    with _no_collecting():
        found = read_whole(folder, dialogues)
        findings = [*found.findings, *judge(found, folder, dialogues), *_around(folder, now), *_strange_files(folder)]
        findings += recorded.recordings(found.dialplan, folder)
    # Two rooms read line.yaml: what both see is told once.
    return found.dialplan, sorted(dict.fromkeys(findings), key=lambda finding: (finding.place, finding.code))


def _around(folder: Path, now: datetime) -> Iterator[Finding]:
    """What other rooms say of the files that are theirs."""
    supplier, findings = read_supplier(folder, now=now)
    yield from findings
    if (folder / "topics.yaml").exists():
        yield from read_topics(folder / "topics.yaml")[1]
    yield from read_pronunciations(folder)[1]
    yield from read_messages(folder)[1]
    yield from read_webhooks(folder)[1]
    yield from read_alerts(folder, queues=_queues(folder))[1]
    if supplier is None:
        return
    zone = supplier.settings.zone
    yield from read_emergencies(folder, now=now, zone=zone, known=_known(folder, supplier))[1]
    for path in sorted((folder / "tests").glob("*.yaml")):
        try:
            load_scenarios(path, zone)
        except BadScenario as bad:
            yield from bad.findings


def _known(folder: Path, supplier: Supplier) -> Known:
    return Known(tuple(supplier.settings.territories), _queues(folder))


def _queues(folder: Path) -> list[str]:
    root = Reader().file(folder / LINE_FILE)
    queues = root.get("queues") if root is not None else None
    return [key.value for key, _ in queues] if isinstance(queues, Table) else []


def _strange_files(folder: Path) -> Iterator[Finding]:
    """YAML that no room reads: it was meant to do something."""
    for path in sorted([*folder.glob("*.y*ml"), *(folder / "flows").glob("*.y*ml"), *(folder / "tests").glob("*.yml")]):
        if path.suffix == ".yml":
            yield Finding(Place(path), "W010", f"файл «{path.name}» никто не читает", f"назовите его {path.stem}.yaml")
        elif path.parent == folder and path.name not in FILES:
            hint = "сценарии лежат в flows/, проверки в tests/"
            yield Finding(Place(path), "W010", f"файл «{path.name}» никто не читает", hint)


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


def judge(found: Found, folder: Path, dialogues: Mapping[str, Dialogue] = DIALOGUES) -> list[Finding]:
    """What the rules say of a dialplan that was read."""
    if found.dialplan is None:
        return []
    graph = Graph(found.dialplan, found.damaged)
    bot_steps = frozenset(step.name for step in found.dialplan.steps() if isinstance(step, Bot))
    ground = Ground(found.dialplan, graph, Sure(graph), Place(folder / LINE_FILE), dialogues, found.lost, bot_steps)
    return [finding for rule in RULES for finding in rule(ground)]


__all__ = ["RULES", "check", "judge"]
