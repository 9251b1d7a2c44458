"""A supplier's folder read into a `Dialplan`, with every finding of every file at once."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ivr.flow.dialplan import Bot, Choice, Dialplan, End, Flow, Menu, Queue, Record, Say, Step, Transfer
from ivr.flow.finding import Finding
from ivr.flow.reading import Reader
from ivr.flow.source import Node, Rows, Table, Text

MENU_KEYS = "0123456789*#"


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
    """Whatever can be read of a folder, and all that is wrong with it, in order of place."""
    reader = _Reader()
    line = reader.file(folder / "line.yaml")
    flows: dict[str, Flow] = {}
    for path in sorted((folder / "flows").glob("*.yaml")):
        root = reader.file(path)
        if root is not None:
            flow = reader.flow(root, path.stem)
            flows[flow.name] = flow
    prompts: Mapping[str, str] = {}
    if (folder / "prompts.yaml").exists():
        root = reader.file(folder / "prompts.yaml")
        prompts = {key.value: reader.text(node) for key, node in root} if root is not None else {}
    dialplan = reader.line(line, flows, prompts, folder.name) if line is not None else None
    return dialplan, reader.sorted_findings()


class _Reader(Reader):
    """Turns nodes into steps."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: dict[str, Callable[[str, Table], Step]] = {
            "say": self._say,
            "menu": self._menu,
            "bot": self._bot,
            "queue": self._queue,
            "transfer": self._transfer,
            "record": self._record,
            "end": self._end,
        }

    # -- files ---------------------------------------------------------------------------------------------------

    def line(self, root: Table, flows: dict[str, Flow], prompts: Mapping[str, str], slug: str) -> Dialplan:
        self.known(root, {"title", "numbers", "queues"})
        queues = {}
        for key, node in self.table(root.get("queues")) or ():
            queues[key.value] = self.text(node)
        numbers = {}
        for key, node in self.table(self.needed(root, "numbers")) or ():
            name = self.text(node)
            numbers[key.value] = name
            if name not in flows:
                self.fault(node.place, "E110", f"нет такого сценария: «{name}»", self.near(name, flows))
        for flow in flows.values():
            self._links(flow, queues)
        return Dialplan(slug, self.text(self.needed(root, "title")), numbers, queues, flows, prompts)

    def flow(self, root: Table, name: str) -> Flow:
        self.known(root, {"start", "steps"})
        steps: dict[str, Step] = {}
        for key, node in self.table(self.needed(root, "steps")) or ():
            table = self.table(node)
            if table is None:
                continue
            verbs = [verb.value for verb, _ in table if verb.value in self._steps]
            if len(verbs) != 1:
                words = ", ".join(self._steps)
                self.fault(key.place, "E101", f"шаг «{key.value}» должен делать что-то одно", f"одно из: {words}")
                continue
            steps[key.value] = self._steps[verbs[0]](key.value, table)
        return Flow(name, root.place, self.text(self.needed(root, "start")), steps)

    def _links(self, flow: Flow, queues: Mapping[str, str]) -> None:
        """Every edge leads to a step, every queue exists, every step can be reached."""
        if flow.start not in flow.steps:
            self.fault(flow.place, "E111", f"нет шага «{flow.start}»", self.near(flow.start, flow.steps))
        reached, ahead = set(), [flow.start]
        while ahead:
            name = ahead.pop()
            if name in reached or name not in flow.steps:
                continue
            reached.add(name)
            ahead.extend(target for _, target in flow.steps[name].edges())
        for step in flow.steps.values():
            for edge, target in step.edges():
                if target not in flow.steps:
                    hint = self.near(target, flow.steps)
                    self.fault(step.place, "E111", f"«{edge}» шага «{step.name}» ведёт в никуда: «{target}»", hint)
            if isinstance(step, Queue) and step.queue not in queues:
                self.fault(step.place, "E112", f"нет такой очереди: «{step.queue}»", self.near(step.queue, queues))
            if step.name not in reached:
                self.fault(step.place, "W120", f"до шага «{step.name}» нельзя дойти")

    # -- steps ---------------------------------------------------------------------------------------------------

    def _say(self, name: str, table: Table) -> Say:
        self.known(table, {"say", "next"})
        return Say(name, table.place, self.need(table, "say"), self.need(table, "next"))

    def _menu(self, name: str, table: Table) -> Menu:
        self.known(table, {"menu", "choices", "silence", "no_match", "tries"})
        choices = [
            self._choice(key, node) for key, node in self.table(self.needed(table, "choices")) or () if key.value
        ]
        taken: dict[str, str] = {}
        for choice in choices:
            if choice.key and choice.key in taken:
                text = f"клавиша {choice.key} уже занята выбором «{taken[choice.key]}»"
                self.fault(choice.place, "E113", text)
            taken[choice.key] = choice.name
        return Menu(
            name,
            table.place,
            self.need(table, "menu"),
            tuple(choices),
            self.need(table, "silence"),
            self.need(table, "no_match"),
            self.whole(table.get("tries"), 2, least=1, most=5),
        )

    def _choice(self, key: Text, node: Node) -> Choice:
        table = self.table(node) or Table((), node.place)
        self.known(table, {"key", "say", "next"})
        pressed = self.text(table.get("key"))
        if pressed not in {"", *MENU_KEYS}:
            self.fault(table.place, "E114", f"нет такой клавиши: «{pressed}»", "0–9, * или #")
        said = table.get("say")
        phrases = tuple(self.text(item) for item in said.items) if isinstance(said, Rows) else (self.text(said),)
        return Choice(key.value, self.need(table, "next"), key.place, pressed, tuple(filter(None, phrases)))

    def _bot(self, name: str, table: Table) -> Bot:
        self.known(table, {"bot", "outcomes"})
        outcomes = {key.value: self.text(node) for key, node in self.table(self.needed(table, "outcomes")) or ()}
        return Bot(name, table.place, self.need(table, "bot"), outcomes)

    def _queue(self, name: str, table: Table) -> Queue:
        self.known(table, {"queue", "topic", "seconds", "served", "timeout", "no_operators"})
        return Queue(
            name,
            table.place,
            self.need(table, "queue"),
            self.text(table.get("topic")),
            float(self.whole(table.get("seconds"), 300, least=5, most=7200)),
            self.need(table, "served"),
            self.need(table, "timeout"),
            self.need(table, "no_operators"),
        )

    def _transfer(self, name: str, table: Table) -> Transfer:
        self.known(table, {"transfer", "answered", "failed"})
        target = self.need(table, "transfer")
        return Transfer(name, table.place, target, self.need(table, "answered"), self.need(table, "failed"))

    def _record(self, name: str, table: Table) -> Record:
        self.known(table, {"record", "seconds", "next"})
        seconds = float(self.whole(table.get("seconds"), 120, least=5, most=600))
        return Record(name, table.place, self.need(table, "record"), self.need(table, "next"), seconds)

    def _end(self, name: str, table: Table) -> End:
        self.known(table, {"end"})
        return End(name, table.place, self.need(table, "end"))
