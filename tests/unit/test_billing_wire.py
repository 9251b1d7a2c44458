"""What somebody's billing says is believed only where it makes sense; what we tell it never changes at a retry."""

from datetime import UTC, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, ValidationError

from bots.desk import NewRequest, ReadingToStore
from bots.meters import ZoneName
from bots.period import Window
from ivr.billing import wire

NOW = datetime(2026, 3, 4, 20, 30, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (wire.AccountTold, '{"number": "12"}'),
        (wire.AccountTold, '{"number": "75да533315"}'),
        (wire.AccountTold, '{"number": 7001234567}'),
        (wire.AccountTold, '{"number": "7001234567", "time_zone": "Asia/Atlantis"}'),
        (wire.AccountTold, '{"number": "7001234567", "time_zone": "../../etc/passwd"}'),
        (wire.AccountsTold, "{}"),
        (wire.AccountsTold, "[]"),
        (wire.MetersTold, '{"meters": [{"serial": "1", "zones": []}]}'),
        (wire.MetersTold, '{"meters": [{"serial": "", "zones": [{"name": "day"}]}]}'),
        (wire.MetersTold, '{"meters": [{"serial": "1", "zones": [{"name": "dusk"}]}]}'),
        (wire.MetersTold, '{"meters": [{"serial": "1", "zones": [{"name": "day", "previous": -1}]}]}'),
        (wire.MetersTold, '{"meters": [{"serial": "1", "zones": [{"name": "day", "daily": NaN}]}]}'),
        (wire.MetersTold, '{"meters": [{"serial": "1", "digits": 40, "zones": [{"name": "day"}]}]}'),
        (wire.MetersTold, '{"meters": [{"serial": "1", "window": {"from_day": 0}, "zones": [{"name": "day"}]}]}'),
        (wire.MetersTold, '{"meters": [{"serial": "1", "window": {"late": "never"}, "zones": [{"name": "day"}]}]}'),
        (wire.DebtsTold, '{"debts": [{"kopecks": 10.5, "as_of": "2026-03-01"}]}'),
        (wire.DebtsTold, '{"debts": [{"kopecks": 10}]}'),
        (wire.OutagesTold, '{"outages": [{"since": "2026-03-01T10:00:00"}]}'),
        (wire.RequestsTold, '{"requests": [{"number": "1", "account": "2", "status": "lost", "opened_at": "x"}]}'),
        (wire.SecretTold, '{"right": "perhaps"}'),
        (wire.SecretTold, "{}"),
    ],
)
def test_what_makes_no_sense_is_not_believed(model: type[BaseModel], said: str) -> None:
    with pytest.raises(ValidationError):
        model.model_validate_json(said)


def test_days_since_the_last_reading_are_those_of_the_service_address() -> None:
    """20:30 UTC is already tomorrow in Barnaul, and not yet in Moscow."""
    said = {"serial": "1", "zones": [{"name": "single", "previous": 1, "taken_on": "2026-03-01"}], "window": {}}
    (there,) = wire.MetersTold.model_validate({"meters": [said], "time_zone": "Asia/Barnaul"}).meant(NOW, MOSCOW)
    (here,) = wire.MetersTold.model_validate({"meters": [said]}).meant(NOW, MOSCOW)
    assert (there.meter.zones[0].days, here.meter.zones[0].days) == (4, 3)
    assert there.window == Window(1, 31, "next_period", ZoneInfo("Asia/Barnaul"))
    assert there.unit == "киловатт-час"


def both(day: UUID, night: UUID, order: tuple[ZoneName, ZoneName]) -> ReadingToStore:
    values: dict[ZoneName, int] = {"day": 12345, "night": 6789}
    keys: dict[ZoneName, UUID] = {"day": day, "night": night}
    return ReadingToStore(
        "7001234567", "1", {zone: values[zone] for zone in order}, {zone: keys[zone] for zone in order}, NOW
    )


def test_the_key_of_a_reading_is_the_same_in_whatever_order_its_zones_come() -> None:
    day, night = uuid4(), uuid4()
    key = wire.key_of(both(day, night, ("day", "night")))
    assert key == wire.key_of(both(day, night, ("night", "day")))
    assert key != wire.key_of(both(day, uuid4(), ("day", "night")))
    one = ReadingToStore("7001234567", "1", {"day": 1}, {"day": day}, NOW)
    assert wire.key_of(one) == str(day)


def test_what_is_told_names_every_zone_with_its_own_key() -> None:
    day, night, call = uuid4(), uuid4(), uuid4()
    given = both(day, night, ("day", "night"))
    told = wire.reading_as_told(given)
    assert told["zones"] == [
        {"name": "day", "value": 12345, "key": str(day)},
        {"name": "night", "value": 6789, "key": str(night)},
    ]
    assert (told["taken_at"], told["call"]) == ("2026-03-04T20:30:00+00:00", None)
    request = wire.request_as_told(NewRequest("7001234567", "sealing", uuid4(), NOW, call=call))
    assert (request["call"], request["wanted_on"], request["kind"]) == (str(call), None, "sealing")
