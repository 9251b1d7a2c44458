"""A supplier's `topics.yaml` read into topics, with every fault at its place.

The file says what callers ask about, in their own words; `bots.understanding.topics` learns from it. Here it is only
read: what is wrong comes back as findings, all at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bots.understanding.tokens import normalise
from bots.understanding.topics import Topic, Topics
from ivr.flow.finding import Finding, Place
from ivr.flow.reading import Reader
from ivr.flow.source import Node, Table, Text

FEW = 10
"""Fewer examples than this teach a topic badly."""
MOST_LETTERS = 400
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FILE_KEYS = {"topics", "synonyms", "nothing", "nothing_words", "between"}
_TOPIC_KEYS = {"title", "wish", "examples", "words", "without", "answer", "operator"}
_BETWEEN_KEYS = {"topics", "ask"}


@dataclass(frozen=True)
class TopicBook:
    """All that a `topics.yaml` says."""

    topics: tuple[Topic, ...]
    synonyms: tuple[tuple[str, ...], ...] = ()
    nothing: tuple[str, ...] = ()
    """What sounds like a topic and is none."""
    asks: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The guiding questions worded by hand, by the two topics they stand between."""

    @cached_property
    def taught(self) -> Topics:
        """The topics ready to sort; learning them takes a fraction of a second, once."""
        return Topics(self.topics, synonyms=self.synonyms, nothing=self.nothing, asks=self.asks)


def read_topics(path: Path) -> tuple[TopicBook | None, list[Finding]]:
    """What can be read of the file, and all that is wrong with it, in order of place; None where it has errors."""
    reader = _TopicReader()
    root = reader.file(path)
    book = reader.book(root) if root is not None else None
    findings = reader.sorted_findings()
    return (None if any(finding.is_error for finding in findings) else book), findings


class _TopicReader(Reader):
    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, tuple[str, Place]] = {}

    def book(self, root: Table) -> TopicBook:
        self.known(root, _FILE_KEYS)
        topics = tuple(self._topic(key, node) for key, node in self.table(self.needed(root, "topics")) or ())
        if not topics and root.get("topics") is not None:
            self.fault(root.place, "E430", "нет ни одной темы", "опишите их под «topics:»")
        names = {topic.name for topic in topics}
        synonyms = tuple(self._group(node) for node in self.rows(root.get("synonyms")))
        nothing = (*self._phrases(root.get("nothing")), *self._listed(root.get("nothing_words")))
        asks = dict(filter(None, (self._between(node, names) for node in self.rows(root.get("between")))))
        return TopicBook(topics, synonyms, nothing, asks)

    def _topic(self, key: Text, node: Node) -> Topic:
        name = key.value
        if not _NAME.fullmatch(name):
            hint = "строчные латинские буквы, цифры и «_», например «meter_check»"
            self.fault(key.place, "E431", f"так тему назвать нельзя: «{name}»", hint)
        table = self.table(node) or Table((), node.place)
        self.known(table, _TOPIC_KEYS)
        title = self.need(table, "title")
        examples = self._phrases(table.get("examples"), name)
        words = self._listed(table.get("words"), name)
        if not examples and not words:
            self.fault(
                key.place, "E432", f"у темы «{name}» нет примеров", "напишите под «examples:», как об этом говорят"
            )
        elif len(examples) + len(words) < FEW:
            text = f"у темы «{name}» мало примеров: {len(examples) + len(words)}"
            self.fault(key.place, "W430", text, f"от {FEW} робот узнаёт тему увереннее")
        return Topic(
            name,
            title,
            examples,
            words,
            wish=self._spoken(table.get("wish")),
            without=self._phrases(table.get("without")),
            answer=self._spoken(table.get("answer")),
            operator=self.yes(table.get("operator"), False),
        )

    def _between(self, node: Node, names: set[str]) -> tuple[tuple[str, str], str] | None:
        """The question between two topics."""
        table = self.table(node) or Table((), node.place)
        self.known(table, _BETWEEN_KEYS)
        ask = self.need(table, "ask")
        pair = self.texts(self.needed(table, "topics"))
        for topic in pair:
            if topic.value not in names:
                hint = self.near(topic.value, names)
                self.fault(topic.place, "E433", f"нет такой темы: «{topic.value}»", hint)
        if len(pair) != 2 or pair[0].value == pair[1].value:
            self.fault(node.place, "E434", "вопрос задают между двумя темами", "topics: [одна, другая]")
            return None
        return (pair[0].value, pair[1].value), ask

    def _group(self, node: Node) -> tuple[str, ...]:
        """Words that mean the same; the first stands for all."""
        group = self.texts(node)
        for word in group:
            if " " in word.value:
                self.fault(word.place, "E435", f"синоним должен быть одним словом: «{word.value}»")
        if len(group) == 1:
            self.fault(node.place, "W431", f"у слова «{group[0].value}» нет синонимов", "назовите хотя бы два слова")
        return tuple(word.value for word in group)

    def _phrases(self, node: Node | None, topic: str = "") -> tuple[str, ...]:
        return tuple(said.value for said in self.texts(node) if self._fresh(said.value, said.place, topic))

    def _listed(self, node: Node | None, topic: str = "") -> tuple[str, ...]:
        """Short phrases, parted by commas in one text or one a line."""
        if not isinstance(node, Text):
            return self._phrases(node, topic)
        said = (phrase.strip() for phrase in self.text(node).split(","))
        return tuple(phrase for phrase in said if phrase and self._fresh(phrase, node.place, topic))

    def _fresh(self, phrase: str, place: Place, topic: str) -> bool:
        """Whether a phrase is worth learning: the same phrase in two topics teaches neither."""
        if not any(letter.isalpha() for letter in phrase):
            self.fault(place, "E436", f"здесь нужны слова, а не «{phrase}»")
            return False
        if len(phrase) > MOST_LETTERS:
            self.fault(place, "E437", f"фраза длиннее {MOST_LETTERS} знаков", "так длинно никто не говорит")
            return False
        if not topic:
            return True
        first, where = self._said.setdefault(" ".join(normalise(phrase).split()), (topic, place))
        if first != topic:
            text = f"пример «{phrase}» уже есть у темы «{first}» в строке {where.line}"
            self.fault(place, "E438", text, "оставьте его там, где он нужнее")
        elif where != place:
            self.fault(place, "W432", f"пример «{phrase}» уже есть в строке {where.line}")
        return (first, where) == (topic, place)

    def _spoken(self, node: Node | None) -> str:
        """What the caller will hear."""
        text = self.text(node)
        if node is not None and len(text) > MOST_LETTERS:
            self.fault(node.place, "E437", f"текст длиннее {MOST_LETTERS} знаков", "столько никто не дослушает")
        return text
