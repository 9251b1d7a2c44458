"""`gudok doctor`: everything the line needs of this machine, looked at without changing anything.

Each check is small and stands alone: one that breaks is a finding itself and never hides the others.
"""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from asterisk import private
from ivr.service.hearing import running_model
from ivr.settings import Settings
from ivr.up.pulse import ping

ENOUGH_BYTES = 2_000_000_000
LEAST_BYTES = 300_000_000
BUILT = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock that shows an earlier time is wrong."""


class Health(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: how it is, and the exact way to mend it."""

    name: str
    health: Health
    text: str
    mend: str = ""


Checker = Callable[[Settings], Awaitable[Sequence[Check]]]


async def examine(settings: Settings) -> list[Check]:
    found: list[Check] = []
    for checker in CHECKERS:
        found.extend(await checker(settings))
    return found


async def python(settings: Settings) -> Sequence[Check]:
    return [Check("python", Health.OK, ".".join(map(str, sys.version_info[:3])))]


async def asterisk(settings: Settings) -> Sequence[Check]:
    return [
        Check(found.name, Health.OK if found.ok else Health.BAD, found.text, found.mend)
        for found in await asyncio.to_thread(private.inspect, settings)
    ]


async def ports(settings: Settings) -> Sequence[Check]:
    """Whether the line can have its ports. A line that runs has them already."""
    if await ping(settings.ports.web):
        return [Check("ports", Health.OK, f"a line runs here: http://127.0.0.1:{settings.ports.web}")]
    wanted = settings.ports
    tcp = {"ami": wanted.ami, "agi": wanted.agi, "audio": wanted.audio, "web": wanted.web}
    taken = [(name, port) for name, port in tcp.items() if not _free(socket.SOCK_STREAM, "127.0.0.1", port)]
    if not _free(socket.SOCK_DGRAM, settings.bind, wanted.sip):
        taken.append(("sip", wanted.sip))
    if not taken:
        return [Check("ports", Health.OK, "free")]
    return [
        Check(
            "ports",
            Health.BAD,
            f"{name} {port} is taken by another program",
            f"stop it (`ss -lpn 'sport = :{port}'` names it), set ports.{name} in {settings.places.toml}, "
            "or use --ports auto",
        )
        for name, port in taken
    ]


def _free(kind: socket.SocketKind, host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as sock:
        if kind is socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            return False
    return True


async def disk(settings: Settings) -> Sequence[Check]:
    found = []
    for name, place in (("data", settings.data), ("cache", settings.cache)):
        there = next(folder for folder in (place, *place.parents) if folder.exists())
        free = shutil.disk_usage(there).free
        text = f"{place}: {free / 1e9:.1f} GB free"
        if not os.access(there, os.W_OK):
            found.append(
                Check(
                    name, Health.BAD, f"{there} is not writable", f"`chown {os.geteuid()} {there}`, or choose another"
                )
            )
        elif free < LEAST_BYTES:
            found.append(Check(name, Health.BAD, text, "free some space: the line needs at least 0.3 GB"))
        elif free < ENOUGH_BYTES:
            found.append(Check(name, Health.WARN, text, "recordings will fill it soon"))
        else:
            found.append(Check(name, Health.OK, text))
    return found


async def clock(settings: Settings) -> Sequence[Check]:
    now = datetime.now(UTC)
    if now < BUILT:
        return [Check("clock", Health.BAD, f"it shows {now:%Y-%m-%d}", "set the clock: `timedatectl set-ntp true`")]
    try:
        ZoneInfo("Asia/Barnaul")
    except ZoneInfoNotFoundError:
        return [Check("clock", Health.BAD, "no time zones", "`pip install tzdata`")]
    return [Check("clock", Health.OK, f"{now:%Y-%m-%d %H:%M} UTC")]


async def secrets(settings: Settings) -> Sequence[Check]:
    folder = settings.places.secrets
    if not folder.exists():
        return [Check("secrets", Health.OK, "will be made at the first start")]
    open_ones = [path for path in (folder, *_files(folder)) if path.stat().st_mode & 0o077]
    if open_ones:
        names = " ".join(map(str, open_ones))
        return [Check("secrets", Health.BAD, f"others may read {names}", f"`chmod go-rwx {names}`")]
    return [Check("secrets", Health.OK, str(folder))]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file())


async def model(settings: Settings) -> Sequence[Check]:
    from asr.models import ModelBroken, choose
    from asr.sherpa_models import INSTALL, installed

    name = "speech model"
    try:
        chosen = await asyncio.to_thread(choose, settings.model, cache=settings.cache)
    except ModelBroken as error:
        # The line goes on with the bundled model, which is not what somebody wanted.
        return [
            Check(name, Health.WARN, str(error), "`gudok models list`, then `gudok models use NAME`, or `use auto`")
        ]
    if chosen.kind != "vosk" and not installed():
        return [Check(name, Health.WARN, f"{chosen.describe()} needs sherpa-onnx", INSTALL)]
    heard_with = await running_model(settings.ports.web)
    if heard_with and heard_with != chosen.name:
        text = f"the line that runs hears with {heard_with}, chosen is {chosen.describe()}"
        return [Check(name, Health.WARN, text, "start the line anew when it is quiet")]
    if chosen.origin == "bundled":
        better = "it hears numbers and commands; for real callers: `gudok models fetch vosk-model-small-ru-0.22`"
        return [Check(name, Health.WARN, chosen.describe(), better)]
    try_it = "" if chosen.grammar or chosen.kind == "t-one" else "vosk-model-small-ru-0.22 takes grammars: "
    if try_it:
        try_it += "compare the two on your recordings with `gudok models test`"
    return [Check(name, Health.OK, chosen.describe(), try_it)]


async def voice(settings: Settings) -> Sequence[Check]:
    """Who speaks, and what would be better."""
    from contextlib import AsyncExitStack

    from ivr import debian
    from ivr.prompts import NoVoice
    from ivr.prompts.choice import choose

    async with AsyncExitStack() as stack:
        try:
            chosen = await choose(settings, stack)
        except NoVoice as error:
            ready = debian.ready_line_shelf(settings.cache, settings.asterisk_suite)
            if ready is None and settings.asterisk != "system":
                return [Check("voice", Health.OK, "espeak-ng will be fetched with Asterisk at the first start")]
            return [Check("voice", Health.BAD, str(error), "apt-get install espeak-ng")]
    said = ", then ".join(f"{each.name} {each.version}" for each in chosen.voices)
    if chosen.fault:
        return [Check("voice", Health.WARN, f"{said}; {chosen.named} does not speak", chosen.fault)]
    if chosen.named or "silero" not in chosen.missing:
        return [Check("voice", Health.OK, said)]
    better = "" if "rhvoice" not in chosen.missing else "a pleasanter one: `gudok prompts fetch rhvoice`; "
    return [Check("voice", Health.OK if not better else Health.WARN, said, f"{better}the best: docs/speech.md, Silero")]


async def database(settings: Settings) -> Sequence[Check]:
    from ivr.store import StoreError, open_store

    if settings.database is None and not settings.places.database.exists():
        return [Check("database", Health.OK, "SQLite, will be made at the first start")]
    try:
        store = await open_store(settings, upgrade=False, create=False)
    except StoreError as error:
        return [Check("database", Health.BAD, str(error), "mend the setting `database`, or restore a backup")]
    name = store.name
    await store.aclose()
    return [Check("database", Health.OK, name)]


async def dialplan(settings: Settings) -> Sequence[Check]:
    """Whether the folder checks, and whether it is what callers hear."""
    from ivr.flow.checks import check
    from ivr.vocabulary import advice

    folder = settings.dialplans / settings.supplier
    checked, findings = await asyncio.to_thread(check, folder, now=datetime.now(UTC))
    if checked is not None:
        findings += await asyncio.to_thread(advice, checked, folder, settings)
    published = await _published(settings, folder)
    # What is live keeps the line running, whatever somebody has written into the folder since.
    worst = Health.WARN if published and not settings.serve_folder else Health.BAD
    found = [
        Check("dialplan", worst if found.is_error else Health.WARN, f"{found.place}: {found.message}", found.hint)
        for found in findings
    ]
    return [*found, *published] or [Check("dialplan", Health.OK, str(folder))]


async def _published(settings: Settings, folder: Path) -> Sequence[Check]:
    from sqlalchemy.exc import SQLAlchemyError

    from ivr.clock import SystemClock
    from ivr.flow.published.on_disk import compare
    from ivr.flow.published.versions import Versions
    from ivr.store import StoreError, open_store

    if settings.database is None and not settings.places.database.exists():
        return []
    try:
        async with await open_store(settings, upgrade=False, create=False) as store:
            found = await compare(Versions(store, SystemClock()), settings.supplier, folder)
    except (StoreError, SQLAlchemyError):
        return []  # the check of the database says it
    if found.live is None:
        return []
    return [Check("dialplan", Health.WARN if found.differs else Health.OK, str(found), found.mend)]


async def configuration(settings: Settings) -> Sequence[Check]:
    """Whether Asterisk can be configured by these settings."""
    from asterisk.config import refusals

    where = f"change it in {settings.places.toml}"
    return [Check("settings", Health.BAD, text, where) for text in refusals(settings)]


async def trunks(settings: Settings) -> Sequence[Check]:
    """How the carriers' trunks are, if the line runs."""
    from asterisk.ami import AmiError, AmiLink, Manager
    from asterisk.config.model import AMI_USER
    from asterisk.trunks import TrunkState, look

    if not settings.trunks:
        return []
    if not await ping(settings.ports.web):
        return [Check("trunks", Health.OK, "looked at while the line runs")]
    manager = Manager(AMI_USER, settings.places.secret("ami"), settings.ports.ami)
    try:
        async with AmiLink(manager) as link:
            await link.up(5)
            known = await look(link, settings.trunks)
    except AmiError as error:
        return [Check("trunks", Health.BAD, f"cannot be asked about: {error}", "start the line anew")]
    return [
        Check(
            f"trunk {each.name}",
            Health.OK if each.usable else Health.WARN if each.state is TrunkState.UNKNOWN else Health.BAD,
            f"{each.state} ({each.host})",
            each.mend,
        )
        for each in known.values()
    ]


CHECKERS: tuple[Checker, ...] = (
    python, asterisk, configuration, ports, trunks, model, voice, database, disk, clock, secrets, dialplan,
)  # fmt: skip
