"""One run of apt that knows nothing of this machine's packages: own sources, own lists, own archives, empty status.

It only fetches; nothing is installed and no root is needed. The machine's proxies and credentials stay in force, its
hooks, pins and foreign architectures do not.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from ivr.debian.errors import (
    AptFailed,
    ArchiveChanged,
    ArchiveKeyMissing,
    ArchiveOutOfDate,
    CacheUnwritable,
    DebianError,
    DiskFull,
    NoDebianTools,
    NoNetwork,
    NoSuchPackage,
    NoSuchSuite,
    PackagesDoNotFit,
)
from ivr.debian.mirror import TARGETS, Mirror, from_targets, sources_of
from ivr.debian.mirror import candidates as mirrors_among

ETC = Path("/etc/apt")
STALL_SECONDS = 60


GROWS = 2.6
"""How much larger packages are unpacked than packed, where apt does not say; 2.1 was measured for Asterisk."""


@dataclass(frozen=True, slots=True)
class Item:
    """One package of the closure."""

    name: str
    version: str
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The packages and all they depend on, by name, and how much room they take when they are unpacked."""

    items: tuple[Item, ...]
    unpacked: int

    @property
    def size(self) -> int:
        """Of the packages themselves."""
        return sum(item.size for item in self.items)

    @property
    def versions(self) -> dict[str, str]:
        return {item.name: item.version for item in self.items}


def tool(name: str) -> str:
    """The path of one of Debian's tools."""
    found = shutil.which(name)
    if found is None:
        raise NoDebianTools(f"missing: {name}")
    return found


def mirrors(etc: Path = ETC) -> list[Mirror]:
    """Debian mirrors this machine's apt uses, the likeliest first: from its source files, else by asking apt."""
    found = mirrors_among(sources_of(etc))
    if not found and etc == ETC:
        asked = subprocess.run(
            [tool("apt-get"), "indextargets", "--format", TARGETS, "Created-By: Packages"],
            capture_output=True,
            text=True,
            env=_environment(),
            check=False,
        )
        found = mirrors_among(from_targets(asked.stdout))
    return found


class Apt:
    """apt-get with a state of its own in `folder`; `keep` are descriptors that its processes hold open too."""

    def __init__(
        self, folder: Path, mirror: Mirror, suite: str, components: Sequence[str], keep: Sequence[int]
    ) -> None:
        self.folder = folder
        self.mirror = mirror
        self.archives = folder / "archives"
        self._keep = tuple(keep)
        self._conf = folder / "apt.conf"
        # apt dies with us: one left behind would hold the lock for as long as its network hangs.
        setpriv = shutil.which("setpriv")
        self._with_us = [setpriv, "--pdeathsig", "TERM"] if setpriv else []
        if not mirror.trusted and not mirror.keyring.is_file():
            raise ArchiveKeyMissing(f"looked for {mirror.keyring}")
        for place in (
            self.archives / "partial",
            folder / "none" / "partial",
            folder / "lists" / "partial",
            folder / "sources.d",
            folder / "empty.d",
        ):
            place.mkdir(parents=True, exist_ok=True)
        (folder / "status").write_text("")
        (folder / "sources.d" / "debian.sources").write_text(_source(mirror, suite, components), encoding="utf-8")
        self._conf.write_text(_configuration(folder), encoding="utf-8")

    def update(self, step: Callable[[float], None]) -> None:
        """Fetch the suite's index; `step` hears how much of it is there, 0…1."""
        printed = self._run(["update"], step)
        if "Failed to fetch" in printed:  # an apt too old for Error-Mode takes it lightly
            raise failure(printed, self.mirror)

    def plan(self, packages: Sequence[str]) -> Plan:
        """What the packages and all they depend on are."""
        # Packages that are in the archives already would not be printed, so this looks at an empty folder instead.
        nowhere = ["-o", f"Dir::Cache::Archives={self.folder / 'none'}"]
        printed = self._run([*nowhere, "install", "--print-uris", "-q", "--", *packages])
        items = []
        for match in re.finditer(r"^'[^']*' (\S+) (\d+)", printed, re.MULTILINE):
            name, version, _ = match[1].split("_", 2)
            items.append(Item(name, unquote(version), match[1], int(match[2])))
        if not items:
            raise AptFailed("apt-get planned to fetch nothing")
        return Plan(tuple(sorted(items, key=lambda item: item.name)), _unpacked(printed, items))

    def download(self, packages: Sequence[str], step: Callable[[float], None]) -> None:
        """Fetch the planned packages into `archives`; what is partly there is resumed."""
        self._run(["install", "--download-only", "-qq", "--", *packages], step)

    def _run(self, arguments: Sequence[str], step: Callable[[float], None] | None = None) -> str:
        reading, writing = os.pipe()
        command = [
            *self._with_us,
            tool("apt-get"),
            "-c",
            str(self._conf),
            "-o",
            f"APT::Status-Fd={writing}",
            "-y",
            *arguments,
        ]
        words = self.folder / "apt.out"
        with open(reading, encoding="utf-8", errors="replace") as status, words.open("w+b") as out:
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env=_environment(),
                    pass_fds=(writing, *self._keep),
                )
            finally:
                os.close(writing)
            try:
                for line in status:
                    parts = line.split(":")
                    if step is not None and parts[0] == "dlstatus" and len(parts) > 2:
                        step(min(1.0, float(parts[2]) / 100))
                process.wait()
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
            out.seek(0)
            printed = out.read().decode("utf-8", "replace")
        if process.returncode != 0:
            raise failure(printed, self.mirror)
        return printed


def _unpacked(printed: str, items: Sequence[Item]) -> int:
    said = re.search(r"After this operation, ([\d.,]+) ([kMGT]?)B of additional disk space", printed)
    if said is None:
        return int(sum(item.size for item in items) * GROWS)
    return int(float(said[1].replace(",", "")) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[said[2]])


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("LANGUAGE", "APT_CONFIG")}
    return kept | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def _source(mirror: Mirror, suite: str, components: Sequence[str]) -> str:
    # What apt finds as `file:` it uses where it is, and the archives stay empty.
    uri = re.sub(r"^file:", "copy:", mirror.uri)
    fields = {"Types": "deb", "URIs": uri, "Suites": suite, "Components": " ".join(components)}
    if mirror.trusted:
        fields["Trusted"] = "yes"
    if mirror.keyring.is_file():
        fields["Signed-By"] = str(mirror.keyring)
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _configuration(folder: Path) -> str:
    architecture = subprocess.run(
        [tool("dpkg"), "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()
    values = {
        "APT::Architecture": architecture,
        "APT::Architectures::": architecture,
        "APT::Install-Recommends": "false",
        "APT::Install-Suggests": "false",
        "APT::Get::AllowUnauthenticated": "false",
        "Acquire::AllowInsecureRepositories": "false",
        "Acquire::AllowDowngradeToInsecureRepositories": "false",
        "Acquire::AllowWeakRepositories": "false",
        "APT::Get::Show-User-Simulation-Note": "false",
        "APT::Sandbox::User": "root",
        "APT::Keep-Downloaded-Packages": "true",
        "APT::Update::Error-Mode": "any",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": str(STALL_SECONDS),
        "Acquire::https::Timeout": str(STALL_SECONDS),
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
        "Debug::NoLocking": "true",  # the shelf has a lock of its own
        "Dir::Etc::SourceList": str(folder / "none.list"),
        "Dir::Etc::SourceParts": str(folder / "sources.d"),
        "Dir::Etc::Preferences": str(folder / "none.pref"),
        "Dir::Etc::PreferencesParts": str(folder / "empty.d"),
        "Dir::State::Lists": str(folder / "lists"),
        "Dir::State::Status": str(folder / "status"),
        "Dir::State::extended_states": str(folder / "extended_states"),
        "Dir::Cache": str(folder),
        "Dir::Cache::Archives": str(folder / "archives"),
        "Dir::Cache::pkgcache": "pkgcache.bin",
        "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
        "Dir::Log": str(folder),
    }
    cleared = (
        "APT::Architectures",
        "APT::Update::Pre-Invoke",
        "APT::Update::Post-Invoke",
        "APT::Update::Post-Invoke-Success",
        "APT::Update::Post-Invoke-Stats",
        "DPkg::Pre-Invoke",
        "DPkg::Post-Invoke",
        "DPkg::Pre-Install-Pkgs",
        "APT::Default-Release",
    )
    lines = [f"#clear {name};" for name in cleared]
    lines += [f'{name} "{value}";' for name, value in values.items()]
    return "\n".join(lines) + "\n"


_SIGNS: tuple[tuple[str, type[DebianError]], ...] = (
    (r"gpgv.* required for verification", NoDebianTools),
    (r"No space left on device|enough free space|File too large|Write error", DiskFull),
    (r"Unable to locate package|has no installation candidate|Couldn't find any package", NoSuchPackage),
    (
        r"NO_PUBKEY|Missing key|signatures? couldn't be verified|is not signed|BADSIG|Sub-process .* (?:sqv|gpgv)",
        ArchiveKeyMissing,
    ),
    (r"is expired|is not valid yet|Release file .* expired", ArchiveOutOfDate),
    (
        r"Could not resolve|Temporary failure|Could not connect|Cannot initiate the connection|Network is unreachable|"
        r"Connection (?:refused|timed out|failed)|Unable to connect|connection timed out|No route to host|"
        r"Connection reset|Certificate verification failed|\b(?:401|403|407|50[0234]) +[A-Z]",
        NoNetwork,
    ),
    (
        r"Failed to fetch \S*/dists/\S* +Failed to stat|does not have a Release file|no longer has a Release file|"
        r"Release'? .* 404",
        NoSuchSuite,
    ),
    (
        r"Hash Sum mismatch|unexpected size|404 +Not Found|File not found|Failed to stat|Mirror sync in progress",
        ArchiveChanged,
    ),
    (r"unmet dependencies|held broken packages|Unable to correct problems", PackagesDoNotFit),
    (r"Permission denied|Read-only file system", CacheUnwritable),
)


def failure(printed: str, mirror: Mirror) -> DebianError:
    """The error that apt's own words tell of."""
    words = [line for line in printed.splitlines() if line.startswith(("E:", "W:", "Err:", " "))]
    said = "\n".join(words[-12:]) or printed[-600:]
    for pattern, kind in _SIGNS:
        if re.search(pattern, printed):
            return kind(f"mirror {mirror.uri}\n{said}")
    return AptFailed(f"mirror {mirror.uri}\n{said}")
