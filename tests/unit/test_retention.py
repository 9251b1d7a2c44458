"""Retention without a database: pseudonyms, the hours for it, and that no column with personal data is missed."""

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ivr
from ivr.retention.keeping_time import is_time
from ivr.retention.personal import COLUMNS, TELLING
from ivr.retention.pseudonym import MARK, Pseudonyms
from ivr.store import metadata

NAMES = Pseudonyms("key", "energosbyt")
MOSCOW = ZoneInfo("Europe/Moscow")


@given(st.text(min_size=1))
def test_the_same_person_is_always_the_same_pseudonym_and_never_in_clear(value: str) -> None:
    name = NAMES.of("phone", value)
    assert name == NAMES.of("phone", value) == NAMES.of("phone", name)
    assert name.startswith(MARK)
    assert value.startswith(MARK) or len(value) < 4 or value not in name


def test_other_suppliers_and_keys_give_other_pseudonyms() -> None:
    made = {
        NAMES.of("phone", "+79130000001"), NAMES.of("account", "+79130000001"),
        Pseudonyms("key", "teplosbyt").of("phone", "+79130000001"),
        Pseudonyms("other", "energosbyt").of("phone", "+79130000001"),
    }  # fmt: skip
    assert len(made) == 4


def test_an_event_names_nobody_and_still_says_what_happened() -> None:
    data = {
        "caller": "+79130000001", "dialled": "88003505566", "channel": "PJSIP/trunk-0000001a", "act": "value",
        "values": {"account": "7001234567", "single": "12345"}, "account": "7001234567", "target": "89130000002",
        "to": "a@b.ru", "phone": None, "words": [["да", 0.9]],
    }  # fmt: skip
    made = NAMES.of_data(data)
    assert made["caller"] == NAMES.of("phone", "+79130000001")
    assert made["account"] == made["values"]["account"] == NAMES.of("account", "7001234567")
    kept = ("dialled", "channel", "act", "phone", "words")
    assert {name: made[name] for name in kept} == {name: data[name] for name in kept}
    assert made["values"]["single"] == "12345"
    assert made["target"] == NAMES.of("phone", "89130000002")
    assert NAMES.of_data({"target": "101"}) == {"target": "101"}
    assert NAMES.of_data(made) == made


def load_every_table() -> None:
    """Rooms declare their tables in modules of that name; whoever adds one is asked below."""
    root = Path(ivr.__path__[0])
    for path in [*root.rglob("*tables.py"), *root.rglob("*_store.py"), root / "store" / "news.py"]:
        import_module(".".join(("ivr", *path.relative_to(root).with_suffix("").parts)))


def test_no_column_that_may_hold_personal_data_is_forgotten() -> None:
    load_every_table()
    unknown = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if column.name in TELLING and column.name not in COLUMNS.get(table.name, {})
    }
    assert unknown == set(), "say in ivr/retention/personal.py what becomes of these when their time is over"
    missing = {
        f"{table}.{column}"
        for table, columns in COLUMNS.items()
        for column in columns
        if table not in metadata.tables or column not in metadata.tables[table].columns
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("now", "last", "due"),
    [
        (datetime(2026, 3, 4, 3, tzinfo=MOSCOW), datetime(2026, 3, 3, 3, tzinfo=MOSCOW), True),
        (datetime(2026, 3, 4, 3, tzinfo=MOSCOW), datetime(2026, 3, 4, 2, 30, tzinfo=MOSCOW), False),
        (datetime(2026, 3, 4, 12, tzinfo=MOSCOW), datetime(2026, 3, 3, 3, tzinfo=MOSCOW), False),
        (datetime(2026, 3, 6, 12, tzinfo=MOSCOW), datetime(2026, 3, 3, 3, tzinfo=MOSCOW), True),
        (datetime(2026, 3, 4, 12, tzinfo=MOSCOW), None, True),
        (datetime(2026, 3, 3, 23, 30, tzinfo=UTC), datetime(2026, 3, 3, 3, tzinfo=MOSCOW), True),
    ],
)
def test_it_runs_once_a_night_and_by_day_only_what_was_missed(now: datetime, last: datetime | None, due: bool) -> None:
    assert is_time(now, MOSCOW, last) is due
