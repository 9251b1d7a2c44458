"""Every number in every way people say it comes back as itself, or is asked again: never as another number.

The words are those of the corpus, made without the parser. What takes minutes is a `proof`.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from random import Random

import pytest
from corpus.dictation import WAYS, runs_together, spoken
from corpus.spelling import cardinal

from bots.meters import Meter
from bots.talk import Question
from bots.understanding.understand import understand

TODAY = date(2026, 3, 4)
STRIDE = 397
"""A prime: every digit comes to every place."""
DIALS = {places: Question("q", "reading", meter=Meter(places, 1)) for places in (4, 5, 6)}


def heard(words: Iterable[str], places: int) -> str:
    """The digits understood, or the act where there are none."""
    answer = understand(DIALS[places], " ".join(words), TODAY)
    return answer.values.get("single", answer.act)


def compositions(digits: str) -> Iterator[list[str]]:
    """Every division into groups of one to three digits that are said as they are heard."""
    if not digits:
        yield []
    for size in range(1, min(3, len(digits)) + 1):
        for rest in compositions(digits[size:]):
            if not rest or not runs_together(digits[:size], rest[0]):
                yield [digits[:size], *rest]


def said_twice(digits: str) -> bool:
    return len(digits) == 6 and digits[:3] == digits[3:]


def in_every_grouping(numbers: Iterable[int], places: int) -> list[tuple[str, str]]:
    """What was heard otherwise than said."""
    wrong = []
    for number in numbers:
        digits = str(number)
        for groups in compositions(digits):
            words = [word for group in groups for word in spoken(group)]
            found = heard(words, places)
            if found != digits and not (said_twice(digits) and found == "again"):
                wrong.append((" ".join(words), found))
    return wrong


def in_every_way(numbers: Iterable[int], places: int) -> list[tuple[str, str]]:
    wrong = []
    for number in numbers:
        for digits in {str(number), str(number).rjust(places, "0")}:
            for at, (_, way) in enumerate(WAYS):
                words = way(digits, Random(number + at))
                found = heard(words, places)
                if found != str(number) and not (said_twice(digits) and found == "again"):
                    wrong.append((" ".join(words), found))
    return wrong


def as_cardinals(numbers: Iterable[int], places: int) -> list[tuple[str, str]]:
    heard_as = ((number, heard(cardinal(number), places)) for number in numbers)
    return [(" ".join(cardinal(number)), found) for number, found in heard_as if found != str(number)]


def test_every_cardinal_of_four_places() -> None:
    assert as_cardinals(range(10_000), 4) == []


def test_cardinals_all_over_six_places() -> None:
    assert as_cardinals(range(0, 1_000_000, STRIDE), 6) == []


def test_every_grouping_of_small_numbers() -> None:
    assert in_every_grouping(range(2_000), 5) == []


def test_every_grouping_of_numbers_all_over_six_places() -> None:
    assert in_every_grouping(range(0, 1_000_000, 1_999), 6) == []


@pytest.mark.parametrize("places", [5, 6])
def test_every_way_of_saying_numbers_all_over_the_dial(places: int) -> None:
    assert in_every_way(range(0, 10**places, 10**places // 800 + 1), places) == []


@pytest.mark.proof
def test_every_cardinal_there_is() -> None:
    assert as_cardinals(range(1_000_000), 6) == []


@pytest.mark.proof
def test_every_grouping_of_every_number_of_five_places() -> None:
    assert in_every_grouping(range(100_000), 5) == []


@pytest.mark.proof
def test_groupings_of_numbers_of_six_places() -> None:
    assert in_every_grouping(range(100_000, 1_000_000, 41), 6) == []


@pytest.mark.proof
def test_every_way_of_saying_every_number_of_five_places() -> None:
    assert in_every_way(range(100_000), 5) == []
