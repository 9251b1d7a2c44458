"""Sound in files: whatever a recorder wrote is read, what is no sound is told plainly."""

import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from asr import g711
from asr.audio import BadAudio, Sound, from_pcm, parse_wav, read_wav, resample, wav


def tone(hertz: float, rate: int, seconds: float = 0.5) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate).astype(np.float32) * 0.5


def riff(kind: int, bits: int, body: bytes, *, channels: int = 1, rate: int = 8000, extension: bytes = b"") -> bytes:
    block = channels * bits // 8
    head = struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits) + extension
    chunks = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    chunks += b"fmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
def test_a_tone_of_any_rate_arrives_at_8_khz_as_the_same_tone(rate: int) -> None:
    sound = Sound(tone(1000, rate), rate).at(8000)
    expected = tone(1000, 8000)
    assert abs(len(sound.samples) - len(expected)) <= 1
    middle = slice(300, len(expected) - 300)
    assert np.abs(sound.samples[middle] - expected[middle]).max() < 0.002


def test_what_a_telephone_cannot_carry_is_filtered_out_and_not_folded_back() -> None:
    high = resample(tone(6000, 48000), 48000, 8000)
    assert np.abs(high[300:-300]).max() < 0.001


@pytest.mark.parametrize(
    ("kind", "bits", "encoded"),
    [
        (1, 8, lambda x: ((x * 128) + 128).astype(np.uint8).tobytes()),
        (1, 16, lambda x: (x * 32767).astype("<i2").tobytes()),
        (1, 24, lambda x: b"".join(struct.pack("<i", int(v * 8388607))[:3] for v in x)),
        (1, 32, lambda x: (x * 2147483000.0).astype("<i4").tobytes()),
        (3, 32, lambda x: x.astype("<f4").tobytes()),
        (3, 64, lambda x: x.astype("<f8").tobytes()),
        (6, 8, lambda x: g711.alaw_encode((x * 32767).astype("<i2").tobytes())),
    ],
)
def test_every_usual_width_is_read(kind: int, bits: int, encoded: object) -> None:
    samples = tone(440, 8000)
    sound = parse_wav(riff(kind, bits, encoded(samples)))  # type: ignore[operator]
    assert np.abs(sound.samples - samples).max() < 0.02
    assert sound.seconds == pytest.approx(0.5)


def test_the_extensible_format_of_new_recorders_is_read() -> None:
    extension = struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)
    assert parse_wav(riff(0xFFFE, 16, bytes(320), extension=extension)).seconds == 0.02


def test_both_sides_of_a_stereo_recording_are_heard() -> None:
    left, right = tone(300, 8000), tone(900, 8000)
    body = (np.stack([left, right], axis=1) * 32767).astype("<i2").tobytes()
    assert np.abs(parse_wav(riff(1, 16, body, channels=2)).samples - (left + right) / 2).max() < 0.001


def test_a_file_written_into_a_pipe_is_read_to_its_end() -> None:
    data = bytearray(wav(bytes(1600)))
    data[40:44] = struct.pack("<I", 0x7FFFF000)
    assert parse_wav(bytes(data)).seconds == 0.1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"hello, this is no sound", "not a WAV"),
        (b"RIFF\0\0\0\0WAVE", "no data chunk"),
        (wav(bytes(1600))[:-2], "cut short"),
        (wav(bytes(1600))[:30], "cut short"),
        (wav(b""), "holds no sound"),
        (riff(2, 4, bytes(100)), "format 2 with 4 bits"),
        (riff(1, 16, bytes(100), rate=3), "3 Hz"),
        (riff(1, 16, bytes(100), channels=0), "0 channels"),
        (b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd", "before it says"),
    ],
)
def test_what_is_no_sound_is_told_plainly(data: bytes, words: str) -> None:
    with pytest.raises(BadAudio, match=words):
        parse_wav(data)


def test_a_missing_file_and_a_folder_are_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(BadAudio, match="no such file"):
        read_wav(tmp_path / "none.wav")
    with pytest.raises(BadAudio, match="cannot be read"):
        read_wav(tmp_path)


def test_what_we_write_any_reader_reads() -> None:
    pcm = from_pcm((tone(440, 8000) * 32767).astype("<i2").tobytes()).pcm()
    with wave.open(io.BytesIO(wav(pcm))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.readframes(10**6) == pcm


def test_a_law_is_as_exact_as_it_can_be_and_its_silence_is_the_networks() -> None:
    samples = np.arange(-32768, 32768, dtype="<i2")
    there_and_back = np.frombuffer(g711.alaw_decode(g711.alaw_encode(samples.tobytes())), dtype="<i2")
    wrong = np.abs(there_and_back.astype(int) - samples.astype(int))
    assert (wrong <= np.maximum(8, np.abs(samples.astype(int)) // 31)).all()
    assert g711.alaw_encode(bytes(4)) == b"\xd5\xd5"
    # Every code is its own nearest.
    codes = bytes(range(256))
    assert g711.alaw_encode(g711.alaw_decode(codes)) == codes


def test_mu_law_has_its_known_ends() -> None:
    assert np.frombuffer(g711.ulaw_decode(b"\xff\x7f\x80\x00"), dtype="<i2").tolist() == [0, 0, 32124, -32124]
