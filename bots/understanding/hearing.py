"""An answer out of all that recognition tells: its words, how sure it was of each, what else it may have heard.

A doubtful digit makes a question, never a guess: the value is marked `doubtful` and read back digit by digit, or asked
for again; a doubtful yes is asked again. Where recognition tells nothing but words, it is `understand` alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from bots.talk import Act, Answer, Expect, Question
from bots.understanding.confirm import bears_on_yes, judges
from bots.understanding.tokens import normalise, pieces
from bots.understanding.understand import understand
from bots.understanding.vocabulary import is_number

DOUBTED = 0.8
"""Below it the digits are read back one by one. Measured in noise (docs/understanding.md): it catches three of four
misheard dictations and spells one in eight of those heard right for nothing."""
HOPELESS = 0.4
"""Below it seven of eight dictations were misheard: to read them back would only cost the caller a «нет»."""
DOUBTED_YES = 0.5
"""The same for a «да», which is short: a clean one comes at five to nine tenths, a cough taken for one at less than
half. «Верно» and its like are sure when clean, and are what a «неверно» is misheard as: for them it is `DOUBTED`."""
MOST_ALTERNATIVES = 3
"""An engine's further guesses are looked at so far; those behind them say more of the engine than of the caller."""

_AGAINST_YES: frozenset[Act] = frozenset(("no", "value", "again"))
_DIGITS: frozenset[Expect] = frozenset(("reading", "account", "phone", "digits", "confirm"))


def understand_heard(
    question: Question,
    text: str,
    words: Sequence[tuple[str, float]],
    alternatives: Sequence[str],
    today: date,
) -> Answer:
    """The answer in `text`; `words` are its words with their confidence from 0 to 1, `alternatives` the best first."""
    answer = understand(question, text, today)
    others = [understand(question, other, today) for other in alternatives[:MOST_ALTERNATIVES] if other != text]
    if question.expect not in _DIGITS:
        return answer
    match answer.act:
        case "value":
            return _value(answer, others, _least_sure_digit(words))
        case "yes" if question.confirming or question.meter is not None:
            against = any(other.act in _AGAINST_YES for other in others)
            return replace(answer, act="unsure") if against or _doubtful_yes(words) else answer
        case "again" | "nothing":
            return _instead(others) or answer
    return answer


def _value(answer: Answer, others: Sequence[Answer], least: float) -> Answer:
    differing = [other for other in others if other.act == "value" and _meant(other) != _meant(answer)]
    # Not the caller's meter is in doubt but our hearing: nobody is told to check it for that.
    refused_alone = not answer.reconfirm and any(other.reconfirm for other in differing)
    if least < HOPELESS or refused_alone:
        return Answer("again", also=answer.also, said=answer.said)
    return replace(answer, doubtful=True) if differing or least < DOUBTED else answer


def _instead(others: Sequence[Answer]) -> Answer | None:
    """What the further guesses agree on where the first made no sense."""
    values = [other for other in others if other.act == "value" and other.reconfirm]
    if not values or any(_meant(other) != _meant(values[0]) for other in values):
        return None
    return replace(values[0], doubtful=True)


def _meant(answer: Answer) -> Mapping[str, str]:
    return {**answer.values, **answer.proposed}


def _least_sure_digit(words: Sequence[tuple[str, float]]) -> float:
    """How sure recognition was of the least sure number word; 1 where it does not say."""
    return min((sure for piece, sure in _pieces(words) if is_number(piece)), default=1.0)


def _doubtful_yes(words: Sequence[tuple[str, float]]) -> bool:
    return any(
        sure < (DOUBTED if judges(piece) else DOUBTED_YES) for piece, sure in _pieces(words) if bears_on_yes(piece)
    )


def _pieces(words: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    for word, sure in words:
        for piece in pieces(normalise(word)):
            yield piece, sure
