"""The bundled model knows every word that the line can make something of, and its files fit each other."""

from pathlib import Path

import pytest

from asr import grammars
from asr.added_words import takes_words
from asr.kaldi import lexicon, transitions
from asr.kaldi.phone_table import PhoneTable
from asr.models import bundled, inspect
from asr.pronunciation import PHONES, pronunciations
from bots.understanding.known_words import known_words

COLLOQUIAL = """
    тыща тыщи тыщ полторы нулей нуля нолик пятёрки пятерки двойки единицы единица пятёрочка ровно дважды трижды раз нуль
    ага угу неа ой точнее вернее извините простите ошибся ошиблась виноват виновата поправлюсь заново сначала минуточку
    минутку секунду секундочку сейчас щас эм ну значит вот короче алло стоп сбился примерно около кажется вроде наверное
    запятая точка целых десятых сотых пик полупик день ночь тэ столько же оператор оператора девушку громче медленнее
    повторите
"""


@pytest.fixture(scope="module")
def words() -> frozenset[str]:
    lines = (bundled() / "graph/words.txt").read_text("utf-8").splitlines()
    return frozenset(line.split()[0] for line in lines)


def test_every_word_of_the_understanding_can_be_heard(words: frozenset[str]) -> None:
    sayable = {word for word in known_words() if pronunciations(word)}
    assert len(sayable) > 1500
    assert sorted(sayable - words) == []


def test_patterns_are_spelt_out_into_words() -> None:
    known = known_words()
    assert {"минутку", "минуточку", "погромче", "громче", "соедините", "оператора", "умерла", "нагорело"} <= known
    assert "секундо" not in known


def test_colloquial_words_are_among_them(words: frozenset[str]) -> None:
    assert [word for word in COLLOQUIAL.split() if not {word, word.replace("ё", "е")} & words] == []


@pytest.mark.parametrize("kind", ["reading", "account", "confirm", "yesno", "menu", "rating"])
def test_no_word_of_a_question_is_missing(words: frozenset[str], kind: str) -> None:
    said = {word for phrase in grammars.phrases(kind) or () for word in phrase.split()}
    assert sorted(said - words) == []


def test_the_files_of_the_model_fit_each_other() -> None:
    folder = bundled()
    table = PhoneTable.parse((folder / "graph/phones.txt").read_text("utf-8"))
    assert table.phones == PHONES
    transitions.check((folder / "am/final.mdl").read_bytes(), table)
    ways = lexicon.parse((folder / "graph/lexicon.txt").read_text("utf-8"))
    assert {phone for said in ways.values() for way in said for phone in way} <= set(PHONES)
    assert takes_words(inspect(folder, origin="bundled"))


def test_it_is_small_and_says_what_it_is() -> None:
    files = [path for path in bundled().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 8_000_000
    card = Path(bundled() / "README.md").read_text("utf-8")
    for needed in ("LGPL", "synthetic", "[unk]", "make model"):
        assert needed in card
