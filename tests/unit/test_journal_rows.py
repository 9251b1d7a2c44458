"""An event as the spool keeps it is the same event when it comes back, and nothing else is taken for one."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import make_url

from ivr.journal.events import Kind
from ivr.journal.rows import Rows
from ivr.store.engine import connect

SQLITE = Rows(connect(make_url("sqlite+aiosqlite://")), "node1")
POSTGRES = Rows(connect(make_url("postgresql+asyncpg://nobody@127.0.0.1/nothing")), "node1")
CALL = UUID("019f0000-0000-7000-8000-000000000001")
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)

texts = some.text(some.characters(), max_size=20)
"""Surrogates too: whatever a caller's name may carry."""


@pytest.mark.parametrize("rows", [SQLITE, POSTGRES])
@given(supplier=texts, told=some.dictionaries(texts, texts | some.integers() | some.none(), max_size=4))
def test_an_event_comes_back_as_it_was(rows: Rows, supplier: str, told: dict[str, object]) -> None:
    row = rows.row(rows.key(CALL), 7, supplier, NOW, NOW, Kind.HEARD, told)
    assert rows.unpacked(rows.packed(row)) == row


def test_a_spool_of_a_line_on_sqlite_may_be_read_out_to_postgresql() -> None:
    row = SQLITE.row(SQLITE.key(CALL), 7, "energosbyt", NOW, NOW, Kind.HEARD, {"text": "да"})
    moved = POSTGRES.unpacked(SQLITE.packed(row))
    assert moved is not None
    assert moved[0] == CALL


@given(some.binary(max_size=80))
def test_bytes_that_are_no_event_are_none(record: bytes) -> None:
    assert SQLITE.unpacked(record) is None


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=10) | some.dictionaries(some.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(json_values | some.lists(json_values, min_size=9, max_size=9))
def test_other_json_is_no_event_and_no_exception(value: object) -> None:
    assert SQLITE.unpacked(json.dumps(value).encode()) is None
