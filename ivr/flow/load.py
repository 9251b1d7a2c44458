"""A supplier's folder read into a `Dialplan`, with every finding of every file at once.

What is found here keeps a line from being run at all: a step that cannot be read, an edge into nowhere. What is unwise
though it could run is judged by `ivr.flow.checks`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from bots.catalogue import DIALOGUES
from bots.dialogue import Dialogue
from ivr.flow.dialplan import (
    EXITS,
    Dialplan,
    Direction,
    Edge,
    Expected,
    Flow,
    Lookup,
    Step,
    Wording,
    where,
)
from ivr.flow.expression import Type
from ivr.flow.finding import Finding, Place
from ivr.flow.source import Node, Table, Text
from ivr.flow.step_values import CALLED, Anything, Exits, Names, StepReader, edge_to, stands_for_itself
from ivr.flow.steps import read_step
from ivr.flow.supplier.supplier_settings import SETTINGS_KEYS
from ivr.flow.variables import OF_ANSWER, OF_LOOKUP, Setting, Variables, built_in
from ivr.flow.verbs import VERBS

LINE_FILE = "line.yaml"
LINE_KEYS = {"title", "numbers", "queues", "on", *SETTINGS_KEYS} | SETTINGS_KEYS
FLOW_KEYS = {"title", "direction", "takes", "on", "start", "steps"}
_TELEPHONE = re.compile(r"\+?[0-9]{2,15}")
LOSES_WAYS = frozenset({"E101", "E102", "E103", "E104", "E105", "E106", "E108", "E121", "E122", "E126", "E128"})
"""Findings of a step after which not all of its ways are known."""


class BadDialplan(Exception):
    """The dialplan cannot be served. `findings` lists every fault."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


def load(folder: Path) -> Dialplan:
    """The dialplan in `folder`; raises `BadDialplan` when it has errors."""
    dialplan, findings = read(folder)
    errors = [finding for finding in findings if finding.is_error]
    if errors or dialplan is None:
        raise BadDialplan(errors)
    return dialplan


def read(folder: Path) -> tuple[Dialplan | None, list[Finding]]:
    """Whatever can be read of a folder, and what is wrong with it, in order of place."""
    found = read_whole(folder)
    return found.dialplan, found.findings


@dataclass(frozen=True, slots=True)
class Found:
    """What could be read, what is wrong, and what is therefore not known of the line."""

    dialplan: Dialplan | None
    findings: list[Finding]
    damaged: frozenset[tuple[str, str]]
    """Steps, by flow and name, that could be read only in part."""
    lost: frozenset[str]
    """Flows in which an edge leads nowhere or a step could not be read: who reaches whom is not known there."""


def read_whole(folder: Path, dialogues: Mapping[str, Dialogue] = DIALOGUES) -> Found:
    reader = _LineReader(folder, dialogues)
    dialplan = reader.whole_line()
    return Found(dialplan, reader.sorted_findings(), frozenset(reader.damaged), frozenset(reader.lost))


@dataclass(frozen=True, slots=True)
class _Opened:
    """A flow's file, before its steps are read."""

    name: str
    root: Table
    steps: tuple[tuple[Text, Node], ...]
    takes: Mapping[str, Type] = field(default_factory=dict)


class _LineReader(StepReader):
    def __init__(self, folder: Path, dialogues: Mapping[str, Dialogue]) -> None:
        super().__init__()
        self._folder, self._dialogues = folder, dialogues
        self._written: dict[str, frozenset[str] | None] = {}
        """Flows and the steps written in them, though they may not be readable; None: the file is not."""
        self._always_open: set[str] = set()
        self.damaged: set[tuple[str, str]] = set()
        self.lost: set[str] = set()

    def whole_line(self) -> Dialplan | None:
        line = self.file(self._folder / LINE_FILE)
        opened = [flow for path in self._flow_files() if (flow := self._open(path)) is not None]
        queues = self._queues(line)
        schedules = self._keys_in("calendar.yaml", "schedules")
        topics, messages = self._keys_in("topics.yaml", "topics"), self._keys_in("messages.yaml", "messages")
        lost = {"calendar": isinstance(schedules, Anything), "queue": line is None}
        unknown = frozenset(name for name, is_lost in lost.items() if is_lost)
        known_queues = queues if line is not None else Anything()
        self.names = Names(known_queues, self._written, topics, messages, self._dialogues)
        variables = Variables(built_in(schedules, queues), self._clash, _bot_steps(opened), unknown)
        for flow in opened:
            self._declare(flow, variables)
        variables.settle()
        self.types = variables.types
        exits = self._exits(line.get("on")) if line is not None else Exits({}, frozenset(EXITS))
        flows = {flow.name: self._flow(flow, exits) for flow in opened}
        prompts = self._prompts()
        if line is None:
            return None
        self.known(line, LINE_KEYS)
        numbers = self._numbers(line, flows)
        title = self.need(line, "title")
        dialplan = Dialplan(
            self._folder.name,
            title,
            numbers,
            queues,
            flows,
            {key: prompt.text for key, prompt in prompts.items()},
            {key: prompt.place for key, prompt in prompts.items()},
            frozenset(self._always_open),
            self.types,
        )
        self._links(dialplan)
        unread = any(steps is None for steps in self._written.values())
        if unread or any(finding.code == "E110" for finding in self.findings):
            self.lost |= self._written.keys()
        return dialplan

    # -- line.yaml and what stands beside it -----------------------------------------------------------------------

    def _queues(self, line: Table | None) -> dict[str, str]:
        queues = {}
        for key, node in (self.table(line.get("queues")) if line is not None else None) or ():
            self.identifier(key)
            if isinstance(node, Table):
                queues[key.value] = self.text(node.get("title"))
                if self.yes(node.get("always_open"), False):
                    self._always_open.add(key.value)
            else:
                queues[key.value] = self.text(node)
        return queues

    def _numbers(self, line: Table, flows: Mapping[str, Flow]) -> dict[str, str]:
        numbers = {}
        for key, node in self.table(self.needed(line, "numbers")) or ():
            numbers[key.value] = name = self.text(node)
            if not _TELEPHONE.fullmatch(key.value):
                self.fault(key.place, "E130", f"не номер телефона: «{key.value}»", "цифры, впереди можно «+»")
            if name not in self._written:
                self.fault(node.place, "E110", f"нет такого сценария: «{name}»", self.alike(name, flows))
        return numbers

    def _prompts(self) -> dict[str, Wording]:
        path = self._folder / "prompts.yaml"
        root = self.file(path) if path.exists() else None
        return {key.value: Wording(self.text(node), key.place) for key, node in root or ()}

    def _keys_in(self, file: str, under: str) -> Collection[str]:
        """Names alone: each of these files is judged by its own reader."""
        path = self._folder / file
        if not path.exists():
            return ()
        root = StepReader().file(path)
        named = root.get(under) if root is not None else None
        return {key.value: None for key, _ in named} if isinstance(named, Table) else Anything()

    # -- a flow's file, first pass: names and types ------------------------------------------------------------------

    def _flow_files(self) -> list[Path]:
        return sorted((self._folder / "flows").glob("*.yaml"))

    def _open(self, path: Path) -> _Opened | None:
        root = self.file(path)
        self._written[path.stem] = None
        if root is None:
            return None
        self.known(root, FLOW_KEYS)
        self.identifier(Text(path.stem, Place(path)))
        takes: dict[str, Type] = {}
        for key, node in self.table(root.get("takes")) or ():
            self.identifier(key)
            takes[key.value] = cast(Type, self.one_of(node, [name for name in CALLED if name != "none"], "text"))
        steps = self.table(self.needed(root, "steps"))
        if steps is not None:
            self._written[path.stem] = frozenset(name.value for name, _ in steps)
        return _Opened(path.stem, root, tuple(steps or ()), takes)

    def _declare(self, flow: _Opened, variables: Variables) -> None:
        """What the steps of a flow leave behind, as far as it can be seen before they are read."""
        for taken, type_ in flow.takes.items():
            variables.add(taken, type_, flow.root.place)
        for name, node in flow.steps:
            if isinstance(node, Table):
                self._declare_step(name.value, node, variables)

    def _declare_step(self, name: str, table: Table, variables: Variables) -> None:
        if isinstance(table.get("set"), Table):
            self._declare_set(cast(Table, table.get("set")), variables)
        into = table.get("into")
        if not isinstance(into, Text):
            return
        variable = into.value.strip()
        if table.get("ask") is not None:
            type_ = OF_ANSWER.get(cast(Expected, _plain(table.get("expect"))), "text")
            variables.add(variable, type_, into.place)
        elif table.get("lookup") is not None:
            facts: Mapping[str, Type] = OF_LOOKUP.get(cast(Lookup, _plain(table.get("lookup"))), {})
            for fact, type_ in facts.items():
                variables.add(f"{variable}.{fact}", type_, into.place)
        elif table.get("rate") is not None:
            variables.add(variable, "number", into.place)
        elif table.get("callback") is not None:
            variables.add(variable, "moment", into.place)
        elif table.get("request") is not None:
            variables.add(variable, "text", into.place)

    def _declare_set(self, values: Table, variables: Variables) -> None:
        for key, node in values:
            if variables.is_built_in(key.value):
                self.fault(key.place, "E205", f"«{key.value}» меняет только сама линия", "возьмите другое имя")
            elif isinstance(node, Text) and (node.quoted or stands_for_itself(node.value)):
                variables.add(key.value, "text", key.place)
            elif isinstance(node, Text):
                variables.add_setting(Setting(key.value, node.value, key.place))

    def _clash(self, name: str, first: Type, other: Type, here: Place, there: Place) -> None:
        text = f"«{name}» здесь {CALLED[other]}, а в {here.file.name}:{here.line} — {CALLED[first]}"
        self.fault(there, "E204", text, "возьмите другое имя")

    # -- a flow's file, second pass: steps ---------------------------------------------------------------------------

    def _flow(self, flow: _Opened, line_exits: Exits) -> Flow:
        root = flow.root
        exits = line_exits.with_nearer(self._exits(root.get("on")))
        steps: dict[str, Step] = {}
        for key, node in flow.steps:
            self.identifier(key)
            before = len(self.findings)
            step = read_step(self, key, node, exits)
            if any(finding.code in LOSES_WAYS for finding in self.findings[before:]):
                self.damaged.add((flow.name, key.value))
                self.lost.add(flow.name)
            if step is not None:
                steps[key.value] = step
        direction = cast(Direction, self.one_of(root.get("direction"), get_args(Direction), "inbound"))
        start = self.need(root, "start")
        written = self._written[flow.name]
        if not start:
            self.lost.add(flow.name)
        if start and written is not None and start not in written:
            self.lost.add(flow.name)
            place = cast(Node, root.get("start")).place
            self.fault(place, "E111", f"нет шага «{start}»", self.alike(start, steps))
        return Flow(flow.name, root.place, start, steps, self.text(root.get("title")), direction, flow.takes)

    def _exits(self, node: Node | None) -> Exits:
        found: dict[str, Edge] = {}
        table = self.table(node)
        if node is not None and table is None:
            return Exits({}, frozenset(EXITS))
        if table is not None:
            self.known(table, {*EXITS, "hang_up"})
        for key, target in table or ():
            edge = edge_to(self, key.value, target)
            if edge is not None:
                found[key.value] = edge
        return Exits(found, frozenset(key.value for key, _ in table or () if key.value not in found))

    # -- what steps name ---------------------------------------------------------------------------------------------

    def _links(self, plan: Dialplan) -> None:
        """Every edge leads to a step, every queue and every flow that is named exists."""
        told: set[Place] = set()
        for flow in plan.flows.values():
            for step in flow.steps.values():
                for edge in step.edges():
                    # An inherited edge is told once, where it was written.
                    if edge.place not in told and not self._leads_somewhere(plan, flow, edge):
                        told.add(edge.place)

    def _leads_somewhere(self, plan: Dialplan, flow: Flow, edge: Edge) -> bool:
        name, step = where(edge.target, flow.name)
        if name not in self._written:
            hint = self.alike(name, plan.flows)
            self.fault(edge.place, "E110", f"«{edge.name}» ведёт в сценарий, которого нет: «{name}»", hint)
            return False
        written = self._written[name]
        if step is not None and written is not None and step not in written:
            hint = self.alike(step, written)
            self.fault(edge.place, "E111", f"«{edge.name}» ведёт в никуда: «{edge.target}»", hint)
            self.lost.add(name)
            return False
        if edge.name == "hang_up" and name in plan.flows:
            there = plan.flows[name]
            leads_to = there.steps.get(step or there.start)
            if leads_to is not None and not VERBS[leads_to.verb].silent:
                silent = ", ".join(verb for verb, spec in VERBS.items() if spec.silent)
                text = f"после отбоя говорить не с кем, а «{leads_to.name}» — это «{leads_to.verb}»"
                self.fault(edge.place, "E123", text, f"можно: {silent}")
                return False
        return True


def _bot_steps(flows: Iterable[_Opened]) -> Iterator[str]:
    for flow in flows:
        for name, node in flow.steps:
            if isinstance(node, Table) and node.get("bot") is not None:
                yield name.value


def _plain(node: Node | None) -> str:
    return node.value.strip() if isinstance(node, Text) else ""
