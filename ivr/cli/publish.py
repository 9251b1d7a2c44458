"""`gudok publish`: a supplier's folder becomes the live version, or rings as a draft."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.published import in_store, whoever

if TYPE_CHECKING:
    from ivr.flow.finding import Finding
    from ivr.flow.published.trial import RunScenarios
    from ivr.flow.published.version import MovedOn
    from ivr.flow.published.versions import Versions
    from ivr.settings import Settings

Who = Annotated[
    str | None, typer.Option("--as", help="Who does it; the system's user if not given.", show_default=False)
]


def register(app: typer.Typer) -> None:
    app.command(name="publish", epilog="Example: gudok publish dialplans/energosbyt --why 'новый тариф с 1 июля'")(
        publish
    )


def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The supplier's folder.", show_default=False)],
    why: Annotated[str, typer.Option(help="What changes for callers, and why: kept for ever.")] = "",
    who: Who = None,
    base: Annotated[
        int | None, typer.Option(help="The version the changes began with, if the folder does not know.", min=1)
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Publish although others have published meanwhile; it is kept and shown.")
    ] = False,
    draft: Annotated[
        bool,
        typer.Option("--draft", help="Only let the draft line ring it (docs/publishing.md); callers notice nothing."),
    ] = False,
    off: Annotated[bool, typer.Option("--off", help="With --draft: take the draft off its line.")] = False,
    data: Data = None,
) -> None:
    """Check a dialplan, run its scenarios and put it on the line: all of it or nothing.

    Calls in progress finish with the version they began with; new calls hear the new one within two seconds.
    """
    from ivr.flow.published.contents import UnfitFolder
    from ivr.flow.published.publishing import Refused

    who = who or whoever()
    if off and not draft:
        fail("--off goes with --draft", code=2)
    if not draft and not why.strip():
        fail("say why: gudok publish DIR --why 'новый тариф с 1 июля'", code=2)

    async def run(known: "Versions") -> None:
        if off:
            await _take_off(known, folder, who)
        elif draft:
            await _put_draft(known, folder, who, base, settings(data).draft_line)
        else:
            await _publish(known, folder, who, why, base, force, settings(data))

    try:
        in_store(data, run, create=True)
    except UnfitFolder as error:
        fail(str(error))
    except Refused as error:
        tell(error.findings)
        what = "its scenarios failed" if error.tried is not None and error.tried.failed else "it does not check"
        if error.tried is not None:
            for line in error.tried.failed:
                typer.echo(line, err=True)
        fail(f"{folder} is not published: {what}")


async def _publish(
    known: "Versions", folder: Path, who: str, why: str, base: int | None, force: bool, chosen: "Settings"
) -> None:
    from ivr.flow.published.contents import BASE_FILE
    from ivr.flow.published.on_disk import compare
    from ivr.flow.published.publishing import publish as publish_folder
    from ivr.flow.published.publishing import slug_of
    from ivr.flow.published.version import MovedOn, NothingChanged

    try:
        done = await publish_folder(known, folder, who=who, why=why, run_scenarios=scenarios(), base=base, force=force)
    except NothingChanged as same:
        typer.echo(f"{same}: nothing to do", err=True)
        return
    except MovedOn as moved:
        fail(await _moved_on(known, folder, moved))
    tell(done.findings)
    version = done.version
    if version.forced:
        lost = version.parent
        typer.echo(
            f"published over version {lost}, which this folder never saw; what that had changed may be gone: "
            f"gudok versions {version.supplier} diff {lost} {version.number}",
            err=True,
        )
    typer.echo(f"version {version.number} of {version.supplier} is live: {version.checked}, {version.tried}", err=True)
    ours = "" if version.supplier == chosen.supplier else f"{version.supplier}/"
    served = {queue for operator in chosen.operators for queue in operator.queues}
    for queue in sorted({f"{ours}{name}" for name in done.dialplan.queues} - served):
        typer.echo(
            f"nobody serves in the queue «{queue}»: its callers take the way `no_operators`; name it in `queues` of "
            f"an operator in {chosen.places.toml} and start the line anew",
            err=True,
        )
    if (await compare(known, slug_of(folder), folder)).differs:
        typer.echo(f"{folder} has changed again since: that is not published", err=True)
    if not await asyncio.to_thread((folder / BASE_FILE).exists):
        typer.echo(f"{folder} is read-only: publish the next change with --base {version.number}", err=True)


async def _moved_on(known: "Versions", folder: Path, moved: "MovedOn") -> str:
    """Who published what meanwhile, and what would be overwritten."""
    from ivr.flow.published.contents import read_contents
    from ivr.flow.published.differences import differences

    supplier, live = moved.live.supplier, moved.live
    lines = [str(moved)]
    for version in moved.since:
        lines.append(f"  {version.number}  {version.at:%Y-%m-%d %H:%M} UTC  {version.who}: {version.why}")
    theirs = await known.hashes(supplier, live.digest)
    mine = (await asyncio.to_thread(read_contents, folder)).hashes
    lines.append(f"from what is live to this folder: {differences(theirs, mine)}")
    if moved.base is not None:
        began = await known.hashes(supplier, (await known.version(supplier, moved.base)).digest)
        they, i = differences(began, theirs), differences(began, mine)
        lines.append(f"  changed by them since {moved.base}: {they}")
        lines.append(f"  changed by you since {moved.base}: {i}")
        both = sorted({*they.paths} & {*i.paths})
        lines.append(f"  by both: {', '.join(both)}" if both else "  no file was changed by both")
    lines.append(f"→ see it: gudok versions {folder} diff {live.number}")
    lines.append(f"→ take theirs in, then: gudok publish {folder} --base {live.number} --why …")
    lines.append("→ or overwrite theirs: --force (it is kept and shown)")
    return "\n".join(lines)


async def _put_draft(known: "Versions", folder: Path, who: str, base: int | None, line: str | None) -> None:
    from ivr.flow.published.publishing import put_draft

    if line is None:
        fail("there is no draft line: set `draft_line` in gudok.toml", code=2)
    draft, ready = await put_draft(known, folder, who=who, base=base)
    tell(ready.findings)
    numbers = ", ".join(f"{line}{number}" for number in ready.dialplan.numbers)
    typer.echo(
        f"the draft of {draft.supplier} rings at {line}, by number at {numbers}: from operators' telephones and from "
        "this machine only; nothing it stores is real",
        err=True,
    )


async def _take_off(known: "Versions", folder: Path, who: str) -> None:
    from ivr.flow.published.publishing import slug_of

    gone = await known.drop_draft(slug_of(folder), who=who)
    typer.echo("the draft is off its line" if gone else "there was no draft", err=True)


def tell(findings: "list[Finding]") -> None:
    for finding in findings:
        typer.echo(str(finding), err=True)


def scenarios() -> "RunScenarios":
    """What runs a dialplan's scenarios here."""
    from ivr.call.rehearsal.scenarios import try_scenarios

    return try_scenarios
