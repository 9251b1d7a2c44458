"""A whole line for a live test: `gudok up` as a user starts it, on free ports and a private folder."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import Empty, Queue

LINES = Path(__file__).parent.parent / "lines"
"""A small dialplan of the tests' own: what admins do to the shipped one must not break what is tested of the line."""


class RunningLine:
    """`gudok up` in a process of its own. `status` is the JSON line it printed."""

    def __init__(self, data: Path, *flags: str, env: dict[str, str] | None = None) -> None:
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        self.errors = data / "up.stderr"
        argv = [sys.executable, "-m", "ivr.cli", "up", "--data", str(data), "--ports", "auto", "--json", *flags]
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                argv,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "GUDOK_DIALPLANS": str(LINES), **(env or {})},
                text=True,
            )
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.status = json.loads(self._first(120))
        except BaseException:
            self.kill_all()
            raise

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stdout:
            for line in stdout:
                self._lines.put(line)
        self._lines.put("")

    def _first(self, seconds: float) -> str:
        try:
            line = self._lines.get(timeout=seconds)
        except Empty:
            raise AssertionError(f"the line did not come up in {seconds} s:\n{self.said()}") from None
        assert line, f"gudok up ended at once:\n{self.said()}"
        return line

    def said(self) -> str:
        """What `gudok up` and its service wrote on stderr."""
        return self.errors.read_text(encoding="utf-8", errors="replace")

    @property
    def sip(self) -> str:
        return str(self.status["sip"])

    @property
    def number(self) -> str:
        return str(self.status["line"])

    def now(self) -> dict[str, object]:
        """The status as it is now: processes may have been started again."""
        found: dict[str, object] = json.loads((self.data / "run" / "up.json").read_text(encoding="utf-8"))
        return found

    def secret(self, name: str) -> str:
        return (self.data / "secrets" / name).read_text(encoding="utf-8").strip()

    def asterisk_says(self) -> list[str]:
        """Warnings and errors in Asterisk's own log."""
        return [
            line
            for log in sorted((self.data / "asterisk").rglob("*.log"))
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
            if re.search(r"\b(WARNING|ERROR)\b", line)
        ]

    def stop(self, seconds: float = 30.0) -> int:
        """Ctrl-C once, and wait."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)

    def kill_all(self) -> None:
        """Whatever the test did, nothing of the line survives it."""
        if self.process.poll() is None:
            for number in (signal.SIGINT, signal.SIGINT):
                with contextlib.suppress(ProcessLookupError):
                    self.process.send_signal(number)
                    time.sleep(0.05)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        for pid in self.left_behind():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._reader.join(5)

    def left_behind(self) -> Sequence[int]:
        """Living processes that name this line's folder on their command line."""
        mine = str(self.data).encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and int(entry.name) != os.getpid():
                with contextlib.suppress(OSError):
                    if mine in (entry / "cmdline").read_bytes():
                        found.append(int(entry.name))
        return found


@contextlib.contextmanager
def running_line(data: Path, *flags: str, env: dict[str, str] | None = None) -> Iterator[RunningLine]:
    line = RunningLine(data, *flags, env=env)
    try:
        yield line
    finally:
        line.kill_all()


def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something outside this process that cannot be awaited; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)
