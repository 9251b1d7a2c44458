"""A «нет» to a value read back is never taken for a «да», whatever one mishap of recognition does to its words."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations

import pytest
from corpus.caller import NO, YES
from corpus.recognition import ALIKE, SHORT, carries

from bots.meters import Meter, Zone
from bots.talk import Act, Question
from bots.understanding.understand import understand

TODAY = date(2026, 3, 4)
METER = Meter(5, 1, (Zone("single", 12200, 30, 5.0),))
READ_BACK = Question("q", "confirm", meter=METER, confirming={"single": 12345})
NOTHING_USED = Question("q", "confirm", meter=METER)
CORRECTIONS = (
    "нет не пять а шесть", "да только не сорок пять а пятьдесят четыре", "да , только не пять , а шесть",
    "шесть а не пять", "нет двенадцать триста сорок шесть", "неверно двенадцать тысяч триста сорок шесть",
    "да нет двенадцать триста сорок шесть", "нет сорок шесть", "не двенадцать а тринадцать",
)  # fmt: skip


def act(words: list[str], question: Question = READ_BACK) -> Act:
    return understand(question, " ".join(words).replace(" ,", ","), TODAY).act


def mishaps(words: list[str]) -> Iterator[list[str]]:
    """Every word lost, every word taken for one like it, every short word put in; the one word that says no stays."""
    for at, word in enumerate(words):
        if not carries(words, at) and word != ",":
            yield [*words[:at], *words[at + 1 :]]
            for other in ALIKE.get(word, SHORT):
                yield [*words[:at], other, *words[at + 1 :]]
    for at in range(len(words) + 1):
        for short in SHORT:
            yield [*words[:at], short, *words[at:]]


@pytest.mark.parametrize("say", sorted({*NO, *CORRECTIONS}))
@pytest.mark.parametrize("question", [READ_BACK, NOTHING_USED], ids=["read back", "nothing used"])
def test_no_mishap_makes_a_yes_of_a_no(say: str, question: Question) -> None:
    words = say.split()
    assert act(words, question) != "yes"
    assert [heard for heard in mishaps(words) if act(heard, question) == "yes"] == []


@pytest.mark.parametrize("say", CORRECTIONS)
def test_a_correction_that_lost_three_words_is_no_yes(say: str) -> None:
    words = [word for word in say.split() if word != ","]
    for lost in combinations(range(len(words)), min(3, len(words) - 1)):
        left = [word for at, word in enumerate(words) if at not in lost]
        assert act(left) != "yes" or left == ["да"], left


@pytest.mark.parametrize("say", sorted(set(YES)))
def test_a_yes_is_one(say: str) -> None:
    assert act(say.split()) == "yes"


@pytest.mark.parametrize(
    ("say", "meant"),
    [
        ("нет верно", "unsure"),
        ("нет всё верно", "unsure"),
        ("да только не а", "unsure"),
        ("да только не семнадцать а семнадцать", "again"),
        ("да два", "unsure"),
        ("два", "unsure"),
        ("шесть", "unsure"),
        ("нет шесть", "value"),
        ("так", "unsure"),
        ("есть", "unsure"),
        ("да так и есть", "yes"),
        ("да верно спасибо большое", "yes"),
        ("да крокодил", "unsure"),
    ],
)
def test_a_yes_with_something_strange_beside_it_is_asked_again(say: str, meant: Act) -> None:
    assert act(say.split()) == meant


@pytest.mark.parametrize("say", ["да", "да перепутал", "ой да , перепутала", "да наверное"])
def test_who_confused_day_and_night_may_say_so_in_other_words(say: str) -> None:
    meant = act(say.split(), Question("readings.swapped", "confirm"))
    assert meant == ("unsure" if "наверное" in say else "yes")
