"""The machine's own Asterisk: where it is, what release, and what it lacks for the line.

Nothing of it is written to. Its folders are read from its own asterisk.conf, or guessed as distributions lay them out.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asterisk.modules import NEEDED

OLDEST = 20
ETC = Path("/etc/asterisk/asterisk.conf")
BINARIES = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/asterisk/sbin"
MODULE_FOLDERS = (
    "/usr/lib/asterisk/modules",
    "/usr/lib/*/asterisk/modules",
    "/usr/lib64/asterisk/modules",
    "/usr/local/lib/asterisk/modules",
    "/opt/asterisk/lib/asterisk/modules",
)
DATA_FOLDERS = (
    "/usr/share/asterisk",
    "/var/lib/asterisk",
    "/usr/local/share/asterisk",
    "/opt/asterisk/var/lib/asterisk",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it will do, what it is, and how to mend it."""

    name: str
    ok: bool
    text: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class System:
    """The machine's own Asterisk as far as it could be found."""

    binary: Path
    version: str
    modules: Path | None
    data: Path | None

    def faults(self) -> list[Finding]:
        """Why the line cannot use it; nothing if it can."""
        found = []
        release = re.match(r"\d+", self.version)
        if release is None or int(release[0]) < OLDEST:
            mend = f"install Asterisk {OLDEST} or newer, or let the line bring its own: asterisk = 'private'"
            found.append(Finding("version", False, f"{self.binary} is {self.version or 'of no known version'}", mend))
        if self.modules is None:
            mend = f"name it as astmoddir in {ETC}, readable for this user, or set asterisk = 'private'"
            found.append(Finding("modules", False, f"no module folder of {self.binary} was found", mend))
        elif lacking := missing(self.modules, NEEDED):
            mend = f"build or install them into {self.modules}, or set asterisk = 'private'"
            found.append(Finding("modules", False, f"{self.binary} lacks {', '.join(lacking)}", mend))
        if self.data is None:
            mend = f"name it as astdatadir in {ETC}, readable for this user, or set asterisk = 'private'"
            found.append(Finding("data", False, f"no data folder of {self.binary} was found", mend))
        return found


def missing(folder: Path, names: Sequence[str]) -> list[str]:
    """Which of these modules are not in the folder."""
    return [name for name in names if not (folder / f"{name}.so").exists()]


def system(etc: Path = ETC) -> System | None:
    """The machine's own Asterisk, if it has one that can be run."""
    binary = shutil.which("asterisk") or shutil.which("asterisk", path=BINARIES)
    if binary is None:
        return None
    try:
        asked = subprocess.run(
            [binary, "-V"], capture_output=True, text=True, errors="replace", timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r"Asterisk (?:certified[-/])?(\S+)", asked.stdout)
    folders = _directories(etc)
    modules = _first((folders.get("astmoddir"), *MODULE_FOLDERS), "*.so")
    data = _first((folders.get("astdatadir"), *DATA_FOLDERS), "documentation/core-*.xml")
    return System(Path(binary), version[1] if version else "", modules, data)


def _directories(etc: Path) -> dict[str, str]:
    """The folders that the machine's own configuration names; nothing if it may not be read."""
    try:
        text = etc.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return dict(re.findall(r"^\s*(ast\w+dir)\s*=>?\s*([^\s;]+)", text, re.MULTILINE))


def _first(patterns: Sequence[str | None], holding: str) -> Path | None:
    for pattern in patterns:
        if not pattern:
            continue
        for folder in sorted(Path("/").glob(pattern.lstrip("/"))):
            if next(folder.glob(holding), None) is not None:
                return folder
    return None
