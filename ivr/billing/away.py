"""The one way a database that cannot be used looks to a dialogue: `DeskAway`, with what was asked and why it failed."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from bots.desk import DeskAway
from ivr.store.engine import reason


@contextmanager
def desk_away(what: str) -> Iterator[None]:
    """Whatever the database says no with becomes `DeskAway`, led by `what` was not done."""
    try:
        yield
    except (DBAPIError, NoConnection, OSError, TimeoutError) as error:
        raise DeskAway(f"{what}: {reason(error)}") from error
