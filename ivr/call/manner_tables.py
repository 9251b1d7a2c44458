"""How callers want to be spoken to, kept for their telephones: one row a telephone and supplier.

Few people ever ask, so all of a supplier's are held in memory, and a call asks no database.
"""

from sqlalchemy import Column, SmallInteger, Table, Text, select

from ivr.call.manner import LOUDEST, PLAIN, SLOWEST, Manner
from ivr.clock import Clock
from ivr.store import Instant, Store, metadata

manners = Table(
    "manners",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("phone", Text, primary_key=True),
    Column("louder", SmallInteger, nullable=False),
    Column("slower", SmallInteger, nullable=False),
    Column("at", Instant, nullable=False),
)


class KeptManners:
    """Implements `ivr.call.manner.Manners` for one supplier."""

    def __init__(self, store: Store, supplier: str, clock: Clock) -> None:
        self._store, self._supplier, self._clock = store, supplier, clock
        self._known: dict[str, Manner] = {}

    @classmethod
    async def load(cls, store: Store, supplier: str, clock: Clock) -> "KeptManners":
        kept = cls(store, supplier, clock)
        query = select(manners).where(manners.c.supplier == supplier)
        async with store.reading() as connection:
            for row in await connection.execute(query):
                kept._known[row.phone] = Manner(min(row.louder, LOUDEST), min(row.slower, SLOWEST))
        return kept

    def of(self, phone: str) -> Manner:
        return self._known.get(phone, PLAIN)

    async def keep(self, phone: str, manner: Manner) -> None:
        self._known[phone] = manner
        row = {
            "supplier": self._supplier,
            "phone": phone,
            "louder": manner.louder,
            "slower": manner.slower,
            "at": self._clock.now(),
        }
        changed = {name: row[name] for name in ("louder", "slower", "at")}
        statement = self._store.insert(manners).values(row)
        async with self._store.writing() as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["supplier", "phone"], set_=changed)
            )
