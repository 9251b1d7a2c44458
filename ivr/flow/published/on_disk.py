"""A supplier's folder beside what is live: a change by hand is noticed, said, and not served until it is published."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from ivr.flow.published.contents import UnfitFolder, read_contents
from ivr.flow.published.differences import Differences, differences
from ivr.flow.published.version import Version
from ivr.flow.published.versions import Versions


@dataclass(frozen=True, slots=True)
class OnDisk:
    supplier: str
    folder: Path
    live: Version | None
    changed: Differences | None = None
    """From the live version to the folder."""
    fault: str = ""
    """Why the folder could not even be published, if so."""

    @property
    def differs(self) -> bool:
        return self.live is not None and bool(self.changed or self.fault)

    def __str__(self) -> str:
        if self.live is None:
            return f"{self.folder}: nothing of {self.supplier} was published yet"
        served = f"version {self.live.number} ({self.live.who}, {self.live.at:%Y-%m-%d %H:%M} UTC) is served"
        if self.fault:
            return f"{served}; the folder cannot be published: {self.fault}"
        if self.changed:
            return f"{served}; {self.folder} differs from it: {self.changed}"
        return f"{served}, and {self.folder} is the same"

    @property
    def mend(self) -> str:
        if not self.differs:
            return ""
        take = f"gudok versions {self.supplier} checkout {self.live.number if self.live else 1} DIR"
        return f"gudok publish {self.folder} --why '…' puts it on the line; {take} takes what is live"


async def compare(versions: Versions, supplier: str, folder: Path) -> OnDisk:
    """How the folder stands to the live version. A folder that is not there is nobody's draft."""
    live = await versions.live(supplier)
    if live is None or not await asyncio.to_thread(folder.is_dir):
        return OnDisk(supplier, folder, live)
    try:
        contents = await asyncio.to_thread(read_contents, folder)
    except UnfitFolder as error:
        return OnDisk(supplier, folder, live, fault="; ".join(error.faults))
    if contents.digest == live.digest:
        return OnDisk(supplier, folder, live)
    return OnDisk(supplier, folder, live, differences(await versions.hashes(supplier, live.digest), contents.hashes))
