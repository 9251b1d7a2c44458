"""Every dialogue a flow may name, and every text the dialogues may say."""

from collections.abc import Mapping

from bots import identify, readings
from bots.dialogue import Dialogue, Prompt

DIALOGUES: Mapping[str, Dialogue] = {
    dialogue.name: dialogue
    for dialogue in (
        identify.DIALOGUE,
        readings.DIALOGUE,
    )
}

PROMPTS: Mapping[str, Prompt] = {key: prompt for one in DIALOGUES.values() for key, prompt in one.prompts.items()}
TEXTS: Mapping[str, str] = {key: prompt.text for key, prompt in PROMPTS.items()}
"""The default wording by key, as a `Conversation` wants it."""
