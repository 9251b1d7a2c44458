"""One step as it is read: its pairs by the table of its verb, the ways out found so far, the exits it inherits."""

from collections.abc import Collection, Mapping

from ivr.flow.dialplan import EXITS, Choice, Edge, Ladder, Wording
from ivr.flow.expression import Expression
from ivr.flow.finding import Place
from ivr.flow.source import Node, Rows, Table, Text
from ivr.flow.step_values import Exits, StepReader, edge_to, wording
from ivr.flow.verbs import VERBS, Key, keys_of

MENU_KEYS = "0123456789*#"


class StepKeys:
    """One step as it is read: its pairs, the table of its verb, and the ways found so far."""

    def __init__(self, reader: StepReader, name: Text, table: Table, verb: str, exits: Exits) -> None:
        self._reader, self._name, self._table, self._verb = reader, name, table, verb
        self._keys = keys_of(VERBS[verb])
        self._exits = exits
        self._ways: dict[str, Edge] = {}

    def _need(self, key: str) -> None:
        if self._table.get(key) is None and not self._is_meant(key):
            self._reader.fault(self._table.place, "E103", f"не хватает «{key}»", f"{key} — {self._keys[key].note}")

    def _is_meant(self, key: str) -> bool:
        return self._reader.is_meant(self._table, key)

    # -- the keys by kind ------------------------------------------------------------------------------------------

    def _key(self, key: str, *kinds: str) -> tuple[Node | None, Key]:
        spec = self._keys[key]
        assert spec.kind in kinds, f"{self._verb}.{key} is {spec.kind}"
        return self._table.get(key), spec

    def _wording(self, key: str) -> Wording | None:
        node, _ = self._key(key, "wording")
        return wording(self._reader, node, key) if node is not None else None

    def _said(self, key: str) -> Wording:
        return self._wording(key) or Wording("", self._table.place)

    def _plain(self, key: str) -> str:
        return self._reader.text(self._key(key, "plain")[0])

    def _identifier(self, key: str) -> str:
        return self._reader.identifier(self._key(key, "name")[0], f"«{key}»")

    def _named(self, key: str, among: Collection[str], code: str, what: str) -> str:
        """A name of something that must exist."""
        node, name = self._table.get(key), self._identifier(key)
        if node is not None and name and name not in among:
            self._reader.fault(node.place, code, f"{what}: «{name}»", self._reader.alike(name, among))
        return name

    def _whole(self, key: str) -> int:
        node, spec = self._key(key, "whole")
        return self._reader.whole(node, spec.default, least=spec.least, most=spec.most)

    def _yes(self, key: str) -> bool:
        node, spec = self._key(key, "yes_no")
        return self._reader.yes(node, bool(spec.default))

    def _word(self, key: str) -> str:
        node, spec = self._key(key, "words")
        return self._reader.one_of(node, spec.words, spec.words[0])

    def _value(self, key: str) -> Expression | None:
        node, spec = self._key(key, "value")
        return self._reader.value(node, spec.wants)

    def _values(self, key: str) -> dict[str, Expression]:
        return self._reader.values(self._key(key, "values")[0])

    def _expression(self, key: str) -> Expression | None:
        node, spec = self._key(key, "expression")
        return self._reader.expression(node, spec.wants)

    # -- ways ------------------------------------------------------------------------------------------------------

    def _way(self, key: str, name: str = "") -> None:
        node, _ = self._key(key, "target")
        if node is not None:
            self._leads(name or key, node)

    def _leads(self, name: str, node: Node) -> None:
        edge = edge_to(self._reader, name, node)
        if edge is not None:
            self._ways[name] = edge

    def _targets(self, key: str) -> list[Text]:
        names = []
        for name, node in self._reader.table(self._key(key, "targets")[0]) or ():
            if name.value in self._keys and self._keys[name.value].kind == "target":
                self._reader.fault(
                    name.place, "E128", f"«{name.value}» уже означает другой выход этого шага", "дайте другое имя"
                )
                continue
            names.append(name)
            self._leads(name.value, node)
        return names

    def _same_way(self, name: str, other: str) -> None:
        """Without an edge of its own it leads where another one does."""
        edge = self._ways.get(other)
        if name not in self._ways and edge is not None:
            self._ways[name] = Edge(name, edge.target, edge.place)

    def _not_here(self, keys: tuple[str, ...], where: str) -> None:
        for key in keys:
            edge = self._ways.pop(key, None)
            if edge is not None:
                self._reader.fault(edge.place, "E129", f"у «{where}» нет выхода «{key}»", "уберите эту строку")

    # -- what all steps have ---------------------------------------------------------------------------------------

    def _base(self) -> tuple[str, Place, tuple[Edge, ...], Edge | None]:
        if VERBS[self._verb].asks:
            self._add_exits()
        hang_up = self._ways.pop("hang_up", None) or self._exits.get("hang_up")
        return self._name.value, self._name.place, tuple(self._ways.values()), hang_up

    def _add_exits(self) -> None:
        missing = []
        for name in EXITS:
            edge = self._ways.get(name) or self._exits.get(name)
            if edge is not None:
                self._ways[name] = edge
            elif name not in self._exits.unknown and self._table.get(name) is None and not self._is_meant(name):
                missing.append(name)
        if missing:
            names = ", ".join(f"«{name}»" for name in missing)
            hint = "добавьте в шаг, в «on» сценария или в «on» файла line.yaml"
            self._reader.fault(self._name.place, "E122", f"у шага «{self._name.value}» нет выхода: {names}", hint)

    def _ladder(self, key: str) -> Ladder:
        return Ladder(self._said(key), self._wording("hint"), self._wording("keys"), self._whole("tries"))

    def _scale(self) -> tuple[int, int]:
        node, _ = self._key("scale", "scale")
        items = self._reader.rows(node)
        if node is None or not isinstance(node, Rows):
            return 1, 5
        bounds = [self._reader.whole(item, 1, least=0, most=10) for item in items]
        if len(bounds) != 2 or bounds[0] >= bounds[1]:
            self._reader.fault(node.place, "E125", "здесь нужны наименьшая и наибольшая оценка", "например [1, 5]")
            return 1, 5
        return bounds[0], bounds[1]

    def _choices(self, keys: Mapping[str, Key], *, lead: bool) -> tuple[Choice, ...]:
        kind = "choices" if lead else "options"
        found: list[Choice] = []
        taken: dict[str, str] = {}
        said: dict[str, str] = {}
        for name, node in self._reader.table(self._key("choices", kind)[0]) or ():
            table = self._reader.table(node)
            if table is None:
                continue
            choice = self._choice(name, table, keys, lead=lead)
            if choice.key and choice.key in taken:
                text = f"клавиша {choice.key} уже занята выбором «{taken[choice.key]}»"
                self._reader.fault(choice.place, "E113", text, "дайте выбору другую клавишу")
            taken.setdefault(choice.key, choice.name)
            self._judge_phrases(choice, said)
            found.append(choice)
        return tuple(found)

    def _judge_phrases(self, choice: Choice, said: dict[str, str]) -> None:
        """Each choice can be chosen, and each phrase chooses one."""
        if not choice.key and not choice.phrases:
            hint = "дайте ему клавишу (key) или слова (say)"
            self._reader.fault(choice.place, "E132", f"«{choice.name}» нельзя выбрать ни клавишей, ни словами", hint)
        for phrase in choice.phrases:
            other = said.setdefault(phrase.lower().replace("ё", "е"), choice.name)
            if other != choice.name:
                text = f"по словам «{phrase}» выбирают и «{choice.name}», и «{other}»"
                self._reader.fault(choice.place, "E131", text, "оставьте их одному")

    def _choice(self, name: Text, table: Table, keys: Mapping[str, Key], *, lead: bool) -> Choice:
        self._reader.known(table, set(keys))
        pressed = self._reader.text(table.get("key"))
        if len(pressed) > 1 or pressed not in MENU_KEYS:
            node = table.get("key") or table
            self._reader.fault(node.place, "E114", f"нет такой клавиши: «{pressed}»", "0–9, * или #")
        phrases = tuple(item.value for item in self._reader.texts(table.get("say")))
        when = None
        if lead:
            if name.value in EXITS and name.value != "operator":
                hint = "дайте выбору другое имя"
                self._reader.fault(name.place, "E128", f"«{name.value}» — это выход вопроса, а не выбор", hint)
            target = self._reader.needed(table, "next")
            if target is not None:
                self._leads(name.value, target)
            when = self._reader.expression(table.get("when"), keys["when"].wants)
        return Choice(name.value, name.place, pressed, phrases, when)
