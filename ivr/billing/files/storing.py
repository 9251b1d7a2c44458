"""A transaction of a load: a database that fails in it is told to a person, with what to do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.store import Store, StoreError
from ivr.store.engine import reason


@asynccontextmanager
async def stored(store: Store) -> AsyncIterator[AsyncConnection]:
    try:
        async with store.writing() as connection:
            yield connection
    except (DBAPIError, OSError, TimeoutError) as error:
        raise StoreError(f"the file was loaded in part: {reason(error)}. Load it again") from error
