"""Tokens of sherpa-onnx become words with times, however a model spells the space between them."""

import math

from asr.sherpa_words import hearing


def test_letters_with_spaces_between_them_are_words() -> None:
    heard = hearing(list("да нет"), [0.3, 0.4, 0.5, 0.9, 1.0, 1.1], [], model="t-one", lead=0.3)
    assert heard.text == "да нет"
    assert [(word.start, word.end, word.conf) for word in heard.words] == [(0.0, 0.22, 1.0), (0.6, 0.92, 1.0)]
    assert (heard.engine, heard.model) == ("sherpa-onnx", "t-one")


def test_pieces_that_begin_with_a_space_or_its_sign_begin_words() -> None:
    for sign in " ▁":
        tokens = [f"{sign}Две", "над", "цать", f"{sign}пять"]
        assert hearing(tokens, [0.1, 0.2, 0.3, 0.8], [], model="m", lead=0.0).text == "двенадцать пять"


def test_a_word_is_as_sure_as_its_least_sure_piece() -> None:
    chances = [math.log(0.9), math.log(0.5), math.log(0.8)]
    heard = hearing(["▁да", "т", "▁нет"], [0.1, 0.2, 0.5], chances, model="m", lead=0.0)
    assert [word.conf for word in heard.words] == [0.5, 0.8]


def test_tokens_without_times_and_tokens_that_are_no_words_do_no_harm() -> None:
    heard = hearing(["<unk>", " ", "д", "а", "<blk>", " "], [], [], model="m", lead=0.3)
    assert heard.text == "да"
    assert hearing([], [], [], model="m", lead=0.3).words == ()
