"""The index of recordings on both databases: found, held, exported to who says why, deleted for real."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from ivr.cli import app
from ivr.cli.recordings import register
from ivr.clock import SystemClock
from ivr.recordings.index import Index, Recording
from ivr.recordings.keeper import Keeper
from ivr.recordings.live_name import LiveName
from ivr.recordings.rules import Kind, Rules
from ivr.settings import Settings
from ivr.store import Store

CALL = UUID("019ab3c4-5d6e-7f80-9123-456789abcdef")
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def index(store: Store, settings: Settings) -> Index:
    return Index(store, settings.places.recordings, SystemClock())


def one(
    index: Index, *, age: float = 0, kind: Kind = "talk", call: UUID | None = CALL, supplier: str = "energosbyt"
) -> Recording:
    id_ = uuid4()
    path = index.folder / supplier / f"{id_}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sound")
    began = NOW - timedelta(days=age)
    return Recording(
        id_, supplier, call, "node1-1.0", kind, "operators", began, began + timedelta(seconds=60),
        f"{supplier}/{path.name}", 5, sha256(b"sound").hexdigest(), 2,
    )  # fmt: skip


async def test_a_recording_is_there_once(index: Index) -> None:
    talk = one(index)
    assert [await index.add(talk), await index.add(talk)] == [True, False]
    assert await index.of_call("energosbyt", CALL) == [talk]
    assert await index.of_call("teplosbyt", CALL) == ()


async def test_only_what_is_old_for_its_kind_and_not_held_is_due(index: Index) -> None:
    other = UUID(int=5)
    for each in (one(index, age=400), one(index, age=10), one(index, age=400, kind="debt"),
                 one(index, age=500, call=other)):  # fmt: skip
        await index.add(each)
    assert await index.hold("energosbyt", other, True, who="судья", why="дело 5") == 1
    before: dict[Kind, datetime] = {"talk": NOW - timedelta(days=365), "debt": NOW - timedelta(days=1095)}
    due = await index.due("energosbyt", before)
    assert [(each.call, each.kind) for each in due] == [(CALL, "talk")]
    assert await index.count_due("energosbyt", before) == 1
    assert await index.hold("energosbyt", other, False, who="судья", why="дело закрыто") == 1
    assert await index.count_due("energosbyt", before) == 2


async def test_what_is_deleted_is_gone_from_the_disk_and_still_counted(index: Index) -> None:
    talk = one(index)
    await index.add(talk)
    await index.delete(talk)
    await index.delete(talk)  # cut off in between, it is done again
    (row,) = await index.of_call("energosbyt", CALL)
    assert not index.path(talk).exists()
    assert (row.file, row.sha256, row.deleted_at is not None) == ("", "", True)
    assert await index.latest("energosbyt", None, None, 10) == []
    assert await index.forget_tombstones("energosbyt", datetime.now(UTC) + timedelta(seconds=1)) == 1


async def test_a_row_cannot_lead_out_of_the_folder(index: Index) -> None:
    talk = one(index)
    bad = Recording(**{**{name: getattr(talk, name) for name in Recording.__slots__}, "file": "../../secrets/ami"})
    with pytest.raises(ValueError, match="points out"):
        index.path(bad)


async def test_who_exports_says_why_and_is_written_down(index: Index, settings: Settings, tmp_path: Path) -> None:
    for age in (0.0, 0.1):
        await index.add(one(index, age=age))
    await index._store.aclose()
    if not app.registered_groups:
        register(app)
    flags = ["--data", str(settings.data)]
    env = {"GUDOK_DATABASE": settings.database} if settings.database else {}

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["recordings", *words, *flags], env=env, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    import asyncio

    out = tmp_path / "talk.wav"
    why = ["--why", "жалоба 17", "--as", "контролёр"]
    printed = await asyncio.to_thread(run, "export", str(CALL), "-o", str(out), *why)
    assert printed.split() == [str(out), str(tmp_path / "talk-2.wav")]
    assert out.read_bytes() == b"sound"
    assert (out.stat().st_mode & 0o777) == 0o600
    told = await asyncio.to_thread(run, "accesses")
    assert ["контролёр", "recordings.export", str(CALL), "жалоба 17"] == told.splitlines()[0].split("\t")[1:]


async def test_left_over_files_are_taken_in_once_and_strange_ones_left_alone(index: Index) -> None:
    async def nothing() -> None:
        return None

    live = index.folder / "live"
    live.mkdir(parents=True)
    name = LiveName("energosbyt", CALL, "node1-1.0", NOW, "queue", "operators")
    keeper = Keeper(
        index, SystemClock(), ended=lambda _: True, rules=lambda _: Rules(debt=frozenset({"operators"})), keep_free=0,
        no_room=nothing,
    )  # fmt: skip

    import os

    for stem, size in ((str(name), 64_000), (str(LiveName("energosbyt", CALL, "n-2", NOW, "queue", "x")), 10)):
        path = live / f"{stem}.raw"
        path.write_bytes(bytes(size))
        os.utime(path, (1_770_000_000, 1_770_000_000))
    (live / "notes.raw").write_bytes(b"x")
    assert await keeper.sweep() == 1
    assert await keeper.sweep() == 0
    (found,) = await index.of_call("energosbyt", CALL)
    assert (found.kind, found.started, found.seconds) == ("debt", NOW, 2.0)
    assert index.path(found).stat().st_size == found.bytes == 64_044
    assert [path.name for path in live.iterdir()] == ["notes.raw"]
    assert (keeper.kept, keeper.dropped) == (1, 1)


async def test_messages_that_callers_leave_are_in_the_index(index: Index) -> None:
    async def nothing() -> None:
        return None

    import os

    folder = index.folder / "voicemail"
    folder.mkdir(parents=True)
    path = folder / f"energosbyt~{CALL}~node1-5.0.wav"
    path.write_bytes(bytes(44 + 32_000))
    os.utime(path, (1_770_000_000, 1_770_000_000))
    keeper = Keeper(index, SystemClock(), ended=lambda _: True, rules=lambda _: Rules(), keep_free=0, no_room=nothing)
    assert [await keeper.sweep_voicemails(), await keeper.sweep_voicemails()] == [1, 0]
    (found,) = await index.of_call("energosbyt", CALL)
    assert (found.kind, found.seconds, found.channels) == ("voicemail", 2.0, 1)
