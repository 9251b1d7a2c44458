"""A person's recordings: taken by what was read, used for whole prompts, told of when a text changes."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from asr.audio import wav
from ivr.cli.prompts import prompts as commands
from ivr.prompts import Prompts, VoiceFailed
from ivr.prompts.studio import (
    FOLDER,
    BadIndex,
    Studio,
    fault_of,
    files_for,
    files_for_numbers,
    read_index,
    same,
    states,
    write_index,
)

SCRIPT = {"main.hello": "Здравствуйте!", "readings.confirm": "Показания: {value|words}. Верно?"}


def tone(seconds: float = 1.0, rate: int = 44_100, level: float = 0.4) -> bytes:
    at = np.arange(int(rate * seconds)) / rate
    return wav((np.sin(2 * np.pi * 200 * at) * level * 32767).astype("<i2").tobytes(), rate)


def record(folder: Path, **texts: str) -> None:
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for name in texts:
        (folder / FOLDER / f"{name}.wav").write_bytes(tone())
    write_index(folder, {f"{name}.wav": text for name, text in texts.items()})


class Mute:
    name, version = "mute", "1"

    async def render(self, text: str, *, pace: float = 1.0) -> bytes:
        raise VoiceFailed(f"nobody has recorded «{text}»")


async def test_a_recorded_prompt_is_heard_in_the_persons_voice_slower_and_louder_too(tmp_path: Path) -> None:
    record(tmp_path, hello="Здравствуйте!")
    studio = Studio.of(tmp_path)
    assert studio is not None
    prompts = Prompts(tmp_path / "cache", Mute()).led_by(studio)
    plain = await prompts.render("Здравствуйте!")
    slow = await prompts.render("Здравствуйте!", pace=0.85, louder=True)
    assert plain.seconds == pytest.approx(1.3, abs=0.05)
    assert slow.seconds > plain.seconds + 0.1
    with pytest.raises(VoiceFailed):
        await prompts.render("До свидания!")


async def test_a_number_is_a_persons_when_all_its_parts_are(tmp_path: Path) -> None:
    parts = {piece: name.removesuffix(".wav") for name, piece in files_for_numbers().items()}
    record(tmp_path, **{"a": "Показания:", "b": "Верно?", parts["триста,"]: "триста,", parts["пять."]: "пять."})
    studio = Studio.of(tmp_path)
    assert studio is not None
    prompts = Prompts(tmp_path / "cache", Mute()).led_by(studio)
    assert len((await prompts.render(SCRIPT["readings.confirm"], {"value": 305})).files) == 4
    with pytest.raises(VoiceFailed):
        await prompts.render(SCRIPT["readings.confirm"], {"value": 306})


def test_a_prompt_with_slots_is_recorded_in_parts() -> None:
    assert files_for("readings.confirm", SCRIPT["readings.confirm"]) == {
        "readings.confirm.part1.wav": "Показания:",
        "readings.confirm.part2.wav": "Верно?",
    }
    assert files_for("main.hello", "Здравствуйте!") == {"main.hello.wav": "Здравствуйте!"}


def test_what_changed_what_is_missing_and_what_nobody_says_is_told(tmp_path: Path) -> None:
    record(tmp_path, **{"main.hello": "Добрый день!", "old": "Старое."})
    (tmp_path / FOLDER / "readings.confirm.part1.wav").write_bytes(tone())
    write_index(tmp_path, {**read_index(tmp_path), "readings.confirm.part2.wav": "Верно?"})
    told = {state.file: state.kind for state in states(tmp_path, SCRIPT) if not state.file.startswith("number.")}
    assert told == {
        "main.hello.wav": "changed",
        "readings.confirm.part1.wav": "new",
        "readings.confirm.part2.wav": "missing",
        "old.wav": "unused",
    }


def test_commas_and_ё_do_not_make_another_text_but_a_question_does() -> None:
    assert same("Счётчик, день.") == same("счетчик день!")
    assert same("Верно?") != same("Верно.")
    assert same("триста,") != same("триста.")


@pytest.mark.parametrize("text", ["только-одно-поле\n", "a.wav,b,c\n", "../a.wav,да\n", "a.mp3,да\n"])
def test_an_index_that_cannot_be_read_says_where(tmp_path: Path, text: str) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "recorded.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadIndex, match=r"recorded\.csv:1"):
        read_index(tmp_path)
    assert Studio.of(tmp_path) is None


@pytest.mark.parametrize(
    ("body", "fault"),
    [(b"", "empty"), (tone(0.05), "hardly a sound"), (tone(level=0.001), "hardly"), (tone(rate=4000), "less than")],
)
def test_a_file_nobody_should_hear_is_refused(tmp_path: Path, body: bytes, fault: str) -> None:
    (tmp_path / "a.wav").write_bytes(body)
    assert fault in fault_of(tmp_path / "a.wav")


def test_a_recording_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    loud = np.clip(np.sin(np.arange(8000) / 5) * 2, -1, 1) * 32767
    (tmp_path / "a.wav").write_bytes(wav(loud.astype("<i2").tobytes()))
    assert "too loud" in fault_of(tmp_path / "a.wav")


def test_recordings_are_listed_and_adopted_by_command(tmp_path: Path) -> None:
    folder = tmp_path / "teplosbyt"
    shutil.copytree(Path(__file__).parents[2] / "dialplans" / "teplosbyt", folder)
    listed = CliRunner().invoke(commands, ["list", str(folder), "--todo"])
    assert listed.exit_code == 0
    name = next(line.split("\t")[1] for line in listed.stdout.splitlines() if line.startswith("to record\t"))
    (folder / FOLDER).mkdir()
    (folder / FOLDER / name).write_bytes(tone())
    (folder / FOLDER / "nobody.wav").write_bytes(tone())
    adopted = CliRunner().invoke(commands, ["adopt", str(folder)])
    assert adopted.exit_code == 1
    assert "no text of the line" in adopted.output
    assert list(read_index(folder)) == [name]
