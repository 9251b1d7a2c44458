"""What a caller meant by an answer: one question, one utterance, one `Answer`. Pure; the date is handed in.

Whatever can be doubted comes back as a question (`again`, `unsure`, `approximate`): a wrong reading stored is the worst
that can happen, one more question the cheapest. The rules are docs/understanding.md.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bots.talk import Act, Answer, Expect, Question
from bots.understanding import accounts, appointments, confirm, intents, menus, ratings, readings_heard
from bots.understanding.tokens import normalise

MOST_LETTERS = 1000
"""Nobody answers longer than this; a longer text is asked again, never cut into a number."""

_ASKS_TO_REPEAT = re.compile(r"\bповторит\w*|\bне (?:расслышал|понял|понимаю)")
ANSWER_WORDS = 3
"""A longer utterance to a menu is a wish, whatever «нет» stands in it."""


@dataclass(slots=True)
class Heard:
    """What one kind of question adds to the intents that are understood anywhere."""

    acts: set[Act] = field(default_factory=set)
    values: Mapping[str, str] = field(default_factory=dict)
    verdict: Mapping[str, str] = field(default_factory=dict)
    proposed: Mapping[str, str] = field(default_factory=dict)
    reconfirm: bool = False
    doubtful: bool = False


def understand(question: Question, say: str, today: date) -> Answer:
    """The answer to `question` in the words `say`, spoken on the day `today`."""
    if len(say) > MOST_LETTERS:
        return Answer("again", said=say)
    normal = normalise(say)
    about_digits = question.expect in ("reading", "account") or bool(question.confirming or question.meter)
    found = intents.heard(normal, confirming=about_digits)
    heard = _HEARERS[question.expect](question, normal, today, found)
    if "value" in heard.acts and not _ASKS_TO_REPEAT.search(normal):
        found.discard("repeat")  # «ещё раз: двенадцать …» repeats it for us
    act, also = intents.strongest(found | heard.acts)
    if act == "already_paid":
        return Answer(act, appointments.paid(normal, today), also=also, said=say)
    carries = act in ("value", "choice", "promise")
    return Answer(
        act,
        values=heard.values if carries else {},
        verdict=heard.verdict if carries else {},
        proposed=heard.proposed if carries else {},
        also=also,
        reconfirm=heard.reconfirm and act in ("value", "same", "promise"),
        doubtful=heard.doubtful and act == "value",
        said=say,
    )


def _reading(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    result = readings_heard.reading(question, normal)
    heard = Heard({result.act} if result.act else set(), result.values, result.verdict, result.proposed)
    heard.reconfirm, heard.doubtful = result.reconfirm, result.doubtful
    if not result.numbers:
        if intents.same(normal):
            heard.acts.add("same")
            heard.reconfirm = True
        else:
            heard.acts |= _no_digits(normal, found).acts
    return heard


def _confirm(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    about_a_value = question.meter is not None or bool(question.confirming)
    # Beside a request the yes decides nothing, so its words need not be weighed.
    answered = confirm.to_a_value(normal) if about_a_value and not found else confirm.said(normal)
    if about_a_value:
        result = readings_heard.reading(question, normal, answering=True)
        if result.act == "value" and result.unchanged and answered is not None:
            return Heard({"yes"} if answered == "yes" else {"unsure"})
        long = min(question.confirming.values(), default=0) > 9
        if result.lone and long and not result.unchanged and answered != "no":
            return Heard({"unsure"})  # «два» may be a «да», «шесть» an «есть»: too little to change a reading by
        if result.act is not None:
            return Heard(
                {result.act}, result.values, result.verdict, result.proposed, result.reconfirm, result.doubtful
            )
        if intents.restart(normal) and answered in (None, "no"):
            return Heard({"again"})
    if answered is None and (choice := menus.chosen(normal, question.choices)) is not None:
        return Heard({"choice"}, {"choice": choice})  # a third answer: «позже», «повторите»
    return Heard({answered} if answered is not None else set())


def _menu(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    choice = menus.chosen(normal, question.choices)
    if choice is not None:
        return Heard({"choice"}, {"choice": choice})
    answered = confirm.said(normal) if len(normal.split()) <= ANSWER_WORDS else None
    return Heard({answered} if answered is not None else set())


def _account(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    heard = accounts.account(normal, question.account_lengths, question.account_pattern)
    if heard is None:
        return _no_digits(normal, found)
    if isinstance(heard, str):
        return Heard({heard})
    return Heard({"value"}, {"account": heard.number}, {"account": heard.verdict}, reconfirm=heard.verdict == "OK")


def _phone(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    heard = accounts.phone(normal)
    if heard is None:
        return Heard({"same"}) if intents.this_number(normal) else _no_digits(normal, found)
    if heard in ("again", "approximate"):
        return Heard({"again"})
    return Heard({"value"}, {"phone": heard}, reconfirm=True)


def _rating(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    heard = ratings.rating(normal, question.scale)
    if heard is None:
        answer = _no_digits(normal, found)
        return Heard(answer.acts - {"yes"})  # «хорошо» gives no mark
    if isinstance(heard, str):
        return Heard({heard})
    inside = question.scale[0] <= heard <= question.scale[1]
    verdict = {"rating": "OK" if inside else "OUT_OF_SCALE"}
    return Heard({"value"}, {"rating": str(heard)}, verdict, reconfirm=inside)


def _date(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    if "already_paid" in found:
        return Heard()
    when = appointments.answered(normal, today)
    if when.act is None and (choice := menus.chosen(normal, question.choices)) is not None:
        return Heard({"choice"}, {"choice": choice})  # «в любой день», «денег нет»
    if when.act is None:
        return _no_digits(normal, found)
    if when.act == "again" and found:
        return Heard()  # «не буду платить» names no day, and needs none
    return Heard({when.act}, when.values, reconfirm=when.act in ("value", "promise"))


def _digits(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    heard = accounts.digits(normal)
    if heard is None:
        return _no_digits(normal, found)
    if heard in ("again", "approximate"):
        return Heard({"again"})
    return Heard({"value"}, {"digits": heard}, reconfirm=True)


def _free(question: Question, normal: str, today: date, found: set[Act]) -> Heard:
    """Words to be kept as they are; a few words that ask for something («повторите») are no more than that."""
    words = " ".join(normal.split())
    if not any(letter.isalnum() for letter in words) or (found and len(words.split()) <= ANSWER_WORDS + 1):
        return Heard()
    return Heard({"value"}, {"text": words})


def _no_digits(normal: str, found: set[Act]) -> Heard:
    """What words without a number still answer."""
    if found:
        return Heard()
    if intents.restart(normal):
        return Heard({"again"})
    answered = confirm.said(normal)
    return Heard({answered} if answered is not None else set())


_HEARERS: Mapping[Expect, Callable[[Question, str, date, set[Act]], Heard]] = {
    "reading": _reading,
    "account": _account,
    "confirm": _confirm,
    "menu": _menu,
    "rating": _rating,
    "date": _date,
    "phone": _phone,
    "digits": _digits,
    "free": _free,
}
