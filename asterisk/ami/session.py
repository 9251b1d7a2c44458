"""One connection to the manager, from its beginning to its end: connect, log in, ask, and notice when it is dead.

It never begins anew; that is the link's affair. Its end is one `LinkDown`, and what was unanswered then stays so.
"""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from asterisk.ami.errors import ActionFailed, ActionFate, LinkDown, LoginRefused
from asterisk.ami.message import Block, Headers, HeaderValue, Request
from asterisk.ami.terms import Manager, Patience
from asterisk.ami.wire import Receiver, Wire
from ivr.clock import Clock

GOOD = ("Success", "Follows", "Goodbye")
"""The answers that are no refusal."""


class Session:
    """`async with Session(…) as session`: logged in inside, gone afterwards."""

    def __init__(
        self, manager: Manager, login: Mapping[str, HeaderValue], patience: Patience, clock: Clock, receiver: Receiver
    ) -> None:
        self._manager = manager
        self._login = login
        self._patience = patience
        self._clock = clock
        self._wire = Wire(receiver, manager.where, clock.monotonic)
        self._watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._connect()
            await self._log_in()
        except BaseException:
            self._wire.close()
            raise
        self._watch = asyncio.get_running_loop().create_task(self._pinging(), name="ami-watch")
        # Pinging ends only with the connection; should it ever end otherwise, nobody would notice a frozen Asterisk.
        self._watch.add_done_callback(lambda _: self._wire.close())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._wire.close()
        if self._watch is not None:
            self._watch.cancel()

    @property
    def alive(self) -> bool:
        return not self._wire.closed

    @property
    def why(self) -> LinkDown | None:
        """Why it is over."""
        return self._wire.why

    @property
    def protocol(self) -> str:
        return str(self._wire.version)

    async def ask(self, request: Request, seconds: float) -> list[Block]:
        """Send an action, once, and wait for its answer or its whole list."""
        self._wire.ask(request)
        try:
            async with asyncio.timeout(seconds):
                return await request.future
        except TimeoutError:
            raise ActionFailed(request.name, ActionFate.UNKNOWN, f"no answer within {seconds:g} s") from None
        finally:
            self._wire.forget(request)

    async def _connect(self) -> None:
        manager = self._manager
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._patience.greeting):
                await loop.create_connection(lambda: self._wire, manager.host, manager.port)
                await self._wire.greeted
        except TimeoutError:
            raise LinkDown(f"{manager.where} did not greet within {self._patience.greeting:g} s") from None
        except (OSError, UnicodeError) as error:
            raise LinkDown(f"cannot reach {manager.where}: {error}") from error

    async def _log_in(self) -> None:
        request = Request("Login", self._login, listing=False)
        try:
            answer = Headers((await self.ask(request, self._patience.greeting))[0])
        except ActionFailed as error:
            raise self._wire.why or LinkDown(f"{self._manager.where}: {error}") from error
        if answer.get("Response") not in GOOD:
            raise LoginRefused(
                f"{self._manager.where} refused the user {self._manager.username!r}: {answer.get('Message', '')}. "
                "Compare name, secret and permit with that user's section of manager.conf"
            )

    async def _pinging(self) -> None:
        """Ping, and end the connection when Asterisk is frozen. Silence is counted from a ping on: a pause of our own
        process is not Asterisk's."""
        patience, wire = self._patience, self._wire
        while wire.why is None:
            ping = Request("Ping", {}, listing=False)
            asked = self._clock.monotonic()
            try:
                wire.ask(ping)
            except ActionFailed as error:
                wire.fail(LinkDown(error.why))
                return
            await self._clock.sleep(patience.ping)
            while not ping.future.done():
                now = self._clock.monotonic()
                silent = now - max(asked, wire.heard_at)
                if silent >= patience.silence:
                    wire.fail(LinkDown(f"{wire.where} is frozen: not a byte for {silent:.1f} s after a ping"))
                    return
                if now - asked >= patience.unanswered:
                    wire.fail(LinkDown(f"{wire.where} has not answered a ping for {now - asked:.1f} s"))
                    return
                await self._clock.sleep(min(patience.ping, patience.silence - silent))
