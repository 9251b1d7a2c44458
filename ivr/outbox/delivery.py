"""The worker that hands messages over: a few at a time, with pauses that grow, and one probe where a receiver is away.

At least once: a message is marked delivered after its receiver took it. A message that its receiver keeps failing on,
or refuses, is set aside for a person; it holds up no other.
"""

import asyncio
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from ivr.clock import Clock
from ivr.outbox.message import Message, NotNow, Refused, Sender, State, is_poison, pause
from ivr.outbox.outbox import KEPT, LEASE, Outbox
from ivr.store.engine import reason

log = structlog.get_logger(__name__)

AT_ONCE = 8
POLL_SECONDS = 5.0
HAND_OVER_SECONDS = LEASE.total_seconds() / 2
"""Then we let go, well before the lease does."""
LONGEST_AWAY = timedelta(minutes=5)
HOUSE_SECONDS = 30.0
"""How often is counted what waits, and forgotten what was delivered long ago."""

DATABASE_AWAY = (DBAPIError, NoConnection, OSError, TimeoutError)

Place = tuple[str, str]
"""Supplier and destination."""


@dataclass
class _Door:
    """One receiver: how to reach it, and what is known of it."""

    sender: Sender
    failures: int = 0
    closed_until: datetime | None = None
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Delivery:
    """`run` it as a task; tell it its receivers with `serve`; `wake` it when something was put in.

    Each receiver has a task of its own: one that is slow keeps no other waiting.
    """

    def __init__(self, outbox: Outbox, clock: Clock, *, chance: random.Random | None = None) -> None:
        self._outbox, self._clock = outbox, clock
        self._chance = chance or random.Random()
        self._doors: dict[Place, _Door] = {}
        self._running: asyncio.TaskGroup | None = None
        self.undelivered: Mapping[tuple[str, str, State], int] = {}
        """How many messages there were lately, by supplier, destination and state."""

    def serve(self, supplier: str, destination: str, sender: Sender) -> None:
        """From now on its messages go out; those of a destination that nobody serves wait."""
        place = supplier, destination
        known = self._doors.get(place)
        if known is not None:
            known.sender = sender
            return
        self._doors[place] = _Door(sender)
        if self._running is not None:
            self._running.create_task(self._carry(place), name=f"outbox: {supplier} {destination}")

    def wake(self) -> None:
        for door in self._doors.values():
            door.woken.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as carrying:
            self._running = carrying
            try:
                for supplier, destination in self._doors:
                    carrying.create_task(self._carry((supplier, destination)), name=f"outbox: {supplier} {destination}")
                while True:
                    await self._keep_house()
                    await asyncio.sleep(HOUSE_SECONDS)
            finally:
                self._running = None

    async def _carry(self, place: Place) -> None:
        door = self._doors[place]
        while True:
            door.woken.clear()
            handed = 0
            try:
                handed = await self._deliver(place)
            except DATABASE_AWAY as error:
                log.warning("the outbox cannot be reached", action="outbox.away", why=reason(error))
            except Exception:  # the one guard of a round: a fault of ours must not end deliveries until a restart
                log.exception("a round of deliveries failed", action="outbox.fault", destination=place[1])
            if not handed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await door.woken.wait()

    async def deliver_due(self) -> int:
        """Hand over what is due now, once; how many messages were in our hands."""
        return sum(await asyncio.gather(*(self._deliver(place) for place in self._doors)))

    async def _deliver(self, place: Place) -> int:
        door = self._doors[place]
        if door.closed_until is not None and self._clock.now() < door.closed_until:
            return 0
        # A receiver that was away is asked with one message.
        taken = await self._outbox.take([place], 1 if door.failures else AT_ONCE)
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
                answer = await door.sender(message)
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

    async def _keep_house(self) -> None:
        try:
            await self._outbox.forget(self._clock.now() - KEPT)
            self.undelivered = await self._outbox.counts()
        except DATABASE_AWAY as error:
            log.warning("what waits cannot be counted", action="outbox.away", why=reason(error))

    @staticmethod
    def _say(what: str, message: Message, why: str) -> None:
        told: dict[str, Any] = {"supplier": message.supplier, "kind": message.kind, "message": str(message.id)}
        level = log.info if what == "postponed" else log.warning
        level("a message was not taken", action=f"outbox.{what}", destination=message.destination, why=why, **told)
