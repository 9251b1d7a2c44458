"""One reader a verb: the pairs of a step become the step. Names, bounds and needs come from `ivr.flow.verbs`.

Whether what it names exists and where its edges lead is asked later, when every flow has been read.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from bots.dialogue import Dialogue
from ivr.flow import dialplan as plan
from ivr.flow.dialplan import EXITS, Branch, Choice, Edge, Expected, Ladder, Lookup, Step, Wording
from ivr.flow.expression import BadExpression, Constant, Expression, Type, constant, parse
from ivr.flow.finding import Place
from ivr.flow.reading import Reader
from ivr.flow.source import Node, Rows, Table, Text
from ivr.flow.variables import NAME
from ivr.flow.verbs import CHOICE, OPTION, VERBS, Key, keys_of

MENU_KEYS = "0123456789*#"
_AS_IT_STANDS = re.compile(r"0\d+|\d{1,2}:\d{2}|да|нет|\+\d+|\d{7,}", re.IGNORECASE)
"""A plain scalar that is text though it is not quoted: a leading zero, a time, «да», a telephone."""
_TELEPHONE = re.compile(r"\+?[0-9]{1,15}")


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

    def step(self, name: Text, node: Node, exits: Exits) -> Step | None:
        table = self.table(node)
        if table is None:
            return None
        verb = self.verb(name, table)
        return _OneStep(self, name, table, verb, exits).build() if verb else None

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
        if isinstance(node, Text) and wants == ("text",) and _TELEPHONE.fullmatch(node.value.strip()):
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
        if bad.name:
            hint = self.alike(bad.name, self.types) or "если это текст, возьмите его в кавычки"
            self.fault(place, "E202", f"нет такой переменной: «{bad.name}»", hint)
        elif str(bad).startswith(_TYPE_FAULTS):
            self.fault(place, "E203", str(bad), "сравнивают одинаковое: текст с текстом, число с числом")
        else:
            self.fault(place, "E201", str(bad), "текст пишут в кавычках: 'так'")

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


class _OneStep:
    """One step as it is read: its pairs, the table of its verb, and the ways found so far."""

    def __init__(self, reader: StepReader, name: Text, table: Table, verb: str, exits: Exits) -> None:
        self._reader, self._name, self._table, self._verb = reader, name, table, verb
        self._keys = keys_of(VERBS[verb])
        self._exits = exits
        self._ways: dict[str, Edge] = {}

    def build(self) -> Step | None:
        self._reader.known(self._table, set(self._keys))
        for key, spec in self._keys.items():
            if spec.needed:
                self._need(key)
            if spec.kind == "target" and self._verb != key:
                self._way(key)
        return _BUILD[self._verb](self)

    def _need(self, key: str) -> None:
        if self._table.get(key) is None:
            self._reader.fault(self._table.place, "E103", f"не хватает «{key}»", f"{key} — {self._keys[key].note}")

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
            elif name not in self._exits.unknown and self._table.get(name) is None:
                missing.append(name)
        if missing:
            names = ", ".join(f"«{name}»" for name in missing)
            hint = "добавьте их шагу, в «on» сценария или в «on» файла line.yaml"
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
        for name, node in self._reader.table(self._key("choices", kind)[0]) or ():
            table = self._reader.table(node)
            if table is None:
                continue
            choice = self._choice(name, table, keys, lead=lead)
            if choice.key and choice.key in taken:
                text = f"клавиша {choice.key} уже занята выбором «{taken[choice.key]}»"
                self._reader.fault(choice.place, "E113", text, "дайте выбору другую клавишу")
            taken.setdefault(choice.key, choice.name)
            found.append(choice)
        return tuple(found)

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

    # -- the verbs -------------------------------------------------------------------------------------------------

    def say(self) -> plan.Say:
        return plan.Say(*self._base(), self._said("say"), self._yes("skippable"))

    def menu(self) -> plan.Menu:
        choices = self._choices(CHOICE, lead=True)
        return plan.Menu(*self._base(), self._ladder("menu"), choices)

    def ask(self) -> plan.Ask:
        expect = cast(Expected, self._word("expect"))
        yes_no = expect == "yes_no"
        for key in _ANSWERS if yes_no else ("next", "into"):
            self._need(key)
        if expect == "choice":
            self._need("choices")
        self._not_here(("next",) if yes_no else _ANSWERS, f"expect: {expect}")
        lengths_node, _ = self._key("lengths", "lengths")
        lengths = tuple(self._reader.whole(item, 10, least=1, most=20) for item in self._reader.rows(lengths_node))
        choices = self._choices(OPTION, lead=False)
        into, scale = self._identifier("into"), self._scale()
        return plan.Ask(*self._base(), self._ladder("ask"), expect, into, choices, scale, lengths)

    def confirm(self) -> plan.Confirm:
        of, spelled = self._identifier("of"), self._wording("spelled")
        return plan.Confirm(*self._base(), self._ladder("confirm"), of, spelled)

    def when(self) -> plan.When:
        node, _ = self._key("when", "branches")
        branches, otherwise = [], False
        for number, item in enumerate(self._reader.rows(node), 1):
            table = self._reader.table(item)
            if table is None:
                continue
            if otherwise:
                self._reader.fault(item.place, "E126", "после «else» ничего не бывает", "поставьте его последним")
                break
            if table.get("else") is not None:
                self._reader.known(table, {"else"})
                self._leads("else", cast(Node, table.get("else")))
                otherwise = True
                continue
            self._reader.known(table, {"if", "next"})
            condition = self._reader.expression(self._reader.needed(table, "if"), ("yes_no",))
            target = self._reader.needed(table, "next")
            if target is not None:
                self._leads(str(number), target)
            if condition is not None:
                branches.append(Branch(condition, str(number)))
        if isinstance(node, Rows) and not otherwise:
            self._reader.fault(node.place, "E126", "не хватает «else»", "последней строкой: - else: шаг")
        return plan.When(*self._base(), tuple(branches))

    def switch(self) -> plan.Switch:
        on = self._expression("switch")
        for name in self._targets("cases"):
            if on is not None and not _can_be(name.value, on.type):
                hint = "yes или no" if on.type == "yes_no" else "сравните в «when»"
                text = f"«{on.written}» — {CALLED[on.type]}: «{name.value}» не бывает"
                self._reader.fault(name.place, "E127", text, hint)
        if (otherwise := self._ways.pop("else", None)) is not None:
            self._ways["else"] = otherwise  # last, as it is read
        return plan.Switch(*self._base(), on or constant("", self._table.place))

    def set(self) -> plan.Set:
        return plan.Set(*self._base(), self._values("set"))

    def topics(self) -> plan.SortTopics:
        topics = self._reader.names.topics
        for name in self._targets("to"):
            if name.value not in topics:
                hint = self._reader.alike(name.value, topics)
                self._reader.fault(name.place, "E271", f"в topics.yaml нет темы «{name.value}»", hint)
        return plan.SortTopics(*self._base(), self._ladder("topics"))

    def bot(self) -> plan.Bot:
        bots = self._reader.names.bots
        name = self._named("bot", bots, "E261", "нет такого диалога")
        outcomes, inputs = self._targets("outcomes"), self._values("inputs")
        if name in bots:
            self._judge_outcomes(bots[name], outcomes)
            self._judge_inputs(bots[name], inputs)
        return plan.Bot(*self._base(), name, inputs)

    def _judge_outcomes(self, bot: Dialogue, outcomes: list[Text]) -> None:
        for outcome in outcomes:
            if outcome.value not in bot.outcomes:
                hint = self._reader.alike(outcome.value, bot.outcomes) or "бывает: " + ", ".join(bot.outcomes)
                text = f"диалог «{bot.name}» так не заканчивается: «{outcome.value}»"
                self._reader.fault(outcome.place, "E262", text, hint)
        named = {outcome.value for outcome in outcomes}
        node = self._table.get("outcomes")
        missing = [outcome for outcome in bot.outcomes if outcome not in named]
        if missing and node is not None:
            what = "; ".join(f"{outcome} — {bot.outcomes[outcome]}" for outcome in missing)
            text = f"не сказано, куда идти, если диалог «{bot.name}» закончился так: {', '.join(missing)}"
            self._reader.fault(node.place, "E263", text, what)

    def _judge_inputs(self, bot: Dialogue, inputs: Mapping[str, Expression]) -> None:
        for name, value in inputs.items():
            wanted = bot.inputs.get(name)
            if wanted is None:
                hint = self._reader.alike(name, bot.inputs) or "бывает: " + (", ".join(bot.inputs) or "ничего")
                self._reader.fault(value.place, "E264", f"диалог «{bot.name}» не берёт «{name}»", hint)
            elif wanted.choices and isinstance(value.tree, Constant) and value.tree.value not in wanted.choices:
                hint = "одно из: " + ", ".join(wanted.choices)
                self._reader.fault(value.place, "E115", f"здесь не может быть «{value.tree.value}»", hint)
        for name, wanted in bot.inputs.items():
            if wanted.required and name not in inputs:
                hint = f"добавьте в inputs: {name} — {wanted.title}"
                self._reader.fault(self._table.place, "E265", f"диалогу «{bot.name}» не хватает «{name}»", hint)

    def lookup(self) -> plan.LookUp:
        what = cast(Lookup, self._word("lookup"))
        for key in REASONS if what == "reason" else ("found",):
            self._need(key)
        self._not_here(("found",) if what == "reason" else REASONS, f"lookup: {what}")
        return plan.LookUp(*self._base(), what, self._value("of"), self._identifier("into"))

    def message(self) -> plan.SendMessage:
        channel = cast(Literal["sms", "email"], self._word("channel"))
        name = self._named("message", self._reader.names.messages, "E272", "в messages.yaml нет сообщения")
        to, values = self._value("to"), self._values("with")
        return plan.SendMessage(*self._base(), name, channel, to, values)

    def request(self) -> plan.MakeRequest:
        kind, of, words = self._word("request"), self._value("of"), self._value("words")
        return plan.MakeRequest(*self._base(), kind, of, words, self._identifier("into"))

    def queue(self) -> plan.Queue:
        self._same_way("full", "no_operators")
        return plan.Queue(
            *self._base(),
            self._named("queue", self._reader.names.queues, "E112", "нет такой очереди"),
            self._wording("topic"),
            self._whole("priority"),
            float(self._whole("seconds")),
            self._wording("whisper"),
            self._values("context"),
        )

    def transfer(self) -> plan.Transfer:
        number = re.sub(r"[\s()-]", "", self._plain("transfer"))
        node = self._table.get("transfer")
        if node is not None and not _TELEPHONE.fullmatch(number):
            self._reader.fault(node.place, "E130", f"не номер телефона: «{number}»", "цифры, впереди можно «+»")
        return plan.Transfer(*self._base(), number, float(self._whole("seconds")))

    def callback(self) -> plan.OrderCallback:
        queue = self._named("callback", self._reader.names.queues, "E112", "нет такой очереди")
        phone, at = self._value("phone"), self._value("at")
        topic, into = self._wording("topic"), self._identifier("into")
        return plan.OrderCallback(*self._base(), queue, phone, at, topic, into)

    def record(self) -> plan.Record:
        self._same_way("empty", "next")
        return plan.Record(*self._base(), self._said("record"), float(self._whole("seconds")))

    def rate(self) -> plan.Rate:
        scale, into = self._scale(), self._identifier("into")
        return plan.Rate(*self._base(), self._ladder("rate"), scale, into)

    def announce(self) -> plan.Announce:
        self._word("announce")
        self._same_way("callback", "next")
        self._same_way("hang_up_asked", "next")
        return plan.Announce(*self._base())

    def call(self) -> plan.CallFlow:
        self._targets("ends")
        flow = self._named("call", self._reader.names.flows, "E110", "нет такого сценария")
        return plan.CallFlow(*self._base(), flow, self._values("with"))

    def goto(self) -> plan.Goto:
        self._way("goto", "next")
        return plan.Goto(*self._base())

    def end(self) -> plan.End:
        return plan.End(*self._base(), self._identifier("end"))


_ANSWERS = ("yes", "no", "unsure")
REASONS = ("readings", "debt", "outage", "request")
_BUILD = {
    "say": _OneStep.say,
    "menu": _OneStep.menu,
    "ask": _OneStep.ask,
    "confirm": _OneStep.confirm,
    "when": _OneStep.when,
    "switch": _OneStep.switch,
    "set": _OneStep.set,
    "topics": _OneStep.topics,
    "bot": _OneStep.bot,
    "lookup": _OneStep.lookup,
    "message": _OneStep.message,
    "request": _OneStep.request,
    "queue": _OneStep.queue,
    "transfer": _OneStep.transfer,
    "callback": _OneStep.callback,
    "record": _OneStep.record,
    "rate": _OneStep.rate,
    "announce": _OneStep.announce,
    "call": _OneStep.call,
    "goto": _OneStep.goto,
    "end": _OneStep.end,
}


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


def _can_be(value: str, type_: Type) -> bool:
    match type_:
        case "number":
            return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) is not None
        case "yes_no":
            return value in ("yes", "no")
        case "money" | "date" | "moment" | "none":
            return False
    return True
