"""The line's own tables: a reading is kept once and for ever, accounts are loaded line by line."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from bots.desk import DeskAway, ReadingToStore
from ivr.billing import KeyReused, TableDesk
from ivr.billing.account_lines import BadHeader
from ivr.billing.accounts import Loaded, load_accounts, load_demo, taken_readings
from ivr.billing.desk import MOSCOW
from ivr.billing.tables import drafts, readings
from ivr.cli import accounts as accounts_command
from ivr.settings import Settings, load
from ivr.store import Store, open_store

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
HEADER = b"account,address,phones,serial,zones,previous,previous_date,daily\n"
TWO_ZONES = b"7001234567,Barnaul,+79130000001,s1,day|night,12200|6700,2026-02-02,4|2\n"


class At:
    """A clock that stands."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return load(data=tmp_path, database=url)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with await open_store(settings) as opened:
        yield opened


def desk_at(store: Store, now: datetime = NOW, supplier: str = "energosbyt") -> TableDesk:
    return TableDesk(store, supplier, clock=At(now))


def reading(value: int = 12345, key: UUID | None = None, at: datetime = NOW) -> ReadingToStore:
    return ReadingToStore("7001234567", "s1", {"day": value}, {"day": key or uuid4()}, at)


async def loaded(store: Store, *lines: bytes, supplier: str = "energosbyt") -> tuple[Loaded, list[tuple[int, str]]]:
    rejected: list[tuple[int, str]] = []
    done = await load_accounts(
        store,
        supplier,
        [HEADER, *lines],
        today=NOW.date(),
        reject=lambda number, why: rejected.append((number, why)),
    )
    return done, rejected


async def kept(store: Store) -> list[tuple[str, int]]:
    async with store.reading() as connection:
        return [(row.zone, row.value) for row in await connection.execute(select(readings).order_by(readings.c.zone))]


async def test_the_same_key_again_keeps_one_reading(store: Store) -> None:
    again = reading()
    assert [await desk_at(store).store_reading(again) for _ in range(3)] == ["stored"] * 3
    assert await kept(store) == [("day", 12345)]


async def test_the_same_key_from_many_sides_at_once_keeps_one_reading(store: Store) -> None:
    again = reading()
    answers = await asyncio.gather(*(desk_at(store).store_reading(again) for _ in range(20)))
    assert set(answers) == {"stored"}
    assert await kept(store) == [("day", 12345)]


async def test_another_read_back_is_another_reading(store: Store) -> None:
    await desk_at(store).store_reading(reading(12345))
    await desk_at(store).store_reading(reading(12346))
    assert [value for _, value in await kept(store)] == [12345, 12346]


async def test_a_key_that_holds_another_value_is_refused_and_nothing_of_it_is_stored(store: Store) -> None:
    day, night = uuid4(), uuid4()
    await desk_at(store).store_reading(reading(12345, day))
    both = ReadingToStore("7001234567", "s1", {"day": 12346, "night": 6800}, {"day": day, "night": night}, NOW)
    with pytest.raises(KeyReused):
        await desk_at(store).store_reading(both)
    assert await kept(store) == [("day", 12345)]


async def test_a_stored_reading_is_there_for_whoever_opens_the_database_next(store: Store, settings: Settings) -> None:
    await desk_at(store).store_reading(reading())
    async with await open_store(settings) as other:
        assert await kept(other) == [("day", 12345)]


async def test_what_cannot_be_stored_is_never_said_to_be(store: Store) -> None:
    async with store.writing() as connection:
        await connection.execute(text("ALTER TABLE readings RENAME TO readings_away"))
    with pytest.raises(DeskAway):
        await desk_at(store).store_reading(reading())


@pytest.mark.parametrize("value", [-1, 2**31])
async def test_a_value_no_meter_shows_is_refused(store: Store, value: int) -> None:
    with pytest.raises(ValueError, match="no reading"):
        await desk_at(store).store_reading(reading(value))


async def test_a_draft_is_kept_with_what_was_heard(store: Store) -> None:
    await desk_at(store).keep_draft("7001234567", "s1", {"day": "двенадцать триста"}, None)
    async with store.reading() as connection:
        (row,) = await connection.execute(select(drafts))
    assert (row.account, row.heard, row.at) == ("7001234567", {"day": "двенадцать триста"}, NOW)


async def test_an_account_is_found_by_any_spelling_of_its_telephone(store: Store) -> None:
    await loaded(store, TWO_ZONES)
    for phone in ("89130000001", "+7 (913) 000-00-01", "9130000001"):
        assert [one.number for one in await desk_at(store).accounts_by_phone(phone)] == ["7001234567"]
    assert await desk_at(store).accounts_by_phone("anonymous") == []


async def test_no_supplier_sees_anothers_accounts(store: Store) -> None:
    await loaded(store, TWO_ZONES)
    other = desk_at(store, supplier="vodokanal")
    assert await other.account("7001234567") is None
    assert await other.accounts_by_phone("+79130000001") == []
    assert await other.meters("7001234567") == []


async def test_a_meter_comes_with_its_zones_in_order_and_its_last_reading(store: Store) -> None:
    await loaded(store, TWO_ZONES)
    (meter,) = await desk_at(store).meters("7001234567")
    assert [(zone.name, zone.previous, zone.days, zone.daily) for zone in meter.meter.zones] == [
        ("day", 12200, 30, 4.0),
        ("night", 6700, 30, 2.0),
    ]


async def test_within_a_month_a_reading_may_be_corrected_downwards(store: Store) -> None:
    """The last reading is that of an earlier month, whatever was given in this one."""
    await loaded(store, TWO_ZONES)
    await desk_at(store).store_reading(reading(12999))
    (now,) = await desk_at(store, NOW + timedelta(days=20)).meters("7001234567")
    assert now.meter.zones[0].previous == 12200
    (later,) = await desk_at(store, NOW + timedelta(days=31)).meters("7001234567")
    assert (later.meter.zones[0].previous, later.meter.zones[0].days) == (12999, 31)
    assert later.meter.zones[1].previous == 6700


async def test_billings_newer_reading_beats_the_callers_older_one(store: Store) -> None:
    await desk_at(store).store_reading(reading(12100, at=NOW - timedelta(days=60)))
    await loaded(store, TWO_ZONES)
    (meter,) = await desk_at(store).meters("7001234567")
    assert meter.meter.zones[0].previous == 12200


async def test_bad_lines_are_named_and_cost_no_other(store: Store) -> None:
    done, rejected = await loaded(
        store,
        TWO_ZONES,
        b"12,nowhere,,,,,,\n",
        b"\n",
        b"7001234568,\xff\xfe,,,,,,\n",
        b'7001234569,"never closed,,,,,,\n',
        TWO_ZONES,
        b"7001234570,Bijsk,,s9,,,,\n",
    )
    assert (done.taken, done.rejected) == (2, 4)
    assert [number for number, _ in rejected] == [3, 5, 6, 7]
    assert "utf-8" in rejected[1][1]
    assert "earlier line" in rejected[3][1]
    assert await desk_at(store).account("7001234570") is not None


async def test_loading_again_replaces_what_the_file_names_and_keeps_the_rest(store: Store) -> None:
    await loaded(store, TWO_ZONES, b"7001234570,Bijsk,,s9,,,,\n")
    await desk_at(store).store_reading(reading())
    await loaded(store, b"7001234567,Barnaul,+79130000009,s1,single,13000,2026-03-01,5\n")
    desk = desk_at(store)
    assert [one.number for one in await desk.accounts_by_phone("+79130000009")] == ["7001234567"]
    assert await desk.accounts_by_phone("+79130000001") == []
    (meter,) = await desk.meters("7001234567")
    assert [(zone.name, zone.previous) for zone in meter.meter.zones] == [("single", 13000)]
    assert await desk.account("7001234570") is not None
    assert await kept(store) == [("day", 12345)]


async def test_a_large_file_goes_in_many_small_transactions(store: Store) -> None:
    lines = [b"%010d,Street %d,+7913%07d,s%d,,100,2026-02-02,1\n" % (n, n, n, n) for n in range(2000)]
    done, rejected = await loaded(store, *lines)
    assert (done.taken, rejected) == (2000, [])
    assert [one.number for one in await desk_at(store).accounts_by_phone("+79130001999")] == ["0000001999"]


async def test_a_file_without_its_columns_is_refused_whole(store: Store) -> None:
    with pytest.raises(BadHeader):
        await load_accounts(store, "x", [b"a,b\n", TWO_ZONES], today=NOW.date(), reject=lambda number, why: None)


async def test_an_embedded_line_has_invented_accounts_from_its_first_start_on(tmp_path: Path) -> None:
    settings = load(data=tmp_path)
    async with await open_store(settings) as store:
        first = await load_demo(store, settings, At(NOW))
        assert first is not None
        assert (first.taken, first.rejected) == (5, 0)
        assert await load_demo(store, settings, At(NOW)) is None
        (account,) = await desk_at(store).accounts_by_phone("+79130000001")
        (meter,) = await desk_at(store).meters(account.number)
        assert (meter.meter.zones[0].previous, meter.meter.zones[0].days) == (12200, 30)


async def test_readings_go_out_with_the_key_they_came_under(store: Store) -> None:
    key = uuid4()
    await desk_at(store).store_reading(reading(12345, key))
    (row,) = [row async for row in taken_readings(store, "energosbyt", None, None, MOSCOW)]
    assert (row["key"], row["value"], row["taken_at"]) == (str(key), 12345, "2026-03-04T12:00:00+03:00")
    assert [row async for row in taken_readings(store, "energosbyt", NOW + timedelta(1), None, MOSCOW)] == []


def test_the_command_loads_a_file_and_gives_the_readings_out(settings: Settings, tmp_path: Path) -> None:
    import typer

    app = typer.Typer()
    accounts_command.register(app)
    file = tmp_path / "accounts.csv"
    file.write_bytes(HEADER + TWO_ZONES + b"12,nowhere,,,,,,\n")
    environment = {"GUDOK_DATABASE": settings.database} if settings.database else {}
    runner = CliRunner(env=environment)
    group = typer.Typer()
    group.add_typer(app)
    said = runner.invoke(group, ["accounts", "import", str(file), "--data", str(tmp_path)])
    assert said.exit_code == 1
    assert f"{file}:3: account '12' is not 4 to 20 digits" in said.stderr
    assert "1 lines taken, 1 rejected" in said.stderr

    async def take() -> None:
        async with await open_store(settings) as store:
            await desk_at(store).store_reading(reading())

    asyncio.run(take())
    said = runner.invoke(group, ["accounts", "export-readings", "--data", str(tmp_path), "--format", "json"])
    assert (said.exit_code, said.stdout.count("\n")) == (0, 1)
    assert '"value": 12345' in said.stdout
