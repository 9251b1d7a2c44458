"""`gudok versions`: what was published of a supplier's dialplan, what differs, and an old version as a folder."""

import asyncio
import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.published import in_store, supplier_of

if TYPE_CHECKING:
    from ivr.flow.published.contents import Contents
    from ivr.flow.published.version import Version
    from ivr.flow.published.versions import Versions

USAGE = "list | show N | diff [A] [B] | checkout N DIR"


class As(StrEnum):
    table = "table"
    json = "json"


def register(app: typer.Typer) -> None:
    app.command(name="versions", epilog="Example: gudok versions dialplans/energosbyt diff 3 4")(versions)


def versions(
    target: Annotated[str, typer.Argument(metavar="DIR|SUPPLIER", help="A supplier's folder, or its name.")],
    words: Annotated[list[str] | None, typer.Argument(metavar=f"[{USAGE}]", show_default=False)] = None,
    data: Data = None,
    format: Annotated[As, typer.Option(help="How `list` and `show` write.")] = As.table,
) -> None:
    """What was published of a supplier: who, when and why; what differs; an old version as a folder.

    `list` (or nothing): all versions, the live one marked, and whether the folder is another by now. `show N`: one
    version and its files. `diff A B`: changed lines between two versions; `diff A`: from A to the folder; `diff`: from
    what is live to the folder. `checkout N DIR`: version N as a folder to edit.
    """
    said = words or ["list"]
    supplier, folder = supplier_of(target, settings(data).dialplans)

    async def run(known: "Versions") -> int:
        match said:
            case ["list"]:
                code = await _list(known, supplier, folder, format)
            case ["show", number] if number.isdecimal():
                code = await _show(known, supplier, int(number), format)
            case ["diff", *numbers] if len(numbers) <= 2 and all(map(str.isdecimal, numbers)):
                code = await _diff(known, supplier, folder, [int(number) for number in numbers])
            case ["checkout", number, to] if number.isdecimal():
                code = await _checkout(known, supplier, int(number), Path(to))
            case _:
                fail(f"«{' '.join(said)}»: not one of {USAGE}", code=2)
        return code

    code = in_store(data, run)
    if code:
        raise typer.Exit(code)


async def _list(known: "Versions", supplier: str, folder: Path, format: As) -> int:
    from ivr.flow.published.on_disk import compare

    history = await known.history(supplier)
    live = await known.live(supplier)
    if not history:
        fail(f"nothing of {supplier} was published yet: `gudok publish {folder} --why …` does it")
    if format is As.json:
        _json([{**_told(version), "live": version == live} for version in history])
        return 0
    for version in history:
        mark = "*" if version == live else " "
        notes = f" (brings back {version.restores})" if version.restores else ""
        notes += " (over others' changes)" if version.forced else ""
        line = f"{mark} {version.number:>4}  {version.at:%Y-%m-%d %H:%M} UTC  {version.who:<12}  {version.why}{notes}"
        sys.stdout.write(line + "\n")
    found = await compare(known, supplier, folder)
    if found.differs:
        typer.echo(f"{found}\n→ {found.mend}", err=True)
    draft = await known.draft(supplier)
    if draft is not None:
        typer.echo(f"a draft of {draft.who} ({draft.at:%Y-%m-%d %H:%M} UTC) is on the draft line", err=True)
    return 0


async def _show(known: "Versions", supplier: str, number: int, format: As) -> int:
    version = await known.version(supplier, number)
    hashes = await known.hashes(supplier, version.digest)
    if format is As.json:
        _json({**_told(version), "files": hashes})
        return 0
    rows = {
        "version": f"{supplier} {version.number}",
        "published": f"{version.at:%Y-%m-%d %H:%M:%S} UTC by {version.who}",
        "why": version.why,
        "before it": str(version.parent or "nothing"),
        "based on": str(version.restores or version.base or version.parent or "nothing"),
        "check": str(version.checked),
        "scenarios": str(version.tried),
        "digest": version.digest,
    }
    if version.forced:
        rows["forced"] = "over what others had published meanwhile"
    for name, value in rows.items():
        sys.stdout.write(f"{name:<10} {value}\n")
    for path, sha in hashes.items():
        sys.stdout.write(f"  {sha[:12]}  {path}\n")
    return 0


async def _diff(known: "Versions", supplier: str, folder: Path, numbers: list[int]) -> int:
    """As `diff` does: 1 when there is a difference."""
    from ivr.flow.published.contents import UnfitFolder, read_contents
    from ivr.flow.published.differences import changed_lines

    live = await known.live(supplier)
    if live is None:
        fail(f"nothing of {supplier} was published yet")
    old_number = numbers[0] if numbers else live.number
    old = await _contents(known, supplier, old_number)
    if len(numbers) == 2:
        new, name = await _contents(known, supplier, numbers[1]), f"{supplier}@{numbers[1]}"
    else:
        try:
            new, name = await asyncio.to_thread(read_contents, folder), str(folder)
        except UnfitFolder as error:
            fail(str(error))
    different = False
    for line in changed_lines(old, new, f"{supplier}@{old_number}", name):
        different = True
        sys.stdout.write(line + "\n")
    return int(different)


async def _checkout(known: "Versions", supplier: str, number: int, to: Path) -> int:
    from ivr.flow.published.contents import read_contents, write_contents
    from ivr.flow.published.publishing import slug_of, write_base

    version = await known.version(supplier, number)
    folder = to if slug_of(to) == supplier else to / supplier
    if await asyncio.to_thread(_has_files, folder):
        there = (await asyncio.to_thread(read_contents, folder)).digest
        if all(there != each.digest for each in await known.history(supplier)):
            fail(f"{folder} holds changes that were never published; they would be lost: name another folder")
    contents = await known.contents(supplier, version.digest)
    try:
        await asyncio.to_thread(write_contents, contents, folder)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    write_base(folder, version)
    typer.echo(f"{folder}: version {number} of {supplier}", err=True)
    return 0


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())


async def _contents(known: "Versions", supplier: str, number: int) -> "Contents":
    return await known.contents(supplier, (await known.version(supplier, number)).digest)


def _told(version: "Version") -> dict[str, object]:
    return {**asdict(version), "at": version.at.isoformat()}


def _json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
