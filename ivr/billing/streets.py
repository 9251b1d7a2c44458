"""Where a supplier's customers live, as words they will say: towns and streets by how many accounts are there."""

from sqlalchemy import func, select

from ivr.billing.away import desk_away
from ivr.billing.tables import accounts
from ivr.store import Store


async def commonest_places(store: Store, supplier: str, most: int) -> list[str]:
    """Towns and streets, «улица северная», those of most accounts first; raises `DeskAway`."""
    found: list[str] = []
    with desk_away("the streets cannot be asked"):
        async with store.reading() as connection:
            for column in (accounts.c.town, accounts.c.street):
                query = (
                    select(column)
                    .where(accounts.c.supplier == supplier, column != "")
                    .group_by(column)
                    .order_by(func.count().desc(), column)
                    .limit(most)
                )
                found += (await connection.execute(query)).scalars()
    return found
