"""Somebody's billing for tests: the protocol of docs/billing-api.md, honouring keys, misbehaving when told.

What it was given is kept in a file, synced before it answers: it outlives whoever asks, and itself.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from aiohttp import web

Mood = Literal[
    "well",
    "slow",
    "failing",
    "gateway",
    "garbage",
    "cut_before",
    "cut_once",
    "cut_after",
    "refuses",
    "busy",
    "forbidden",
    "redirects",
]
ACCOUNT = {
    "number": "7001234567", "address": "г. Барнаул, ул. Северная, д. 5, кв. 12", "territory": "Барнаул",
    "time_zone": "Asia/Barnaul", "news": "a field of tomorrow",
}  # fmt: skip
METER = {
    "serial": "48210001", "unit": "киловатт-час", "digits": 5, "fraction": 1, "principal": "Сбыт",
    "window": {"from_day": 15, "to_day": "last", "late": "reject"},
    "zones": [{"name": "day", "previous": 12200, "taken_on": "2026-02-02", "daily": 4.5}, {"name": "night"}],
}  # fmt: skip


class Receiver:
    def __init__(self, ledger: Path, token: str = "") -> None:
        self.ledger, self.token = ledger, token
        self.mood: Mood = "well"
        self.asked: Counter[str] = Counter()
        self.url = ""
        self.after_storing = lambda: None
        """Called when something is stored and not yet answered."""

    def stored(self, what: str) -> list[dict[str, Any]]:
        """What was taken, one entry a key."""
        if not self.ledger.exists():
            return []
        lines = [json.loads(line) for line in self.ledger.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line["what"] == what]

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator["Receiver"]:
        app = web.Application(middlewares=[self._in_its_mood])
        app.add_routes(
            [
                web.get("/v1/accounts", self._accounts),
                web.get("/v1/accounts/{number}", self._account),
                web.get("/v1/accounts/{number}/{what}", self._of_account),
                web.post("/v1/accounts/{number}/secret", self._secret),
                web.post("/v1/readings", self._take),
                web.post("/v1/requests", self._take),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        try:
            yield self
        finally:
            await runner.cleanup()

    @web.middleware
    async def _in_its_mood(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked[request.path.split("/")[-1]] += 1
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401, text="who are you?")
        match self.mood:
            case "slow":
                await asyncio.sleep(30)
            case "failing":
                return web.Response(status=500, text="out of cheese")
            case "gateway":
                return web.Response(status=503, headers={"Retry-After": "1"})
            case "garbage":
                return web.Response(text="<html>hello</html>", content_type="text/html")
            case "refuses":
                return web.json_response({"error": "no such account"}, status=422)
            case "busy":
                return web.Response(status=429)
            case "forbidden":
                return web.Response(status=403)
            case "redirects":
                return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})
            case "cut_before":
                _cut(request)
            case "cut_once":
                self.mood = "well"
                _cut(request)
        answer: web.StreamResponse = await handler(request)
        if self.mood == "cut_after":
            _cut(request)
        return answer

    async def _accounts(self, request: web.Request) -> web.Response:
        known = {"phone": "+79130000001", "serial": "48210001", "street": "улица северная"}
        hit = any(request.query.get(name) == value for name, value in known.items())
        if "street" in request.query and request.query.get("house") != "5":
            hit = False
        return web.json_response({"accounts": [ACCOUNT] if hit else []})

    async def _account(self, request: web.Request) -> web.Response:
        if request.match_info["number"] != ACCOUNT["number"]:
            raise web.HTTPNotFound
        return web.json_response(ACCOUNT)

    async def _of_account(self, request: web.Request) -> web.Response:
        told: dict[str, dict[str, Any]] = {
            "meters": {"time_zone": "Asia/Barnaul", "meters": [METER]},
            "debts": {"debts": [{"kopecks": -1050, "as_of": "2026-03-01", "service": "электроэнергия"}]},
            "outages": {"outages": [{"reason": "авария", "since": "2026-03-04T09:00:00+07:00"}]},
            "requests": {"requests": [{"number": "Б-7", "account": "7001234567", "kind": "sealing", "status": "in_work",
                                       "opened_at": "2026-03-01T09:00:00+07:00", "planned_on": "2026-03-06"}]},
            "readings": {"readings": [{"serial": "48210001", "values": {"day": 12000},
                                       "taken_at": "2026-02-02T10:00:00+07:00"}]},
        }  # fmt: skip
        return web.json_response(told[request.match_info["what"]])

    async def _secret(self, request: web.Request) -> web.Response:
        return web.json_response({"right": (await request.json())["secret"] == "0001"})

    async def _take(self, request: web.Request) -> web.Response:
        what, key, body = request.path.split("/")[-1], request.headers["Idempotency-Key"], await request.json()
        entry = {"what": what, "key": key, "body": body}
        before = [line for line in self.stored(what) if line["key"] == key]
        if before and before[0]["body"] != body:
            return web.json_response({"error": "this key holds something else"}, status=409)
        if not before:
            with self.ledger.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
        self.after_storing()
        return web.json_response({"number": f"Б-{body.get('number')}"} if what == "requests" else {}, status=201)


def _cut(request: web.Request) -> None:
    transport = request.transport
    assert transport is not None
    transport.abort()


async def main() -> None:
    """`billing_receiver.py LEDGER PORT`: serve until killed, and say when ready."""
    async with Receiver(Path(sys.argv[1])).serving(int(sys.argv[2])) as receiver:
        print(receiver.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
