"""Words of a dialplan added to a model: which, where the copy lies, what becomes of it. No decoder is loaded here."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from asr.added_words import KEPT_DAYS, Vocabulary, known_words, prune, sounded, takes_words, unknown, with_words
from asr.kaldi import binary, lexicon, transitions
from asr.kaldi.binary import BadKaldiFile
from asr.kaldi.fst import Fst
from asr.kaldi.graph import write_graph
from asr.kaldi.phone_table import PhoneTable
from asr.model_folder import ModelFolder, inspect
from asr.models import bundled
from asr.pronunciation import PHONES, pronunciations

TABLE = PhoneTable(PHONES)
WORDS: dict[str, list[tuple[str, ...]]] = {"[unk]": [("SPN",)]}
WORDS.update({word: pronunciations(word) for word in ("да", "нет", "счёт", "оператор")})


@pytest.fixture
def model(tmp_path: Path) -> ModelFolder:
    """A model of ours by its files; its net is none."""
    folder = tmp_path / "ru-tiny"
    (folder / "am").mkdir(parents=True)
    (folder / "am/final.mdl").write_bytes(binary.MARK + transitions.dump(TABLE))
    (folder / "conf").mkdir()
    for name in ("mfcc.conf", "model.conf"):
        (folder / "conf" / name).write_bytes((bundled() / "conf" / name).read_bytes())
    write_graph(folder / "graph", WORDS, [["да"], ["нет"]], TABLE)
    return inspect(folder)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "words"


def test_a_copy_knows_the_words_and_the_rest_of_it_is_the_same_file(model: ModelFolder, cache: Path) -> None:
    added = with_words(model, Vocabulary(("нет света", "Узнать баланс!")), cache)
    assert added.words == ("света", "узнать", "баланс")
    assert (added.guessed, added.left_out) == ((), ())
    words = lexicon.parse((added.folder.path / "graph/lexicon.txt").read_text("utf-8"))
    assert words == {**WORDS, **{word: pronunciations(word) for word in added.words}}
    assert known_words(added.folder) == frozenset(("<eps>", *words))
    assert os.path.samefile(added.folder.path / "am/final.mdl", model.path / "am/final.mdl")
    assert (added.folder.name, takes_words(added.folder)) == (model.name, True)
    assert len(Fst.load((added.folder.path / "graph/HCLr.fst").read_bytes()).ends) == 1


def test_a_model_that_lacks_nothing_of_a_few_known_words_still_learns_their_order(
    model: ModelFolder, cache: Path
) -> None:
    added = with_words(model, Vocabulary(("да нет",)), cache)
    assert added.words == ()
    assert with_words(model, Vocabulary(()), cache).folder == model


def test_the_same_words_share_a_copy_and_others_have_their_own(model: ModelFolder, cache: Path) -> None:
    one = with_words(model, Vocabulary(("нет света",)), cache).folder.path
    assert with_words(model, Vocabulary(("нет света",)), cache).folder.path == one
    assert with_words(model, Vocabulary(("нет газа",)), cache).folder.path != one
    assert with_words(model, Vocabulary(("нет света",), {"света": ("свит+а",)}), cache).folder.path != one
    assert Vocabulary(("Нет света",)).key == Vocabulary(("нет  света",)).key


def test_a_word_is_known_with_yo_or_without(model: ModelFolder) -> None:
    vocabulary = Vocabulary(("счет", "счёт", "расчёт"))
    assert unknown(Vocabulary(("счёт",)), {"счет"}) == []
    assert unknown(vocabulary, known_words(model) or ()) == ["счет", "расчёт"]


def test_what_cannot_be_said_is_left_out_and_told(model: ModelFolder, cache: Path) -> None:
    added = with_words(model, Vocabulary(("тариф day", "оператор")), cache)
    assert added.words == ("тариф",)
    assert added.left_out == ("day",)


def test_phones_that_a_model_lacks_keep_a_word_out() -> None:
    without = [phone for phone in PHONES if phone != "f'"]
    found = sounded(Vocabulary(("график тариф",)), (), without)
    assert found.left_out == ("график",)
    assert list(found.ways) == ["тариф"]


def test_a_suppliers_own_pronunciation_is_used_and_is_no_guess() -> None:
    assert sounded(Vocabulary(("крановщик",)), (), PHONES).guessed == ("крановщик",)
    found = sounded(Vocabulary(("крановщик",), {"крановщик": ("кранавщ+ик",)}), (), PHONES)
    assert found.guessed == ()
    assert found.ways["крановщик"] == (("k", "r", "a", "n", "a", "f", "sch", "I", "k"),)


def test_a_downloaded_model_takes_none_and_says_so(model: ModelFolder, cache: Path) -> None:
    (model.path / "graph/lexicon.txt").unlink()
    assert not takes_words(model)
    with pytest.raises(BadKaldiFile, match="takes no added words"):
        with_words(model, Vocabulary(("нет света",)), cache)


def test_copies_made_at_once_are_one_copy_and_leave_nothing_half_made(model: ModelFolder, cache: Path) -> None:
    vocabulary = Vocabulary(tuple(f"улица {word}" for word in ("северная", "южная", "ленина", "мира")))
    with ThreadPoolExecutor(8) as threads:
        paths = {added.folder.path for added in threads.map(lambda _: with_words(model, vocabulary, cache), range(16))}
    assert [path.name for path in cache.iterdir()] == [path.name for path in paths]
    assert len(paths) == 1


def test_a_copy_nobody_asked_for_in_a_fortnight_is_removed(model: ModelFolder, cache: Path) -> None:
    old = with_words(model, Vocabulary(("нет света",)), cache).folder.path
    new = with_words(model, Vocabulary(("нет газа",)), cache).folder.path
    os.utime(old, (0, old.stat().st_mtime - (KEPT_DAYS + 1) * 86_400))
    prune(cache)
    assert (old.exists(), new.exists()) == (False, True)
    prune(cache / "absent")


def test_a_cache_that_cannot_be_written_is_an_error_of_the_system(model: ModelFolder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):  # noqa: PT011
        with_words(model, Vocabulary(("нет света",)), tmp_path / "file" / "cache")
