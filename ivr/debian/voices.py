"""The shelf of RHVoice: its library and Russian voices. They are in Debian's non-free: fetched only when asked.

The library is loaded into our own process, so it must be one that this machine's C library can load: the oldest suite
that has it.
"""

from collections.abc import Sequence
from pathlib import Path

from ivr.debian.errors import NoSuchPackage, NoSuchSuite
from ivr.debian.place import Progress, Shelf
from ivr.debian.shelf import ready, shelf

PACKAGES = ("librhvoice5", "rhvoice", "rhvoice-russian")
COMPONENTS = ("main", "non-free")
SUITES = ("bookworm", "trixie")


def rhvoice_shelf(cache: Path, progress: Progress | None = None, suites: Sequence[str] = SUITES) -> Shelf:
    """The shelf, fetched if it is not there (120 MB); a `DebianError` says what went wrong."""
    found = ready_rhvoice(cache, suites)
    if found is not None:
        return found
    for suite in suites[:-1]:
        try:
            return _shelf(cache, suite, progress)
        except (NoSuchSuite, NoSuchPackage):
            continue  # an old suite leaves the mirrors some day
    return _shelf(cache, suites[-1], progress)


def ready_rhvoice(cache: Path, suites: Sequence[str] = SUITES) -> Shelf | None:
    """The shelf if it is there already; never fetches."""
    each = (ready("rhvoice", PACKAGES, cache=cache, suite=suite, components=COMPONENTS) for suite in suites)
    return next((found for found in each if found is not None), None)


def _shelf(cache: Path, suite: str, progress: Progress | None) -> Shelf:
    return shelf("rhvoice", PACKAGES, cache=cache, suite=suite, components=COMPONENTS, progress=progress)
