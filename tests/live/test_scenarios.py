"""Scenarios rung by `gudok call`, as somebody would who has no softphone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from live.running_line import LINES, RunningLine, running_line

pytestmark = pytest.mark.live

SCENARIOS = sorted((LINES / "energosbyt" / "tests").glob("*.yaml"))


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLine]:
    with running_line(tmp_path_factory.mktemp("scenarios") / "line") as line:
        yield line


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_a_robot_rings_the_line(line: RunningLine, scenario: Path) -> None:
    argv = [sys.executable, "-m", "ivr.cli", "call", str(scenario), "--data", str(line.data), "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["failures"] == []
