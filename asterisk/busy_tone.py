"""Whether some number of the line may be busy, told to Asterisk's dialplan.

A call that may get the busy tone must not be answered before the service knows. Where no number can be busy the
dialplan answers by itself, which costs every call one command less.
"""

import structlog

from asterisk.ami import AmiError, AmiLink, Resync

log = structlog.get_logger(__name__)

VARIABLE = "GUDOK_BUSY_TONE"


class BusyTone:
    def __init__(self, link: AmiLink) -> None:
        self._link = link
        self._possible: dict[str, bool] = {}
        # An Asterisk that was started anew knows nothing of it.
        link.subscribe(self._on_resync, Resync)

    async def possible(self, place: str, busy: bool) -> None:
        """`place` is about to be served with a limit whose callers beyond get the busy tone, or without one."""
        before = self._any
        self._possible[place] = busy
        if self._any != before and self._link.connected:
            await self._tell()

    @property
    def _any(self) -> bool:
        return any(self._possible.values())

    async def _on_resync(self, resync: Resync) -> None:
        await self._tell()

    async def _tell(self) -> None:
        try:
            await self._link.setvar("", VARIABLE, "1" if self._any else "")
        except AmiError as error:
            log.warning("Asterisk was not told who answers calls", action="busy_tone", error=str(error))
