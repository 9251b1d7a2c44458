"""Reading what an admin wrote: nodes into values, with every finding collected on the way; nothing is raised.

Each room that has a file of its own (flows, calendar, emergencies, settings) reads it through one `Reader`. What a
missing or wrong value becomes is the reader's business only as far as the reading can go on; a finding is left behind.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from rapidfuzz import process

from ivr.flow.finding import Finding, Place
from ivr.flow.source import BadSource, Node, Rows, Table, Text, compose

YES, NO = ("да", "yes", "true"), ("нет", "no", "false")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RUSSIAN_DATE = re.compile(r"(?P<day>[0-9]{2})\.(?P<month>[0-9]{2})\.(?P<year>[0-9]{4})")


class Reader:
    """One pass over one or more files; `findings` is what was wrong, in the order it was met."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._meant: set[tuple[Place, str]] = set()

    def fault(self, place: Place, code: str, message: str, hint: str = "") -> None:
        self.findings.append(Finding(place, code, message, hint))

    def sorted_findings(self) -> list[Finding]:
        return sorted(self.findings, key=lambda finding: finding.place)

    # -- files ---------------------------------------------------------------------------------------------------

    def file(self, path: Path) -> Table | None:
        """The file's pairs; None when it cannot be read or holds something else."""
        try:
            root, findings = compose(path)
        except BadSource as bad:
            self.findings.append(bad.finding)
            return None
        self.findings.extend(findings)
        return self.table(root)

    # -- keys ----------------------------------------------------------------------------------------------------

    def known(self, table: Table, keys: set[str]) -> None:
        for key, _ in table:
            if key.value not in keys:
                meant = self.nearest(key.value, keys)
                self._meant.add((table.place, meant))
                hint = f"может быть, «{meant}»?" if meant else "уберите его"
                self.fault(key.place, "E102", f"неизвестный ключ «{key.value}»", hint)

    def needed(self, table: Table, key: str) -> Node | None:
        node = table.get(key)
        if node is None and not self.is_meant(table, key):
            self.fault(table.place, "E103", f"не хватает «{key}»", f"добавьте строку «{key}: …»")
        return node

    def is_meant(self, table: Table, key: str) -> bool:
        """It is there under a misspelt name, which was told already."""
        return (table.place, key) in self._meant

    def need(self, table: Table, key: str) -> str:
        """The text of a key that must be there and say something."""
        node = self.needed(table, key)
        value = self.text(node)
        if isinstance(node, Text) and not value:
            self.fault(node.place, "E104", f"«{key}» пусто")
        return value

    # -- values --------------------------------------------------------------------------------------------------

    def text(self, node: Node | None) -> str:
        if node is None:
            return ""
        if not isinstance(node, Text):
            self.fault(node.place, "E105", "здесь нужен текст", "одно значение, без скобок и без «-»")
            return ""
        return " ".join(node.value.split())

    def table(self, node: Node | None) -> Table | None:
        if node is None or isinstance(node, Table):
            return node
        self.fault(node.place, "E106", "здесь нужны пары «ключ: значение»", "каждая на своей строке, с отступом")
        return None

    def rows(self, node: Node | None) -> tuple[Node, ...]:
        """The items of a list."""
        if node is None:
            return ()
        if isinstance(node, Rows):
            return node.items
        self.fault(node.place, "E108", "здесь нужен список", "в квадратных скобках или каждая строка с «-»")
        return ()

    def texts(self, node: Node | None) -> tuple[Text, ...]:
        """The texts of a list, or the one text that stands without one; empty texts are left out."""
        if isinstance(node, Text):
            items: tuple[Node, ...] = (node,)
        else:
            items = self.rows(node)
        found = (Text(self.text(item), item.place) for item in items)
        return tuple(item for item in found if item.value)

    def whole(self, node: Node | None, default: int, *, least: int, most: int) -> int:
        if node is None:
            return default
        value = self.text(node)
        if not (value.isascii() and value.isdigit() and len(value) <= 18) or not least <= int(value) <= most:
            self.fault(
                node.place, "E107", f"здесь нужно целое число от {least} до {most}", f"если не писать, будет {default}"
            )
            return default
        return int(value)

    def yes(self, node: Node | None, default: bool) -> bool:
        if node is None:
            return default
        word = self.text(node).lower()
        if word not in YES + NO:
            self.fault(node.place, "E109", f"здесь нужно «да» или «нет», а не «{word}»", "напишите да или нет")
            return default
        return word in YES

    def one_of(self, node: Node | None, allowed: Iterable[str], default: str) -> str:
        """One of a few words."""
        if node is None:
            return default
        words, word = list(allowed), self.text(node)
        if word not in words:
            hint = self.near(word, set(words)) or "одно из: " + ", ".join(words)
            self.fault(node.place, "E115", f"здесь не может быть «{word}»", hint)
            return default
        return word

    @staticmethod
    def near(word: str, known: Mapping[str, object] | set[str]) -> str:
        """«может быть, «…»?» when one of the known words is alike, else nothing."""
        best = Reader.nearest(word, known)
        return f"может быть, «{best}»?" if best else ""

    @staticmethod
    def nearest(word: str, known: Mapping[str, object] | set[str]) -> str:
        """The known word that is most alike, else nothing."""
        best = process.extractOne(word, sorted(known), score_cutoff=60) if word else None
        return best[0] if best else ""

    def day(self, node: Node | None) -> date | None:
        """A date, written 2026-12-31 or 31.12.2026."""
        if node is None:
            return None
        text = self.text(node)
        try:
            return as_date(text)
        except ValueError:
            self.fault(node.place, "E116", f"не дата: «{text}»", "например 2026-12-31 или 31.12.2026")
            return None


def as_date(text: str) -> date:
    """2026-12-31 or 31.12.2026; raises `ValueError`."""
    russian = _RUSSIAN_DATE.fullmatch(text)
    if russian is not None:
        return date(int(russian["year"]), int(russian["month"]), int(russian["day"]))
    if not _ISO_DATE.fullmatch(text):
        raise ValueError(f"not a date: {text!r}")
    return date.fromisoformat(text)
