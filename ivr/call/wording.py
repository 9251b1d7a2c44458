"""Texts of a flow filled with what the call knows. How a value is said is `ivr.prompts.slots`; here it gets its form.

A slot without a form is said by its variable's type. A slot whose variable is not known cannot be said, and is a fault
of the flow: the checker tells of it before anybody hears it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo

from ivr.flow.dialplan import Wording
from ivr.flow.expression import Type, Value
from ivr.flow.texts import DEFAULT_FORM
from ivr.prompts.slots import SLOT, slots
from ivr.prompts.written import written

Filled = tuple[str, Mapping[str, object]]
NOTHING: Mapping[str, object] = {}


class NothingToSay(Exception):
    """A text names a variable that has no value now: set it on every way that leads to this step, or ask before."""


class Wordings:
    """The texts of one dialplan, each with the forms of its slots."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self._types = types
        self._formed: dict[str, tuple[str, tuple[str, ...]]] = {}

    def filled(self, wording: Wording, variables: Mapping[str, Value], zone: tzinfo) -> Filled:
        """The text and what fills its slots; raises `NothingToSay`."""
        text, names = self._text(wording.text)
        if not names:
            return text, NOTHING
        values: dict[str, object] = {}
        for name in names:
            value = variables.get(name)
            if value is None:
                raise NothingToSay(f"{wording.place}: «{name}» is not known here")
            values[name] = value.astimezone(zone) if isinstance(value, datetime) else value
        return text, values

    def names(self, wording: Wording) -> tuple[str, ...]:
        """The variables a text speaks of."""
        return self._text(wording.text)[1]

    def written(self, wording: Wording, variables: Mapping[str, Value], zone: tzinfo) -> str:
        """The text for those who read it; raises `NothingToSay`."""
        text, values = self.filled(replace(wording, text=wording.written or wording.text), variables, zone)
        return written(text, values)

    def _text(self, text: str) -> tuple[str, tuple[str, ...]]:
        formed = self._formed.get(text)
        if formed is None:
            names = tuple(slot.name for slot in slots(text))
            formed = SLOT.sub(lambda slot: self._slot(slot[1], slot[2] or ""), text), names
            self._formed[text] = formed
        return formed

    def _slot(self, name: str, form: str) -> str:
        form = form.strip() or DEFAULT_FORM.get(self._types.get(name, "none"), "")
        return f"{{{name}|{form}}}" if form else f"{{{name}}}"
