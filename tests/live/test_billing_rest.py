"""Somebody's billing over HTTP: what it says reaches the dialogue, and what a caller gave reaches it, once."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from live.billing_receiver import Mood, Receiver

from bots.desk import DeskAway, NewRequest, ReadingToStore, SecretsLocked
from ivr.billing.files.load import load
from ivr.billing.files.sheets import CsvSheet
from ivr.billing.port import BillingPort
from ivr.billing.rest import BILLING, RestDesk
from ivr.clock import SystemClock
from ivr.outbox import Outbox
from ivr.settings import Settings, SettingsError
from ivr.settings import load as settings_of
from ivr.store import Store, open_store

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
ACCOUNT = "7001234567"


class At(SystemClock):
    """A day that stands still until it is moved, with seconds that pass."""

    def __init__(self) -> None:
        self.later = timedelta()

    def now(self) -> datetime:
        return NOW + self.later

    def monotonic(self) -> float:
        return super().monotonic() + self.later.total_seconds()


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    async with Receiver(tmp_path / "ledger.jsonl", "s3cret").serving() as serving:
        yield serving


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path, receiver: Receiver) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    told = settings_of(data=tmp_path, database=url, billing={"kind": "rest", "url": receiver.url, "seconds": 1.0})
    told.places.make()
    token = told.places.secrets / "billing-token"
    token.write_text("s3cret\n", encoding="ascii")
    return told


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with await open_store(settings) as opened:
        yield opened


@pytest.fixture
def clock() -> At:
    return At()


@pytest.fixture
async def port(settings: Settings, store: Store, clock: At) -> AsyncIterator[BillingPort]:
    async with BillingPort(settings, store, clock) as opened:
        yield opened


@pytest.fixture
async def desk(port: BillingPort) -> RestDesk:
    made = await port.desk("energosbyt", MOSCOW)
    assert isinstance(made, RestDesk)
    return made


def reading(day: int = 12345, night: int | None = None) -> ReadingToStore:
    values = {"day": day} if night is None else {"day": day, "night": night}
    return ReadingToStore(ACCOUNT, "48210001", values, {zone: uuid4() for zone in values}, NOW, call=uuid4())


async def delivered(port: BillingPort, clock: At, store: Store) -> None:
    """Until the outbox holds nothing any more, a quarter of an hour at a time."""
    box = Outbox(store, clock)
    for _ in range(100):
        if not await box.find("energosbyt"):
            return
        clock.later += timedelta(minutes=15)
        await port.delivery.deliver_due()
    raise AssertionError(await box.find("energosbyt"))


async def test_what_billing_says_is_what_the_dialogue_hears(desk: RestDesk) -> None:
    (account,) = await desk.accounts_by_phone("8 913 000-00-01")
    assert (account.number, account.house, account.time_zone) == (
        ACCOUNT, "г. Барнаул, ул. Северная, д. 5", "Asia/Barnaul",
    )  # fmt: skip
    assert await desk.account(ACCOUNT) == account
    assert await desk.account("0000000000") is None
    assert await desk.accounts_by_serial("48210001") == [account]
    assert await desk.accounts_by_address("улица северная дом пять") == [account]
    assert await desk.accounts_by_address("улица северная дом шесть") == []
    assert await desk.accounts_by_phone("anonymous") == []
    (meter,) = await desk.meters(ACCOUNT)
    assert [(zone.name, zone.previous, zone.days) for zone in meter.meter.zones] == [
        ("day", 12200, 30), ("night", None, 30),
    ]  # fmt: skip
    assert meter.window is not None
    assert (meter.window.from_day, meter.window.to_day, meter.window.late) == (15, 31, "reject")
    assert meter.window.zone == ZoneInfo("Asia/Barnaul")
    (debt,) = await desk.debt(ACCOUNT)
    assert (debt.kopecks, debt.as_of) == (-1050, date(2026, 3, 1))
    (outage,) = await desk.outages(ACCOUNT)
    assert outage.reason == "авария"
    (request,) = await desk.requests(ACCOUNT)
    assert (request.number, request.status) == ("Б-7", "in_work")


async def test_a_reading_arrives_with_the_keys_of_its_read_back(desk: RestDesk, receiver: Receiver) -> None:
    both = reading(12345, 6789)
    assert await desk.store_reading(both) == "stored"
    assert await desk.store_reading(both) == "stored"
    (entry,) = receiver.stored("readings")
    assert {zone["name"]: (zone["value"], zone["key"]) for zone in entry["body"]["zones"]} == {
        "day": (12345, str(both.keys["day"])),
        "night": (6789, str(both.keys["night"])),
    }
    one = reading()
    await desk.store_reading(one)
    assert receiver.stored("readings")[1]["key"] == str(one.keys["day"])


@pytest.mark.parametrize(
    "mood", ["slow", "failing", "gateway", "busy", "cut_before", "cut_after", "forbidden", "redirects"]
)
async def test_billing_in_a_bad_mood_gets_each_reading_once_when_it_is_well_again(
    desk: RestDesk, receiver: Receiver, store: Store, port: BillingPort, clock: At, mood: Mood
) -> None:
    receiver.mood = mood
    given = [reading(12345 + n) for n in range(4)]
    for each in given:
        began = monotonic()
        assert await desk.store_reading(each) == "outbox"
        assert monotonic() - began < 4.0
    taken = await desk.taken(ACCOUNT, NOW - timedelta(days=1))
    assert {(one.values["day"], one.delivered) for one in taken} == {(12345 + n, False) for n in range(4)}
    receiver.mood = "well"
    await delivered(port, clock, store)
    entries = receiver.stored("readings")
    assert sorted(entry["key"] for entry in entries) == sorted(str(each.keys["day"]) for each in given)
    (theirs,) = await desk.taken(ACCOUNT, NOW - timedelta(days=1))
    assert theirs.source == "office"


async def test_a_refused_reading_is_kept_for_a_person(desk: RestDesk, receiver: Receiver, store: Store) -> None:
    receiver.mood = "refuses"
    assert await desk.store_reading(reading()) == "outbox"
    (aside,) = await Outbox(store, At()).find("energosbyt")
    assert (aside.state, "no such account" in aside.reason) == ("set_aside", True)


async def test_a_key_that_holds_something_else_is_refused(desk: RestDesk, receiver: Receiver) -> None:
    with receiver.ledger.open("w") as file:
        one = reading()
        file.write(f'{{"what": "readings", "key": "{one.keys["day"]}", "body": {{}}}}\n')
    assert await desk.store_reading(one) == "outbox"


async def test_while_billing_does_not_answer_calls_are_told_so_at_once(desk: RestDesk, receiver: Receiver) -> None:
    receiver.mood = "slow"
    waited = []
    for _ in range(5):
        began = monotonic()
        with pytest.raises(DeskAway):
            await desk.accounts_by_phone("+79130000001")
        waited.append(monotonic() - began)
    assert max(waited) < 3.0
    assert max(waited[3:]) < 0.7


@pytest.mark.parametrize("mood", ["failing", "gateway", "garbage", "cut_before", "forbidden", "redirects"])
async def test_what_cannot_be_understood_is_no_answer(desk: RestDesk, receiver: Receiver, mood: Mood) -> None:
    receiver.mood = mood
    for asking in (desk.accounts_by_phone("+79130000001"), desk.meters(ACCOUNT), desk.debt(ACCOUNT)):
        with pytest.raises(DeskAway):
            await asking


async def test_one_lost_connection_costs_the_caller_nothing(desk: RestDesk, receiver: Receiver) -> None:
    receiver.mood = "cut_once"
    assert len(await desk.accounts_by_phone("+79130000001")) == 1
    assert receiver.asked["accounts"] == 2
    receiver.mood = "cut_once"
    assert await desk.store_reading(reading()) == "stored"
    assert (receiver.asked["readings"], len(receiver.stored("readings"))) == (2, 1)


async def test_while_billing_is_away_accounts_that_were_loaded_here_will_do(
    desk: RestDesk, receiver: Receiver, store: Store
) -> None:
    lines = [b"account,address,phones,serial\n", b"7001234567,Barnaul,+79130000001,48210001\n"]
    sheet = CsvSheet("a.csv", lambda: lines)
    await load(store, "energosbyt", sheet, now=NOW, reject=lambda where, why: None)
    receiver.mood = "gateway"
    (account,) = await desk.accounts_by_phone("+79130000001")
    assert [meter.serial for meter in await desk.meters(account.number)] == ["48210001"]
    assert await desk.store_reading(reading()) == "outbox"
    with pytest.raises(DeskAway):
        await desk.accounts_by_phone("+79130000009")
    with pytest.raises(DeskAway):
        await desk.debt(ACCOUNT)


async def test_a_request_has_billings_number_or_ours_and_is_opened_once(
    desk: RestDesk, receiver: Receiver, store: Store, port: BillingPort, clock: At
) -> None:
    first, second = (NewRequest(ACCOUNT, "sealing", uuid4(), NOW, words="пломба") for _ in range(2))
    assert (await desk.open_request(first)).number == "Б-1001"
    receiver.mood = "cut_after"
    ours = await desk.open_request(second)
    assert ours.number == "1002"
    assert (await desk.open_request(second)).number == "1002"
    receiver.mood = "well"
    assert [each.number for each in await desk.requests(ACCOUNT)] == ["1002", "Б-7"]
    await delivered(port, clock, store)
    assert [entry["body"]["number"] for entry in receiver.stored("requests")] == ["1001", "1002"]
    assert [each.number for each in await desk.requests(ACCOUNT)] == ["Б-7"]


async def test_wrong_secrets_lock_an_account_whoever_judges_them(desk: RestDesk) -> None:
    assert await desk.check_secret(ACCOUNT, "0001")
    for _ in range(4):
        assert not await desk.check_secret(ACCOUNT, "1111")
    for secret in ("1111", "0001"):
        with pytest.raises(SecretsLocked):
            await desk.check_secret(ACCOUNT, secret)


async def test_a_wrong_token_loses_nothing(settings: Settings, store: Store, receiver: Receiver, clock: At) -> None:
    token = settings.places.secrets / "billing-token"
    token.write_text("stale\n", encoding="ascii")
    async with BillingPort(settings, store, clock) as port:
        desk = await port.desk("energosbyt", MOSCOW)
        assert await desk.store_reading(reading()) == "outbox"
    token.write_text("s3cret\n", encoding="ascii")
    async with BillingPort(settings, store, clock) as port:
        await port.desk("energosbyt", MOSCOW)
        await delivered(port, clock, store)
    assert len(receiver.stored("readings")) == 1


async def test_a_wrong_address_is_no_customer_who_is_not_there(
    settings: Settings, store: Store, receiver: Receiver, clock: At
) -> None:
    told = settings.billing.model_copy(update={"url": receiver.url.replace("/v1", "/v2")})
    async with BillingPort(settings.model_copy(update={"billing": told}), store, clock) as port:
        desk = await port.desk("energosbyt", MOSCOW)
        with pytest.raises(DeskAway, match=r"billing\.url"):
            await desk.accounts_by_phone("+79130000001")
        assert await desk.store_reading(reading()) == "outbox"


async def test_our_own_database_away_a_reading_goes_straight_to_billing(
    desk: RestDesk, receiver: Receiver, store: Store
) -> None:
    from sqlalchemy import text

    async with store.writing() as connection:
        await connection.execute(text("ALTER TABLE readings RENAME TO readings_away"))
    one = reading()
    assert await desk.store_reading(one) == "stored"
    assert [entry["key"] for entry in receiver.stored("readings")] == [str(one.keys["day"])]
    receiver.mood = "gateway"
    with pytest.raises(DeskAway):
        await desk.store_reading(reading())


def test_settings_say_where_billing_is(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="needs url"):
        settings_of(data=tmp_path, billing={"kind": "rest"})
    assert settings_of(data=tmp_path).billing.kind == "tables"
    (tmp_path / "gudok.toml").write_text('[billing]\nkind = "rest"\nurl = "https://billing.example/{supplier}/v1"\n')
    assert settings_of(data=tmp_path).billing.url == "https://billing.example/{supplier}/v1"


async def test_suppliers_that_are_not_there_keep_their_own_tables(settings: Settings, store: Store) -> None:
    told = settings.model_copy(update={"billing": settings.billing.model_copy(update={"suppliers": ("energosbyt",)})})
    async with BillingPort(told, store, At()) as port:
        assert isinstance(await port.desk("energosbyt", MOSCOW), RestDesk)
        assert not isinstance(await port.desk("vodokanal", MOSCOW), RestDesk)
    assert BILLING == "billing"
