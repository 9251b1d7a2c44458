"""The pack of prompts that ships: in step with the texts, whole, level, and a voice like any other."""

from pathlib import Path

import numpy as np
import pytest

from asr.audio import from_pcm
from ivr.cli.prompts import demo_texts
from ivr.prompts import Prompts, VoiceFailed
from ivr.prompts.loudness import PEAK, SPEECH_DB
from ivr.prompts.pack import Pack, PackBroken, differences, read_archive, shipped, write_archive
from ivr.prompts.packing import numbers
from ivr.prompts.pieces import pieces


def test_the_pack_has_every_text_of_the_demo_lines_and_nothing_else() -> None:
    found = list(differences(Pack(shipped()), demo_texts()))
    assert not found, "\n".join([*found, "`make prompts` brings the pack up to date"])


def test_every_sound_is_there_as_its_index_says() -> None:
    archives = sorted(shipped().glob("*.xz"))
    assert sum(archive.stat().st_size for archive in archives) < 8_000_000
    for archive in archives:
        sounds = read_archive(archive)
        assert all(len(sound) > 800 for sound in sounds.values()), archive.name


async def test_every_sound_is_level_unclipped_and_begins_at_once() -> None:
    pack = Pack(shipped())
    for text in list(pack.texts())[::11]:
        samples = from_pcm(await pack.render(text)).samples
        assert np.abs(samples).max() < PEAK + 0.03, text
        frames = np.square(samples[: len(samples) // 80 * 80].reshape(-1, 80)).mean(axis=1)
        loud = 10 * np.log10(frames[frames > frames.max() / 300].mean())
        assert loud == pytest.approx(SPEECH_DB, abs=2.5), text
        begins = int(np.flatnonzero(frames > frames.max() * 1e-4)[0]) * 0.01
        assert begins <= 0.05, text


@pytest.mark.parametrize("value", [0, 7, 100, 1000, 12345, 40_016, 999_999])
def test_any_reading_and_any_sum_is_spoken_by_it(value: int) -> None:
    has = numbers()
    assert {piece.text for piece in pieces("{v}", {"v": value})} <= has
    assert {piece.text for piece in pieces("{v|rubles}.", {"v": value * 100 + 37})} <= has
    assert {piece.text for piece in pieces("{v|rubles}.", {"v": value * 100})} <= has


async def test_a_prompt_it_has_is_spoken_slower_and_louder_too(tmp_path: Path) -> None:
    prompts = Prompts(tmp_path, Pack(shipped()))
    plain = await prompts.render("Показания: {v}. Верно?", {"v": 12345})
    slow = await prompts.render("Показания: {v}. Верно?", {"v": 12345}, pace=0.85, louder=True)
    assert slow.seconds > plain.seconds * 1.08
    with pytest.raises(VoiceFailed):
        await prompts.render("Этого никто не говорил.")


def test_an_unchanged_archive_is_not_written_again(tmp_path: Path) -> None:
    archive = tmp_path / "some.xz"
    sounds = {"да": b"abc" * 400, "нет": b"abd" * 400}
    assert write_archive(archive, sounds)
    assert not write_archive(archive, sounds)
    assert write_archive(archive, {**sounds, "нет": b"x" * 900})
    assert read_archive(archive)["нет"] == b"x" * 900


async def test_a_broken_pack_is_told_and_another_voice_speaks(tmp_path: Path) -> None:
    with pytest.raises(PackBroken, match="no pack"):
        Pack(tmp_path)
    (tmp_path / "voice.txt").write_text("rhvoice/anna 1\n")
    write_archive(tmp_path / "some.xz", {"да": b"abc"})
    (tmp_path / "some.xz").write_bytes(b"broken")
    with pytest.raises(VoiceFailed, match=r"some\.xz"):
        await Pack(tmp_path).render("да")
