"""Identification as a dialogue of its own, for a flow that wants to know who calls before it asks anything else."""

from bots.dialogue import Dialogue, Input
from bots.dialogues.identify import Identify
from bots.dialogues.identify_prompts import FINDS, PROMPTS, PROVES
from bots.dialogues.script import ENDS, Script
from bots.dialogues.script import PROMPTS as MANNERS
from bots.disclosure import Level


class IdentifyCaller(Script):
    """The step of a flow that wants to know who calls, before anything else is asked."""

    dialogue = "identify"

    async def course(self) -> str:
        level = self.seat.inputs.get("level", "L0")
        await Identify(self).reach(Level(str(level)))
        return "identified"


DIALOGUE = Dialogue(
    name="identify",
    title="Узнать, чей это лицевой счёт",
    outcomes={"identified": "лицевой счёт известен с нужной надёжностью", **FINDS, **PROVES, **ENDS},
    prompts={**PROMPTS, **MANNERS},
    make=IdentifyCaller,
    inputs={"level": Input("choice", "насколько надёжно", required=False, choices=("L0", "L1", "L2"))},
)
