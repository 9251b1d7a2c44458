"""`GET /api/calls` gives a supplier's own systems all of its calls, page by page, and nobody anything else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from ivr.ids import new_id
from ivr.journal.counting import count_all
from ivr.journal.events import Kind
from ivr.journal.writer import Journal
from ivr.store import Store
from ivr.web.calls import CallsApi
from ivr.web.reports import ReportsApi
from ivr.web.tokens import SupplierTokens

MORNING = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
TOKENS = {"svet": "light", "voda": "water"}
LIGHT = {"Authorization": "Bearer light"}

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(store: Store) -> AsyncIterator[Client]:
    async with Journal(store, node="node1") as journal:
        for number in range(25):
            at = MORNING + timedelta(seconds=number // 5)  # some arrive in the same instant
            pen = journal.open_call("svet", new_id(at))
            pen.note_at(at, Kind.ARRIVED, dialled="88003505566", caller=f"+791300000{number % 3:02}")
            pen.note_at(at + timedelta(seconds=1), Kind.UNDERSTOOD, values={"account": f"70012345{number:02}"})
            pen.note_at(at + timedelta(seconds=2), Kind.QUEUED, queue="svet-operators")
            pen.note_at(at + timedelta(seconds=12), Kind.CONNECTED, operator="101")
            pen.note_at(at + timedelta(seconds=12), Kind.BRIDGED, type="basic", others=["101" if number else "102"])
            pen.note_at(at + timedelta(seconds=72), Kind.HUNG_UP, cause=16)
        pen = journal.open_call("voda", new_id(MORNING))
        pen.note_at(MORNING, Kind.ARRIVED, caller="+79130000000")
        pen.note_at(MORNING + timedelta(seconds=9), Kind.HUNG_UP, cause=16)
    await count_all(store)
    api = CallsApi(SupplierTokens("svet", lambda supplier: supplier in TOKENS, TOKENS.__getitem__))
    reports = ReportsApi(SupplierTokens("svet", lambda supplier: supplier in TOKENS, TOKENS.__getitem__))
    api.store = reports.store = store
    app = web.Application()
    api.add_to(app)
    reports.add_to(app)
    async with TestClient(TestServer(app)) as client:
        yield client


async def page(client: Client, **asked: str) -> dict[str, Any]:
    async with client.get("/api/calls", params=asked, headers=LIGHT) as answer:
        assert answer.status == 200, await answer.text()
        told: dict[str, Any] = await answer.json()
        return told


async def test_pages_follow_one_another_and_miss_nothing(client: Client) -> None:
    seen: list[dict[str, Any]] = []
    asked = {"limit": "7"}
    while True:
        told = await page(client, **asked)
        seen += told["calls"]
        if told["next"] is None:
            break
        asked["cursor"] = told["next"]
    assert len({one["call"] for one in seen}) == len(seen) == 25
    assert [one["arrived"] for one in seen] == sorted(one["arrived"] for one in seen)
    first = seen[0]
    assert (first["ivr_ms"], first["wait_ms"], first["talk_ms"], first["exit"]) == (2000, 10_000, 60_000, "answered")
    assert (first["arrived"], first["queue"]) == ("2026-03-04T06:00:00.000Z", "svet-operators")


async def test_calls_are_found_by_what_is_known_of_them(client: Client) -> None:
    for asked, count in (
        ({"from": "2026-03-04T09:00:01+03:00", "to": "2026-03-04T06:00:03Z"}, 10),
        ({"phone": "+79130000001"}, 8),
        ({"account": "7001234507"}, 1),
        ({"operator": "102"}, 1),
        ({"exit": "self_served"}, 0),
    ):
        assert len((await page(client, **asked))["calls"]) == count, asked


async def test_a_row_a_segment_where_it_is_wanted(client: Client) -> None:
    told = await page(client, segments="1", limit="1")
    [one] = told["calls"]
    assert [(part["doing"], part["ms"]) for part in one["segments"]] == [
        ("ivr", 2000), ("queue", 10_000), ("talk", 60_000),
    ]  # fmt: skip
    assert "segments" not in (await page(client, limit="1"))["calls"][0]


async def test_without_the_suppliers_own_token_there_is_nothing(client: Client) -> None:
    headers: list[dict[str, str]] = [{}, {"Authorization": "Bearer water"}, {"Authorization": "Basic light"}]
    for header in headers:
        async with client.get("/api/calls", headers=header) as answer:
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    for supplier in ("voda", "none", "../svet", ""):
        async with client.get("/api/calls", params={"supplier": supplier}, headers=LIGHT) as answer:
            assert answer.status == 401
            assert "7913" not in await answer.text()


async def test_an_unchanged_page_is_not_sent_again(client: Client) -> None:
    async with client.get("/api/calls", params={"limit": "3"}, headers=LIGHT) as answer:
        tag = answer.headers["ETag"]
    async with client.get("/api/calls", params={"limit": "3"}, headers={**LIGHT, "If-None-Match": tag}) as answer:
        assert answer.status == 304
        assert await answer.read() == b""
    async with client.get("/api/calls", params={"limit": "4"}, headers={**LIGHT, "If-None-Match": tag}) as answer:
        assert answer.status == 200


async def test_what_makes_no_sense_is_refused_with_a_word(client: Client) -> None:
    for asked in (
        {"limit": "0"}, {"limit": "501"}, {"limit": "9" * 99}, {"limit": "-1"}, {"limit": "²"}, {"cursor": "x"},
        {"cursor": "AAAA"}, {"cursor": "%00"}, {"from": "yesterday"}, {"from": "2026-03-04T00:00:00"},
        {"to": "9999-12-31T23:59:59-14:00"}, {"exit": "gone"}, {"phone": "1" * 65}, {"limits": "5"},
    ):  # fmt: skip
        async with client.get("/api/calls", params=asked, headers=LIGHT) as answer:
            assert answer.status == 400, asked
            assert (await answer.json())["error"]


async def test_a_service_that_is_starting_asks_to_come_again() -> None:
    api = CallsApi(SupplierTokens("svet", lambda supplier: True, TOKENS.__getitem__))
    app = web.Application()
    api.add_to(app)
    async with TestClient(TestServer(app)) as client, client.get("/api/calls", headers=LIGHT) as answer:
        assert answer.status == 503


DAY = {"from": "2026-03-04T00:00:00Z", "to": "2026-03-05T00:00:00Z"}


async def test_reports_are_had_in_every_form(client: Client) -> None:
    for name in ("waits", "waits-seconds", "channels", "service-level", "operators", "topics", "load", "bot"):
        async with client.get(f"/api/reports/{name}", params=DAY, headers=LIGHT) as answer:
            assert answer.status == 200, await answer.text()
            assert (await answer.json())["title"]
    for form, kind in (("csv", "text/csv"), ("xlsx", "spreadsheetml"), ("svg", "image/svg+xml")):
        async with client.get("/api/reports/waits", params={**DAY, "format": form}, headers=LIGHT) as answer:
            assert answer.status == 200
            assert kind in answer.headers["Content-Type"]
    async with client.get("/api/reports/waits", params=DAY, headers=LIGHT) as answer:
        assert (await answer.json())["rows"] == [{"period": "Март", "wait_ms": 10_000.0, "service_ms": 60_000.0}]


async def test_a_report_that_cannot_be_had_is_refused_with_a_word(client: Client) -> None:
    for name, more, status in (
        ("none", {}, 404), ("waits", {"format": "pdf"}, 400), ("operators", {"format": "svg"}, 400),
        ("waits", {"zone": "Mars/Olympus"}, 400), ("load", {"by": "week"}, 400), ("waits", {"from": "now"}, 400),
        ("waits", {"to": "2036-01-01T00:00:00Z"}, 400), ("waits", {"supplier": "voda"}, 401),
    ):  # fmt: skip
        async with client.get(f"/api/reports/{name}", params={**DAY, **more}, headers=LIGHT) as answer:
            assert answer.status == status, (name, more)
            assert (await answer.json())["error"]
