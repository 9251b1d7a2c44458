"""From a folder to a live version: read, check, try the scenarios, publish; from an old version back to the line.

What is checked is exactly what is stored: the folder is read once, and the check runs on a copy of what was read. The
file `.gudok-base` in the folder remembers which version its editor began with.
"""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ivr.flow.checks import check
from ivr.flow.dialplan import Dialplan
from ivr.flow.finding import Finding
from ivr.flow.load import read
from ivr.flow.published.contents import BASE_FILE, Contents, UnfitFolder, read_contents, write_contents
from ivr.flow.published.trial import Checked, RunScenarios, Tried
from ivr.flow.published.version import Draft, Version, VersionsError, target_of
from ivr.flow.published.versions import Versions
from ivr.flow.supplier.suppliers import SLUG

FIRST_WHO = "gudok up"
FIRST_WHY = "первый запуск: так линия была в папке"


class Refused(Exception):
    """The dialplan cannot go on the line: the check found errors, or scenarios failed."""

    def __init__(self, findings: list[Finding], tried: Tried | None = None) -> None:
        self.findings, self.tried = findings, tried
        errors = [str(finding) for finding in findings if finding.is_error]
        failed = list(tried.failed) if tried is not None else []
        super().__init__("\n".join([*errors, *failed]))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A folder that was read and checked and may be published."""

    supplier: str
    contents: Contents
    dialplan: Dialplan
    findings: list[Finding]

    @property
    def checked(self) -> Checked:
        return Checked.of(self.findings)


@dataclass(frozen=True, slots=True)
class Published:
    version: Version
    dialplan: Dialplan
    findings: list[Finding]
    """Warnings: they stop nothing and are told."""


async def candidate(folder: Path, *, now: datetime) -> Candidate:
    """Read and check a supplier's folder. Raises `UnfitFolder`, or `Refused` with all errors."""
    contents = await asyncio.to_thread(read_contents, folder)
    return await asyncio.to_thread(_checked, slug_of(folder), contents, folder, lambda copy: check(copy, now=now))


def slug_of(folder: Path) -> str:
    """Whose dialplan a folder holds: the supplier is named by its folder."""
    name = os.path.basename(os.path.abspath(folder))
    if not SLUG.fullmatch(name):
        raise UnfitFolder(folder, [f"«{name}» cannot be a supplier's name: a-z, 0-9 and dashes, at most 32 letters"])
    return name


async def publish(
    versions: Versions,
    folder: Path,
    *,
    who: str,
    why: str,
    run_scenarios: RunScenarios,
    base: int | None = None,
    force: bool = False,
) -> Published:
    """Publish the folder. Raises `UnfitFolder`, `Refused` or a `VersionsError`; then nothing has changed."""
    ready = await candidate(folder, now=versions.clock.now())
    if base is None:
        base = await base_of(versions, folder, ready.supplier)
    with unpacked(ready.supplier, ready.contents) as copy:
        tried = await run_scenarios(copy)
        tried = replace(tried, failed=tuple(line.replace(str(copy), str(folder)) for line in tried.failed))
    if tried.failed:
        raise Refused(ready.findings, tried)
    version = await versions.publish(
        ready.supplier,
        ready.contents,
        who=who,
        why=why,
        base=base,
        numbers=ready.dialplan.numbers,
        checked=ready.checked,
        tried=tried,
        force=force,
    )
    write_base(folder, version)
    return Published(version, ready.dialplan, ready.findings)


async def publish_first(versions: Versions, folder: Path) -> Version:
    """What a line that has never published begins with: the folder, if it checks clean."""
    ready = await candidate(folder, now=versions.clock.now())
    try:
        return await versions.publish(
            ready.supplier, ready.contents, who=FIRST_WHO, why=FIRST_WHY, base=None, numbers=ready.dialplan.numbers,
            checked=ready.checked, tried=Tried(not_run="at the first start"),
        )  # fmt: skip
    except VersionsError:
        # Another process of this installation was first.
        live = await versions.live(ready.supplier)
        if live is None:
            raise
        return live


async def put_draft(versions: Versions, folder: Path, *, who: str, base: int | None = None) -> tuple[Draft, Candidate]:
    """Put the folder on the draft line: checked, but neither tried nor compared with what others published."""
    ready = await candidate(folder, now=versions.clock.now())
    if base is None:
        base = await base_of(versions, folder, ready.supplier)
    return await versions.put_draft(ready.supplier, ready.contents, who=who, base=base), ready


async def roll_back(versions: Versions, supplier: str, to: int | None, *, who: str, why: str) -> Version:
    """Bring an earlier version back, if this gudok can serve it; what is advised today does not hold it up."""
    live = await versions.live(supplier)
    if live is None:
        raise VersionsError(f"nothing of {supplier} was published yet: `gudok publish` does it")
    number = target_of(live, to)
    earlier = await versions.version(supplier, number)
    contents = await versions.contents(supplier, earlier.digest)
    ready = await asyncio.to_thread(_checked, supplier, contents, Path(f"{supplier}@{number}"), read)
    return await versions.roll_back(
        supplier, number, who=who, why=why, numbers=ready.dialplan.numbers, checked=ready.checked
    )


Judge = Callable[[Path], tuple[Dialplan | None, list[Finding]]]


def _checked(supplier: str, contents: Contents, folder: Path, judge: Judge) -> Candidate:
    """Check a copy of the contents; what is found is told of the files in `folder`."""
    with unpacked(supplier, contents) as copy:
        dialplan, found = judge(copy)
        findings = [_moved(finding, copy, folder) for finding in found]
    if dialplan is None or any(finding.is_error for finding in findings):
        raise Refused(findings)
    return Candidate(supplier, contents, dialplan, findings)


def _moved(finding: Finding, copy: Path, folder: Path) -> Finding:
    place = finding.place
    if not place.file.is_relative_to(copy):
        return finding
    return replace(finding, place=replace(place, file=folder / place.file.relative_to(copy)))


@contextlib.contextmanager
def unpacked(supplier: str, contents: Contents) -> Iterator[Path]:
    """The contents in a folder for a while, named as the supplier's own."""
    with tempfile.TemporaryDirectory(prefix="gudok-draft-") as place:
        folder = Path(place) / supplier
        write_contents(contents, folder)
        yield folder


# -- which version an editor began with ------------------------------------------------------------------------------


def write_base(folder: Path, version: Version) -> bool:
    """Note in the folder that it holds this version; False where nobody may write there."""
    try:
        (folder / BASE_FILE).write_text(f"{version.supplier} {version.number} {version.digest}\n", encoding="utf-8")
    except OSError:
        return False
    return True


async def base_of(versions: Versions, folder: Path, supplier: str) -> int | None:
    """The version this folder was taken from; None where that cannot be told."""
    try:
        words = (folder / BASE_FILE).read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        words = []
    history = await versions.history(supplier)
    if len(words) == 3 and words[0] == supplier and words[1].isdecimal():
        number = int(words[1])
        # Of another installation the number says nothing; the digest tells it.
        if any(version.number == number and version.digest == words[2] for version in history):
            return number
    # Nobody has published yet but the first start itself, from a folder where it left no note.
    if [version.who for version in history] == [FIRST_WHO]:
        return 1
    return None
