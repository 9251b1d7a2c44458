"""`turns:` of line.yaml: off unless written, and never without telling the caller."""

from pathlib import Path

import pytest

from ivr.flow.supplier.supplier_settings import read_settings
from ivr.turns.rules import OFF, Rules

LINE = 'title: Свет\nnumbers: {"88003505566": main}\n'


def read(folder: Path, turns: str) -> tuple[Rules, list[str]]:
    place = folder / "svet"
    place.mkdir()
    (place / "line.yaml").write_text(LINE + (f"turns: {turns}\n" if turns else ""), encoding="utf-8")
    settings, findings = read_settings(place)
    assert settings is not None
    return settings.turns, [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("turns", "rules", "codes"),
    [
        ("", OFF, []),
        ("{}", OFF, []),
        ("{keep: no, days: 5}", Rules(days=5), []),
        ("{keep: yes, announced: yes}", Rules(keep=True), []),
        ("{keep: да, announced: да, days: 30, megabytes: 50, accounts: да}", Rules(True, 30, 50, True), []),
        ("{keep: yes}", Rules(keep=True), ["E456"]),
    ],
)
def test_turns_are_read(tmp_path: Path, turns: str, rules: Rules, codes: list[str]) -> None:
    assert read(tmp_path, turns) == (rules, codes)


@pytest.mark.parametrize("turns", ["{keep: yes, announced: yes, day: 5}", "{days: 0}", "{megabytes: much}", "yes"])
def test_what_cannot_be_read_is_a_finding(tmp_path: Path, turns: str) -> None:
    assert read(tmp_path, turns)[1] != []
