"""The schema for editors says what the reader says, as far as a shape can."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flow.broken_cases import BASE, cases

from ivr.flow.schema import flow_schema, line_schema
from ivr.flow.source import Node, Rows, Text, compose, compose_text
from ivr.settings import shipped_dialplans

FLOWS = sorted([*shipped_dialplans().glob("*/flows/*.yaml"), *BASE.glob("flows/*.yaml")])
LINES = sorted([*shipped_dialplans().glob("*/line.yaml"), BASE / "line.yaml"])
BY_VALUE = "E115-input"
"""Of right shape: what a dialogue takes is not the schema's to know."""
OF_SHAPE = {"E101", "E103", "E106", "E107", "E108", "E115", "E121"}
"""What an editor can see."""


def as_an_editor_reads(node: Node) -> Any:
    if isinstance(node, Text):
        if not node.quoted and re.fullmatch(r"-?(0|[1-9]\d*)", node.value):
            return int(node.value)
        if not node.quoted and node.value in ("true", "false"):
            return node.value == "true"
        return node.value
    if isinstance(node, Rows):
        return [as_an_editor_reads(item) for item in node.items]
    return {key.value: as_an_editor_reads(value) for key, value in node.items}


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_a_flow_that_checks_clean_fits_the_schema(path: Path) -> None:
    jsonschema.validate(as_an_editor_reads(compose(path)[0]), flow_schema())


@pytest.mark.parametrize("path", LINES, ids=lambda path: path.parent.name)
def test_a_line_that_checks_clean_fits_the_schema(path: Path) -> None:
    jsonschema.validate(as_an_editor_reads(compose(path)[0]), line_schema())


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in cases()
        if case.code in OF_SHAPE and any("flows/" in file for file, _, _ in case.changes) and case.path.stem != BY_VALUE
    ],
    ids=lambda case: case.path.stem,
)
def test_an_editor_underlines_what_has_the_wrong_shape(case: Any, tmp_path: Path) -> None:
    case.break_in(tmp_path / "proba")
    fits = jsonschema.Draft7Validator(flow_schema()).is_valid
    flows = (tmp_path / "proba" / "flows").glob("*.yaml")
    assert not all(fits(as_an_editor_reads(compose(path)[0])) for path in flows)


def test_the_schema_is_a_schema() -> None:
    for schema in (flow_schema(), line_schema()):
        jsonschema.Draft7Validator.check_schema(schema)


def test_a_key_of_another_verb_is_underlined() -> None:
    root, _ = compose_text("start: a\nsteps:\n  a: {say: А, next: a, seconds: 5}\n", Path("main.yaml"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_an_editor_reads(root), flow_schema())
