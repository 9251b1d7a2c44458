"""What a caller meant by an answer: one question, one utterance, one `Answer`. Pure; the date is handed in.

Whatever can be doubted comes back as a question (`again`, `unsure`, `approximate`): a wrong reading stored is the worst
that can happen, one more question the cheapest. The rules are docs/understanding.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bots import confirm, intents, menus, readings_heard
from bots.talk import Act, Answer, Expect, Question
from bots.tokens import normalise

MOST_LETTERS = 600
"""Nobody answers longer than this; the rest of a garbled text is not looked at."""


@dataclass(slots=True)
class Heard:
    """What one kind of question adds to the intents that are understood anywhere."""

    acts: set[Act] = field(default_factory=set)
    values: Mapping[str, str] = field(default_factory=dict)
    verdict: Mapping[str, str] = field(default_factory=dict)
    proposed: Mapping[str, str] = field(default_factory=dict)
    reconfirm: bool = False


def understand(question: Question, say: str, today: date) -> Answer:
    """The answer to `question` in the words `say`, spoken on the day `today`."""
    normal = normalise(say[:MOST_LETTERS])
    about_digits = question.expect in ("reading", "account") or bool(question.confirming)
    found = intents.heard(normal, confirming=about_digits)
    heard = _HEARERS[question.expect](question, normal, today, found)
    act, also = intents.strongest(found | heard.acts)
    carries = act in ("value", "choice", "promise", "already_paid")
    return Answer(
        act,
        values=heard.values if carries else {},
        verdict=heard.verdict if carries else {},
        proposed=heard.proposed if carries else {},
        also=also,
        reconfirm=heard.reconfirm and act in ("value", "same"),
        said=say,
    )


def _reading(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    result = readings_heard.reading(question, normal)
    heard = Heard({result.act} if result.act else set(), result.values, result.verdict, result.proposed)
    heard.reconfirm = result.reconfirm
    if not result.numbers:
        if intents.same(normal):
            heard.acts.add("same")
            heard.reconfirm = True
        elif not found:
            if intents.restart(normal):
                heard.acts.add("again")
            answered = confirm.said(normal)
            if answered is not None and not heard.acts:
                heard.acts.add(answered)
    return heard


def _confirm(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    answered = confirm.said(normal)
    if question.meter is not None or question.confirming:
        result = readings_heard.reading(question, normal, answering=True)
        if result.act == "value" and result.unchanged and answered is not None:
            return Heard({"yes"} if answered == "yes" else {"unsure"})
        if result.act is not None:
            return Heard({result.act}, result.values, result.verdict, result.proposed, result.reconfirm)
        if intents.restart(normal) and answered is None:
            return Heard({"again"})
    return Heard({answered} if answered is not None else set())


def _menu(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    choice = menus.chosen(normal, question.choices)
    if choice is not None:
        return Heard({"choice"}, {"choice": choice})
    answered = confirm.said(normal)
    return Heard({answered} if answered is not None else set())


_HEARERS: Mapping[Expect, Callable[[Question, str, date, set[Act]], Heard]] = {
    "reading": _reading,
    "confirm": _confirm,
    "menu": _menu,
}
