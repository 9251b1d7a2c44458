"""A backup made while the line works is whole, and what is put back is what was there, or nothing is changed."""

import asyncio
import fcntl
import gzip
import hashlib
import io
import json
import os
import resource
import stat
import tarfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from typer.testing import CliRunner

from bots.desk import ReadingToStore
from ivr.billing import TableDesk
from ivr.billing.files.load import load as load_sheet
from ivr.billing.files.sheets import CsvSheet
from ivr.billing.tables import readings
from ivr.cli import db
from ivr.clock import SystemClock
from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.journal.tables import events
from ivr.journal.writer import Journal
from ivr.settings import Settings, load
from ivr.store import Store, StoreError, archive, open_store
from ivr.store.backup import back_up
from ivr.store.news import Reader, post
from ivr.store.restore import restore, stopped_line
from ivr.store.swap import READY, STAGE

CLOCK = SystemClock()
ACCOUNTS = (
    b"account,address,phones,serial,zones,previous,previous_date,daily\n",
    "7001234567,Барнаул,+79130000001,s1,day|night,12200|6700,2026-02-02,4|\n".encode(),
)


@pytest.fixture(params=["sqlite", "sqlite elsewhere", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    elif request.param == "sqlite elsewhere":
        url = f"sqlite:///{tmp_path}/line/own/calls.db"
    return load(data=tmp_path / "line", database=url)


async def a_line(store: Store) -> None:
    """A little of everything."""
    sheet = CsvSheet("a.csv", lambda: ACCOUNTS)
    await load_sheet(store, "energosbyt", sheet, now=datetime(2026, 3, 4, tzinfo=UTC), reject=lambda where, why: None)
    desk = TableDesk(store, "energosbyt")
    await desk.store_reading(ReadingToStore("7001234567", "s1", {"day": 12345}, {"day": uuid4()}, datetime.now(UTC)))
    await desk.keep_draft("7001234567", "s1", {"day": "двенадцать"}, uuid4())
    async with Journal(store, node="node1") as journal:
        call = journal.open_call("energosbyt", new_id(datetime.now(UTC)))
        call.note(Kind.ARRIVED, caller="+79130000001")
        call.note(Kind.HEARD, text="nul\x00, half a letter \udcd0, \u2028 and «ёлочки»")
    async with store.writing() as connection:
        await post(connection, "published", at=datetime.now(UTC), version=3)


async def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    from ivr.store.rows import tables_of

    found: dict[str, list[tuple[object, ...]]] = {}
    async with store.reading() as connection:
        for table in await connection.run_sync(tables_of):
            rows = await connection.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [
                tuple(UUID(bytes=value) if isinstance(value, bytes) else value for value in row) for row in rows
            ]
    return found


@pytest.fixture
async def line(settings: Settings) -> AsyncIterator[Store]:
    settings.places.make()
    settings.places.toml.write_text('line = "88003505566"\n')
    (settings.places.secrets / "ami").write_text("hush\n")
    (settings.places.recordings / "2026").mkdir()
    (settings.places.recordings / "2026" / "call.wav").write_bytes(b"RIFF")
    async with await open_store(settings) as store:
        await a_line(store)
        yield store


async def backed_up(store: Store, settings: Settings, path: Path) -> Path:
    await back_up(store, settings.places, path, CLOCK)
    return path


async def test_what_is_put_back_is_what_was_there(line: Store, settings: Settings, tmp_path: Path) -> None:
    path = await backed_up(line, settings, tmp_path / "backup.tar.gz")
    before = await everything(line)
    elsewhere = load(data=tmp_path / "new")
    await restore(elsewhere, path, CLOCK)
    async with await open_store(elsewhere, upgrade=False) as store:
        assert await everything(store) == before
    assert elsewhere.places.toml.read_text() == 'line = "88003505566"\n'
    assert (elsewhere.places.secrets / "ami").read_text() == "hush\n"
    assert sorted(os.listdir(elsewhere.data)) == ["gudok.db", "gudok.toml", "run", "secrets"]


async def test_secrets_are_their_owners_alone_in_the_archive_and_after_it(
    line: Store, settings: Settings, tmp_path: Path
) -> None:
    path = await backed_up(line, settings, tmp_path / "backup.tar.gz")
    elsewhere = load(data=tmp_path / "new")
    await restore(elsewhere, path, CLOCK)
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, elsewhere.places.secrets / "ami")]
    assert modes == [0o600, 0o600]
    assert stat.S_IMODE(elsewhere.places.secrets.stat().st_mode) == 0o700


async def test_the_archive_lists_the_recordings_without_carrying_them(
    line: Store, settings: Settings, tmp_path: Path
) -> None:
    path = await backed_up(line, settings, tmp_path / "backup.tar.gz")
    with path.open("rb") as file:
        held = dict(archive.members(file))
    (told,) = [json.loads(each) for each in held["recordings/000001.jsonl"].splitlines()]
    assert (told["file"], told["bytes"]) == ("2026/call.wav", 4)
    assert not any(name.endswith(".wav") for name in held)


async def test_a_backup_beside_a_writer_is_one_instant_of_it(line: Store, settings: Settings, tmp_path: Path) -> None:
    """Of every call in it the first events are there without a gap, and what was durable before it began is there."""
    durable: asyncio.Queue[UUID] = asyncio.Queue()

    async def write() -> None:
        async with Journal(line, node="node1", gather_seconds=0.002) as journal:
            while True:
                call = journal.open_call("energosbyt", new_id(datetime.now(UTC)))
                for step in range(20):
                    call.note(Kind.STEP, step=str(step))
                    await asyncio.sleep(0)
                await call.durable()
                durable.put_nowait(call.call)

    writer = asyncio.create_task(write())
    try:
        already = {await durable.get() for _ in range(20)}
        path = await backed_up(line, settings, tmp_path / "backup.tar.gz")
        for _ in range(5):
            await durable.get()
    finally:
        writer.cancel()
        await asyncio.wait({writer})
    elsewhere = load(data=tmp_path / "new")
    await restore(elsewhere, path, CLOCK)
    async with await open_store(elsewhere) as store, store.reading() as connection:
        query = select(events.c.call, func.count(), func.max(events.c.seq)).group_by(events.c.call)
        kept = {call: (count, last) for call, count, last in await connection.execute(query)}
    assert all(count == last for count, last in kept.values())
    assert all(kept.get(call) == (20, 20) for call in already)


async def test_an_embedded_line_can_move_to_postgresql(tmp_path: Path, postgres_url: str) -> None:
    settings = load(data=tmp_path / "line")
    settings.places.make()
    async with await open_store(settings) as store:
        await a_line(store)
        before = await everything(store)
        path = await backed_up(store, settings, tmp_path / "backup.tar.gz")
    moved = load(data=tmp_path / "new", database=postgres_url)
    await restore(moved, path, CLOCK)
    async with await open_store(moved) as store:
        assert await everything(store) == before
        reader = Reader(store)
        await reader.start()
        async with store.writing() as connection:
            await post(connection, "after", at=datetime.now(UTC))
        assert [item.topic for item in await reader.fetch()] == ["after"]


async def test_what_is_there_is_not_replaced_unasked(line: Store, settings: Settings, tmp_path: Path) -> None:
    path = await backed_up(line, settings, tmp_path / "backup.tar.gz")
    before = await everything(line)
    with pytest.raises(StoreError, match="--force"):
        await restore(settings, path, CLOCK)
    assert await everything(line) == before


async def test_a_database_with_rows_is_not_filled_unasked(tmp_path: Path, postgres_url: str) -> None:
    settings = load(data=tmp_path / "line")
    async with await open_store(settings) as store:
        path = await backed_up(store, settings, tmp_path / "backup.tar.gz")
    used = load(data=tmp_path / "new", database=postgres_url)
    async with await open_store(used) as store:
        await a_line(store)
        before = await everything(store)
        with pytest.raises(StoreError, match="not empty"):
            await restore(used, path, CLOCK)
        assert await everything(store) == before
    assert not (used.data / STAGE).exists()


async def test_with_force_what_was_there_is_kept_aside(line: Store, settings: Settings, tmp_path: Path) -> None:
    path = await backed_up(line, settings, tmp_path / "backup.tar.gz")
    before = await everything(line)
    async with line.writing() as connection:
        await connection.execute(text("DELETE FROM events"))
    (settings.places.secrets / "ami").write_text("other\n")
    await line.aclose()
    done = await restore(settings, path, CLOCK, force=True)
    assert done.before is not None
    assert (done.before / "secrets" / "ami").read_text() == "other\n"
    assert (settings.places.secrets / "ami").read_text() == "hush\n"
    assert (settings.places.recordings / "2026" / "call.wav").exists()
    async with await open_store(settings) as store:
        assert await everything(store) == before


async def test_a_damaged_database_can_be_replaced(tmp_path: Path) -> None:
    settings = load(data=tmp_path / "line")
    async with await open_store(settings) as store:
        await a_line(store)
        before = await everything(store)
        path = await backed_up(store, settings, tmp_path / "backup.tar.gz")
    settings.places.database.write_bytes(b"\x00rubbish" * 1000)
    await restore(settings, path, CLOCK, force=True)
    async with await open_store(settings) as store:
        assert await everything(store) == before


async def test_beside_a_running_line_nothing_is_restored(line: Store, settings: Settings, tmp_path: Path) -> None:
    path = await backed_up(line, settings, tmp_path / "backup.tar.gz")
    with stopped_line(settings.places), pytest.raises(StoreError, match="a line runs"):
        await restore(settings, path, CLOCK, force=True)


async def test_a_restore_cut_off_after_its_mark_is_completed_by_the_next_start(tmp_path: Path) -> None:
    settings = load(data=tmp_path / "line")
    async with await open_store(settings) as store:
        await a_line(store)
        before = await everything(store)
    stage = settings.data / STAGE
    stage.mkdir()
    settings.places.database.rename(stage / "gudok.db")
    (stage / "gudok.toml").write_text('line = "8800"\n')
    settings.places.database.write_bytes(b"the old one")
    (stage / READY).write_text("before-restore-x")
    with pytest.raises(StoreError, match="completed now"):
        await open_store(settings)
    async with await open_store(settings) as store:
        assert await everything(store) == before
    assert settings.places.toml.read_text() == 'line = "8800"\n'
    assert (settings.data / "before-restore-x" / "gudok.db").read_bytes() == b"the old one"


def changed(path: Path, change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]) -> Path:
    """The archive with its members changed."""
    with tarfile.open(path) as tar:
        held = [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    change(held)
    out = path.with_name("changed.tar.gz")
    with tarfile.open(out, "w:gz") as tar:
        for member, data in held:
            member.size = len(data) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(data))
    return out


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def add(
    name: str, kind: bytes = tarfile.REGTYPE, link: str = ""
) -> Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]:
    return lambda held: held.insert(0, (member(name, kind, link), b"x" if kind == tarfile.REGTYPE else b""))


def flip(held: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    place = next(place for place, (each, _) in enumerate(held) if each.name.startswith("tables/events"))
    held[place] = (held[place][0], held[place][1].replace(b"arrived", b"blocked"))


def newer(held: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    manifest = json.loads(held[-1][1])
    held[-1] = (held[-1][0], json.dumps({**manifest, "revision": "9999"}).encode())


def lying(held: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    """Rows that do not fit their table, with checksums that fit."""
    manifest = json.loads(held[-1][1])
    place = next(place for place, (each, _) in enumerate(held) if each.name.startswith("tables/readings"))
    data = b'["zz"]\n'
    manifest["files"][held[place][0].name] = hashlib.sha256(data).hexdigest()
    held[place] = (held[place][0], data)
    held[-1] = (held[-1][0], json.dumps(manifest).encode())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (add("../evil"), "no place"),
        (add("/etc/passwd"), "no place"),
        (add("secrets/../../evil"), "no place"),
        (add("secrets/.."), "no place"),
        (add("secrets/ami"), "no place"),
        (add("secrets/link", tarfile.SYMTYPE, "/etc/passwd"), "not a plain file"),
        (add("secrets/hard", tarfile.LNKTYPE, "gudok.toml"), "not a plain file"),
        (add("secrets/device", tarfile.CHRTYPE), "not a plain file"),
        (add("secrets/more"), "checksum"),
        (lambda held: held.pop(0), "missing"),
        (lambda held: held.pop(), "no manifest"),
        (flip, "checksum"),
        (newer, "newer"),
        (lying, "do not fit"),
    ],
)
async def test_an_archive_that_is_not_what_we_wrote_touches_nothing(
    change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None], why: str, tmp_path: Path
) -> None:
    settings = load(data=tmp_path / "line")
    settings.places.make()
    (settings.places.secrets / "ami").write_text("hush\n")
    async with await open_store(settings) as store:
        await a_line(store)
        path = await backed_up(store, settings, tmp_path / "backup.tar.gz")
    target = load(data=tmp_path / "new")
    with pytest.raises(StoreError, match=why):
        await restore(target, changed(path, change), CLOCK)
    assert os.listdir(target.data) == ["run"]
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("how", ["cut", "bit", "text", "empty", "absent"])
async def test_a_damaged_archive_is_refused_in_words(how: str, tmp_path: Path) -> None:
    settings = load(data=tmp_path / "line")
    async with await open_store(settings) as store:
        await a_line(store)
        path = await backed_up(store, settings, tmp_path / "backup.tar.gz")
    whole = path.read_bytes()
    middle = len(whole) // 2
    match how:
        case "cut":
            path.write_bytes(whole[:middle])
        case "bit":
            path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0x10]) + whole[middle + 1 :])
        case "text":
            path.write_text("not an archive")
        case "empty":
            path.write_bytes(b"")
        case "absent":
            path.unlink()
    with pytest.raises(StoreError):
        await restore(load(data=tmp_path / "new"), path, CLOCK)


async def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.tar.gz"
    huge = member("gudok.toml")
    huge.size = 1 << 40
    bomb.write_bytes(gzip.compress(huge.tobuf() + bytes(1 << 20)))
    with pytest.raises(StoreError, match="too many"):
        await restore(load(data=tmp_path / "new"), bomb, CLOCK)


@contextmanager
def small_disk() -> Iterator[None]:
    """No file can grow beyond some kilobytes; not longer than needed, for it binds what pytest itself writes too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_disk_that_fills_up_leaves_no_backup(line: Store, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="was not made"), small_disk():
        await backed_up(line, settings, tmp_path / "backup.tar.gz")
    assert os.listdir(tmp_path) == ["line"]


async def test_a_disk_that_fills_up_leaves_what_was_there_before_a_restore(settings: Settings, tmp_path: Path) -> None:
    async with await open_store(settings) as store:
        await a_line(store)
        path = await backed_up(store, settings, tmp_path / "backup.tar.gz")
    target = load(data=tmp_path / "new")
    target.places.make()
    target.places.toml.write_text('line = "8800"\n')
    with pytest.raises(StoreError), small_disk():
        await restore(target, path, CLOCK, force=True)
    assert target.places.toml.read_text() == 'line = "8800"\n'
    assert not (target.data / STAGE).exists()
    assert not target.places.database.exists()


async def test_a_file_that_is_there_is_not_overwritten(line: Store, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar.gz"
    path.write_text("mine")
    with pytest.raises(StoreError, match="there already"):
        await backed_up(line, settings, path)
    assert path.read_text() == "mine"


async def test_the_restored_readings_still_know_their_keys(line: Store, settings: Settings, tmp_path: Path) -> None:
    path = await backed_up(line, settings, tmp_path / "backup.tar.gz")
    elsewhere = load(data=tmp_path / "new")
    await restore(elsewhere, path, CLOCK)
    async with await open_store(elsewhere) as store:
        async with store.reading() as connection:
            (row,) = await connection.execute(select(readings))
        again = ReadingToStore(row.account, row.serial, {row.zone: row.value}, {row.zone: row.key}, row.at)
        await TableDesk(store, "energosbyt").store_reading(again)
        async with store.reading() as connection:
            assert (await connection.execute(select(func.count()).select_from(readings))).scalar() == 1


def test_the_commands_do_it_all(settings: Settings, tmp_path: Path) -> None:
    import typer

    group = typer.Typer()
    db.register(group)
    runner = CliRunner(env={"GUDOK_DATABASE": settings.database} if settings.database else {})
    here = ["--data", str(settings.data)]
    assert "was empty" in runner.invoke(group, ["db", "upgrade", *here]).stderr
    assert "already" in runner.invoke(group, ["db", "upgrade", *here]).stderr
    path = tmp_path / "backup.tar.gz"
    said = runner.invoke(group, ["db", "backup", str(path), *here])
    assert (said.exit_code, said.stdout) == (0, f"{path}\n")
    said = runner.invoke(group, ["db", "restore", str(path), *here])
    assert said.exit_code == 1
    assert "--force" in said.stderr
    assert runner.invoke(group, ["db", "restore", str(path), *here, "--force"]).exit_code == 0


def test_the_lock_is_the_one_a_running_line_holds(tmp_path: Path) -> None:
    places = load(data=tmp_path).places
    with stopped_line(places), (places.run / "up.lock").open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
