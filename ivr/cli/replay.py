"""`gudok replay`: what would have come of calls that are over, had this draft been on the line."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from ivr.cli.options import Data, fail, settings

if TYPE_CHECKING:
    from ivr.call.replay import Comparison, Line
    from ivr.journal.events import Event

WIDTH = 56
MOST = 1000
VERDICTS = {
    "same": "то же самое",
    "differs": "иначе",
    "not_known": "неизвестно",
    "failed": "линия не смогла",
}


def register(app: typer.Typer) -> None:
    app.command(name="replay", epilog="Example: gudok replay --last 50 --draft dialplans/energosbyt")(replay)


def replay(
    draft: Annotated[Path, typer.Option("--draft", help="The folder to play the calls on.", show_default=False)],
    call: Annotated[str | None, typer.Argument(metavar="[CALL]", help="One call, by its id in the register.")] = None,
    last: Annotated[int, typer.Option("--last", help="So many of the latest finished calls.", min=1, max=MOST)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a call.")] = False,
    whole: Annotated[bool, typer.Option("--all", help="Show lines that are equal as well.")] = False,
    data: Data = None,
) -> None:
    """Play finished calls again on a draft, in text, and show what differs: what is said, the steps, the exit.

    The caller answers as they did, at the moment they rang. Where the draft asks what the call cannot answer, the
    replay of that call ends and says so. Exit code 1 when some call comes out otherwise, or the draft fails.
    """
    from ivr.store import StoreError

    try:
        wanted = UUID(call) if call is not None else None
    except ValueError:
        fail(f"«{call}» is no call's id: `gudok report calls` shows them", code=2)
    try:
        counts = asyncio.run(_replay(draft, wanted, last, as_json, whole, data))
    except StoreError as error:
        fail(str(error))
    told = ", ".join(f"{VERDICTS[verdict]}: {count}" for verdict, count in counts.items() if count)
    typer.echo(told or "нет законченных звонков", err=True)
    if counts["differs"] or counts["failed"]:
        raise typer.Exit(1)


async def _replay(
    draft: Path, wanted: UUID | None, last: int, as_json: bool, whole: bool, data: Path | None
) -> dict[str, int]:
    from ivr.call.rehearsal.rehearse import CannotRehearse, set_stage
    from ivr.call.replaying import CannotReplay
    from ivr.call.replaying import replay as play_again
    from ivr.flow.published.contents import UnfitFolder
    from ivr.flow.published.publishing import slug_of
    from ivr.journal.told import last_finished
    from ivr.journal.told import told as told_of
    from ivr.store import open_store

    try:
        supplier = slug_of(draft)
        stage = await asyncio.to_thread(set_stage, draft)
    except (UnfitFolder, CannotRehearse) as error:
        fail(str(error))
    counts = dict.fromkeys(VERDICTS, 0)
    async with await open_store(settings(data), create=False) as store:
        calls = [wanted] if wanted is not None else await last_finished(store, supplier, last)
        for call in calls:
            told = await told_of(store, supplier, call)
            if not told:
                fail(f"there is no call {call} of {supplier} in the journal")
            try:
                found = await play_again(stage, store, told)
            except CannotReplay as error:
                typer.echo(f"{call}: {error}", err=True)
                counts["not_known"] += 1
                continue
            counts[found.verdict] += 1
            if as_json:
                sys.stdout.write(json.dumps(_as_json(told, found), ensure_ascii=False) + "\n")
            else:
                _show(told, found, whole)
    return counts


def _show(told: "Sequence[Event]", found: "Comparison", whole: bool) -> None:
    from ivr.call.replay import differing

    arrived = told[0]
    version = arrived.data.get("version")
    on = f", версия {version}" if version else ""
    before, after = found.exits
    exits = f", исход {before}" if before == after else f", исход {before or '—'} → {after or '—'}"
    sys.stdout.write(f"{arrived.call}  {arrived.at:%Y-%m-%d %H:%M} UTC{on}: {VERDICTS[found.verdict]}{exits}\n")
    for row in found.rows if whole else differing(found.rows):
        if row is None:
            sys.stdout.write(f"  {'⋮':<{WIDTH}}   ⋮\n")
            continue
        for left, right in _side_by_side(row.before, row.after):
            sys.stdout.write(f"  {left:<{WIDTH}} {' ' if row.same else '│'} {right}".rstrip() + "\n")
    for answered in found.skipped:
        sys.stdout.write(f"  не пригодился ответ на шаге «{answered.step}»\n")
    if found.not_known is not None:
        sys.stdout.write(f"  дальше неизвестно: {found.not_known}\n")
    if found.fault:
        sys.stdout.write(f"  сбой: {found.fault}\n")


def _side_by_side(before: "Line | None", after: "Line | None") -> list[tuple[str, str]]:
    import textwrap
    from itertools import zip_longest

    left, right = (textwrap.wrap(str(line), WIDTH) if line is not None else [] for line in (before, after))
    return list(zip_longest(left, right, fillvalue=""))


def _as_json(told: "Sequence[Event]", found: "Comparison") -> dict[str, Any]:
    before, after = found.exits

    def line(of: "Line | None") -> dict[str, str] | None:
        return {of.what: of.text} if of is not None else None

    return {
        "call": str(told[0].call),
        "at": told[0].at.isoformat(),
        "version": told[0].data.get("version"),
        "verdict": found.verdict,
        "said": found.said,
        "steps": found.steps,
        "exit": {"before": before, "after": after},
        "not_known": found.not_known.step if found.not_known else None,
        "fault": found.fault or None,
        "differences": [{"before": line(row.before), "after": line(row.after)} for row in found.rows if not row.same],
    }
