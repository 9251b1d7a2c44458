"""Who asks over HTTP in a supplier's name: its own token says so, and opens that supplier's data only."""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web


class Refused(Exception):
    """The answer is this status and these words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status

    def response(self) -> web.Response:
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        return web.json_response({"error": str(self)}, status=self.status, headers=headers)


class SupplierTokens:
    def __init__(self, default: str, knows: Callable[[str], bool], token: Callable[[str], str]) -> None:
        """`default`: the supplier of who names none. `knows`: whether there is such a supplier. `token`: its secret."""
        self._default, self._knows, self._token = default, knows, token

    def supplier(self, request: web.Request) -> str:
        """Whose data may be seen; `Refused` with 401 where nobody's."""
        supplier = request.query.get("supplier", self._default)
        # Of a supplier that is not there no secret is made; who asks hears the same as of a wrong token.
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        right = self._token(supplier) if self._knows(supplier) else ""
        if scheme.lower() != "bearer" or not right or not hmac.compare_digest(given.strip().encode(), right.encode()):
            raise Refused(401, "the supplier's token is wanted: Authorization: Bearer …")
        return supplier


def instant(text: str | None, name: str) -> datetime | None:
    """An instant out of an address."""
    if text is None:
        return None
    try:
        # A plus in an address is a space.
        at = datetime.fromisoformat(text.replace(" ", "+"))
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Refused(400, f"{name}: an instant with its zone is wanted, like 2026-03-04T00:00:00+03:00")
