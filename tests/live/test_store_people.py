"""Users, sessions and deeds on both databases."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from ivr.people.deeds import Deeds
from ivr.people.passwords import UnfitPassword
from ivr.people.roles import Right, Role
from ivr.people.sessions import FAILURES_OF_ADDRESS, FAILURES_OF_BOTH, IDLE, LOCK, LONGEST, Locked, Sessions
from ivr.people.users import UnfitUser, User, Users
from ivr.store import Store

pytestmark = pytest.mark.live

HOME = "10.0.0.5"


@dataclass
class HeldClock:
    at: datetime = field(default_factory=lambda: datetime(2026, 3, 4, 9, 0, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError

    def on(self, span: timedelta) -> None:
        self.at += span


@dataclass
class Desk:
    clock: HeldClock
    users: Users
    sessions: Sessions
    deeds: Deeds

    async def user(self, login: str = "ivanova", role: Role = Role.SUPERVISOR) -> tuple[User, str]:
        return await self.users.make(login, "Иванова Анна", [role], ["energosbyt"], who="admin", why="принята")


@pytest.fixture
async def desk(store: Store) -> Desk:
    clock = HeldClock()
    return Desk(clock, Users(store, clock), Sessions(store, clock), Deeds(store))


async def test_who_was_made_enters_with_the_password_that_was_told_once(desk: Desk) -> None:
    user, password = await desk.user()
    token = await desk.sessions.enter(" Ivanova ", password, HOME)
    assert token is not None
    session = await desk.sessions.of(token)
    assert session is not None
    assert (session.user, session.user.must_change) == (user, True)
    assert session.user.may(Right.SUPERVISE)
    assert session.user.serves("energosbyt")
    assert not session.user.serves("teplosbyt")


@pytest.mark.parametrize("token", ["", "x", "🙈", "a" * 10_000])
async def test_a_made_up_token_is_nobodys(desk: Desk, token: str) -> None:
    assert await desk.sessions.of(token) is None


async def test_two_people_are_not_called_the_same(desk: Desk) -> None:
    await desk.user()
    with pytest.raises(UnfitUser, match="занято"):
        await desk.user("IVANOVA")


async def test_a_session_ends_when_it_is_not_used_and_after_a_day_in_any_case(desk: Desk) -> None:
    _, password = await desk.user()
    idle = await desk.sessions.enter("ivanova", password, HOME)
    busy = await desk.sessions.enter("ivanova", password, HOME)
    assert idle is not None
    assert busy is not None
    for _ in range(5):
        desk.clock.on(IDLE / 2)
        assert await desk.sessions.of(busy) is not None
    assert await desk.sessions.of(idle) is None
    desk.clock.on(LONGEST - 5 * (IDLE / 2) + timedelta(seconds=1))
    assert await desk.sessions.of(busy) is None


async def test_who_leaves_is_out(desk: Desk) -> None:
    _, password = await desk.user()
    token = await desk.sessions.enter("ivanova", password, HOME)
    assert token is not None
    await desk.sessions.leave(token)
    assert await desk.sessions.of(token) is None


async def test_who_guesses_is_locked_out_for_a_quarter_of_an_hour_and_colleagues_elsewhere_are_not(desk: Desk) -> None:
    _, password = await desk.user()
    for _ in range(FAILURES_OF_BOTH):
        assert await desk.sessions.enter("ivanova", "wrong", HOME) is None
    with pytest.raises(Locked):
        await desk.sessions.enter("ivanova", password, HOME)
    assert await desk.sessions.enter("ivanova", password, "10.0.0.6") is not None
    desk.clock.on(LOCK)
    assert await desk.sessions.enter("ivanova", password, HOME) is not None


async def test_an_address_that_tries_many_names_is_locked_out(desk: Desk) -> None:
    _, password = await desk.user()
    for number in range(FAILURES_OF_ADDRESS):
        assert await desk.sessions.enter(f"user{number}", "wrong", HOME) is None
    with pytest.raises(Locked):
        await desk.sessions.enter("ivanova", password, HOME)


async def test_guessing_all_at_once_tries_no_more_passwords_than_one_after_another(desk: Desk) -> None:
    await desk.user()
    tried = await asyncio.gather(
        *(desk.sessions.enter("ivanova", "wrong", HOME) for _ in range(FAILURES_OF_BOTH * 3)), return_exceptions=True
    )
    assert tried.count(None) == FAILURES_OF_BOTH
    assert sum(isinstance(one, Locked) for one in tried) == FAILURES_OF_BOTH * 2


async def test_a_password_of_ones_own_puts_every_other_session_out(desk: Desk) -> None:
    user, password = await desk.user()
    other = await desk.sessions.enter("ivanova", password, HOME)
    assert other is not None
    with pytest.raises(UnfitUser, match="не подошёл"):
        await desk.users.change_password(user, "wrong", "совсем новый 2026")
    with pytest.raises(UnfitPassword):
        await desk.users.change_password(user, password, "мало")
    await desk.users.change_password(user, password, "совсем новый 2026")
    assert await desk.sessions.of(other) is None
    assert await desk.sessions.enter("ivanova", password, HOME) is None
    token = await desk.sessions.enter("ivanova", "совсем новый 2026", HOME)
    assert token is not None
    session = await desk.sessions.of(token)
    assert session is not None
    assert not session.user.must_change


async def test_whose_account_is_closed_is_out_at_once_and_whose_role_is_changed_has_it_at_once(desk: Desk) -> None:
    _, password = await desk.user()
    token = await desk.sessions.enter("ivanova", password, HOME)
    assert token is not None
    await desk.users.change("ivanova", who="admin", roles=[Role.OPERATOR])
    session = await desk.sessions.of(token)
    assert session is not None
    assert not session.user.may(Right.SUPERVISE)
    await desk.users.change("ivanova", who="admin", active=False)
    assert await desk.sessions.of(token) is None
    assert await desk.sessions.enter("ivanova", password, HOME) is None


async def test_the_last_administrator_can_neither_be_closed_nor_lose_the_role(desk: Desk) -> None:
    told: list[str] = []
    assert await desk.users.first(told.append)
    assert not await desk.users.first(told.append)
    assert len(told) == 1
    assert await desk.sessions.enter("admin", told[0], HOME) is not None
    with pytest.raises(UnfitUser, match="последний"):
        await desk.users.change("admin", who="admin", active=False)
    with pytest.raises(UnfitUser, match="последний"):
        await desk.users.change("admin", who="admin", roles=[Role.AUDITOR])
    await desk.user("petrova", Role.ADMIN)
    await desk.users.change("admin", who="petrova", active=False)


async def test_each_change_of_a_user_is_among_the_deeds_without_any_password(desk: Desk) -> None:
    _, password = await desk.user()
    desk.clock.on(timedelta(seconds=1))
    await desk.users.change("ivanova", who="admin", why="перешла", roles=[Role.QC])
    desk.clock.on(timedelta(seconds=1))
    again = await desk.users.new_password("ivanova", who="admin", why="забыла")
    found = await desk.deeds.latest()
    assert [(one.action, one.who, one.why) for one in found] == [
        ("user.password", "admin", "забыла"),
        ("user.change", "admin", "перешла"),
        ("user.make", "admin", "принята"),
    ]
    assert (found[1].before["roles"], found[1].after["roles"]) == (["supervisor"], ["qc"])
    assert not any(secret in repr(found) for secret in (password, again, "argon2"))
