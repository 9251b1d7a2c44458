"""A process told apart from any other that ever had its number, and waiting for one that need not be our child.

The kernel reuses process numbers; a number together with the moment the process started and the boot it started in is
never used again.
"""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

DEAD = ("Z", "X", "x")
"""States of a process that has ended, whether or not it was reaped."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process: its number, its start in clock ticks since boot, and the boot's id."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """The process that has this number now; a dead one that nobody has reaped is none."""
        found = _look(pid)
        return cls(pid, found[1], _boot()) if found is not None and found[0] not in DEAD else None

    @classmethod
    def born(cls, pid: int) -> "Identity":
        """A child we have just made and not yet reaped: it may have ended, but its number is still its own."""
        found = _look(pid)
        return cls(pid, found[1] if found is not None else 0, _boot())

    def alive(self) -> bool:
        """Whether it still runs. One of our children that has ended is reaped in passing."""
        if self.boot != _boot():
            return False
        found = _look(self.pid)
        if found is None or found[1] != self.started:
            return False
        if found[0] in DEAD:
            _reap(self.pid)
            return False
        return True

    async def ended(self, timeout: float | None = None) -> bool:
        """Wait for its end; whether that came in time."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        except OSError:
            return await self._ended_by_looking(timeout)
        try:
            if not self.alive():
                return True
            loop = asyncio.get_running_loop()
            gone = asyncio.Event()
            loop.add_reader(handle, gone.set)
            try:
                async with asyncio.timeout(timeout):
                    await gone.wait()
            except TimeoutError:
                return False
            finally:
                loop.remove_reader(handle)
        finally:
            os.close(handle)
        self.alive()  # reaps it, if it was our child
        return True

    async def _ended_by_looking(self, timeout: float | None) -> bool:
        """For kernels without process descriptors."""
        try:
            async with asyncio.timeout(timeout):
                while self.alive():  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return False
        return True

    def send(self, number: signal.Signals) -> None:
        """Signal this process and never one that has its number after it."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        except OSError:
            if self.alive():
                with suppress(ProcessLookupError):
                    os.kill(self.pid, number)
            return
        try:
            if self.alive():  # the handle is of this very process, then
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)

    def record(self) -> dict[str, int | str]:
        return asdict(self)


def _look(pid: int) -> tuple[str, int] | None:
    """State and start of the process that has this number, if there is one."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    return fields[0], int(fields[19])


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""  # some sandboxes hide it; number and start must do then


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
