"""A telephone's registration: made, renewed before it expires, taken back."""

import asyncio
import secrets
from collections.abc import Callable

from asterisk.robot.address import NameAddr, Uri
from asterisk.robot.dialog import address_of
from asterisk.robot.errors import RegistrationFailed
from asterisk.robot.line import ALLOW, Line
from asterisk.robot.sip import Headers, Request, Response
from asterisk.robot.transaction import Address

RENEW_AT = 0.8
"""The share of its life after which a registration is renewed."""
LEAST_SECONDS = 0.5
RETRY_SECONDS = 5.0


class Registration:
    """With `registrar`, an address without a user, for `user`."""

    def __init__(self, line: Line, registrar: Uri, user: str, expires: int) -> None:
        self._line = line
        self._registrar = registrar
        self._user = user
        self._expires = expires
        self._id = secrets.token_hex(12)
        self._sent = 0
        self._renewal: asyncio.TimerHandle | None = None
        self.held = False

    async def make(self, within: float) -> None:
        """Register, and again before it expires; raises `RegistrationFailed`."""
        granted = await self._ask(self._expires, within)
        self.held = True
        self._renew_in(granted * RENEW_AT)

    async def take_back(self, within: float) -> None:
        self.forget()
        if self.held:
            self.held = False
            try:
                await self._ask(0, within)
            except RegistrationFailed:
                return  # it will expire by itself

    def forget(self) -> None:
        """Renew it no more."""
        if self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None

    async def _ask(self, expires: int, within: float) -> int:
        done: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()
        self._send(expires, lambda response: None if done.done() else done.set_result(response))
        try:
            response = await asyncio.wait_for(done, within)
        except TimeoutError:
            response = None
        who = f"{self._user} at {self._registrar}"
        if response is None:
            raise RegistrationFailed(who, 408, "no answer")
        if response.status >= 300:
            raise RegistrationFailed(who, response.status, response.reason)
        return self._granted(response)

    def _send(self, expires: int, done: Callable[[Response | None], None]) -> None:
        own = str(Uri(user=self._user, host=self._registrar.host, port=self._registrar.port))
        tag = secrets.token_hex(6)

        def make(more: Headers) -> Request:
            self._sent += 1
            headers = [("Via", self._line.transactions.via()), ("Max-Forwards", "70"), ("From", f"<{own}>;tag={tag}")]
            headers += [("To", f"<{own}>"), ("Call-ID", self._id), ("CSeq", f"{self._sent} REGISTER")]
            headers += [("Contact", f"<{self._line.contact}>"), ("Expires", str(expires)), ("Allow", ALLOW)]
            return Request("REGISTER", str(self._registrar), Headers([*headers, *more]))

        def got(response: Response, source: Address) -> None:
            if response.status >= 200:
                done(response)

        target = address_of(str(self._registrar))
        assert target is not None  # the telephone has seen to it
        self._line.ask(make, target, got, lambda: done(None))

    def _granted(self, response: Response) -> int:
        """For how long the registrar took us: it says so beside our contact, or for all of them."""
        for value in response.headers.listed("Contact"):
            contact = NameAddr.parse(value)
            told = dict(contact.params).get("expires", "")
            if contact.uri.startswith(self._line.contact) and told.isascii() and told.isdigit():
                return int(told[:6])
        told = response.headers.get("Expires") or ""
        return int(told[:6]) if told.isascii() and told.isdigit() else self._expires

    def _renew_in(self, seconds: float) -> None:
        self.forget()
        self._renewal = self._line.transactions.later(max(LEAST_SECONDS, seconds), self._renew)

    def _renew(self) -> None:
        def done(response: Response | None) -> None:
            if not self.held:
                return
            if response is not None and response.status < 300:
                self._renew_in(self._granted(response) * RENEW_AT)
            else:
                self._renew_in(RETRY_SECONDS)  # the registrar may be restarting

        self._send(self._expires, done)
