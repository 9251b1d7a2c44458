"""The line's own tables: a reading is kept once and for ever, accounts are loaded line by line."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from bots.desk import DeskAway, ReadingToStore
from ivr.billing import KeyReused, TableDesk
from ivr.billing.demo import load_demo
from ivr.billing.files.load import Loaded, load
from ivr.billing.files.sheets import CsvSheet
from ivr.billing.tables import drafts, readings
from ivr.settings import Settings
from ivr.settings import load as settings_of
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


def desk_at(store: Store, now: datetime = NOW, supplier: str = "energosbyt") -> TableDesk:
    return TableDesk(store, supplier, clock=At(now))


def reading(value: int = 12345, key: UUID | None = None, at: datetime = NOW) -> ReadingToStore:
    return ReadingToStore("7001234567", "s1", {"day": value}, {"day": key or uuid4()}, at)


async def loaded(
    store: Store, *lines: bytes, header: bytes = HEADER, supplier: str = "energosbyt"
) -> tuple[Loaded, list[tuple[str, str]]]:
    rejected: list[tuple[str, str]] = []
    sheet = CsvSheet("a.csv", lambda: [header, *lines], "utf-8")
    done = await load(store, supplier, sheet, now=NOW, reject=lambda where, why: rejected.append((where, why)))
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


async def test_bad_lines_are_named_and_cost_only_their_own_account(store: Store) -> None:
    done, rejected = await loaded(
        store,
        TWO_ZONES,
        b"12,nowhere,,,,,,\n",
        b"\n",
        b"7001234568,\xff\xfe,,,,,,\n",
        b'7001234569,"never closed,,,,,,\n',
        b"7001234570,Bijsk,,s9,,,,\n",
        b"7001234571,Bijsk,,s1,,,,\n",
        b"7001234571,Bijsk,,s2,dusk,,,\n",
        b"7001234571,Bijsk,,s3,,,,\n",
        b"7001234568,Bijsk,,s4,,,,\n",
    )
    assert (done.taken, done.rejected) == (2, 7)
    whys = dict(rejected)
    assert sorted(whys) == ["a.csv:10", "a.csv:11", "a.csv:3", "a.csv:5", "a.csv:6", "a.csv:8", "a.csv:9"]
    assert "utf-8" in whys["a.csv:5"]
    assert whys["a.csv:8"] == whys["a.csv:10"] == "account 7001234571 is not taken: its line a.csv:9 is bad"
    assert await desk_at(store).account("7001234570") is not None
    assert await desk_at(store).account("7001234571") is None


async def test_lines_of_one_account_that_disagree_are_not_taken(store: Store) -> None:
    done, rejected = await loaded(store, TWO_ZONES, TWO_ZONES, b"7001234570,Bijsk,,s9,,,,\n")
    assert (done.taken, [where for where, _ in rejected]) == (1, ["a.csv:3", "a.csv:2"])
    done, rejected = await loaded(store, b"7001234571,Bijsk,,s1,,,,\n", b"7001234571,Barnaul,,s2,,,,\n")
    assert (done.taken, "another address" in rejected[0][1]) == (0, True)


async def test_a_meter_that_was_taken_off_is_gone_with_the_next_load(store: Store) -> None:
    await loaded(store, TWO_ZONES, b"7001234567,Barnaul,+79130000001,s2,,,,\n")
    assert [meter.serial for meter in await desk_at(store).meters("7001234567")] == ["s1", "s2"]
    await loaded(store, b"7001234567,Barnaul,+79130000001,s3,,,,\n")
    assert [meter.serial for meter in await desk_at(store).meters("7001234567")] == ["s3"]
    await loaded(store, b"7001234567,Barnaul\n", header=b"account,address\n")
    assert [meter.serial for meter in await desk_at(store).meters("7001234567")] == ["s3"]
    assert [one.number for one in await desk_at(store).accounts_by_phone("+79130000001")] == ["7001234567"]


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


async def test_an_embedded_line_has_invented_accounts_from_its_first_start_on(tmp_path: Path) -> None:
    settings = settings_of(data=tmp_path)
    async with await open_store(settings) as store:
        first = await load_demo(store, settings, At(NOW))
        assert first is not None
        assert first.taken > 10
        assert await load_demo(store, settings, At(NOW)) is None
        (account,) = await desk_at(store).accounts_by_phone("+79130000001")
        (meter,) = await desk_at(store).meters(account.number)
        assert (meter.meter.zones[0].previous, meter.meter.zones[0].days) == (12200, 30)
