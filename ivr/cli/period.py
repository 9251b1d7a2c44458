"""Options that name a stretch of time: `--from`, `--to` and the zone in which their days begin."""

from datetime import date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ivr.cli.options import fail

Moment = str | None
ZoneName = Annotated[str, typer.Option("--zone", help="Time zone of days and hours.")]


def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fail(f"--zone: {name!r} is no time zone; write e.g. Europe/Moscow or Asia/Barnaul", code=2)


def moment(text: Moment, zone: ZoneInfo) -> datetime | None:
    """A day's beginning or an instant, in the zone unless it says its own."""
    if text is None:
        return None
    try:
        at = datetime.combine(date.fromisoformat(text), time()) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is neither a day like 2026-03-04 nor an instant like 2026-03-04T09:30", code=2)
    return at if at.tzinfo else at.replace(tzinfo=zone)
