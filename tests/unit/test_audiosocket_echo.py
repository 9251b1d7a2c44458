"""How much of our own prompt a line gives back, learnt from lists of numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.audio.echo import BEST_DB, SILENT_DB, WORST_DB, Echo, levels

SPEECH = [-18.0, -15.0, -22.0, -40.0, -16.0, -25.0, -60.0, -19.0]
"""How loud a prompt is, frame by frame, again and again."""


def plays(echo: Echo, seconds: float, returns: float | None, noise: float = -66.0, late: int = 3) -> list[bool]:
    """A prompt on a line that gives back so much of it; for each frame whether it would pass for a caller."""
    sent, passed = [SILENT_DB] * late, []
    for at in range(round(seconds / 0.02)):
        sent.append(SPEECH[at % len(SPEECH)])
        echo.sent(sent[-1])
        heard = max(noise, sent[-1 - late] + returns) if returns is not None else noise
        passed.append(heard > max(echo.bound_db, -52.0))
        echo.heard(heard, caller=passed[-1])
    return passed


@pytest.mark.parametrize("returns", [-20.0, -26.0, -35.0, None])
def test_what_the_line_gives_back_never_passes_for_a_caller(returns: float | None) -> None:
    assert not any(plays(Echo(), 10, returns))


@pytest.mark.parametrize(("returns", "bound"), [(-20.0, -25.0), (-35.0, -40.0), (None, -60.0)])
def test_a_better_line_is_believed_after_seconds_and_a_quieter_caller_is_heard(
    returns: float | None, bound: float
) -> None:
    echo = Echo()
    plays(echo, 6, returns)
    assert echo.bound_db == pytest.approx(bound, abs=6)


def test_a_line_worse_than_thought_is_learnt_from_a_prompt_that_nobody_broke_off() -> None:
    echo = Echo()
    assert any(plays(echo, 1, -12.0))  # taken for a caller: the prompt is paused, and the voice ends with it
    echo.was_nobody()
    assert not any(plays(echo, 10, -12.0))


def test_a_caller_who_did_answer_teaches_nothing_about_the_line() -> None:
    echo = Echo()
    plays(echo, 5, -35.0)
    before = echo.return_db
    for _ in range(20):
        echo.sent(-18.0)
        echo.heard(-15.0, caller=True)
    echo.was_somebody()
    echo.was_nobody()
    assert echo.return_db == before


def test_long_after_a_prompt_there_is_no_echo() -> None:
    echo = Echo()
    plays(echo, 2, -30.0)
    for _ in range(30):
        echo.sent(SILENT_DB)
    assert echo.bound_db < -100


def test_an_echo_is_expected_for_half_a_second_after_the_prompt() -> None:
    echo = Echo()
    plays(echo, 2, -30.0)
    for _ in range(20):
        echo.sent(SILENT_DB)
    assert echo.bound_db > -60


@given(st.lists(st.tuples(st.floats(-90, 0), st.floats(-90, 0), st.booleans()), max_size=300))
def test_whatever_comes_it_stays_within_reason(frames: list[tuple[float, float, bool]]) -> None:
    echo = Echo()
    for sent, heard, caller in frames:
        echo.sent(sent)
        echo.heard(heard, caller=caller)
        echo.was_nobody() if caller else echo.was_somebody()
        assert BEST_DB <= echo.return_db <= WORST_DB


def test_levels_are_those_of_each_frame() -> None:
    loud = np.full(160, 16384, "<i2").tobytes()
    found = levels(loud + bytes(320) + loud[:100])
    assert found == pytest.approx([-6.0, -90.0, SILENT_DB], abs=0.1)
    assert levels(b"") == []
