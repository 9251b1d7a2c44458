"""`gudok bench`: what we cost, measured beside something everybody knows."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from ivr.cli.options import fail, settings

if TYPE_CHECKING:
    from ivr.bench.report import Report

    class MeasureLine(Protocol):
        async def __call__(self, cache: Path, suite: str, *, quick: bool, tell: Callable[[str], None]) -> Report: ...


BENCHES = ("menu", "flow", "speech", "journal")


def register(app: typer.Typer) -> None:
    app.command(name="bench")(bench)


def bench(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(BENCHES)}.")],
    quick: Annotated[bool, typer.Option("--quick", help="A short look that ends within 45 s.")] = False,
) -> None:
    """Measure what calls and flows cost, beside something everybody knows; one JSON object. Exit 1: over budget.

    Example: gudok bench menu --quick
    """
    if name not in BENCHES:
        fail(f"there is no benchmark {name!r}; there are: {', '.join(BENCHES)}", code=2)
    report = {"menu": _menu, "flow": _flow, "speech": _speech, "journal": _journal}[name](quick)
    sys.stdout.write(report.json() + "\n")
    if not report.holds:
        raise typer.Exit(1)


def _flow(quick: bool) -> "Report":
    from ivr.bench import flow
    from ivr.up.progress import tell

    return asyncio.run(flow.measure(quick=quick, tell=tell))


def _journal(quick: bool) -> "Report":
    from ivr.bench import journal
    from ivr.bench.postgres import NoPostgres
    from ivr.up.progress import tell

    try:
        return asyncio.run(journal.measure(quick=quick, tell=tell))
    except NoPostgres as error:
        fail(str(error))


def _menu(quick: bool) -> "Report":
    from ivr.bench import menu

    return _on_a_line(menu.measure, quick)


def _speech(quick: bool) -> "Report":
    from asr.model_folder import ModelBroken
    from asterisk.robot.errors import RobotError
    from ivr.bench import speech

    try:
        return _on_a_line(speech.measure, quick)
    except (ModelBroken, RobotError) as error:
        fail(str(error))


def _on_a_line(measure: "MeasureLine", quick: bool) -> "Report":
    from asterisk.private import PrivateError
    from ivr.bench.rig import RigFailed
    from ivr.bench.sipp import LoadFailed
    from ivr.debian import DebianError
    from ivr.prompts import NoVoice
    from ivr.up.progress import tell

    chosen = settings()
    try:
        return asyncio.run(measure(chosen.cache, chosen.asterisk_suite, quick=quick, tell=tell))
    except (PrivateError, RigFailed, LoadFailed, DebianError, NoVoice) as error:
        fail(str(error))
