"""Whether an answer is whole, so that the caller need not be kept waiting for the silence that would end any. Pure.

A yes is whole at once; a «нет» to a value that was read back is not, for the right value may follow. Dictated digits
are whole when they fit and no further number word would: «двенадцать триста сорок» still waits for its «пять».
"""

from collections.abc import Callable, Sequence
from datetime import date

from bots.talk import Act, Question
from bots.understanding.understand import understand

Complete = Callable[[Sequence[str]], bool]

_AT_ONCE: frozenset[Act] = frozenset(("operator", "repeat", "louder", "slower"))
"""What ends any question. «Минуточку» does not: the answer often follows it."""
_FITS = frozenset(("OK", "SAME", "ZERO_SAID", "ROLLOVER", "TOO_MUCH"))
_MORE = ("пять", "сорок", "триста")
"""Number words that a caller who is not done may go on with, one for each place."""
_NO_DAY = date(2000, 1, 1)
"""Only dates need to know the day, and of a date more may always come."""


def complete(question: Question) -> Complete:
    """For one question. Words are what recognition has so far."""

    def whole(words: Sequence[str]) -> bool:
        said = " ".join(words)
        answer = understand(question, said, _NO_DAY)
        if answer.act in _AT_ONCE:
            return True
        match question.expect:
            case "confirm":
                if answer.act == "value":
                    return _nothing_follows(question, said)
                return answer.act == "yes" or (answer.act == "no" and not _about_a_value(question))
            case "menu":
                return answer.act == "choice"
            case "rating":
                return answer.act == "value" and answer.verdict.get("rating") == "OK"
            case "reading" | "account" | "phone":
                return answer.act == "value" and _nothing_follows(question, said)
        return False

    return whole


def _about_a_value(question: Question) -> bool:
    return question.meter is not None or bool(question.confirming)


def _nothing_follows(question: Question, said: str) -> bool:
    return _fits(question, said) and not any(_fits(question, f"{said} {more}") for more in _MORE)


def _fits(question: Question, said: str) -> bool:
    answer = understand(question, said, _NO_DAY)
    if answer.act != "value":
        return False
    if question.meter is not None and question.expect == "reading":
        return len(answer.values) == len(question.meter.zones) and set(answer.verdict.values()) <= _FITS
    return set(answer.verdict.values()) <= _FITS
