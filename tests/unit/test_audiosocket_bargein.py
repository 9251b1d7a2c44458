"""A cough, an echo, or an answer: what a voice over our prompt does to it."""

from asterisk.audio.bargein import LOUD_ENOUGH, Bargein, Prompt

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
    assert follow((2.0, False, ""), (0.04, True, ""), (1.0, False, "")) == [Prompt.PLAYS] * 3


def test_clicks_do_not_add_up() -> None:
    assert set(follow(*[(0.04, True, ""), (0.1, False, "")] * 10)) == {Prompt.PLAYS}


def test_a_cough_pauses_the_prompt_and_it_goes_on() -> None:
    assert follow((0.2, True, ""), (0.3, False, ""), (0.2, False, "")) == [Prompt.PAUSED, Prompt.PAUSED, Prompt.PLAYS]


def test_a_cough_that_recognition_takes_for_a_word_is_a_cough() -> None:
    assert follow((0.2, True, "три"), (0.3, False, "три"), (0.2, False, "три"))[-1] is Prompt.PLAYS


def test_coughs_are_counted() -> None:
    bargein = Bargein()
    for _ in range(2):
        for voice in [True] * 8 + [False] * 30:
            bargein.process(FRAME, voice, "")
    assert bargein.coughs == 2
    assert bargein.prompt is Prompt.PLAYS


def test_a_voice_pauses_the_prompt_at_once() -> None:
    assert follow((0.06, True, "")) == [Prompt.PAUSED]


def test_a_word_ends_the_prompt_for_good() -> None:
    assert follow((0.2, True, ""), (0.08, True, "да"), (3.0, False, "да"))[1:] == [Prompt.STOPPED] * 2


def test_a_short_word_that_is_known_only_after_it_was_said_ends_the_prompt() -> None:
    assert follow((0.28, True, ""), (0.2, False, ""), (0.02, False, "да"))[-1] is Prompt.STOPPED


def test_a_voice_ends_the_prompt_within_a_third_of_a_second_before_its_words_are_known() -> None:
    assert follow((0.34, True, "")) == [Prompt.STOPPED]


def test_where_only_loudness_tells_a_voice_more_of_it_is_needed() -> None:
    bargein = Bargein(LOUD_ENOUGH)
    seen = [bargein.process(FRAME, True, "") for _ in range(61)]
    assert (seen[4], seen[10], seen[-1]) == (Prompt.PLAYS, Prompt.PAUSED, Prompt.STOPPED)
