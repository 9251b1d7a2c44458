"""The register over HTTP: `GET /api/calls`, for a supplier's own systems (docs/reports.md).

Who asks proves itself with the supplier's own token, and sees that supplier's calls and no others. Answers are pages of
finished calls in the order of their arrival; the cursor of one leads to the next, and an unchanged page costs a 304.
"""

import base64
import binascii
import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from aiohttp import web

from ivr.journal.contacts import Wanted, page_of
from ivr.journal.register import Contact, Exit
from ivr.store import Store
from ivr.store.schema import from_micros, to_micros
from ivr.web.supplier_api import SupplierApi
from ivr.web.tokens import Refused, instant

log = structlog.get_logger(__name__)

PAGE, LARGEST = 100, 500
_KNOWN = {"supplier", "from", "to", "phone", "account", "operator", "exit", "limit", "cursor", "segments"}
_LONGEST = 64
"""No number, account or name is longer; a cursor is about as long."""


class CallsApi(SupplierApi):
    path = "/api/calls"
    failed = "the register cannot be read"

    async def answer(self, request: web.Request, store: Store, supplier: str) -> web.Response:
        wanted, most, after = _asked(request)
        page = await page_of(store, supplier, wanted, after=after, most=most + 1)
        more, page = len(page) > most, page[:most]
        with_segments = request.query.get("segments") in ("1", "true")
        told = {
            "calls": [_told(one, with_segments) for one in page],
            "next": _cursor(page[-1]) if more else None,
        }
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        log.info("the register was read", action="api.calls", supplier=supplier, calls=len(page))
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        given = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
        if tag in given or "*" in given:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type="application/json", headers=headers)


def _asked(request: web.Request) -> tuple[Wanted, int, tuple[datetime, UUID] | None]:
    query = request.query
    unknown = sorted(set(query) - _KNOWN)
    if unknown:
        raise Refused(400, f"unknown parameter {unknown[0]!r}; there are: {', '.join(sorted(_KNOWN))}")
    for name in ("phone", "account", "operator", "cursor"):
        if len(query.get(name, "")) > _LONGEST:
            raise Refused(400, f"{name}: longer than {_LONGEST} characters")
    limit = query.get("limit", str(PAGE))
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:6]) <= LARGEST:
        raise Refused(400, f"limit: a number from 1 to {LARGEST} is wanted")
    exit_ = query.get("exit")
    if exit_ is not None and exit_ not in set(Exit):
        raise Refused(400, f"exit: one of {', '.join(Exit)} is wanted")
    wanted = Wanted(
        instant(query.get("from"), "from"),
        instant(query.get("to"), "to"),
        query.get("phone") or None,
        query.get("account") or None,
        query.get("operator") or None,
        Exit(exit_) if exit_ else None,
    )
    return wanted, int(limit), _after(query.get("cursor"))


def _cursor(last: Contact) -> str:
    return base64.urlsafe_b64encode(to_micros(last.arrived).to_bytes(8) + last.call.bytes).decode().rstrip("=")


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return from_micros(int.from_bytes(raw[:8])), UUID(bytes=raw[8:])
    except (ValueError, OverflowError, binascii.Error):
        raise Refused(400, "cursor: give back what `next` of the page before was") from None


def _told(one: Contact, with_segments: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "call": str(one.call),
        "arrived": _written(one.arrived),
        "ended": _written(one.ended),
        "dialled": one.dialled,
        "phone": one.caller,
        "account": one.account,
        "topic": one.topic,
        "queue": one.queue,
        "ivr_ms": one.ivr,
        "wait_ms": one.wait,
        "first_wait_ms": one.first_wait if one.queued else None,
        "talk_ms": one.talk,
        "hold_ms": one.hold,
        "operators": list(one.operators),
        "exit": one.exit.value if one.exit else None,
        "reading": one.reading or None,
        "rating": one.rating,
        "complaint": one.complaint,
        "recording": one.recording,
        "mended": one.mended,
    }
    if with_segments:
        told["segments"] = [
            {
                "doing": part.doing.value,
                "started": _written(part.started),
                "ms": part.milliseconds,
                "queue": part.queue,
                "operators": list(part.operators),
            }
            for part in one.segments
        ]
    return told


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
