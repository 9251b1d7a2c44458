"""Coming in, going out, a password of one's own, and the first page."""

from aiohttp import web

from ivr.people.passwords import UnfitPassword
from ivr.people.sessions import Locked, Sessions
from ivr.people.users import UnfitUser, Users
from ivr.web.door import COOKIE, admit, inside
from ivr.web.pages import Pages, static
from ivr.web.screens import SESSION, Open, Screens, SignedIn, entered


class Entrance:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self.sessions: Sessions | None = None
        self.users: Users | None = None

    def add_to(self, screens: Screens) -> None:
        screens.add("GET", "/static/{name:.+}", Open, static)
        screens.add("GET", "/login", Open, self._ask)
        screens.add("POST", "/login", Open, self._enter)
        screens.add("POST", "/logout", SignedIn, self._leave)
        screens.add("GET", "/password", SignedIn, self._ask_password)
        screens.add("POST", "/password", SignedIn, self._change_password)
        screens.add("GET", "/", SignedIn, self._home)

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        if SESSION in request:
            raise web.HTTPSeeOther("/")
        return self._pages.show(request, "login.html", next=inside(request.query.get("next", "/")), login="", fault="")

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        assert self.sessions is not None
        form = await request.post()
        login, password = str(form.get("login", "")), str(form.get("password", ""))
        next_ = inside(str(form.get("next", "/")))
        try:
            token = await self.sessions.enter(login, password, request.remote or "")
        except Locked as locked:
            return self._pages.show(request, "login.html", status=429, next=next_, login=login, fault=str(locked))
        if token is None:
            fault = "Имя или пароль не подошли."
            return self._pages.show(request, "login.html", status=401, next=next_, login=login, fault=fault)
        old = request.cookies.get(COOKIE)
        if old:
            await self.sessions.leave(old)
        response = web.HTTPSeeOther(next_)
        admit(response, request, token)
        raise response

    async def _leave(self, request: web.Request) -> web.StreamResponse:
        assert self.sessions is not None
        await self.sessions.leave(request.cookies.get(COOKIE, ""))
        response = web.HTTPSeeOther("/login")
        response.del_cookie(COOKIE, path="/")
        raise response

    async def _ask_password(self, request: web.Request) -> web.StreamResponse:
        return self._pages.show(request, "password.html", fault="")

    async def _change_password(self, request: web.Request) -> web.StreamResponse:
        assert self.users is not None
        assert self.sessions is not None
        form = await request.post()
        old, new, again = (str(form.get(name, "")) for name in ("old", "new", "again"))
        user = entered(request).user
        try:
            if new != again:
                raise UnfitUser("Новый пароль введён по-разному.")
            await self.users.change_password(user, old, new)
        except (UnfitUser, UnfitPassword) as fault:
            return self._pages.show(request, "password.html", status=422, fault=str(fault))
        # All sessions with the old password have ended, this one too.
        token = await self.sessions.enter(user.login, new, request.remote or "")
        response = web.HTTPSeeOther("/")
        if token is not None:
            admit(response, request, token)
        raise response

    async def _home(self, request: web.Request) -> web.StreamResponse:
        return self._pages.show(request, "home.html")
