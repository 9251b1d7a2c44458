"""One reader a verb: the pairs of a step become the step. Names, bounds and needs come from `ivr.flow.verbs`."""

import re
from collections.abc import Mapping
from typing import Literal, cast

from bots.dialogue import Dialogue
from ivr.flow import dialplan as plan
from ivr.flow.dialplan import Branch, Expected, Lookup, Step
from ivr.flow.expression import Constant, Expression, Type, constant
from ivr.flow.source import Node, Rows, Table, Text
from ivr.flow.step_keys import StepKeys
from ivr.flow.step_values import CALLED, TELEPHONE, Exits, StepReader
from ivr.flow.verbs import CHOICE, OPTION

_ANSWERS = ("yes", "no", "unsure")
REASONS = ("readings", "debt", "outage", "request")


def read_step(reader: StepReader, name: Text, node: Node, exits: Exits) -> Step | None:
    """The step of this name; None where it cannot be told what it does."""
    table = reader.table(node)
    if table is None:
        return None
    verb = reader.verb(name, table)
    return _OneStep(reader, name, table, verb, exits).build() if verb else None


class _OneStep(StepKeys):
    def build(self) -> Step | None:
        self._reader.known(self._table, set(self._keys))
        for key, spec in self._keys.items():
            if spec.needed:
                self._need(key)
            if spec.kind == "target" and self._verb != key:
                self._way(key)
        return _BUILD[self._verb](self)

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
            if table.get("else") is not None or _is_misspelt_else(table):
                self._reader.known(table, {"else"})
                if (node_else := table.get("else")) is not None:
                    self._leads("else", node_else)
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
        if node is not None and not TELEPHONE.fullmatch(number):
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


def _is_misspelt_else(table: Table) -> bool:
    return len(table.items) == 1 and table.items[0][0].value not in ("if", "next")


def _can_be(value: str, type_: Type) -> bool:
    match type_:
        case "number":
            return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) is not None
        case "yes_no":
            return value in ("yes", "no")
        case "money" | "date" | "moment" | "none":
            return False
    return True
