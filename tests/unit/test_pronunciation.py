"""How words sound: what the rules and the lists make of Russian spelling."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.pronunciation import PHONES, pronounce, pronunciations
from asr.pronunciation.dictionary import BadEntry, checked, said, stressed
from asr.pronunciation.stress import marked
from bots.understanding import lexicon


@given(st.text(alphabet="абвгдеёжзийклмнопрстуфхцчшщъыьэюя-+", max_size=30))
def test_any_letters_give_sounds_of_the_inventory(word: str) -> None:
    for way in pronunciations(word):
        assert way
        assert set(way) <= set(PHONES)


@given(st.text(max_size=30))
def test_any_text_at_all_is_taken(word: str) -> None:
    for way in pronunciations(word):
        assert set(way) <= set(PHONES)


@given(st.text(alphabet="абвгдеёжзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=30))
def test_every_russian_word_has_a_sound(word: str) -> None:
    assert pronunciations(word)


def test_every_entry_of_the_lists_can_be_said() -> None:
    for ways in (*stressed().values(), *said().values()):
        assert checked(" ".join(ways)) == ways


@pytest.mark.parametrize(
    ("word", "wrong"),
    [("", "no pronunciation"), ("abc", "Russian letters"), ("м+рлина", "before no vowel"), ("мерлина", "no stress")],
)
def test_what_is_no_pronunciation_is_refused_in_words(word: str, wrong: str) -> None:
    with pytest.raises(BadEntry, match=wrong):
        checked(word)


def test_a_suppliers_own_pronunciation_comes_first() -> None:
    assert pronounce("Мерлина", {"мерлина": ("мирлин+а",)}).ways == (("m'", "i", "r", "l'", "i", "n", "A"),)
    assert pronounce("Никитского", {"никитского": ("ник+итского",)}).ways[0][-2:] == ("v", "a")
    assert pronounce("Мерлина").ways[0] == ("m'", "E", "r", "l'", "i", "n", "a")


TABLE = [
    (word, [tuple(way.split()) for way in ways.split(",")])
    for word, ways in (
        line.split(" = ")
        for line in Path(__file__).with_name("pronunciations.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
]


@pytest.mark.parametrize(("word", "ways"), TABLE, ids=[word for word, _ in TABLE])
def test_words_sound_as_people_say_them(word: str, ways: list[tuple[str, ...]]) -> None:
    assert pronunciations(word) == ways


@pytest.mark.parametrize(
    ("word", "stressed"),
    [("кронштадт", "кроншт+адт"), ("красноуфимск", "красноуф+имск"), ("электроплавильный", "электроплав+ильный")],
)
def test_a_word_nobody_listed_is_stressed_as_words_like_it(word: str, stressed: str) -> None:
    assert stressed in marked(word)[0]


def test_a_stress_that_is_a_guess_is_told_and_both_likely_ways_are_given() -> None:
    said = pronounce("крановщик")
    assert said.guessed
    assert len(said.ways) == 2
    assert not pronounce("показания").guessed


def test_all_words_the_understanding_knows_are_in_the_lists() -> None:
    tables = (
        lexicon.ZEROS, lexicon.UNITS, lexicon.TEENS, lexicon.TENS, lexicon.HUNDREDS, lexicon.THOUSANDS,
        lexicon.DIGIT_NOUNS, lexicon.DIGIT_PLURALS, lexicon.TIMES, lexicon.POINTS, lexicon.FRACTION_PLACES,
        lexicon.REPAIRS, lexicon.RESTARTS, lexicon.APPROXIMATE, lexicon.PAUSES, lexicon.ZONE_WORDS, lexicon.FILLERS,
        lexicon.FOREIGN,
    )  # fmt: skip
    words = {word for table in tables for phrase in table for word in phrase.split()}
    assert [word for word in sorted(words) if pronounce(word).guessed] == []
