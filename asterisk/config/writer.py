"""Fills the folder of a private Asterisk: every file it reads, and nothing that it only would complain about.

Files are replaced whole or not touched, so that a running Asterisk never reads half of one; what changed is told, so
that its owner knows whether to leave it alone, reload it or start it anew.
"""

import os
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from jinja2 import Environment

from asterisk.config import model
from asterisk.config.music import waiting_music
from asterisk.config.places import AsteriskPlaces, Misplaced, asterisk_places
from asterisk.config.quote import Unfit
from asterisk.config.render import environment, render
from ivr.recordings.keeper import LIVE
from ivr.recordings.live_name import MONITOR_NAME
from ivr.settings import Settings

RESTART = frozenset({"asterisk.conf", "modules.conf", "logger.conf", "pjsip_transports.conf", "rtp.conf"})
"""Files whose change a reload does not bring about."""

_SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


class ConfigRefused(Exception):
    """The settings make no working Asterisk; the text says what to change, everything at once."""


class ProgramFacts(Protocol):
    """What the configuration must know of the Asterisk that will read it; `asterisk.private.Program` is one."""

    @property
    def modules(self) -> Path: ...

    @property
    def data(self) -> Path:
        """Its data folder, with `sounds/ru` and `documentation/` in it."""
        ...

    @property
    def load(self) -> Sequence[str]:
        """The modules it has of those the line wants, in loading order."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    places: AsteriskPlaces
    fingerprint: str
    """Of all the files together; equal fingerprints mean an equal configuration."""
    changed: frozenset[str]
    """Names of files that are new, gone or different."""

    @property
    def folder(self) -> Path:
        """What `Program.argv` wants."""
        return self.places.etc

    @property
    def restart_needed(self) -> bool:
        """Whether a running Asterisk must be started anew to follow; otherwise a reload will do."""
        return bool(self.changed & RESTART)


def write(
    settings: Settings,
    program: ProgramFacts,
    target: Path | None = None,
    *,
    queues: Sequence[str] = (),
    bench_prompt: Path | None = None,
) -> Written:
    """Write the configuration into `target` (the data folder's `asterisk/etc` if none is given).

    `queues` are names a dialplan hands over to, besides those operators serve in. With `bench_prompt`, a sound file
    without its suffix, the plain menu of `gudok bench menu` is added.
    """
    places = asterisk_places(settings.places, target or settings.places.asterisk / "etc")
    try:
        texts = files(settings, program, places, queues=queues, bench_prompt=bench_prompt)
        places.make()
        if bench_prompt is not None:
            (places.log / "cdr-csv").mkdir(exist_ok=True)
        music = places.music / "waiting.wav"
        if not music.exists():
            _replace(music, waiting_music(), mode=0o644)
        changed = {name for name, text in texts.items() if _replace(places.etc / name, text.encode(), mode=0o600)}
        for stale in places.etc.glob("*.conf"):
            if stale.name not in texts:
                stale.unlink()
                changed.add(stale.name)
    except OSError as error:
        raise Misplaced(f"{error.filename}: {error.strerror}; mend its rights or take another --data") from error
    return Written(places, fingerprint(texts), frozenset(changed))


def files(
    settings: Settings,
    program: ProgramFacts,
    places: AsteriskPlaces,
    *,
    queues: Sequence[str] = (),
    bench_prompt: Path | None = None,
) -> dict[str, str]:
    """The text of every file by its name."""
    bench = bench_prompt is not None
    made = environment()
    try:
        told = facts(settings, queues=queues) | {
            "place": places,
            "open_files": _open_files(settings),
            "program": program,
            "modules": [*program.load, *(["cdr_csv"] if bench else [])],
            "bench": bench,
            "bench_prompt": bench_prompt or "",
        }
        return {name: render(name, told, made) for name in names(made)}
    except Unfit as error:
        raise ConfigRefused(str(error)) from error


def facts(settings: Settings, *, queues: Sequence[str] = ()) -> dict[str, object]:
    """Everything the templates may say that does not depend on where Asterisk is."""
    found = model.refusals(settings, queues)
    if found:
        raise ConfigRefused("; ".join(found))
    secret = settings.places.secret
    known = model.queues_of(settings, queues)
    return {
        "settings": settings,
        "queues": known,
        "recorded": any(queue.recorded for queue in known),
        "live": settings.places.recordings.absolute() / LIVE,
        "monitor_name": MONITOR_NAME,
        "operators": [each.name for each in settings.operators],
        "passwords": {each.name: secret(f"operator-{each.name}") for each in settings.operators},
        "carriers": [
            model.carrier(each, secret(f"trunk-{each.name}") if model.has_password(settings, each.name) else None)
            for each in settings.trunks
        ],
        "numbers": model.number_forms(settings.line),
        "other_numbers": model.other_numbers(settings),
        "ami": {
            "user": model.AMI_USER,
            "secret": secret("ami"),
            "up_user": model.AMI_UP_USER,
            "up_secret": secret("ami-up"),
            "record_user": model.AMI_RECORD_USER,
            "record_secret": secret("ami-record"),
        },
        "caller_endpoint": model.CALLER_ENDPOINT,
        "park_number": model.PARK_NUMBER,
        "join_number": model.JOIN_NUMBER,
        "bench_number": model.BENCH_NUMBER,
        "longest_call": model.LONGEST_CALL_SECONDS,
        "most_calls": settings.max_calls + (settings.max_calls + 3) // 4,
        "loopback": model.loopback_needed(settings.bind),
        "ca": _authorities(settings),
    }


def names(made: Environment) -> list[str]:
    """The files there are templates for."""
    return sorted(name.removesuffix(".j2") for name in made.list_templates(["j2"]) if "/" not in name)


def fingerprint(texts: dict[str, str]) -> str:
    digest = sha256()
    for name, text in sorted(texts.items()):
        digest.update(f"{name}\0{len(text)}\0{text}".encode())
    return digest.hexdigest()


def _open_files(settings: Settings) -> int:
    """What the calls need, as far as this machine lets us have it: asking for more would be a warning."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 2048 + 20 * settings.max_calls
    return wanted if most == resource.RLIM_INFINITY else min(wanted, most)


def _authorities(settings: Settings) -> Path | None:
    """Whom a carrier's certificate is judged by; without a list Asterisk would refuse every one."""
    if settings.tls is None or not settings.tls.verify:
        return None
    return settings.tls.ca or (_SYSTEM_AUTHORITIES if _SYSTEM_AUTHORITIES.exists() else None)


def _replace(path: Path, content: bytes, *, mode: int) -> bool:
    """Put `content` at `path` in one step; False if it was there already."""
    try:
        if path.read_bytes() == content:
            return False
    except FileNotFoundError:
        pass
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)
    return True
