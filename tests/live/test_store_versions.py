"""What was published stays published, on SQLite and PostgreSQL: numbers, authors, reasons, contents, the live one."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from ivr.clock import Clock
from ivr.flow.published import version_tables as tables
from ivr.flow.published.contents import BASE_FILE, Contents, UnfitFolder, read_contents
from ivr.flow.published.publishing import Refused, publish, publish_first, put_draft, roll_back
from ivr.flow.published.trial import Tried, nobody_runs_them
from ivr.flow.published.version import MovedOn, NothingChanged, NumberTaken, Version, VersionsError
from ivr.flow.published.versions import Versions
from ivr.settings import load
from ivr.store import Store, open_store
from ivr.store.backup import back_up
from ivr.store.news import Reader
from ivr.store.restore import restore

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
LINE = 'title: Линия\nnumbers: {{"{number}": main}}\nqueues: {{operators: {{title: О, always_open: да}}}}\n'
FLOW = """start: hello
steps:
  hello: {{say: {text}, next: people}}
  people: {{queue: operators, served: done, timeout: done, no_operators: done}}
  done: {{end: self_served}}
"""


class Ticking(Clock):
    """A second passes at every look."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with await open_store(load(data=tmp_path / "data", database=url)) as opened:
        yield opened


@pytest.fixture
def versions(store: Store) -> Versions:
    return Versions(store, Ticking())


def folder_of(place: Path, supplier: str = "svet", text: str = "Здравствуйте.", number: str = "88001000000") -> Path:
    folder = place / supplier
    (folder / "flows").mkdir(parents=True, exist_ok=True)
    (folder / "line.yaml").write_text(LINE.format(number=number), encoding="utf-8")
    (folder / "flows" / "main.yaml").write_text(FLOW.format(text=text), encoding="utf-8")
    return folder


async def published(versions: Versions, folder: Path, why: str = "так надо", **more: object) -> Version:
    done = await publish(versions, folder, who="Анна", why=why, run_scenarios=nobody_runs_them, **more)  # type: ignore[arg-type]
    return done.version


async def test_a_version_is_the_exact_bytes_of_the_folder(versions: Versions, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "sounds").mkdir()
    (folder / "sounds" / "signal.wav").write_bytes(bytes(range(256)))
    (folder / "заметки.txt").write_bytes(b"\xef\xbb\xbf\r\nwindows\r\n")
    version = await published(versions, folder)
    assert (version.number, version.who, version.why, version.parent) == (1, "Анна", "так надо", None)
    assert await versions.live("svet") == version
    assert (await versions.contents("svet", version.digest)).files == read_contents(folder).files


async def test_each_supplier_counts_its_own_versions_and_knows_nothing_of_the_others(
    versions: Versions, tmp_path: Path
) -> None:
    await published(versions, folder_of(tmp_path, "svet"))
    await published(versions, folder_of(tmp_path, "svet", "Другое."))
    other = await published(versions, folder_of(tmp_path, "teplo", number="88002000000"))
    assert other.number == 1
    assert [version.number for version in await versions.history("svet")] == [2, 1]
    assert await versions.suppliers() == ["svet", "teplo"]
    with pytest.raises(VersionsError, match=r"no version 2 of teplo: there are 1 to 1"):
        await versions.version("teplo", 2)


async def test_no_two_suppliers_answer_one_number_however_it_is_written(versions: Versions, tmp_path: Path) -> None:
    await published(versions, folder_of(tmp_path, "svet", number="88001000000"))
    with pytest.raises(NumberTaken, match=r"\+78001000000 is answered by the supplier svet"):
        await published(versions, folder_of(tmp_path, "teplo", number="+78001000000"))
    assert await versions.live("teplo") is None
    assert await versions.history("teplo") == []


async def test_the_database_itself_refuses_to_change_or_forget_a_version(
    versions: Versions, store: Store, tmp_path: Path
) -> None:
    version = await published(versions, folder_of(tmp_path))
    await published(versions, folder_of(tmp_path, text="Второе."))

    async def change(statement: object) -> None:
        async with store.writing() as connection:
            await connection.execute(statement)  # type: ignore[call-overload]

    for statement in (
        update(tables.versions).values(who="никто"),
        delete(tables.versions).where(tables.versions.c.number == 1),
    ):
        with pytest.raises(DBAPIError, match="kept as it is"):
            await change(statement)
    assert (await versions.version("svet", 1)) == replace(version)


async def test_a_rollback_is_a_new_version_with_the_old_contents(versions: Versions, tmp_path: Path) -> None:
    first = await published(versions, folder_of(tmp_path, text="Первое."))
    await published(versions, folder_of(tmp_path, text="Второе."))
    back = await roll_back(versions, "svet", None, who="Пётр", why="второе не понравилось")
    assert (back.number, back.parent, back.restores, back.digest) == (3, 2, 1, first.digest)
    assert await versions.live("svet") == back
    again = await roll_back(versions, "svet", None, who="Пётр", why="передумали")
    assert (again.number, again.restores) == (4, 2)
    assert [version.why for version in await versions.history("svet")] == [
        "передумали",
        "второе не понравилось",
        "так надо",
        "так надо",
    ]


async def test_there_is_no_rollback_to_nowhere(versions: Versions, tmp_path: Path) -> None:
    with pytest.raises(VersionsError, match="nothing of svet was published yet"):
        await roll_back(versions, "svet", None, who="Пётр", why="назад")
    await published(versions, folder_of(tmp_path))
    with pytest.raises(VersionsError, match="version 1 is the first of svet"):
        await roll_back(versions, "svet", None, who="Пётр", why="назад")
    with pytest.raises(VersionsError, match="no version 7 of svet"):
        await roll_back(versions, "svet", 7, who="Пётр", why="назад")
    with pytest.raises(NothingChanged, match="version 1"):
        await roll_back(versions, "svet", 1, who="Пётр", why="назад")


async def test_who_and_why_must_be_said(versions: Versions, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with pytest.raises(VersionsError, match="--why"):
        await published(versions, folder, why="  ")
    with pytest.raises(VersionsError, match="--as"):
        await publish(versions, folder, who="", why="надо", run_scenarios=nobody_runs_them)
    assert await versions.live("svet") is None


async def test_the_second_of_two_editors_is_told_and_nothing_is_overwritten(versions: Versions, tmp_path: Path) -> None:
    await published(versions, folder_of(tmp_path / "anna", text="Начало."))
    # Пётр takes a copy of what is live, Анна publishes first.
    petr = folder_of(tmp_path / "petr", text="Начало.")
    (petr / BASE_FILE).write_bytes((tmp_path / "anna" / "svet" / BASE_FILE).read_bytes())
    anna = await published(versions, folder_of(tmp_path / "anna", text="От Анны."), why="тариф")
    folder_of(tmp_path / "petr", text="От Петра.")
    with pytest.raises(MovedOn, match="began with version 1, but version 2 of svet is live") as told:
        await published(versions, petr)
    assert (told.value.live, told.value.since) == (anna, [anna])
    assert await versions.live("svet") == anna
    forced = await published(versions, petr, force=True)
    assert (forced.number, forced.forced, forced.base, forced.parent) == (3, True, 1, 2)


async def test_an_editor_who_says_on_what_the_draft_is_based_may_publish(versions: Versions, tmp_path: Path) -> None:
    await published(versions, folder_of(tmp_path / "anna", text="Начало."))
    await published(versions, folder_of(tmp_path / "anna", text="От Анны."))
    petr = folder_of(tmp_path / "petr", text="От обоих.")
    with pytest.raises(MovedOn, match="does not say which version it began with"):
        await published(versions, petr)
    done = await published(versions, petr, base=2)
    assert (done.number, done.base, done.forced) == (3, 2, False)


async def test_a_version_that_was_brought_back_is_no_surprise_to_who_began_with_it(
    versions: Versions, tmp_path: Path
) -> None:
    petr = folder_of(tmp_path / "petr", text="Начало.")
    await published(versions, petr)
    await published(versions, folder_of(tmp_path / "anna", text="От Анны."), base=1)
    await roll_back(versions, "svet", 1, who="Анна", why="назад")
    folder_of(tmp_path / "petr", text="От Петра.")
    assert (await published(versions, petr)).number == 4


async def test_the_note_of_another_installation_is_not_believed(versions: Versions, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, text="Первое.")
    await published(versions, folder)
    await published(versions, folder_of(tmp_path, text="Второе."))
    (folder / BASE_FILE).write_text(f"svet 2 {'0' * 64}\n", encoding="utf-8")
    folder_of(tmp_path, text="Третье.")
    with pytest.raises(MovedOn, match="does not say"):
        await published(versions, folder)


async def test_of_editors_who_publish_at_the_same_instant_one_is_published(versions: Versions, tmp_path: Path) -> None:
    await published(versions, folder_of(tmp_path / "start", text="Начало."))
    folders = [folder_of(tmp_path / str(number), text=f"Вариант {number}.") for number in range(6)]
    ends = await asyncio.gather(*(published(versions, each, base=1) for each in folders), return_exceptions=True)
    assert [type(end) for end in ends if not isinstance(end, Version)] == [MovedOn] * 5
    assert [version.number for version in await versions.history("svet")] == [2, 1]


async def test_the_same_folder_is_not_published_twice(versions: Versions, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    await published(versions, folder)
    with pytest.raises(NothingChanged, match="version 1"):
        await published(versions, folder)


async def test_what_does_not_check_is_refused_with_the_places_in_the_editors_own_folder(
    versions: Versions, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path)
    (folder / "flows" / "main.yaml").write_text("start: nowhere\nsteps: {}\n", encoding="utf-8")
    with pytest.raises(Refused) as told:
        await published(versions, folder)
    assert str(folder / "flows" / "main.yaml") in str(told.value)
    assert await versions.live("svet") is None


async def test_what_fails_its_scenarios_is_refused(versions: Versions, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)

    async def failing(copy: Path) -> Tried:
        assert copy.name == "svet"
        assert (copy / "line.yaml").exists()
        return Tried(passed=3, failed=(f"{copy}/tests/menu.yaml:7:5 E340 не прозвучало: «оператор»",))

    with pytest.raises(Refused, match="E340 не прозвучало") as told:
        await publish(versions, folder, who="Анна", why="надо", run_scenarios=failing)
    assert f"{folder}/tests/menu.yaml:7:5" in str(told.value)
    assert await versions.live("svet") is None
    assert not (folder / BASE_FILE).exists()


async def test_how_check_and_scenarios_came_out_is_kept(versions: Versions, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)

    async def passing(copy: Path) -> Tried:
        return Tried(passed=41)

    await publish(versions, folder, who="Анна", why="надо", run_scenarios=passing)
    live = await versions.live("svet")
    assert live is not None
    assert (live.tried, live.checked.errors) == (Tried(passed=41), 0)


async def test_the_first_start_publishes_the_folder_once(versions: Versions, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    firsts = await asyncio.gather(*(publish_first(versions, folder) for _ in range(3)))
    assert [version.number for version in firsts] == [1, 1, 1]
    assert not (folder / BASE_FILE).exists()
    folder_of(tmp_path, text="Уже иначе.")
    assert (await published(versions, folder)).base == 1


async def test_the_service_hears_of_every_change_and_of_no_other(
    versions: Versions, store: Store, tmp_path: Path
) -> None:
    reader = Reader(store)
    await reader.start()
    folder = folder_of(tmp_path)
    await published(versions, folder)
    with pytest.raises(NothingChanged):
        await published(versions, folder)
    folder_of(tmp_path, text="Черновик.")
    draft, _ = await put_draft(versions, folder, who="Анна")
    await versions.drop_draft("svet", who="Анна")
    assert not await versions.drop_draft("svet", who="Анна")
    told = [(item.topic, item.supplier, item.data) for item in await reader.fetch()]
    assert told == [
        ("dialplan", "svet", {"version": 1, "who": "Анна"}),
        ("dialplan", "svet", {"draft": draft.digest, "who": "Анна"}),
        ("dialplan", "svet", {"draft": None, "who": "Анна"}),
    ]


async def test_drafts_come_and_go_and_leave_nothing_behind(versions: Versions, store: Store, tmp_path: Path) -> None:
    live = await published(versions, folder_of(tmp_path, text="Живое."))
    for number in range(3):
        folder = folder_of(tmp_path, text=f"Черновик {number}.")
        draft, _ = await put_draft(versions, folder, who="Анна")
        assert await versions.draft("svet") == draft
        assert (await versions.contents("svet", draft.digest)).files == read_contents(folder).files
    assert await versions.live("svet") == live
    await published(versions, folder)
    assert await versions.draft("svet") is None
    async with store.reading() as connection:
        blobs = (await connection.execute(select(func.count()).select_from(tables.blobs))).scalar()
    assert blobs == 3  # line.yaml once, main.yaml of two versions


async def test_files_that_the_database_lost_or_changed_are_never_served(
    versions: Versions, store: Store, tmp_path: Path
) -> None:
    version = await published(versions, folder_of(tmp_path))
    async with store.writing() as connection:
        await connection.execute(
            text("UPDATE dialplan_contents SET path = 'flows/other.yaml' WHERE path LIKE 'flows%'")
        )
    with pytest.raises(VersionsError, match="does not hold what was published"):
        await versions.contents("svet", version.digest)


async def test_a_backup_brings_every_version_back(tmp_path: Path) -> None:
    async with await open_store(load(data=tmp_path / "data")) as store:
        versions = Versions(store, Ticking())
        await published(versions, folder_of(tmp_path))
        await published(versions, folder_of(tmp_path, text="Второе."))
        history = await versions.history("svet")
        await back_up(store, load(data=tmp_path / "data").places, tmp_path / "backup.tar.gz", Ticking())
    again = load(data=tmp_path / "again")
    await restore(again, tmp_path / "backup.tar.gz", Ticking())
    async with await open_store(again) as store:
        versions = Versions(store, Ticking())
        assert await versions.history("svet") == history
        assert await versions.live("svet") == history[0]
        assert (await versions.contents("svet", history[1].digest)).digest == history[1].digest


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: (folder / "run.sh").write_text("rm -rf /"), r"run\.sh: not a part of a dialplan"),
        (lambda folder: (folder / "line.csv").symlink_to("/etc/passwd"), r"line\.csv: is a link"),
        (lambda folder: (folder / "flows2").symlink_to(folder / "flows"), "flows2: is a link"),
        (lambda folder: (folder / "big.wav").write_bytes(bytes(10_000_001)), r"big\.wav: more than 10 MB"),
        (lambda folder: (folder / "Line.yaml").write_text("a: b"), "only in capitals"),
        (lambda folder: (folder / "a\nb.yaml").write_text("a: b"), "control characters"),
        (lambda folder: (folder / "1/2/3/4/5/6/7/8").mkdir(parents=True), "deeper than"),
    ],
)
def test_only_what_a_dialplan_is_made_of_can_be_published(tmp_path: Path, make: object, words: str) -> None:
    folder = folder_of(tmp_path)
    make(folder)  # type: ignore[operator]
    with pytest.raises(UnfitFolder, match=words):
        read_contents(folder)


def test_what_editors_keep_for_themselves_is_passed_over(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    before = read_contents(folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    (folder / "line.yaml~").write_text("x")
    (folder / ".line.yaml.swp").write_text("x")
    assert read_contents(folder) == before


def test_contents_that_would_leave_the_folder_are_not_written(tmp_path: Path) -> None:
    from ivr.flow.published.contents import write_contents

    for path in ("../out.yaml", "/etc/out.yaml", "a/../../out.yaml", "a//b.yaml"):
        with pytest.raises(UnfitFolder, match="not a path inside"):
            write_contents(Contents({path: b""}), tmp_path / "in")
    assert not (tmp_path / "out.yaml").exists()


def gudok(*words: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "ivr.cli", *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


def test_the_command_publishes_what_passes_its_scenarios_and_refuses_what_does_not(tmp_path: Path) -> None:
    folder, data = folder_of(tmp_path), tmp_path / "data"
    (folder / "tests").mkdir()
    scenario = folder / "tests" / "hello.yaml"
    scenario.write_text("name: Привет\nsteps:\n  - hear: {says: Здравствуйте}\n", encoding="utf-8")
    done = gudok("publish", folder, "--why", "начало", "--as", "Анна", "--data", data)
    assert (done.returncode, done.stdout) == (0, "")
    assert "version 1 of svet is live: clean, 1 scenario passed" in done.stderr
    folder_of(tmp_path, text="До свидания.")
    refused = gudok("publish", folder, "--why", "прощание", "--data", data)
    assert refused.returncode == 1
    assert f"{scenario}:3:" in refused.stderr
    assert "is not published: its scenarios failed" in refused.stderr
    listed = gudok("versions", folder, "--format", "json", "--data", data)
    assert [(version["number"], version["who"]) for version in json.loads(listed.stdout)] == [(1, "Анна")]
    assert "differs from it: ~flows/main.yaml" in gudok("versions", folder, "--data", data).stderr


def test_the_command_tells_the_second_editor_what_happened_and_what_to_do(tmp_path: Path) -> None:
    data = tmp_path / "data"
    anna, petr = folder_of(tmp_path / "anna", text="Начало."), tmp_path / "petr"
    assert gudok("publish", anna, "--why", "начало", "--as", "Анна", "--data", data).returncode == 0
    assert gudok("versions", "svet", "checkout", "1", petr, "--data", data).returncode == 0
    folder_of(tmp_path / "anna", text="От Анны.")
    assert gudok("publish", anna, "--why", "тариф", "--as", "Анна", "--data", data).returncode == 0
    folder_of(petr, text="От Петра.")
    told = gudok("publish", petr / "svet", "--why", "праздник", "--as", "Пётр", "--data", data)
    assert told.returncode == 1
    for words in ("version 2 of svet is live", "Анна: тариф", "by both: flows/main.yaml", "--base 2", "--force"):
        assert words in told.stderr
    # What was never published is not overwritten by a checkout.
    kept = gudok("versions", "svet", "checkout", "2", petr, "--data", data)
    assert (kept.returncode, "never published" in kept.stderr) == (1, True)
    forced = gudok("publish", petr / "svet", "--why", "праздник", "--force", "--data", data)
    assert "published over version 2" in forced.stderr
    assert "over others' changes" in gudok("versions", "svet", "--data", data).stdout
    assert gudok("versions", "svet", "diff", "2", "3", "--data", data).returncode == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("publish", "DIR"), 2, "say why"),
        (("publish", "nowhere", "--why", "x"), 1, "there is no such folder"),
        (("publish", "DIR", "--off"), 2, "--off goes with --draft"),
        (("versions", "svet", "frob"), 2, "not one of list"),
        (("versions", "svet"), 1, "nothing of svet was published yet"),
        (("versions", "no/where"), 2, "there is no such folder"),
        (("rollback", "svet"), 2, "say why"),
        (("rollback", "svet", "--why", "x"), 1, "nothing of svet was published yet"),
    ],
)
def test_wrong_usage_and_what_cannot_be_done_are_told_apart(
    tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    folder, data = folder_of(tmp_path), tmp_path / "data"
    assert gudok("db", "upgrade", "--data", data).returncode == 0
    done = gudok(*(str(folder) if word == "DIR" else word for word in words), "--data", data)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
