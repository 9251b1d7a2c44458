"""The phrases recognition is narrowed to."""

import pytest

from asr import grammars
from asr.pronunciation import pronounce

KINDS = ["reading", "account", "phone", "confirm", "yesno", "menu", "rating", "date"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_operator_can_be_asked_for_whatever_the_question(kind: str) -> None:
    assert "оператор" in (grammars.phrases(kind) or ())


@pytest.mark.parametrize("kind", KINDS)
def test_phrases_are_plain_words_and_hold_no_million(kind: str) -> None:
    made = grammars.phrases(kind) or ()
    assert all(phrase == " ".join(phrase.split()) and phrase == phrase.lower() for phrase in made)
    assert all(letter.isalpha() or letter == " " for phrase in made for letter in phrase)
    assert not any("миллион" in phrase for phrase in made)


@pytest.mark.parametrize("kind", ["free", "whatever a plugin calls it"])
def test_open_questions_have_no_list(kind: str) -> None:
    assert grammars.phrases(kind, ["показания"]) is None


def test_the_dialplans_own_phrases_are_added_as_they_sound() -> None:
    made = grammars.phrases("menu", ["Передать показания!", "  ", "«Долг» и оплата"]) or ()
    assert made[-2:] == ("передать показания", "долг и оплата")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_none_of_the_phrases_is_never_less_likely_than_one_in_a_hundred(kind: str) -> None:
    likely = grammars.phrases(kind) or ()
    taken = grammars.with_unknown(likely)
    assert taken[: len(likely)] == list(likely)
    unknown = taken.count(grammars.UNKNOWN)
    assert unknown == len(taken) - len(likely)
    assert unknown >= max(1, len(likely) // 100)


def test_dates_are_said_by_day_and_month_by_weekday_and_by_hour() -> None:
    made = set(grammars.phrases("date") or ())
    assert {"двадцать пятого марта", "в следующую пятницу", "послезавтра", "в десять часов", "до конца месяца"} <= made


def test_all_words_of_all_lists_have_a_sound_that_is_no_guess() -> None:
    words = {word for kind in KINDS for phrase in grammars.phrases(kind) or () for word in phrase.split()}
    assert [word for word in sorted(words) if pronounce(word).guessed or not pronounce(word).ways] == []


def test_the_lists_are_the_same_at_every_start() -> None:
    first = grammars.phrases("reading")
    for made in (grammars._numbers, grammars._reading):
        made.cache_clear()
    assert grammars.phrases("reading") == first


def test_a_number_in_groups_is_as_likely_as_a_whole_one() -> None:
    """«двенадцать триста сорок пять»: there are bigrams of a teen and hundreds, of a unit and the next tens."""
    pairs = {
        pair
        for phrase in grammars.phrases("reading") or ()
        for pair in zip(phrase.split(), phrase.split()[1:], strict=False)
    }
    assert ("двенадцать", "триста") in pairs
    assert len([1 for unit in grammars.UNITS[1:] for tens in grammars.TENS[2:] if (unit, tens) in pairs]) > 60
    assert ("ноль", "ноль") in pairs
    assert ("тысяч", "сорок") in pairs
    missing = [(a, b) for a in grammars.UNITS for b in grammars.UNITS if (a, b) not in pairs]
    assert not missing


def test_words_that_take_the_place_of_digits_are_kept_out_of_readings() -> None:
    words = {word for phrase in grammars.phrases("reading") or () for word in phrase.split()}
    assert not words & {"первый", "второй", "кубов", "всё", "стоп"}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "ноль"),
        (12, "двенадцать"),
        (1000, "одна тысяча"),
        (2001, "две тысячи один"),
        (11000, "одиннадцать тысяч"),
        (12345, "двенадцать тысяч триста сорок пять"),
        (22022, "двадцать две тысячи двадцать два"),
        (114000, "сто четырнадцать тысяч"),
        (999999, "девятьсот девяносто девять тысяч девятьсот девяносто девять"),
    ],
)
def test_cardinals(number: int, words: str) -> None:
    assert " ".join(grammars.cardinal(number)) == words
