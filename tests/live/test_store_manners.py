"""How a caller wants to be spoken to outlives the service, and belongs to one supplier."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.call.manner import PLAIN, Manner
from ivr.call.manner_tables import KeptManners
from ivr.clock import VirtualClock
from ivr.settings import Settings
from ivr.store import open_store

pytestmark = pytest.mark.live

PHONE = "+79130000001"


async def test_a_manner_is_kept_for_the_telephone_and_changed_by_the_next_wish(tmp_path: Path) -> None:
    clock = VirtualClock(datetime(2026, 3, 4, tzinfo=UTC))
    async with await open_store(Settings(data=tmp_path, database=None)) as store:
        kept = await KeptManners.load(store, "a", clock)
        assert kept.of(PHONE) == PLAIN
        await kept.keep(PHONE, Manner(louder=1))
        await kept.keep(PHONE, Manner(louder=1, slower=2))
    async with await open_store(Settings(data=tmp_path, database=None)) as store:
        assert (await KeptManners.load(store, "a", clock)).of(PHONE) == Manner(louder=1, slower=2)
        assert (await KeptManners.load(store, "b", clock)).of(PHONE) == PLAIN
