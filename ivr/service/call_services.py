"""What calls are served with besides billing, put together once a service: queues, callbacks, messages, manners.

What this installation has nothing for is refused to a flow, which takes its `refused` way; the log says so.
"""

import asyncio
from collections.abc import Collection
from contextlib import AsyncExitStack, suppress
from datetime import tzinfo
from types import TracebackType

import aiohttp
import structlog

from asterisk.ami import AmiLink
from asterisk.queue_board import QueueBoard
from ivr.call.manner_tables import KeptManners
from ivr.call.services import QueueStates
from ivr.clock import Clock
from ivr.messages.gateways import Gateway, HttpGateway, SmtpGateway
from ivr.messages.message import Channel, Messages
from ivr.messages.post import Postman, PostOffice
from ivr.outbound.callbacks import CallbackBook
from ivr.outbox import Delivery, Outbox
from ivr.settings import Settings
from ivr.store import Store

log = structlog.get_logger(__name__)


class CallServices:
    """Entered once a service; the rest is asked for whenever an edition of a supplier is made ready."""

    def __init__(self, settings: Settings, store: Store, link: AmiLink, delivery: Delivery, clock: Clock) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._delivery = delivery
        self._board = QueueBoard(link, clock)
        self._manners: dict[str, KeptManners] = {}
        self._gateways: dict[Channel, Gateway] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "CallServices":
        looking = asyncio.create_task(self._board.run(), name="queues: how they are now")

        async def stop() -> None:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

        self._stack.push_async_callback(stop)
        await self._open_gateways()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def board(self) -> QueueBoard:
        return self._board

    @property
    def mail(self) -> Gateway | None:
        """What letters go out by, if anything."""
        return self._gateways.get("email")

    def queues(self, supplier: str) -> QueueStates:
        return self._board.of(supplier)

    def callbacks(self, supplier: str, zone: tzinfo, own_numbers: Collection[str]) -> CallbackBook:
        return CallbackBook(self._store, supplier, self._clock, zone, own_numbers=own_numbers)

    def messages(self, supplier: str, zone: tzinfo, templates: Messages) -> PostOffice:
        for channel, gateway in self._gateways.items():
            self._delivery.serve(supplier, channel, Postman(self._store, gateway, self._clock))
        outbox = Outbox(self._store, self._clock)
        return PostOffice(self._store, outbox, supplier, templates, tuple(self._gateways), self._clock, zone)

    async def manners(self, supplier: str) -> KeptManners:
        """Loaded once: what a caller asked for holds in every edition."""
        if supplier not in self._manners:
            self._manners[supplier] = await KeptManners.load(self._store, supplier, self._clock)
        return self._manners[supplier]

    async def _open_gateways(self) -> None:
        told, places = self._settings.messages, self._settings.places
        if told.sms is not None:
            http = await self._stack.enter_async_context(aiohttp.ClientSession())
            self._gateways["sms"] = HttpGateway(told.sms.url, places.secret("sms"), http)
        if told.email is not None:
            mail = told.email
            secret = places.secret("smtp") if mail.user else ""
            self._gateways["email"] = SmtpGateway(mail.host, mail.port, mail.sender, user=mail.user, secret=secret)
        if not self._gateways:
            log.info("no carrier of messages is set: flows take their «refused» way", action="no_messages")
