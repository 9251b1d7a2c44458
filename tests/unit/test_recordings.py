"""Recordings without a telephone: names that tell everything, files that are whole, rules, room on the disk."""

import wave
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.supplier.supplier_settings import read_settings
from ivr.recordings.finish import finish
from ivr.recordings.live_name import LiveName, read_live_name
from ivr.recordings.rules import Rules
from ivr.recordings.space import Room, free_bytes

CALL = UUID("019ab3c4-5d6e-7f80-9123-456789abcdef")
AT = datetime(2026, 3, 4, 9, 0, 0, 250_000, tzinfo=UTC)


def test_a_name_tells_everything_the_index_needs() -> None:
    name = LiveName("energosbyt", CALL, "node1-1795284038.0", AT, "bot", "meter_readings")
    assert read_live_name(str(name)) == name


def test_a_name_that_asterisk_made_is_read_with_its_queue_and_without_a_call() -> None:
    name = read_live_name("energo-sbyt~~node1-1795284038.12~1795284038~queue~energo-sbyt-operators")
    assert name is not None
    assert (name.supplier, name.call, name.uniqueid, name.part) == (
        "energo-sbyt", None, "node1-1795284038.12", "operators",
    )  # fmt: skip


@given(st.text(max_size=80))
def test_a_strange_name_is_none_of_ours(text: str) -> None:
    name = read_live_name(text)
    assert name is None or name.uniqueid


def test_the_same_file_is_always_the_same_recording() -> None:
    name = LiveName("energosbyt", CALL, "node1-1.0", AT, "queue", "operators")
    again = read_live_name(str(name))
    assert again is not None
    assert again.id == name.id


def test_a_finished_talk_plays_and_its_sum_is_right(tmp_path: Path) -> None:
    left, right = np.arange(16000, dtype="<i2"), -np.arange(16000, dtype="<i2")
    raw = tmp_path / "a.raw"
    raw.write_bytes(np.column_stack([left, right]).tobytes() + b"\x01")  # cut off within a frame
    done = finish(raw, tmp_path / "deep" / "a.wav")
    assert done is not None
    assert done.seconds == 2.0
    assert done.bytes == done.file.stat().st_size
    assert (done.file.stat().st_mode & 0o777) == 0o600
    with wave.open(str(done.file)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert (samples[:, 0] == left).all()
    assert finish(raw, tmp_path / "deep" / "a.wav") == done


def test_at_an_operators_channel_the_sides_are_swapped_back(tmp_path: Path) -> None:
    raw = tmp_path / "a.raw"
    raw.write_bytes(np.column_stack([np.full(9000, 7, "<i2"), np.full(9000, -7, "<i2")]).tobytes())
    done = finish(raw, tmp_path / "a.wav", swapped=True)
    assert done is not None
    with wave.open(str(done.file)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert set(samples[:, 0]) == {-7}


def test_less_than_a_second_is_no_talk(tmp_path: Path) -> None:
    raw = tmp_path / "a.raw"
    raw.write_bytes(b"\0" * 4 * 7999)
    assert finish(raw, tmp_path / "a.wav") is None
    assert not (tmp_path / "a.wav").exists()


def test_what_is_recorded_and_as_what() -> None:
    rules = Rules(frozenset({"operators", "debts"}), frozenset({"all"}), frozenset({"debts"}))
    assert rules.queue("operators")
    assert not rules.queue("quiet")
    assert rules.bot("anything")
    assert (rules.kind("queue", "debts"), rules.kind("leg", "operators"), rules.kind("bot", "x")) == (
        "debt", "talk", "bot",
    )  # fmt: skip


def test_recording_stops_at_the_limit_and_resumes_with_some_more_room() -> None:
    room = Room(1000)
    assert not room.told(1000)
    assert room.told(999)
    assert not room.enough
    assert not room.told(1100)
    assert room.told(1200)
    assert room.enough


def test_the_disk_is_asked_though_the_folder_is_not_there_yet(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "there") > 0


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("{queues: [operators], announcement: Разговор записывается.}", []),
        ("{queues: [operators], announced: yes}", []),
        ("{queues: [operators]}", ["E456"]),
        ("{queues: [operatros], announced: yes}", ["E457"]),
        ("{bots: [all], announcement: 'запись {нет}'}", ["E455"]),
        ("{bots: all, announced: yes}", []),
    ],
)
def test_the_settings_are_checked(tmp_path: Path, written: str, codes: list[str]) -> None:
    text = f"title: Линия\nnumbers: {{'88003505566': main}}\nqueues: {{operators: Операторы}}\nrecordings: {written}\n"
    (tmp_path / "line.yaml").write_text(text, encoding="utf-8")
    settings, findings = read_settings(tmp_path)
    assert settings is not None
    assert [finding.code for finding in findings] == codes
