"""A running Asterisk: started so that it outlives its starter, found again by the next one, stopped without leftovers.

It is a process of its own session with its words in a log file; a record beside its control socket says which process
it is. Nothing here knows what it is configured to do.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import signal
import socket
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from asterisk.private import console
from asterisk.private.errors import (
    AlreadyRuns,
    CannotRun,
    Ended,
    NoAnswer,
    PrivateError,
    SocketPathTooLong,
    StartUnderWay,
    TooSlow,
)
from asterisk.private.process import Identity
from asterisk.private.program import Program
from asterisk.private.words import Words

RECORD = "gudok-asterisk.json"
KEPT_ENVIRONMENT = ("PATH", "HOME", "TZ", "USER", "LOGNAME", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Stop(StrEnum):
    """How a stop came about."""

    GONE = "gone"  # it was not running any more
    DRAINED = "drained"  # it ended by itself when the last call had ended
    TERMINATED = "terminated"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Instance:
    """An Asterisk that runs. `complaints` are the warnings and errors of its start (an adopted one has none)."""

    identity: Identity
    run: Path
    log: Path | None = None
    complaints: tuple[str, ...] = ()

    @property
    def pid(self) -> int:
        return self.identity.pid

    @property
    def socket(self) -> Path:
        return self.run / "asterisk.ctl"

    def alive(self) -> bool:
        return self.identity.alive()

    async def ended(self, timeout: float | None = None) -> bool:
        """Wait until it has ended, whoever started it; whether that came in time."""
        return await self.identity.ended(timeout)

    async def console(self, command: str, timeout: float = 5.0) -> str:
        """What its console answers to a command."""
        return await console.ask(self.socket, command, timeout)

    async def answers(self, timeout: float = 2.0) -> bool:
        """Whether it does more than exist."""
        try:
            return bool(await self.console("core show uptime seconds", timeout))
        except NoAnswer:
            return False

    async def stop(self, *, drain: float = 0.0, grace: float = 10.0) -> Stop:
        """End it: wait up to `drain` seconds for its calls, ask it to end, after `grace` seconds kill it."""
        how = await self._end(drain, grace)
        _sweep(self.run)
        return how

    async def _end(self, drain: float, grace: float) -> Stop:
        if not self.alive():
            return Stop.GONE
        if drain > 0 and await self._drained(drain):
            return Stop.DRAINED
        self.identity.send(signal.SIGTERM)
        if await self.ended(grace):
            return Stop.TERMINATED
        self.identity.send(signal.SIGKILL)
        if not await self.ended(10.0):
            raise PrivateError(f"process {self.pid} does not end even when killed: it waits for a device or a disk")
        return Stop.KILLED

    async def _drained(self, seconds: float) -> bool:
        """Let it end by itself with its last call, taking no new ones; whether that came in time."""
        asking = asyncio.create_task(self._ask_to_drain(seconds))
        try:
            return await self.ended(seconds)
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask_to_drain(self, seconds: float) -> None:
        # It answers when it ends. For a moment after it has booted it does not know the command yet.
        with suppress(NoAnswer):
            while "No such command" in await self.console("core stop gracefully", seconds):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


def run_folder(wanted: Path) -> Path:
    """`wanted` if a control socket fits there, else a short private folder that always belongs to it."""
    if len(os.fsencode(wanted / "asterisk.ctl")) <= console.LONGEST_PATH:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"gudok-{os.getuid()}-{digest}"


def adopt(run: Path, log: Path | None = None) -> Instance | None:
    """The Asterisk that already runs in this folder, by its record or else by its control socket; or nothing."""
    try:
        said = json.loads((run / RECORD).read_text(encoding="utf-8"))
        known = Identity(int(said["pid"]), int(said["started"]), str(said["boot"]))
    except (OSError, ValueError, KeyError, TypeError):
        known = None
    if known is not None and known.alive():
        return Instance(known, run, log)
    owner = _socket_owner(run / "asterisk.ctl")
    found = None if owner is None else Identity.of(owner)
    return None if found is None else Instance(found, run, log)


async def start(program: Program, conf: Path, run: Path, log: Path, *, timeout: float = 30.0) -> Instance:
    """Run the program with the configuration in `conf` and wait until it has fully booted.

    `run` is the `astrundir` of that configuration; `log` takes what Asterisk prints, so its logger.conf must have a
    `console` line. A port it could not open or a needed module it could not load stops it again.
    """
    _make(run)
    with _starting(run):
        living = adopt(run)
        if living is not None:
            raise AlreadyRuns(f"process {living.pid}, {run}")
        _sweep(run)
        words = Words(log)
        identity = _spawn(program.argv(conf), log)
        whole = False
        try:
            _record(run, identity)
            await _booted(identity, run, words, timeout)
            await words.all_said(run / "asterisk.ctl")
            words.refuse()
            whole = True
        finally:
            if not whole:
                identity.send(signal.SIGKILL)
                await identity.ended(10.0)
                _sweep(run)
        return Instance(identity, run, log, words.complaints())


def _make(run: Path) -> None:
    if len(os.fsencode(run / "asterisk.ctl")) > console.LONGEST_PATH:
        raise SocketPathTooLong(str(run))
    run.mkdir(mode=0o750, parents=True, exist_ok=True)
    if run.stat().st_uid != os.geteuid():
        raise CannotRun(f"{run} belongs to another user")


def _record(run: Path, identity: Identity) -> None:
    """Written whole or not at all: a record cut short would lose a living Asterisk."""
    new = run / f"{RECORD}.part"
    new.write_text(json.dumps(identity.record()), encoding="utf-8")
    new.replace(run / RECORD)


def _spawn(command: Sequence[str], log: Path) -> Identity:
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    environment["LC_ALL"] = "C.UTF-8"
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        # Not asyncio's or subprocess's: theirs would kill it, or complain, when the starter goes before it.
        pid = os.posix_spawn(
            command[0],
            list(command),
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, descriptor, 1),
                (os.POSIX_SPAWN_DUP2, descriptor, 2),
            ],
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGXFSZ],
        )
    except OSError as error:
        raise CannotRun(f"{command[0]}: {error.strerror}") from error
    finally:
        os.close(descriptor)
    # Even one that has ended already is still there to be looked at: nobody but us can reap it.
    return Identity.born(pid)


async def _booted(identity: Identity, run: Path, words: Words, timeout: float) -> None:
    """Until Asterisk says on its control socket that it has fully booted."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    while loop.time() < deadline:
        with suppress(NoAnswer):
            left = max(0.1, deadline - loop.time())
            if console.BOOTED in await console.ask(run / "asterisk.ctl", "core waitfullybooted", left):
                return
        if await identity.ended(0.02):  # the socket is not there yet; look again soon, but leave at once if it ends
            raise Ended(words.last())
    raise TooSlow(f"waited {timeout:g} s\n{words.last()}")


@contextmanager
def _starting(run: Path) -> Iterator[None]:
    descriptor = os.open(run / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartUnderWay(str(run)) from error
        yield
    finally:
        os.close(descriptor)


def _socket_owner(path: Path) -> int | None:
    """Who listens on the control socket, as the kernel knows it."""
    if len(os.fsencode(path)) > console.LONGEST_PATH:
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(1.0)
        try:
            link.connect(str(path))
            pid, user, _ = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        except OSError:
            return None
    return pid if pid > 0 and user == os.getuid() else None


def _sweep(run: Path) -> None:
    """Remove what an Asterisk that is no more has left."""
    for name in (RECORD, "asterisk.ctl", "asterisk.pid"):
        (run / name).unlink(missing_ok=True)
