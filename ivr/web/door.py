"""The door of the screens: who comes in, with which rights, and that it was they who pressed the button.

A request passes when its session is alive, the user has the right its address names, and, if it changes anything, it
carries the session's own CSRF word and comes from our own pages. Answers leave with the headers that browsers obey.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware
from structlog.contextvars import bound_contextvars

from ivr.people.sessions import Session, Sessions
from ivr.web.pages import Pages
from ivr.web.screens import SESSION, Address, Open, Screens, SignedIn

log = structlog.get_logger(__name__)

COOKIE = "gudok_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_HEADERS: Final = {
    # Our own files only: what a caller's name brings along is never run.
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self' ws: wss:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door:
    def __init__(self, screens: Screens, pages: Pages) -> None:
        self._screens, self._pages = screens, pages
        self.sessions: Sessions | None = None
        """None until the service has its database."""

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def door(request: web.Request, handler: Serve) -> web.StreamResponse:
            address = self._screens.of(request)
            if address is None:
                return await handler(request)
            response = await self._guarded(request, address, handler)
            if not response.prepared:
                _harden(request, response)
            return response

        return door

    async def _guarded(self, request: web.Request, address: Address, serve: Serve) -> web.StreamResponse:
        """The one place where a fault of a screen ends: it is logged, and said to the person in their words."""
        try:
            return await self._pass(request, address, serve)
        except web.HTTPException as said:
            _harden(request, said)
            if said.status < 400:
                raise
            return self._refuse(request, address, said.status, said.text or said.reason)
        except Exception:
            log.exception("a screen failed", action="web.failed", path=request.path)
            return self._refuse(request, address, 500, "Что-то сломалось у нас. Запись об этом есть в журнале линии.")

    async def _pass(self, request: web.Request, address: Address, serve: Serve) -> web.StreamResponse:
        if self.sessions is None:
            return self._refuse(request, address, 503, "Линия запускается. Обновите страницу через несколько секунд.")
        session = await self._session(request)
        if session is not None:
            request[SESSION] = session
        if request.method not in _SAFE and not _own(request):
            return self._refuse(request, address, 403, "Запрос пришёл не с наших страниц.")
        if address.wants is Open:
            return await serve(request)
        if session is None:
            return self._to_the_entrance(request, address)
        if request.method not in _SAFE and not await _has_word(request, session):
            return self._refuse(request, address, 403, "Страница устарела. Обновите её и повторите.")
        if session.user.must_change and request.path not in ("/password", "/logout"):
            raise web.HTTPSeeOther("/password")
        if address.wants is not SignedIn and address.wants not in session.user.rights:
            log.warning("a user was refused", action="web.refused", login=session.user.login, path=request.path)
            return self._refuse(request, address, 403, "У вашей роли нет доступа к этой странице.")
        with bound_contextvars(login=session.user.login):
            return await serve(request)

    async def _session(self, request: web.Request) -> Session | None:
        token = request.cookies.get(COOKIE, "")
        if not token or self.sessions is None:
            return None
        return await self.sessions.of(token)

    def _to_the_entrance(self, request: web.Request, address: Address) -> web.StreamResponse:
        if address.kind == "data" or request.method != "GET":
            return web.json_response({"error": "Войдите: время работы без входа истекло."}, status=401)
        if "HX-Request" in request.headers:
            # A part of a page cannot hold the entrance: the whole page goes there.
            return web.Response(headers={"HX-Redirect": "/login"})
        wanted = quote(request.path_qs, safe="/?=&%")
        raise web.HTTPSeeOther("/login" if request.path == "/" else f"/login?next={quote(wanted, safe='/')}")

    def _refuse(self, request: web.Request, address: Address, status: int, words: str) -> web.StreamResponse:
        if address.kind == "data":
            return web.json_response({"error": words}, status=status)
        return self._pages.show(request, "refused.html", status=status, words=words)


def inside(path: str) -> str:
    """Where to go after entering: an address of ours, whatever was asked for."""
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or not path.startswith("/") or path.startswith(("//", "/\\")):
        return "/"
    return path


def admit(response: web.StreamResponse, request: web.Request, token: str) -> None:
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=request.secure, path="/")


def _own(request: web.Request) -> bool:
    """Whether the browser says that one of our pages sent this. Programs say nothing, and have no cookie to abuse."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


async def _has_word(request: web.Request, session: Session) -> bool:
    given = request.headers.get(CSRF_HEADER)
    if given is None and request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        if request.content_type == "multipart/form-data":
            return False  # files come by our own script, with the header: a body of megabytes is not read for a word
        given = str((await request.post()).get(CSRF_FIELD, ""))
    return given is not None and hmac.compare_digest(given.encode(), session.csrf.encode())


def _harden(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    # What is shown to one person stays in nobody's cache.
    response.headers.setdefault("Cache-Control", "no-store")
