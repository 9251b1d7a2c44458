"""The private Asterisk on this very machine: Debian's, fetched into the user's cache, run without one complaint."""

import asyncio
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from asterisk.modules import NEEDED
from asterisk.private import Instance, Program, Stop, adopt, inspect, locate, start
from asterisk.private.errors import AlreadyRuns, CannotListen, Ended, ModuleFailed
from ivr.debian import espeak_of, ready_line_shelf
from ivr.settings import Settings

pytestmark = pytest.mark.live

EMPTY = (
    *(
        "acl",
        "amd",
        "ccss",
        "codecs",
        "dnsmgr",
        "extensions",
        "features",
        "http",
        "manager",
        "musiconhold",
        "pjproject",
    ),
    *("queuerules", "queues", "rtp", "sorcery", "udptl", "websocket_client", "chan_websocket"),
)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return locate(Settings(data=tmp_path_factory.mktemp("data"), asterisk="private"))


@pytest.fixture
def conf(tmp_path: Path, program: Program) -> Iterator[Path]:
    """The least configuration that an Asterisk is quiet with; one that a failed test left running is killed."""
    folder = tmp_path / "conf"
    for name in ("conf", "run", "var/keys", "var/spool", "var/log"):
        (tmp_path / name).mkdir(parents=True)
    var = tmp_path / "var"
    directories = {
        "astetcdir": folder,
        "astmoddir": program.modules,
        "astdatadir": program.data,
        "astvarlibdir": var,
        "astdbdir": var,
        "astkeydir": var,
        "astagidir": var,
        "astspooldir": var / "spool",
        "astrundir": tmp_path / "run",
        "astlogdir": var / "log",
    }
    lines = "".join(f"{name} => {path}\n" for name, path in directories.items())
    files = {f"{name}.conf": "" for name in EMPTY} | {
        "asterisk.conf": f"[directories]\n{lines}[options]\ndefaultlanguage = ru\n",
        "logger.conf": "[general]\n[logfiles]\nconsole => notice,warning,error\n",
        "modules.conf": "[modules]\nautoload = no\n" + "".join(f"load => {name}.so\n" for name in program.load),
        "cdr.conf": "[general]\nenable = no\n",
        "cel.conf": "[general]\nenable = no\n",
        "stasis.conf": "[threadpool]\ninitial_size = 5\n",
        "indications.conf": "[general]\ncountry=ru\n[ru]\ndescription=Russia\nringcadence=1000,4000\ndial=425\n",
        "musiconhold.conf": f"[default]\nmode = files\ndirectory = {program.data}/sounds/en\n",
        "res_parking.conf": "[general]\n[default]\n",
        "pjsip.conf": f"[udp]\ntype = transport\nprotocol = udp\nbind = 127.0.0.1:{_free_port()}\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    yield folder
    if left := adopt(tmp_path / "run"):
        left.identity.send(signal.SIGKILL)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
async def running(program: Program, conf: Path, tmp_path: Path) -> AsyncIterator[Instance]:
    instance = await start(program, conf, tmp_path / "run", tmp_path / "asterisk.log")
    yield instance
    await instance.stop()


def test_it_has_every_module_of_the_list_and_speaks_russian(program: Program) -> None:
    assert set(NEEDED) <= set(program.load)
    assert program.sounds_ru
    assert (program.data / "sounds" / "ru" / "digits" / "2.wav").is_file()
    assert int(program.version.split(".")[0]) >= 20


async def test_it_starts_without_a_warning(running: Instance) -> None:
    assert running.complaints == ()
    assert running.alive()
    assert await running.answers()


async def test_a_second_start_adopts_what_runs_and_never_starts_another(
    running: Instance, program: Program, conf: Path, tmp_path: Path
) -> None:
    found = adopt(running.run)
    assert found is not None
    assert found.identity == running.identity
    with pytest.raises(AlreadyRuns, match=str(running.pid)):
        await start(program, conf, running.run, tmp_path / "second.log")
    assert running.alive()


async def test_it_is_found_by_its_socket_when_its_record_is_lost(running: Instance) -> None:
    (running.run / "gudok-asterisk.json").unlink()
    found = adopt(running.run)
    assert found is not None
    assert found.identity == running.identity


async def test_a_stop_leaves_nothing_behind(program: Program, conf: Path, tmp_path: Path) -> None:
    instance = await start(program, conf, tmp_path / "run", tmp_path / "asterisk.log")
    assert await instance.stop() is Stop.TERMINATED
    assert adopt(instance.run) is None
    assert not _known_to_the_kernel(instance.pid), "a zombie is left"
    assert {path.name for path in instance.run.iterdir()} <= {"start.lock"}
    assert await instance.stop() is Stop.GONE


async def test_without_calls_it_drains_at_once(program: Program, conf: Path, tmp_path: Path) -> None:
    instance = await start(program, conf, tmp_path / "run", tmp_path / "asterisk.log")
    assert await instance.stop(drain=60) is Stop.DRAINED


async def test_a_frozen_one_is_killed(program: Program, conf: Path, tmp_path: Path) -> None:
    instance = await start(program, conf, tmp_path / "run", tmp_path / "asterisk.log")
    os.kill(instance.pid, signal.SIGSTOP)
    assert not await instance.answers(0.2)
    assert await instance.stop(grace=0.2) is Stop.KILLED
    assert adopt(instance.run) is None


async def test_leftovers_of_one_that_was_killed_do_not_hinder_the_next(
    program: Program, conf: Path, tmp_path: Path
) -> None:
    first = await start(program, conf, tmp_path / "run", tmp_path / "asterisk.log")
    os.kill(first.pid, signal.SIGKILL)
    assert await first.ended(10)
    assert first.socket.exists()
    second = await start(program, conf, tmp_path / "run", tmp_path / "asterisk.log")
    assert await second.stop() is Stop.TERMINATED


def test_a_record_of_a_reused_process_number_is_no_asterisk(tmp_path: Path) -> None:
    (tmp_path / "gudok-asterisk.json").write_text(
        json.dumps(
            {"pid": os.getpid(), "started": 1, "boot": Path("/proc/sys/kernel/random/boot_id").read_text().strip()}
        )
    )
    assert adopt(tmp_path) is None


async def test_it_outlives_its_starter(program: Program, conf: Path, tmp_path: Path) -> None:
    script = (
        "import asyncio, pickle, sys\n"
        "from pathlib import Path\n"
        "from asterisk.private import start\n"
        "program, conf, folder = pickle.load(sys.stdin.buffer)\n"
        "print(asyncio.run(start(program, conf, folder / 'run', folder / 'asterisk.log')).pid)\n"
    )
    starter = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-W", "error", "-c", script],
        input=pickle.dumps((program, conf, tmp_path)),
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert starter.stderr == b""
    found = adopt(tmp_path / "run")
    assert found is not None
    assert found.pid == int(starter.stdout)
    assert os.getsid(found.pid) == found.pid
    assert await found.answers()
    assert await found.stop() is Stop.TERMINATED
    assert adopt(tmp_path / "run") is None


async def test_a_port_in_use_is_told_and_nothing_is_left_running(program: Program, conf: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        (conf / "pjsip.conf").write_text(f"[udp]\ntype = transport\nprotocol = udp\nbind = 127.0.0.1:{port}\n")
        with pytest.raises(CannotListen, match="Transport 'udp' could not be started: Address already in use"):
            await start(program, conf, tmp_path / "run", tmp_path / "asterisk.log")
    assert adopt(tmp_path / "run") is None


async def test_a_missing_module_is_told_by_name(program: Program, conf: Path, tmp_path: Path) -> None:
    with (conf / "modules.conf").open("a") as file:
        file.write("load => app_horoscope.so\n")
    with pytest.raises(ModuleFailed, match="app_horoscope"):
        await start(program, conf, tmp_path / "run", tmp_path / "asterisk.log")
    assert adopt(tmp_path / "run") is None


async def test_an_asterisk_that_ends_while_starting_is_quoted(program: Program, conf: Path, tmp_path: Path) -> None:
    with (conf / "modules.conf").open("a") as file:
        file.write("require => app_horoscope.so\n")
    with pytest.raises(Ended, match="app_horoscope"):
        await start(program, conf, tmp_path / "run", tmp_path / "asterisk.log")
    assert adopt(tmp_path / "run") is None


async def test_a_start_that_is_broken_off_leaves_nothing_running(program: Program, conf: Path, tmp_path: Path) -> None:
    starting = asyncio.create_task(start(program, conf, tmp_path / "run", tmp_path / "asterisk.log"))
    async with asyncio.timeout(20):
        while not (tmp_path / "run" / "gudok-asterisk.json").exists():  # noqa: ASYNC110
            await asyncio.sleep(0)
    pid = json.loads((tmp_path / "run" / "gudok-asterisk.json").read_text())["pid"]
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not _known_to_the_kernel(pid)
    assert adopt(tmp_path / "run") is None


async def test_its_start_costs_little(running: Instance) -> None:
    assert _processor_seconds(running.pid) < 1.5
    assert _megabytes(running.pid) < 100


def test_the_doctor_finds_nothing_to_mend(program: Program, tmp_path: Path) -> None:
    findings = inspect(Settings(data=tmp_path, asterisk="private"))
    assert [finding.name for finding in findings] == ["asterisk", "sounds"]
    assert all(finding.ok for finding in findings)
    assert program.version in findings[0].text


def test_the_ready_one_is_located_at_once(program: Program, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, asterisk="private")
    best = min(_seconds(lambda: locate(settings)) for _ in range(5))
    assert best < 0.05


def _known_to_the_kernel(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def test_the_shelf_speaks_russian(program: Program, tmp_path: Path) -> None:
    shelf = ready_line_shelf(Settings(data=tmp_path).cache, Settings(data=tmp_path).asterisk_suite)
    assert shelf is not None
    spoken = subprocess.run(
        [*espeak_of(shelf), "-v", "ru", "--stdout", "Показания приняты."], capture_output=True, timeout=30, check=True
    )
    assert spoken.stderr == b""
    assert spoken.stdout[:4] == b"RIFF"
    assert len(spoken.stdout) > 20_000
