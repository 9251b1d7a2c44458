"""Every fault an admin can make is found where it stands, and nothing else is."""

import os
from pathlib import Path

import pytest
from flow.broken_cases import BASE, Case, cases, findings_in, told

WRITE = os.environ.get("GUDOK_WRITE_GOLDEN") == "1"


def test_the_line_that_the_broken_ones_are_made_of_is_clean() -> None:
    assert told(BASE, findings_in(BASE)) == ""


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.path.stem)
def test_a_broken_dialplan_is_told_of_as_it_should_be(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "proba"
    case.break_in(folder)
    findings = findings_in(folder)
    said = told(folder, findings)
    if WRITE:
        before = case.path.read_text(encoding="utf-8").partition("@@ expected\n")[0]
        case.path.write_text(f"{before}@@ expected\n{said}", encoding="utf-8")
        return
    assert said == case.expected
    assert {finding.code for finding in findings} == {case.code}
