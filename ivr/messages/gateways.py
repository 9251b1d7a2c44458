"""Who carries a message: an SMTP server, or a provider's HTTP address. Each says plainly whether trying again can help.

The HTTP contract (docs/messages.md): POST of JSON `{"to", "text", "key"}` with `Idempotency-Key`, answered by 2xx and
`{"id"}`. 4xx is final but for 408, 425 and 429; everything else is tried again.
"""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

import aiohttp

SECONDS = 15.0
_AGAIN = frozenset({408, 425, 429})


class GatewayAway(Exception):
    """It was not taken now; later it may be."""


class MessageRejected(Exception):
    """It will never be taken: the address or the text is refused."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to go. `key` is the same at every try, so that a receiver that honours it takes it once."""

    key: str
    to: str
    text: str
    subject: str = ""
    attached: "Attached | None" = None
    """With an e-mail only."""


@dataclass(frozen=True, slots=True)
class Attached:
    name: str
    content: bytes
    main: str = "application"
    sub: str = "octet-stream"


class Gateway(Protocol):
    async def send(self, letter: Letter) -> str:
        """Returns the carrier's own id of it. Raises `GatewayAway` or `MessageRejected`."""
        ...


class HttpGateway:
    def __init__(self, url: str, secret: str, http: aiohttp.ClientSession) -> None:
        self._url, self._secret, self._http = url, secret, http

    async def send(self, letter: Letter) -> str:
        headers = {"Authorization": f"Bearer {self._secret}", "Idempotency-Key": letter.key}
        body = {"to": letter.to, "text": letter.text, "key": letter.key}
        if letter.subject:
            body["subject"] = letter.subject
        try:
            timeout = aiohttp.ClientTimeout(total=SECONDS)
            async with self._http.post(self._url, json=body, headers=headers, timeout=timeout) as answer:
                said = (await answer.text())[:300]
                if answer.status >= 500 or answer.status in _AGAIN:
                    raise GatewayAway(f"{self._url} answered {answer.status}: {said}")
                if answer.status >= 300:
                    raise MessageRejected(f"{self._url} answered {answer.status}: {said}")
                try:
                    found = await answer.json(content_type=None)
                except ValueError:
                    return ""
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise GatewayAway(f"{self._url} cannot be reached: {error or type(error).__name__}") from error
        return str(found.get("id", "")) if isinstance(found, dict) else ""


class SmtpGateway:
    """TLS wherever the server offers it. `user` empty means that it asks for no name."""

    def __init__(self, host: str, port: int, sender: str, *, user: str = "", secret: str = "") -> None:
        self._host, self._port, self._sender = host, port, sender
        self._user, self._secret = user, secret

    async def send(self, letter: Letter) -> str:
        return await asyncio.to_thread(self._send, letter)

    def _send(self, letter: Letter) -> str:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, letter.to, letter.subject
        # The key makes the id: a server or a mailbox that sees it twice knows it for the same letter.
        message["Message-ID"] = f"<{letter.key}@{self._sender.rpartition('@')[2] or 'gudok'}>"
        message.set_content(letter.text)
        if letter.attached is not None:
            one = letter.attached
            message.add_attachment(one.content, maintype=one.main, subtype=one.sub, filename=one.name)
        try:
            with self._connected() as server:
                if self._user:
                    server.login(self._user, self._secret)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _of(code, said, f"{self._host} refuses the address") from error
        except smtplib.SMTPResponseException as error:
            raise _of(error.smtp_code, error.smtp_error, f"{self._host} refuses the letter") from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise GatewayAway(f"{self._host}:{self._port} cannot be used: {error}") from error
        return str(message["Message-ID"])

    def _connected(self) -> smtplib.SMTP:
        if self._port == 465:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=SECONDS, context=ssl.create_default_context())
        server = smtplib.SMTP(self._host, self._port, timeout=SECONDS)
        try:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            elif self._user and self._host not in ("localhost", "127.0.0.1", "::1"):
                raise OSError("it offers no TLS, and a password is not sent in clear")
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server


def _of(code: int, said: bytes | str, what: str) -> GatewayAway | MessageRejected:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    kind = MessageRejected if 500 <= code < 600 else GatewayAway
    return kind(f"{what}: {code} {words}")
