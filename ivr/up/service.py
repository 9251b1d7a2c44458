"""The service as the supervisor sees it: a process started, or found still running, stopped or killed."""

import json
import os
import signal
import sys
from dataclasses import dataclass

from asterisk.private.process import Identity
from ivr.settings import Settings


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    identity: Identity

    @property
    def pid(self) -> int:
        return self.identity.pid

    def is_alive(self) -> bool:
        return self.identity.alive()

    async def stop(self, seconds: float) -> None:
        """Ask it to end; after `seconds` it is killed."""
        self.identity.send(signal.SIGTERM)
        if not await self.identity.ended(seconds):
            await self.kill()

    async def kill(self) -> None:
        self.identity.send(signal.SIGKILL)
        await self.identity.ended(5.0)


class ServiceKeeper:
    """Starts the service and finds the one that an earlier supervisor left running."""

    def __init__(self, settings: Settings) -> None:
        self._told = settings.places.run / "settings.json"
        self._record = settings.places.run / "service.json"
        self._text = settings.model_dump_json(indent=1)

    async def adopt(self) -> ServiceProcess | None:
        """The living service of this data folder. One that was told other settings is ended instead."""
        try:
            said = json.loads(self._record.read_text(encoding="utf-8"))
            found = ServiceProcess(Identity(int(said["pid"]), int(said["started"]), str(said["boot"])))
            told = self._told.read_text(encoding="utf-8")
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if not found.is_alive():
            return None
        if told != self._text:
            await found.kill()
            return None
        return found

    def start(self) -> ServiceProcess:
        self._told.write_text(self._text, encoding="utf-8")
        argv = [sys.executable, "-m", "ivr.cli", "serve", "--settings", str(self._told)]
        # A session of its own: Ctrl-C in the terminal is the supervisor's to hear. Not `subprocess`: a supervisor
        # that goes first must leave the service alone, and whoever adopts it waits for it all the same.
        pid = os.posix_spawn(
            argv[0],
            argv,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGPIPE],
        )
        identity = Identity.born(pid)
        self._record.write_text(json.dumps(identity.record()), encoding="utf-8")
        return ServiceProcess(identity)

    def forget(self) -> None:
        self._record.unlink(missing_ok=True)
