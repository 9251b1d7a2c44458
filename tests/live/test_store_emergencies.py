"""Emergencies by command and by file: on the air within seconds, off it in time, kept for ever, counted."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import typer
from click.testing import Result
from sqlalchemy import func, select
from typer.testing import CliRunner

from ivr.cli.emergency import register
from ivr.clock import SystemClock
from ivr.flow.alarms.emergencies import Emergency
from ivr.flow.alarms.emergencies_file import FILE
from ivr.flow.alarms.emergencies_store import NEWS, NameTaken, emergencies, heard, history, in_force, lift, put_on
from ivr.flow.alarms.emergency_board import LOOK_EVERY, EmergencyBoard, Prepare
from ivr.flow.supplier.suppliers import Supplier, read_supplier
from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.journal.tables import events
from ivr.prompts import VoiceFailed
from ivr.settings import load
from ivr.store import Store, open_store
from ivr.store.news import Reader

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with await open_store(load(data=tmp_path, database=url)) as opened:
        yield opened


@pytest.fixture
def supplier(tmp_path: Path) -> Supplier:
    folder = tmp_path / "energosbyt"
    folder.mkdir()
    line = (
        'title: Энергосбыт\nnumbers: {"100": main}\nqueues: {operators: Операторы}\nterritories: {Бийск: , Барнаул: }\n'
    )
    (folder / "line.yaml").write_text(line, encoding="utf-8")
    found, findings = read_supplier(folder, now=NOW)
    assert findings == []
    assert found is not None
    return found


def emergency(name: str = "", **fields: object) -> Emergency:
    given = {"text": "В Бийске авария на подстанции.", "expires": NOW + HOUR, **fields}
    return Emergency(name, **given)  # type: ignore[arg-type]


async def put(store: Store, one: Emergency, supplier: str = "energosbyt", at: datetime = NOW) -> str:
    return (await put_on(store, supplier, one, who="анна", why="звонок диспетчера", at=at)).emergency.name


async def test_all_that_was_said_of_an_emergency_is_kept(store: Store) -> None:
    one = emergency(
        "podstanciya", restored=NOW + HOUR / 2, territories=("Бийск",), streets=("улица Мира",), queue="operators",
        after="callback", to_unknown=False,
    )  # fmt: skip
    await put(store, one)
    (kept,) = await in_force(store, "energosbyt", NOW)
    assert kept.emergency == Emergency(
        "podstanciya",
        one.text,
        NOW + HOUR,
        NOW,
        one.restored,
        ("Бийск",),
        ("улица Мира",),
        "operators",
        "callback",
        False,
    )
    assert (kept.put_by, kept.why, kept.put_at) == ("анна", "звонок диспетчера", NOW)


async def test_who_took_it_off_and_why_is_kept_for_ever(store: Store) -> None:
    name = await put(store, emergency())
    (lifted,) = await lift(store, "energosbyt", [name], who="пётр", why="починили", at=NOW + HOUR / 2)
    assert lifted.emergency.name == name
    assert await in_force(store, "energosbyt", NOW + HOUR / 2) == ()
    (kept,) = await history(store, "energosbyt")
    assert (kept.lifted_by, kept.lifted_why, kept.lifted_at) == ("пётр", "починили", NOW + HOUR / 2)
    assert await lift(store, "energosbyt", [name], who="пётр", why="", at=NOW + HOUR / 2) == []


async def test_one_that_ran_out_is_not_in_force_but_in_the_history(store: Store) -> None:
    await put(store, emergency())
    assert await in_force(store, "energosbyt", NOW + HOUR) == ()
    assert len(await history(store, "energosbyt")) == 1
    assert await history(store, "energosbyt", since=NOW + 2 * HOUR) == ()


async def test_a_name_is_used_again_only_when_it_is_free(store: Store) -> None:
    await put(store, emergency("a"))
    with pytest.raises(NameTaken, match="«a»"):
        await put(store, emergency("a"))
    await put(store, emergency("a"), at=NOW + HOUR)
    assert len(await history(store, "energosbyt")) == 2


async def test_of_many_commands_at_once_each_gets_a_number_of_its_own(store: Store) -> None:
    names = await asyncio.gather(*(put(store, emergency()) for _ in range(12)))
    assert sorted(names, key=int) == [str(number) for number in range(1, 13)]


async def test_no_supplier_sees_or_lifts_anothers(store: Store) -> None:
    await put(store, emergency("a"))
    await put(store, emergency("a"), supplier="teplosbyt")
    assert len(await lift(store, "teplosbyt", None, who="анна", why="", at=NOW)) == 1
    assert len(await in_force(store, "energosbyt", NOW)) == 1
    assert await history(store, "nobody") == ()


async def test_a_command_that_failed_tells_the_service_nothing(store: Store) -> None:
    await put(store, emergency("a"))
    reader = Reader(store)
    await reader.start()
    with pytest.raises(NameTaken):
        await put(store, emergency("a"))
    assert await reader.fetch() == []
    async with store.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(emergencies))).scalar() == 1


async def announced(store: Store, name: str, at: datetime, *, heard_out: bool, supplier: str = "energosbyt") -> None:
    call: UUID = new_id(at)
    row = {
        "call": call, "node": "node1", "seq": 1, "id": new_id(at), "supplier": supplier, "at": at,
        "kind": Kind.ANNOUNCED.value, "v": 1, "data": json.dumps({"emergency": name, "heard_out": heard_out}),
    }  # fmt: skip
    async with store.writing() as connection:
        await connection.execute(events.insert().values(row))


async def test_who_heard_it_and_who_hung_up_in_it_is_counted(store: Store) -> None:
    await put(store, emergency("a"))
    await put(store, emergency("b"))
    for _ in range(3):
        await announced(store, "a", NOW + HOUR / 2, heard_out=True)
    await announced(store, "a", NOW + HOUR / 2, heard_out=False)
    await announced(store, "a", NOW - HOUR, heard_out=True)
    await announced(store, "a", NOW + HOUR / 2, heard_out=True, supplier="teplosbyt")
    kept = await history(store, "energosbyt")
    counts = {one.emergency.name: found for one in kept if (found := (await heard(store, "energosbyt", kept))[one.id])}
    assert {name: (each.heard, each.hung_up) for name, each in counts.items()} == {"a": (4, 1), "b": (0, 0)}
    assert await heard(store, "energosbyt", ()) == {}


async def test_a_name_used_twice_is_counted_apart(store: Store) -> None:
    await put(store, emergency("a", expires=NOW + HOUR))
    await put(store, emergency("a", expires=NOW + 6 * HOUR), at=NOW + 5 * HOUR)
    await announced(store, "a", NOW + HOUR / 2, heard_out=True)
    await announced(store, "a", NOW + 5.5 * HOUR, heard_out=False)
    kept = await history(store, "energosbyt")
    counted = await heard(store, "energosbyt", kept)
    assert [(counted[one.id].heard, counted[one.id].hung_up) for one in kept] == [(1, 1), (1, 0)]


# -- the running service -----------------------------------------------------------------------------------------------


class QuickClock(SystemClock):
    """A second passes at once, and who waits for looks at the board is told of each."""

    def __init__(self) -> None:
        self.looks = 0
        self._looked = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.looks += 1
        looked, self._looked = self._looked, asyncio.Event()
        looked.set()
        await asyncio.sleep(0)

    async def look(self) -> None:
        await self._looked.wait()


def board_of(store: Store, supplier: Supplier, clock: SystemClock, prepare: Prepare | None = None) -> EmergencyBoard:
    board = EmergencyBoard(store, clock, prepare)
    board.know(supplier.settings, supplier.folder)
    return board


@contextlib.asynccontextmanager
async def following(store: Store, supplier: Supplier) -> AsyncIterator[tuple[EmergencyBoard, QuickClock]]:
    clock = QuickClock()
    board, reader = board_of(store, supplier, clock), Reader(store)
    await reader.start()
    await board.keep_up()
    task = asyncio.create_task(board.follow(reader))
    try:
        yield board, clock
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(board: EmergencyBoard, clock: QuickClock, names: list[str]) -> float:
    """Waits until exactly these are on the board; how many seconds a service would have needed."""
    before = clock.looks
    async with asyncio.timeout(30):
        while sorted(one.name for one in board.all("energosbyt")) != names:
            await clock.look()
    return (clock.looks - before) * LOOK_EVERY


async def test_a_command_is_on_the_air_and_off_it_within_seconds(store: Store, supplier: Supplier) -> None:
    now = datetime.now(UTC)
    async with following(store, supplier) as (board, clock):
        await put(store, emergency("a", territories=("Бийск",), expires=now + HOUR), at=now)
        assert await until(board, clock, ["a"]) < 10
        assert board.on_air("energosbyt", datetime.now(UTC), "Бийск")[0].name == "a"
        assert board.on_air("energosbyt", datetime.now(UTC), "Барнаул") == ()
        assert board.on_air_for("energosbyt", datetime.now(UTC), [("Барнаул", ""), ("Бийск", "ул. Мира, 1")])
        assert board.on_air("teplosbyt", datetime.now(UTC)) == ()
        assert board.on_air("energosbyt", now + HOUR, "Бийск") == ()
        await lift(store, "energosbyt", None, who="анна", why="", at=datetime.now(UTC))
        assert await until(board, clock, []) < 10


async def test_a_restarted_service_knows_what_is_on_the_air(store: Store, supplier: Supplier) -> None:
    now = datetime.now(UTC)
    await put(store, emergency("a", expires=now + HOUR), at=now)
    board = board_of(store, supplier, SystemClock())
    await board.keep_up()
    assert [one.name for one in board.on_air("energosbyt", now)] == ["a"]


async def test_a_changed_file_is_on_the_air_within_seconds_and_a_bad_one_is_not(
    store: Store, supplier: Supplier
) -> None:
    expires = (datetime.now(UTC) + HOUR).isoformat(timespec="seconds")
    good = f"emergencies: {{file: {{text: Авария на подстанции., until: '{expires}'}}}}\n"
    async with following(store, supplier) as (board, clock):
        (supplier.folder / FILE).write_text(good, encoding="utf-8")
        assert await until(board, clock, ["file"]) < 10
        (supplier.folder / FILE).write_text(good.replace("until", "until_"), encoding="utf-8")
        async with asyncio.timeout(30):
            while not board.findings():
                await clock.look()
        assert [one.name for one in board.all("energosbyt")] == ["file"]
        (supplier.folder / FILE).unlink()
        await until(board, clock, [])
        assert board.findings() == {}


async def test_a_command_wins_over_the_file_of_the_same_name(store: Store, supplier: Supplier) -> None:
    now = datetime.now(UTC)
    (supplier.folder / FILE).write_text(
        f"emergencies: {{a: {{text: Из файла., until: '{(now + HOUR).isoformat()}'}}}}\n", encoding="utf-8"
    )
    await put(store, emergency("a", text="По команде.", expires=now + HOUR), at=now)
    board = board_of(store, supplier, SystemClock())
    await board.keep_up()
    assert [one.text for one in board.on_air("energosbyt", now)] == ["По команде."]


async def test_a_database_that_is_away_leaves_on_the_air_what_was_there(tmp_path: Path, supplier: Supplier) -> None:
    now = datetime.now(UTC)
    async with await open_store(load(data=tmp_path)) as store:
        await put(store, emergency("a", expires=now + HOUR), at=now)
        board, reader = board_of(store, supplier, SystemClock()), Reader(store)
        await reader.start()
        await board.keep_up()
        await lift(store, "energosbyt", None, who="анна", why="", at=now)
        items = await reader.fetch()
        assert [item.topic for item in items] == [NEWS]
        async with store.writing() as connection:
            await connection.exec_driver_sql("ALTER TABLE emergencies RENAME TO emergencies_away")
        board.heard(items[0])
        await board.keep_up()
        assert [one.name for one in board.on_air("energosbyt", now)] == ["a"]


async def test_a_newly_published_supplier_is_looked_at(store: Store, supplier: Supplier) -> None:
    now = datetime.now(UTC)
    await put(store, emergency("a", expires=now + HOUR), at=now)
    board = EmergencyBoard(store, SystemClock())
    await board.keep_up()
    assert board.all("energosbyt") == ()
    board.know(supplier.settings, supplier.folder)
    await board.keep_up()
    assert [one.name for one in board.all("energosbyt")] == ["a"]


async def test_new_settings_keep_what_is_on_the_air(store: Store, supplier: Supplier) -> None:
    now = datetime.now(UTC)
    (supplier.folder / FILE).write_text(
        f"emergencies: {{a: {{text: Авария., territory: Бийск, until: '{(now + HOUR).isoformat()}'}}}}\n",
        encoding="utf-8",
    )
    board = board_of(store, supplier, SystemClock())
    await board.keep_up()
    without = replace(supplier.settings, territories={"Барнаул": supplier.settings.territories["Барнаул"]})
    board.know(without, supplier.folder)
    assert [one.name for one in board.all("energosbyt")] == ["a"]
    await board.keep_up()
    assert [one.code for one in board.findings()["energosbyt"]] == ["E427"]
    assert [one.name for one in board.all("energosbyt")] == ["a"]


async def test_it_is_on_the_air_only_once_it_is_rendered(store: Store, supplier: Supplier) -> None:
    now, rendered = datetime.now(UTC), list[str]()

    async def render(text: str) -> None:
        if "Бийск" in text:
            raise VoiceFailed("the voice is broken")
        rendered.append(text)

    await put(store, emergency("bad", expires=now + HOUR), at=now)
    good = emergency("good", text="Авария. Починят {restored}.", restored=now + HOUR / 2, expires=now + HOUR)
    await put(store, good, at=now)
    board = board_of(store, supplier, SystemClock(), render)
    assert board.all("energosbyt") == ()
    await board.keep_up()
    await board.keep_up()
    assert [one.name for one in board.all("energosbyt")] == ["good"]
    assert len(rendered) == 1
    assert rendered[0].startswith("Авария. Починят ")


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def gudok(tmp_path: Path, supplier: Supplier, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`gudok emergency …` over the supplier's folder."""
    monkeypatch.setenv("GUDOK_DIALPLANS", str(supplier.folder.parent))
    app = typer.Typer()
    register(app)

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["emergency", *words, "--data", str(tmp_path / "data")])

    return run


def test_one_command_puts_it_on_the_air_and_one_takes_it_off(gudok: Callable[..., Result]) -> None:
    done = gudok("on", "В Бийске авария.", "--until", "2h", "--territory", "Бийск", "--as", "анна", "--why", "звонок")
    assert (done.exit_code, done.stdout) == (0, "1\n")
    (row,) = [json.loads(line) for line in gudok("list", "--format", "json").stdout.splitlines()]
    assert (row["name"], row["on_air"], row["territories"], row["put_by"]) == ("1", True, ["Бийск"], "анна")
    assert "Бийск" in gudok("list").stdout
    assert gudok("off", "1", "--as", "пётр", "--why", "починили").stdout == "1\n"
    assert gudok("list", "--format", "json").stdout == ""
    (row,) = [json.loads(line) for line in gudok("list", "--all", "--format", "json").stdout.splitlines()]
    assert (row["on_air"], row["lifted_by"], row["lifted_why"]) == (False, "пётр", "починили")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["on", "Авария ①.", "--until", "2h"], 1, "E425"),
        (["on", "", "--until", "2h"], 1, "E104"),
        (["on", "Авария.", "--until", "2020-01-01T10:00"], 1, "E423"),
        (["on", "Авария.", "--until", "2h", "--territory", "Бийс"], 1, "может быть, «Бийск»?"),
        (["on", "Авария.", "--until", "2h", "--queue", "operator"], 1, "E112"),
        (["on", "Авария. Свет {restored}.", "--until", "2h"], 1, "E424"),
        (["on", "Авария.", "--until", "вечером"], 2, "no moment"),
        (["on", "Авария.", "--until", "25:00"], 2, "no moment"),
        (["on", "Авария.", "--until", "2h", "--supplier", "nosuch"], 2, "no supplier"),
        (["on", "Авария."], 2, "--until"),
        (["off"], 2, "--all"),
        (["off", "7"], 1, "not on the air"),
    ],
)
def test_what_cannot_be_done_is_said(gudok: Callable[..., Result], words: list[str], code: int, said: str) -> None:
    done = gudok(*words)
    assert done.exit_code == code
    assert said in done.stderr
    assert done.stdout == ""
    assert gudok("list", "--all", "--format", "json").stdout == ""


def test_a_name_is_not_given_twice(gudok: Callable[..., Result]) -> None:
    assert gudok("on", "Авария.", "--until", "20:00", "--name", "a").exit_code == 0
    again = gudok("on", "Авария.", "--until", "1d", "--name", "a")
    assert again.exit_code == 1
    assert "«a»" in again.stderr


def test_a_faulty_file_is_said_when_announcements_are_listed(gudok: Callable[..., Result], supplier: Supplier) -> None:
    expires = (datetime.now(UTC) + HOUR).isoformat(timespec="seconds")
    (supplier.folder / FILE).write_text(f"emergencies: {{f: {{text: А., until: '{expires}'}}, b: {{text: Б.}}}}\n")
    done = gudok("list", "--format", "json")
    assert done.exit_code == 1
    assert "E420" in done.stderr
    assert [json.loads(line)["by"] for line in done.stdout.splitlines()] == ["file"]
