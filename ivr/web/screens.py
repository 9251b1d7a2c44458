"""The screens' table of addresses: each names the right it wants, and nothing is served that stands not in it.

The door (`ivr.web.door`) asks this table; the test of every role on every address walks it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from aiohttp import web

from ivr.people.roles import Right
from ivr.people.sessions import Session

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SESSION: Final = web.RequestKey("session", Session)


def entered(request: web.Request) -> Session:
    """Whose request this is; only behind an address that wants somebody."""
    return request[SESSION]


class Open:
    """For addresses that anybody may ask: the entrance itself, and what it is drawn with."""


class SignedIn:
    """For addresses of everybody who has entered, whatever they may do."""


Wants = Right | type[Open] | type[SignedIn]


@dataclass(frozen=True, slots=True)
class Address:
    method: str
    path: str
    wants: Wants
    handler: Handler
    kind: Literal["page", "data"] = "page"
    """How a refusal is said: a page to people, JSON to programs."""


@dataclass(slots=True)
class Screens:
    addresses: list[Address] = field(default_factory=list)
    _by_handler: dict[object, Address] = field(default_factory=dict)

    def add(
        self, method: str, path: str, wants: Wants, handler: Handler, *, kind: Literal["page", "data"] = "page"
    ) -> None:
        self.addresses.append(Address(method, path, wants, handler, kind))

    def mount(self, app: web.Application) -> None:
        for address in self.addresses:
            route = app.router.add_route(address.method, address.path, address.handler)
            self._by_handler[route] = address

    def of(self, request: web.Request) -> Address | None:
        """None for what is none of the screens' (health, metrics, an address nobody serves)."""
        return self._by_handler.get(request.match_info.route)
