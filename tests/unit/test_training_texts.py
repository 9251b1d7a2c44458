"""What the training voices say, and how it is labelled."""

from random import Random

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("scipy")

from asr.pronunciation import PHONES, SILENCE, UNKNOWN
from asr.train import spoil
from asr.train.batches import Labels, dictation
from asr.train.spoken import SINGLE, Utterance, load, save
from asr.train.texts import Sources, Writer, plain_words
from asr.train.voices import ESPEAK_HELD_OUT, ESPEAK_TRAINING, HELD_OUT, TRAINING

SOURCES = Sources(("оператор", "ровно"), ("сегодня хорошая погода",), ("улица Ленина",), ("трава",))


def test_the_words_of_a_line_are_those_of_its_text() -> None:
    writer = Writer(SOURCES, Random(1))
    for line in (writer.line() for _ in range(2000)):
        assert line.words
        assert plain_words(line.text) == list(line.words)


def test_the_same_seed_writes_the_same_lines() -> None:
    first, second = (Writer(SOURCES, Random(4)) for _ in range(2))
    assert [first.line() for _ in range(100)] == [second.line() for _ in range(100)]


def test_every_manner_of_dictation_occurs() -> None:
    writer = Writer(SOURCES, Random(2))
    said = {" ".join(writer.line().words) for _ in range(6000)}
    for piece in ("нулей", "полторы", "тыщ", "точнее", "запятая", "тэ два", "дважды", "раз ", "полупик", "не ", "да"):
        assert any(piece in line for line in said), piece


def test_no_voice_is_both_trained_on_and_tested_with() -> None:
    assert not set(TRAINING) & set(HELD_OUT)
    assert not set(ESPEAK_TRAINING) & set(ESPEAK_HELD_OUT)
    assert "aleksandr-hq" not in TRAINING


def test_numbers_are_never_unknown_speech_and_other_words_often_are() -> None:
    labels, chance = Labels(), Random(3)
    unknown = PHONES.index(UNKNOWN)
    rows = [labels.row(("двенадцать", "нет", "погода"), chance) for _ in range(400)]
    assert all(row[1][0] != unknown for row in rows)
    strange = sum((unknown, False) in row for row in rows)
    assert 150 < strange < 290


def test_silence_is_a_row_of_its_own() -> None:
    assert Labels().row((), Random(1)) == [(PHONES.index(SILENCE), False)]


def test_joined_dictations_use_words_of_the_bank() -> None:
    chance = Random(5)
    assert {word for _ in range(500) for word in dictation(chance)} <= set(SINGLE)


def test_utterances_come_back_from_disk(tmp_path) -> None:  # type: ignore[no-untyped-def]
    said = [
        Utterance("anna", "да, нет", ("да", "нет"), np.arange(-5, 5, dtype=np.int16)),
        Utterance("espeak", "ноль", ("ноль",), np.ones(3, np.int16)),
    ]
    save(tmp_path / "a.npz", said)
    for one, back in zip(said, load(tmp_path / "a.npz"), strict=True):
        assert (one.voice, one.text, one.words) == (back.voice, back.text, back.words)
        assert np.array_equal(one.sound, back.sound)


def test_a_spoiled_voice_is_as_long_and_fits_the_line() -> None:
    chance = np.random.default_rng(1)
    speech = [(3000 * np.sin(np.arange(9000) / 5)).astype(np.int16)]
    noises = spoil.Noises(chance, speech, seconds=2)
    for _ in range(60):
        heard = spoil.spoiled(speech[0].astype(np.float32), chance, noises)
        assert len(heard) == 9000
        assert np.isfinite(heard).all()
        assert np.abs(heard).max() <= 32768
        assert np.array_equal(heard, np.round(heard))
    assert len(spoil.no_speech(5000, chance, noises)) == 5000


def test_played_faster_is_shorter() -> None:
    assert len(spoil.faster(np.zeros(8000, np.float32), 1.25)) == pytest.approx(6400, abs=2)
