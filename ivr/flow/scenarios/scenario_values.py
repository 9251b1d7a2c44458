"""Plain values of a scenario: texts, seconds, sums, moments. What is wrong is collected, not raised."""

import re
from datetime import datetime, timedelta

from rapidfuzz import process

from ivr.flow.finding import Finding, Place
from ivr.flow.reading import NO, YES
from ivr.flow.source import Node, Rows, Table, Text

LONGEST_SECONDS = 3600.0
_AGO = re.compile(r"(?P<sign>[+-])(?P<count>[0-9]{1,4})(?P<unit>[smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_MONEY = re.compile(r"-?[0-9]{1,9}(?:[.,][0-9]{1,2})?")


class ValueReader:
    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings

    def fault(self, place: Place, code: str, message: str, hint: str = "") -> None:
        self.findings.append(Finding(place, code, message, hint))

    def table(self, node: Node) -> Table:
        if isinstance(node, Table):
            return node
        self.fault(node.place, "E310", "здесь нужны пары «ключ: значение»")
        return Table((), node.place)

    def known(self, table: Table, keys: tuple[str, ...]) -> None:
        for key, _ in table:
            if key.value not in keys:
                best = process.extractOne(key.value, keys, score_cutoff=60)
                hint = f"может быть, «{best[0]}»?" if best else "здесь бывают: " + ", ".join(keys)
                self.fault(key.place, "E313", f"неизвестный ключ «{key.value}»", hint)

    def text(self, node: Node | None) -> str:
        if node is None:
            return ""
        if not isinstance(node, Text):
            self.fault(node.place, "E314", "здесь нужен текст")
            return ""
        return " ".join(node.value.split())

    def texts(self, node: Node) -> list[str]:
        """One text, or a list of them."""
        items = node.items if isinstance(node, Rows) else (node,)
        return [text for item in items if (text := self.text(item))]

    def rows(self, node: Node | None) -> tuple[Node, ...]:
        """A list, or the one thing that stands without one."""
        if node is None:
            return ()
        return node.items if isinstance(node, Rows) else (node,)

    def pairs(self, node: Node) -> dict[str, str]:
        return {key.value: self.text(value) for key, value in self.table(node)}

    def one_of(self, node: Node | None, words: tuple[str, ...], default: str) -> str:
        if node is None:
            return default
        word = self.text(node)
        if word not in words:
            self.fault(node.place, "E329", f"здесь не может быть «{word}»", "одно из: " + ", ".join(words))
            return default
        return word

    def yes_no(self, node: Node | None, default: bool = False) -> bool:
        if node is None:
            return default
        word = self.text(node).lower()
        if word not in YES + NO:
            self.fault(node.place, "E330", f"здесь нужно «да» или «нет», а не «{word}»")
            return default
        return word in YES

    def seconds(self, node: Node | None, default: float | None, *, place: Place | None = None) -> float:
        text = self.text(node)
        if not text and default is not None:
            return default
        whole, _, part = text.partition(".")
        plain = whole.isascii() and whole.isdigit() and (not part or (part.isascii() and part.isdigit()))
        if plain and len(text) <= 12 and 0 < float(text) <= LONGEST_SECONDS:
            return float(text)
        where = node.place if node is not None else place
        if where is not None:
            hint = f"число больше 0 и не больше {LONGEST_SECONDS:g}, например 2.5"
            self.fault(where, "E315", f"не секунды: «{text}»", hint)
        return default or 1.0

    def whole(self, node: Node | None, default: int, *, most: int = 10**12) -> int:
        if node is None:
            return default
        text = self.text(node)
        if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) <= most):
            self.fault(node.place, "E331", f"здесь нужно целое число: «{text}»")
            return default
        return int(text)

    def kopecks(self, node: Node | None) -> int:
        text = self.text(node)
        if not _MONEY.fullmatch(text):
            if node is not None:
                self.fault(node.place, "E332", f"не сумма: «{text}»", "рубли, например 1240.50")
            return 0
        roubles, _, part = text.replace(",", ".").lstrip("-").partition(".")
        kopecks = int(roubles) * 100 + int(part.ljust(2, "0") or "0")
        return -kopecks if text.startswith("-") else kopecks

    def number(self, node: Node | None) -> str | None:
        if node is None:
            return None
        text = self.text(node)
        digits = text.removeprefix("+")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
            self.fault(node.place, "E318", f"не номер телефона: «{text}»", "цифры, впереди можно +")
            return None
        return text

    def moment(self, node: Node | None, at: datetime) -> datetime | None:
        """An instant as it is written, or so long before or after the call: `-20m`, `+3h`, `-2d`."""
        if node is None:
            return None
        text = self.text(node)
        relative = _AGO.fullmatch(text)
        if relative is not None:
            step = timedelta(**{_UNITS[relative["unit"]]: int(relative["count"])})
            return at + step if relative["sign"] == "+" else at - step
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            self.fault(node.place, "E319", f"не дата и время: «{text}»", "например 2026-03-04T10:00 или -20m")
            return None
        return found if found.tzinfo else found.replace(tzinfo=at.tzinfo)
