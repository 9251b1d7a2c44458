"""Ordering callbacks, on SQLite and on PostgreSQL: one promise a telephone and day, whatever comes at once."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from ivr.call.services import CallbackWanted
from ivr.clock import SystemClock
from ivr.outbound.callbacks import CallbackBook
from ivr.outbound.numbers import ringable
from ivr.store import Store

ZONE = ZoneInfo("Asia/Barnaul")
MORNING = datetime(2026, 11, 24, 3, 15, tzinfo=UTC)  # 10:15 in Barnaul


class Stopped(SystemClock):
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def book(store: Store, at: datetime = MORNING, supplier: str = "energosbyt") -> CallbackBook:
    return CallbackBook(store, supplier, Stopped(at), ZONE, own_numbers=["88003505566", "83852000000"])


def wanted(phone: str, topic: str, *, at: datetime | None = None, day: date | None = None) -> CallbackWanted:
    return CallbackWanted("operators", phone, at, topic, uuid4(), day=day)


async def test_a_second_request_of_the_day_joins_the_first_and_keeps_its_place(store: Store) -> None:
    first = await book(store).order(wanted("89131112233", "показания"))
    await book(store, MORNING + timedelta(seconds=1)).order(wanted("+79132223344", "долг"))
    again = await book(store, MORNING + timedelta(hours=1)).order(wanted("+7 913 111-22-33", "жалоба"))
    assert (first.how, again.how) == ("made", "merged")
    assert again.at == first.at == MORNING + timedelta(hours=2)
    waiting = await book(store).waiting()
    assert [(one.phone, one.topic, one.requests) for one in waiting] == [
        ("+79131112233", "жалоба", 2),
        ("+79132223344", "долг", 1),
    ]


async def test_ten_requests_at_once_are_one_promise(store: Store) -> None:
    ordered = await asyncio.gather(*(book(store).order(wanted("89131112233", "")) for _ in range(10)))
    assert sorted(one.how for one in ordered) == ["made", *["merged"] * 9]
    [one] = await book(store).waiting()
    assert one.requests == 10


async def test_the_next_day_and_another_supplier_have_promises_of_their_own(store: Store) -> None:
    await book(store).order(wanted("89131112233", ""))
    assert (await book(store, MORNING + timedelta(days=1)).order(wanted("89131112233", ""))).how == "made"
    assert (await book(store, supplier="teplosbyt").order(wanted("89131112233", ""))).how == "made"
    assert len(await book(store).waiting()) == 2


async def test_what_is_cancelled_or_served_is_closed_once(store: Store) -> None:
    await book(store).order(wanted("89131112233", ""))
    [one] = await book(store).waiting()
    assert await book(store).cancel(one.id, "передумал")
    assert not await book(store).cancel(one.id, "ещё раз")
    assert (await book(store).order(wanted("89131112233", ""))).how == "made"
    assert await book(store).served_inbound("89131112233") == 1
    assert await book(store).waiting() == []


async def test_nobody_is_promised_a_call_in_the_past_or_at_night(store: Store) -> None:
    for hours in (-1, 12, 22):  # an hour ago, at 22:15, at 8:15
        at = MORNING + timedelta(hours=hours)
        assert (await book(store).order(wanted("89131112233", "", at=at))).how == "refused"
    evening = MORNING + timedelta(hours=8)
    ordered = await book(store).order(wanted("89131112233", "", at=evening))
    assert (ordered.how, ordered.at) == ("made", evening)


async def test_a_day_without_an_hour_is_its_morning_and_today_is_an_hour_from_now(store: Store) -> None:
    tomorrow = await book(store).order(wanted("89131112233", "", day=date(2026, 11, 25)))
    assert tomorrow.at == datetime(2026, 11, 25, 9, tzinfo=ZONE)
    today = await book(store).order(wanted("89131112244", "", day=date(2026, 11, 24)))
    assert today.at == MORNING + timedelta(hours=1)


@pytest.mark.parametrize(
    ("phone", "rung"),
    [
        ("89131112233", "+79131112233"),
        ("8 (3852) 12-34-56", "+73852123456"),
        ("88003505566", None),
        ("88001112233", None),
        ("88043334455", None),
        ("83852000000", None),
        ("112", None),
        ("+4915112345678", None),
        ("+77011234567", None),
        ("анонимный", None),
        ("", None),
    ],
)
def test_only_somebodys_telephone_in_russia_is_rung(phone: str, rung: str | None) -> None:
    assert ringable(phone, ["83852000000"]) == rung
