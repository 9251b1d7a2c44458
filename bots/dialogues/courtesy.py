"""What is said around any question, whoever asks it: the caller wants time, or to be spoken to otherwise."""

from collections.abc import Mapping

from bots.dialogue import Prompt
from bots.dialogues.script import PROMPTS as SCRIPT_PROMPTS

PROMPTS: Mapping[str, Prompt] = {
    "talk.robot": SCRIPT_PROMPTS["talk.robot"],
    "talk.wait": Prompt("Хорошо, подожду."),
    "talk.louder": Prompt("Хорошо, буду говорить громче."),
    "talk.slower": Prompt("Хорошо, буду говорить медленнее."),
}
