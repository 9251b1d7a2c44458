"""What a running line's journal says of waits and talks is what its Asterisk's own queue log says, to the second."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from live.timed_calls import Shape, abandoned, held, served, timed_out, transferred
from live.timed_line import Lane, lanes_of, timed_line

from asterisk import queue_log
from ivr.journal.counting import count_all
from ivr.journal.events import Kind
from ivr.service.reconciling import Compared, compare, queue_log_of
from ivr.store import open_store

pytestmark = pytest.mark.live

SHAPES: tuple[Shape, ...] = (served, held, transferred, abandoned, timed_out)
LANES = 3


def test_our_account_is_asterisks_own(tmp_path: Path) -> None:
    began = datetime.now(UTC) - timedelta(seconds=10)
    with timed_line(tmp_path, LANES) as (running, settings):

        async def played() -> Compared:
            waiting = list(SHAPES)

            async def serve(lane: Lane) -> None:
                while waiting:
                    one = await waiting.pop(0)(lane)
                    await lane.line.until_told(one.caller, Kind.HUNG_UP)

            async with lanes_of(running, settings, LANES) as line:
                await asyncio.gather(*(serve(lane) for lane in line.lanes))
            lines = await asyncio.to_thread(queue_log.read, queue_log_of(settings.places))
            until = datetime.now(UTC) + timedelta(seconds=10)
            async with await open_store(settings) as store:
                await count_all(store)
                return await compare(store, settings.supplier, lines, began, until)

        compared = asyncio.run(played())
    assert compared.stays >= len(SHAPES)
    assert compared.found == []
