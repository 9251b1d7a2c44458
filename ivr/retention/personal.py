"""Which columns hold somebody's data, and what becomes of each. A test walks all tables and misses none.

`events` and `contacts` are changed call by call (`ivr.retention.calls`); here is the rest.
"""

from collections.abc import Mapping
from typing import Literal

Fate = Literal["pseudonym", "deleted", "emptied", "reference", "call", "operator"]
"""`reference`: the supplier's own, which an import replaces; `call`: seen to with its call; `operator`: of staff."""

COLUMNS: Mapping[str, Mapping[str, Fate]] = {
    "events": {"data": "call"},
    "contacts": {"caller": "call", "account": "call"},
    "shares": {"operator": "operator"},
    "sessions": {"address": "operator"},
    "entries": {"address": "operator"},
    "callbacks": {"phone": "pseudonym", "account": "pseudonym", "topic": "emptied"},
    "messages": {"address": "pseudonym", "account": "pseudonym", "text": "emptied", "subject": "emptied"},
    "requests": {"account": "pseudonym", "phone": "pseudonym", "words": "emptied"},
    "readings": {"account": "pseudonym"},
    "drafts": {"account": "deleted", "heard": "deleted"},
    "manners": {"phone": "deleted"},
    "bad_tries": {"account": "deleted"},
    "secret_tries": {"account": "deleted"},
    "recordings": {"file": "deleted"},
    "turns": {"data": "deleted", "file": "deleted"},
    "outbox": {"payload": "deleted", "answer": "deleted"},
    "accounts": {"address": "reference", "street": "reference", "house": "reference", "flat": "reference",
                 "town": "reference"},
    "phones": {"phone": "reference", "account": "reference"},
    "meters": {"account": "reference"},
    "zones": {"account": "reference"},
    "last_readings": {"account": "reference"},
    "debts": {"account": "reference"},
    "windows": {"house": "reference"},
    "emergencies": {"text": "reference"},
}  # fmt: skip

TELLING = frozenset(
    {
        "phone",
        "caller",
        "account",
        "address",
        "email",
        "words",
        "heard",
        "town",
        "street",
        "house",
        "flat",
        "to",
        "payload",
    }
)
"""Names that a column with personal data is likely to have."""
