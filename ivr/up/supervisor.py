"""Starts a line, watches it, ends it.

The supervisor carries no call. It asks the service for its pulse every second; a service that hangs loses its calls to
the operators' queue (by AMI), is killed and started again. Asterisk outlives both, and the next `gudok up` adopts
whatever still runs.
"""

import asyncio
import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

from asterisk.ami import AmiError, AmiLink
from asterisk.config.model import FALLBACK_CONTEXT, LINE_CONTEXT
from asterisk.private import Instance
from ivr.clock import Clock
from ivr.settings import Settings
from ivr.up.asterisk import AsteriskKeeper
from ivr.up.pulse import PING_EVERY, READY_SECONDS, Pulse, ping
from ivr.up.service import ServiceKeeper, ServiceProcess

log = structlog.get_logger(__name__)

SERVED_BY_ASTERISK = ("Queue", "Dial")
"""Applications in which Asterisk itself serves the caller: a dead service changes nothing for them."""
DRAINING = "GUDOK_DRAINING"
"""The global variable that makes the dialplan refuse new calls."""

STOP_SECONDS = 5.0
FROZEN_SECONDS = 15.0
RESTART_PAUSES = (0.0, 1.0, 2.0, 5.0, 15.0)
HEALTHY_SECONDS = 30.0
"""A service that ran this long before it died is started again without a pause."""


class UpError(Exception):
    """The line could not be started; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Status:
    """What `gudok up --json` prints; see docs/CONTRACTS.md."""

    sip: str
    line: str
    web: str
    agi: str
    ami: str
    asterisk_pid: int
    service_pid: int
    data: str

    def json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    def welcome(self, operators: Sequence[str]) -> str:
        """The same for a person who has just started the line."""
        secrets = Path(self.data) / "secrets"
        return "\n".join(
            [
                f"The line {self.line} answers at sip:{self.line}@{self.sip}",
                f"  operators   {', '.join(operators)}: register at {self.sip}, passwords in {secrets}/operator-…",
                f"  web         {self.web}  (/healthz /readyz /metrics)",
                f"  calls       gudok report calls --data {self.data}",
                f"  log         {Path(self.data) / 'log'}",
                "Ctrl-C lets the calls finish; Ctrl-C again stops at once.",
            ]
        )


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the data folder: two lines must not share it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            raise UpError(
                f"a line already runs on {path.parent.parent} (process {owner}); stop it, or choose another --data"
            ) from error
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


class Supervisor:
    def __init__(
        self, settings: Settings, asterisk: AsteriskKeeper, link: AmiLink, clock: Clock, tell: Callable[[str], None]
    ) -> None:
        self._settings, self._asterisk, self._link = settings, asterisk, link
        self._clock, self._tell = clock, tell
        self._keeper = ServiceKeeper(settings)
        self._instance: Instance | None = None
        self._service: ServiceProcess | None = None
        self._service_since = 0.0
        self._deaths = 0
        self._stop = asyncio.Event()
        self._at_once = asyncio.Event()

    def stop(self) -> None:
        """Once: take no new calls, let the others finish. Twice: at once."""
        if self._stop.is_set():
            self._at_once.set()
        self._stop.set()

    # -- up ------------------------------------------------------------------------------------------------------

    async def start(self) -> Status:
        """Start or adopt Asterisk and the service; returns when the line can be rung."""
        self._instance = await self._asterisk.adopt() or await self._asterisk.start()
        self._link.start()
        self._service = await self._keeper.adopt() or self._spawn()
        await self._until_ready(self._instance)
        # An adopted Asterisk may have been left while it was draining.
        await self._let_calls_in(True)
        return self._status()

    def _spawn(self) -> ServiceProcess:
        self._service_since = self._clock.monotonic()
        process = self._keeper.start()
        log.info("service started", action="service_start", pid=process.pid)
        return process

    async def _until_ready(self, instance: Instance) -> None:
        web = self._settings.ports.web
        deadline = self._clock.monotonic() + READY_SECONDS
        while not await ping(web, "/readyz"):
            if self._service is not None and not self._service.is_alive():
                raise UpError("the service ended while it started; its last words are above and in data/log")
            if not instance.alive():
                raise UpError(f"Asterisk ended while it started; see {instance.log}")
            if self._clock.monotonic() > deadline:
                raise UpError(f"the line was not ready after {READY_SECONDS:.0f} s; ask http://127.0.0.1:{web}/readyz")
            await self._pause(0.05)
            if self._stop.is_set():
                raise UpError("stopped while it started")

    def _status(self) -> Status:
        bind, ports = self._settings.bind, self._settings.ports
        assert self._service is not None
        assert self._instance is not None
        return Status(
            sip=f"{bind}:{ports.sip}",
            line=self._settings.line,
            web=f"http://{bind}:{ports.web}",
            agi=f"127.0.0.1:{ports.agi}",
            ami=f"127.0.0.1:{ports.ami}",
            asterisk_pid=self._instance.pid,
            service_pid=self._service.pid,
            data=str(self._settings.data),
        )

    # -- watching ------------------------------------------------------------------------------------------------

    async def watch(self, changed: Callable[[Status], None]) -> None:
        """Until `stop()`: keep Asterisk and the service alive. `changed` hears of every new process."""
        pulse = Pulse(self._clock.monotonic())
        frozen_since: float | None = None
        while not self._stop.is_set():
            assert self._service is not None
            if await ping(self._settings.ports.web):
                if pulse.starting:
                    log.info("the service lives", action="service_lives", pid=self._service.pid)
                pulse.beat(self._clock.monotonic())
            if not self._service.is_alive():
                await self._restart("it ended")
                pulse.start(self._clock.monotonic())
                changed(self._status())
            elif pulse.is_hung(self._clock.monotonic()):
                await self._rescue_calls()
                await self._service.kill()
                await self._restart("it hung")
                pulse.start(self._clock.monotonic())
                changed(self._status())
            frozen_since = await self._watch_asterisk(frozen_since, changed)
            await self._pause(PING_EVERY)

    async def _watch_asterisk(self, frozen_since: float | None, changed: Callable[[Status], None]) -> float | None:
        """Start an Asterisk that died or froze anew; returns since when it has not answered."""
        assert self._instance is not None
        now = self._clock.monotonic()
        if self._instance.alive():
            if self._link.connected:
                return None
            if frozen_since is None or now - frozen_since < FROZEN_SECONDS:
                return frozen_since or now
            log.error("Asterisk does not answer and is started anew", action="asterisk_frozen")
            await self._instance.stop(grace=0.0)
        else:
            log.error("Asterisk ended and is started anew", action="asterisk_died", log=str(self._instance.log))
        self._instance = await self._asterisk.start()
        changed(self._status())
        return None

    async def _rescue_calls(self) -> None:
        """Redirect what hangs in the service to the fallback. Whom Asterisk serves itself is left alone."""
        try:
            channels = await self._link.channels()
        except AmiError as error:
            log.error("calls cannot be rescued", action="rescue", error=str(error))
            return
        hung = [
            channel
            for channel in channels
            if channel.context == LINE_CONTEXT
            and channel.bridge is None
            and channel.application not in SERVED_BY_ASTERISK
        ]
        log.error("the service hangs; its calls go to the operators", action="rescue", calls=len(hung))
        moves = (self._link.redirect(channel.channel, FALLBACK_CONTEXT, "s", 1) for channel in hung)
        for channel, moved in zip(hung, await asyncio.gather(*moves, return_exceptions=True), strict=True):
            if isinstance(moved, BaseException):
                log.warning("a call was not rescued", action="rescue", channel=channel.channel, error=str(moved))

    async def _restart(self, why: str) -> None:
        ran = self._clock.monotonic() - self._service_since
        self._deaths = 0 if ran > HEALTHY_SECONDS else self._deaths + 1
        pause = RESTART_PAUSES[min(self._deaths, len(RESTART_PAUSES) - 1)]
        log.error("the service is started again", action="service_restart", why=why, ran=round(ran, 1), pause=pause)
        await self._pause(pause)
        if not self._stop.is_set():
            self._service = self._spawn()

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not through a stop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    # -- down ----------------------------------------------------------------------------------------------------

    async def end(self) -> None:
        """Let the calls finish (bounded), then stop the service and Asterisk. Leaves no process behind."""
        try:
            if self._service is not None and self._instance is not None and self._instance.alive():
                await self._drain()
        finally:
            grace = 0.5 if self._at_once.is_set() else STOP_SECONDS
            if self._service is not None:
                await self._service.stop(grace)
                self._keeper.forget()
            await self._link.close()
            if self._instance is not None:
                await self._instance.stop(grace=grace)

    async def _drain(self) -> None:
        deadline = self._clock.monotonic() + self._settings.drain_seconds
        said = False
        await self._let_calls_in(False)
        while not self._at_once.is_set():
            try:
                channels = await self._link.channels()
            except AmiError as error:
                log.warning("the calls cannot be counted; not waiting for them", action="drain", error=str(error))
                return
            left = deadline - self._clock.monotonic()
            if not channels:
                return
            if left <= 0:
                self._tell(f"still busy after {self._settings.drain_seconds} s: ending {len(channels)} channels")
                return
            if not said:
                self._tell(f"no new calls; waiting at most {left:.0f} s for the last ones (Ctrl-C again: at once)")
                said = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(0.5, left)):
                    await self._at_once.wait()

    async def _let_calls_in(self, yes: bool) -> None:
        try:
            await self._link.setvar("", DRAINING, "" if yes else "1")
        except AmiError as error:
            log.warning("Asterisk was not told about new calls", action="drain", let_in=yes, error=str(error))
