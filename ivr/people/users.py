"""The users of the line: who they are, what they may do and for which suppliers.

Every change is written among the deeds in the same transaction: who, when, what was before and after, and why.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.clock import Clock
from ivr.ids import new_id
from ivr.people.deeds import write_deed
from ivr.people.passwords import fits, hashed, judge, made_password
from ivr.people.roles import Right, Role, rights_of
from ivr.people.tables import sessions, users
from ivr.store import Store

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,59}")
FIRST_LOGIN = "admin"


class UnfitUser(Exception):
    """The user cannot be made or changed so; the text says why."""


@dataclass(frozen=True, slots=True)
class User:
    id: UUID
    login: str
    name: str
    roles: tuple[Role, ...]
    suppliers: tuple[str, ...]
    """Slugs; empty is all."""
    active: bool
    must_change: bool
    made_at: datetime

    @property
    def rights(self) -> frozenset[Right]:
        return rights_of(self.roles)

    def may(self, right: Right) -> bool:
        return right in self.rights

    def serves(self, supplier: str) -> bool:
        return not self.suppliers or supplier in self.suppliers


class Users:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def all(self) -> list[User]:
        async with self._store.reading() as connection:
            rows = await connection.execute(select(users).order_by(users.c.login))
            return [user_of(row) for row in rows]

    async def of_login(self, login: str) -> User | None:
        async with self._store.reading() as connection:
            row = (await connection.execute(select(users).where(users.c.login == canonical(login)))).first()
        return user_of(row) if row is not None else None

    async def make(
        self, login: str, name: str, roles: Collection[Role], suppliers: Collection[str], *, who: str, why: str = ""
    ) -> tuple[User, str]:
        """A new user and the password to be told them once. Raises `UnfitUser`."""
        login, name = canonical(login), " ".join(name.split())
        if not _LOGIN.fullmatch(login):
            raise UnfitUser("Имя для входа: латинские буквы, цифры, точка, дефис; до 60 знаков.")
        if not name or len(name) > 120:
            raise UnfitUser("Нужно имя, как его читают люди, до 120 знаков.")
        if not roles:
            raise UnfitUser("Нужна хотя бы одна роль.")
        password = made_password()
        return await self._make(login, name, roles, suppliers, password, who=who, why=why), password

    async def _make(
        self,
        login: str,
        name: str,
        roles: Collection[Role],
        suppliers: Collection[str],
        password: str,
        *,
        who: str,
        why: str,
    ) -> User:
        now = self._clock.now()
        row = {
            "id": new_id(now), "login": login, "name": name, "password": await hashed(password),
            "roles": _sorted(roles), "suppliers": sorted(suppliers), "active": True, "must_change": True,
            "made_at": now, "changed_at": now,
        }  # fmt: skip
        try:
            async with self._store.writing() as connection:
                await connection.execute(users.insert().values(row))
                await self._deed(connection, who, "user.make", login, why, None, _shown(row))
        except IntegrityError as error:
            raise UnfitUser(f"Имя для входа «{login}» уже занято.") from error
        return _of(row)

    async def change(
        self,
        login: str,
        *,
        who: str,
        why: str = "",
        name: str | None = None,
        roles: Collection[Role] | None = None,
        suppliers: Collection[str] | None = None,
        active: bool | None = None,
    ) -> User:
        """What is None stays. Whoever loses a right loses it at once: every session is looked up anew."""
        wanted: dict[str, Any] = {}
        if name is not None:
            wanted["name"] = " ".join(name.split())
        if roles is not None:
            if not roles:
                raise UnfitUser("Нужна хотя бы одна роль.")
            wanted["roles"] = _sorted(roles)
        if suppliers is not None:
            wanted["suppliers"] = sorted(suppliers)
        if active is not None:
            wanted["active"] = active
        async with self._store.writing() as connection:
            row = await self._row(connection, login)
            before = _shown(row._mapping)
            after = {**row._mapping, **wanted}
            await self._keep_an_admin(connection, row, after)
            await connection.execute(
                update(users).where(users.c.id == row.id).values(**wanted, changed_at=self._clock.now())
            )
            if not after["active"]:
                await connection.execute(delete(sessions).where(sessions.c.user == row.id))
            await self._deed(connection, who, "user.change", row.login, why, before, _shown(after))
        return _of(after)

    async def new_password(self, login: str, *, who: str, why: str = "") -> str:
        """A password made anew, to be told once; whoever is inside with the old one is out."""
        password = made_password()
        await self._set_password(login, password, must_change=True, who=who, why=why)
        return password

    async def change_password(self, user: User, old: str, new: str) -> None:
        """The user's own change. Raises `UnfitUser` or `UnfitPassword`."""
        judge(new, user.login)
        if old == new:
            raise UnfitUser("Новый пароль совпадает со старым.")
        async with self._store.reading() as connection:
            row = await self._row(connection, user.login)
        if not await fits(old, row.password):
            raise UnfitUser("Старый пароль не подошёл.")
        await self._set_password(user.login, new, must_change=False, who=user.login, why="")

    async def first(self, keep: Callable[[str], None]) -> bool:
        """Make the first administrator where nobody is yet. `keep` gets the password before the user is there."""
        async with self._store.reading() as connection:
            if (await connection.execute(select(users.c.id).limit(1))).first() is not None:
                return False
        password = made_password()
        keep(password)
        await self._make(FIRST_LOGIN, "Администратор", [Role.ADMIN], [], password, who="gudok up", why="")
        return True

    async def _set_password(self, login: str, password: str, *, must_change: bool, who: str, why: str) -> None:
        kept = await hashed(password)
        async with self._store.writing() as connection:
            row = await self._row(connection, login)
            values = {"password": kept, "must_change": must_change, "changed_at": self._clock.now()}
            await connection.execute(update(users).where(users.c.id == row.id).values(values))
            await connection.execute(delete(sessions).where(sessions.c.user == row.id))
            await self._deed(connection, who, "user.password", row.login, why, None, None)

    async def _keep_an_admin(self, connection: AsyncConnection, row: Row[Any], after: dict[str, Any]) -> None:
        """Nobody locks the last administrator out."""
        if Role.ADMIN in row.roles and not (after["active"] and Role.ADMIN in after["roles"]):
            others = await connection.execute(select(users).where(users.c.id != row.id, users.c.active))
            if not any(Role.ADMIN in other.roles for other in others):
                raise UnfitUser("Это последний администратор: сначала назначьте другого.")

    async def _row(self, connection: AsyncConnection, login: str) -> Row[Any]:
        row = (await connection.execute(select(users).where(users.c.login == canonical(login)))).first()
        if row is None:
            raise UnfitUser(f"Пользователя «{login}» нет.")
        return row

    async def _deed(
        self, connection: AsyncConnection, who: str, action: str, login: str, why: str, before: Any, after: Any
    ) -> None:
        at = self._clock.now()
        await write_deed(connection, at, who, None, action, login, why, before=before, after=after)


def canonical(login: str) -> str:
    return login.strip().lower()


def _sorted(roles: Collection[Role]) -> list[str]:
    return [role.value for role in Role if role in roles]


def _shown(row: Any) -> dict[str, object]:
    """What of a user stands among the deeds: never the password."""
    return {key: row[key] for key in ("name", "roles", "suppliers", "active")}


def user_of(row: Row[Any]) -> User:
    return _of(row._mapping)


def _of(row: Any) -> User:
    # A role that a later version wrote is none that this one can grant.
    roles: Sequence[str] = row["roles"]
    return User(
        row["id"],
        row["login"],
        row["name"],
        tuple(role for role in Role if role.value in roles),
        tuple(row["suppliers"]),
        row["active"],
        row["must_change"],
        row["made_at"],
    )
