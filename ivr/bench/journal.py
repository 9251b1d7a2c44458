"""`gudok bench journal`: how many calls a second the journal writes, and how soon a month of a million is reported.

On SQLite and on PostgreSQL, each in a folder that goes. What is reported quickly is sums; that they are the sums of the
calls is looked at in the same run: of the calls that were written all, of the month one day.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.bench.month import DAYS, SUPPLIER, make_month
from ivr.bench.postgres import postgres
from ivr.bench.report import Figure, Report, middle
from ivr.ids import new_id
from ivr.journal import metrics
from ivr.journal.agreement import disagreements
from ivr.journal.contacts import Wanted, contacts
from ivr.journal.counting import count_all
from ivr.journal.events import Kind
from ivr.journal.periods import By
from ivr.journal.reports import disclosure, service
from ivr.journal.reports.sheet import as_text
from ivr.journal.rollups import recount_between, tallies_by
from ivr.journal.tallies import by_period
from ivr.journal.writer import CallJournal, Journal
from ivr.settings import load
from ivr.store import Store, open_store

ZONE = ZoneInfo("Europe/Moscow")
START = datetime(2026, 11, 1, tzinfo=ZONE).astimezone(UTC)
CALLS_A_SECOND = 2_000
REPORT_SECONDS = 1.0
WRITTEN, WRITTEN_QUICK = 20_000, 3_000
MONTH, MONTH_QUICK = 1_000_000, 50_000
REPORTS = 5
"""How often each report is made; the middle counts."""

Tell = Callable[[str], None]


async def measure(*, quick: bool, tell: Tell) -> Report:
    figures: list[Figure] = []
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(postgres())
        for database, where in (("SQLite", None), ("PostgreSQL", url)):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gudok-bench-"))
            async with await open_store(load(data=Path(folder), database=where)) as store:
                figures += await _of(store, database, quick=quick, tell=tell)
    return Report("journal", REPORTS, tuple(figures))


async def _of(store: Store, database: str, *, quick: bool, tell: Tell) -> list[Figure]:
    written, calls = (WRITTEN_QUICK, MONTH_QUICK) if quick else (WRITTEN, MONTH)
    seconds = await _seconds(_write, store, written)
    rate = written / seconds
    tell(f"{database}: {written} calls of 10 events written in {seconds:.1f} s, {rate:.0f} a second")
    counting = await _seconds(count_all, store)
    tell(f"{database}: counted in {counting:.1f} s")
    day = START - timedelta(days=1)
    wrong = [one async for one in disagreements(store, SUPPLIER, day, START)]
    made = await _seconds(make_month, store, START, calls)
    tell(f"{database}: a month of {calls} calls made in {made:.1f} s")
    end = START + timedelta(days=DAYS)
    summing = await _seconds(_sum_up, store)
    tell(f"{database}: summed up in {summing:.1f} s")
    waits = middle([await _seconds(_waits, store, end) for _ in range(REPORTS)])
    levels = middle([await _seconds(_levels, store, end) for _ in range(REPORTS)])
    off = await _off(store)
    tell(f"{database}: F1 in {waits:.2f} s, service level by 30 minutes in {levels:.2f} s")
    of = f"{calls:,} calls of a month".replace(",", " ") + (", scaled down by --quick" if quick else "")
    needed = f"{CALLS_A_SECOND} calls/s needed"
    return [
        Figure(f"calls written, {database}", round(rate), "calls/s", needed, round(CALLS_A_SECOND / rate, 3), 1.0),
        Figure(f"calls counted, {database}", round(written / counting), "calls/s", "contacts, segments and sums"),
        Figure(f"F1, {database}", waits, "s", of, budget=REPORT_SECONDS),
        Figure(f"service level by 30 min, {database}", levels, "s", of, budget=REPORT_SECONDS),
        Figure(f"a month summed up again, {database}", round(summing, 2), "s", of),
        Figure(f"differences between sums and calls, {database}", len(wrong) + off, "differences", "a day", budget=0),
    ]


async def _seconds(what: Callable[..., Awaitable[object]], *given: object) -> float:
    began = time.monotonic()
    await what(*given)
    return time.monotonic() - began


async def _write(store: Store, calls: int) -> None:
    """Through the writer that calls use, ten events each; done when the last is durable."""
    first = START - timedelta(days=1)
    async with Journal(store, node="bench") as journal:
        for number in range(calls):
            at = first + timedelta(seconds=number * 80_000 / calls)
            pen = journal.open_call(SUPPLIER, new_id(at))
            _call(pen, at, number)
            if journal.waiting >= 16_000:
                await pen.durable(60)
            elif number % 20 == 0:
                await asyncio.sleep(0)  # as between the events of real calls
        await pen.durable(60)


def _call(pen: CallJournal, at: datetime, number: int) -> None:
    def then(seconds: float, kind: Kind, **data: object) -> None:
        pen.note_at(at + timedelta(seconds=seconds), kind, **data)

    operator, wait, talk = str(101 + number % 40), number % 90, 30 + number % 300
    then(0, Kind.ARRIVED, dialled="88003505566", caller=f"+7913{number:07}", uniqueid=f"1.{number}", version=3)
    then(0.1, Kind.ANSWERED)
    then(0.2, Kind.STEP, flow="main", step="topic", verb="ask")
    then(0.3, Kind.SAID, text="Здравствуйте! Вы позвонили в Энергосбыт. Скажите, по какому вопросу вы звоните?")
    then(5, Kind.HEARD, text="долг узнать", words=[["долг", 0.98], ["узнать", 0.95]])
    then(5.1, Kind.UNDERSTOOD, act="choice", values={"choice": "debt"}, verdict={}, by="voice")
    then(6, Kind.QUEUED, queue="bench-operators", position=1)
    then(6 + wait, Kind.CONNECTED, operator=operator, queue="bench-operators", hold_seconds=wait)
    then(6 + wait, Kind.BRIDGED, bridge=f"b{number}", type="basic", others=[operator])
    then(6 + wait + talk, Kind.HUNG_UP, cause=16)


async def _sum_up(store: Store) -> None:
    async with store.writing() as connection:
        await recount_between(connection, SUPPLIER, START, START + timedelta(days=DAYS + 1))


async def _waits(store: Store, end: datetime) -> None:
    tallies = await tallies_by(store, SUPPLIER, START, end, By.MONTH, ZONE)
    as_text(disclosure.waits({(at.year, at.month): tally for at, tally in tallies.items()}))


async def _levels(store: Store, end: datetime) -> None:
    tallies = await tallies_by(store, SUPPLIER, START, end, By.HALF, ZONE)
    as_text(service.service_level(tallies, By.HALF))


async def _off(store: Store) -> int:
    """Half hours of the month's first day whose kept sums are not those of its calls' segments."""
    end = START + timedelta(days=1)
    calls = [one async for one in contacts(store, SUPPLIER, Wanted(START, end))]
    of_segments = by_period(calls, By.HALF, ZONE)
    kept = await tallies_by(store, SUPPLIER, START, end, By.HALF, ZONE)
    last = max(kept)  # calls that arrive before midnight and queue after it are the next day's
    periods = {at for at in (*of_segments, *kept) if at < last}
    return sum(of_segments.get(at, metrics.NOTHING) != kept.get(at, metrics.NOTHING) for at in periods)
