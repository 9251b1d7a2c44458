"""8 kHz as 16 kHz: the same sound, no mirror image above 4 kHz, no seams between pieces."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.doubling import Doubler, Floats


def tone(hertz: float, seconds: float = 1.0, rate: int = 8000) -> Floats:
    samples: Floats = np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate).astype(np.float32)
    return samples


def spectrum(samples: Floats) -> npt.NDArray[np.float64]:
    return np.abs(np.fft.rfft(samples * np.hanning(len(samples))))


@pytest.mark.parametrize("hertz", [200, 1000, 2500, 3300])
def test_a_tone_stays_a_tone_and_gets_no_mirror_image(hertz: int) -> None:
    heard = spectrum(Doubler().double(tone(hertz)))
    assert abs(int(heard.argmax()) - hertz) <= 1
    mirrored = heard[8000 - hertz - 5 : 8000 - hertz + 5].max()
    assert 20 * np.log10(mirrored / heard.max()) < -40


@given(st.lists(st.integers(0, 400), min_size=1, max_size=30))
def test_pieces_of_any_length_give_what_the_whole_gives(lengths: list[int]) -> None:
    sound = tone(440, 2.0)
    doubler, pieces, at = Doubler(), [], 0
    for length in lengths:
        pieces.append(doubler.double(sound[at : at + length]))
        at += length
    whole = Doubler().double(sound[:at])
    assert np.array_equal(np.concatenate(pieces), whole)
    assert len(whole) == 2 * len(sound[:at])


def test_it_comes_out_two_milliseconds_later_and_as_loud() -> None:
    sound = tone(500)
    doubled = Doubler().double(sound)
    assert np.allclose(doubled[0::2][16:], sound[:-16], atol=1e-6)
    assert float(np.abs(doubled).max()) == pytest.approx(1.0, abs=0.02)
