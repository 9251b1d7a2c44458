"""Phrases no topic was taught by: as many as promised are sorted right, and hardly one is sorted wrong."""

from collections.abc import Iterator

import pytest
from corpus.topics_table import DEVELOPMENT, SECOND, TEST, measured, phrases, shipped

from bots.understanding.tokens import normalise
from bots.understanding.topics import Topics
from ivr.flow.topics import read_topics
from ivr.settings import shipped_dialplans


@pytest.fixture(scope="module")
def topics() -> Topics:
    return shipped()


def test_phrases_held_out_are_sorted_right(topics: Topics) -> None:
    tally = measured(topics, TEST)
    assert tally.phrases >= 400
    assert tally.share("right") >= 0.92, tally.missed
    assert tally.share("wrong") <= 0.02, [miss for miss in tally.missed if miss[0] == "wrong"]


def test_so_are_those_of_the_second_set(topics: Topics) -> None:
    tally = measured(topics, SECOND)
    assert tally.phrases >= 100
    assert tally.share("right") >= 0.92, tally.missed
    assert tally.share("wrong") <= 0.02, [miss for miss in tally.missed if miss[0] == "wrong"]


def test_what_recognition_garbles_is_asked_again_rather_than_sorted_wrong(topics: Topics) -> None:
    tally = measured(topics, TEST, 0.15)
    assert tally.share("right") >= 0.80
    assert tally.share("wrong") <= 0.04


def examples() -> Iterator[str]:
    book, _ = read_topics(shipped_dialplans() / "energosbyt" / "topics.yaml")
    assert book is not None
    yield from book.nothing
    for topic in book.topics:
        yield from topic.examples
        yield from topic.words


def test_no_phrase_held_out_is_an_example() -> None:
    taught = {" ".join(normalise(example).split()) for example in examples()}
    for path in (DEVELOPMENT, TEST, SECOND):
        assert [phrase for _, phrase in phrases(path) if " ".join(normalise(phrase).split()) in taught] == []


def test_no_phrase_serves_both_to_choose_and_to_judge() -> None:
    chosen_by, judged_by = ({phrase for _, phrase in phrases(path)} for path in (DEVELOPMENT, TEST))
    second = {phrase for _, phrase in phrases(SECOND)}
    assert not chosen_by & judged_by
    assert not (chosen_by | judged_by) & second
