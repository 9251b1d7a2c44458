"""A route of a supplier's own systems: who asks, whether there is a database to ask, and how a refusal is said."""

from typing import ClassVar

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from ivr.store import Store
from ivr.store.engine import reason
from ivr.web.tokens import Refused, SupplierTokens

log = structlog.get_logger(__name__)


class SupplierApi:
    """Until the service has its `store`, who asks is told to come again."""

    path: ClassVar[str]
    failed: ClassVar[str]
    """What the log says when the database is away."""

    def __init__(self, tokens: SupplierTokens) -> None:
        self._tokens = tokens
        self.store: Store | None = None

    def add_to(self, app: web.Application) -> None:
        app.router.add_get(self.path, self._handle)

    async def answer(self, request: web.Request, store: Store, supplier: str) -> web.Response:
        """What this supplier is told; raises `Refused`."""
        raise NotImplementedError

    async def _handle(self, request: web.Request) -> web.Response:
        try:
            supplier = self._tokens.supplier(request)
            if self.store is None:
                raise Refused(503, "starting; come again")
            return await self.answer(request, self.store, supplier)
        except Refused as refused:
            return refused.response()
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning(self.failed, action="api.away", why=reason(error))
            return web.json_response({"error": "the database is away; come again"}, status=503)
