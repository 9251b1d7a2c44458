"""Fixtures of the live tests: what the line needs from outside, started for real."""

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from ivr.settings import Settings, load
from ivr.store import Store, open_store


@dataclass
class PostgresServer:
    port: int
    psql: str

    def run(self, sql: str) -> None:
        subprocess.run(
            [self.psql, "-qX", "-h", "127.0.0.1", "-p", str(self.port), "-U", "gudok", "-d", "postgres", "-c", sql],
            check=True,
            capture_output=True,
            timeout=30,
        )


def postgres_program(name: str) -> str:
    """Debian keeps the server's programs out of PATH; a bare machine gets them from its own apt, if we may."""

    def found() -> str | None:
        kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        return str(kept[-1]) if kept else shutil.which(name)

    program = found()
    if program is None and os.geteuid() == 0 and shutil.which("apt-get"):
        with (Path(tempfile.gettempdir()) / "gudok-tests-apt.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # several test workers come here at once
            program = found() or _installed(found)
    if program is None:
        pytest.skip("PostgreSQL is not installed here: sudo apt-get install postgresql")
    return program


def _installed(found: Callable[[], str | None]) -> str | None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", "update"], check=False, env=environment, timeout=300)
    command = ["apt-get", "-qq", "-y", "--no-install-recommends", "install", "postgresql"]
    subprocess.run(command, check=False, env=environment, timeout=600, stdout=subprocess.DEVNULL)
    return found()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Debian's own PostgreSQL on a free port of loopback, with its data in a folder of its own."""
    initdb, postgres, psql = (postgres_program(name) for name in ("initdb", "postgres", "psql"))
    folder = Path(tempfile.mkdtemp(prefix="gudok-postgres-"))
    user = None
    if os.geteuid() == 0:  # initdb refuses root
        names = [entry.pw_name for entry in pwd.getpwall()]
        user = next(name for name in ("postgres", "nobody") if name in names)
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    as_user = {"user": user, "extra_groups": []} if user else {}
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    command = [initdb, "-D", str(folder / "data"), "-U", "gudok", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, cwd="/", env=environment, timeout=120, **as_user)
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [postgres, "-D", str(folder / "data"), "-h", "127.0.0.1", "-p", str(port), "-k", ""],
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=environment,
        **as_user,
    )
    try:
        ready = [shutil.which("pg_isready") or str(Path(postgres).with_name("pg_isready"))]
        ready += ["-q", "-h", "127.0.0.1", "-p", str(port), "-d", "postgres", "-t", "1"]
        for _ in range(300):
            assert server.poll() is None, (folder / "log").read_text(errors="replace")
            if subprocess.run(ready, check=False, timeout=10).returncode == 0:
                break
            # Waiting for another program that has no event to give: asked again, up to half a minute.
            subprocess.run(["sleep", "0.1"], check=True)
        yield PostgresServer(port, psql)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


_databases = count(1)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of its own for each test."""
    name = f"test_{next(_databases)}"
    postgres_server.run(f"CREATE DATABASE {name} TEMPLATE template0")
    yield f"postgresql://gudok@127.0.0.1:{postgres_server.port}/{name}"
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A line of its own on each of the two databases."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return load(data=tmp_path, database=url)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with await open_store(settings) as opened:
        yield opened
