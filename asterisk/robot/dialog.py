"""A SIP dialogue: the names, numbers and routes that every request inside a call repeats."""

from dataclasses import dataclass, field

from asterisk.robot.address import NameAddr, SipError, Uri
from asterisk.robot.sip import Headers, Request, Response
from asterisk.robot.transaction import Address


@dataclass(slots=True)
class Dialog:
    call_id: str
    local: NameAddr
    """With our tag."""
    remote: NameAddr
    """With their tag, once there is one."""
    contact: str
    """Where they want requests of this dialogue."""
    source: Address
    """Where their messages come from; used where the contact is no address that can be sent to."""
    routes: tuple[str, ...] = ()
    sent: int = 0
    """Our last CSeq."""
    received: int | None = None
    """Their last CSeq."""
    extra: Headers = field(default_factory=Headers)

    @classmethod
    def of_incoming(cls, request: Request, source: Address, tag: str) -> "Dialog":
        contact = request.contact
        return cls(
            call_id=request.call_id,
            local=request.receiver.with_tag(tag),
            remote=request.sender,
            contact=contact.uri if contact is not None else request.sender.uri,
            source=source,
            routes=request.headers.listed("Record-Route"),
            received=request.cseq.number,
        )

    @classmethod
    def of_outgoing(cls, request: Request, response: Response, source: Address) -> "Dialog":
        contact = response.contact
        return cls(
            call_id=request.call_id,
            local=request.sender,
            remote=response.receiver,
            contact=contact.uri if contact is not None else request.uri,
            source=source,
            routes=tuple(reversed(response.headers.listed("Record-Route"))),
            sent=request.cseq.number,
        )

    def holds(self, request: Request) -> bool:
        return (
            request.call_id == self.call_id
            and request.receiver.tag == self.local.tag
            and request.sender.tag == self.remote.tag
        )

    def request(self, method: str, via: str, *extra: tuple[str, str], number: int | None = None) -> Request:
        """The next request inside; `number` repeats a CSeq (ACK) instead of counting on."""
        if number is None:
            self.sent += 1
            number = self.sent
        headers = [("Via", via), ("Max-Forwards", "70")]
        headers += [("Route", route) for route in self.routes]
        headers += [("From", str(self.local)), ("To", str(self.remote)), ("Call-ID", self.call_id)]
        headers.append(("CSeq", f"{number} {method}"))
        return Request(method, self.contact, Headers([*headers, *extra]))

    @property
    def target(self) -> Address:
        """Where to send: the first route, else their contact, else where they sent from."""
        first = NameAddr.parse(self.routes[0]).uri if self.routes else self.contact
        return address_of(first) or self.source

    def replaces(self) -> str:
        """This dialogue as the other side would name it in a Replaces header (RFC 3891)."""
        return f"{self.call_id};to-tag={self.remote.tag};from-tag={self.local.tag}"


def address_of(uri: str) -> Address | None:
    """The address in a SIP URI, when it is a number and not a name."""
    try:
        parsed = Uri.parse(uri)
    except SipError:
        return None
    parts = parsed.host.split(".")
    if parsed.host == "localhost":
        return "127.0.0.1", parsed.port or 5060
    if len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts):
        return parsed.host, parsed.port or 5060
    return None
