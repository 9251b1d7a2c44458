"""A PostgreSQL of the benchmark's own: Debian's server on a free port of loopback, with its data in a folder that goes.

As root it installs Debian's package if there is none; otherwise it says how to.
"""

import asyncio
import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

USER = "gudok"
_READY_SECONDS = 30


class NoPostgres(Exception):
    """There is no PostgreSQL here; the text says what to do."""


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    """The URL of an empty database; the server is stopped and all of it removed afterwards."""
    initdb, server = await _program("initdb"), await _program("postgres")
    folder = Path(tempfile.mkdtemp(prefix="gudok-postgres-"))
    try:
        uid = _owner(folder)
        await _done(initdb, "-D", f"{folder}/data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync", uid=uid)
        port = _free_port()
        with (folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                server, "-D", f"{folder}/data", "-h", "127.0.0.1", "-p", str(port), "-k", "",
                "-c", "checkpoint_timeout=30min", "-c", "max_wal_size=4GB",
                stdout=log, stderr=log, cwd="/", user=uid, extra_groups=None if uid is None else [], env=_environment(),
            )  # fmt: skip
        try:
            await _wait_for(port, process, folder / "log")
            yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _program(name: str) -> str:
    found = _found(name)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (("update",), ("-y", "--no-install-recommends", "install", "postgresql")):
            process = await asyncio.create_subprocess_exec(
                "apt-get", "-qq", *command, stdout=asyncio.subprocess.DEVNULL, env=environment
            )
            await process.wait()
        found = _found(name)
    if found is None:
        raise NoPostgres("PostgreSQL is not installed here: sudo apt-get install postgresql")
    return found


def _found(name: str) -> str | None:
    """Debian keeps the server's programs out of PATH."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(kept[-1]) if kept else shutil.which(name)


def _owner(folder: Path) -> int | None:
    """The user the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    uid = names.get("postgres", names.get("nobody"))
    if uid is None:
        raise NoPostgres("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` here")
    shutil.chown(folder, uid)
    return uid


async def _done(*command: str, uid: int | None) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, cwd="/", user=uid,
        extra_groups=None if uid is None else [], env=_environment(),
    )  # fmt: skip
    _, said = await process.communicate()
    if process.returncode != 0:
        raise NoPostgres(f"{command[0]} failed: {said.decode(errors='replace').strip()[-1000:]}")


async def _wait_for(port: int, process: asyncio.subprocess.Process, log: Path) -> None:
    for _ in range(_READY_SECONDS * 10):
        if process.returncode is not None:
            break
        try:
            await (await asyncpg.connect(host="127.0.0.1", port=port, user=USER, database="postgres")).close()
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.1)  # it has no event to give
            continue
        return
    said = await asyncio.to_thread(log.read_text, errors="replace")
    raise NoPostgres(f"PostgreSQL did not start: {said.strip()[-1000:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
