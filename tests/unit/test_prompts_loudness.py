"""Every prompt as loud as every other, with no dead air at its ends."""

import numpy as np
import pytest

from asr.audio import from_pcm
from ivr.prompts.loudness import PEAK, SPEECH_DB, mastered, tightened


def speech(level: float, seconds: float = 1.0, lead: float = 0.3, tail: float = 0.4) -> bytes:
    """A vowel that swells and fades, between silences."""
    at = np.arange(int(8000 * seconds)) / 8000
    voice = np.sin(2 * np.pi * 140 * at) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * at)) * level * 32767
    return bytes(int(lead * 8000) * 2) + voice.astype("<i2").tobytes() + bytes(int(tail * 8000) * 2)


def loudness_db(pcm: bytes) -> float:
    samples = from_pcm(pcm).samples
    return 10 * float(np.log10(np.mean(np.square(samples[np.abs(samples) > 0.001]))))


@pytest.mark.parametrize("level", [0.01, 0.1, 0.5, 1.0])
def test_a_whisper_and_a_shout_come_out_equally_loud(level: float) -> None:
    assert loudness_db(mastered(speech(level), tail_seconds=0)) == pytest.approx(SPEECH_DB, abs=1.5)


def test_silence_around_the_words_goes_and_the_wanted_pause_follows() -> None:
    made = mastered(speech(0.3, seconds=1.0), tail_seconds=0.25)
    assert len(made) / 16000 == pytest.approx(1.27, abs=0.03)
    assert not any(made[-int(0.25 * 8000) * 2 :])


def test_no_peak_is_louder_than_it_may_be_and_none_is_cut_flat() -> None:
    samples = from_pcm(speech(0.3)).samples.copy()
    samples[4000:4040] *= 3.3
    made = from_pcm(mastered((samples * 32767).astype("<i2").tobytes(), tail_seconds=0)).samples
    assert np.abs(made).max() <= PEAK + 0.001
    assert int((np.abs(made) > PEAK - 0.001).sum()) < 30


@pytest.mark.parametrize("pcm", [b"", bytes(2), bytes(16000), b"\x10\x00" * 8000])
def test_a_sound_without_a_voice_is_just_the_pause(pcm: bytes) -> None:
    assert mastered(pcm, tail_seconds=0.1) == bytes(1600)


def test_pauses_are_cut_when_there_is_no_time() -> None:
    made = tightened(speech(0.3, tail=1.0) + speech(0.3), 0.1)
    assert len(made) / 16000 == pytest.approx(0.1 + 1 + 0.1 + 1 + 0.1, abs=0.05)
    assert tightened(b"", 0.1) == b""
