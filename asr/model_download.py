"""Fetching one big file over a line that breaks: it goes on where it was cut, and never takes a piece of another file.

What has come stands in `<target>.part`, and beside it which file of the server's it is (its ETag). The server is asked
for the rest of just that file; if it has another one by now, the fetch begins anew.
"""

import errno
import json
import re
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

Progress = Callable[[int, int], None]
"""Bytes there are, and bytes there will be (0: nobody said)."""

_PIECE = 1 << 18
_WAITS = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Before each further try that brought nothing; one that brought something begins anew."""


class FetchFailed(Exception):
    """The file could not be fetched; the text says why and what to do. What has come is kept for the next time."""


class _Again(Exception):
    """This try brought what it could."""


@dataclass(slots=True)
class _Part:
    """What has come so far."""

    file: Path
    notes: Path

    @classmethod
    def of(cls, target: Path) -> "_Part":
        return cls(target.with_name(target.name + ".part"), target.with_name(target.name + ".part.json"))

    @property
    def size(self) -> int:
        with suppress(FileNotFoundError):
            return self.file.stat().st_size
        return 0

    def validator(self, url: str) -> str:
        """What names the file of which these are the first bytes; nothing: it cannot be gone on with."""
        try:
            told = json.loads(self.notes.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""
        return str(told.get("validator", "")) if isinstance(told, dict) and told.get("url") == url else ""

    def begin(self, url: str, validator: str) -> None:
        self.file.write_bytes(b"")
        self.notes.write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")

    def remove(self) -> None:
        self.file.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)


def download(
    url: str,
    target: Path,
    *,
    progress: Progress = lambda done, total: None,
    pause: Callable[[float], None] = time.sleep,
    seconds: float = 30.0,
    most_bytes: int = 20_000_000_000,
) -> None:
    """Fetch it into `target`; raises `FetchFailed`. `seconds`: the longest that nothing may come."""
    if not url.startswith(("http://", "https://")):
        raise FetchFailed(f"{url}: only http and https can be fetched; name a file on this machine with --from FILE")
    part = _Part.of(target)
    tries = 0
    while True:
        before = part.size
        try:
            _fetch(url, part, progress, seconds, most_bytes)
        except _Again as broken:
            tries = 1 if part.size > before else tries + 1
            if tries > len(_WAITS):
                kept = f"; {part.size / 1e6:.1f} MB are kept, the same command goes on from there" if part.size else ""
                raise FetchFailed(f"{url} cannot be fetched: {broken}{kept}") from broken
            pause(_WAITS[tries - 1])
        except OSError as error:
            raise FetchFailed(_of_disk(error, target)) from error
        else:
            part.file.replace(target)
            part.remove()
            return


def _fetch(url: str, part: _Part, progress: Progress, seconds: float, most_bytes: int) -> None:
    have, validator = part.size, part.validator(url)
    headers = {"User-Agent": "gudok", "Accept-Encoding": "identity"}
    if have and validator:
        headers |= {"Range": f"bytes={have}-", "If-Range": validator}
    try:
        with urlopen(Request(url, headers=headers), timeout=seconds) as answer:
            _take(url, answer, part, have, progress, most_bytes)
    except HTTPError as refused:
        _refused(url, refused, part, have)
    except URLError as error:
        raise _Again(f"the network says: {error.reason}") from error
    except (HTTPException, ConnectionError, TimeoutError) as error:
        raise _Again(f"the connection broke: {error or type(error).__name__}") from error


def _take(url: str, answer: HTTPResponse, part: _Part, have: int, progress: Progress, most_bytes: int) -> None:
    if answer.status == 206:
        first, total = _range(answer.headers.get("Content-Range", ""))
        if first != have:
            part.remove()
            raise _Again("the server sent another piece than the one it was asked for")
    else:
        have, total = 0, int(answer.headers.get("Content-Length") or 0)
        part.begin(url, _validator(answer.headers))
    if max(total, have) > most_bytes:
        raise FetchFailed(f"{url} is {total / 1e9:.1f} GB: too much for a speech model")
    _room(part.file, total - have)
    with part.file.open("ab") as file:
        while piece := answer.read(_PIECE):
            file.write(piece)
            have += len(piece)
            if have > most_bytes:
                raise FetchFailed(f"{url} has no end: more than {most_bytes / 1e9:.0f} GB came")
            progress(have, total)
    if total and have != total:
        raise _Again(f"the connection broke after {have / 1e6:.1f} of {total / 1e6:.1f} MB")


def _refused(url: str, refused: HTTPError, part: _Part, have: int) -> None:
    with refused:
        if refused.code == 416:
            # All of it is there already, or another file has taken its place.
            _, total = _range(refused.headers.get("Content-Range", ""))
            if have and total == have:
                return
            part.remove()
            raise _Again("the server has another file now")
        if refused.code in (408, 425, 429) or refused.code >= 500:
            raise _Again(f"the server answers {refused.code} {refused.reason}")
        hint = "the maker has moved it: fetch it by hand and name the file with --from"
        raise FetchFailed(f"{url}: the server answers {refused.code} {refused.reason}; {hint}")


def _range(text: str) -> tuple[int, int]:
    """First byte and size of the whole of a Content-Range; -1 and 0 where they are not told."""
    found = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", text.strip())
    if found is None:
        return -1, 0
    return int(found[1] or -1), int(found[2]) if found[2] != "*" else 0


def _validator(headers: HTTPMessage) -> str:
    """A weak ETag does not promise the same bytes; the date of a change does, if nobody is quick."""
    etag = headers.get("ETag", "")
    return etag if etag.startswith('"') else headers.get("Last-Modified", "")


def _room(file: Path, wanted: int) -> None:
    free = shutil.disk_usage(file.parent).free
    if wanted > free:
        raise OSError(errno.ENOSPC, f"{wanted / 1e6:.0f} MB are wanted and {free / 1e6:.0f} MB are free")


def _of_disk(error: OSError, target: Path) -> str:
    if error.errno == errno.ENOSPC:
        return f"the disk of {target.parent} is full ({error.strerror}): free some space and fetch again"
    return f"{target.parent}: cannot be written: {error.strerror}"
