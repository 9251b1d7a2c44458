"""The days of each kind as instants: what began before is over its time. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from ivr.recordings.rules import Kind


class Days(Protocol):
    """`ivr.flow.supplier.supplier_settings.Retention` is one."""

    @property
    def recordings(self) -> int: ...
    @property
    def debt_recordings(self) -> int: ...
    @property
    def bot_recordings(self) -> int: ...
    @property
    def voicemail(self) -> int: ...
    @property
    def drafts(self) -> int: ...
    @property
    def transcripts(self) -> int: ...
    @property
    def messages(self) -> int: ...
    @property
    def contacts(self) -> int: ...


QUIET_FROM, QUIET_TO = 2, 6
"""The hours of a night in which there is time for it."""


def is_time(now: datetime, zone: tzinfo, last: datetime | None) -> bool:
    """Whether a run is due: once a local day, at night; a line that is off at night does it when it is next there."""
    local = now.astimezone(zone)
    if last is not None and last.astimezone(zone).date() >= local.date():
        return False
    missed = last is None or now - last > timedelta(days=2)
    return QUIET_FROM <= local.hour < QUIET_TO or missed


def recordings_before(days: Days, now: datetime) -> Mapping[Kind, datetime]:
    kept: Mapping[Kind, int] = {
        "talk": days.recordings,
        "debt": days.debt_recordings,
        "bot": days.bot_recordings,
        "voicemail": days.voicemail,
    }
    return {kind: now - timedelta(days=most) for kind, most in kept.items()}
