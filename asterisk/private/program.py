"""Which Asterisk the line runs: the machine's own if it has everything, else Debian's, unpacked in the cache.

Only finds the program and says what it lacks; configuring is `asterisk.config`, running is `instance`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asterisk.modules import MODULES, NEEDED
from asterisk.private.errors import NoAsterisk
from asterisk.private.sounds import LANGUAGES, data_folder, recordings
from asterisk.private.system import ETC, OLDEST, Finding, System, missing, system
from ivr.debian import DebianError, Progress, Shelf, espeak, line_shelf, ready_line_shelf
from ivr.settings import Settings


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


def locate(settings: Settings, progress: Progress | None = None, *, renew: bool = False, etc: Path = ETC) -> Program:
    """The Asterisk to run, fetched if need be; `NoAsterisk` says why there is none.

    Fetching blocks and tells `progress`, so it comes before an event loop or in a thread. `renew` looks for newer
    packages of a private one; what already runs keeps running from the old ones.
    """
    said = []
    if settings.asterisk != "private":
        own = system(etc)
        if own is None:
            said.append("this machine has no program `asterisk`")
        elif not (faults := own.faults()):
            return _of_system(own, settings)
        else:
            said += [f"{fault.text}: {fault.mend}" for fault in faults]
        if settings.asterisk == "system":
            raise NoAsterisk("\n".join([*said, "(the settings say asterisk = 'system')"]))
    try:
        shelf = line_shelf(settings.cache, settings.asterisk_suite, progress, renew=renew)
        program = _of_shelf(shelf, settings)
    except DebianError as error:
        reason = f"Debian's cannot be had either: {error}" if said else str(error)
        raise NoAsterisk("\n".join([*said, reason])) from error
    if lacking := missing(program.modules, NEEDED):
        raise NoAsterisk("\n".join([*said, ": ".join(_lacking(shelf, lacking))]))
    return program


def inspect(settings: Settings, *, etc: Path = ETC) -> list[Finding]:
    """What `gudok doctor` says about Asterisk, without fetching anything."""
    own = system(etc) if settings.asterisk != "private" else None
    faults = own.faults() if own is not None else []
    if own is not None and not faults:
        found = Finding("asterisk", True, f"{own.binary}, {own.version}, all modules")
        return [found, _sounds(_of_system(own, settings))]
    if settings.asterisk == "system":
        mend = f"install Asterisk {OLDEST} or newer, or set asterisk = 'auto'"
        return faults or [Finding("asterisk", False, "this machine has no program `asterisk`", mend)]
    why = f" (not {'; '.join(fault.text for fault in faults)})" if faults else ""
    try:
        shelf = ready_line_shelf(settings.cache, settings.asterisk_suite)
        program = None if shelf is None else _of_shelf(shelf, settings)
    except DebianError as error:
        text, _, detail = str(error).partition("\n")
        return [Finding("asterisk", False, detail or text, text)]
    if shelf is None or program is None:
        text = f"Debian's ({settings.asterisk_suite}) will be fetched at the first start{why}"
        return [Finding("asterisk", True, text, "gudok up")]
    if lacking := missing(program.modules, NEEDED):
        text, mend = _lacking(shelf, lacking)
        return [Finding("asterisk", False, f"{text}{why}", mend)]
    return [Finding("asterisk", True, f"Debian's {program.version} in {shelf.root}{why}"), _sounds(program)]


def _lacking(shelf: Shelf, lacking: Sequence[str]) -> tuple[str, str]:
    what = f"Debian's in {shelf.root} lacks {', '.join(lacking)}"
    return what, "remove that folder to have it fetched anew, or choose another asterisk_suite"


def _sounds(program: Program) -> Finding:
    if program.sounds_ru:
        return Finding("sounds", True, f"Russian recordings in {program.data / 'sounds' / 'ru'}")
    mend = "install Asterisk's Russian sounds (Debian: asterisk-core-sounds-ru-wav); the line speaks without them too"
    return Finding("sounds", True, "no Russian recordings of Asterisk", mend)


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
