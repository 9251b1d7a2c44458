"""One TCP connection to Asterisk's manager: bytes into messages, answers to their actions, everything else to the link.

Subclasses panoramisk's `AMIProtocol`, from which `send` and the table of `responses` are used. Mended here: a message
is decoded as a whole, so a letter split between two reads is kept; nothing unanswered is ever sent again; an event that
carries an action's identifier still is an event; an endless message ends the connection, not the memory.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from panoramisk.ami_protocol import AMIProtocol

from asterisk.ami.errors import ActionFailed, ActionFate, LinkDown
from asterisk.ami.message import Block, Request

MOST_MESSAGE_BYTES = 1 << 20
MOST_UNSENT_BYTES = 1 << 20
MOST_LISTED = 100_000
_MOST_BANNER_BYTES = 200
_BANNER = re.compile(rb"Asterisk Call Manager/([0-9.]+)\r?\n")
_END = b"\r\n\r\n"
_REMEMBERED = 256


class Receiver(Protocol):
    """Whoever owns the connection."""

    def event(self, block: Block) -> None: ...

    def gone(self) -> None: ...


class Wire(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    encoding = "utf-8"

    def __init__(self, receiver: Receiver, where: str, monotonic: Callable[[], float]) -> None:
        self.receiver = receiver
        self.where = where
        self.monotonic = monotonic
        self.heard_at = monotonic()
        self.closed = True
        self.transport: Any = None
        self.responses: dict[str, Request] = {}
        self.why: LinkDown | None = None
        """Why the connection is of no use any more."""
        self.greeted: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._bytes = bytearray()
        self._searched = 0
        # Lists nobody waits for any more: their late items must not pass for events.
        self._abandoned: OrderedDict[str, None] = OrderedDict()

    def connection_made(self, transport: Any) -> None:
        if self.why is not None:
            # Given up while it was being made.
            transport.abort()
            return
        super().connection_made(transport)

    # -- in ------------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self.closed:
            return
        self.heard_at = self.monotonic()
        self._bytes += data
        if self.version is None and not self._greet():
            return
        taken = 0
        while not self.closed:
            end = self._bytes.find(_END, max(taken, self._searched - len(_END) + 1))
            if end < 0:
                break
            block = Block.from_line(self._bytes[taken:end].decode(self.encoding, "replace").lstrip("\r\n"))
            taken = end + len(_END)
            if block is not None:
                self.handle_message(block)
        del self._bytes[:taken]
        self._searched = len(self._bytes)
        if self._searched > MOST_MESSAGE_BYTES:
            self.fail(LinkDown(f"{self.where} sent a message of more than {MOST_MESSAGE_BYTES} bytes"))

    def _greet(self) -> bool:
        """Take the first line; anything but Asterisk's own greeting ends the connection."""
        match = _BANNER.match(self._bytes)
        if match is not None:
            self.version = match[1].decode("ascii")
            del self._bytes[: match.end()]
            if not self.greeted.done():
                self.greeted.set_result(self.version)
            return True
        if b"\n" in self._bytes or len(self._bytes) > _MOST_BANNER_BYTES:
            self.fail(LinkDown(f"{self.where} is not an Asterisk manager: it greets with {bytes(self._bytes[:40])!r}"))
        return False

    def handle_message(self, message: Block) -> None:
        action_id = message.action_id
        if isinstance(action_id, list):
            action_id = action_id[0]
        request = self.responses.get(action_id)
        if "event" in message:
            if action_id in self._abandoned:
                if message.get("eventlist"):
                    del self._abandoned[action_id]
            elif request is not None and request.listing and request.responses:
                self._take(request, message)
            else:
                self.receiver.event(message)
        elif request is not None:
            self._take(request, message)

    def _take(self, request: Request, message: Block) -> None:
        if request.add_message(message):
            self.responses.pop(request.id, None)
        elif len(request.responses) > MOST_LISTED:
            self.forget(request)
            if not request.future.done():
                why = f"the list has more than {MOST_LISTED} entries"
                request.future.set_exception(ActionFailed(request.name, ActionFate.UNKNOWN, why))

    # -- out -----------------------------------------------------------------------------------------------------

    def ask(self, request: Request) -> None:
        """Send an action once. Whatever happens after this, it is not sent again."""
        if self.closed:
            raise ActionFailed(request.name, ActionFate.NOT_SENT, str(self.why))
        if self.transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
            raise ActionFailed(request.name, ActionFate.NOT_SENT, f"{self.where} does not read what it is sent")
        self.send(request)

    def forget(self, request: Request) -> None:
        """Nobody waits for this answer any more."""
        if self.responses.pop(request.id, None) is not None and request.listing:
            self._abandoned[request.id] = None
            while len(self._abandoned) > _REMEMBERED:
                self._abandoned.popitem(last=False)

    # -- the end -------------------------------------------------------------------------------------------------

    def fail(self, why: LinkDown) -> None:
        """End the connection at once, for this reason; the first reason stays."""
        if self.why is not None:
            return
        self.closed = True
        self.why = why
        if self.transport is not None:
            self.transport.abort()
        self._bytes.clear()
        unanswered, self.responses = self.responses, {}
        for request in unanswered.values():
            if not request.future.done():
                request.future.set_exception(ActionFailed(request.name, ActionFate.UNKNOWN, str(why)))
                # Whoever asked may have gone meanwhile; then nobody reads this, and asyncio need not complain.
                request.future.exception()
        if not self.greeted.done():
            self.greeted.set_exception(why)
            self.greeted.exception()
        self.receiver.gone()

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail(LinkDown(f"{self.where} closed the connection" + (f": {exc}" if exc else "")))

    def close(self) -> None:
        self.fail(LinkDown(f"the connection to {self.where} was closed by ourselves"))
