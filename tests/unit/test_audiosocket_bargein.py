"""A cough, an echo, or an answer: what a voice over our prompt does to it."""

import pytest

from asterisk.audio.bargein import Bargein, LineGate, Prompt

FRAME = 0.02


def follow(*parts: tuple[float, bool, str]) -> list[Prompt]:
    """What becomes of the prompt after each stretch of (seconds, voice, words so far)."""
    bargein, seen = Bargein(), list[Prompt]()
    for seconds, voice, words in parts:
        for _ in range(round(seconds / FRAME)):
            bargein.process(FRAME, voice, words)
        seen.append(bargein.prompt)
    return seen


def test_a_click_does_not_disturb_the_prompt() -> None:
    assert follow((2.0, False, ""), (0.1, True, ""), (1.0, False, "")) == [Prompt.PLAYS] * 3


def test_clicks_do_not_add_up() -> None:
    assert set(follow(*[(0.1, True, ""), (0.1, False, "")] * 10)) == {Prompt.PLAYS}


def test_a_cough_pauses_the_prompt_and_it_goes_on() -> None:
    assert follow((0.4, True, ""), (0.3, False, ""), (0.3, False, "")) == [Prompt.PAUSED, Prompt.PAUSED, Prompt.PLAYS]


def test_a_voice_pauses_the_prompt_within_a_quarter_of_a_second() -> None:
    assert follow((0.2, True, "")) == [Prompt.PAUSED]


def test_words_end_the_prompt_for_good() -> None:
    assert follow((0.3, True, ""), (0.1, True, "двенадцать"), (3.0, False, "двенадцать"))[1:] == [Prompt.STOPPED] * 2


def test_a_long_voice_ends_the_prompt_before_its_words_are_known() -> None:
    assert follow((1.3, True, "")) == [Prompt.STOPPED]


@pytest.mark.parametrize(("plays", "heard"), [(True, False), (False, True)])
def test_an_echo_of_our_own_prompt_is_no_voice(plays: bool, heard: bool) -> None:
    gate = LineGate()
    for _ in range(100):
        gate.decide(-60.0, 0.1)
    gate.prompt_plays = plays
    assert gate.decide(-40.0, 0.1) is heard
    assert gate.is_open is heard


def test_a_word_that_begins_with_a_hiss_is_a_voice_from_its_beginning() -> None:
    gate = LineGate()
    for _ in range(100):
        gate.decide(-65.0, 0.1)
    gate.prompt_plays = True
    assert gate.decide(-42.0, 0.5)  # «с» of «семь», as recorded over a telephone


def test_a_caller_is_louder_than_the_echo() -> None:
    gate = LineGate()
    gate.prompt_plays = True
    assert gate.decide(-20.0, 0.1)
