"""docs/dialplan-codes.md, made of the table of codes and of the broken dialplans: its examples cannot rot."""

from collections.abc import Iterator
from pathlib import Path

from flow.broken_cases import Case, cases

from ivr.flow.codes import CODES

PAGE = Path(__file__).parents[2] / "docs" / "dialplan-codes.md"
_TOP = """\
# Codes of `gudok check`

`gudok check DIR` reads every file of a supplier's folder and tells all it finds in one run: `file:line:col CODE
message`, the line with a caret, and after the arrow what to do. `E…` is an error: the folder cannot be published, exit
code 1. `W…` is advice. Codes are stable; `--format json` and `--format sarif` give the same findings to programs.

This page is made of the project's own tests (`tests/flow/broken`): each example below is a fault in a line that is
clean otherwise, and the very answer to it. Do not edit it by hand: `GUDOK_WRITE_GOLDEN=1 pytest
tests/unit/test_flow_codes.py` writes it.

Other files have codes too: scenarios `E3..`, and `E4..` and `E28.` the calendar, suppliers, emergencies, topics and
messages; the pages of those files tell of them.
"""
_PARTS = (
    ("E00", "Files"),
    ("E10", "Steps and keys"),
    ("E20", "Expressions and variables"),
    ("E21", "Texts"),
    ("E23", "Where a call can go"),
    ("E24", "Names"),
    ("E25", "People's rights"),
    ("E26", "Dialogues, prompts, topics, messages"),
)


def page() -> str:
    by_code: dict[str, list[Case]] = {}
    for case in cases():
        by_code.setdefault(case.code, []).append(case)
    return "".join([_TOP, *_body(by_code)])


def _body(by_code: dict[str, list[Case]]) -> Iterator[str]:
    parts = list(_PARTS)
    for code, meaning in sorted(CODES.items(), key=lambda item: item[0][1:]):
        while parts and code[1:] >= parts[0][0][1:].ljust(3, "0"):
            yield f"\n## {parts.pop(0)[1]}\n"
        yield f"\n### {code}\n\n{meaning}\n"
        for case in by_code.get(code, [])[:2]:
            yield f"\n{case.about}\n\n```text\n{case.expected}```\n"
