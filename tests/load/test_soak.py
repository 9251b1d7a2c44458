"""Ten thousand calls at forty a second: after the last the service holds what it held after the first thousand."""

import os
import signal
from pathlib import Path

import pytest
from live.running_line import until

from ivr.bench import sipp
from ivr.bench.cpu import open_files, resident_bytes
from ivr.bench.rig import our_line, settings_for
from ivr.settings import default_cache, load

pytestmark = [pytest.mark.proof, pytest.mark.live]

FIRST, REST, RATE = 1_000, 9_000, 40


def settle(pid: int, log: Path) -> None:
    """Have the service collect its garbage, and wait until it says that it has."""
    before = log.read_text(encoding="utf-8").count("collected")
    os.kill(pid, signal.SIGUSR1)
    until(lambda: log.read_text(encoding="utf-8").count("collected") > before, 10, "the service collects")


@pytest.mark.timeout(900)
async def test_memory_and_open_files_do_not_grow_with_calls(tmp_path: Path) -> None:
    argv = sipp.program(default_cache(), load(data=tmp_path).asterisk_suite)
    settings = settings_for(tmp_path / "line", default_cache())
    async with our_line(settings) as line:
        assert line.service is not None
        log = settings.places.log / "gudok.log"
        held = []
        for calls in (FIRST, REST):
            outcome = await sipp.ring(argv, line.sip, line.number, rate=RATE, calls=calls)
            assert outcome.failed == 0
            assert outcome.calls == calls
            settle(line.service, log)
            held.append((resident_bytes(line.service), open_files(line.service)))
        (memory_then, files_then), (memory_now, files_now) = held
        print(f"\nmemory {memory_then / 1e6:.1f} → {memory_now / 1e6:.1f} MB, open files {files_then} → {files_now}")
        assert memory_now <= memory_then * 1.05
        assert files_now <= files_then * 1.05
