"""Rules that protect people: personal data for those who are known, a robot that says so, a way to be left alone."""

import re
from collections.abc import Iterator, Mapping

from bots.dialogue import Dialogue
from ivr.flow.checks.ground import Ground
from ivr.flow.dialplan import Asking, Bot, Choice, Dialplan, Flow, LookUp, Lookup, Menu, Set, Step
from ivr.flow.finding import Finding
from ivr.flow.graph import ANYWHERE
from ivr.flow.variables import OF_LOOKUP
from ivr.prompts.slots import slots

LEVEL_OF_LOOKUP: Mapping[Lookup, int] = {
    "account": 1,
    "debt": 2,
    "taken": 2,
    "meters": 2,
    "requests": 1,
    "drafts": 1,
    "reason": 1,
    "outages": 0,
}
"""The level a caller must have reached before the facts of a lookup may be spoken (bots/disclosure.py)."""
FREE_FACTS = frozenset({("account", "territory"), ("drafts", "count")})
OF_BUILT_IN: Mapping[str, int] = {"account": 1}
OUTBOUND_MOST = 1
"""Whom we ring at the number on file, and who says they own the account, may hear of their debt."""
LEAVE_ME_ALONE = re.compile(r"не\s+(надо\s+)?(больше\s+)?(мне\s+)?(звони|беспоко)|отпис", re.IGNORECASE)
OPT_OUT_KEY = "9"


def personal_data(ground: Ground) -> Iterator[Finding]:
    needed = _levels(ground.plan)
    for node in ground.graph.nodes:
        state = ground.sure.at(node.number)
        if state is None:
            continue
        told: set[str] = set()
        for wording in node.step.wordings():
            for slot in slots(wording.text):
                wanted = needed.get(slot.name, 0)
                if node.flow.direction == "outbound":
                    wanted = min(wanted, OUTBOUND_MOST)
                if wanted > state.level and slot.name not in told:
                    told.add(slot.name)
                    text = f"«{slot.name}» услышит и тот, чья личность не проверена: нужен уровень {wanted}"
                    hint = f"раньше поставьте bot: identify с level: 'L{wanted}' или проверьте if: level >= {wanted}"
                    yield Finding(wording.place, "E251", text, hint)


def _levels(plan: Dialplan) -> dict[str, int]:
    """The level each variable needs: its own, or that of what it was made of."""
    needed = dict(OF_BUILT_IN)
    for step in plan.steps():
        if isinstance(step, LookUp) and step.into:
            for fact in OF_LOOKUP[step.what]:
                if (step.what, fact) not in FREE_FACTS:
                    name = f"{step.into}.{fact}"
                    needed[name] = max(needed.get(name, 0), LEVEL_OF_LOOKUP[step.what])
    made_of: dict[str, set[str]] = {}
    for step in plan.steps():
        values = step.values if isinstance(step, Set) else {}
        for name, value in values.items():
            for source in value.names():
                made_of.setdefault(source, set()).add(name)
    ahead = list(needed)
    while ahead:
        source = ahead.pop()
        for name in made_of.get(source, ()):
            if needed.get(name, 0) < needed[source]:
                needed[name] = needed[source]
                ahead.append(name)
    return {name: level for name, level in needed.items() if level}


def robot_says_so(ground: Ground) -> Iterator[Finding]:
    """Whom we ring hears that a robot speaks before anything is asked."""
    for flow in _outbound(ground):
        for number in sorted(ground.graph.reached([ground.graph.start(flow.name)], after_hang_up=False)):
            node, state = ground.graph.nodes[number], ground.sure.at(number)
            if (
                not _wants_something(node.step, ground.dialogues)
                or state is None
                or state.notice
                or ground.sure.gives_notice(number)
            ):
                continue
            text = f"до шага «{node.step.name}» абонент не услышал, что говорит робот"
            yield Finding(node.step.place, "E253", text, "начните с «Говорит робот…»")
            break


def way_to_be_left_alone(ground: Ground) -> Iterator[Finding]:
    for flow in _outbound(ground):
        reached = ground.graph.reached([ground.graph.start(flow.name)])
        if not any(_lets_go(ground.graph.nodes[number].step, ground.dialogues) for number in reached):
            text = f"в исходящем сценарии «{flow.name}» нельзя попросить больше не звонить"
            hint = f"добавьте в меню выбор с клавишей {OPT_OUT_KEY} и словами «не звоните»"
            yield Finding(flow.place, "E252", text, hint)


def _outbound(ground: Ground) -> Iterator[Flow]:
    for flow in ground.plan.flows.values():
        if flow.direction == "outbound" and ground.graph.start(flow.name) != ANYWHERE and flow.name not in ground.lost:
            yield flow


def _wants_something(step: Step, dialogues: Mapping[str, Dialogue]) -> bool:
    if isinstance(step, Bot):
        dialogue = dialogues.get(step.bot)
        return dialogue is None or not dialogue.outbound
    return isinstance(step, Asking)


def _lets_go(step: Step, dialogues: Mapping[str, Dialogue]) -> bool:
    if isinstance(step, Bot):
        dialogue = dialogues.get(step.bot)
        return dialogue is not None and dialogue.outbound
    return isinstance(step, Menu) and any(_is_opt_out(choice) for choice in step.choices)


def _is_opt_out(choice: Choice) -> bool:
    return choice.key == OPT_OUT_KEY or any(LEAVE_ME_ALONE.search(phrase) for phrase in choice.phrases)
