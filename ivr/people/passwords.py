"""Passwords: made, judged, hashed (argon2id) and checked.

Checking one takes tens of milliseconds by design: it is done in two threads of its own, so that the calls go on.
"""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 200
_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that are taken for each other when read from paper."""

# 19 MiB and two passes: what OWASP names as the least, so that a dozen entries at once do not starve the calls.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


class UnfitPassword(Exception):
    """The password cannot be taken; the text says why."""


def made_password() -> str:
    """One to be read from a screen once and typed by hand."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def judge(password: str, login: str) -> None:
    """Raises `UnfitPassword`."""
    if len(password) < SHORTEST:
        raise UnfitPassword(f"Пароль короче {SHORTEST} знаков.")
    if len(password) > LONGEST:
        raise UnfitPassword(f"Пароль длиннее {LONGEST} знаков.")
    if login and login.lower() in password.lower():
        raise UnfitPassword("В пароле не должно быть имени для входа.")
    if len(set(password)) < 5:
        raise UnfitPassword("Пароль слишком прост: в нём почти одни и те же знаки.")


async def hashed(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def fits(password: str, kept: str | None) -> bool:
    """Whether this is the password. With `kept` None (nobody of that login) it takes as long, and is False."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _fits, password, kept)


def _fits(password: str, kept: str | None) -> bool:
    try:
        _hasher.verify(kept if kept is not None else _nobodys(), password[: LONGEST * 4])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex())
