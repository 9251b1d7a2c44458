"""The data folder an Asterisk is given: its own files by links, with recordings where it looks for them.

Debian keeps recordings under the speaker's name (`ru_RU_f_IvrvoiceRU`) while Asterisk looks for `ru`. The links stand
in a folder of the cache, so neither a system's tree nor an unpacked one is written to.
"""

import hashlib
import os
import secrets
import shutil
from pathlib import Path

LANGUAGES = ("en", "ru")


def recordings(share: Path, language: str) -> Path | None:
    """The folder with Asterisk's recordings in a language, if this data folder has them."""
    sounds = share / "sounds"
    for folder in (sounds / language, *sorted(sounds.glob(f"{language}_*"))):
        if (folder / "digits").is_dir():
            return folder
    return None


def data_folder(cache: Path, share: Path, found: dict[str, Path]) -> Path:
    """A folder that shows everything of `share`, and in `sounds` the recordings `found` by language."""
    wanted: dict[str, Path] = {f"sounds/{language}": folder.resolve() for language, folder in found.items()}
    for entry in sorted(share.iterdir()):
        if entry.name != "sounds":
            wanted[entry.name] = entry.resolve()
    digest = hashlib.sha256(repr(sorted((name, str(path)) for name, path in wanted.items())).encode()).hexdigest()[:12]
    folder = cache / "asterisk" / f"data-{digest}"
    (folder / "sounds").mkdir(parents=True, exist_ok=True)
    for name, target in wanted.items():
        _link(folder / name, target)
    for other in folder.parent.glob("data-*"):
        shown = other / "documentation"
        if shown.is_symlink() and not shown.exists():
            shutil.rmtree(other, ignore_errors=True)  # what it showed is gone
    return folder


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and Path(os.readlink(link)) == target:
        return
    new = link.with_name(f".{link.name}.{secrets.token_hex(4)}")
    new.symlink_to(target)
    new.replace(link)
