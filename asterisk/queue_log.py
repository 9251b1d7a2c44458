"""What Asterisk's own queues wrote of callers' waits: its file `queue_log`, in whole seconds.

It is only held against our own account of times; nothing is computed from it. Pure but for `read` and `trim`.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

NAME = "queue_log"
KEPT = timedelta(days=2)
_MOST = 256 << 20
"""More is not read: a file that nobody has trimmed for years."""
_GAVE_UP = {"ABANDON", "EXITWITHTIMEOUT", "EXITEMPTY", "EXITWITHKEY"}
_TALKED = {"COMPLETECALLER", "COMPLETEAGENT"}


@dataclass(frozen=True, slots=True)
class QueueStay:
    """One caller's time in one queue, as Asterisk tells it."""

    uniqueid: str
    queue: str
    entered: datetime
    wait: int | None = None
    """Whole seconds until an operator answered or the caller left; None while they wait."""
    talk: int | None = None
    """Whole seconds with that operator; None where it was not told, as after a transfer."""
    operator: str | None = None
    end: str = ""


def stays(lines: Iterable[str]) -> Iterator[QueueStay]:
    """The stays that these lines tell of, each when it is over; one that goes on comes last."""
    now: dict[tuple[str, str], QueueStay] = {}
    for line in lines:
        fields = line.rstrip("\n").split("|")
        if len(fields) < 5:
            continue
        at, uniqueid, queue, operator, event, *data = fields
        key = uniqueid, queue
        if event == "ENTERQUEUE":
            instant = _instant(at)
            if instant is not None:
                if key in now:
                    yield now.pop(key)
                now[key] = QueueStay(uniqueid, queue, instant)
        elif key not in now:
            continue
        elif event == "CONNECT":
            now[key] = replace(now[key], wait=_seconds(data, 0), operator=operator, end=event)
        elif event in _GAVE_UP:
            yield replace(now.pop(key), wait=_seconds(data, 3 if event == "EXITWITHKEY" else 2), end=event)
        elif event in _TALKED:
            stay = now.pop(key)
            yield replace(stay, talk=_seconds(data, 1), end=event)
        elif event in ("BLINDTRANSFER", "ATTENDEDTRANSFER"):
            yield replace(now.pop(key), end=event)
    yield from now.values()


def read(file: Path) -> list[str]:
    """The file's lines; none where there is no file. A letter that is none is passed over."""
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - _MOST))
            return log.read(_MOST).decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def trim(file: Path, now: datetime) -> None:
    """Keep the last two days. Asterisk appends to the same file meanwhile: it is emptied, not replaced."""
    since = int((now - KEPT).timestamp())
    kept = [line for line in read(file) if _second(line) >= since]
    with suppress(FileNotFoundError), file.open("r+b") as log:
        log.truncate(0)
        with file.open("ab") as end:
            end.write("".join(f"{line}\n" for line in kept).encode())


def _second(line: str) -> int:
    at = line.partition("|")[0]
    return int(at) if at.isascii() and at.isdigit() else 0


def _instant(at: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(at), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _seconds(data: list[str], at: int) -> int | None:
    return int(data[at]) if at < len(data) and data[at].isascii() and data[at].isdigit() else None
