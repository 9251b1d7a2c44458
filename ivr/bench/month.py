"""A month of calls made inside the database by its own SQL: a million rows in seconds, the same every time.

Each is a finished contact as the service would have counted it; one day of them has its segments too, so that sums can
be held against what they are made of.
"""

from datetime import datetime, timedelta

from sqlalchemy import text

from ivr.store import Store, to_micros

SUPPLIER = "bench"
DAYS = 30

_SERIES = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :calls - 1) SELECT i FROM n)",
    "postgresql": "(SELECT i FROM generate_series(CAST(0 AS bigint), CAST(:calls AS bigint) - 1) AS s(i))",
}
_CALL = {
    "sqlite": "CAST(printf('%016d', i) AS BLOB)",
    "postgresql": "CAST(lpad(to_hex(i), 32, '0') AS uuid)",
}
_TRUE = {"sqlite": ("1", "0"), "postgresql": ("true", "false")}

# h is as good as random and the same on both; kind: 0–39 served by the robot, 40–49 left the menu, 50–91 answered,
# 92–96 gave up, 97–98 the queue's time was over, 99 no line.
_CONTACTS = """
INSERT INTO contacts (call, supplier, rule, events, at, arrived, ended, exit, dialled, caller, account, topic, queue,
                      queued, first_wait, ivr, wait, talk, hold, operators, reading, rating, rating_asked, bot,
                      complaint, passed_on, mended, recording)
SELECT {call}, :supplier, 1, 10, arrived + CASE WHEN kind BETWEEN 50 AND 98 THEN ivr * 1000 ELSE 0 END, arrived,
       arrived + (ivr + wait + talk) * 1000,
       CASE WHEN kind < 40 THEN 'self_served' WHEN kind < 50 THEN 'abandoned_ivr' WHEN kind < 92 THEN 'answered'
            WHEN kind < 97 THEN 'abandoned_queue' WHEN kind < 99 THEN 'queue_timeout' ELSE 'blocked' END,
       '88003505566', '+7913' || (1000000 + h % 9000000), NULL, 'тема ' || (h / 7 % 12),
       CASE WHEN kind BETWEEN 50 AND 98 THEN 'queue-' || (h / 1000 % 3) ELSE '' END,
       CASE WHEN kind BETWEEN 50 AND 98 THEN {true} ELSE {false} END,
       wait, ivr, wait, talk, 0, '[]', CASE WHEN kind < 20 THEN '{{"single":"12345"}}' ELSE '{{}}' END,
       CASE WHEN kind BETWEEN 50 AND 70 THEN 1 + h % 5 END,
       CASE WHEN kind BETWEEN 50 AND 91 THEN {true} ELSE {false} END,
       CASE WHEN kind < 60 THEN {true} ELSE {false} END, {false}, {false}, {false}, NULL
FROM (SELECT i, h, kind, arrived, CASE WHEN kind = 99 THEN 0 ELSE 5000 + h % 40000 END AS ivr,
             CASE WHEN kind BETWEEN 50 AND 98 THEN h % 95000 ELSE 0 END AS wait,
             CASE WHEN kind BETWEEN 50 AND 91 THEN 20000 + h % 300000 ELSE 0 END AS talk
      FROM (SELECT i, i * 2654435761 % 4294967296 AS h, i * 2654435761 % 4294967296 / 97 % 100 AS kind,
                   :start + i * :step AS arrived FROM {series} AS numbered) AS hashed) AS made
"""
_SEGMENTS = """
INSERT INTO segments (call, number, doing, started, ended, milliseconds, queue, operators)
SELECT call, 0, 'ivr', arrived, arrived + ivr * 1000, ivr, NULL, '[]' FROM contacts
 WHERE supplier = :supplier AND arrived >= :since AND arrived < :until AND ivr > 0
UNION ALL
SELECT call, 1, 'queue', at, at + wait * 1000, wait, queue, '[]' FROM contacts
 WHERE supplier = :supplier AND arrived >= :since AND arrived < :until AND wait > 0
UNION ALL
SELECT call, 2, 'talk', at + wait * 1000, at + (wait + talk) * 1000, talk, queue, '["101"]' FROM contacts
 WHERE supplier = :supplier AND arrived >= :since AND arrived < :until AND talk > 0
"""


async def make_month(store: Store, start: datetime, calls: int) -> None:
    """So many contacts, spread evenly over 30 days from `start`; those of its first day with their segments."""
    true, false = _TRUE[store.dialect]
    statement = _CONTACTS.format(call=_CALL[store.dialect], series=_SERIES[store.dialect], true=true, false=false)
    month = timedelta(days=DAYS) // timedelta(microseconds=1)
    since = to_micros(start)
    async with store.writing() as connection:
        values = {"calls": calls, "supplier": SUPPLIER, "start": since, "step": month // calls}
        await connection.execute(text(statement), values)
        day = {"supplier": SUPPLIER, "since": since, "until": to_micros(start + timedelta(days=1))}
        await connection.execute(text(_SEGMENTS), day)
    async with store.writing() as connection:
        await connection.execute(text("ANALYZE"))
