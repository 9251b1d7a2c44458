from pathlib import Path

import pytest

from ivr.flow.load import BadDialplan, load, read
from ivr.settings import shipped_dialplans

LINE = """
title: Пробный
numbers: {"100": main}
queues: {operators: Операторы}
"""
FLOW = """
start: hello
on: {no_match: people, refused: people, too_many: people, deaf: people, operator: people}
steps:
  hello: {say: Здравствуйте, next: menu}
  menu:
    menu: Нажмите ноль.
    choices:
      operator: {key: "0", say: оператор, next: people}
    silence: people
  people: {queue: operators, served: done, timeout: done, no_operators: done}
  done: {end: answered}
"""


def folder(tmp_path: Path, line: str = LINE, flow: str = FLOW) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "line.yaml").write_text(line, encoding="utf-8")
    (tmp_path / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    return tmp_path


def test_a_clean_folder_has_no_findings(tmp_path: Path) -> None:
    dialplan, findings = read(folder(tmp_path))
    assert findings == []
    assert dialplan is not None
    assert dialplan.flows["main"].steps["menu"].edges()


def test_the_shipped_line_is_clean() -> None:
    _, findings = read(shipped_dialplans() / "energosbyt")
    assert findings == []


@pytest.mark.parametrize(
    ("old", "new", "code", "word"),
    [
        ("next: menu", "next: menyu", "E111", "может быть, «menu»?"),
        ("queue: operators", "queue: operator", "E112", "может быть, «operators»?"),
        ("say: оператор", "says: оператор", "E102", "может быть, «say»?"),
        ('key: "0"', 'key: "77"', "E114", "77"),
        ("    silence: people\n", "", "E122", "silence"),
        ("{end: answered}", "{}", "E101", "done"),
    ],
)
def test_one_fault_is_found_where_it_stands(tmp_path: Path, old: str, new: str, code: str, word: str) -> None:
    assert old in FLOW
    _, findings = read(folder(tmp_path, flow=FLOW.replace(old, new)))
    assert code in {finding.code for finding in findings}
    assert word in "\n".join(str(finding) for finding in findings)


def test_all_findings_of_all_files_come_at_once(tmp_path: Path) -> None:
    broken = folder(tmp_path, line=LINE.replace("main", "mine"), flow=FLOW.replace("next: menu", "next: nowhere"))
    with pytest.raises(BadDialplan) as caught:
        load(broken)
    assert {finding.place.file.name for finding in caught.value.findings} == {"line.yaml", "main.yaml"}
