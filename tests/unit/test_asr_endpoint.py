"""The end of an answer, decided from lists of numbers."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.endpoint import Decision, Endpoint, Rule

FRAME = 0.02


def follow(endpoint: Endpoint, stretches: Iterable[tuple[float, bool, str]]) -> tuple[Decision, float]:
    """Feed stretches of (seconds, voice, words so far) in frames; the decision and when it fell."""
    decision = Decision.WAITING
    for seconds, is_speech, words in stretches:
        for _ in range(round(seconds / FRAME)):
            decision = endpoint.process(FRAME, is_speech, words)
            if decision.final:
                return decision, endpoint.elapsed
    return decision, endpoint.elapsed


def five_digits(words: Sequence[str]) -> bool:
    return len(words) == 5


def test_nobody_speaks_and_the_time_given_is_waited_for() -> None:
    assert follow(Endpoint(Rule(first=7)), [(20, False, "")]) == (Decision.SILENCE, pytest.approx(7, abs=0.03))


def test_an_answer_ends_after_the_silence_of_its_question() -> None:
    decision, at = follow(Endpoint(Rule(end=1.2)), [(1, False, ""), (1, True, "двенадцать"), (5, False, "двенадцать")])
    assert decision is Decision.ENDED
    assert at == pytest.approx(3.2, abs=0.05)


def test_a_pause_while_dictating_does_not_end_a_number() -> None:
    said = [(1, True, "двенадцать"), (1.1, False, "двенадцать"), (1, True, "двенадцать триста"), (1, False, "")]
    decision, _ = follow(Endpoint(Rule(end=1.2)), said[:3])
    assert decision is Decision.SPEAKING


def test_a_complete_number_is_not_kept_waiting() -> None:
    words = "один два три четыре пять"
    rule = Rule(end=2.0, end_complete=0.5)
    said = [(1, True, "один два"), (1, True, words), (5, False, words)]
    decision, at = follow(Endpoint(rule, five_digits), said)
    assert (decision, at) == (Decision.ENDED, pytest.approx(2.5, abs=0.05))
    _, patient = follow(Endpoint(rule), said)
    assert patient == pytest.approx(4.0, abs=0.05)


def test_words_that_come_late_are_waited_for() -> None:
    """Recognition lags behind the sound: a number that just became complete may still grow."""
    rule = Rule(end=2.0, end_complete=0.5)
    said = [(2, True, "один два"), (0.4, False, "один два"), (5, False, "один два три четыре пять")]
    _, at = follow(Endpoint(rule, five_digits), said)
    assert at == pytest.approx(2.9, abs=0.05)


def test_a_cough_is_not_an_answer_and_the_caller_keeps_the_time_given() -> None:
    said = [(2, False, ""), (0.3, True, ""), (3, False, ""), (1, True, "да"), (2, False, "да")]
    decision, at = follow(Endpoint(Rule(first=7, end=0.6)), said)
    assert decision is Decision.ENDED
    assert at == pytest.approx(6.9, abs=0.1)


def test_a_cough_and_nothing_more_is_silence() -> None:
    said = [(2, False, ""), (0.3, True, ""), (30, False, "")]
    assert follow(Endpoint(Rule(first=7, end=1)), said)[0] is Decision.SILENCE


def test_a_click_does_not_start_an_answer() -> None:
    assert follow(Endpoint(Rule(start=0.12)), [(0.5, False, ""), (0.06, True, ""), (0.1, False, "")])[0] is (
        Decision.WAITING
    )


def test_a_word_starts_an_answer_though_the_gate_missed_the_voice() -> None:
    assert follow(Endpoint(Rule(end=0.5)), [(1, False, "да"), (1, False, "да")])[0] is Decision.ENDED


def test_a_television_behind_the_caller_does_not_hold_the_answer_open() -> None:
    decision, at = follow(Endpoint(Rule(stalled=2.5)), [(1, True, ""), (60, True, "двенадцать триста")])
    assert decision is Decision.ENDED
    assert at == pytest.approx(3.5, abs=0.1)


def test_a_talker_is_stopped_at_the_longest_answer() -> None:
    endpoint = Endpoint(Rule(longest=5))
    words: list[str] = []
    decision = Decision.WAITING
    for step in range(1000):
        if step % 20 == 0:
            words.append("ну")
        decision = endpoint.process(FRAME, True, " ".join(words))
        if decision.final:
            break
    assert decision is Decision.LONGEST
    assert endpoint.elapsed == pytest.approx(5, abs=0.1)


def test_noise_without_a_word_for_the_longest_answer_is_silence() -> None:
    assert follow(Endpoint(Rule(longest=5)), [(60, True, "")])[0] is Decision.SILENCE


def test_a_final_decision_stays() -> None:
    endpoint = Endpoint(Rule(first=1))
    follow(endpoint, [(2, False, "")])
    assert endpoint.process(FRAME, True, "да") is Decision.SILENCE


def test_the_time_given_begins_when_the_prompt_is_over() -> None:
    endpoint = Endpoint(Rule(first=2))
    for _ in range(500):
        assert endpoint.process(FRAME, False, asking=True) is Decision.WAITING
    assert follow(endpoint, [(1.9, False, "")])[0] is Decision.WAITING
    assert follow(endpoint, [(0.2, False, "")])[0] is Decision.SILENCE


def test_no_answer_is_over_while_the_prompt_plays_on() -> None:
    endpoint = Endpoint(Rule(end=0.5))
    for is_speech in [True] * 50 + [False] * 100:
        assert not endpoint.process(FRAME, is_speech, "да", asking=True).final
    assert endpoint.process(FRAME, False, "да") is Decision.ENDED


def test_a_voice_that_begins_in_the_last_moment_is_not_cut_off() -> None:
    said = [(1.96, False, ""), (0.08, True, ""), (0.4, True, "да"), (2, False, "да")]
    assert follow(Endpoint(Rule(first=2, end=0.6)), said)[0] is Decision.ENDED


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["", "да", "да нет"])), max_size=400))
def test_every_answer_comes_to_an_end(frames: list[tuple[bool, str]]) -> None:
    rule = Rule(first=2, end=0.5, longest=3, stalled=1)
    endpoint = Endpoint(rule)
    for is_speech, words in frames:
        endpoint.process(FRAME, is_speech, words)
    decision, _ = follow(endpoint, [(rule.first + rule.longest + rule.stalled + 1, False, "да")])
    assert decision.final
