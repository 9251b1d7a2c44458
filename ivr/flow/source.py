"""YAML as admins mean it: scalars stay text, every node knows its line and column, equal keys are a fault.

PyYAML's usual loader reads `012` as 10, `9:00` as 540 and «yes» as true, and lets the last of two equal keys win. Here
nodes are only composed, and whoever reads them converts by schema.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from ivr.flow.finding import Finding, Place

MAX_BYTES = 4_000_000
MAX_DEPTH = 40

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    place: Place
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    items: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    items: tuple[tuple[Text, "Node"], ...]
    place: Place

    def get(self, key: str) -> "Node | None":
        return next((node for name, node in self.items if name.value == key), None)

    def __iter__(self) -> Iterator[tuple[Text, "Node"]]:
        return iter(self.items)


Node = Text | Rows | Table


class BadSource(Exception):
    """A file cannot be read as YAML at all; `finding` says where and why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def compose(path: Path) -> tuple[Node, list[Finding]]:
    """The file's one document, and what is wrong with its keys. Raises `BadSource` where nothing can be read."""
    start = Place(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadSource(Finding(start, "E001", f"файл не читается: {error.strerror}")) from error
    if len(raw) > MAX_BYTES:
        raise BadSource(Finding(start, "E002", f"файл больше {MAX_BYTES // 1_000_000} МБ", "разделите его на части"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        hint = "сохраните файл в кодировке UTF-8"
        raise BadSource(Finding(Place(path, line), "E003", "это не текст в UTF-8", hint)) from error
    return compose_text(text, path)


def compose_text(text: str, path: Path) -> tuple[Node, list[Finding]]:
    loader = None
    try:
        loader = _Loader(text)
        for event in _events(loader, path):
            del event
        loader.dispose()
        loader = _Loader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
        raise BadSource(Finding(place, "E004", f"это не YAML: {error.problem or error.context}")) from error
    except yaml.YAMLError as error:
        raise BadSource(Finding(Place(path), "E004", f"это не YAML: {error}".splitlines()[0])) from error
    finally:
        if loader is not None:
            loader.dispose()
    if root is None:
        raise BadSource(Finding(Place(path), "E005", "файл пуст"))
    findings: list[Finding] = []
    return _node(root, path, findings), findings


def _events(loader: yaml.SafeLoader, path: Path) -> Iterator[yaml.Event]:
    """Walk the events first: depth and aliases are refused before any tree is built of them."""
    depth = 0
    while loader.check_event():
        event = loader.get_event()  # type: ignore[no-untyped-call]
        mark = event.start_mark
        place = Place(path, mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            hint = "напишите значение целиком"
            raise BadSource(Finding(place, "E006", "ссылки YAML (& и *) здесь не разрешены", hint))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise BadSource(Finding(place, "E007", f"вложенность больше {MAX_DEPTH}"))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        yield event


def _node(node: yaml.Node, path: Path, findings: list[Finding]) -> Node:
    place = Place(path, node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.ScalarNode):
        return Text(node.value, place, quoted=node.style in ('"', "'"))
    if isinstance(node, yaml.SequenceNode):
        return Rows(tuple(_node(item, path, findings) for item in node.value), place)
    items: list[tuple[Text, Node]] = []
    seen: dict[str, Place] = {}
    for key, value in node.value:
        name = _node(key, path, findings)
        if not isinstance(name, Text):
            findings.append(Finding(name.place, "E008", "ключом может быть только текст"))
            continue
        if name.value in seen:
            findings.append(
                Finding(name.place, "E009", f"ключ «{name.value}» уже есть в строке {seen[name.value].line}")
            )
            continue
        seen[name.value] = name.place
        items.append((name, _node(value, path, findings)))
    return Table(tuple(items), place)
