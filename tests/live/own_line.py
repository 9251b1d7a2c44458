"""A running line that answers with a dialplan of the test's own, and what its log, journal and metrics say."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from live.running_line import RunningLine, running_line


@dataclass
class OwnLine:
    running: RunningLine
    folder: Path

    def gudok(self, *words: str) -> str:
        argv = [sys.executable, "-m", "ivr.cli", *words, "--data", str(self.running.data)]
        env = {**os.environ, "GUDOK_DIALPLANS": str(self.folder.parent)}
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def figure(self, name: str) -> float:
        with urllib.request.urlopen(f"{self.running.status['web']}/metrics", timeout=5) as answer:
            found = re.search(rf"^gudok_{name}{{[^}}]*}} (\S+)$", answer.read().decode(), re.MULTILINE)
        assert found is not None, name
        return float(found[1])

    def logged(self, action: str) -> list[dict[str, object]]:
        log = self.running.data / "log" / "gudok.log"
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line.get("action") == action]

    def events(self, kind: str) -> list[dict[str, object]]:
        database = sqlite3.connect(f"file:{self.running.data / 'gudok.db'}?mode=ro", uri=True)
        try:
            return [
                json.loads(data)
                for (data,) in database.execute("select data from events where kind = ? order by at, seq", (kind,))
            ]
        finally:
            database.close()

    def said(self) -> str:
        return " ".join(str(event["text"]) for event in self.events("said"))


@contextmanager
def own_line(place: Path, line: str, flow: str) -> Iterator[OwnLine]:
    """`gudok up` over one supplier with one flow."""
    folder = place / "dialplans" / "energosbyt"
    (folder / "flows").mkdir(parents=True)
    (folder / "line.yaml").write_text(line, encoding="utf-8")
    (folder / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    with running_line(place / "line", env={"GUDOK_DIALPLANS": str(folder.parent)}) as running:
        yield OwnLine(running, folder)
