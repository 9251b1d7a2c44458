"""SIP transactions over UDP (RFC 3261 section 17, RFC 6026): what is repeated, until when, and what answers what.

One `Transactions` owns the socket of a telephone. Nothing here is a task: all waiting is timers, which `close` cancels.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from asterisk.robot import sip
from asterisk.robot.address import SipError
from asterisk.robot.sip import Headers, Request, Response

MOST_TRANSACTIONS = 4096
COOKIE = "z9hG4bK"
Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Timers:
    t1: float = 0.5
    t2: float = 4.0

    @property
    def patience(self) -> float:
        """Timers B, F, H: how long something is repeated before it is given up."""
        return 64 * self.t1


def response_to(request: Request, status: int, *extra: tuple[str, str], tag: str = "", body: bytes = b"") -> Response:
    """A response with what RFC 3261 section 8.2.6 has copied from the request."""
    headers = [("Via", value) for value in request.headers.all("Via")]
    if 100 < status < 300:
        headers += [("Record-Route", value) for value in request.headers.all("Record-Route")]
    to = request.receiver
    headers.append(("From", request.headers.get("From") or ""))
    headers.append(("To", str(to.with_tag(tag)) if tag and not to.tag else request.headers.get("To") or ""))
    headers += [("Call-ID", request.call_id), ("CSeq", str(request.cseq))]
    return Response(status, sip.REASONS.get(status, "Unknown"), Headers([*headers, *extra]), body)


class Client:
    """A request of ours, repeated until it is answered."""

    def __init__(
        self,
        layer: "Transactions",
        request: Request,
        target: Address,
        on_response: Callable[[Response, Address], None],
        on_timeout: Callable[[], None],
    ) -> None:
        self._layer = layer
        self.request = request
        self.target = target
        self._on_response = on_response
        self._on_timeout = on_timeout
        self._invite = request.method == "INVITE"
        self._interval = layer.timers.t1
        self._data = sip.build(request)
        self._final = False
        self._ack: bytes | None = None
        self._repeat: asyncio.TimerHandle | None = None
        self._limit: asyncio.TimerHandle | None = None
        self.repeated = 0
        self.proceeding = False
        """A provisional response has come: a CANCEL may go out."""

    def start(self) -> None:
        self._layer.send(self._data, self.target)
        self._repeat = self._layer.later(self._interval, self._again)
        self._limit = self._layer.later(self._layer.timers.patience, self._gone)

    def _again(self) -> None:
        self._layer.send(self._data, self.target)
        self.repeated += 1
        self._interval = self._interval * 2 if self._invite else min(2 * self._interval, self._layer.timers.t2)
        self._repeat = self._layer.later(self._interval, self._again)

    def _gone(self) -> None:
        self.stop()
        self._layer.forget(self)
        if not self._final:
            self._on_timeout()

    def stop(self) -> None:
        for handle in (self._repeat, self._limit):
            if handle is not None:
                handle.cancel()

    def receive(self, response: Response, source: Address) -> None:
        if response.status < 200:
            if self._final:
                return
            self.proceeding = True
            if self._invite and self._repeat is not None:
                self._repeat.cancel()
                if self._limit is not None:  # an INVITE that rings may ring for as long as the caller waits
                    self._limit.cancel()
            self._on_response(response, source)
            return
        if self._final:
            if self._invite and response.status < 300:
                self._on_response(response, source)
            elif self._ack is not None:
                self._layer.send(self._ack, self.target)
            return
        self._final = True
        self.stop()
        if self._invite and response.status >= 300:
            self._ack = sip.build(self._acknowledgement(response))
            self._layer.send(self._ack, self.target)
        # Repeated final responses are still known for a while (timers D, K, M).
        self._limit = self._layer.later(self._layer.timers.patience, self._gone)
        self._on_response(response, source)

    def _acknowledgement(self, response: Response) -> Request:
        return self._like("ACK", response.headers.get("To") or "")

    def cancel(self, *extra: tuple[str, str]) -> Request:
        """The CANCEL of this INVITE; it may go out once a provisional response has come."""
        request = self._like("CANCEL", self.request.headers.get("To") or "")
        return Request(request.method, request.uri, request.headers.plus(*extra))

    def _like(self, method: str, to: str) -> Request:
        kept = self.request.headers
        headers = [("Via", kept.all("Via")[0]), ("Max-Forwards", "70")]
        headers += [("Route", value) for value in kept.all("Route")]
        headers += [("From", kept.get("From") or ""), ("To", to), ("Call-ID", self.request.call_id)]
        headers.append(("CSeq", f"{self.request.cseq.number} {method}"))
        return Request(method, self.request.uri, Headers(headers))


class Server:
    """A request of theirs: repeated, it gets its last response again; the final one of an INVITE repeats until ACK."""

    def __init__(self, layer: "Transactions", request: Request, source: Address) -> None:
        self._layer = layer
        self.request = request
        self.source = source
        self._last: bytes | None = None
        self._interval = layer.timers.t1
        self._repeat: asyncio.TimerHandle | None = None
        self._limit: asyncio.TimerHandle | None = None
        self.status = 0
        self.acknowledged = False
        self.on_unacknowledged: Callable[[], None] | None = None

    def respond(self, response: Response) -> None:
        if self.status >= 200:
            return
        self.status = response.status
        self._last = sip.build(response)
        self._layer.send(self._last, self.source)
        if self.status >= 200:
            self._limit = self._layer.later(self._layer.timers.patience, self._gone)
            if self.request.method == "INVITE":
                self._repeat = self._layer.later(self._interval, self._again)

    def repeated(self) -> None:
        if self._last is not None and not self.acknowledged:
            self._layer.send(self._last, self.source)

    def acknowledge(self) -> None:
        self.acknowledged = True
        if self._repeat is not None:
            self._repeat.cancel()

    def _again(self) -> None:
        self.repeated()
        self._interval = min(2 * self._interval, self._layer.timers.t2)
        self._repeat = self._layer.later(self._interval, self._again)

    def _gone(self) -> None:
        self.stop()
        self._layer.forget(self)
        if self.request.method == "INVITE" and not self.acknowledged and self.on_unacknowledged is not None:
            self.on_unacknowledged()

    def stop(self) -> None:
        for handle in (self._repeat, self._limit):
            if handle is not None:
                handle.cancel()


class User(Protocol):
    """Who uses the transactions: gets requests that are new, and ACKs of 2xx."""

    def on_request(self, transaction: Server) -> None: ...

    def on_ack(self, request: Request) -> None: ...


class Transactions(asyncio.DatagramProtocol):
    def __init__(self, user: User, timers: Timers) -> None:
        self._user = user
        self.timers = timers
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport | None = None
        self._clients: dict[tuple[str, str], Client] = {}
        self._servers: dict[tuple[str, str, str, str], Server] = {}
        self.local: Address = ("", 0)
        self.malformed = 0

    @classmethod
    async def open(cls, user: User, timers: Timers, local: Address) -> "Transactions":
        loop = asyncio.get_running_loop()
        _, layer = await loop.create_datagram_endpoint(lambda: cls(user, timers), local_addr=local)
        return layer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.local = transport.get_extra_info("sockname")[:2]

    def close(self) -> None:
        for client in self._clients.values():
            client.stop()
        for server in self._servers.values():
            server.stop()
        self._clients.clear()
        self._servers.clear()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    @property
    def under_way(self) -> int:
        return len(self._clients) + len(self._servers)

    def later(self, seconds: float, what: Callable[[], None]) -> asyncio.TimerHandle:
        return self._loop.call_later(seconds, what)

    def send(self, data: bytes, target: Address) -> None:
        if self._transport is not None:
            self._transport.sendto(data, target)

    def via(self) -> str:
        return f"SIP/2.0/UDP {self.local[0]}:{self.local[1]};rport;branch={COOKIE}{secrets.token_hex(10)}"

    def request(
        self,
        request: Request,
        target: Address,
        on_response: Callable[[Response, Address], None],
        on_timeout: Callable[[], None] = lambda: None,
    ) -> Client:
        """Send a request that has its Via already."""
        client = Client(self, request, target, on_response, on_timeout)
        self._clients[request.via.branch, request.method] = client
        client.start()
        return client

    def forget(self, one: Client | Server) -> None:
        if isinstance(one, Client):
            self._clients.pop((one.request.via.branch, one.request.method), None)
        else:
            self._servers.pop(_server_key(one.request), None)

    def cancelled(self, cancel: Request) -> Server | None:
        """The INVITE that a CANCEL means."""
        return self._servers.get(_server_key(cancel, method="INVITE"))

    def error_received(self, exc: Exception) -> None:
        """An ICMP error tells nothing that the timers will not."""

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        source = (str(addr[0]), addr[1])
        if not data.strip(b"\r\n\0 "):
            return  # a keep-alive
        try:
            message = sip.parse(data)
        except SipError:
            self.malformed += 1
            return
        if isinstance(message, Response):
            client = self._clients.get((message.via.branch, message.cseq.method))
            if client is not None:
                client.receive(message, source)
            return
        self._received(message, source)

    def _received(self, request: Request, source: Address) -> None:
        if request.method == "ACK":
            server = self._servers.get(_server_key(request, method="INVITE"))
            if server is not None and server.status >= 300:
                server.acknowledge()
            else:
                self._user.on_ack(request)
            return
        key = _server_key(request)
        known = self._servers.get(key)
        if known is not None:
            known.repeated()
            return
        if len(self._servers) >= MOST_TRANSACTIONS:
            return  # they will repeat it
        server = self._servers[key] = Server(self, request, source)
        self._user.on_request(server)


def _server_key(request: Request, method: str = "") -> tuple[str, str, str, str]:
    via = request.via
    branch = via.branch
    if not branch.startswith(COOKIE):  # RFC 2543: the branch need not be unique
        branch += f"/{request.call_id}/{request.cseq.number}/{request.sender.tag}"
    return branch, via.sent_by, method or request.method, request.call_id
