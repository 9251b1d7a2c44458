"""Load by sipp, the SIP load generator of Debian: so many calls a second, and what became of them."""

import asyncio
import csv
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ivr import debian

SCENARIO = Path(__file__).with_name("menu_call.xml")


class LoadFailed(Exception):
    """sipp could not run at all; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Outcome:
    calls: int
    failed: int
    answer_ms: float
    """Mean time from INVITE to 200."""


def program(cache: Path, suite: str) -> list[str]:
    """The machine's own sipp, else Debian's, unpacked in the cache."""
    own = shutil.which("sipp")
    if own is not None:
        return [own]
    return debian.shelf("sipp", ("sip-tester",), cache=cache, suite=suite).argv("sipp")


async def ring(argv: list[str], target: str, number: str, *, rate: int, calls: int) -> Outcome:
    """Place `calls` calls to `number` at `target` (`host:port`), `rate` a second, and wait for the last to end."""
    with tempfile.TemporaryDirectory(prefix="gudok-bench-") as folder:
        stats = Path(folder) / "stats.csv"
        command = [
            *argv, target, "-sf", str(SCENARIO), "-s", number, "-i", "127.0.0.1", "-r", str(rate), "-m", str(calls),
            "-l", str(max(rate * 10, 50)), "-nostdin", "-trace_stat", "-stf", str(stats), "-fd", "1",
            "-timeout", str(calls // rate + 60), "-timeout_error", "-recv_timeout", "20000",
        ]  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
        if not stats.exists():
            raise LoadFailed(said.decode(errors="replace").strip()[-2000:] or f"sipp ended with {process.returncode}")
        return _outcome(stats)


def _outcome(stats: Path) -> Outcome:
    with stats.open(encoding="utf-8", newline="") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    return Outcome(
        calls=int(last["TotalCallCreated"]),
        failed=int(last["FailedCall(C)"]),
        answer_ms=_milliseconds(last["ResponseTime1(C)"]),
    )


def _milliseconds(text: str) -> float:
    """sipp's `00:00:01:234567` (hours, minutes, seconds, microseconds), or the older with milliseconds."""
    hours, minutes, seconds, rest = text.split(":")
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000.0 + float(f"0.{rest}") * 1000.0
