"""What a supplier's messages say (messages.yaml, read by `ivr.flow.messages`), and when they may be sent. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from typing import Literal

Channel = Literal["sms", "email"]


@dataclass(frozen=True, slots=True)
class Template:
    """One message in each channel it exists for; texts have slots (`ivr.prompts.slots`)."""

    name: str
    sms: str = ""
    subject: str = ""
    email: str = ""

    def text(self, channel: Channel) -> str:
        return self.sms if channel == "sms" else self.email


@dataclass(frozen=True, slots=True)
class Rules:
    """When a customer may be written to. A message that comes in quiet hours waits for their end."""

    quiet_from: time = time(21)
    quiet_to: time = time(9)
    a_day: int = 2
    a_week: int = 4
    a_month: int = 16


@dataclass(frozen=True, slots=True)
class Messages:
    templates: Mapping[str, Template] = field(default_factory=dict)
    rules: Rules = Rules()


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not be sent at all; `why` is for the journal and the report."""

    why: Literal["no_template", "no_address", "no_gateway", "cap_day", "cap_week", "cap_month", "cannot_be_written"]


def when_to_send(rules: Rules, earlier: Sequence[datetime], now: datetime, zone: tzinfo) -> datetime | Refused:
    """The instant at which it may go. `earlier`: when this customer was written to before, in the last 31 days."""
    local = now.astimezone(zone)
    day = [at for at in earlier if at.astimezone(zone).date() == local.date()]
    week = [at for at in earlier if at.astimezone(zone).isocalendar()[:2] == local.isocalendar()[:2]]
    month = [at for at in earlier if at.astimezone(zone).timetuple()[:2] == local.timetuple()[:2]]
    if len(month) >= rules.a_month:
        return Refused("cap_month")
    if len(week) >= rules.a_week:
        return Refused("cap_week")
    if len(day) >= rules.a_day:
        return Refused("cap_day")
    return _out_of_quiet(rules, local)


def _out_of_quiet(rules: Rules, local: datetime) -> datetime:
    start, end, at = rules.quiet_from, rules.quiet_to, local.time()
    if start == end:
        return local
    quiet = start <= at < end if start < end else at >= start or at < end
    if not quiet:
        return local
    awake = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return awake if awake > local else awake + timedelta(days=1)
