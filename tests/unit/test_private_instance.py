"""Starting and finding a process as Asterisk is started and found, without an Asterisk: the ways it can go wrong."""

import asyncio
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterisk.private import Program, Stop, adopt, run_folder, start
from asterisk.private.console import ask
from asterisk.private.errors import (
    CannotRun,
    Ended,
    NoAnswer,
    PrivateError,
    SocketPathTooLong,
    StartUnderWay,
    TooSlow,
)
from asterisk.private.process import Identity


def program(*command: str) -> Program:
    """Anything that can be run, in the place of Asterisk."""
    return Program(command, "22.0", Path("/modules"), Path("/data"), (), False, False, None)


def shell(text: str) -> Program:
    return program("/bin/sh", "-c", text)


def child(text: str) -> Identity:
    """A child that is the first of a process group."""
    return Identity.born(os.posix_spawn("/bin/sh", ["sh", "-c", text], {"PATH": "/usr/bin:/bin"}, setpgroup=0))


def zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def begin(what: Program, folder: Path, timeout: float = 20.0) -> object:
    return await start(what, folder / "conf", folder / "run", folder / "log" / "asterisk.log", timeout=timeout)


async def test_one_that_ends_at_once_is_quoted_with_its_useful_words(tmp_path: Path) -> None:
    lines = (
        "echo; echo 'Asterisk Ready'; echo 'ERROR[7]: loader.c:1 x: module res_pjsip.so is broken'; echo bye; exit 1"
    )
    with pytest.raises(Ended) as told:
        await begin(shell(lines), tmp_path)
    assert "res_pjsip.so is broken" in str(told.value)
    assert "Asterisk Ready" not in str(told.value)
    assert str(tmp_path / "log" / "asterisk.log") in str(told.value)
    assert adopt(tmp_path / "run") is None


async def test_words_of_an_earlier_start_are_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "asterisk.log").write_text("ERROR[1]: the day before yesterday\n")
    with pytest.raises(Ended, match=r"(?s)^(?!.*yesterday)"):
        await begin(shell("echo gone; exit 3"), tmp_path)


async def test_one_that_never_gets_ready_is_stopped_with_everything_it_left(tmp_path: Path) -> None:
    with pytest.raises(TooSlow, match=r"0\.3 s"):
        await begin(shell(f"echo $$ > {tmp_path}/pid; exec sleep 60"), tmp_path, timeout=0.3)
    assert Identity.of(int((tmp_path / "pid").read_text())) is None
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"start.lock"}


@pytest.mark.parametrize("name", ["missing", "not-executable", "."])
async def test_one_that_cannot_be_run_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "not-executable").write_text("#!/bin/sh\n")
    with pytest.raises(CannotRun, match="noexec"):
        await begin(program(str(tmp_path / name)), tmp_path)


async def test_two_starts_at_once_do_not_make_two(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    first = asyncio.create_task(begin(shell("exec sleep 60"), tmp_path))
    async with asyncio.timeout(10):
        while not (tmp_path / "run" / "gudok-asterisk.json").exists():  # noqa: ASYNC110
            await asyncio.sleep(0)
    with pytest.raises(StartUnderWay):
        await begin(shell("exit 0"), tmp_path)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_it_gets_nothing_of_our_environment_that_it_does_not_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUDOK_DATABASE", "postgresql://secret@db")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/elsewhere")
    with pytest.raises(Ended):
        await begin(shell(f"env > {tmp_path}/env; exit 1"), tmp_path)
    said = (tmp_path / "env").read_text()
    assert "secret" not in said
    assert "LD_LIBRARY_PATH" not in said
    assert "LC_ALL=C.UTF-8" in said


async def test_signals_that_python_ignores_are_not_ignored_by_it(tmp_path: Path) -> None:
    with pytest.raises(Ended):
        await begin(shell(f"grep SigIgn /proc/self/status > {tmp_path}/ignored; exit 1"), tmp_path)
    ignored = int((tmp_path / "ignored").read_text().split()[1], 16)
    assert ignored & 1 << (signal.SIGPIPE - 1) == 0


async def test_a_log_grown_large_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "log" / "asterisk.log"
    log.parent.mkdir()
    log.write_bytes(bytes(11_000_000))
    with pytest.raises(Ended, match="new words"):
        await begin(shell("echo new words; exit 1"), tmp_path)
    assert log.stat().st_size < 100
    assert log.with_name("asterisk.log.1").stat().st_size == 11_000_000


async def test_a_folder_too_deep_for_a_socket_is_told_before_anything_is_started(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    with pytest.raises(SocketPathTooLong, match="107"):
        await begin(shell(f"touch {tmp_path}/started"), deep)
    assert not (tmp_path / "started").exists()


def test_a_folder_too_deep_for_a_socket_gets_a_short_one_that_is_always_the_same(tmp_path: Path) -> None:
    assert run_folder(Path("/var/lib/gudok/run")) == Path("/var/lib/gudok/run")
    deep = Path("/") / ("d" * 60) / ("e" * 60)
    short = run_folder(deep)
    assert len(str(short / "asterisk.ctl")) <= 107
    assert run_folder(deep) == short
    assert run_folder(deep / "other") != short


@pytest.mark.parametrize(
    "record", ["", "{", "[]", "{}", '{"pid": "x"}', '{"pid": 1, "started": null, "boot": 1}', "\x00\xff"]
)
def test_a_spoilt_record_is_no_asterisk(tmp_path: Path, record: str) -> None:
    (tmp_path / "gudok-asterisk.json").write_text(record)
    assert adopt(tmp_path) is None


def test_a_record_of_another_boot_or_another_start_is_no_asterisk(tmp_path: Path) -> None:
    mine = Identity.of(os.getpid())
    assert mine is not None
    assert mine.alive()
    for wrong in ({"boot": "another"}, {"started": mine.started + 1}, {"pid": 2**22 + 1}):
        (tmp_path / "gudok-asterisk.json").write_text(json.dumps(mine.record() | wrong))
        assert adopt(tmp_path) is None
    (tmp_path / "gudok-asterisk.json").write_text(json.dumps(mine.record()))
    found = adopt(tmp_path)
    assert found is not None
    assert found.pid == os.getpid()


def test_a_socket_that_nobody_listens_on_is_no_asterisk(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(tmp_path / "asterisk.ctl"))
    assert adopt(tmp_path) is None


async def test_a_signal_never_reaches_a_process_that_got_the_number_later() -> None:
    now = child("exec sleep 60")
    try:
        gone = Identity(now.pid, now.started - 1, now.boot)
        gone.send(signal.SIGKILL)
        assert not gone.alive()
        assert await gone.ended(0)
        assert now.alive()
        assert not await now.ended(0.05)
    finally:
        now.send(signal.SIGKILL)
    assert await now.ended(10)
    assert not now.alive()


async def test_the_end_of_a_process_is_noticed_at_once_and_no_zombie_stays() -> None:
    identity = child("exec sleep 60")
    waiting = asyncio.create_task(identity.ended(20))
    identity.send(signal.SIGTERM)
    assert await waiting
    assert not zombie(identity.pid)


async def test_a_process_that_heeds_no_sigterm_is_killed(tmp_path: Path) -> None:
    identity = child(f"trap '' TERM; echo > {tmp_path}/deaf; while :; do sleep 1; done")
    try:
        async with asyncio.timeout(10):
            while not (tmp_path / "deaf").exists():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        (tmp_path / "gudok-asterisk.json").write_text(json.dumps(identity.record()))
        found = adopt(tmp_path)
        assert found is not None
        assert await found.stop(grace=0.1) is Stop.KILLED
        assert adopt(tmp_path) is None
    finally:
        os.killpg(identity.pid, signal.SIGKILL)  # its last sleep


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Path]:
    """A control socket that accepts and then says nothing useful."""
    path = tmp_path / "asterisk.ctl"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            link, _ = listening.accept()
            with link:
                link.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        yield path
        thread.join()


async def test_a_console_that_says_nothing_is_no_answer(listener: Path) -> None:
    with pytest.raises(NoAnswer, match=r"core show uptime.*0\.1 s"):
        await ask(listener, "core show uptime", 0.1)


async def test_no_console_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer):
        await ask(tmp_path / "nothing", "core show uptime")
    with pytest.raises(ValueError, match="one line"):
        await ask(tmp_path / "nothing", "core show uptime\ncore stop now")


def test_every_error_speaks_for_itself() -> None:
    for kind in PrivateError.__subclasses__():
        assert "\n" not in str(kind())
        assert str(kind())[-1] in ".;)`"
        assert str(kind("facts")).endswith("\nfacts")
