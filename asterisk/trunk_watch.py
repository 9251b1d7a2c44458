"""The service's eye on the carriers' trunks: what `asterisk.trunks` makes of AMI, kept up to date for the metrics."""

from collections.abc import Callable, Iterable

from asterisk.ami import AmiError, AmiLink, Resync
from asterisk.ami.events import AmiEvent, AsteriskEvent, ContactStatus, Registry
from asterisk.trunks import Trunks, look, told, unheard
from ivr.settings import Trunk


class TrunkWatch:
    def __init__(self, trunks: Iterable[Trunk]) -> None:
        self._trunks = tuple(trunks)
        self.known: Trunks = unheard(self._trunks)

    def watch(self, link: AmiLink) -> Callable[[], None]:
        """Listen to the link; returns what ends the listening. Without trunks there is nothing to listen for."""
        if not self._trunks:
            return lambda: None

        async def heard(event: AmiEvent) -> None:
            if isinstance(event, Resync):
                try:
                    self.known = await look(link, self._trunks)
                except AmiError:
                    return  # the link is down again, and another Resync will come
            elif isinstance(event, AsteriskEvent):
                self.known = told(self.known, event.headers, self._trunks)

        return link.subscribe(heard, Resync, Registry, ContactStatus)
