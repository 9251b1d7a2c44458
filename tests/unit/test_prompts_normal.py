"""How texts are said: a table of tricky ones, read line by line by people, and what must hold of every line."""

import csv
from pathlib import Path

import pytest
from corpus.spoken_table import PAGE, page

from ivr.prompts.agreement import inflected
from ivr.prompts.cases import Case
from ivr.prompts.normal import speakable

TABLE = Path(__file__).parents[1] / "corpus" / "spoken_texts.tsv"


def table() -> list[tuple[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [(row["written"], row["spoken"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    assert len(rows) >= 500
    return rows


def test_every_text_of_the_table_is_said_as_it_is_written_there() -> None:
    wrong = {written: (speakable(written), said) for written, said in table() if speakable(written) != said}
    assert not wrong


def test_what_is_said_has_no_digit_no_sign_and_no_latin_letter() -> None:
    signs = set("+=±№%₽²³·°@#*/\\<>[]{}_&")
    for _, said in table():
        assert not [letter for letter in said if letter.isnumeric() or (letter.isascii() and letter.isalpha())], said
        assert not signs & set(said), said


def test_what_is_said_is_said_the_same_way_again() -> None:
    assert not {said: speakable(said) for _, said in table() if speakable(said) != said}


@pytest.mark.parametrize(
    ("phrase", "case", "plural", "form"),
    [
        ("кубический метр", Case.DATIVE, True, "кубическим метрам"),
        ("гигакалория", Case.ACCUSATIVE, False, "гигакалорию"),
        ("киловатт-час", Case.INSTRUMENTAL, True, "киловатт-часами"),
    ],
)
def test_units_are_inflected(phrase: str, case: Case, plural: bool, form: str) -> None:
    assert inflected(phrase, case, plural) == form


def test_the_page_of_spoken_texts_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make spoken writes it"
