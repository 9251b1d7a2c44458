"""A line's journal as a process of its own, to be killed: it writes, and tells what it was promised is on disk.

Arguments: data folder, database URL or nothing, `write` or `drain`, and calls to go on with. It prints `up` and how
many events the last life left in the spool, then `CALL SEQ TOKEN` for each event once `durable()` has returned;
`drain` ends when the spool is empty.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import structlog

from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.journal.spool import Spool
from ivr.journal.writer import CallJournal, Journal
from ivr.settings import load
from ivr.store import open_store

LINES = 8
SPOOL = 8 << 20


def tell(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def talk(call: CallJournal, events: int) -> None:
    tokens = []
    for _ in range(events):
        token = uuid4().hex
        call.note(Kind.STEP, token=token)
        tokens.append((call._seq, token))
        await asyncio.sleep(0)
    await call.durable(60)
    for seq, token in tokens:
        tell(call.call, seq, token)


async def line(journal: Journal) -> None:
    while True:
        call = journal.open_call("energosbyt", new_id(datetime.now(UTC)))
        for turn in range(5):
            await talk(call, 1 + turn)


async def go_on(journal: Journal, call: UUID) -> None:
    await talk(await journal.resume_call("energosbyt", call), 3)


async def main(data: str, database: str, job: str, *calls: str) -> None:
    settings = load(data=Path(data), database=database or None)
    spool = Spool.open(settings.places.spool / "journal", SPOOL)
    found = spool.held
    async with await open_store(settings) as store:
        # Small lots, so that a spool is read out in many commits and the end may come between any two.
        journal = Journal(store, node="killed", spool=spool, most_rows=300, spool_after_seconds=0.1)
        async with journal:
            tell("up", found)
            if job == "drain":
                await asyncio.wait_for(journal.drained(), 60)
                return
            async with asyncio.TaskGroup() as group:
                for call in calls:
                    group.create_task(go_on(journal, UUID(call)))
                for _ in range(LINES):
                    group.create_task(line(journal))


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the promises
    asyncio.run(main(*sys.argv[1:]))
