"""One setting written into a file that a person keeps."""

import tomllib
from pathlib import Path

import pytest

from ivr.settings import SettingsError
from ivr.settings_file import write

KEPT = """# our line
line = "88003505566"  # the big one

[ports]
model = 1
web = 8081
"""


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "data" / "gudok.toml"


def test_a_file_is_made_where_there_is_none(toml: Path) -> None:
    assert write(toml, "model", "ru-numbers")
    assert toml.read_text(encoding="utf-8") == 'model = "ru-numbers"\n'
    assert not write(toml, "model", "ru-numbers")


def test_the_rest_of_the_file_stays_as_it_was(toml: Path) -> None:
    toml.parent.mkdir()
    toml.write_text(KEPT, encoding="utf-8")
    toml.chmod(0o640)
    assert write(toml, "model", "/модели/ru «1»")
    told = tomllib.loads(toml.read_text(encoding="utf-8"))
    assert told == {"line": "88003505566", "model": "/модели/ru «1»", "ports": {"model": 1, "web": 8081}}
    assert "# the big one" in toml.read_text(encoding="utf-8")
    assert toml.stat().st_mode & 0o777 == 0o640
    assert write(toml, "model", "other")
    assert write(toml, "model", None)
    assert toml.read_text(encoding="utf-8") == KEPT
    assert not write(toml, "model", None)


def test_a_file_that_begins_with_a_table_gets_the_key_before_it(toml: Path) -> None:
    toml.parent.mkdir()
    toml.write_text("[ports]\nweb = 8081\n", encoding="utf-8")
    write(toml, "model", "x")
    assert tomllib.loads(toml.read_text(encoding="utf-8")) == {"model": "x", "ports": {"web": 8081}}


def test_a_value_over_many_lines_is_left_to_its_owner(toml: Path) -> None:
    toml.parent.mkdir()
    body = 'model = """\nx\n"""\nline = "1"\n'
    toml.write_text(body, encoding="utf-8")
    with pytest.raises(SettingsError, match="by hand"):
        write(toml, "model", "y")
    assert toml.read_text(encoding="utf-8") == body


def test_a_broken_file_is_named_and_not_touched(toml: Path) -> None:
    toml.parent.mkdir()
    toml.write_text("model = \n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"gudok\.toml"):
        write(toml, "model", "y")
    assert toml.read_text(encoding="utf-8") == "model = \n"
