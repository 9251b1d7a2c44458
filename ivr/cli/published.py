"""What the commands about published dialplans share: the versions of this installation, whose they are, who acts."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ivr.cli.options import fail, settings

if TYPE_CHECKING:
    from ivr.flow.published.versions import Versions

T = TypeVar("T")


def in_store(data: Path | None, run: Callable[["Versions"], Awaitable[T]], *, create: bool = False) -> T:
    """Run a coroutine function with the versions of this installation; what it cannot do is said in one clear line."""
    from sqlalchemy.exc import SQLAlchemyError

    from ivr.clock import SystemClock
    from ivr.flow.published.version import VersionsError
    from ivr.flow.published.versions import Versions
    from ivr.store import StoreError, open_store
    from ivr.store.engine import reason

    chosen = settings(data)

    async def main() -> T:
        async with await open_store(chosen, create=create) as store:
            return await run(Versions(store, SystemClock()))

    try:
        return asyncio.run(main())
    except (StoreError, VersionsError) as error:
        fail(str(error))
    except (SQLAlchemyError, TimeoutError) as error:
        fail(f"the database cannot be used now: {reason(error)}")


def supplier_of(target: str, dialplans: Path) -> tuple[str, Path]:
    """The supplier and its folder, named by either."""
    path = Path(target)
    if path.is_dir():
        return os.path.basename(os.path.abspath(path)), path
    if os.sep in target:
        fail(f"{target}: there is no such folder", code=2)
    return target, dialplans / target


def whoever() -> str:
    """The user of the system, for who did not say `--as`."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
