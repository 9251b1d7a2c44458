"""Everything a supplier's line may say, by key: what is rendered ahead, recorded in a studio and shipped.

A dialogue's texts have their own keys; a flow's are named by their flow and step (`main.greeting`), further texts of
one step by `.2`, `.3`….
"""

from collections.abc import Mapping
from re import Match

from bots.catalogue import DIALOGUES, TEXTS
from bots.dialogues.courtesy import PROMPTS as COURTESIES
from bots.slots import SLOT
from ivr.flow.dialplan import Bot, Dialplan
from ivr.flow.expression import Type
from ivr.flow.texts import DEFAULT_FORM


def flow_script(dialplan: Dialplan) -> Mapping[str, str]:
    """What its flows say."""
    said: dict[str, str] = {}
    for flow in dialplan.flows.values():
        for step in flow.steps.values():
            for number, wording in enumerate(step.wordings(), start=1):
                key = f"{flow.name}.{step.name}" + (f".{number}" if number > 1 else "")
                said[key] = SLOT.sub(lambda slot: _formed(slot, dialplan.types), wording.text)
    return said


def _formed(slot: Match[str], types: Mapping[str, Type]) -> str:
    """The slot with its form, which its variable's type gives where the text does not."""
    form = (slot[2] or "").strip() or DEFAULT_FORM.get(types.get(slot[1], "none"), "")
    return f"{{{slot[1]}|{form}}}" if form else f"{{{slot[1]}}}"


def dialogue_script(dialplan: Dialplan) -> Mapping[str, str]:
    """What the dialogues it uses say, in the supplier's wording."""
    used = {step.bot for step in dialplan.steps() if isinstance(step, Bot)}
    keys = [*COURTESIES, *(key for name in sorted(used) if name in DIALOGUES for key in DIALOGUES[name].prompts)]
    worded = {**TEXTS, **dialplan.prompts}
    return {key: worded[key] for key in dict.fromkeys(keys)}


def script(dialplan: Dialplan) -> Mapping[str, str]:
    """All of it, the flows first: they are heard first."""
    return {**flow_script(dialplan), **dialogue_script(dialplan)}
