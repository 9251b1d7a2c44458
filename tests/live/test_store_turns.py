"""Kept turns on a real disk and both databases: written beside the calls, bounded, found again, deleted for real."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from asr.audio import read_wav
from asr.recognizer import Hearing
from bots.talk import Answer, Question
from ivr.clock import VirtualClock
from ivr.ids import new_id
from ivr.settings import Settings
from ivr.store import Store, open_store
from ivr.turns import keeper as keeping
from ivr.turns.keeper import TurnKeeper
from ivr.turns.rules import Rules
from ivr.turns.shelf import KeptTurn, Shelf

pytestmark = pytest.mark.live

SOUND = bytes(range(256)) * 125
"""Two seconds."""
READING = Question("reading", "reading")
CONFIRM = Question("read_back", "confirm", confirming={"single": 12345})


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 3, 4, 12, tzinfo=UTC))


def call(keeper: TurnKeeper, *, supplier: str = "svet", turns: int = 1, of: UUID | None = None) -> UUID:
    """A call in which a reading is said so often, and confirmed."""
    call_id = of or new_id(keeper.clock.now())
    kept = keeper.for_call(supplier, call_id)
    assert kept is not None
    for _ in range(turns):
        kept.keep("reading", SOUND, Hearing("двенадцать триста сорок пять", engine="vosk", model="ru-numbers"))
        said = Answer("value", {"single": "12345"}, said="двенадцать триста сорок пять")
        kept.answered(READING, said)
    kept.answered(CONFIRM, Answer("yes", said="1", by="keys"))
    kept.close()
    return call_id


async def kept(shelf: Shelf, supplier: str = "svet", since: datetime | None = None) -> list[KeptTurn]:
    return [turn async for turn in shelf.between(supplier, since, None)]


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.wav"))


async def test_a_call_s_turns_are_kept_with_their_sound_and_what_proved_true(
    store: Store, tmp_path: Path, clock: VirtualClock
) -> None:
    async with TurnKeeper(store, tmp_path / "turns", clock, keep_free=0) as keeper:
        keeper.know("svet", Rules(keep=True))
        call_id = call(keeper)
    (turn,) = await kept(keeper.shelf)
    assert (turn.call, turn.question, turn.expect, turn.outcome) == (call_id, "reading", "reading", "confirmed")
    assert turn.data["truth"] == {"act": "value", "values": {"single": "12345"}}
    file = tmp_path / "turns" / turn.file
    assert read_wav(file).pcm() == SOUND
    assert file.stat().st_mode & 0o777 == 0o600
    assert (keeper.kept, keeper.lost, keeper.waiting) == (1, 0, 0)


async def test_where_nobody_wants_it_nothing_is_kept(store: Store, tmp_path: Path, clock: VirtualClock) -> None:
    async with TurnKeeper(store, tmp_path / "turns", clock, keep_free=0) as keeper:
        assert keeper.for_call("svet", new_id(clock.now())) is None
        keeper.know("svet", Rules(keep=False))
        assert keeper.for_call("svet", new_id(clock.now())) is None
    assert not (tmp_path / "turns").exists()


async def test_secrets_and_accounts_and_what_was_pressed_leave_no_sound(
    store: Store, tmp_path: Path, clock: VirtualClock
) -> None:
    async with TurnKeeper(store, tmp_path / "turns", clock, keep_free=0) as keeper:
        keeper.know("svet", Rules(keep=True))
        turns = keeper.for_call("svet", new_id(clock.now()))
        assert turns is not None
        for question in (Question("secret", "digits", secret=True), Question("account", "account")):
            turns.keep(question.key, SOUND, Hearing("один два"))
            turns.answered(question, Answer("value", {"account": "12"}, said="один два"))
        turns.keep("reading", SOUND, Hearing("один"))
        turns.answered(READING, Answer("value", {"single": "5"}, said="5", by="keys"))
        turns.keep("reading", SOUND, Hearing("один"))  # and the caller hangs up
        turns.close()
    assert await kept(keeper.shelf) == []
    assert not (tmp_path / "turns").exists()


async def test_beyond_its_megabytes_the_oldest_go(store: Store, tmp_path: Path, clock: VirtualClock) -> None:
    async with TurnKeeper(store, tmp_path / "turns", clock, keep_free=0) as keeper:
        keeper.know("svet", Rules(keep=True, megabytes=1))
        keeper.know("other", Rules(keep=True, megabytes=1))
        call(keeper, supplier="other")
        calls = []
        for _ in range(50):
            clock.advance(1)
            calls.append(call(keeper))
    found = await kept(keeper.shelf)
    assert 20 <= len(found) <= 31
    assert [turn.call for turn in found] == calls[-len(found) :]
    assert sum(file.stat().st_size for file in files(tmp_path / "turns" / "svet")) <= 1_000_000
    assert len(await kept(keeper.shelf, "other")) == 1


async def test_a_disk_that_is_nearly_full_gets_nothing_more(store: Store, tmp_path: Path, clock: VirtualClock) -> None:
    async with TurnKeeper(store, tmp_path / "turns", clock, keep_free=1 << 60) as keeper:
        keeper.know("svet", Rules(keep=True))
        call(keeper, turns=3)
    assert (keeper.kept, keeper.lost) == (0, 3)
    assert files(tmp_path) == []


async def test_a_database_that_is_away_costs_the_turns_and_nothing_else(tmp_path: Path, clock: VirtualClock) -> None:
    async with await open_store(Settings(data=tmp_path, database=None)) as store:
        async with TurnKeeper(store, tmp_path / "turns", clock, keep_free=0) as keeper:
            keeper.know("svet", Rules(keep=True))
            async with store.writing() as connection:
                await connection.exec_driver_sql("alter table turns rename to elsewhere")
            call(keeper)
            await keeper.written()
            assert (keeper.kept, keeper.lost) == (0, 1)
            assert files(tmp_path) == []
            async with store.writing() as connection:
                await connection.exec_driver_sql("alter table elsewhere rename to turns")
            call(keeper)
        assert keeper.kept == 1


async def test_more_than_can_wait_is_not_kept_and_a_call_has_a_bound_too(
    store: Store, tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_WAITING", 70)
    async with TurnKeeper(store, tmp_path / "turns", clock, keep_free=0) as keeper:
        keeper.know("svet", Rules(keep=True))
        call(keeper, turns=100)
        assert keeper.waiting == keeping.MOST_OF_A_CALL
        call(keeper, turns=20)
        assert keeper.lost == 20
    assert keeper.kept == keeping.MOST_OF_A_CALL


async def test_what_is_old_goes_with_its_files_and_folders_and_a_call_can_be_forgotten(
    store: Store, tmp_path: Path, clock: VirtualClock
) -> None:
    folder = tmp_path / "turns"
    async with TurnKeeper(store, folder, clock, keep_free=0) as keeper:
        keeper.know("svet", Rules(keep=True, days=30))
        call(keeper, turns=2)
        clock.advance(86_400 * 20)
        second = call(keeper)
        clock.advance(86_400 * 15)
        third = call(keeper)
    assert len(files(folder)) == 4
    shelf = keeper.shelf
    assert await shelf.delete_before("other", clock.now()) == 0
    # The next start of the line looks at what is too old.
    async with TurnKeeper(store, folder, clock, keep_free=0) as again:
        again.know("svet", Rules(keep=True, days=30))
    assert [turn.call for turn in await kept(shelf)] == [second, third]
    assert len(list((folder / "svet").iterdir())) == 2
    assert await shelf.delete_call("svet", second) == 1
    assert await shelf.delete_before("svet", clock.now() + timedelta(days=1)) == 1
    assert files(folder) == []
    assert list(folder.iterdir()) == []
    assert await shelf.bytes_of("svet") == 0
