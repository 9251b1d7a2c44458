"""Which Asterisk the line runs: the machine's own if it has everything, else Debian's, unpacked in the cache.

Only finds the program and says what it lacks; configuring is `asterisk.config`, running is `instance`.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asterisk.modules import MODULES, NEEDED
from asterisk.private.errors import NoAsterisk
from asterisk.private.sounds import LANGUAGES, data_folder, recordings
from ivr.debian import DebianError, Progress, Shelf, espeak, line_shelf, ready_line_shelf
from ivr.settings import Settings

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
class Program:
    """An Asterisk to run. `load` are the modules of `asterisk.modules.MODULES` that it has, in order."""

    start: tuple[str, ...]
    version: str
    modules: Path
    data: Path
    load: tuple[str, ...]
    sounds_ru: bool
    own: bool
    """Whether it is ours, from the cache, and not the machine's."""
    espeak: list[str] | None
    """How espeak-ng is called (its arguments follow), if there is one."""

    def argv(self, conf: Path) -> list[str]:
        """The command line that runs it in the foreground, without colours, with this folder's configuration."""
        return [*self.start, "-C", str(conf / "asterisk.conf"), "-f", "-n"]


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


def locate(settings: Settings, progress: Progress | None = None) -> Program:
    """The Asterisk to run, fetched if need be (blocks, tells `progress`); `NoAsterisk` says why there is none."""
    said = []
    if settings.asterisk != "private":
        own = system()
        if own is None:
            said.append("this machine has no program `asterisk`")
        elif not (faults := own.faults()):
            return _of_system(own, settings)
        else:
            said += [f"{fault.text}: {fault.mend}" for fault in faults]
        if settings.asterisk == "system":
            raise NoAsterisk("\n".join([*said, "(the settings say asterisk = 'system')"]))
    try:
        shelf = line_shelf(settings.cache, settings.asterisk_suite, progress)
        return _of_shelf(shelf, settings)
    except DebianError as error:
        raise NoAsterisk(
            "\n".join([*said, f"Debian's cannot be had either: {error}" if said else str(error)])
        ) from error


def inspect(settings: Settings) -> list[Finding]:
    """What `gudok doctor` says about Asterisk, without fetching anything."""
    own = system() if settings.asterisk != "private" else None
    faults = own.faults() if own is not None else []
    found = []
    if own is not None and not faults:
        program = _of_system(own, settings)
        found.append(Finding("asterisk", True, f"{own.binary}, {own.version}, all modules"))
        found.append(_sounds(program))
        return found
    if settings.asterisk == "system":
        if own is None:
            mend = f"install Asterisk {OLDEST} or newer, or set asterisk = 'auto'"
            return [Finding("asterisk", False, "this machine has no program `asterisk`", mend)]
        return faults
    shelf = ready_line_shelf(settings.cache, settings.asterisk_suite)
    why = f" (not {'; '.join(fault.text for fault in faults)})" if faults else ""
    if shelf is None:
        text = f"Debian's ({settings.asterisk_suite}) will be fetched at the first start{why}"
        return [Finding("asterisk", True, text, "gudok up")]
    program = _of_shelf(shelf, settings)
    lacking = missing(program.modules, NEEDED)
    found.append(
        Finding(
            "asterisk",
            not lacking,
            f"Debian's {program.version} in {shelf.root}{why}" + (f" lacks {', '.join(lacking)}" if lacking else ""),
            "choose another asterisk_suite" if lacking else "",
        )
    )
    found.append(_sounds(program))
    return found


def _sounds(program: Program) -> Finding:
    if program.sounds_ru:
        return Finding("sounds", True, f"Russian recordings in {program.data / 'sounds' / 'ru'}")
    mend = "install Asterisk's Russian sounds (Debian: asterisk-core-sounds-ru-wav); the line speaks without them too"
    return Finding("sounds", True, "no Russian recordings of Asterisk", mend)


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


def _of_system(own: System, settings: Settings) -> Program:
    assert own.modules is not None
    assert own.data is not None
    found = {language: folder for language in LANGUAGES if (folder := recordings(own.data, language))}
    shelf = ready_line_shelf(settings.cache, settings.asterisk_suite)
    if "ru" not in found and shelf is not None and (russian := recordings(_share(shelf), "ru")):
        found["ru"] = russian
    return Program(
        start=(str(own.binary),),
        version=own.version,
        modules=own.modules,
        data=data_folder(settings.cache, own.data, found),
        load=tuple(name for name in MODULES if not missing(own.modules, [name])),
        sounds_ru="ru" in found,
        own=False,
        espeak=espeak(settings.cache, settings.asterisk_suite),
    )


def _of_shelf(shelf: Shelf, settings: Settings) -> Program:
    modules = shelf.path(*(f"{folder.relative_to(shelf.root)}/asterisk/modules" for folder in shelf.libraries))
    share = _share(shelf)
    found = {language: folder for language in LANGUAGES if (folder := recordings(share, language))}
    return Program(
        start=tuple(shelf.argv("asterisk")),
        version=shelf.version("asterisk").rpartition(":")[2],
        modules=modules,
        data=data_folder(settings.cache, share, found),
        load=tuple(name for name in MODULES if not missing(modules, [name])),
        sounds_ru="ru" in found,
        own=True,
        espeak=espeak(settings.cache, settings.asterisk_suite),
    )


def _share(shelf: Shelf) -> Path:
    return shelf.path("usr/share/asterisk")
