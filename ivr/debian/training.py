"""The shelf of voices that the bundled speech model is trained on and tested with, RHVoice and festival, from Debian.

`python -m ivr.debian.training CACHE` fetches it, unless it is there, and prints where it lies.
"""

import sys
from pathlib import Path

from ivr.debian.place import Shelf
from ivr.debian.shelf import shelf

PACKAGES = ("rhvoice", "rhvoice-russian", "librhvoice5", "librhvoice-core7", "festival", "festvox-ru", "espeak-ng")
SUITE = "bookworm"
"""With its voices the model in the repository was trained."""


def training_shelf(cache: Path) -> Shelf:
    """RHVoice is in non-free for those of its voices that may not be used commercially; the recipe trains on none."""
    return shelf("training", PACKAGES, cache=cache, suite=SUITE, components=("main", "contrib", "non-free"))


if __name__ == "__main__":
    sys.stdout.write(f"{training_shelf(Path(sys.argv[1])).root}\n")
