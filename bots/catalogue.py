"""Every dialogue a flow may name, and every text the dialogues may say."""

from collections.abc import Mapping

from bots.dialogue import Dialogue, Prompt
from bots.dialogues import (
    balance,
    courtesy,
    debt_call,
    identify_step,
    outage_call,
    outages,
    readings,
    reminder_call,
    service_request,
    submitted,
    survey,
    visit_call,
)

DIALOGUES: Mapping[str, Dialogue] = {
    dialogue.name: dialogue
    for dialogue in (
        identify_step.DIALOGUE,
        readings.DIALOGUE,
        submitted.DIALOGUE,
        balance.DIALOGUE,
        outages.DIALOGUE,
        service_request.DIALOGUE,
        survey.RATING,
        debt_call.DIALOGUE,
        reminder_call.DIALOGUE,
        outage_call.DIALOGUE,
        visit_call.DIALOGUE,
        survey.SURVEY,
    )
}

PROMPTS: Mapping[str, Prompt] = {
    **courtesy.PROMPTS,
    **{key: prompt for one in DIALOGUES.values() for key, prompt in one.prompts.items()},
}
TEXTS: Mapping[str, str] = {key: prompt.text for key, prompt in PROMPTS.items()}
"""The default wording by key, as a `Conversation` wants it."""
