"""The shelf of the line: Asterisk, its Russian recordings and a plain voice, fetched and kept together."""

import shutil
from pathlib import Path

from ivr.debian.place import Progress, Shelf
from ivr.debian.shelf import ready, shelf

PACKAGES = ("asterisk", "asterisk-core-sounds-ru-wav", "espeak-ng")


def line_shelf(cache: Path, suite: str, progress: Progress | None = None, *, renew: bool = False) -> Shelf:
    """The line's shelf, fetched if it is not there."""
    return shelf("asterisk", PACKAGES, cache=cache, suite=suite, progress=progress, renew=renew)


def ready_line_shelf(cache: Path, suite: str) -> Shelf | None:
    """The line's shelf if it is there already."""
    return ready("asterisk", PACKAGES, cache=cache, suite=suite)


def espeak(cache: Path, suite: str) -> list[str] | None:
    """How to call espeak-ng (its arguments follow): the machine's own, else the shelf's, else `None`; never fetches."""
    own = shutil.which("espeak-ng")
    if own is not None:
        return [own]
    found = ready_line_shelf(cache, suite)
    return None if found is None else espeak_of(found)


def espeak_of(found: Shelf) -> list[str]:
    """How to call the shelf's espeak-ng, which must be told where its voices are."""
    data = found.path(*(f"{folder}/espeak-ng-data" for folder in _data_folders(found)))
    return found.argv("espeak-ng", f"--path={data.parent}")


def _data_folders(found: Shelf) -> list[str]:
    return [*(str(folder.relative_to(found.root)) for folder in found.libraries), "usr/share"]
