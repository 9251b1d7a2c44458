"""Hands one message to its address: an `ivr.outbox.Sender`. 2xx takes it, 410 ends the subscription, the rest is plain.

A message is signed anew at each try, so that its signature is fresh however long it has waited.
"""

import json
from typing import Any

import aiohttp
import structlog

from ivr.clock import Clock
from ivr.outbox import Message, NotNow, Refused
from ivr.webhooks.signature import HEADER, signature

log = structlog.get_logger(__name__)

SECONDS = 10.0
LONGEST_PAUSE = 3600.0
_AGAIN = frozenset({408, 425, 429})


class WebhookSender:
    def __init__(self, url: str, secret: str, http: aiohttp.ClientSession, clock: Clock) -> None:
        self._url, self._secret, self._http, self._clock = url, secret, http, clock
        self._gone = False

    async def __call__(self, message: Message) -> Any:
        if self._gone:
            raise Refused(f"{self._url} answered 410: it is gone. Take it out of webhooks.yaml, or mend it and publish")
        body = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": message.key,
            "Gudok-Event": message.kind.removeprefix("webhook:"),
            HEADER: signature(self._secret, int(self._clock.now().timestamp()), body),
        }
        try:
            async with self._http.post(
                self._url,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=SECONDS),
                allow_redirects=False,
            ) as answer:
                said = (await answer.content.read(300)).decode("utf-8", "replace")
                return self._judged(answer.status, said, answer.headers.get("Retry-After", ""))
        except TimeoutError as error:
            # It is there, but slow: others need not wait for it, and it has 20 tries.
            raise NotNow(f"{self._url} did not answer in {SECONDS:.0f} s", answered=True) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NotNow(f"{self._url} cannot be reached: {error or type(error).__name__}") from error

    def _judged(self, status: int, said: str, retry_after: str) -> Any:
        words = f"{self._url} answered {status}: {said}".strip()
        if 200 <= status < 300:
            return {"status": status}
        if status == 410:
            self._gone = True
            log.error("a webhook's receiver is gone; its messages are set aside", action="webhook.gone", url=self._url)
            raise Refused(words)
        if status >= 500 or status in _AGAIN:
            seconds = min(float(retry_after), LONGEST_PAUSE) if retry_after.isdecimal() else None
            raise NotNow(words, answered=True, retry_after=seconds)
        raise Refused(words)
