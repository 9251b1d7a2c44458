"""YAML as admins mean it: scalars stay text, every node knows its line and column, equal keys are a fault.

PyYAML's usual loader reads `012` as 10, `9:00` as 540 and «yes» as true, and lets the last of two equal keys win. Here
nodes are only composed, and whoever reads them converts by schema.
"""

import errno
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from ivr.flow.finding import Finding, Place

MAX_BYTES = 4_000_000
MAX_DEPTH = 40

_WHY = {errno.ENOENT: "такого файла нет", errno.EACCES: "нет прав"}

_NO_FILE = "это не файл с текстом"
_MEND = "проверьте имя и права на чтение"
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    place: Place
    quoted: bool = False
    one_line: bool = True

    def at(self, offset: int) -> Place:
        """Where a character of it stands; where it begins, if it is written on several lines."""
        if not self.one_line:
            return self.place
        return Place(self.place.file, self.place.line, self.place.col + offset + self.quoted)


@dataclass(frozen=True, slots=True)
class Rows:
    items: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    items: tuple[tuple[Text, "Node"], ...]
    place: Place

    def get(self, key: str) -> "Node | None":
        for name, node in self.items:
            if name.value == key:
                return node
        return None

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
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise BadSource(Finding(start, "E001", f"файл не читается: {_NO_FILE}", _MEND))
        raw = path.read_bytes() if found.st_size <= MAX_BYTES else b""
    except OSError as error:
        raise BadSource(
            Finding(start, "E001", f"файл не читается: {_WHY.get(error.errno or 0, error.strerror)}", _MEND)
        ) from error
    if found.st_size > MAX_BYTES:
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
        composer = _Composer(loader, path)
        root = composer.document()
    except yaml.MarkedYAMLError as error:
        # Of what was left open one wants to see the beginning, not the end of the file.
        left_open = error.context_mark if any(part in str(error.problem) for part in _LEFT_OPEN) else None
        mark = left_open or error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
        what, hint = _in_russian(error)
        raise BadSource(Finding(place, "E004", f"это не YAML: {what}", hint)) from error
    except yaml.YAMLError as error:
        raise BadSource(Finding(Place(path), "E004", f"это не YAML: {error}".splitlines()[0])) from error
    finally:
        if loader is not None:
            loader.dispose()
    if root is None:
        raise BadSource(Finding(Place(path), "E005", "файл пуст", "допишите его или удалите"))
    return root, composer.findings


_LEFT_OPEN = ("end of stream", "',' or '}'", "',' or ']'")
_PROBLEMS = (
    ("quoted scalar", "не закрыта кавычка", "поставьте такую же в конце текста"),
    ("',' or '}'", "не закрыта фигурная скобка или не хватает запятой", "проверьте скобки от этой и ниже"),
    ("',' or ']'", "не закрыта квадратная скобка или не хватает запятой", "проверьте скобки от этой и ниже"),
    ("tab character", "отступ сделан табуляцией", "замените её пробелами"),
    (
        "mapping values are not allowed",
        "двоеточие не на месте",
        "проверьте отступ строки; текст с двоеточием берут в кавычки",
    ),
    ("expected ':'", "не хватает двоеточия", "пишут так: «ключ: значение»"),
    ("expected key", "отступ не такой, как у соседних строк", "выровняйте строку по соседним"),
    ("block end", "отступ не такой, как у соседних строк", "выровняйте строку по соседним"),
    ("block sequence entries", "список здесь не на месте", "проверьте отступ строки с «-»"),
    ("cannot start any token", "текст не может начинаться с этого знака", "возьмите текст в кавычки"),
    ("control characters", "непечатаемый знак", "удалите его"),
    ("escape character", "непонятное сочетание с «\\»", "возьмите текст в одинарные кавычки"),
    ("document start", "лишнее после конца документа", "уберите строку «---» или «...»"),
)
"""What the parser says, in the words of an admin, and what to do."""


def _in_russian(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    said = f"{error.context} {error.problem}"
    return next(((what, hint) for part, what, hint in _PROBLEMS if part in said), (said, ""))


class _Composer:
    """Builds nodes out of the parser's events, in one pass: a tree too deep or with aliases is never built at all."""

    def __init__(self, loader: yaml.SafeLoader, path: Path) -> None:
        self._next: Callable[[], yaml.Event] = loader.get_event
        self._path = path
        self.findings: list[Finding] = []

    def document(self) -> Node | None:
        root: Node | None = None
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.StreamStartEvent | yaml.DocumentEndEvent):
                continue
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    hint = "оставьте в файле один документ: без строки «---» посередине"
                    raise BadSource(Finding(self._place(event), "E004", "это не YAML: второй документ в файле", hint))
                continue
            root = self._node(event, 1)
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            hint = "напишите значение целиком"
            raise BadSource(Finding(self._place(event), "E006", "ссылки YAML (& и *) здесь не разрешены", hint))
        if isinstance(event, yaml.ScalarEvent):
            return Text(event.value, self._place(event), event.style in _QUOTES, _on_one_line(event))
        if depth > MAX_DEPTH:
            raise BadSource(
                Finding(self._place(event), "E007", f"вложенность больше {MAX_DEPTH}", "проверьте скобки и отступы")
            )
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(item := self._next(), yaml.SequenceEndEvent):
                items.append(self._node(item, depth + 1))
            return Rows(tuple(items), self._place(event))
        return self._table(event, depth)

    def _table(self, event: yaml.Event, depth: int) -> Table:
        items: list[tuple[Text, Node]] = []
        seen: dict[str, Place] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            name = self._node(key, depth + 1)
            value = self._node(self._next(), depth + 1)
            if not isinstance(name, Text):
                self.findings.append(
                    Finding(name.place, "E008", "ключом может быть только текст", "назовите его словом")
                )
            elif name.value in seen:
                text = f"ключ «{name.value}» уже есть в строке {seen[name.value].line}"
                self.findings.append(Finding(name.place, "E009", text, "оставьте один"))
            else:
                seen[name.value] = name.place
                items.append((name, value))
        return Table(tuple(items), self._place(event))

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        assert mark is not None, "events of a text know where they stand"
        return Place(self._path, mark.line + 1, mark.column + 1)


def _on_one_line(event: yaml.Event) -> bool:
    start, end = event.start_mark, event.end_mark
    return start is not None and end is not None and start.line == end.line


_QUOTES = frozenset({'"', "'"})
