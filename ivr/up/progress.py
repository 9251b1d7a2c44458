"""Showing a person what takes time: a bar on a terminal, a line a stage elsewhere; always on stderr."""

import contextlib
import sys
from collections.abc import Callable, Iterator

STAGES = {
    "wait": "waiting for another process that fetches the same",
    "index": "asking Debian's archive",
    "fetch": "fetching the packages",
    "unpack": "unpacking",
    "ready": "ready",
}

Progress = Callable[[str, int, int], None]


def tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def showing() -> Iterator[Progress]:
    """A progress callback `(stage, done, total)`; a total of 0 is not known."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(STAGES.get(stage, stage), total=None)
            bars.update(tasks[stage], completed=done, total=total or None)

        yield show


class _Lines:
    """One line for each stage, when it begins."""

    def __init__(self) -> None:
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._stage = stage
            tell(f"==> {STAGES.get(stage, stage)}")
