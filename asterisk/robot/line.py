"""What calls and registrations need of the telephone they belong to."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from asterisk.robot.sip import Headers, Request, Response
from asterisk.robot.transaction import Address, Client, Transactions

ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, REFER, NOTIFY, INFO"
SUPPORTED = "replaces"
SDP_TYPE = ("Content-Type", "application/sdp")
OnResponse = Callable[[Response, Address], None]


class Asked:
    """A request with its retries after a challenge; `client` is the transaction that runs now."""

    def __init__(self) -> None:
        self.client: Client | None = None
        self.tries = 0
        self._over = asyncio.Event()

    def finish(self) -> None:
        self._over.set()

    async def over(self) -> None:
        """It has its final response, or was given up."""
        await self._over.wait()


class Line(Protocol):
    transactions: Transactions
    contact: str

    def ask(
        self, make: Callable[[Headers], Request], target: Address, got: OnResponse, gone: Callable[[], None]
    ) -> Asked:
        """Send what `make` makes, again with an answer to a challenge if there is one."""
        ...
