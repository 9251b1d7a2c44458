"""`gudok talk`: a call in the terminal, with the line's own interpreter and dialogues and a private billing."""

import asyncio
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ivr.cli.options import fail

if TYPE_CHECKING:
    from ivr.call.rehearsal.rehearse import Stage
    from ivr.flow.scenarios.scenario_parts import Does, World

HIDDEN = "hidden"


def register(app: typer.Typer) -> None:
    app.command()(talk)


def talk(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The supplier's folder.", show_default=False)],
    caller: Annotated[str, typer.Option("--from", help="Who calls; `hidden` hides the number.")] = "+79130000001",
    number: Annotated[
        str | None, typer.Option("--to", help="The number that is rung; the first of the line, if not given.")
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            "--at", formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"], help="When, by the supplier's clock; now, if not given."
        ),
    ] = None,
    flow: Annotated[str | None, typer.Option("--flow", help="Begin with this flow.", show_default=False)] = None,
    operators: Annotated[
        str, typer.Option("--operators", help="What operators do: answer, busy, none or full.")
    ] = "answer",
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show steps, edges and what was understood.")
    ] = False,
) -> None:
    """A call in the terminal: type what the caller says, #1 for a key, an empty line for silence, ! to hang up.

    Nothing is stored: billing is the demo accounts, in memory. Time is the call's own and passes as it is spoken.

    Example: gudok talk dialplans/energosbyt --from +79130000002 --at 2026-03-24T19:30 -v
    """
    from ivr.call.rehearsal.rehearse import CannotRehearse, set_stage
    from ivr.flow.scenarios.scenario_parts import Staff, World
    from ivr.store import StoreError

    if not (folder / "line.yaml").is_file():
        fail(f"{folder}: not a supplier's folder: there is no line.yaml in it", code=2)
    if operators not in ("answer", "busy", "none", "full"):
        fail(f"--operators {operators}: it is one of answer, busy, none, full", code=2)
    if caller != HIDDEN and not caller.removeprefix("+").isdigit():
        fail(f"--from {caller}: not a telephone number; digits, a + before them if you like", code=2)
    try:
        stage = set_stage(folder)
    except CannotRehearse as cannot:
        for finding in cannot.findings:
            typer.echo(str(finding), err=True)
        fail(f"{folder}: the dialplan has errors; `gudok check {folder}` shows them all")
    if number is not None and number not in stage.dialplan.numbers:
        fail(f"--to {number}: the line has {', '.join(stage.dialplan.numbers)}", code=2)
    if flow is not None and flow not in stage.dialplan.flows:
        fail(f"--flow {flow}: the line has {', '.join(stage.dialplan.flows)}", code=2)
    moment = at if at is not None else datetime.now(stage.services.rules.zone)
    world = World(staff=Staff(cast("Does", operators)), flow=flow)
    try:
        failed = asyncio.run(_talk(stage, None if caller == HIDDEN else caller, number, moment, world, verbose))
    except StoreError as error:
        fail(f"the demo accounts cannot be read: {error}")
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    raise typer.Exit(1 if failed else 0)


async def _talk(
    stage: "Stage", phone: str | None, number: str | None, at: datetime, world: "World", verbose: bool
) -> bool:
    from rich.console import Console
    from rich.text import Text

    from ivr.call.announcements import FlowEmergencies
    from ivr.call.rehearsal.rehearse import rehearse
    from ivr.call.rehearsal.terminal import TerminalCaller, shown
    from ivr.flow.alarms.emergencies_file import read_emergencies

    zone = stage.services.rules.zone
    on_file, _ = read_emergencies(stage.folder, now=stage.moment(at), zone=zone)

    console = Console(highlight=False, soft_wrap=True)
    styles = {"line": "bold", "understood": "cyan", "edge": "dim", "done": "green", "time": "dim"}
    marks = {"line": "☎ ", "understood": "  ≈ ", "edge": "  ", "done": "  ✓ "}

    def show(kind: str, text: str) -> None:
        console.print(Text(marks.get(kind, "") + text, style=styles.get(kind, "")))

    def typed() -> str | None:
        try:
            if not sys.stdin.isatty():
                line = sys.stdin.readline()
                if not line:
                    return None
                console.print(Text(f"> {line.rstrip()}"))
                return line
            with suppress(UnicodeDecodeError):
                return input("> ")
            return ""
        except EOFError:
            return None

    console.print(Text(f"{stage.dialplan.title}: {at:%d.%m.%Y %H:%M}, звонит {phone or 'скрытый номер'}", style="dim"))
    played = await rehearse(
        stage,
        TerminalCaller(show, typed),
        number=number,
        phone=phone,
        at=at,
        world=world,
        emergencies=FlowEmergencies(lambda: on_file, zone),
        told=shown(show, verbose=verbose),
    )
    if played.fault is not None:
        console.print(Text(f"Линия не смогла идти дальше: {played.fault}", style="red"))
        for note in getattr(played.fault, "__notes__", ()):
            console.print(Text(str(note), style="red"))
    return played.fault is not None
