"""Puts what is to be told of finished calls into the outbox, each message once for each who wants it.

Which calls these are is put down by whoever counts them, in the very transaction (`ivr.journal.tables.untold`); a mark
goes away in the transaction that fills the outbox. So nothing is missed however often the service is killed.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from ivr.clock import Clock
from ivr.journal.events import Event
from ivr.journal.tables import untold
from ivr.journal.told import told
from ivr.outbox import Outbox
from ivr.store import Store
from ivr.store.engine import reason
from ivr.webhooks.bodies import Body, bodies
from ivr.webhooks.subscription import Subscription, wanted

log = structlog.get_logger(__name__)

SECONDS = 2.0
AT_ONCE = 200
NEWS_FOR = timedelta(days=7)
"""A call that ended before is no news any more: a month that is counted again is not told again."""

SubscriptionsOf = Callable[[str], Sequence[Subscription]]


class Feed:
    def __init__(
        self, store: Store, outbox: Outbox, subscriptions: SubscriptionsOf, wake: Callable[[], None], clock: Clock
    ) -> None:
        self._store, self._outbox, self._of = store, outbox, subscriptions
        self._wake, self._clock = wake, clock
        self.told = 0
        """Messages put into the outbox."""

    async def run(self) -> None:
        while True:
            try:
                while await self.tell_some():
                    pass
            except (DBAPIError, NoConnection, OSError) as error:
                log.warning("what is to be told waits", action="webhook.away", why=reason(error))
            await self._clock.sleep(SECONDS)

    async def tell_some(self) -> int:
        """Tell of the calls that have waited longest; how many marks are done."""
        async with self._store.reading() as connection:
            marks = (await connection.execute(select(untold).order_by(untold.c.id).limit(AT_ONCE))).all()
        if not marks:
            return 0
        found: list[tuple[str, Body, Subscription]] = []
        for supplier, call in dict.fromkeys((mark.supplier, mark.call) for mark in marks):
            subscriptions = self._of(supplier)
            if subscriptions:
                events = await told(self._store, supplier, call)
                found += [(supplier, *one) for one in self._news(events, subscriptions)]
        async with self._store.writing() as connection:
            for supplier, body, one in found:
                await self._outbox.put(
                    connection, supplier, f"webhook:{body.event}", one.destination, body.key, body.fields
                )
            await connection.execute(delete(untold).where(untold.c.id.in_([mark.id for mark in marks])))
        if found:
            self.told += len(found)
            self._wake()
        return len(marks)

    def _news(
        self, events: Sequence[Event], subscriptions: Iterable[Subscription]
    ) -> Iterable[tuple[Body, Subscription]]:
        known = list(subscriptions)
        if not events or events[-1].at < self._clock.now() - NEWS_FOR:
            return
        try:
            made = list(bodies(events))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            # One call whose events make no sense must not keep all others from being told.
            log.error("a call cannot be told of", action="webhook.unfit", call=str(events[0].call), why=repr(error))
            return
        for body in made:
            for one in wanted(known, body.event):
                yield body, one
