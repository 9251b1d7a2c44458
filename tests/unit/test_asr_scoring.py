"""How well words were heard, and how sure such a figure can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.scoring import Share, word_errors, words

_WORDS = st.lists(st.sampled_from(["да", "нет", "пять", "сто"]), max_size=8)


def test_wilson_s_interval_is_that_of_the_textbook() -> None:
    low, high = Share(97, 100).interval
    assert (round(low, 3), round(high, 3)) == (0.915, 0.990)
    low, high = Share(300, 300).interval
    assert (round(low, 3), high) == (0.987, 1.0)
    assert Share(0, 0).interval == (0.0, 1.0)
    assert Share(0, 0).share == 0.0


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_share_lies_in_its_interval(good: int, more: int) -> None:
    share = Share(good, good + more)
    low, high = share.interval
    assert 0 <= low <= share.share <= high <= 1


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [("сто пять", "сто пять", 0), ("сто пять", "сто", 1), ("", "да", 1), ("да", "", 1), ("сто пять", "двести семь", 2),
     ("ноль ноль пять", "ноль пять ноль пять", 1)],
)  # fmt: skip
def test_errors_are_the_fewest_changes(said: str, heard: str, errors: int) -> None:
    assert word_errors(said.split(), heard.split()) == errors


@given(_WORDS, _WORDS)
def test_errors_are_the_same_both_ways_and_none_for_the_same_words(one: list[str], other: list[str]) -> None:
    assert word_errors(one, other) == word_errors(other, one)
    assert (word_errors(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= word_errors(one, other) <= max(len(one), len(other))


def test_words_are_compared_as_they_sound() -> None:
    assert words("Ещё раз, «пожалуйста»!") == words("еще раз пожалуйста")
