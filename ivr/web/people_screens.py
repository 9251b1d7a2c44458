"""Users and their roles, and the list of who did what."""

from datetime import datetime

from aiohttp import web

from ivr.people.deeds import Deeds, changes
from ivr.people.roles import Right, Role
from ivr.people.users import UnfitUser, Users
from ivr.web.pages import Pages
from ivr.web.screens import Screens, entered

MOST = 100
ACTIONS = {
    "user.make": "новый пользователь",
    "user.change": "изменён пользователь",
    "user.password": "сменён пароль",
}
FIELDS = {"name": "имя", "roles": "роли", "suppliers": "поставщики", "active": "может входить"}
"""How the screen names what deeds carry; what it has no word for is shown as it is written."""


class PeopleScreens:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self.users: Users | None = None
        self.deeds: Deeds | None = None

    def add_to(self, screens: Screens) -> None:
        screens.add("GET", "/users", Right.USERS, self._list)
        screens.add("POST", "/users", Right.USERS, self._make)
        screens.add("POST", "/users/{login}", Right.USERS, self._change)
        screens.add("POST", "/users/{login}/password", Right.USERS, self._new_password)
        screens.add("GET", "/deeds", Right.AUDIT, self._deeds)

    async def _list(self, request: web.Request, *, fault: str = "", told: str = "", status: int = 200) -> web.Response:
        assert self.users is not None
        everybody = [one for one in await self.users.all() if _within(request, one.suppliers)]
        return self._pages.show(
            request, "users.html", status=status, users=everybody, roles=list(Role), fault=fault, told=told
        )

    async def _make(self, request: web.Request) -> web.StreamResponse:
        assert self.users is not None
        form = await request.post()
        roles, suppliers = _roles(form), _suppliers(form)
        try:
            _may_grant(request, suppliers)
            user, password = await self.users.make(
                str(form.get("login", "")), str(form.get("name", "")), roles, suppliers, who=entered(request).user.login
            )
        except UnfitUser as fault:
            return await self._list(request, fault=str(fault), status=422)
        told = f"{user.name}: имя для входа {user.login}, пароль {password} — он показан один раз."
        return await self._list(request, told=told)

    async def _change(self, request: web.Request) -> web.StreamResponse:
        assert self.users is not None
        form = await request.post()
        try:
            await self._known(request)
            suppliers = _suppliers(form)
            _may_grant(request, suppliers)
            await self.users.change(
                request.match_info["login"], who=entered(request).user.login, roles=_roles(form), suppliers=suppliers,
                active="active" in form,
            )  # fmt: skip
        except UnfitUser as fault:
            return await self._list(request, fault=str(fault), status=422)
        raise web.HTTPSeeOther("/users")

    async def _new_password(self, request: web.Request) -> web.StreamResponse:
        assert self.users is not None
        login = request.match_info["login"]
        try:
            await self._known(request)
            password = await self.users.new_password(login, who=entered(request).user.login)
        except UnfitUser as fault:
            return await self._list(request, fault=str(fault), status=422)
        return await self._list(request, told=f"Новый пароль для {login}: {password} — он показан один раз.")

    async def _known(self, request: web.Request) -> None:
        """Somebody of this administrator's own suppliers; of others it is not even said that they exist."""
        assert self.users is not None
        login = request.match_info["login"]
        user = await self.users.of_login(login)
        if user is None or not _within(request, user.suppliers):
            raise UnfitUser(f"Пользователя «{login}» нет.")

    async def _deeds(self, request: web.Request) -> web.StreamResponse:
        assert self.deeds is not None
        before = request.query.get("before")
        try:
            until = datetime.fromisoformat(before) if before else None
        except ValueError as error:
            raise web.HTTPBadRequest(text="Время в адресе не разобрать.") from error
        if until is not None and until.tzinfo is None:
            raise web.HTTPBadRequest(text="Время в адресе без часового пояса.")
        found = await self.deeds.latest(entered(request).user.suppliers, before=until, most=MOST)
        shown = [(one, ACTIONS.get(one.action, one.action), changes(one)) for one in found]
        return self._pages.show(request, "deeds.html", deeds=shown, fields=FIELDS, more=len(found) == MOST)


def _roles(form: object) -> list[Role]:
    given = set(form.getall("roles", []))  # type: ignore[attr-defined]
    return [role for role in Role if role.value in given]


def _suppliers(form: object) -> list[str]:
    return str(form.get("suppliers", "")).replace(",", " ").split()  # type: ignore[attr-defined]


def _within(request: web.Request, suppliers: tuple[str, ...] | list[str]) -> bool:
    """Whether all of these are the administrator's own; none named is all there are."""
    own = entered(request).user.suppliers
    return not own or (bool(suppliers) and set(suppliers) <= set(own))


def _may_grant(request: web.Request, suppliers: list[str]) -> None:
    if not _within(request, suppliers):
        raise UnfitUser("Можно назначать только своих поставщиков.")
