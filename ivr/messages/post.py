"""The post of one supplier: a message is written and kept, and the outbox hands it to a gateway when it may go.

A message and its place in the outbox are one transaction, so that what a flow took for sent cannot be lost. Its row
says for ever what was sent to whom and how far it came.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta, tzinfo
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from ivr.billing.phones import normal_phone
from ivr.clock import Clock
from ivr.ids import new_id
from ivr.messages import outbox_kind
from ivr.messages.gateways import Gateway, GatewayAway, Letter, MessageRejected
from ivr.messages.message import Channel, Messages, Refused, when_to_send
from ivr.messages.tables import messages
from ivr.outbox import Message as Kept
from ivr.outbox import NotNow, Outbox
from ivr.outbox import Refused as NeverTaken
from ivr.prompts import NotSpeakable
from ivr.prompts.written import written
from ivr.store import Store
from ivr.store.engine import reason

log = structlog.get_logger(__name__)

LOOKED_BACK = timedelta(days=32)
ONE_PART, MANY_PARTS = 70, 67
"""Letters of a Cyrillic SMS, alone and as one of several."""


class Wanted(Protocol):
    """What a flow asks for; `ivr.call.services.MessageWanted` is one."""

    @property
    def message(self) -> str: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def to(self) -> str | None: ...
    @property
    def values(self) -> Mapping[str, object]: ...
    @property
    def call(self) -> UUID: ...
    @property
    def account(self) -> str | None: ...


class PostOffice:
    """Implements `ivr.call.services.Messages`. `channels` are those that a gateway serves."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        supplier: str,
        templates: Messages,
        channels: Collection[Channel],
        clock: Clock,
        zone: tzinfo,
    ) -> None:
        self._store, self._outbox, self._supplier = store, outbox, supplier
        self._messages, self._channels = templates, channels
        self._clock, self._zone = clock, zone

    async def send(self, wanted: Wanted) -> bool:
        """Durable on return. False: it may not be sent, or cannot; the log says why."""
        try:
            refused = await self._keep(wanted)
        except (DBAPIError, OSError, TimeoutError) as error:
            log.error("a message could not be kept", action="message.away", call=str(wanted.call), why=reason(error))
            return False
        if refused is not None:
            told = {"message": wanted.message, "channel": wanted.channel, "why": refused.why}
            log.info("a message is not sent", action="message.refused", call=str(wanted.call), **told)
        return refused is None

    async def _keep(self, wanted: Wanted) -> Refused | None:
        template = self._messages.templates.get(wanted.message)
        if template is None or not template.text(wanted.channel):
            return Refused("no_template")
        if wanted.channel not in self._channels:
            return Refused("no_gateway")
        to = address(wanted.channel, wanted.to)
        if to is None:
            return Refused("no_address")
        try:
            text = written(template.text(wanted.channel), wanted.values)
            subject = written(template.subject, wanted.values) if wanted.channel == "email" else ""
        except NotSpeakable as fault:
            log.error("a message cannot be written", action="message.cannot_be_written", why=str(fault))
            return Refused("cannot_be_written")
        now = self._clock.now()
        query = select(messages.c.at).where(
            messages.c.supplier == self._supplier, messages.c.address == to, messages.c.at > now - LOOKED_BACK
        )
        async with self._store.writing() as connection:
            earlier = list((await connection.execute(query)).scalars())
            goes = when_to_send(self._messages.rules, earlier, now, self._zone)
            if isinstance(goes, Refused):
                return goes
            id_ = new_id(now)
            await connection.execute(
                messages.insert().values(
                    id=id_, supplier=self._supplier, name=wanted.message, channel=wanted.channel, address=to,
                    account=wanted.account, subject=subject, text=text, state="waiting", at=now, not_before=goes,
                    sent_at=None, carrier_id="", why="", parts=parts(text) if wanted.channel == "sms" else 1,
                    call=wanted.call,
                )
            )  # fmt: skip
            await self._outbox.put(
                connection, self._supplier, outbox_kind, wanted.channel, str(id_), {"id": str(id_)}, not_before=goes
            )
        return None


class Postman:
    """Hands letters of the outbox to a gateway; an `ivr.outbox.Sender`."""

    def __init__(self, store: Store, gateway: Gateway, clock: Clock) -> None:
        self._store, self._gateway, self._clock = store, gateway, clock

    async def __call__(self, message: Kept) -> Any:
        id_ = UUID(message.payload["id"])
        query = select(messages.c.address, messages.c.text, messages.c.subject).where(messages.c.id == id_)
        async with self._store.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise NeverTaken("there is no such message any more")
        try:
            carrier_id = await self._gateway.send(Letter(message.key, row.address, row.text, row.subject))
        except GatewayAway as error:
            raise NotNow(str(error)) from error
        except MessageRejected as error:
            await self._mark(id_, state="failed", why=str(error)[:500])
            raise NeverTaken(str(error)) from error
        await self._mark(id_, state="sent", sent_at=self._clock.now(), carrier_id=carrier_id)
        return {"carrier_id": carrier_id}

    async def _mark(self, id_: UUID, **values: Any) -> None:
        async with self._store.writing() as connection:
            await connection.execute(update(messages).where(messages.c.id == id_).values(**values))


async def delivery_told(store: Store, channel: Channel, carrier_id: str, delivered: bool, why: str = "") -> bool:
    """What a carrier says of a message it took; False: it is none of ours, or it is settled already."""
    change = (
        update(messages)
        .where(messages.c.channel == channel, messages.c.carrier_id == carrier_id, messages.c.state == "sent")
        .values(state="delivered" if delivered else "failed", why=why[:500])
    )
    async with store.writing() as connection:
        return bool((await connection.execute(change)).rowcount) and bool(carrier_id)


def address(channel: Channel, to: str | None) -> str | None:
    """Where it goes, in one spelling: a mobile telephone of Russia, or a mail address."""
    if to is None:
        return None
    if channel == "sms":
        phone = normal_phone(to)
        return phone if phone is not None and phone.startswith("+79") and len(phone) == 12 else None
    name, at, host = to.strip().rpartition("@")
    good = name and at and "." in host and not any(sign.isspace() or sign in ",;<>" for sign in to.strip())
    return f"{name}@{host.lower()}" if good else None


def parts(text: str) -> int:
    """How many SMS a Cyrillic text is paid for as."""
    return 1 if len(text) <= ONE_PART else -(-len(text) // MANY_PARTS)
