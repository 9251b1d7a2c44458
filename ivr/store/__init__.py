"""The database: engine, column types, the one metadata and the one linear history of migrations.

Rooms above own their tables and queries and register the tables on `metadata`; nothing here knows what a call or a
reading is. SQLite (embedded) and PostgreSQL run the same code.
"""

from ivr.store.engine import Store as Store
from ivr.store.engine import StoreError as StoreError
from ivr.store.engine import open_store as open_store
from ivr.store.schema import Id as Id
from ivr.store.schema import Instant as Instant
from ivr.store.schema import JsonText as JsonText
from ivr.store.schema import metadata as metadata
from ivr.store.schema import to_json as to_json
from ivr.store.schema import to_micros as to_micros
