"""The folders of a private Asterisk: all inside the data folder, so that several lines run side by side."""

import os
from dataclasses import dataclass
from pathlib import Path

from asterisk.private.instance import run_folder
from ivr.recordings.keeper import LIVE, VOICEMAIL
from ivr.settings import Places


class Misplaced(Exception):
    """A folder Asterisk needs cannot be made or is not ours; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class AsteriskPlaces:
    etc: Path
    var: Path
    spool: Path
    music: Path
    run: Path
    log: Path
    prompts: Path
    messages: Path
    """What callers leave when nobody can answer."""
    live: Path
    """Talks that are being recorded."""

    @property
    def conf(self) -> Path:
        return self.etc / "asterisk.conf"

    @property
    def control(self) -> Path:
        return self.run / "asterisk.ctl"

    @property
    def log_file(self) -> Path:
        return self.log / "asterisk.log"

    def make(self) -> None:
        for folder in (self.var / "keys", self.spool / "cache", self.music, self.log):
            folder.mkdir(parents=True, exist_ok=True)
        self.prompts.mkdir(parents=True, exist_ok=True)
        for private in (self.etc, self.run, self.messages, self.live):
            private.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.run.stat().st_uid != os.geteuid():
            raise Misplaced(f"{self.run} belongs to somebody else: remove it, or take a shorter --data")


def asterisk_places(places: Places, etc: Path) -> AsteriskPlaces:
    """Where this line's Asterisk keeps what it needs."""
    home = places.asterisk.absolute()
    return AsteriskPlaces(
        etc=etc.absolute(),
        var=home / "var",
        spool=home / "spool",
        music=home / "music",
        run=run_folder(places.run.absolute()),
        log=home / "log",
        prompts=places.prompts.absolute(),
        messages=places.recordings.absolute() / VOICEMAIL,
        live=places.recordings.absolute() / LIVE,
    )
