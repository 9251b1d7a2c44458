"""A small CRM that takes gudok's webhooks: checks the signature, lets duplicates go, shows a customer's card.

    GUDOK_WEBHOOK_SECRET=… python docs/examples/crm.py 9000
    http://127.0.0.1:9000/customers/79130000001

It keeps everything in memory; a real one keeps the ids it has seen in the table it writes to, in one transaction.
Needs aiohttp only. docs/webhooks.md describes the messages.
"""

import hashlib
import hmac
import json
import os
import sys
import time
from collections import defaultdict
from html import escape

from aiohttp import web

FRESH_SECONDS = 300


class Crm:
    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._seen: set[str] = set()
        self.contacts: dict[str, list[dict]] = defaultdict(list)
        """By telephone."""
        self.of_call: dict[str, list[dict]] = defaultdict(list)
        """Readings, requests and ratings by call: they may come before their contact."""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/gudok", self.take)
        app.router.add_get("/customers/{phone}", self.card)
        return app

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self.is_genuine(request.headers.get("Gudok-Signature", ""), body):
            return web.Response(status=401, text="the signature is wrong or too old")
        message = json.loads(body)
        if message["id"] in self._seen:
            return web.Response(status=200, text="known already")  # 2xx: it need not come again
        if message["version"] != 1:
            return web.Response(status=422, text="only version 1 is understood")
        if message["event"] == "contact":
            self.contacts[message["contact"]["phone"] or "скрыт"].append(message)
        elif "call" in message:
            self.of_call[message["call"]].append(message)
        self._seen.add(message["id"])  # last: what failed above comes again
        return web.Response(status=204)

    def is_genuine(self, header: str, body: bytes) -> bool:
        """Gudok-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of «t.body» under the shared secret>"""
        parts = dict(part.partition("=")[::2] for part in header.split(","))
        at = parts.get("t", "")
        if not at.isdecimal() or abs(time.time() - int(at)) > FRESH_SECONDS:
            return False
        right = hmac.new(self._secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(right.encode(), parts.get("v1", "").encode())

    async def card(self, request: web.Request) -> web.Response:
        phone = "+" + request.match_info["phone"].lstrip("+")
        rows = [self._row(message) for message in sorted(self.contacts[phone], key=lambda one: one["at"], reverse=True)]
        page = f"<h1>{escape(phone)}</h1><ul>{''.join(rows) or '<li>Звонков не было.</li>'}</ul>"
        return web.Response(text=page, content_type="text/html", charset="utf-8")

    def _row(self, message: dict) -> str:
        contact = message["contact"]
        words = [
            contact["arrived"][:16].replace("T", " "),
            contact["topic"] or "без темы",
            f"ждал {contact['wait_ms'] // 1000} с, говорил {contact['talk_ms'] // 1000} с",
            "оператор " + ", ".join(contact["operators"]) if contact["operators"] else "без оператора",
        ]
        for one in self.of_call[message["call"]]:
            match one["event"]:
                case "reading":
                    words.append(f"показания {', '.join(one['reading']['values'].values())}")
                case "request":
                    words.append(f"заявка {one['request']['number']}")
                case "rating":
                    words.append(f"оценка {one['rating']['rating']}")
        return f"<li>{escape(' · '.join(words))}</li>"


if __name__ == "__main__":
    crm = Crm(os.environ["GUDOK_WEBHOOK_SECRET"])
    web.run_app(crm.app(), host="127.0.0.1", port=int(sys.argv[1]))
