"""Somebody's billing over HTTP: short time limits, one more try for what only reads, a fuse when it does not answer.

It knows the manners of the protocol (docs/billing-api.md), not what the calls mean.
"""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
import structlog
from pydantic import BaseModel, ValidationError
from yarl import URL

from bots.desk import DeskAway
from ivr.billing.breaker import Breaker
from ivr.clock import Clock
from ivr.outbox import NotNow, Refused

log = structlog.get_logger(__name__)

LONGEST_ANSWER = 1024 * 1024
AT_ONCE = 20
NOT_ITSELF = frozenset((401, 403, 404, 405, 429, 502, 503, 504))
"""Answers that say nothing of what was sent: a gateway, a wrong token, a wrong address."""
LATER = frozenset((408, 423, 425))

Told = TypeVar("Told", bound=BaseModel)


class BillingHttp:
    """One supplier's billing. `seconds` bounds what a call waits for, tries and all."""

    def __init__(self, url: str, token: str | None, clock: Clock, *, seconds: float = 3.0) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._clock = clock
        self._seconds = seconds
        self._breaker = Breaker()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "BillingHttp":
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            connector=aiohttp.TCPConnector(limit=AT_ONCE),
            timeout=aiohttp.ClientTimeout(total=None),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(self, told: type[Told], *path: str, **params: str) -> Told | None:
        """What billing says; None where it knows no such thing (404). Raises `DeskAway`."""
        try:
            async with asyncio.timeout(self._seconds):
                try:
                    return await self._asked(told, path, params, self._seconds * 0.45)
                except NotNow:
                    return await self._asked(told, path, params, self._seconds * 0.5)
        except TimeoutError as error:
            raise DeskAway(f"billing did not answer in {self._seconds:g} s") from error
        except (NotNow, Refused) as error:
            raise DeskAway(f"billing: {error}") from error

    async def _asked(
        self, told: type[Told], path: tuple[str, ...], params: Mapping[str, str], wait: float
    ) -> Told | None:
        status, body, _ = await self._exchange("GET", path, wait, params=params)
        if status == 404:
            return None
        if status != 200:
            raise Refused(f"answered {status} to {path[0]}")
        try:
            return told.model_validate_json(body)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in fault["loc"])
            log.error("billing says what cannot be understood", action="billing.strange", path=path[0], where=where)
            raise Refused(f"its answer to {path[0]} cannot be understood: {where}: {fault['msg']}") from error

    async def question(self, told: type[Told], *path: str, body: Mapping[str, Any]) -> Told | None:
        """A question that is asked with POST, so that it stands in no log; it changes nothing. As `ask`, once."""
        try:
            status, answer, _ = await self._exchange("POST", path, self._seconds, body=body)
            if status == 404:
                return None
            if status != 200:
                raise DeskAway(f"billing: answered {status} to {path[-1]}")
            return told.model_validate_json(answer)
        except ValidationError as error:
            raise DeskAway(f"billing: its answer to {path[-1]} cannot be understood") from error
        except NotNow as error:
            raise DeskAway(f"billing: {error}") from error

    async def hand_over(self, *path: str, key: str, body: Mapping[str, Any], seconds: float | None = None) -> bytes:
        """Have it take something, under its key: again and again it is the same. Raises `NotNow` or `Refused`."""
        wait = seconds if seconds is not None else self._seconds
        began = self._clock.monotonic()
        try:
            status, answer, headers = await self._exchange("POST", path, wait, body=body, key=key)
        except NotNow as error:
            if not isinstance(error.__cause__, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError):
                raise
            # A connection that had been kept open was gone: that says nothing of billing, and the key makes it safe.
            wait -= self._clock.monotonic() - began
            status, answer, headers = await self._exchange("POST", path, wait, body=body, key=key)
        if 200 <= status < 300:
            return answer
        why = f"{status} {_said(answer)}".strip()
        if status in NOT_ITSELF or 300 <= status < 400:
            raise NotNow(why, retry_after=_seconds(headers))
        if status in LATER or status >= 500:
            raise NotNow(why, answered=True, retry_after=_seconds(headers))
        raise Refused(why)

    async def _exchange(
        self,
        method: str,
        path: tuple[str, ...],
        wait: float,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """One request; whatever comes back was an answer. Raises `NotNow`: nothing came."""
        if self._session is None:
            raise RuntimeError("enter the client before asking it")
        if not self._breaker.may_ask(self._clock.monotonic()):
            raise NotNow("it has not been answering")
        url = URL("/".join([self._url, *(quote(part, safe="") for part in path)]), encoded=True)
        headers = {"Idempotency-Key": key} if key else {}
        try:
            async with (
                asyncio.timeout(wait),
                self._session.request(
                    method, url, params=params, json=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                told = bytearray()
                async for chunk in answer.content.iter_chunked(65536):
                    told += chunk
                    if len(told) > LONGEST_ANSWER:
                        raise NotNow(f"its answer is longer than {LONGEST_ANSWER} bytes", answered=True)
                gone = answer.status in (502, 503, 504)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._breaker.failed(self._clock.monotonic())
            why = (
                f"no answer in {wait:.1f} s" if isinstance(error, TimeoutError) else f"{error or type(error).__name__}"
            )
            raise NotNow(why) from error
        if gone:
            self._breaker.failed(self._clock.monotonic())
            if method == "GET":
                raise NotNow(f"answered {answer.status}")
        else:
            self._breaker.answered()
        return answer.status, bytes(told), answer.headers


def _said(body: bytes) -> str:
    return " ".join(body[:200].decode("utf-8", "replace").split())


def _seconds(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdigit() and len(text) < 6 else None
