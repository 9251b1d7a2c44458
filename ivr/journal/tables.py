"""The journal's own tables: the events, and what was counted of them.

`events` is append-only, a row an event, laid out so that a call's events lie together. The rest can be made again from
it as long as the events exist: a contact and its parts a call, and the tallies of each quarter of an hour.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Table, Text, text

from ivr.journal.metrics import MARKS, SUMS
from ivr.store import Id, Instant, JsonText, metadata

events = Table(
    "events",
    metadata,
    Column("call", Id, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", Id, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("v", SmallInteger, nullable=False),
    # JSON, made text by the writer at the moment of the event.
    Column("data", Text, nullable=False),
    # Clustered by its key: one tree instead of a table and an index, and a call is read in one place.
    sqlite_with_rowid=False,
)

# Calls are found by their arrival: one entry a call, not one an event.
Index(
    "ix_events_arrived",
    events.c.supplier,
    events.c.at,
    sqlite_where=text("kind = 'arrived'"),
    postgresql_where=text("kind = 'arrived'"),
)

# How many heard an announcement is asked while it is on the air: few events of very many.
Index(
    "ix_events_announced",
    events.c.supplier,
    events.c.at,
    sqlite_where=text("kind = 'announced'"),
    postgresql_where=text("kind = 'announced'"),
)

# Calls that have ended, or of which something came late, since they were last counted: written with the events
# themselves, so that none is forgotten. A call may stand here twice.
uncounted = Table(
    "uncounted",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("call", Id, nullable=False),
    Column("supplier", Text, nullable=False),
    sqlite_autoincrement=True,
)

# Calls that were counted and of which other systems have not been told yet (`ivr.webhooks`): put down by the
# transaction that counts them.
untold = Table(
    "untold",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("call", Id, nullable=False),
    Column("supplier", Text, nullable=False),
    sqlite_autoincrement=True,
)

contacts = Table(
    "contacts",
    metadata,
    Column("call", Id, primary_key=True),
    Column("supplier", Text, nullable=False),
    # By which version of the rules it was counted, and out of how many events: fewer than that are not all of them.
    Column("rule", SmallInteger, nullable=False),
    Column("events", Integer, nullable=False),
    # The instant that decides its interval: its entry into the first queue, else its arrival.
    Column("at", Instant, nullable=False),
    Column("arrived", Instant, nullable=False),
    Column("ended", Instant, nullable=False),
    Column("exit", Text, nullable=False),
    Column("dialled", Text),
    Column("caller", Text),
    Column("account", Text),
    Column("topic", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("queued", Boolean, nullable=False),
    # Milliseconds.
    Column("first_wait", Integer, nullable=False),
    Column("ivr", Integer, nullable=False),
    Column("wait", Integer, nullable=False),
    Column("talk", Integer, nullable=False),
    Column("hold", Integer, nullable=False),
    Column("operators", JsonText, nullable=False),
    Column("reading", JsonText, nullable=False),
    Column("rating", SmallInteger),
    Column("rating_asked", Boolean, nullable=False),
    Column("bot", Boolean, nullable=False),
    Column("complaint", Boolean, nullable=False),
    Column("passed_on", Boolean, nullable=False),
    Column("mended", Boolean, nullable=False),
    Column("recording", Text),
    Index("ix_contacts_at", "supplier", "at"),
    Index("ix_contacts_arrived", "supplier", "arrived"),
    Index("ix_contacts_caller", "supplier", "caller", "arrived"),
    Index("ix_contacts_account", "supplier", "account", "arrived"),
)

segments = Table(
    "segments",
    metadata,
    Column("call", Id, primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("doing", Text, nullable=False),
    Column("started", Instant, nullable=False),
    Column("ended", Instant, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("queue", Text),
    Column("operators", JsonText, nullable=False),
    sqlite_with_rowid=False,
)

# An operator's part in a call, by the quarter of an hour in which it passed.
shares = Table(
    "shares",
    metadata,
    Column("call", Id, primary_key=True),
    Column("operator", Text, primary_key=True),
    Column("at", Instant, primary_key=True, autoincrement=False),
    Column("supplier", Text, nullable=False),
    # 1 in the quarter in which they first talked with this caller, else 0.
    Column("calls", SmallInteger, nullable=False),
    Column("talk", Integer, nullable=False),
    Column("hold", Integer, nullable=False),
    Index("ix_shares_at", "supplier", "at"),
    Index("ix_shares_operator", "supplier", "operator", "at"),
    sqlite_with_rowid=False,
)

# A step of the flow in which a caller was asked something, and how that went.
spoken = Table(
    "spoken",
    metadata,
    Column("call", Id, primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("supplier", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("step", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("unclear", Integer, nullable=False),
    Column("silent", Integer, nullable=False),
    Column("keyed", Integer, nullable=False),
    Index("ix_spoken_at", "supplier", "at"),
    sqlite_with_rowid=False,
)

# Sums of contacts by the quarter of an hour: all of them once by their first queue, and once by their topic. 80/60.
tallies = Table(
    "tallies",
    metadata,
    Column("supplier", Text, primary_key=True),
    # queue or topic
    Column("by", Text, primary_key=True),
    Column("at", Instant, primary_key=True, autoincrement=False),
    # Which of them; empty where there was none.
    Column("name", Text, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in (*SUMS, "longest_wait")),
    *(Column(f"mark_{mark}", Integer, nullable=False) for mark in MARKS),
    sqlite_with_rowid=False,
)
