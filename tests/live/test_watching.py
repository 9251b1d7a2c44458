"""The watch on both databases: told once, also over restarts; letters by real SMTP; reports once a period."""

import asyncio
import email
import io
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from ivr.alerts.rules import Rule
from ivr.alerts.schedule import Scheduled
from ivr.alerts.settings import Alerts
from ivr.alerts.tables import alerts
from ivr.ids import new_id
from ivr.journal.counting import count_all
from ivr.journal.events import Kind
from ivr.journal.writer import Journal
from ivr.messages.gateways import SmtpGateway
from ivr.messages.letters import DESTINATION, LetterCarrier
from ivr.outbox import Delivery, Outbox
from ivr.service.measures import Figure
from ivr.service.watching import Watching
from ivr.store import Store
from ivr.webhooks.subscription import Subscription

MOSCOW = ZoneInfo("Europe/Moscow")
DISK = Rule("disk", "disk", 5000, 6000, "below", to=("duty@example.ru", "boss@example.ru"))
REPORT = Scheduled("f1", "waits", ("office@example.ru",))


class Hand:
    """A clock moved by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@asynccontextmanager
async def mail_server() -> AsyncIterator[tuple[list[EmailMessage], SmtpGateway]]:
    """An SMTP server of a few words that keeps what it is given."""
    box: list[EmailMessage] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(text: str) -> None:
            writer.write(f"{text}\r\n".encode())

        say("220 mail.test ESMTP")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                say("354 go on")
                lines = []
                while (got := await reader.readline()) not in (b".\r\n", b""):
                    lines.append(got)
                box.append(cast(EmailMessage, email.message_from_bytes(b"".join(lines), policy=default)))
            elif line.upper().startswith(b"QUIT"):
                break
            say("250 fine")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield box, SmtpGateway("127.0.0.1", server.sockets[0].getsockname()[1], "line@energosbyt.test")


def watching(store: Store, clock: Hand, told: Alerts, *, mail: bool = True) -> Watching:
    made = Watching(store, Outbox(store, clock), clock, mail=mail, wake=lambda: None)
    webhook = Subscription("duty", "http://127.0.0.1:9/", frozenset({"alert"}))
    made.know("energosbyt", "Энергосбыт", MOSCOW, told, [webhook])
    return made


def free(megabytes: float) -> list[Figure]:
    return [Figure("disk_free_bytes", "", megabytes * (1 << 20))]


async def waiting(store: Store, clock: Hand) -> list[tuple[str, Any]]:
    found = await Outbox(store, clock).find("energosbyt")
    return sorted(((one.key, one.payload) for one in found), key=lambda one: (one[1].get("at", ""), one[0]))


async def test_an_alert_is_told_once_over_restarts_and_so_is_its_end(store: Store) -> None:
    clock = Hand(datetime(2026, 3, 4, 9, tzinfo=UTC))
    told = Alerts((DISK,))
    first = watching(store, clock, told)
    assert [await first.look(free(4000)), await first.look(free(3000))] == [1, 0]
    # The service is killed and started again.
    second = watching(store, clock, told)
    await second.remember()
    await clock.sleep(600)
    assert await second.look(free(2000)) == 0
    assert [figure.value for figure in second.figures() if figure.name == "alerts_raised"] == [1]
    assert await second.look(free(7000)) == 1
    third = watching(store, clock, told)
    await third.remember()
    assert await third.look(free(7000)) == 0
    found = await waiting(store, clock)
    assert [payload["to"] for key, payload in found if "raised" in key and "to" in payload] == sorted(DISK.to)
    assert [payload["to"] for key, payload in found if "cleared" in key and "to" in payload] == sorted(DISK.to)
    (raised, cleared) = (payload["alert"] for _, payload in found if payload.get("event") == "alert")
    assert (raised["state"], raised["value"], cleared["state"], cleared["worst"]) == ("raised", 4000, "cleared", 2000)
    async with store.reading() as connection:
        (row,) = (await connection.execute(select(alerts))).all()
    assert row.cleared_at == clock.now()


async def test_what_could_not_be_written_is_told_at_the_next_look(store: Store) -> None:
    clock = Hand(datetime(2026, 3, 4, 9, tzinfo=UTC))
    made = watching(store, clock, Alerts((DISK,)))
    engine, store.engine = store.engine, cast(Any, None)
    with pytest.raises(AttributeError):
        await made.look(free(4000))
    store.engine = engine
    assert await made.look(free(4000)) == 1


async def test_a_letter_of_an_alert_is_read_by_people(store: Store) -> None:
    clock = Hand(datetime(2026, 3, 4, 9, tzinfo=UTC))
    await watching(store, clock, Alerts((DISK,))).look(free(4000))
    async with mail_server() as (box, gateway):
        delivery = Delivery(Outbox(store, clock), clock, chance=random.Random(1))
        delivery.serve("energosbyt", DESTINATION, LetterCarrier(gateway))
        await delivery.deliver_due()
    assert sorted(str(one["To"]) for one in box) == ["boss@example.ru", "duty@example.ru"]
    assert box[0]["Subject"] == "Тревога: На диске мало места: 4000 МБ — Энергосбыт"
    assert "Освободите место" in box[0].get_content()


async def served(store: Store, arrived: datetime, wait: float, talk: float) -> None:
    """A call that was answered after so many seconds."""
    async with Journal(store, node="node1") as journal:
        pen = journal.open_call("energosbyt", new_id(arrived))
        queued, talks = arrived + timedelta(seconds=5), arrived + timedelta(seconds=5 + wait)
        pen.note_at(arrived, Kind.ARRIVED, caller="+79130000001", dialled="88003505566")
        pen.note_at(queued, Kind.QUEUED, queue="operators", position=1)
        pen.note_at(talks, Kind.CONNECTED, operator="101", hold_seconds=round(wait))
        pen.note_at(talks, Kind.BRIDGED, bridge="b", type="basic", others=["101"])
        pen.note_at(talks + timedelta(seconds=talk), Kind.UNBRIDGED, bridge="b")
        pen.note_at(talks + timedelta(seconds=talk), Kind.HUNG_UP, cause=16)
        await pen.durable()
    await count_all(store)


async def test_last_months_report_goes_out_on_the_first_once_as_a_spreadsheet(store: Store) -> None:
    await served(store, datetime(2026, 2, 10, 9, tzinfo=UTC), 22, 140)
    clock = Hand(datetime(2026, 3, 1, 7, 59, tzinfo=MOSCOW))
    told = Alerts(reports=(REPORT,))
    assert await watching(store, clock, told).send_reports() == 0
    await clock.sleep(60)
    assert await watching(store, clock, told).send_reports() == 1
    assert await watching(store, clock, told).send_reports() == 0  # after a restart
    async with mail_server() as (box, gateway):
        delivery = Delivery(Outbox(store, clock), clock, chance=random.Random(1))
        delivery.serve("energosbyt", DESTINATION, LetterCarrier(gateway))
        await delivery.deliver_due()
    assert await watching(store, clock, told).send_reports() == 0  # delivered already
    (letter,) = box
    assert letter["To"] == "office@example.ru"
    (attached,) = letter.iter_attachments()
    assert attached.get_filename() == "energosbyt-waits-2026-02.xlsx"
    page = load_workbook(io.BytesIO(attached.get_content())).active
    assert page is not None
    rows = [row for row in page.iter_rows(values_only=True) if row[0] == "Февраль"]
    assert [cell / timedelta(seconds=1) for cell in cast(Any, rows[0][1:])] == [22, 140]


async def test_without_a_mail_server_nothing_waits_for_ever(store: Store) -> None:
    clock = Hand(datetime(2026, 3, 1, 9, tzinfo=UTC))
    made = watching(store, clock, Alerts((DISK,), (REPORT,)), mail=False)
    assert await made.send_reports() == 0
    assert await made.look(free(10)) == 1
    assert [payload.get("event") for _, payload in await waiting(store, clock)] == ["alert"]


async def test_service_level_and_loss_are_those_of_the_last_half_hour(store: Store) -> None:
    clock = Hand(datetime(2026, 3, 4, 9, tzinfo=UTC))
    await served(store, clock.now() - timedelta(minutes=20), 30, 60)
    await served(store, clock.now() - timedelta(minutes=25), 90, 60)
    await served(store, clock.now() - timedelta(hours=2), 30, 60)
    made = watching(store, clock, Alerts((Rule("sl", "service_level", 80, 85, "below"),)))
    await made.count()
    assert {figure.name: figure.value for figure in made.figures()} == {
        "service_level": 0.5, "loss": 0.0, "callbacks_expired_today": 0, "alerts_raised": 0,
    }  # fmt: skip
    assert await made.look([]) == 1
