"""Reading what stands under the keys of a step: expressions, values, names, texts and targets.

Whether what is named exists and where edges lead is asked later, when every flow has been read.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bots.dialogue import Dialogue
from ivr.flow.dialplan import Edge, Wording
from ivr.flow.expression import BadExpression, Expression, Type, constant, parse
from ivr.flow.finding import Place
from ivr.flow.reading import Reader
from ivr.flow.source import Node, Table, Text
from ivr.flow.variables import NAME, OF_QUEUE, OF_SCHEDULE
from ivr.flow.verbs import VERBS, keys_of

_AS_IT_STANDS = re.compile(r"0\d+|\d{1,2}:\d{2}|да|нет|\+\d+|\d{7,}", re.IGNORECASE)
"""A plain scalar that is text though it is not quoted: a leading zero, a time, «да», a telephone."""
TELEPHONE = re.compile(r"\+?[0-9]{1,15}")


class Exits:
    """Ways that steps of a flow have without naming them: by the flow's `on`, then by the line's."""

    def __init__(self, edges: Mapping[str, Edge], unknown: frozenset[str] = frozenset()) -> None:
        self._edges = dict(edges)
        self.unknown = unknown
        """Exits that are written and could not be read: nothing is said of who lacks them."""

    def get(self, name: str) -> Edge | None:
        return self._edges.get(name)

    def with_nearer(self, nearer: "Exits") -> "Exits":
        return Exits({**self._edges, **nearer._edges}, self.unknown | nearer.unknown)


@dataclass(frozen=True, slots=True)
class Names:
    """What steps may name, known before the first of them is read."""

    queues: Collection[str] = ()
    flows: Collection[str] = ()
    topics: Collection[str] = ()
    messages: Collection[str] = ()
    bots: Mapping[str, Dialogue] = field(default_factory=dict)


class Anything(Collection[str]):
    """All the names of a file that could not be read: whatever a step names is believed to be there."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class StepReader(Reader):
    """Reads steps; `types` are all variables of the line, so that expressions can be judged at once."""

    MOST_HINTS = 50
    """A file full of faults is not compared with every name there is, fault by fault."""

    def __init__(self) -> None:
        super().__init__()
        self.types: Mapping[str, Type] = {}
        self.names = Names()
        self._hints = 0

    def alike(self, word: str, known: Iterable[str]) -> str:
        """«может быть, «…»?», as long as there are not too many faults."""
        self._hints += 1
        return self.near(word, set(known)) if self._hints <= self.MOST_HINTS else ""

    def verb(self, name: Text, table: Table) -> str:
        verbs = [key.value for key, _ in table if key.value in VERBS]
        # A few verbs are also keys of other steps: `callback` of `announce`, `request` of `lookup`.
        whole = [verb for verb in verbs if set(verbs) <= keys_of(VERBS[verb]).keys()]
        if len(whole) == 1:
            return whole[0]
        if not verbs:
            strange = [key for key, _ in table if key.value not in _ALL_KEYS]
            if strange:
                hint = self.alike(strange[0].value, VERBS) or "бывают: " + ", ".join(VERBS)
                self.fault(strange[0].place, "E121", f"нет такого действия: «{strange[0].value}»", hint)
                return ""
        self.fault(name.place, "E101", f"шаг «{name.value}» должен делать что-то одно", f"одно из: {', '.join(VERBS)}")
        return ""

    # -- values --------------------------------------------------------------------------------------------------

    def expression(self, node: Node | None, wants: tuple[Type, ...]) -> Expression | None:
        """What stands here is an expression, quoted or not."""
        if node is None:
            return None
        written = self.text(node)
        if not isinstance(node, Text):
            return None
        try:
            found = parse(written, node.place, self.types)
        except BadExpression as bad:
            self._misunderstood(node, bad)
            return None
        return self._fitting(found, wants)

    def value(self, node: Node | None, wants: tuple[Type, ...] = ()) -> Expression | None:
        """A quoted scalar is text as it stands; any other is an expression."""
        if isinstance(node, Text) and (node.quoted or stands_for_itself(node.value)):
            return self._fitting(constant(self.text(node), node.place), wants)
        if isinstance(node, Text) and wants == ("text",) and TELEPHONE.fullmatch(node.value.strip()):
            return constant(node.value.strip(), node.place)
        return self.expression(node, wants)

    def values(self, node: Node | None) -> dict[str, Expression]:
        found = {}
        for key, item in self.table(node) or ():
            self.identifier(key)
            value = self.value(item)
            if value is not None:
                found[key.value] = value
        return found

    def identifier(self, node: Node | None, what: str = "имя") -> str:
        """A name: a letter, then letters, digits and «_»."""
        if node is None:
            return ""
        word = self.text(node)
        if isinstance(node, Text) and not NAME.fullmatch(word):
            hint = "буквы, цифры и «_», первой — буква"
            self.fault(node.place, "E124", f"так нельзя назвать: «{word}»" if word else f"{what} пусто", hint)
        return word

    def _misunderstood(self, node: Text, bad: BadExpression) -> None:
        place = node.at(bad.at)
        if bad.name and self._names_no(place, bad.name):
            return
        if bad.name:
            hint = self.alike(bad.name, self.types) or "если это текст, возьмите его в кавычки"
            self.fault(place, "E202", f"нет такой переменной: «{bad.name}»", hint)
        elif str(bad).startswith(_TYPE_FAULTS):
            self.fault(place, "E203", str(bad), "сравнивают одинаковое: текст с текстом, число с числом")
        else:
            self.fault(place, "E201", str(bad), "текст пишут в кавычках: 'так'")

    def _names_no(self, place: Place, variable: str) -> bool:
        """A variable of a schedule or a queue that is not there."""
        match variable.split("."):
            case ["calendar", name, fact] if fact in OF_SCHEDULE:
                hint = self.alike(name, self._middles("calendar")) or "опишите его в calendar.yaml"
                self.fault(place, "E273", f"нет такого расписания: «{name}»", hint)
            case ["queue", name, fact] if fact in OF_QUEUE:
                hint = self.alike(name, self._middles("queue")) or "опишите её в line.yaml"
                self.fault(place, "E112", f"нет такой очереди: «{name}»", hint)
            case _:
                return False
        return True

    def _middles(self, first: str) -> set[str]:
        parts = (name.split(".") for name in self.types if name.startswith(f"{first}."))
        return {each[1] for each in parts if len(each) == 3}

    def _fitting(self, found: Expression, wants: tuple[Type, ...]) -> Expression:
        if wants and found.type not in (*wants, "none"):
            wanted = " или ".join(CALLED[type_] for type_ in wants)
            self.fault(
                found.place,
                "E203",
                f"здесь нужно: {wanted}, а это {CALLED[found.type]}",
                _ANOTHER.get(wants, "возьмите другую переменную"),
            )
        return found


CALLED: Mapping[Type, str] = {
    "text": "текст",
    "number": "число",
    "yes_no": "да или нет",
    "money": "сумма",
    "date": "дата",
    "moment": "время",
    "none": "ничего",
}
_ANOTHER: Mapping[tuple[Type, ...], str] = {("yes_no",): "напишите сравнение, например: hour < 18"}
_TYPE_FAULTS = ("нельзя сравнить", "здесь нужно «да»", "«")
_ALL_KEYS = frozenset(key for verb in VERBS.values() for key in keys_of(verb)) - frozenset(VERBS)


def stands_for_itself(written: str) -> bool:
    return _AS_IT_STANDS.fullmatch(written.strip()) is not None


def edge_to(reader: Reader, name: str, node: Node) -> Edge | None:
    target = reader.text(node)
    if not target:
        if isinstance(node, Text):
            reader.fault(node.place, "E104", f"«{name}» пусто", "назовите шаг или flow:сценарий")
        return None
    return Edge(name, target, node.place)


def wording(reader: Reader, node: Node, key: str) -> Wording | None:
    """A text, or a text to hear and another to read."""
    if isinstance(node, Table):
        reader.known(node, {"say", "written"})
        return Wording(reader.need(node, "say"), node.place, reader.text(node.get("written")))
    text = reader.text(node)
    if not text:
        if isinstance(node, Text):
            reader.fault(node.place, "E104", f"«{key}» пусто", "напишите, что сказать")
        return None
    if not isinstance(node, Text) or not node.one_line or text != node.value:
        return Wording(text, node.place)
    return Wording(text, node.at(0), exact=True)
