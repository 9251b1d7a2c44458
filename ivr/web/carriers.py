"""Where carriers of messages say what became of them: `POST /api/messages/{sms|email}/status` (docs/messages.md).

The caller proves itself with the key it was given for taking our messages. An id we do not know, or one that is settled
already, is answered 404: the carrier need not try again.
"""

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web

from ivr.messages.message import Channel

Told = Callable[[Channel, str, bool, str], Awaitable[bool]]
"""Channel, the carrier's id, whether it was delivered, and why not. False: it is none of ours, or settled."""


class CarrierStatus:
    """The route, and whom it tells once the service has its database; until then carriers are asked to come again."""

    def __init__(self, secret: Callable[[Channel], str]) -> None:
        self._secret = secret
        self.told: Told | None = None

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/api/messages/{channel:sms|email}/status", self._handle)

    async def _handle(self, request: web.Request) -> web.Response:
        channel = cast(Channel, request.match_info["channel"])
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._secret(channel).encode()):
            return _said(401, "the key of this carrier is wanted: Authorization: Bearer …")
        try:
            told = json.loads(await request.text())
            carrier_id, state = str(told["id"]), told["state"]
        except (ValueError, TypeError, KeyError):
            return _said(400, 'JSON {"id": "…", "state": "delivered" or "failed", "why": "…"} is wanted')
        if state not in ("delivered", "failed") or not carrier_id:
            return _said(400, '"state" is "delivered" or "failed", "id" is what you answered us with')
        if self.told is None:
            return _said(503, "starting; come again")
        known = await self.told(channel, carrier_id, state == "delivered", str(told.get("why", "")))
        return web.Response(status=204) if known else _said(404, "no such message waits for its end")


def _said(status: int, words: str) -> web.Response:
    return web.json_response({"error": words}, status=status)
