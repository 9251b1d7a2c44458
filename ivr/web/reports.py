"""Reports over HTTP: `GET /api/reports/{name}`, the same sheets that `gudok report` makes (docs/reports.md)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web

from ivr.journal import metrics
from ivr.journal.periods import By
from ivr.journal.reports import charts, disclosure, robot, rows, service
from ivr.journal.reports.sheet import Sheet, as_csv, as_json
from ivr.journal.reports.workbook import as_xlsx
from ivr.journal.rollups import tallies_by, tallies_by_topic
from ivr.store import Store
from ivr.web.supplier_api import SupplierApi
from ivr.web.tokens import Refused, instant

LONGEST = timedelta(days=800)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Asked:
    store: Store
    supplier: str
    since: datetime
    until: datetime
    by: By
    zone: ZoneInfo

    async def months(self) -> dict[tuple[int, int], metrics.Tally]:
        tallies = await tallies_by(self.store, self.supplier, self.since, self.until, By.MONTH, self.zone)
        return {(at.year, at.month): tally for at, tally in tallies.items()}


class ReportsApi(SupplierApi):
    path = "/api/reports/{name}"
    failed = "no report can be made"

    async def answer(self, request: web.Request, store: Store, supplier: str) -> web.Response:
        name, form = request.match_info["name"], request.query.get("format", "json")
        if name not in REPORTS:
            raise Refused(404, f"there is no such report; there are: {', '.join(REPORTS)}")
        if form not in ("json", "csv", "xlsx", "svg") or (form == "svg" and name not in CHARTS):
            raise Refused(400, "format: json, csv, xlsx, or svg where there is a chart")
        sheet = await REPORTS[name](_asked(request, store, supplier))
        # In a thread: a spreadsheet takes a tenth of a second, and calls are going on.
        body, kind = await asyncio.to_thread(_written, sheet, form, name)
        return web.Response(body=body, headers={"Content-Type": kind, "Cache-Control": "private, no-cache"})


def _asked(request: web.Request, store: Store, supplier: str) -> Asked:
    query = request.query
    since, until = instant(query.get("from"), "from"), instant(query.get("to"), "to")
    if since is None or until is None or not since <= until <= since + LONGEST:
        raise Refused(400, f"from and to are wanted, at most {LONGEST.days} days apart")
    try:
        by, zone = By(query.get("by", "hour")), ZoneInfo(query.get("zone", "Europe/Moscow"))
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise Refused(400, f"by: one of {', '.join(By)}; zone: like Asia/Barnaul") from None
    return Asked(store, supplier, since, until, by, zone)


def _written(sheet: Sheet, form: str, name: str) -> tuple[bytes, str]:
    match form:
        case "csv":
            return as_csv(sheet).encode("utf-8-sig"), "text/csv; charset=utf-8"
        case "xlsx":
            return as_xlsx(sheet), _XLSX
        case "svg":
            return CHARTS[name](sheet).encode(), "image/svg+xml"
    return as_json(sheet).encode(), "application/json"


async def _waits(asked: Asked) -> Sheet:
    return disclosure.waits(await asked.months())


async def _waits_in_seconds(asked: Asked) -> Sheet:
    return disclosure.waits_in_seconds(await asked.months())


async def _channels(asked: Asked) -> Sheet:
    return disclosure.channels_of_calls(await asked.months())


async def _service_level(asked: Asked) -> Sheet:
    tallies = await tallies_by(asked.store, asked.supplier, asked.since, asked.until, asked.by, asked.zone)
    return service.service_level(tallies, asked.by)


async def _operators(asked: Asked) -> Sheet:
    return service.operators(await rows.served_by(asked.store, asked.supplier, asked.since, asked.until))


async def _topics(asked: Asked) -> Sheet:
    return service.topics(await tallies_by_topic(asked.store, asked.supplier, asked.since, asked.until))


async def _load(asked: Asked) -> Sheet:
    calls = await rows.on_line(asked.store, asked.supplier, asked.since, asked.until)
    return await asyncio.to_thread(service.load, calls, asked.by, asked.zone)


async def _bot(asked: Asked) -> Sheet:
    steps = await rows.steps_of(asked.store, asked.supplier, asked.since, asked.until)
    return robot.robot(steps, metrics.total((await asked.months()).values()), {})


REPORTS: Mapping[str, Callable[[Asked], Awaitable[Sheet]]] = {
    "waits": _waits,
    "waits-seconds": _waits_in_seconds,
    "channels": _channels,
    "service-level": _service_level,
    "operators": _operators,
    "topics": _topics,
    "load": _load,
    "bot": _bot,
}
CHARTS: Mapping[str, Callable[[Sheet], str]] = {
    "waits": charts.waits,
    "waits-seconds": charts.waits,
    "channels": charts.channels,
    "service-level": charts.service_level,
    "topics": charts.topics,
    "load": charts.load,
    "bot": charts.robot,
}
