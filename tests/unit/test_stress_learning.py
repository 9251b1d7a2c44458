"""The weights of guessed stresses can be made anew from words whose stress is marked."""

from pathlib import Path

import numpy as np

from asr.pronunciation import learning
from asr.pronunciation.guess import BUCKETS, features
from asr.pronunciation.learning import Marked


def test_words_that_teach_nothing_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "marked").write_text(
        "мол+око\nдом\nт+ам\nв+ечером\nбез\nпочт+ител+ьн\nзел+ёный\nбер+ёза\nstr+ess\n", "utf-8"
    )
    assert learning.read(tmp_path / "marked") == [
        Marked("береза", 1, True), Marked("вечером", 0, False), Marked("зеленый", 1, True), Marked("молоко", 1, False),
    ]  # fmt: skip


def test_what_was_taught_is_guessed_and_so_is_what_ends_like_it() -> None:
    stems = ("бар", "гор", "кол", "мал", "пар", "сар", "тар", "хор", "лим", "нов")
    words = [Marked(f"{stem}овский", 1, False) for stem in stems] + [Marked(f"{stem}ота", 2, False) for stem in stems]
    stress, _ = learning.learn(words)
    for word, stressed in (("дубовский", 1), ("пехота", 2)):
        places = [at for at, letter in enumerate(word) if letter in "аеиоуы"]
        scores = [stress[list(features(word, places, at))].sum() for at in places]
        assert int(np.argmax(scores)) == stressed


def test_weights_are_kept_small(tmp_path: Path) -> None:
    stress = np.linspace(-3, 3, BUCKETS)
    learning.write(stress, np.zeros(BUCKETS), tmp_path / "guess.npz")
    with np.load(tmp_path / "guess.npz") as stored:
        assert stored["stress"].dtype == np.int8
        assert np.allclose(stored["stress"] * float(stored["scale"]), stress, atol=0.03)
