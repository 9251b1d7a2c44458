"""A supplier's `topics.yaml` read into topics, with every fault at its place.

The file says what callers ask about, in their own words; `bots.topics` learns from it. Here it is only read: what is
wrong comes back as findings, all at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rapidfuzz import process

from bots.tokens import normalise
from bots.topics import Topic, Topics
from ivr.flow.finding import Finding, Place
from ivr.flow.source import BadSource, Node, Rows, Table, Text, compose

FEW = 10
"""Fewer examples than this teach a topic badly."""
MOST_LETTERS = 200
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_YES, _NO = frozenset(("да", "yes", "true")), frozenset(("нет", "no", "false"))
_FILE_KEYS = {"topics", "synonyms", "nothing", "nothing_words", "between"}
_TOPIC_KEYS = {"title", "wish", "examples", "words", "without", "answer", "operator"}
_BETWEEN_KEYS = {"topics", "ask"}


@dataclass(frozen=True)
class TopicBook:
    """All that a `topics.yaml` says."""

    topics: tuple[Topic, ...]
    synonyms: tuple[tuple[str, ...], ...] = ()
    nothing: tuple[str, ...] = ()
    asks: Mapping[tuple[str, str], str] | None = None

    @cached_property
    def taught(self) -> Topics:
        """The topics ready to sort; learning them takes a fifth of a second, once."""
        return Topics(self.topics, synonyms=self.synonyms, nothing=self.nothing, asks=self.asks)


def read_topics(path: Path) -> tuple[TopicBook | None, list[Finding]]:
    """What can be read of the file, and all that is wrong with it, in order of place; None where it has errors."""
    reader = _Reader()
    try:
        root, findings = compose(path)
    except BadSource as bad:
        return None, [bad.finding]
    reader.findings.extend(findings)
    book = reader.book(root)
    found = sorted(reader.findings, key=lambda finding: finding.place)
    return (None if any(finding.is_error for finding in found) else book), found


class _Reader:
    """Turns nodes into topics and collects what is wrong on the way; nothing is raised."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._said: dict[str, tuple[str, Place]] = {}

    def book(self, root: Node) -> TopicBook:
        table = self._table(root)
        self._known(table, _FILE_KEYS)
        topics = tuple(self._topic(key, node) for key, node in self._table(table.get("topics")))
        if not topics:
            self._fault(table.place, "E403", "нет ни одной темы", "опишите их под «topics:»")
        names = {topic.name for topic in topics}
        synonyms = tuple(self._group(node) for node in self._rows(table.get("synonyms")))
        nothing = (*self._phrases(table.get("nothing")), *self._listed(table.get("nothing_words")))
        asks = dict(filter(None, (self._between(node, names) for node in self._rows(table.get("between")))))
        return TopicBook(topics, synonyms, nothing, asks)

    def _topic(self, key: Text, node: Node) -> Topic:
        name = key.value
        if not _NAME.fullmatch(name):
            hint = "строчные латинские буквы, цифры и «_»: «meter_check»"
            self._fault(key.place, "E404", f"так тему назвать нельзя: «{name}»", hint)
        table = self._table(node)
        self._known(table, _TOPIC_KEYS)
        title = self._text(table.get("title"))
        if not title:
            self._fault(key.place, "E401", f"у темы «{name}» не хватает «title»", "так её увидят операторы и отчёты")
        examples = self._phrases(table.get("examples"), name)
        words = self._listed(table.get("words"), name)
        if not examples:
            self._fault(key.place, "E405", f"у темы «{name}» нет примеров", "напишите под «examples:», как её просят")
        elif len(examples) + len(words) < FEW:
            text = f"у темы «{name}» мало примеров: {len(examples) + len(words)}"
            self._fault(key.place, "W410", text, f"от {FEW} робот узнаёт тему увереннее")
        wish, answer = self._text(table.get("wish")), self._text(table.get("answer"))
        without = self._phrases(table.get("without"))
        return Topic(name, title, examples, words, wish, without, answer, self._flag(table.get("operator")))

    def _between(self, node: Node, names: set[str]) -> tuple[tuple[str, str], str] | None:
        table = self._table(node)
        self._known(table, _BETWEEN_KEYS)
        ask = self._text(table.get("ask"))
        pair = [(self._text(item), item.place) for item in self._rows(table.get("topics"))]
        for name, place in pair:
            if name not in names:
                self._fault(place, "E408", f"нет такой темы: «{name}»", _near(name, names))
        if len({name for name, _ in pair}) != 2 or len(pair) != 2 or not ask:
            self._fault(node.place, "E409", "вопрос задают между двумя темами", "{topics: [одна, другая], ask: текст}")
            return None
        return (pair[0][0], pair[1][0]), ask

    def _group(self, node: Node) -> tuple[str, ...]:
        words = tuple(self._text(item) for item in self._rows(node))
        for word, item in zip(words, self._rows(node), strict=True):
            if " " in word or not word:
                self._fault(item.place, "E407", f"синоним должен быть одним словом: «{word}»")
        return tuple(word for word in words if word and " " not in word)

    # -- phrases -------------------------------------------------------------------------------------------------

    def _phrases(self, node: Node | None, topic: str = "") -> tuple[str, ...]:
        said = [(self._text(item), item.place) for item in self._rows(node)]
        return tuple(phrase for phrase, place in said if self._fresh(phrase, place, topic))

    def _listed(self, node: Node | None, topic: str = "") -> tuple[str, ...]:
        """Short phrases, parted by commas in one text or one a line."""
        if node is None or isinstance(node, Rows):
            return self._phrases(node, topic)
        said = (phrase.strip() for phrase in self._text(node, most=100_000).split(","))
        return tuple(phrase for phrase in said if phrase and self._fresh(phrase, node.place, topic))

    def _fresh(self, phrase: str, place: Place, topic: str) -> bool:
        """Whether a phrase is worth learning; the same phrase in two topics teaches neither."""
        if not any(letter.isalpha() for letter in phrase):
            self._fault(place, "E402", f"здесь нужны слова: «{phrase}»")
            return False
        if not topic:
            return True
        first, where = self._said.setdefault(" ".join(normalise(phrase).split()), (topic, place))
        if first != topic:
            text = f"пример «{phrase}» уже есть у темы «{first}» в строке {where.line}"
            self._fault(place, "E406", text, "оставьте его там, где он нужнее")
            return False
        if where != place:
            self._fault(place, "W411", f"пример «{phrase}» уже есть в строке {where.line}")
            return False
        return True

    # -- nodes ---------------------------------------------------------------------------------------------------

    def _fault(self, place: Place, code: str, message: str, hint: str = "") -> None:
        self.findings.append(Finding(place, code, message, hint))

    def _known(self, table: Table, keys: set[str]) -> None:
        for key, _ in table:
            if key.value not in keys:
                self._fault(key.place, "E400", f"неизвестный ключ «{key.value}»", _near(key.value, keys))

    def _table(self, node: Node | None) -> Table:
        if isinstance(node, Table):
            return node
        if node is not None:
            self._fault(node.place, "E402", "здесь нужны пары «ключ: значение»")
        return Table((), node.place if node is not None else Place(Path()))

    def _rows(self, node: Node | None) -> tuple[Node, ...]:
        if isinstance(node, Rows):
            return node.items
        if node is not None:
            self._fault(node.place, "E402", "здесь нужен список, по пункту на строке с «- »")
        return ()

    def _text(self, node: Node | None, *, most: int = MOST_LETTERS * 2) -> str:
        if node is None:
            return ""
        if not isinstance(node, Text):
            self._fault(node.place, "E402", "здесь нужен текст")
            return ""
        text = " ".join(node.value.split())
        if len(text) > most:
            self._fault(node.place, "E402", f"текст длиннее {most} знаков", "столько никто не дослушает")
        return text

    def _flag(self, node: Node | None) -> bool:
        value = self._text(node).lower()
        if value and value not in _YES | _NO and node is not None:
            self._fault(node.place, "E407", f"здесь «да» или «нет», а не «{value}»")
        return value in _YES


def _near(word: str, known: set[str]) -> str:
    best = process.extractOne(word, sorted(known), score_cutoff=60) if word else None
    return f"может быть, «{best[0]}»?" if best else ""
