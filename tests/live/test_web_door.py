"""The door of the screens over real HTTP: every role at every address, and what attackers try first."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text

from ivr.clock import SystemClock
from ivr.people.roles import Right, Role
from ivr.people.users import Users
from ivr.settings import load
from ivr.store import Store, open_store
from ivr.up.ports import free_ports
from ivr.web.app import WebServer, make_app
from ivr.web.door import COOKIE
from ivr.web.screens import Address, Open, SignedIn
from ivr.web.site import Site

pytestmark = pytest.mark.live

PASSWORD = "пароль для проверки 7"


@dataclass
class House:
    site: Site
    store: Store
    users: Users
    base: str

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[aiohttp.ClientSession]:
        jar = aiohttp.CookieJar(unsafe=True)  # an address of digits may keep cookies too
        async with aiohttp.ClientSession(self.base, cookie_jar=jar) as client:
            yield client

    @asynccontextmanager
    async def entered(self, login: str) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
        """A browser of somebody inside, and their CSRF word."""
        async with self.browser() as client:
            answer = await client.post("/login", data={"login": login, "password": PASSWORD}, allow_redirects=False)
            assert answer.status == 303, await answer.text()
            page = await (await client.get("/")).text()
            found = re.search(r'data-csrf="([^"]+)"', page)
            assert found is not None
            yield client, found[1]

    async def make(self, login: str, *roles: Role, suppliers: tuple[str, ...] = ()) -> None:
        user, first = await self.users.make(login, f"Имя {login}", roles, suppliers, who="test")
        await self.users.change_password(user, first, PASSWORD)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(await open_store(load(data=tmp_path)))
        site = Site()
        app = make_app(dict, CollectorRegistry())
        site.mount(app)
        clock = SystemClock()
        site.open(store, clock)
        port = free_ports().web
        server = WebServer(app, "127.0.0.1", port)
        await server.start()
        stack.push_async_callback(server.aclose)
        yield House(site, store, Users(store, clock), f"http://127.0.0.1:{port}")


def asked(address: Address) -> str:
    """An address with something in its blanks."""
    return re.sub(r"\{[^}]*\}", "x", address.path)


async def test_every_role_reaches_what_its_rights_open_and_nothing_else(house: House) -> None:
    for role in Role:
        await house.make(role.value, role)
        async with house.entered(role.value) as (client, csrf):
            user = await house.users.of_login(role.value)
            assert user is not None
            for address in house.site.screens.addresses:
                if address.path == "/logout":
                    continue
                headers = {"X-CSRF-Token": csrf} if address.method != "GET" else {}
                answer = await client.request(address.method, asked(address), headers=headers, allow_redirects=False)
                may = address.wants in (Open, SignedIn) or address.wants in user.rights
                assert (answer.status != 403) == may, (role, address.method, address.path, answer.status)
                assert answer.status < 500


async def test_a_stranger_is_led_to_the_entrance_and_reaches_nothing(house: House) -> None:
    async with house.browser() as client:
        for address in house.site.screens.addresses:
            if address.wants is Open:
                continue
            answer = await client.request(address.method, asked(address), allow_redirects=False)
            if address.method == "GET" and address.kind == "page":
                assert answer.status == 303
                assert answer.headers["Location"].startswith("/login")
            else:
                assert answer.status == 401


async def test_nothing_is_changed_without_the_pages_own_word(house: House) -> None:
    await house.make("boss", Role.ADMIN)
    async with house.entered("boss") as (client, csrf):
        for address in house.site.screens.addresses:
            if address.method == "GET" or address.wants is Open:
                continue
            for word in ({}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": ""}):
                answer = await client.request(address.method, asked(address), headers=word)
                assert answer.status == 403, address.path
        foreign = {"X-CSRF-Token": csrf, "Sec-Fetch-Site": "cross-site"}
        assert (await client.post("/users", headers=foreign)).status == 403
        elsewhere = {"X-CSRF-Token": csrf, "Origin": "http://evil.example"}
        assert (await client.post("/users", headers=elsewhere)).status == 403


async def test_the_entrance_itself_takes_no_form_of_another_site(house: House) -> None:
    await house.make("boss", Role.ADMIN)
    async with house.browser() as client:
        form = {"login": "boss", "password": PASSWORD}
        answer = await client.post("/login", data=form, headers={"Origin": "http://evil.example"})
        assert answer.status == 403


async def test_a_token_planted_before_the_entrance_opens_nothing(house: House) -> None:
    await house.make("boss", Role.ADMIN)
    async with house.browser() as client:
        client.cookie_jar.update_cookies({COOKIE: "planted"})
        form = {"login": "boss", "password": PASSWORD}
        answer = await client.post("/login", data=form, allow_redirects=False)
        given = answer.cookies[COOKIE]
        assert given.value not in ("", "planted")
        assert (given["httponly"], given["samesite"]) == (True, "Lax")
    async with house.browser() as client:
        client.cookie_jar.update_cookies({COOKIE: "planted"})
        assert (await client.get("/", allow_redirects=False)).status == 303


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "http://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
async def test_the_entrance_leads_nowhere_outside(house: House, elsewhere: str) -> None:
    await house.make("boss", Role.ADMIN)
    async with house.browser() as client:
        form = {"login": "boss", "password": PASSWORD, "next": elsewhere}
        answer = await client.post("/login", data=form, allow_redirects=False)
        assert answer.headers["Location"] == "/"


async def test_what_a_name_brings_along_is_shown_and_never_run(house: House) -> None:
    await house.make("boss", Role.ADMIN)
    name = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    await house.users.make("mallory", name, [Role.OPERATOR], [], who="test", why=name)
    async with house.entered("boss") as (client, _):
        for path in ("/users", "/deeds"):
            answer = await client.get(path)
            page = await answer.text()
            assert "<script>alert" not in page
            assert "<img" not in page
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "../pages.py",
        "..%2fpages.py",
        "%2e%2e/%2e%2e/settings.py",
        "/etc/passwd",
        "vendor/../../pages.py",
        "",
        "x" * 5000,
    ],
)
async def test_static_files_are_our_own_and_no_others(house: House, path: str) -> None:
    async with house.browser() as client:
        answer = await client.get(f"/static/{path}")
        assert answer.status == 404
        assert "import" not in await answer.text()


async def test_an_administrator_of_one_supplier_neither_sees_nor_makes_people_of_another(house: House) -> None:
    await house.make("boss", Role.ADMIN)
    await house.make("north", Role.ADMIN, suppliers=("north",))
    await house.make("south-operator", Role.OPERATOR, suppliers=("south",))
    async with house.entered("north") as (client, csrf):
        assert "south-operator" not in await (await client.get("/users")).text()
        headers = {"X-CSRF-Token": csrf}
        for path, form in (
            ("/users/south-operator", {"roles": "admin", "suppliers": "north", "active": "on"}),
            ("/users/south-operator/password", {}),
            ("/users/boss/password", {}),
            ("/users", {"login": "new", "name": "Новый", "roles": "operator", "suppliers": "south"}),
            ("/users", {"login": "new", "name": "Новый", "roles": "operator", "suppliers": ""}),
        ):
            answer = await client.post(path, data=form, headers=headers)
            assert answer.status == 422, path
    assert await house.users.of_login("new") is None


async def test_a_password_that_was_handed_out_is_changed_before_anything_else(house: House) -> None:
    _, first = await house.users.make("new", "Новая", [Role.AUDITOR], [], who="test")
    async with house.browser() as client:
        await client.post("/login", data={"login": "new", "password": first})
        answer = await client.get("/deeds", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/password")
        page = await (await client.get("/password")).text()
        found = re.search(r'data-csrf="([^"]+)"', page)
        assert found is not None
        form = {"csrf": found[1], "old": first, "new": PASSWORD, "again": PASSWORD}
        answer = await client.post("/password", data=form, allow_redirects=False)
        assert answer.status == 303, await answer.text()
        assert (await client.get("/deeds")).status == 200


async def test_a_fault_of_a_screen_is_said_in_words_and_shows_nothing_of_the_inside(house: House) -> None:
    await house.make("boss", Role.ADMIN)
    async with house.entered("boss") as (client, _):
        for path in ("/deeds?before=x", "/deeds?before=2026-01-01T00:00:00"):
            answer = await client.get(path)
            assert answer.status == 400
            assert "Traceback" not in await answer.text()
        async with house.store.writing() as connection:
            await connection.execute(text("DROP TABLE deeds"))
        answer = await client.get("/deeds")
        assert answer.status == 500
        page = await answer.text()
        assert "Traceback" not in page
        assert "sqlalchemy" not in page.lower()


def test_the_rights_that_screens_want_are_all_known() -> None:
    assert all(isinstance(one.wants, Right) or one.wants in (Open, SignedIn) for one in Site().screens.addresses)
