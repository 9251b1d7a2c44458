"""`gudok accounts import` and `gudok readings export`: files in and out, as an admin runs them."""

import asyncio
import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import typer
from click.testing import Result
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from bots.desk import ReadingToStore
from ivr.billing import TableDesk
from ivr.billing.export import batches, new_batch
from ivr.cli import accounts, readings
from ivr.settings import Settings, load
from ivr.store import open_store

AT = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
GOOD = "account,address,phones,serial\n7001234567,Барнаул,+79130000001,0048\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return load(data=tmp_path / "line", database=url)


def run(settings: Settings, *words: str | Path) -> Result:
    app = typer.Typer()
    accounts.register(app)
    readings.register(app)
    runner = CliRunner(env={"GUDOK_DATABASE": settings.database} if settings.database else {})
    return runner.invoke(app, [*(str(word) for word in words), "--data", str(settings.data)])


def give(settings: Settings, values: Sequence[int], at: datetime = AT) -> list[UUID]:
    """Readings that callers gave, a minute apart."""
    keys = [uuid4() for _ in values]

    async def store() -> None:
        async with await open_store(settings) as opened:
            desk = TableDesk(opened, "energosbyt")
            for n, (key, value) in enumerate(zip(keys, values, strict=True)):
                when = at + timedelta(minutes=n)
                await desk.store_reading(ReadingToStore("0001234567", "0048", {"night": value}, {"night": key}, when))

    asyncio.run(store())
    return keys


def test_several_files_go_in_and_every_bad_line_is_named(settings: Settings, tmp_path: Path) -> None:
    good = tmp_path / "accounts.csv"
    good.write_text(GOOD + "12,nowhere,,\n", encoding="cp1251")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Долги"
    for row in (["Лицевой счёт", "Долг", "На дату"], ["7001234567", -12.5, AT.replace(tzinfo=None)], ["9", 1, "x"]):
        sheet.append(row)
    debts = tmp_path / "debts.xlsx"
    book.save(debts)
    said = run(settings, "accounts", "import", debts, good)
    assert said.exit_code == 1
    assert f"{good}:3: account: '12' is not 4 to 20 digits" in said.stderr
    assert f"{debts}:Долги!3: as_of: " in said.stderr
    assert f"{good}: accounts: 1 lines taken, 1 rejected" in said.stderr
    assert f"{debts}:Долги: debts: 1 lines taken, 1 rejected" in said.stderr
    assert said.stdout == ""

    async def told() -> list[int]:
        async with await open_store(settings) as store:
            return [debt.kopecks for debt in await TableDesk(store, "energosbyt").debt("7001234567")]

    assert asyncio.run(told()) == [-1250]


def test_a_good_file_is_a_success_and_a_file_of_something_else_is_refused(settings: Settings, tmp_path: Path) -> None:
    good, other = tmp_path / "accounts.csv", tmp_path / "other.csv"
    good.write_text(GOOD, encoding="utf-8")
    other.write_text("a;b\n1;2\n", encoding="utf-8")
    assert run(settings, "accounts", "import", good).exit_code == 0
    said = run(settings, "accounts", "import", other)
    assert (said.exit_code, f"{other}:1: unknown column 'a'" in said.stderr) == (1, True)
    assert run(settings, "accounts", "import", good, "--encoding", "runic").exit_code == 2
    assert run(settings, "accounts", "import", tmp_path / "none.csv").exit_code == 2


def test_each_reading_goes_out_in_one_batch_and_a_batch_can_be_made_again(settings: Settings) -> None:
    keys = give(settings, [12345, 12346])
    first = run(settings, "readings", "export", "--format", "json")
    assert (first.exit_code, "batch 1: 2 readings" in first.stderr) == (0, True)
    told = [json.loads(line) for line in first.stdout.splitlines()]
    assert [row["key"] for row in told] == [str(key) for key in keys]
    assert (told[0]["account"], told[0]["taken_at"]) == ("0001234567", "2026-03-04T12:00:00+03:00")
    give(settings, [12347])
    assert "batch 2: 1 readings" in run(settings, "readings", "export").stderr
    nothing = run(settings, "readings", "export", "--format", "json")
    assert (nothing.exit_code, nothing.stdout, "no reading is new" in nothing.stderr) == (0, "", True)
    assert run(settings, "readings", "export", "--batch", "1", "--format", "json").stdout == first.stdout
    assert len(run(settings, "readings", "export", "--all").stdout.splitlines()) == 4
    listed = run(settings, "readings", "batches").stdout.splitlines()
    assert [line.split("\t")[::2] for line in listed] == [["2", "1"], ["1", "2"]]
    assert run(settings, "readings", "export", "--batch", "7").exit_code == 1
    assert run(settings, "readings", "export", "--batch", "1", "--all").exit_code == 2


def test_a_file_that_cannot_be_written_costs_no_reading(settings: Settings, tmp_path: Path) -> None:
    give(settings, [12345])
    failed = run(settings, "readings", "export", "-o", tmp_path / "nowhere" / "march.csv")
    assert (failed.exit_code, "batch 1: 1 readings; once more: --batch 1" in failed.stderr) == (1, True)
    assert "12345" in run(settings, "readings", "export", "--batch", "1").stdout
    assert not list(tmp_path.rglob("*march*"))


def test_only_the_readings_of_the_days_asked_for_go_out(settings: Settings) -> None:
    give(settings, [1, 2, 3], AT)
    give(settings, [4], AT + timedelta(days=30))
    said = run(settings, "readings", "export", "--from", "2026-03-04T12:01", "--to", "2026-04-01")
    assert [row["value"] for row in csv.DictReader(io.StringIO(said.stdout))] == ["2", "3"]
    assert "batch 2: 2 readings" in run(settings, "readings", "export").stderr


def test_a_workbook_shows_an_operator_what_came(settings: Settings, tmp_path: Path) -> None:
    give(settings, [12345])
    assert run(settings, "readings", "export", "--format", "xlsx").exit_code == 2
    path = tmp_path / "march.xlsx"
    assert run(settings, "readings", "export", "--format", "xlsx", "-o", path).exit_code == 0
    before = path.read_bytes()
    assert run(settings, "readings", "export", "--format", "xlsx", "-o", path).exit_code == 0
    assert path.read_bytes() == before  # nothing is new: what was written is left alone
    sheet = load_workbook(path).active
    assert sheet is not None
    titles, row = list(sheet.iter_rows(values_only=True))
    shown = dict(zip(titles, row, strict=True))
    assert (shown["Лицевой счёт"], shown["Счётчик"], shown["Зона"], shown["Показание"], shown["Откуда"]) == (
        "0001234567", "0048", "ночь", 12345, "голос",
    )  # fmt: skip
    assert shown["Принято"] == datetime(2026, 3, 4, 12, 0)  # noqa: DTZ001 - a cell has no zone
    assert sheet.freeze_panes == "A2"


async def test_two_exports_at_once_share_the_readings(settings: Settings) -> None:
    await asyncio.to_thread(give, settings, list(range(20)))
    async with await open_store(settings) as one, await open_store(settings) as other:
        made = await asyncio.gather(*(new_batch(store, "energosbyt", None, None, now=AT) for store in (one, other) * 3))
        assert sum(batch.readings for batch in made if batch) == 20
        assert len(await batches(one, "energosbyt")) == len([batch for batch in made if batch])
