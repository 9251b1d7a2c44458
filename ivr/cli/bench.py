"""`gudok bench`: what we cost, measured beside something everybody knows."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli.options import fail, settings

if TYPE_CHECKING:
    from ivr.bench.report import Report

BENCHES = ("menu", "flow", "journal")


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
    report = {"menu": _menu, "flow": _flow, "journal": _journal}[name](quick)
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
    from asterisk.private import PrivateError
    from ivr.bench import menu
    from ivr.bench.rig import RigFailed
    from ivr.bench.sipp import LoadFailed
    from ivr.debian import DebianError
    from ivr.up.progress import tell

    chosen = settings()
    try:
        return asyncio.run(menu.measure(chosen.cache, chosen.asterisk_suite, quick=quick, tell=tell))
    except (PrivateError, RigFailed, LoadFailed, DebianError) as error:
        fail(str(error))
