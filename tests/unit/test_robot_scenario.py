"""A scenario file: read with positions, its faults all at once, what only one of the two runners can do refused."""

from pathlib import Path

import pytest

from ivr.flow.scenarios.scenario import (
    BadScenario,
    Expect,
    HangUp,
    Hear,
    HearOut,
    Press,
    Say,
    Silence,
    load_scenario,
    not_for_call,
    not_for_text,
)

WHOLE = """\
name: Показания по клавишам
from: "+79130000001"
to: "88003505566"
steps:
  - hear: {within: 2.5}
  - hear
  - hear_out: {pause: 1, within: 20}
  - press: 012#
  - say: двенадцать  триста
  - say: {wav: answer.wav, text: да}
  - silence: 4
  - hang_up
expect:
  answered_within: 3
  heard: true
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(BadScenario) as bad:
        load_scenario(written(folder, text))
    return [f"{one.place.line}:{one.place.col} {one.code}" for one in bad.value.findings]


def test_every_step_is_read_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "answer.wav").write_bytes(b"RIFF")
    scenario = load_scenario(written(tmp_path, WHOLE))
    hear, again, out, press, say, wav, silence, hang_up = scenario.steps
    assert isinstance(hear, Hear)
    assert (hear.within, hear.place.line, hear.place.col) == (2.5, 5, 5)
    assert isinstance(again, Hear)
    assert isinstance(out, HearOut)
    assert (out.pause, out.within) == (1.0, 20.0)
    assert isinstance(press, Press)
    assert press.keys == "012#"
    assert isinstance(say, Say)
    assert say.text == "двенадцать триста"
    assert isinstance(wav, Say)
    assert (wav.text, wav.wav) == ("да", tmp_path / "answer.wav")
    assert isinstance(silence, Silence)
    assert silence.seconds == 4
    assert isinstance(hang_up, HangUp)
    assert scenario.expect == Expect(answered_within=3.0, heard=True)
    assert (scenario.name, scenario.caller, scenario.to) == (
        "Показания по клавишам",
        "+79130000001",
        "88003505566",
    )


def test_a_caller_may_hide_the_number(tmp_path: Path) -> None:
    assert load_scenario(written(tmp_path, "from: hidden\nsteps: [hear]\n")).caller == ""
    assert load_scenario(written(tmp_path, "steps: [hear]\n")).caller is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: пусто\n", ["1:1 E301"]),
        ("steps: hear\n", ["1:8 E302"]),
        ("steps:\n  - hear\n  - " + "\n  - ".join(["hear"] * 1000), ["2:3 E303"]),
        ("steps:\n  - hang_up\n  - hear\n", ["2:5 E304"]),
        ("steps:\n  - pres: '1'\n  - dance\n", ["2:5 E305", "3:5 E305"]),
        ("steps:\n  - {press: '1', hear: 2}\n", ["2:5 E306"]),
        ("steps:\n  - press: 1a\n  - press:\n", ["2:12 E307", "3:11 E307"]),
        ("steps:\n  - say: ''\n  - say: {}\n", ["2:5 E308", "3:5 E308"]),
        ("steps:\n  - say: {wav: нет.wav}\n", ["2:16 E309"]),
        ("steps:\n  - hear: [1]\n", ["2:11 E310"]),
        ("steps: [hang_up]\nexpect: {hangs_up_within: 3}\n", ["2:27 E311"]),
        ("steps: [hear]\nexpect: {refused: 486}\n", ["2:19 E312"]),
        ("steps: [hear]\nfrm: '1'\n", ["2:1 E313"]),
        ("steps: [hear]\nname: [1]\n", ["2:7 E314"]),
        ("steps:\n  - hear: скоро\n  - silence: -1\n  - silence: 1e3\n", ["2:11 E315", "3:14 E315", "4:14 E315"]),
        ("steps: [hear]\nexpect: {heard: да}\n", ["2:17 E316"]),
        ("steps: []\nexpect: {refused: 200}\n", ["2:19 E317"]),
        ("steps: [hear]\nfrom: Иван\nto: sip:1\n", ["2:7 E318", "3:5 E318"]),
        ("steps: [hear]\nat: завтра\n", ["2:5 E319"]),
        ("steps: [hear]\nsteps: [hear]\n", ["2:1 E009"]),
        ("steps: [\n", ["2:1 E004"]),
    ],
)
def test_each_fault_is_named_where_it_stands(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert faults(tmp_path, text) == expected


def test_a_real_call_refuses_another_time_and_words(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, "at: 2026-03-04T10:00\nsteps:\n  - hear: {says: здравствуйте}\n"))
    assert [one.code for one in not_for_call(scenario)] == ["E320", "E321"]
    assert not not_for_text(scenario)


def test_a_text_call_refuses_a_recording_without_its_words(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    scenario = load_scenario(written(tmp_path, "steps:\n  - say: {wav: a.wav}\n"))
    assert [one.code for one in not_for_text(scenario)] == ["E322"]
    assert not not_for_call(scenario)
