"""What goes over the wire to and from somebody's billing (docs/billing-api.md), and what it means to the desk."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from bots.desk import (
    Account,
    AccountMeter,
    Debt,
    NewRequest,
    Outage,
    ReadingToStore,
    RequestKind,
    RequestStatus,
    Resource,
    ServiceRequest,
    TakenReading,
)
from bots.meters import Meter, Zone, ZoneName
from bots.period import LAST, Late, Window
from ivr.billing.addresses import without_flat
from ivr.billing.files.lines import UNITS


def _known_zone(name: str) -> str:
    if name:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is no time zone") from error
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
Text = Annotated[str, Field(max_length=500)]


class Told(BaseModel):
    """What billing says. Fields nobody knows are left alone: a newer billing may say more."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class AccountTold(Told):
    number: Annotated[str, Field(pattern=r"^[0-9]{4,20}$")]
    address: Text = ""
    territory: Text = ""
    house: Text = ""
    business: bool = False
    time_zone: TimeZone = ""

    def meant(self) -> Account:
        house = self.house or without_flat(self.address)
        return Account(self.number, self.address, self.territory, house, self.business, self.time_zone)


class AccountsTold(Told):
    accounts: Annotated[list[AccountTold], Field(max_length=100)]


class WindowTold(Told):
    from_day: Annotated[int, Field(ge=1, le=LAST)] = 1
    to_day: Annotated[int, Field(ge=1, le=LAST)] | Literal["last"] = "last"
    late: Late = "next_period"


class ZoneTold(Told):
    name: ZoneName
    previous: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    taken_on: date | None = None
    daily: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    def meant(self, today: date) -> Zone:
        if self.previous is None:
            return Zone(self.name, daily=self.daily)
        days = max(1, (today - self.taken_on).days) if self.taken_on else 30
        return Zone(self.name, self.previous, days, self.daily)


class MeterTold(Told):
    serial: Annotated[str, Field(min_length=1, max_length=100)]
    resource: Resource = "electricity"
    unit: Text = ""
    principal: Text = ""
    smart: bool = False
    digits: Annotated[int, Field(ge=3, le=9)] = 5
    fraction: Annotated[int, Field(ge=0, le=3)] = 1
    max_kw: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 15.0
    window: WindowTold | None = None
    zones: Annotated[list[ZoneTold], Field(min_length=1, max_length=4)]


class MetersTold(Told):
    meters: Annotated[list[MeterTold], Field(max_length=100)]
    time_zone: TimeZone = ""

    def meant(self, now: datetime, default: Any) -> list[AccountMeter]:
        zone = ZoneInfo(self.time_zone) if self.time_zone else default
        today = now.astimezone(zone).date()
        return [
            AccountMeter(
                told.serial,
                Meter(told.digits, told.fraction, tuple(each.meant(today) for each in told.zones), told.max_kw),
                told.resource,
                told.unit or UNITS[told.resource],
                told.principal,
                None
                if told.window is None
                else Window(
                    told.window.from_day,
                    LAST if told.window.to_day == "last" else told.window.to_day,
                    told.window.late,
                    zone,
                ),
                told.smart,
            )
            for told in self.meters
        ]


class SecretTold(Told):
    right: bool


class DebtTold(Told):
    kopecks: int
    as_of: date
    principal: Text = ""
    service: Text = ""
    penalty_kopecks: Annotated[int, Field(ge=0)] = 0
    period: Text = ""

    def meant(self) -> Debt:
        return Debt(self.kopecks, self.as_of, self.principal, self.service, self.penalty_kopecks, self.period)


class DebtsTold(Told):
    debts: Annotated[list[DebtTold], Field(max_length=100)]


class OutageTold(Told):
    territory: Text = ""
    streets: Annotated[list[Text], Field(max_length=1000)] = []
    reason: Text = ""
    since: AwareDatetime
    until: AwareDatetime | None = None
    planned: bool = False

    def meant(self) -> Outage:
        return Outage(self.territory, tuple(self.streets), self.reason, self.since, self.until, self.planned)


class OutagesTold(Told):
    outages: Annotated[list[OutageTold], Field(max_length=100)]


class ReadingTold(Told):
    serial: Text
    values: dict[ZoneName, Annotated[int, Field(ge=0)]]
    taken_at: AwareDatetime
    source: Text = "office"

    def meant(self) -> TakenReading:
        return TakenReading(self.serial, self.values, self.taken_at, self.source)


class ReadingsTold(Told):
    readings: Annotated[list[ReadingTold], Field(max_length=1000)]


class RequestTold(Told):
    number: Annotated[str, Field(min_length=1, max_length=50)]
    account: Text
    kind: RequestKind = "other"
    status: RequestStatus
    opened_at: AwareDatetime
    planned_on: date | None = None

    def meant(self) -> ServiceRequest:
        return ServiceRequest(self.number, self.account, self.kind, self.status, self.opened_at, self.planned_on)


class RequestsTold(Told):
    requests: Annotated[list[RequestTold], Field(max_length=1000)]


class RequestTaken(Told):
    number: Annotated[str, Field(max_length=50)] = ""


def key_of(reading: ReadingToStore) -> str:
    """The key of a whole reading: that of its one zone, or one made of the keys of all; the same at every retry."""
    keys = sorted(str(key) for key in reading.keys.values())
    return keys[0] if len(keys) == 1 else str(uuid5(NAMESPACE_OID, " ".join(keys)))


def reading_as_told(reading: ReadingToStore) -> dict[str, object]:
    return {
        "account": reading.account,
        "serial": reading.serial,
        "zones": [
            {"name": zone, "value": value, "key": str(reading.keys[zone])} for zone, value in reading.values.items()
        ],
        "taken_at": reading.at.isoformat(),
        "flagged": reading.flagged,
        "source": reading.source,
        "call": _text(reading.call),
    }


def request_as_told(request: NewRequest) -> dict[str, object]:
    return {
        "account": request.account,
        "kind": request.kind,
        "opened_at": request.at.isoformat(),
        "phone": request.phone,
        "serial": request.serial,
        "wanted_on": request.wanted_on.isoformat() if request.wanted_on else None,
        "words": request.words,
        "call": _text(request.call),
    }


def _text(call: UUID | None) -> str | None:
    return str(call) if call else None
