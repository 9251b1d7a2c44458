"""`gudok doctor` on a machine that lacks things: each is named with the way to mend it, and the exit code says so."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.live


def doctor(data: Path, **env: str) -> tuple[int, dict[str, dict[str, str]]]:
    argv = [sys.executable, "-m", "ivr.cli", "doctor", "--data", str(data), "--json"]
    done = subprocess.run(argv, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, {check["name"]: check for check in json.loads(done.stdout)}


def test_a_machine_that_could_run_the_line_is_told_so(tmp_path: Path) -> None:
    with socket.socket() as web:
        web.bind(("127.0.0.1", 0))
        free = str(web.getsockname()[1])
    env = {f"GUDOK_PORTS__{name}": free for name in ("SIP", "AMI", "AGI", "AUDIO", "WEB")}
    code, checks = doctor(tmp_path / "data", **env)
    assert [check for check in checks.values() if check["health"] == "bad"] == []
    assert code == 0
    assert checks["speech model"]["mend"]  # the bundled one will do, and better ones are named


def test_what_is_missing_is_named_with_its_mend(tmp_path: Path) -> None:
    open_secrets = tmp_path / "data" / "secrets"
    open_secrets.mkdir(parents=True, mode=0o755)
    (tmp_path / "energosbyt").mkdir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, checks = doctor(
            tmp_path / "data",
            GUDOK_ASTERISK="system",
            GUDOK_MODEL=str(tmp_path / "no model"),
            GUDOK_DIALPLANS=str(tmp_path),
            GUDOK_DATABASE="postgresql://nobody@127.0.0.1:1/none",
            GUDOK_PORTS__AGI=str(port),
        )
    assert code == 1
    bad = {name for name, check in checks.items() if check["health"] == "bad"}
    assert checks["speech model"]["health"] == "warn"  # the line goes on with the bundled one
    assert bad >= {"asterisk", "ports", "database", "secrets", "dialplan"}
    assert all(checks[name]["mend"] for name in bad - {"dialplan"})
    assert str(port) in checks["ports"]["text"]
