"""One listener of the link: its own bounded queue and its own task, so that it keeps order and delays nobody else.

A listener that raises is logged and goes on. One that is too slow loses events, is told so by `Lost`, and once it has
caught up gets the whole state anew as `Resync`. Who does not take `Resync` gets events only, whatever was missed.
"""

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import structlog

from asterisk.ami.events import AmiEvent
from asterisk.ami.present import Disconnected, Lost, Resync

Handler = Callable[[Any], Awaitable[None] | None]

_TURN = 100
"""So many events are handled in one turn of the event loop."""

_log = structlog.get_logger(__name__)


class Subscription:
    def __init__(
        self,
        handler: Handler,
        wanted: tuple[type[AmiEvent], ...],
        *,
        most: int,
        now: Callable[[], datetime],
        ask: Callable[[], None],
    ) -> None:
        self._handler = handler
        self._name = getattr(handler, "__qualname__", repr(handler))
        self._wanted = wanted or (AmiEvent,)
        self._most = most
        self._now = now
        self._ask_for_resync = ask
        self._queue: deque[AmiEvent] = deque()
        # What comes while the state is being asked for; none at other times.
        self._held: deque[AmiEvent] | None = None
        self._takes_resync = issubclass(Resync, self._wanted)
        self._needs_resync = self._takes_resync
        # Nothing may be told before the next whole state.
        self._blind = self._takes_resync
        self._lost = 0
        self._busy = False
        self._ended = False
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def wants_resync(self) -> bool:
        """It needs the whole state and can take it: after a loss, only once it has done with what came before."""
        return self._needs_resync and self._held is None and not self._ended and (not self._lost or self._idle)

    @property
    def _idle(self) -> bool:
        return not self._busy and not self._queue

    def put(self, event: AmiEvent) -> None:
        if self._ended or not isinstance(event, self._wanted):
            return
        if self._held is not None:
            self._held.append(event)
            if len(self._held) + len(self._queue) > self._most:
                self._overflow()
        elif self._lost:
            self._lost += 1
        elif not self._blind or isinstance(event, Disconnected):
            self._queue.append(event)
            if len(self._queue) > self._most:
                self._overflow()
            else:
                self._start()

    def invalidate(self) -> None:
        """The connection is lost: nothing more until the next whole state. What was held is older than that, and
        told after it would bring back calls that are over."""
        self._held = None
        self._blind = self._needs_resync = self._takes_resync

    def refresh(self) -> None:
        """The whole state is wanted, and until it comes events go on."""
        self._needs_resync = self._takes_resync

    def hold(self) -> bool:
        """Keep what comes from now on until `release`; whether it does, and the state being asked for is for it."""
        if self.wants_resync:
            self._held = deque()
        return self._held is not None

    def release(self, resync: Resync) -> None:
        """Hand over the whole state, then what came meanwhile."""
        held, self._held = self._held, None
        if held is None or self._ended:
            return
        self._blind = self._needs_resync = False
        self._tell_loss()
        self._queue.append(resync)
        self._queue.extend(held)
        self._start()

    def end(self) -> None:
        """No further event; the one in the handler's hands is finished."""
        self._ended = True
        self._held = None
        self._queue.clear()
        self._wake.set()

    async def finish(self, seconds: float, closer: asyncio.Task[Any] | None) -> None:
        """Let the handler take what is queued, for so long at most, and end. A handler that is the `closer` itself
        cannot be waited for."""
        self._ended = True
        self._wake.set()
        if self._task is None or self._task is closer:
            return
        _, pending = await asyncio.wait((self._task,), timeout=seconds)
        if pending:
            _log.warning("handler given up", action="ami.close", handler=self._name, undelivered=len(self._queue))
            self._task.cancel()
            await asyncio.wait((self._task,), timeout=seconds)

    def _overflow(self) -> None:
        dropped = (*self._queue, *(self._held or ()))
        self._lost += sum(each.events if isinstance(each, Lost) else 1 for each in dropped)
        self._queue.clear()
        self._held = None
        self._blind = self._needs_resync = self._takes_resync
        _log.warning("events lost", action="ami.lost", handler=self._name, most=self._most)
        self._start()

    def _tell_loss(self) -> None:
        if self._lost and issubclass(Lost, self._wanted):
            self._queue.append(Lost(at=self._now(), events=self._lost))
        self._lost = 0

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name=f"ami-listener-{self._name}")
        self._wake.set()

    async def _run(self) -> None:
        taken = 0
        while True:
            while self._queue:
                self._busy = True
                await self._call(self._queue.popleft())
                self._busy = False
                taken += 1
                if taken % _TURN == 0:
                    await asyncio.sleep(0)
            if self._ended:
                return
            if self.wants_resync:
                self._ask_for_resync()
            elif self._lost and not self._needs_resync:
                self._tell_loss()
                continue
            await self._wake.wait()
            self._wake.clear()

    async def _call(self, event: AmiEvent) -> None:
        """The guard of a handler: whatever it raises is logged, and the link lives."""
        task = asyncio.current_task()
        try:
            result = self._handler(event)
            if inspect.isawaitable(result):
                await result
        except asyncio.CancelledError:
            if task is not None and task.cancelling():
                raise
            _log.warning("handler was cancelled", action="ami.handler", handler=self._name, told=type(event).__name__)
        except Exception:  # noqa: BLE001
            _log.exception("handler failed", action="ami.handler", handler=self._name, told=type(event).__name__)
