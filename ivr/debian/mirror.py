"""Which Debian mirror this machine already uses, read out of its own apt sources.

Nothing here names a host: a machine behind a proxy, with a mirror of its own or with a snapshot keeps them. Third-party
sources and switched-off entries are left out; the archive's signature has the last word on what remains.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_ROLES = ("stable", "oldstable", "oldoldstable", "testing", "unstable")
_NAMES = ("buster", "bullseye", "bookworm", "trixie", "forky", "duke", "sid")
SUITES = frozenset((*_ROLES, *_NAMES))
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of apt's sources: a mirror, one suite of it, and the key that signs it."""

    uri: str
    suite: str
    components: tuple[str, ...] = ()
    signed_by: str | None = None
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where to fetch from, and what proves it."""

    uri: str
    keyring: Path = KEYRING
    trusted: bool = False
    """The machine's owner has said that this archive needs no signature."""


def one_line(text: str) -> Iterator[Source]:
    """Entries of the old format: `deb [options] uri suite component…`."""
    for line in text.splitlines():
        line = line.split("#", 1)[0].strip()
        if not line.startswith("deb") or line[3:4] not in (" ", "\t"):
            continue
        rest = line[3:].strip()
        options: dict[str, str] = {}
        if rest.startswith("["):
            inside, closed, rest = rest[1:].partition("]")
            if not closed:
                continue
            options = {name.lower(): value for name, _, value in (part.partition("=") for part in inside.split())}
        words = rest.split()
        if len(words) >= 2:
            yield Source(
                words[0],
                words[1],
                tuple(words[2:]),
                options.get("signed-by"),
                options.get("trusted", "").lower() == "yes",
            )


def deb822(text: str) -> Iterator[Source]:
    """Entries of the new format: paragraphs of `Types`, `URIs`, `Suites`, `Components`."""
    for paragraph in _paragraphs(text):
        if paragraph.get("enabled", "yes").strip().lower() in ("no", "false", "0", "off", "without", "disable"):
            continue
        if "deb" not in paragraph.get("types", "").split():
            continue
        signed = paragraph.get("signed-by", "").strip() or None
        trusted = paragraph.get("trusted", "").strip().lower() == "yes"
        components = tuple(paragraph.get("components", "").split())
        for uri in paragraph.get("uris", "").split():
            for suite in paragraph.get("suites", "").split():
                yield Source(uri, suite, components, signed, trusted)


def _paragraphs(text: str) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    name = ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line[0] in " \t":
            if name:
                fields[name] += "\n" + line.strip()
        else:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()


def candidates(sources: Iterable[Source]) -> list[Mirror]:
    """The mirrors of Debian's main archive among the sources, the likeliest first."""
    ranked: dict[str, tuple[int, Mirror]] = {}
    for source in sources:
        scheme = source.uri.partition(":")[0]
        if source.suite not in SUITES or "main" not in source.components or scheme in ("cdrom", "copy"):
            continue
        path = source.uri.rstrip("/")
        if path.endswith("-security") or path.endswith("/debug"):
            continue
        key = source.signed_by or ""
        if key and "debian-archive" not in key and not key.startswith("-----BEGIN"):
            continue  # signed by somebody else: not Debian's own archive
        rank = 0 if "debian-archive" in key else 1 if path.endswith("/debian") else 2
        keyring = Path(key) if key.startswith("/") and "debian-archive" in key else KEYRING
        mirror = Mirror(path, keyring, source.trusted)
        if path not in ranked or rank < ranked[path][0]:
            ranked[path] = (rank, mirror)
    return [mirror for _, mirror in sorted(ranked.values(), key=lambda pair: pair[0])]


def sources_of(folder: Path) -> list[Source]:
    """All entries below `/etc/apt` (or a folder like it); a file that cannot be read says nothing."""
    found: list[Source] = []
    parts = folder / "sources.list.d"
    files = [folder / "sources.list", *sorted(parts.glob("*.list")), *sorted(parts.glob("*.sources"))]
    for file in files:
        if not os.access(file, os.R_OK) or not file.is_file():
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        found += deb822(text) if file.suffix == ".sources" else one_line(text)
    return found


def from_targets(text: str) -> list[Source]:
    """Entries as `apt-get indextargets` prints them with the format `TARGETS`; an unknown field stays a `$(NAME)`."""
    found = []
    for line in text.splitlines():
        words = line.split("\t")
        if len(words) == 4 and (words[3] == "Debian" or words[3].startswith("$")):
            found.append(Source(words[0], words[1], (words[2],)))
    return found


TARGETS = "$(SITE)\t$(RELEASE)\t$(COMPONENT)\t$(ORIGIN)"
