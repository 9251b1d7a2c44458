"""A robot telephone: our own small SIP user agent, for tests and for `gudok call`.

It registers or not, calls and is called, hears and speaks, measures when. It belongs to one event loop, opens its
sockets on entering and leaves nothing behind: no task, no timer, no socket. Only UDP, only G.711, only IPv4: it rings
the line, it is no softphone.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

from asterisk.robot import digest
from asterisk.robot.address import SipError, Uri
from asterisk.robot.call import Call, caller_of
from asterisk.robot.dialog import address_of
from asterisk.robot.errors import NotPossible, TooLate
from asterisk.robot.line import ALLOW, SUPPORTED, Asked, OnResponse
from asterisk.robot.registration import Registration
from asterisk.robot.sdp import Codec
from asterisk.robot.sip import Headers, Request, Response
from asterisk.robot.transaction import Address, Server, Timers, Transactions, response_to
from ivr.clock import Clock, SystemClock

MOST_CALLS = 1000
KEPT_CALLS = 50
"""Calls that are over and still known, with their recordings."""
MOST_WAITING = 64
AGENT = ("User-Agent", "gudok robot")


class RobotPhone:
    """`registrar` is `host:port` or a SIP URI; without one the telephone calls and is called directly."""

    def __init__(
        self,
        local: str = "127.0.0.1",
        *,
        port: int = 0,
        user: str = "robot",
        secret: str | None = None,
        registrar: str | None = None,
        expires: int = 300,
        codecs: Sequence[Codec] = ("alaw", "ulaw"),
        rings: bool = True,
        record_seconds: float = 3600.0,
        timers: Timers = Timers(),  # noqa: B008 (frozen)
        clock: Clock | None = None,
    ) -> None:
        if local == "0.0.0.0":
            raise NotPossible("the robot needs the address itself (127.0.0.1): it is what others answer to")
        self._local = (local, port)
        self.user = user
        self._secret = secret
        self._codecs = tuple(codecs)
        self._rings = rings
        self._record_seconds = record_seconds
        self._timers = timers
        self._clock: Clock = clock if clock is not None else SystemClock()
        self._registrar = self._server_uri(registrar) if registrar else None
        self._registration: Registration | None = None
        if self._registrar is not None:
            self._registration = Registration(self, self._registrar, user, expires)
        self._calls: list[Call] = []
        self._waiting: deque[Call] = deque()
        self._arrived = asyncio.Event()
        self.contact = ""
        self.transactions: Transactions

    @staticmethod
    def _server_uri(text: str) -> Uri:
        uri = Uri.parse(text if text.startswith("sip:") else f"sip:{text}")
        if address_of(str(uri)) is None:
            raise SipError(f"{text}: the address must be a number (127.0.0.1:5060)")
        return Uri(user="", host=uri.host, port=uri.port)

    async def __aenter__(self) -> "RobotPhone":
        self.transactions = await Transactions.open(self, self._timers, self._local)
        host, port = self.transactions.local
        self.contact = str(Uri(user=self.user, host=host, port=port))
        if self._registrar is not None:
            try:
                await self.register()
            except BaseException:
                self.transactions.close()
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        patience = 2 * self._timers.t1
        try:
            farewells = [call.hang_up(within=patience) for call in self._calls if call.end is None]
            await asyncio.gather(*farewells, return_exceptions=True)
            await self.unregister(within=patience)
        finally:
            if self._registration is not None:
                self._registration.forget()
            for call in self._calls:
                call.close()
            self.transactions.close()
            await asyncio.sleep(0)  # the transport closes its socket in the next turn of the loop

    @property
    def address(self) -> str:
        """`host:port` where the telephone can be rung directly."""
        host, port = self.transactions.local
        return f"{host}:{port}"

    @property
    def calls(self) -> tuple[Call, ...]:
        """All that go on and the last that are over."""
        return tuple(self._calls)

    # calling and being called

    async def dial(
        self,
        target: str,
        *,
        caller: str | None = None,
        name: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Call:
        """Ring `target`: a SIP URI, or a number at the registrar. `caller` is the number shown, "" hides it."""
        if not target.startswith(("sip:", "sips:")):
            if self._registrar is None:
                raise NotPossible(f"{target!r}: without a registrar only a SIP address can be dialled")
            target = str(Uri(user=target, host=self._registrar.host, port=self._registrar.port))
        to = address_of(target)
        if to is None:
            raise NotPossible(f"{target!r}: not a SIP address with a numeric host")
        call = self._new_call()
        host, port = self.transactions.local
        if self._registrar is not None and caller is None:
            host, port = self._registrar.host, self._registrar.port or 5060
        sender = caller_of(caller, name, host, port, self.user)
        extra = Headers([AGENT, *(headers or {}).items()])
        try:
            call.leg.dial(str(Uri.parse(target)), to, sender, extra)
        except SipError:
            call.close()
            self._calls.remove(call)
            raise
        return call

    async def incoming(self, within: float = 10.0) -> Call:
        """The next call that rings here and was not taken yet; one that gave up meanwhile is skipped."""
        limit = self._clock.monotonic() + within
        while True:
            while self._waiting:
                call = self._waiting.popleft()
                if call.end is None:
                    return call
            left = limit - self._clock.monotonic()
            if left <= 0:
                raise TooLate("an incoming call", within)
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), left)
            except TimeoutError:
                continue

    def _new_call(self) -> Call:
        over = [call for call in self._calls if call.end is not None]
        for call in over[: max(0, len(over) - KEPT_CALLS)]:
            self._calls.remove(call)
        if len(self._calls) >= MOST_CALLS:
            raise NotPossible(f"{MOST_CALLS} calls are open already")
        call = Call(self, self._clock, self.transactions.local[0], self._codecs, self._record_seconds)
        self._calls.append(call)
        return call

    @property
    def registered(self) -> bool:
        return self._registration is not None and self._registration.held

    async def register(self, within: float = 10.0) -> None:
        """Register, and again before it expires; entering does it."""
        if self._registration is None:
            raise NotPossible("there is no registrar to register with")
        await self._registration.make(within)

    async def unregister(self, within: float = 4.0) -> None:
        if self._registration is not None:
            await self._registration.take_back(within)

    # what transactions and legs need (User, Line)

    def ask(
        self, make: Callable[[Headers], Request], target: Address, got: OnResponse, gone: Callable[[], None]
    ) -> Asked:
        """Send a request; a challenge is answered with our secret, a second one only when the nonce was stale."""
        asked = Asked()

        def attempt(more: Headers) -> None:
            request = make(more)

            def received(response: Response, source: Address) -> None:
                if response.status in (401, 407) and self._secret is not None and asked.tries < 2:
                    proxy = response.status == 407
                    challenges = response.headers.all("Proxy-Authenticate" if proxy else "WWW-Authenticate")
                    challenge = digest.best_challenge(challenges)
                    if challenge is not None and (asked.tries == 0 or challenge.stale):
                        asked.tries += 1
                        value = digest.authorization(
                            challenge, user=self.user, secret=self._secret, method=request.method, uri=request.uri
                        )
                        attempt(Headers([("Proxy-Authorization" if proxy else "Authorization", value)]))
                        return
                got(response, source)
                if response.status >= 200:
                    asked.finish()

            def given_up() -> None:
                gone()
                asked.finish()

            asked.client = self.transactions.request(request, target, received, given_up)

        attempt(Headers())
        return asked

    def on_request(self, server: Server) -> None:
        request = server.request
        if request.method == "CANCEL":
            self._cancelled(server)
            return
        if request.receiver.tag:
            call = self._call_of(request)
            if call is not None:
                call.leg.on_request(server)
            else:
                server.respond(response_to(request, 481))
        elif request.method == "INVITE":
            self._called(server)
        elif request.method == "OPTIONS":
            server.respond(self._reply(request, 200, ("Allow", ALLOW), ("Accept", "application/sdp")))
        elif request.method == "REFER":
            server.respond(self._reply(request, 603))
        elif request.method == "NOTIFY":
            server.respond(self._reply(request, 200))
        elif request.method in ("BYE", "INFO", "UPDATE", "PRACK"):
            server.respond(self._reply(request, 481))
        else:
            server.respond(self._reply(request, 405, ("Allow", ALLOW)))

    def on_ack(self, request: Request) -> None:
        call = self._call_of(request)
        if call is not None:
            call.leg.on_ack(request)

    def _called(self, server: Server) -> None:
        request = server.request
        unknown = request.headers.tokens("Require") - {SUPPORTED}
        if unknown:
            server.respond(self._reply(request, 420, ("Unsupported", ", ".join(sorted(unknown)))))
            return
        self._waiting = deque(call for call in self._waiting if call.end is None)
        if len(self._waiting) >= MOST_WAITING:
            server.respond(self._reply(request, 486))
            return
        try:
            call = self._new_call()
        except NotPossible:
            server.respond(self._reply(request, 486))
            return
        call.leg.ring(server)
        server.respond(response_to(request, 100))
        if self._rings:
            call.leg.progress(180)
            call.on_ringing(180)
        self._waiting.append(call)
        self._arrived.set()

    def _cancelled(self, server: Server) -> None:
        invite = self.transactions.cancelled(server.request)
        call = None
        if invite is not None:
            call = next((one for one in self._calls if one.leg.invite is invite.request), None)
        if call is not None:
            call.leg.on_cancel(server)
        else:
            server.respond(self._reply(server.request, 481))

    def _call_of(self, request: Request) -> Call | None:
        for call in self._calls:
            if call.leg.dialog is not None and call.leg.dialog.holds(request):
                return call
        return None

    def _reply(self, request: Request, status: int, *headers: tuple[str, str]) -> Response:
        return response_to(request, status, *headers, tag=secrets.token_hex(6))
