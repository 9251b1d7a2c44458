"""The gate that guesses where a voice is, and the network that knows it better."""

import math

import numpy as np
import pytest

from asr.vad import network as networks
from asr.vad.gate import VoiceGate
from asr.vad.network import CHUNK, Floats, Memory, Network, NetworkBroken, network
from asr.vad.voice import VoiceFinder


def noise(level_db: float, seconds: float, seed: int = 1) -> list[bytes]:
    chance = np.random.default_rng(seed)
    samples = chance.normal(0, 32768 * 10 ** (level_db / 20), int(8000 * seconds))
    pcm = np.clip(samples, -32768, 32767).astype("<i2").tobytes()
    return [pcm[at : at + 320] for at in range(0, len(pcm), 320)]


def voice(level_db: float, seconds: float) -> list[bytes]:
    samples = 32768 * math.sqrt(2) * 10 ** (level_db / 20) * np.sin(2 * np.pi * 180 * np.arange(8000 * seconds) / 8000)
    pcm = samples.astype("<i2").tobytes()
    return [pcm[at : at + 320] for at in range(0, len(pcm), 320)]


def test_digital_silence_and_a_quiet_line_hold_no_voice() -> None:
    gate = VoiceGate()
    assert not any(gate.process(bytes(320)) for _ in range(100))
    assert not any(gate.process(frame) for frame in noise(-65, 3))


def test_a_voice_opens_the_gate_at_once_and_its_short_gaps_do_not_close_it() -> None:
    gate = VoiceGate()
    for frame in noise(-60, 1):
        gate.process(frame)
    assert all(gate.process(frame) for frame in voice(-25, 0.3))
    assert all(gate.process(frame) for frame in noise(-60, 0.1, seed=2))
    assert not [gate.process(frame) for frame in noise(-60, 0.5, seed=3)][-1]


def test_a_noisy_line_is_learnt_in_a_few_seconds_and_a_voice_above_it_is_still_heard() -> None:
    gate = VoiceGate()
    opened = [gate.process(frame) for frame in noise(-38, 5)]
    assert not any(opened[-100:])
    assert all(gate.process(frame) for frame in voice(-22, 0.3))


def test_a_noise_that_ends_is_forgotten_at_once() -> None:
    gate = VoiceGate()
    for frame in [*noise(-35, 5), *noise(-65, 1, seed=5)]:
        gate.process(frame)
    assert all(gate.process(frame) for frame in voice(-40, 0.2))


def test_a_hissing_consonant_needs_less_loudness_than_a_hum() -> None:
    hiss, hum = VoiceGate(), VoiceGate()
    for gate in (hiss, hum):
        for _ in range(100):
            gate.decide(-48.0, 0.1)
    level = hiss.noise_db + 7
    assert hiss.decide(level, 0.45)
    assert not hum.decide(level, 0.05)


def test_an_empty_frame_is_no_voice() -> None:
    assert not VoiceGate().process(b"")


def test_what_may_be_our_own_echo_does_not_open_the_gate() -> None:
    gate = VoiceGate()
    for _ in range(100):
        gate.decide(-60.0, 0.1)
    gate.echo_db = -38.0
    assert not gate.decide(-40.0, 0.1)
    assert gate.decide(-36.0, 0.1)
    gate.echo_db = -200.0
    assert gate.decide(-40.0, 0.1)


GOLDEN = [
    0.395, 0.79, 0.908, 0.7991, 0.8652, 0.9385, 0.8734, 0.9607, 0.9534, 0.9494, 0.9353, 0.9563, 0.9502, 0.9511, 0.9099,
]  # fmt: skip

# -- the network ---------------------------------------------------------------------------------------------------


def throat(seconds: float, level: float = 0.1) -> Floats:
    """Something like a spoken «а»: pulses of 120 Hz that waver, rounded by three formants."""
    count = int(8000 * seconds)
    time = np.arange(count) / 8000
    phase = np.cumsum(120 * (1 + 0.03 * np.sin(2 * np.pi * 5 * time))) / 8000
    sound = (np.diff(np.floor(phase), prepend=0.0) > 0).astype(np.float64)
    for formant, width in ((700, 110), (1200, 120), (2600, 200)):
        radius = math.exp(-math.pi * width / 8000)
        first, second = 2 * radius * math.cos(2 * math.pi * formant / 8000), -radius * radius
        out = np.zeros(count)
        for at in range(count):
            out[at] = sound[at] + first * out[at - 1] + second * out[at - 2]
        sound = out
    sound *= 0.6 + 0.4 * np.sin(2 * np.pi * 4 * time)  # syllables
    return (sound / np.sqrt((sound**2).mean()) * level).astype(np.float32)


def opinions(sound: Floats) -> list[float]:
    memory = Memory()
    return [network().voice(sound[at : at + CHUNK], memory) for at in range(0, len(sound) - CHUNK + 1, CHUNK)]


def frames(sound: Floats) -> list[bytes]:
    pcm = np.clip(sound * 32768, -32768, 32767).astype("<i2").tobytes()
    return [pcm[at : at + 320] for at in range(0, len(pcm) - 319, 320)]


def test_it_computes_what_the_original_computes() -> None:
    """The numbers are those of silero_vad.onnx 6.2 (its 8 kHz half) for this very sound."""
    mixed = throat(0.5) + np.random.default_rng(7).normal(0, 0.01, 4000).astype(np.float32)
    assert opinions(mixed) == pytest.approx(GOLDEN, abs=0.01)


def test_a_voice_is_told_from_noise_hum_and_silence() -> None:
    chance = np.random.default_rng(1)
    time = np.arange(16000) / 8000
    assert max(opinions(throat(2.0))) > 0.9
    for other in (chance.normal(0, 0.1, 16000), 0.2 * np.sin(2 * np.pi * 425 * time), np.zeros(16000)):
        assert max(opinions(other.astype(np.float32))) < 0.3


def test_extreme_sound_is_survived() -> None:
    for value in (1e6, -1e6, 0.0):
        assert all(0 <= opinion <= 1 for opinion in opinions(np.full(4 * CHUNK, value, np.float32)))


def test_calls_do_not_disturb_each_other() -> None:
    sound, one, other = throat(1.0), Memory(), Memory()
    alone = opinions(sound)
    for at, expected in zip(range(0, len(sound), CHUNK), alone, strict=False):
        assert network().voice(sound[at : at + CHUNK], one) == expected
        network().voice(np.zeros(CHUNK, np.float32), other)


def test_a_noise_that_opens_the_gate_is_no_voice() -> None:
    finder = VoiceFinder(network())
    quiet, loud = noise(-65, 1.0), noise(-25, 0.6)
    assert not any(finder.process(frame) for frame in quiet)
    spoke = [(finder.process(frame), finder.open) for frame in loud]
    assert all(is_open for _, is_open in spoke)
    assert not any(voice for voice, _ in spoke)


@pytest.mark.parametrize("level_db", [-20, -45])
def test_a_voice_is_noticed_soon_and_its_end_too(level_db: float) -> None:
    finder = VoiceFinder(network())
    line = np.random.default_rng(3).normal(0, 10 ** (-66 / 20), 8000 * 4).astype(np.float32)
    line[8000:16000] += throat(1.0, 10 ** (level_db / 20))
    spoke = [finder.process(frame) for frame in frames(line)]
    assert not any(spoke[:48])
    assert 50 <= spoke.index(True) <= 62
    assert 95 <= max(at for at, voice in enumerate(spoke) if voice) <= 115


def test_without_a_network_loudness_alone_decides() -> None:
    finder = VoiceFinder(None)
    for frame in noise(-65, 1.0):
        finder.process(frame)
    assert all(finder.process(frame) for frame in noise(-25, 0.2))
    assert finder.voice == 1.0


def test_broken_weights_are_told_as_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "_WEIGHTS", networks._WEIGHTS.with_name("no-such.npz"))
    with pytest.raises(NetworkBroken, match="no-such"):
        network.__wrapped__()


def test_a_network_needs_all_its_weights() -> None:
    with pytest.raises(KeyError):
        Network({})
