"""Broken dialplans, one fault each: the clean folder `broken/base` with one fragment replaced, and what `check` says.

A case is a text file: a sentence about it, then blocks. `@@ FILE` with `<<<`, `===`, `>>>` replaces the fragment (an
empty one: the whole file); `@@ bytes FILE` writes bytes as Python writes them, `@@ delete FILE` takes a file away; the
last block is `@@ expected`. `GUDOK_WRITE_GOLDEN=1` writes what is expected anew: read it before it is committed.
"""

import ast
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bots.catalogue import DIALOGUES as REAL
from bots.dialogue import Dialogue, Input, Prompt
from ivr.cli.check import report
from ivr.flow.checks import check
from ivr.flow.finding import Finding

BROKEN = Path(__file__).parent / "broken"
BASE, CASES = BROKEN / "base", BROKEN / "cases"
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)

_BLOCK = re.compile(r"^@@ (?P<head>[^\n]+)\n(?P<body>.*?)(?=^@@ |\Z)", re.MULTILINE | re.DOTALL)
_REPLACE = re.compile(r"<<<\n(?P<old>.*?)===\n(?P<new>.*?)>>>\n", re.DOTALL)

IDENTIFY = Dialogue(
    name="identify",
    title="Узнать, чей это лицевой счёт",
    outcomes={
        "identified": "лицевой счёт известен",
        "no_account": "лицевой счёт не найден",
        "not_proved": "проверка не пройдена",
    },
    prompts={
        "identify.account": Prompt("Назовите номер лицевого счёта."),
        "identify.known_tail": Prompt("Лицевой счёт заканчивается на {tail|digits}. Верно?"),
    },
    make=REAL["identify"].make,
    inputs={"level": Input("choice", "насколько надёжно", required=False, choices=("L0", "L1", "L2"))},
)
SLOTS = Dialogue(
    name="visit",
    title="Назначить приход мастера",
    outcomes={"agreed": "день выбран"},
    prompts={},
    make=REAL["identify"].make,
    inputs={"day": Input("date", "с какого дня")},
)
DIALOGUES = {dialogue.name: dialogue for dialogue in (IDENTIFY, SLOTS)}
"""Of the tests' own: the golden messages must not change whenever a dialogue learns a new outcome."""


@dataclass(frozen=True, slots=True)
class Case:
    path: Path
    about: str
    changes: tuple[tuple[str, str, str], ...]
    """File, what stands there, what stands there instead."""
    expected: str

    @property
    def code(self) -> str:
        return self.path.stem.split("-")[0]

    def break_in(self, folder: Path) -> None:
        shutil.copytree(BASE, folder)
        for file, old, new in self.changes:
            path = folder / file.removeprefix("bytes ")
            path.parent.mkdir(exist_ok=True)
            if file.startswith("delete "):
                (folder / file.removeprefix("delete ")).unlink()
                continue
            if file.startswith("bytes "):
                path.write_bytes(ast.literal_eval(new.strip()))
                continue
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            assert not old or text.count(old) == 1, (
                f"{self.path.name}: the fragment is in {file} {text.count(old)} times"
            )
            path.write_text(text.replace(old, new) if old else f"{new}\n", encoding="utf-8")


def cases() -> list[Case]:
    return [read_case(path) for path in sorted(CASES.glob("*.txt"))]


def read_case(path: Path) -> Case:
    text = path.read_text(encoding="utf-8")
    about = text.partition("@@ ")[0].strip()
    changes, expected = [], ""
    for block in _BLOCK.finditer(text):
        if block["head"] == "expected":
            expected = block["body"]
            continue
        if block["head"].startswith("delete "):
            changes.append((block["head"], "", ""))
            continue
        found = _REPLACE.search(block["body"])
        assert found is not None, f"{path.name}: a block without <<< === >>>"
        # A fragment may be a part of a line: the line ends before the marks are not of it.
        changes.append((block["head"], found["old"].removesuffix("\n"), found["new"].removesuffix("\n")))
    return Case(path, about, tuple(changes), expected)


def findings_in(folder: Path) -> list[Finding]:
    return check(folder, now=NOW, dialogues=DIALOGUES)[1]


def told(folder: Path, findings: list[Finding]) -> str:
    """What `gudok check` prints, with places inside the folder."""
    return "".join(f"{line}\n" for line in report(findings)).replace(f"{folder}/", "")
