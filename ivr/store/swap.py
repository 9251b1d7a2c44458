"""The last step of a restore: what was built and checked aside takes its place in the data folder.

Until the mark `READY` exists nothing in the folder has been touched; once it exists the renames below are done, by the
restore itself or, if that was cut off, by whoever opens the store next. Each is one rename and can be done again.
"""

import os
from pathlib import Path

from ivr.settings import Places

STAGE = ".restore"
READY = "READY"
ITEMS = ("gudok.toml", "secrets", "gudok.db-wal", "gudok.db-shm", "gudok.db")
"""What a restore replaces. The database goes last: with it the folder is the restored one."""


def put_in_place(places: Places) -> Path:
    """Move the staged items in, and what they replace into a folder of its own, whose path is returned."""
    stage = places.data / STAGE
    before = places.data / (stage / READY).read_text(encoding="utf-8").strip()
    before.mkdir(mode=0o700, exist_ok=True)
    staged_database = (stage / "gudok.db").exists()
    for item in ITEMS:
        new, old = stage / item, places.data / item
        # A WAL left beside a replaced database would be read as that database's own.
        goes = new.exists() or (item.startswith("gudok.db-") and staged_database)
        if goes and old.exists():
            old.rename(before / item)
        if new.exists():
            new.rename(old)
    sync_folder(places.data)
    (stage / READY).unlink()
    stage.rmdir()
    return before


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
