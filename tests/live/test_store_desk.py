"""What the line's own tables tell a dialogue: windows, money, outages, requests, whose account it is."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from bots.desk import DeskAway, NewRequest, ReadingToStore, SecretsLocked
from bots.period import Window, place
from ivr.billing import TableDesk
from ivr.billing.demo import load_demo
from ivr.billing.files.load import Loaded, load
from ivr.billing.files.sheets import CsvSheet
from ivr.billing.said_address import said
from ivr.settings import load as settings_of
from ivr.settings import shipped_dialplans
from ivr.store import Store, open_store

BARNAUL = ZoneInfo("Asia/Barnaul")
MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
ONE = "7001234567"
ACCOUNTS = """\
account,address,territory,kind,phones,last_payment,serial,principal,resource,smart,previous,previous_date
7001234567,"г. Барнаул, ул. Северная, д. 5, кв. 12",Барнаул,,+79130000001,1234.50,00-48210001,,,,12200,2026-02-20
7001234567,"г. Барнаул, ул. Северная, д. 5, кв. 12",Барнаул,,+79130000001,1234.50,771,Водоканал,water,yes,410,2026-02-20
7001234568,"г. Барнаул, ул. Северная, д. 5, кв. 13",Барнаул,,+79130000001,,48210002,,electricity,,,
7001234569,"г. Барнаул, ул. Северная, д. 5А",Барнаул,business,,,48210003,,electricity,,,
7001234570,"г. Бийск, ул. Северная, д. 7",Бийск,,,,48210004,,electricity,,,
"""


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOW).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
async def desk(store: Store, clock: Hand) -> TableDesk:
    done, rejected = await put(store, ACCOUNTS)
    assert (done.taken, rejected) == (5, [])
    return TableDesk(store, "energosbyt", clock=clock)


async def put(store: Store, text: str) -> tuple[Loaded, list[tuple[str, str]]]:
    rejected: list[tuple[str, str]] = []
    sheet = CsvSheet("a.csv", lambda: text.encode().splitlines(keepends=True))
    done = await load(store, "energosbyt", sheet, now=NOW, reject=lambda where, why: rejected.append((where, why)))
    return done, rejected


def reading(value: int, at: datetime) -> ReadingToStore:
    return ReadingToStore(ONE, "00-48210001", {"single": value}, {"single": uuid4()}, at)


async def windows(desk: TableDesk, account: str = ONE) -> dict[str, tuple[int, int, str] | None]:
    found = {meter.resource: meter.window for meter in await desk.meters(account)}
    return {name: (own.from_day, own.to_day, own.late) if own else None for name, own in found.items()}


async def test_an_account_says_what_may_be_spoken_of_it_and_where_it_is(store: Store, desk: TableDesk) -> None:
    await put(store, "territory,time_zone\nБарнаул,Asia/Barnaul\n")
    account = await desk.account(ONE)
    assert account is not None
    assert (account.house, account.business, account.time_zone) == (
        "г. Барнаул, ул. Северная, д. 5", False, "Asia/Barnaul",
    )  # fmt: skip
    business = await desk.account("7001234569")
    assert business is not None
    assert business.business
    assert [one.number for one in await desk.accounts_by_phone("89130000001")] == [ONE, "7001234568"]


async def test_a_meter_says_whose_it_is_and_what_it_counts(desk: TableDesk) -> None:
    told = {meter.serial: (meter.unit, meter.principal, meter.smart) for meter in await desk.meters(ONE)}
    assert told == {"00-48210001": ("киловатт-час", "", False), "771": ("кубометр", "Водоканал", True)}


async def test_the_narrowest_window_holds(store: Store, desk: TableDesk) -> None:
    assert await windows(desk) == {"electricity": None, "water": None}
    await put(store, "from_day,to_day\n1,25\n")
    assert await windows(desk) == {"electricity": (1, 25, "next_period"), "water": (1, 25, "next_period")}
    header = "territory,house,resource,from_day,to_day,late\n"
    house = "г. Барнаул, ул. Северная, дом 5"
    rules = f',,,1,25,\nБарнаул,,,15,25,\nБарнаул,,water,20,25,\nБийск,,,10,12,\n,"{house}",,23,last,reject\n'
    await put(store, header + rules.splitlines()[0] + "\n" + "\n".join(rules.splitlines()[1:4]))
    assert await windows(desk) == {"electricity": (15, 25, "next_period"), "water": (20, 25, "next_period")}
    await put(store, header + rules)
    assert await windows(desk) == {"electricity": (23, 31, "reject"), "water": (23, 31, "reject")}
    assert await windows(desk, "7001234570") == {"electricity": (10, 12, "next_period")}
    assert await windows(desk, "7001234569") == {"electricity": (15, 25, "next_period")}


async def test_a_list_with_a_bad_line_replaces_nothing(store: Store, desk: TableDesk) -> None:
    await put(store, "from_day,to_day\n1,25\n")
    done, rejected = await put(store, "territory,from_day,to_day\n,1,20\nБарнаул,0,5\n,2,20\n")
    assert (done.taken, [where for where, _ in rejected]) == (0, ["a.csv:3", "a.csv:4", "a.csv"])
    assert "says the same" in rejected[1][1]
    assert "2 good lines" in rejected[2][1]
    assert (await windows(desk))["electricity"] == (1, 25, "next_period")


async def test_a_reading_is_held_against_the_one_before_its_own_period(
    store: Store, desk: TableDesk, clock: Hand
) -> None:
    """A late reading counts for the next month: in that month it may be corrected, downwards too."""
    await put(store, "territory,from_day,to_day\nБарнаул,15,25\n")
    await put(store, "territory,time_zone\nБарнаул,Asia/Barnaul\n")

    async def previous() -> int | None:
        (meter,) = [one for one in await desk.meters(ONE) if one.resource == "electricity"]
        return meter.meter.zones[0].previous

    await desk.store_reading(reading(12300, NOW))
    assert await previous() == 12200
    clock.at = datetime(2026, 3, 25, 16, 59, 59, tzinfo=UTC)  # 23:59:59 in Barnaul
    assert await previous() == 12200
    clock.at += timedelta(seconds=1)
    assert await previous() == 12300
    await desk.store_reading(reading(12400, clock.at))
    clock.at = datetime(2026, 4, 20, 9, tzinfo=UTC)
    assert await previous() == 12300
    (meter, _) = await desk.meters(ONE)
    assert isinstance(meter.window, Window)
    assert place(meter.window, clock.at, MOSCOW).period == date(2026, 4, 1)
    assert meter.window.zone == BARNAUL


async def test_the_suppliers_own_window_decides_where_a_period_begins(
    store: Store, desk: TableDesk, clock: Hand
) -> None:
    desk = TableDesk(store, "energosbyt", clock=clock, window=Window(15, 25))
    await desk.store_reading(reading(12300, datetime(2026, 3, 27, 9, tzinfo=UTC)))
    clock.at = datetime(2026, 4, 10, 9, tzinfo=UTC)
    (light, _) = await desk.meters(ONE)
    assert (light.meter.zones[0].previous, light.window) == (12200, None)
    clock.at = datetime(2026, 4, 26, 9, tzinfo=UTC)
    (light, _) = await desk.meters(ONE)
    assert light.meter.zones[0].previous == 12300


async def test_what_billing_only_echoes_may_still_be_corrected(store: Store, desk: TableDesk, clock: Hand) -> None:
    async def previous(loaded: int) -> int | None:
        line = f'{ONE},"г. Барнаул, ул. Северная, д. 5, кв. 12",Барнаул,00-48210001,{loaded},2026-03-18\n'
        await put(store, f"account,address,territory,serial,previous,previous_date\n{line}")
        (meter,) = await desk.meters(ONE)
        return meter.meter.zones[0].previous

    await desk.store_reading(reading(12250, NOW - timedelta(days=25)))
    await desk.store_reading(reading(12400, NOW))
    assert await previous(12400) == 12250
    assert await previous(12390) == 12390  # somebody read the meter


async def test_debts_are_told_by_provider_and_replaced_by_the_next_file(store: Store, desk: TableDesk) -> None:
    header = "account,principal,service,debt,penalty,as_of,period\n"
    await put(store, header + f"{ONE},,свет,1240.05,3.5,2026-03-01,за март\n{ONE},Водоканал,вода,-10,0,2026-03-02,\n")
    light, water = await desk.debt(ONE)
    assert (light.kopecks, light.penalty_kopecks, light.as_of, light.period) == (
        124005,
        350,
        date(2026, 3, 1),
        "за март",
    )
    assert (water.kopecks, water.principal, water.service) == (-1000, "Водоканал", "вода")
    done, rejected = await put(store, header + f"{ONE},,свет,0,0,2026-03-10,\n0000000000,,свет,5,0,2026-03-10,\n")
    assert (done.taken, [where for where, _ in rejected]) == (1, ["a.csv:3"])
    assert [(debt.kopecks, debt.service) for debt in await desk.debt(ONE)] == [(0, "свет")]
    assert await desk.debt("7001234568") == []


@pytest.mark.parametrize("secret", ["12", "0001", "48210001", "1234", "1234 50", "1-2", "771", "6789"])
async def test_a_secret_is_the_end_of_a_meters_number_the_flat_or_the_last_payment(
    desk: TableDesk, secret: str
) -> None:
    assert await desk.check_secret(ONE, secret) == (secret not in ("771", "6789"))


async def test_five_wrong_secrets_lock_an_account_for_half_an_hour_in_whatever_calls(
    store: Store, desk: TableDesk, clock: Hand
) -> None:
    other_call = TableDesk(store, "energosbyt", clock=clock)
    for asked in (desk, other_call, desk, other_call):
        assert not await asked.check_secret(ONE, "0000")
    with pytest.raises(SecretsLocked):
        await desk.check_secret(ONE, "0000")
    clock.at += timedelta(minutes=29, seconds=59)
    with pytest.raises(SecretsLocked):
        await other_call.check_secret(ONE, "0001")
    assert await desk.check_secret("7001234568", "13")
    clock.at += timedelta(seconds=1)
    assert await other_call.check_secret(ONE, "0001")


async def test_wrong_secrets_said_at_once_are_all_counted(desk: TableDesk) -> None:
    answers = await asyncio.gather(*(desk.check_secret(ONE, "0000") for _ in range(8)), return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, SecretsLocked)]
    with pytest.raises(SecretsLocked):
        await desk.check_secret(ONE, "0001")


async def test_a_right_secret_forgives_the_wrong_ones_and_so_does_a_day(desk: TableDesk, clock: Hand) -> None:
    for _ in range(3):
        for _ in range(4):
            assert not await desk.check_secret(ONE, "0000")
        assert await desk.check_secret(ONE, "0001")
    for _ in range(3):
        for _ in range(4):
            assert not await desk.check_secret(ONE, "0000")
        clock.at += timedelta(hours=25)


async def test_nobody_knows_the_secret_of_an_account_that_is_not_there(desk: TableDesk) -> None:
    assert not await desk.check_secret("0000000000", "12")


async def test_an_outage_is_told_to_those_it_reaches(store: Store, desk: TableDesk, clock: Hand) -> None:
    header = "outage,territory,streets,reason,since,until,planned\n"
    await put(
        store,
        header
        + "1,Барнаул,ул. Северная: 5|пер. Тихий,авария,2026-03-18 10:00,2026-03-18 18:00,\n"
        + "2,Барнаул,,ремонт,2026-03-20 10:00,,yes\n"
        + "3,Бийск,,ремонт,2026-03-18 10:00,,\n"
        + "4,Барнаул,ул. Южная,авария,2026-03-18 10:00,,\n"
        + "5,Барнаул,,давно,2026-03-17 10:00,2026-03-17 11:00,\n"
        + "6,Барнаул,,нескоро,2026-03-28 10:00,,yes\n",
    )
    told = await desk.outages(ONE)
    assert [(outage.reason, outage.planned) for outage in told] == [("авария", False), ("ремонт", True)]
    assert told[0].since == datetime(2026, 3, 18, 10, tzinfo=MOSCOW)
    assert [outage.reason for outage in await desk.outages("7001234569")] == ["ремонт"]
    clock.at = datetime(2026, 3, 18, 15, tzinfo=UTC)
    assert [outage.reason for outage in await desk.outages(ONE)] == ["ремонт"]
    assert await desk.outages("0000000000") == []


async def test_a_request_has_a_number_people_can_say_and_is_opened_once(store: Store, desk: TableDesk) -> None:
    first = NewRequest(ONE, "sealing", uuid4(), NOW, phone="+79130000001", wanted_on=date(2026, 3, 20), words="пломба")
    assert (await desk.open_request(first)).number == "1001"
    assert (await desk.open_request(first)).number == "1001"
    second = NewRequest(ONE, "complaint", uuid4(), NOW + timedelta(minutes=1))
    again = await asyncio.gather(*(desk.open_request(second) for _ in range(5)))
    assert len({one.number for one in again}) == 1
    assert [(one.kind, one.status) for one in await desk.requests(ONE)] == [("complaint", "new"), ("sealing", "new")]
    assert await TableDesk(store, "vodokanal").requests(ONE) == []


async def test_a_file_brings_the_state_of_requests_and_never_what_was_asked(
    store: Store, desk: TableDesk, clock: Hand
) -> None:
    await desk.open_request(NewRequest(ONE, "sealing", uuid4(), NOW))
    header = "request,account,request_kind,status,opened,planned_on,closed\n"
    done, rejected = await put(
        store,
        header
        + f"1001,{ONE},check,done,2020-01-01 10:00,2026-03-19,2026-03-18 11:00\n"
        + f"2044,{ONE},certificate,in_work,2026-03-10 10:00,,\n",
    )
    assert (done.taken, rejected) == (2, [])
    told = {one.number: (one.kind, one.status, one.at.year) for one in await desk.requests(ONE)}
    assert told == {"1001": ("sealing", "done", 2026), "2044": ("certificate", "in_work", 2026)}
    _, rejected = await put(store, header + "2044,7001234568,certificate,in_work,2026-03-10 10:00,,\n")
    assert "another account" in rejected[0][1]
    assert (await desk.open_request(NewRequest(ONE, "check", uuid4(), NOW))).number == "2045"
    clock.at += timedelta(days=32)
    assert {one.number for one in await desk.requests(ONE)} == {"2044", "2045"}


@pytest.mark.parametrize(
    ("heard", "numbers"),
    [
        ("барнаул северная дом пять", [ONE, "7001234568"]),
        ("улица северная дом пять квартира тринадцать", ["7001234568"]),
        ("северная пять а", ["7001234569"]),
        ("северная семь", ["7001234570"]),
        ("северная девять", []),
        ("северная", []),
        ("барнаул северная семь", []),
        ("южная пять", []),
    ],
)
async def test_an_account_is_found_by_its_said_address_or_not_at_all(
    desk: TableDesk, heard: str, numbers: list[str]
) -> None:
    assert [one.number for one in await desk.accounts_by_address(heard)] == numbers
    assert said(heard) is not None or not numbers


async def test_an_account_is_found_by_its_meters_number(desk: TableDesk) -> None:
    for serial in ("48210001", "0048210001", "48 21 00-01"):
        assert [one.number for one in await desk.accounts_by_serial(serial)] == [ONE]
    for serial in ("", "0001", "-"):
        assert await desk.accounts_by_serial(serial) == []


async def test_what_was_taken_and_what_was_only_heard_is_told_newest_first(desk: TableDesk, clock: Hand) -> None:
    await desk.store_reading(reading(12300, NOW - timedelta(days=40)))
    await desk.store_reading(reading(12400, NOW))
    both = ReadingToStore(ONE, "s9", {"day": 1, "night": 2}, {"day": uuid4(), "night": uuid4()}, NOW, source="keys")
    await desk.store_reading(both)
    taken = await desk.taken(ONE, NOW - timedelta(days=30))
    assert {(one.serial, one.source, one.delivered) for one in taken} == {
        ("00-48210001", "voice", True), ("s9", "keys", True),
    }  # fmt: skip
    assert [dict(one.values) for one in taken if one.serial == "s9"] == [{"day": 1, "night": 2}]
    for words in ("двенадцать", "двенадцать триста"):
        await desk.keep_draft(ONE, "771", {"single": words}, None)
        clock.at += timedelta(minutes=1)
    drafts = await desk.drafts(ONE, NOW)
    assert [draft.heard["single"] for draft in drafts] == ["двенадцать триста", "двенадцать"]
    assert await desk.drafts(ONE, clock.at) == []


async def test_refused_readings_are_counted_by_the_suppliers_day(desk: TableDesk) -> None:
    late = datetime(2026, 3, 18, 20, 59, tzinfo=UTC)  # a minute before midnight in Moscow
    await asyncio.gather(*(desk.note_bad_try(ONE, late) for _ in range(3)))
    await desk.note_bad_try(ONE, late + timedelta(minutes=2))
    assert [await desk.bad_tries(ONE, date(2026, 3, day)) for day in (17, 18, 19)] == [0, 3, 1]
    assert await desk.bad_tries("7001234568", date(2026, 3, 18)) == 0


async def test_a_database_that_is_gone_is_a_desk_that_is_away(desk: TableDesk, store: Store) -> None:
    from sqlalchemy import text

    async with store.writing() as connection:
        for table in ("accounts", "meters", "bad_tries", "requests", "secret_tries", "debts"):
            await connection.execute(text(f"ALTER TABLE {table} RENAME TO {table}_away"))
    for asking in (
        desk.account(ONE),
        desk.meters(ONE),
        desk.debt(ONE),
        desk.note_bad_try(ONE, NOW),
        desk.open_request(NewRequest(ONE, "check", uuid4(), NOW)),
        desk.check_secret(ONE, "12"),
    ):
        with pytest.raises(DeskAway):
            await asking


async def test_the_invented_accounts_show_everything_a_line_can_meet(tmp_path: Path) -> None:
    settings = settings_of(data=tmp_path, dialplans=shipped_dialplans())
    async with await open_store(settings) as store:
        clock = Hand()
        await load_demo(store, settings, clock)
        desk = TableDesk(store, "energosbyt", clock=clock)
        zones = {len(meter.meter.zones) for n in range(67, 82) for meter in await desk.meters(f"70012345{n}")}
        assert zones == {1, 2, 3}
        assert len(await desk.accounts_by_phone("+79130000006")) == 2
        assert sum(debt.kopecks for debt in await desk.debt("7001234574")) > 0
        assert sum(debt.kopecks for debt in await desk.debt("7001234575")) < 0
        assert [outage.planned for outage in await desk.outages("7001234576")] == [False]
        assert [request.status for request in await desk.requests("7001234577")] == ["in_work"]
        assert [meter.smart for meter in await desk.meters("7001234578")] == [True]
        assert {meter.resource for meter in await desk.meters("7001234579")} == {"water", "electricity"}
        business = await desk.account("7001234580")
        assert business is not None
        assert business.business
        (strict,) = await desk.meters("7001234581")
        assert strict.window == Window(23, 25, "reject", BARNAUL)
