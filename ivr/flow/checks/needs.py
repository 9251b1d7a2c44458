"""Which variables a step needs: in its texts, in what it hands to others, in its conditions."""

from collections.abc import Iterator

from ivr.flow.dialplan import Confirm, Menu, Queue, Step, Switch, When, Wording
from ivr.flow.expression import Expression
from ivr.flow.finding import Place
from ivr.prompts.slots import slots


def needed_by(step: Step) -> Iterator[tuple[str, Place]]:
    for wording in _texts(step):
        for slot in slots(wording.text):
            yield slot.name, wording.place
    for value in _values(step):
        for name in value.names():
            yield name, value.place
    if isinstance(step, Confirm) and step.of:
        yield step.of, step.place


def _texts(step: Step) -> Iterator[Wording]:
    yield from step.wordings()
    if isinstance(step, Queue):
        yield from filter(None, (step.whisper, step.topic))


def _values(step: Step) -> Iterator[Expression]:
    for name in ("of", "to", "phone", "at", "words"):
        value = getattr(step, name, None)
        if isinstance(value, Expression):
            yield value
    for name in ("values", "inputs"):
        for value in getattr(step, name, {}).values():
            yield value


def conditions_of(step: Step) -> Iterator[Expression]:
    match step:
        case When(branches=branches):
            for branch in branches:
                yield branch.when
        case Switch(on=on):
            yield on
        case Menu(choices=choices):
            for choice in choices:
                if choice.when is not None:
                    yield choice.when
