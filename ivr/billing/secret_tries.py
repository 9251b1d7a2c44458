"""Who may hear of an account's money: wrong secrets are counted over all calls, and too many lock it for a while."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from bots.desk import SecretsLocked
from ivr.billing.away import desk_away
from ivr.billing.tables import secret_tries
from ivr.clock import Clock
from ivr.store import Store

WRONG = 5
LOCKED = timedelta(minutes=30)
FORGOTTEN = timedelta(hours=24)
"""After so long without another, earlier wrong ones count no more."""


class SecretTries:
    """One supplier's wrong secrets."""

    def __init__(self, store: Store, supplier: str, clock: Clock) -> None:
        self._store, self._supplier, self._clock = store, supplier, clock

    def _of(self, account: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return secret_tries.c.supplier == self._supplier, secret_tries.c.account == account

    async def still_open(self, account: str) -> None:
        """Raises `SecretsLocked` while the account is locked, for right secrets too."""
        query = select(secret_tries.c.locked_until).where(*self._of(account))
        with desk_away("the tries cannot be counted"):
            async with self._store.reading() as connection:
                until: datetime | None = (await connection.execute(query)).scalar_one_or_none()
        if until is not None and self._clock.now() < until:
            raise SecretsLocked(f"too many wrong secrets; locked until {until.isoformat(timespec='seconds')}")

    async def note(self, account: str, *, right: bool) -> None:
        """Count what was said; the wrong one that is too many locks the account and raises `SecretsLocked`."""
        if right:
            await self._forget(account)
            return
        now = self._clock.now()
        with desk_away("the tries cannot be counted"):
            async with self._store.writing() as connection:
                await connection.execute(
                    delete(secret_tries).where(*self._of(account), secret_tries.c.last_at < now - FORGOTTEN)
                )
                statement = self._store.insert(secret_tries).values(
                    supplier=self._supplier, account=account, wrong=1, last_at=now
                )
                counted = statement.on_conflict_do_update(
                    index_elements=["supplier", "account"], set_={"wrong": secret_tries.c.wrong + 1, "last_at": now}
                ).returning(secret_tries.c.wrong)
                wrong = (await connection.execute(counted)).scalar_one()
                if wrong >= WRONG:
                    locked = secret_tries.update().where(*self._of(account)).values(wrong=0, locked_until=now + LOCKED)
                    await connection.execute(locked)
        if wrong >= WRONG:
            raise SecretsLocked(f"{WRONG} wrong secrets; locked for {LOCKED}")

    async def _forget(self, account: str) -> None:
        with desk_away("the tries cannot be counted"):
            async with self._store.writing() as connection:
                await connection.execute(delete(secret_tries).where(*self._of(account)))
