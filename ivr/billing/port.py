"""Which desk a supplier has by the settings, and the worker that carries readings to billing while the line runs."""

import asyncio
import os
from contextlib import AsyncExitStack, suppress
from datetime import tzinfo
from types import TracebackType

from bots.desk import Desk
from bots.period import Window
from ivr.billing.desk import TableDesk
from ivr.billing.http import BillingHttp
from ivr.billing.metered import ALL_MONTH
from ivr.billing.rest import BILLING, RestDesk
from ivr.clock import Clock
from ivr.outbox import Delivery, Outbox
from ivr.settings import Settings
from ivr.store import Store

TOKEN = "billing-token"


class BillingPort:
    """Entered once a service; `desk` may be asked for again whenever a supplier is (re)loaded."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._stack = AsyncExitStack()
        self._clients: dict[str, BillingHttp] = {}
        self.delivery = Delivery(Outbox(store, clock), clock)

    async def __aenter__(self) -> "BillingPort":
        worker = asyncio.create_task(self.delivery.run(), name="outbox: delivery")

        async def stop() -> None:
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker

        self._stack.push_async_callback(stop)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def desk(self, supplier: str, zone: tzinfo, window: Window = ALL_MONTH) -> Desk:
        """A supplier's; its `zone` and `window` hold where nothing narrower is known."""
        told = self._settings.billing
        if told.kind == "tables" or (told.suppliers and supplier not in told.suppliers):
            return TableDesk(self._store, supplier, clock=self._clock, zone=zone, window=window)
        client = self._clients.get(supplier)
        if client is None:
            assert told.url is not None
            url = told.url.replace("{supplier}", supplier)
            client = BillingHttp(url, self._token(), self._clock, seconds=told.seconds)
            self._clients[supplier] = await self._stack.enter_async_context(client)
        desk = RestDesk(
            self._store, supplier, client, clock=self._clock, zone=zone, window=window, wake=self.delivery.wake
        )
        self.delivery.serve(supplier, BILLING, desk.send)
        return desk

    def _token(self) -> str | None:
        """Of the installation, if it has one: unlike our own secrets it is never made up."""
        places = self._settings.places
        there = "GUDOK_BILLING_TOKEN_FILE" in os.environ or (places.secrets / TOKEN).exists()
        return places.secret(TOKEN) if there else None
