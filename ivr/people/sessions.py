"""Entering and being inside: sessions, and the lock that meets who guesses passwords.

The browser holds a random token, the database its hash. A session ends after eight hours without use or a day after it
began; a new entry makes a new token, so that one planted before it opens nothing.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.clock import Clock
from ivr.ids import new_id
from ivr.people.passwords import fits
from ivr.people.tables import entries, sessions, users
from ivr.people.users import User, canonical, user_of
from ivr.store import Store

IDLE = timedelta(hours=8)
LONGEST = timedelta(hours=24)
LOCK = timedelta(minutes=15)
FAILURES_OF_BOTH = 5
"""Of one login from one address. Fewer than of a login alone: a stranger must not lock a colleague out with ease."""
FAILURES_OF_LOGIN = 50
FAILURES_OF_ADDRESS = 30
_SEEN_EVERY = timedelta(minutes=1)


class Locked(Exception):
    """Too many passwords were tried; nobody enters for a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Session:
    user: User
    csrf: str
    since: datetime


class Sessions:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def enter(self, login: str, password: str, address: str) -> str | None:
        """The token of a new session; None for a wrong login or password, without saying which. Raises `Locked`."""
        login, now = canonical(login)[:80], self._clock.now()
        async with self._store.reading() as connection:
            await self._refuse_guessing(connection, login, address, now)
            row = (await connection.execute(select(users).where(users.c.login == login, users.c.active))).first()
        admitted = await fits(password, row.password if row is not None else None)
        token = secrets.token_urlsafe(32)
        async with self._store.writing() as connection:
            # A hundred guesses at once were all let through above: they are counted here, one after another.
            if self._store.dialect == "postgresql":
                await connection.execute(text("LOCK TABLE entries IN SHARE ROW EXCLUSIVE MODE"))
            await self._refuse_guessing(connection, login, address, now)
            await connection.execute(
                entries.insert().values(id=new_id(now), at=now, login=login, address=address, admitted=admitted)
            )
            if not admitted or row is None:
                return None
            await connection.execute(delete(sessions).where(sessions.c.made_at < now - LONGEST))
            await connection.execute(
                sessions.insert().values(
                    token=_hash(token), user=row.id, csrf=secrets.token_urlsafe(24), made_at=now, seen_at=now,
                    address=address,
                )
            )  # fmt: skip
        return token

    async def of(self, token: str) -> Session | None:
        """Who holds this token; None for nobody, or nobody any more."""
        now = self._clock.now()
        query = (
            select(users, sessions.c.csrf, sessions.c.made_at.label("since"), sessions.c.seen_at)
            .join(users, users.c.id == sessions.c.user)
            .where(sessions.c.token == _hash(token), users.c.active)
        )
        async with self._store.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None or row.seen_at < now - IDLE or row.since < now - LONGEST:
            return None
        if row.seen_at < now - _SEEN_EVERY:
            async with self._store.writing() as connection:
                await connection.execute(update(sessions).where(sessions.c.token == _hash(token)).values(seen_at=now))
        return Session(user_of(row), row.csrf, row.since)

    async def leave(self, token: str) -> None:
        async with self._store.writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token == _hash(token)))

    async def _refuse_guessing(self, connection: AsyncConnection, login: str, address: str, now: datetime) -> None:
        since = now - LOCK
        from_there = and_(entries.c.login == login, entries.c.address == address)
        entered = (
            await connection.execute(select(func.max(entries.c.at)).where(from_there, entries.c.admitted))
        ).scalar()
        for who, from_, most in (
            (from_there, max(since, entered) if entered is not None else since, FAILURES_OF_BOTH),
            (entries.c.login == login, since, FAILURES_OF_LOGIN),
            (entries.c.address == address, since, FAILURES_OF_ADDRESS),
        ):
            query = select(func.count()).where(who, entries.c.at > from_, ~entries.c.admitted)
            if ((await connection.execute(query)).scalar() or 0) >= most:
                raise Locked("Слишком много неудачных попыток. Попробуйте через 15 минут.")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
