"""The line's Asterisk as the supervisor sees it: configured, adopted if one still runs, started if not."""

import structlog

from asterisk import config, private
from asterisk.private import Instance, Program
from ivr.settings import Settings

log = structlog.get_logger(__name__)


class AsteriskKeeper:
    def __init__(self, settings: Settings, program: Program, written: config.Written) -> None:
        self._settings, self._program, self._written = settings, program, written
        self._log = written.places.log / "console.log"

    async def adopt(self) -> Instance | None:
        """The Asterisk an earlier line left running, with the configuration as it is now."""
        found = private.adopt(self._written.places.run, self._log)
        if found is None:
            return None
        if self._written.restart_needed or not await found.answers():
            log.warning("an Asterisk that still ran is started anew", action="asterisk_adopt", pid=found.pid)
            await found.stop()
            return None
        if self._written.changed:
            await found.console("core reload")
        log.info("an Asterisk that still ran is adopted", action="asterisk_adopt", pid=found.pid)
        return found

    async def start(self) -> Instance:
        places = self._written.places
        started = await private.start(self._program, places.etc, places.run, self._log)
        for complaint in started.complaints:
            log.warning("Asterisk complains at its start", action="asterisk_start", said=complaint)
        return started
