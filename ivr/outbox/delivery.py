"""The worker that hands messages over: a few at a time, with pauses that grow, and one probe where a receiver is away.

At least once: a message is marked delivered after its receiver took it. A message that its receiver keeps failing on,
or refuses, is set aside for a person; it holds up no other.
"""

import asyncio
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from ivr.clock import Clock
from ivr.outbox.message import Message, NotNow, Refused, Sender, is_poison, pause
from ivr.outbox.outbox import KEPT, LEASE, Outbox
from ivr.store.engine import reason

log = structlog.get_logger(__name__)

AT_ONCE = 8
POLL_SECONDS = 2.0
HAND_OVER_SECONDS = LEASE.total_seconds() / 2
"""Then we let go, well before the lease does."""
LONGEST_AWAY = timedelta(minutes=5)
FORGET_EVERY = timedelta(hours=1)

DATABASE_AWAY = (DBAPIError, NoConnection, OSError, TimeoutError)

Place = tuple[str, str]
"""Supplier and destination."""


@dataclass
class _Door:
    """What is known of one receiver."""

    failures: int = 0
    closed_until: datetime | None = None


class Delivery:
    """`run` it as a task; tell it its receivers with `serve`; `wake` it when something was put in."""

    def __init__(self, outbox: Outbox, clock: Clock, *, chance: random.Random | None = None) -> None:
        self._outbox, self._clock = outbox, clock
        self._chance = chance or random.Random()
        self._senders: dict[Place, Sender] = {}
        self._doors: dict[Place, _Door] = {}
        self._woken = asyncio.Event()
        self._forgot_at: datetime | None = None

    def serve(self, supplier: str, destination: str, sender: Sender) -> None:
        """From now on its messages go out; those of a destination that nobody serves wait."""
        self._senders[supplier, destination] = sender
        self._doors[supplier, destination] = _Door()
        self.wake()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        while True:
            self._woken.clear()
            handed = 0
            try:
                handed = await self.deliver_due()
                await self._forget()
            except DATABASE_AWAY as error:
                log.warning("the outbox cannot be reached", action="outbox.away", why=reason(error))
            if not handed:
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._woken.wait()
                except TimeoutError:
                    continue

    async def deliver_due(self) -> int:
        """Hand over what is due now, once; how many messages a receiver took, refused or failed on."""
        now = self._clock.now()
        ready = [place for place, door in self._doors.items() if door.closed_until is None or door.closed_until <= now]
        sound = [place for place in ready if not self._doors[place].failures]
        taken = list(await self._outbox.take(sound, AT_ONCE))
        for place in ready:
            if place not in sound:  # a receiver that was away is asked with one message
                taken += await self._outbox.take([place], 1)
        async with asyncio.TaskGroup() as hands:
            for message in taken:
                hands.create_task(self._see_to(message), name=f"outbox: {message.kind} {message.id}")
        return len(taken)

    async def _see_to(self, message: Message) -> None:
        try:
            await self._hand_over(message)
        except DATABASE_AWAY as error:
            # Its lease ends by itself; then it goes out once more, under the key its receiver knows already.
            log.warning("a message cannot be settled", action="outbox.away", message=str(message.id), why=reason(error))

    async def _hand_over(self, message: Message) -> None:
        door = self._doors[message.supplier, message.destination]
        try:
            async with asyncio.timeout(HAND_OVER_SECONDS):
                answer = await self._senders[message.supplier, message.destination](message)
        except TimeoutError:
            await self._failed(message, door, NotNow(f"no answer in {HAND_OVER_SECONDS:.0f} s"))
        except NotNow as error:
            await self._failed(message, door, error)
        except Refused as error:
            door.failures, door.closed_until = 0, None
            self._say("refused", message, str(error))
            await self._outbox.set_aside(message, str(error))
        except Exception as error:  # the one guard of a hand-over: a fault of ours costs only this message
            log.exception("a message cannot be handed over", action="outbox.fault", message=str(message.id))
            await self._failed(message, door, NotNow(f"fault: {error!r}", answered=True))
        else:
            door.failures, door.closed_until = 0, None
            await self._outbox.delivered(message, answer)

    async def _failed(self, message: Message, door: _Door, error: NotNow) -> None:
        if error.answered and is_poison(message.tries):
            self._say("set_aside", message, str(error))
            await self._outbox.set_aside(message, f"given up after {message.tries} tries: {error}")
            return
        wait = pause(message.tries, self._chance.random())
        if error.retry_after is not None:
            wait = max(wait, timedelta(seconds=error.retry_after))
        if not error.answered:
            # The receiver is away, whatever the message: others need not find that out one by one.
            door.failures += 1
            wait = min(pause(door.failures, self._chance.random()), LONGEST_AWAY)
            door.closed_until = self._clock.now() + wait
        self._say("postponed", message, str(error))
        await self._outbox.postpone(message, wait, str(error), is_try=error.answered)

    async def _forget(self) -> None:
        now = self._clock.now()
        if self._forgot_at is None or now - self._forgot_at > FORGET_EVERY:
            self._forgot_at = now
            await self._outbox.forget(now - KEPT)

    @staticmethod
    def _say(what: str, message: Message, why: str) -> None:
        told: dict[str, Any] = {"supplier": message.supplier, "kind": message.kind, "message": str(message.id)}
        level = log.info if what == "postponed" else log.warning
        level("a message was not taken", action=f"outbox.{what}", destination=message.destination, why=why, **told)
