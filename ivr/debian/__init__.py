"""Debian packages without root: a suite's programs fetched with apt, unpacked in the cache and run from there."""

from ivr.debian.errors import DebianError
from ivr.debian.line import espeak, espeak_of, line_shelf, ready_line_shelf
from ivr.debian.mirror import Mirror
from ivr.debian.place import Progress, Shelf
from ivr.debian.shelf import ready, shelf

__all__ = [
    "DebianError",
    "Mirror",
    "Progress",
    "Shelf",
    "espeak",
    "espeak_of",
    "line_shelf",
    "ready",
    "ready_line_shelf",
    "shelf",
]
