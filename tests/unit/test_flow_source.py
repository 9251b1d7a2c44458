import os
from pathlib import Path

import pytest

from ivr.flow.source import BadSource, Table, Text, compose, compose_text

FILE = Path("line.yaml")


def value(text: str, key: str) -> str:
    root, findings = compose_text(text, FILE)
    assert isinstance(root, Table)
    assert not findings
    node = root.get(key)
    assert isinstance(node, Text)
    return node.value


@pytest.mark.parametrize(
    ("written", "kept"),
    [("012", "012"), ("9:00", "9:00"), ("да", "да"), ("yes", "yes"), ("0123456789", "0123456789"), ("1e3", "1e3")],
)
def test_what_an_admin_writes_stays_text(written: str, kept: str) -> None:
    assert value(f"key: {written}\n", "key") == kept


def test_two_equal_keys_are_a_fault_with_both_places() -> None:
    _, findings = compose_text("a: 1\nb: 2\na: 3\n", FILE)
    assert [str(finding) for finding in findings] == ["line.yaml:3:1 E009 ключ «a» уже есть в строке 1 (оставьте один)"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: [1, 2\nb: 3\n", "E004", 1),
        ("a: &x 1\nb: *x\n", "E006", 1),
        ("", "E005", 1),
        ("[" * 60 + "]" * 60, "E007", 1),
        ("a: \x00\n", "E004", 1),
    ],
)
def test_a_broken_file_says_where(text: str, code: str, line: int) -> None:
    with pytest.raises(BadSource) as caught:
        compose_text(text, FILE)
    assert (caught.value.finding.code, caught.value.finding.place.line) == (code, line)


def test_a_binary_file_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "line.yaml"
    path.write_bytes(b"a: 1\n\xff\xfe\x00")
    with pytest.raises(BadSource) as caught:
        compose(path)
    assert (caught.value.finding.code, caught.value.finding.place.line) == ("E003", 2)


def test_a_missing_file_is_a_finding_not_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="E001"):
        compose(tmp_path / "line.yaml")


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "line.yaml")
    (tmp_path / "calendar.yaml").mkdir()
    for name in ("line.yaml", "calendar.yaml"):
        with pytest.raises(BadSource, match="E001"):
            compose(tmp_path / name)
