"""The arithmetic of `gudok bench speech`, and the one figure of it that needs no telephone."""

import numpy as np
import pytest

from ivr.bench.hearing import vad_seconds
from ivr.bench.speech import NOTHING_HEARD, _after, _figures, _onset


def test_a_decision_belongs_to_the_next_sound_that_was_heard() -> None:
    assert _after([1.0, 5.0], [1.1, 5.3, 9.0]) == pytest.approx([0.1, 0.3])
    assert _after([10.0], [1.0]) == [NOTHING_HEARD], "nothing was heard: that is no good figure"
    assert _after([], [1.0]) == [NOTHING_HEARD]


def test_sound_begins_where_it_is_loud() -> None:
    sound = np.concatenate([np.zeros(800, np.int16), np.full(800, 5000, np.int16)])
    assert _onset(sound) == pytest.approx(0.1)


def test_the_budget_is_the_worst_twentieths() -> None:
    middle, worst = _figures("so soon", [0.01] * 18 + [0.4] * 2, 250)
    assert (middle.value, middle.budget) == (10.0, None)
    assert worst.holds is False


def test_voices_are_found_within_their_budget_even_where_nobody_falls_silent() -> None:
    chance = np.random.default_rng(1)
    spoken = chance.normal(0, 3000, 8000 * 4).astype("<i2").tobytes()
    assert vad_seconds(spoken, share=1.0, minutes=0.2) < 0.3
