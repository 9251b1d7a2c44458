"""The announcements of `ivr.flow.alarms.emergencies` as calls hear them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo

from bots.desk import Account
from ivr.call.services import Emergency
from ivr.flow.alarms import emergencies as air

Counted = Callable[[str, bool], None]


class FlowEmergencies:
    """`services.Emergencies` over announcements as they stand at each call."""

    def __init__(
        self, current: Callable[[], Iterable[air.Emergency]], zone: tzinfo, counted: Counted | None = None
    ) -> None:
        self._current, self._zone, self._counted = current, zone, counted

    def anything(self, now: datetime) -> bool:
        return any(each.active(now) for each in self._current())

    def on_air(
        self, now: datetime, territory: str, accounts: Sequence[Account], queue: str = ""
    ) -> Sequence[Emergency]:
        places = [(account.territory, account.address) for account in accounts] or [(territory, "")]
        return [
            Emergency(each.name, each.words(now, self._zone), each.after)
            for each in air.on_air_for(self._current(), now, places, queue or None)
        ]

    def counted(self, name: str, *, heard_out: bool) -> None:
        if self._counted is not None:
            self._counted(name, heard_out)
