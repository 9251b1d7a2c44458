"""The signalling of one call: INVITE to BYE, re-INVITE, CANCEL, REFER, as a state machine driven by messages.

It owns no sound and waits for nothing: what happens is told to `LegEvents`, what was asked for comes back by callback.
"""

import random
import secrets
from collections.abc import Callable
from typing import Protocol

from asterisk.robot import sip
from asterisk.robot.address import NameAddr
from asterisk.robot.dialog import Dialog
from asterisk.robot.errors import CallEnd
from asterisk.robot.line import ALLOW, SDP_TYPE, SUPPORTED, Asked, Line
from asterisk.robot.sdp import SdpError
from asterisk.robot.session import Session
from asterisk.robot.sip import Headers, Request, Response
from asterisk.robot.transaction import Address, Server, response_to
from asterisk.robot.transfer import Transfer, is_refer_event


class LegEvents(Protocol):
    """What a leg tells its call."""

    def on_ringing(self, status: int) -> None: ...

    def on_answered(self) -> None: ...

    def on_ended(self, end: CallEnd) -> None: ...

    def on_info(self, request: Request) -> None: ...


class Leg:
    def __init__(self, line: Line, events: LegEvents, session: Session) -> None:
        self._line = line
        self._events = events
        self._session = session
        self.tag = secrets.token_hex(6)
        self.dialog: Dialog | None = None
        self.end: CallEnd | None = None
        self.answered = False
        self.transfer: Transfer | None = None
        self.invite: Request | None = None
        self._asked: Asked | None = None
        self._server: Server | None = None
        self._cancel_wanted = False
        self._cancel_sent = False
        self._ack: bytes | None = None
        self._ack_target: Address = ("", 0)
        self._reinviting = False
        self._answer_in_ack = False

    @property
    def incoming(self) -> bool:
        return self._server is not None

    # calling

    def dial(self, target: str, to: Address, sender: NameAddr, extra: Headers) -> None:
        call_id = f"{secrets.token_hex(12)}@{self._line.transactions.local[0]}"
        first = secrets.randbelow(10_000) + 1
        tried = 0

        def make(more: Headers) -> Request:
            nonlocal tried
            headers = [("Via", self._line.transactions.via()), ("Max-Forwards", "70")]
            headers += [("From", str(sender.with_tag(self.tag))), ("To", f"<{target}>"), ("Call-ID", call_id)]
            headers += [("CSeq", f"{first + tried} INVITE"), ("Contact", f"<{self._line.contact}>")]
            headers += [("Allow", ALLOW), ("Supported", SUPPORTED), SDP_TYPE]
            tried += 1
            self.invite = Request("INVITE", target, Headers([*headers, *extra, *more]), self._session.offer())
            return self.invite

        self._asked = self._line.ask(make, to, self._dialled, self._unanswered)

    def _dialled(self, response: Response, source: Address) -> None:
        if response.status < 200:
            if self._cancel_wanted:
                self._send_cancel()
            elif response.status > 100 and not self.answered and self.end is None:
                if response.has_sdp:
                    self._try_agree(response.body)
                self._events.on_ringing(response.status)
        elif response.status < 300:
            self._accepted(response, source)
        elif self.end is None:
            by_us = self._cancel_wanted
            self._over(CallEnd(by_us, response.status, response.reason, _cause(response.headers)))

    def _accepted(self, response: Response, source: Address) -> None:
        client = self._asked.client if self._asked is not None else None
        if client is None:
            return
        if self.dialog is not None and self.dialog.remote.tag == response.receiver.tag:
            if self._ack is not None:  # the ACK was lost: the answer came again
                self._line.transactions.send(self._ack, self._ack_target)
            return
        dialog = Dialog.of_outgoing(client.request, response, source)
        ack = sip.build(dialog.request("ACK", self._line.transactions.via(), number=client.request.cseq.number))
        self._line.transactions.send(ack, dialog.target)
        if self.dialog is not None or self._cancel_wanted or self.end is not None:
            # Another branch of a fork answered too, or the answer crossed our CANCEL.
            self._line.ask(self._bye(dialog), dialog.target, _ignore, _nothing)
            if self.dialog is None and self.end is None:
                self._over(CallEnd(True, 487, sip.REASONS[487]))
            return
        self.dialog, self._ack, self._ack_target = dialog, ack, dialog.target
        if response.has_sdp and not self._try_agree(response.body):
            self.hang_up()
            return
        self.answered = True
        self._events.on_answered()

    def _try_agree(self, answer: bytes) -> bool:
        try:
            self._session.agree(answer)
        except SdpError:
            return False
        return True

    def _unanswered(self) -> None:
        self._over(CallEnd(False, 408, "no answer to the INVITE"))

    def _send_cancel(self) -> None:
        client = self._asked.client if self._asked is not None else None
        if client is not None and not self._cancel_sent:
            self._cancel_sent = True
            self._line.transactions.request(client.cancel(), client.target, _ignore)

    # being called

    def ring(self, server: Server) -> None:
        """A call came in: it is in this leg's hands from now on."""
        self._server = server
        self.invite = server.request
        self.dialog = Dialog.of_incoming(server.request, server.source, self.tag)
        server.on_unacknowledged = self._unacknowledged

    def progress(self, status: int, body: bytes = b"") -> None:
        if self._server is not None and not self.answered and self.end is None:
            kind = (SDP_TYPE,) if body else ()
            self._respond(self._server, status, ("Contact", f"<{self._line.contact}>"), *kind, body=body)

    def accept(self) -> None:
        server = self._server
        if server is None or self.answered or self.end is not None:
            return
        if server.request.has_sdp:
            body = self._session.answer_to(server.request.body)
        else:
            body, self._answer_in_ack = self._session.offer(), True
        self.answered = True
        headers = (("Contact", f"<{self._line.contact}>"), ("Allow", ALLOW), ("Supported", SUPPORTED), SDP_TYPE)
        self._respond(server, 200, *headers, body=body)
        self._events.on_answered()

    def reject(self, status: int) -> None:
        if self._server is not None and not self.answered and self.end is None:
            self._respond(self._server, status)
            self._over(CallEnd(True, status, sip.REASONS.get(status, "Refused")))

    def on_cancel(self, cancel: Server) -> None:
        self._respond(cancel, 200)
        if self._server is not None and not self.answered and self.end is None:
            self._respond(self._server, 487)
            self._over(CallEnd(False, 487, sip.REASONS[487], _cause(cancel.request.headers)))

    def on_ack(self, request: Request) -> None:
        if self._server is not None and self._server.status == 200:
            self._server.acknowledge()
        if self._answer_in_ack:
            self._answer_in_ack = False
            if request.has_sdp and not self._try_agree(request.body):
                self.hang_up()

    def _unacknowledged(self) -> None:
        if self.end is None and self.answered:
            self.hang_up()

    # inside a call

    def on_request(self, server: Server) -> None:
        request = server.request
        dialog = self.dialog
        if dialog is None or (self.end is not None and request.method not in ("BYE", "NOTIFY")):
            self._respond(server, 481)
            return
        if dialog.received is not None and request.cseq.number < dialog.received:
            self._respond(server, 500)
            return
        dialog.received = request.cseq.number
        if request.method == "BYE":
            self._respond(server, 200)
            self._over(CallEnd(False, 200, "OK", _cause(request.headers)))
        elif request.method == "INVITE":
            self._reinvited(server)
        elif request.method == "NOTIFY":
            self._notified(server)
        elif request.method == "INFO":
            self._respond(server, 200)
            self._events.on_info(request)
        elif request.method == "OPTIONS":
            self._respond(server, 200, ("Allow", ALLOW), ("Supported", SUPPORTED))
        elif request.method == "REFER":
            self._respond(server, 603)
        else:
            self._respond(server, 501, ("Allow", ALLOW))

    def _reinvited(self, server: Server) -> None:
        if self._reinviting:
            self._respond(server, 491)
            return
        request = server.request
        try:
            body = self._session.answer_to(request.body) if request.has_sdp else self._session.offer()
        except SdpError:
            self._respond(server, 488)
            return
        self._answer_in_ack = not request.has_sdp
        self._server = server
        if request.contact is not None and self.dialog is not None:
            self.dialog.contact = request.contact.uri
        server.on_unacknowledged = self._unacknowledged
        self._respond(server, 200, ("Contact", f"<{self._line.contact}>"), ("Allow", ALLOW), SDP_TYPE, body=body)

    def reinvite(self, done: Callable[[int, str], None], *, tries: int = 3) -> None:
        """Offer the session anew (hold, resume); `done` hears the final status."""
        dialog = self.dialog
        if dialog is None or self.end is not None or self._reinviting:
            done(491 if self._reinviting else 481, "the call is in no state for it")
            return
        self._reinviting = True
        asked: Asked | None = None

        def make(more: Headers) -> Request:
            contact = ("Contact", f"<{self._line.contact}>")
            return self._inside("INVITE", contact, ("Allow", ALLOW), SDP_TYPE, *more, body=self._session.offer())

        def got(response: Response, source: Address) -> None:
            if response.status < 200:
                return
            self._reinviting = False
            if response.status < 300 and asked is not None and asked.client is not None:
                number = asked.client.request.cseq.number
                ack = sip.build(dialog.request("ACK", self._line.transactions.via(), number=number))
                self._line.transactions.send(ack, dialog.target)
                if response.has_sdp:
                    self._try_agree(response.body)
            elif response.status == 491 and tries > 1 and self.end is None:
                self._line.transactions.later(random.uniform(0.1, 2.0), lambda: self.reinvite(done, tries=tries - 1))
                return
            done(response.status, response.reason)

        def gone() -> None:
            self._reinviting = False
            done(408, "no answer to the re-INVITE")

        asked = self._line.ask(make, dialog.target, got, gone)

    def refer(self, target: str, sender: str, done: Callable[[int, str], None]) -> Transfer:
        """Ask the other side to call `target`; `done` hears whether it will, NOTIFYs tell how it goes."""
        transfer = self.transfer = Transfer()
        dialog = self.dialog
        if dialog is None or self.end is not None or not self.answered:
            done(481, "the call is in no state for it")
            return transfer

        def make(more: Headers) -> Request:
            contact = ("Contact", f"<{self._line.contact}>")
            return self._inside("REFER", contact, ("Refer-To", f"<{target}>"), ("Referred-By", f"<{sender}>"), *more)

        def got(response: Response, source: Address) -> None:
            if response.status >= 200:
                transfer.accepted = response.status < 300
                done(response.status, response.reason)

        self._line.ask(make, dialog.target, got, lambda: done(408, "no answer to the REFER"))
        return transfer

    def _notified(self, server: Server) -> None:
        if self.transfer is None or not is_refer_event(server.request):
            self._respond(server, 481)
            return
        self._respond(server, 200)
        self.transfer.notified(server.request)

    def hang_up(self) -> Asked | None:
        """End the call the way its state asks for: by BYE (the request is returned), CANCEL or a refusal."""
        if self.end is not None:
            return None
        if self.answered or (self.dialog is not None and self._server is None):
            dialog = self.dialog
            assert dialog is not None
            asked = self._line.ask(self._bye(dialog), dialog.target, _ignore, _nothing)
            self._over(CallEnd(True, 200, "OK"))
            return asked
        if self._server is not None:
            self.reject(480)
        elif not self._cancel_wanted:
            self._cancel_wanted = True
            self._line.transactions.later(self._line.transactions.timers.patience, self.give_up)
            if self._asked is not None and self._asked.client is not None and self._asked.client.proceeding:
                self._send_cancel()
        return None

    def give_up(self) -> None:
        """Over for us, whether or not the other side ever says so."""
        if self.end is None:
            self._over(CallEnd(True, 487, "cancelled, though the other side never said so"))

    def _bye(self, dialog: Dialog) -> Callable[[Headers], Request]:
        return lambda more: dialog.request("BYE", self._line.transactions.via(), *more)

    def _inside(self, method: str, *headers: tuple[str, str], body: bytes = b"") -> Request:
        assert self.dialog is not None
        request = self.dialog.request(method, self._line.transactions.via(), *headers)
        return Request(request.method, request.uri, request.headers, body)

    def _respond(self, server: Server, status: int, *headers: tuple[str, str], body: bytes = b"") -> None:
        server.respond(response_to(server.request, status, *headers, tag=self.tag, body=body))

    def _over(self, end: CallEnd) -> None:
        if self.end is None:
            self.end = end
            self._events.on_ended(end)


def _cause(headers: Headers) -> int | None:
    """The Q.850 cause of a Reason header (RFC 3326)."""
    for value in headers.listed("Reason"):
        parts = [part.strip().lower() for part in value.split(";")]
        if parts[0] == "q.850":
            for part in parts[1:]:
                name, _, number = part.partition("=")
                number = number.strip().strip('"')
                if name.strip() == "cause" and number.isascii() and number.isdigit() and len(number) <= 3:
                    return int(number)
    return None


def _ignore(response: Response, source: Address) -> None:
    return None


def _nothing() -> None:
    return None
