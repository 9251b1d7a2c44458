"""Rendered files as sound."""

import os
from pathlib import Path

import pytest

from asr.audio import BadAudio, wav
from asr.g711 import alaw_encode
from asterisk.audio.sounds import Sounds, read

PCM = bytes(range(256)) * 10


def test_every_format_the_line_renders_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav(PCM))
    (tmp_path / "a.sln").write_bytes(PCM + b"x")
    (tmp_path / "a.alaw").write_bytes(alaw_encode(PCM))
    assert read(tmp_path / "a.wav") == PCM
    assert read(tmp_path / "a.sln") == PCM
    assert len(read(tmp_path / "a.alaw")) == len(PCM)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("missing.wav", None, "missing.wav: No such file"),
        ("torn.wav", b"RIFF", "torn.wav"),
        ("song.mp3", b"ID3", ".mp3"),
        ("nothing", b"", "without a suffix"),
    ],
)
async def test_what_cannot_be_played_is_named(tmp_path: Path, name: str, data: bytes | None, why: str) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(BadAudio, match=why):
        await Sounds().pcm([tmp_path / name])


async def test_files_are_joined_and_a_file_rendered_anew_is_read_anew(tmp_path: Path) -> None:
    sounds, file = Sounds(), tmp_path / "a.sln"
    file.write_bytes(b"\1\0" * 10)
    assert await sounds.pcm([file, file]) == b"\1\0" * 20
    file.write_bytes(b"\2\0" * 10)
    os.utime(file, ns=(1, 1))
    assert await sounds.pcm([file]) == b"\2\0" * 10


async def test_what_is_kept_is_bounded(tmp_path: Path) -> None:
    sounds = Sounds(keep_bytes=50)
    for number in range(10):
        file = tmp_path / f"{number}.sln"
        file.write_bytes(bytes([number, 0]) * 10)
        assert len(await sounds.pcm([file])) == 20
    assert sounds.kept_bytes <= 50
