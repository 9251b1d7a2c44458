"""A process that takes readings as a call does, to be killed at a chosen step; run by test_billing_kill.py.

The steps are put around the real code from outside: nothing in the package knows of them.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bots.desk import ReadingToStore
from ivr.billing.http import BillingHttp
from ivr.billing.port import BillingPort
from ivr.clock import SystemClock
from ivr.outbox import Outbox
from ivr.settings import load
from ivr.store import Store, open_store


class Later(SystemClock):
    """A while after the real time, so that a lease of somebody dead has ended."""

    def __init__(self, seconds: float) -> None:
        self._later = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self._later


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str) -> None:
    """Die at this step of what follows."""
    writing = Store.writing
    commits = 0

    @asynccontextmanager
    async def mortal_writing(self: Store) -> AsyncIterator[AsyncConnection]:
        nonlocal commits
        async with writing(self) as connection:
            yield connection
            if step == "before the commit":
                die()
        commits += 1
        if (step, commits) in (("after the commit", 1), ("after it is marked", 2)):
            die()

    hand_over = BillingHttp.hand_over

    async def mortal_hand_over(self: BillingHttp, *path: str, **rest: Any) -> bytes:
        if step == "before it is sent":
            die()
        answer = await hand_over(self, *path, **rest)
        if step == "before it is marked":
            die()
        return answer

    Store.writing = mortal_writing  # type: ignore[method-assign]
    BillingHttp.hand_over = mortal_hand_over  # type: ignore[method-assign]


async def take(port: BillingPort, keys: list[str], step: str) -> None:
    """Store a reading a key, and say so when the caller would have heard «Принято»."""
    desk = await port.desk("energosbyt", ZoneInfo("Europe/Moscow"))
    for number, key in enumerate(keys):
        at = datetime(2026, 3, 4, 9, tzinfo=UTC) + timedelta(seconds=number)
        reading = ReadingToStore("7001234567", "s1", {"single": 12345 + number}, {"single": UUID(key)}, at)
        if step == "before it is stored":
            die()
        await desk.store_reading(reading)
        print(f"confirmed {key}", flush=True)


async def deliver(port: BillingPort, store: Store, clock: Later) -> None:
    """Until nothing waits any more."""
    await port.desk("energosbyt", ZoneInfo("Europe/Moscow"))
    box = Outbox(store, clock)
    while await box.find("energosbyt"):
        await port.delivery.deliver_due()


async def main() -> None:
    told = json.loads(sys.argv[1])
    billing = {"kind": "rest", "url": told["billing"], "seconds": 3.0} if told["billing"] else {}
    settings = load(data=Path(told["data"]), database=told["database"], billing=billing)
    clock = Later(told["later"])
    async with await open_store(settings) as store:
        port = BillingPort(settings, store, clock)
        if told["worker"]:
            await port.__aenter__()
        jobs: dict[str, Callable[[], Awaitable[None]]] = {
            "take": lambda: take(port, told["keys"], told["step"]),
            "deliver": lambda: deliver(port, store, clock),
        }
        arm(told["step"])
        await jobs[told["job"]]()
        await port.__aexit__(None, None, None)


if __name__ == "__main__":
    asyncio.run(main())
