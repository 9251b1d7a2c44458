"""How words sound: what the rules and the lists make of Russian spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.pronunciation import PHONES, pronounce, pronunciations
from asr.pronunciation.dictionary import BadEntry, checked, said, stressed


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
    assert pronounce("Мерлина").ways[0] == ("m'", "E", "r", "l'", "i", "n", "a")
