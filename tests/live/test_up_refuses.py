"""What `gudok up` says when the line cannot run: one clear line, exit 1, and nothing left running."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.live


def up(data: Path, *flags: str, **env: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "ivr.cli", "up", "--data", str(data), *flags]
    return subprocess.run(
        argv,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        start_new_session=True,
    )


def test_a_broken_dialplan_is_named_with_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "dialplans" / "energosbyt"
    folder.mkdir(parents=True)
    (folder / "line.yaml").write_text("title: [\n", encoding="utf-8")
    done = up(tmp_path / "data", "--ports", "auto", GUDOK_DIALPLANS=str(folder.parent))
    assert done.returncode == 1
    assert f"{folder / 'line.yaml'}:2:1 E004" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    done = up(tmp_path / "data", "--ports", "auto", GUDOK_DATABASE="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "cannot use the database" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["SIP", "WEB"])
def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path, port: str) -> None:
    kinds = [
        socket.SOCK_DGRAM if name == "SIP" else socket.SOCK_STREAM for name in ("SIP", "AMI", "AGI", "AUDIO", "WEB")
    ]
    sockets = [socket.socket(socket.AF_INET, kind) for kind in kinds]
    env = {}
    for name, sock in zip(("SIP", "AMI", "AGI", "AUDIO", "WEB"), sockets, strict=True):
        sock.bind(("127.0.0.1", 0))
        env[f"GUDOK_PORTS__{name}"] = str(sock.getsockname()[1])
    taken = sockets[0] if port == "SIP" else sockets[-1]
    for sock in sockets:
        if sock is not taken:
            sock.close()
    if port == "WEB":
        taken.listen()
    try:
        done = up(tmp_path / "data", **env)
    finally:
        taken.close()
    assert done.returncode == 1
    assert "--ports auto" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = up(tmp_path / "file" / "data", "--ports", "auto")
    assert done.returncode == 1
    assert "choose another --data" in done.stderr
