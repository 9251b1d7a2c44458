"""`gudok bench`: what we cost, measured beside something everybody knows."""

import asyncio
import sys
from typing import Annotated

import typer

from ivr.cli.options import fail, settings

BENCHES = ("menu",)


def register(app: typer.Typer) -> None:
    app.command(name="bench")(bench)


def bench(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(BENCHES)}.")],
    quick: Annotated[bool, typer.Option("--quick", help="A short look that ends within 45 s.")] = False,
) -> None:
    """Measure what a call costs beside Asterisk's own dialplan; one JSON object. Exit 1: a budget does not hold.

    Example: gudok bench menu --quick
    """
    if name not in BENCHES:
        fail(f"there is no benchmark {name!r}; there are: {', '.join(BENCHES)}", code=2)
    chosen = settings()
    from asterisk.private import PrivateError
    from ivr.bench import menu
    from ivr.bench.rig import RigFailed
    from ivr.bench.sipp import LoadFailed
    from ivr.debian import DebianError
    from ivr.up.progress import tell

    try:
        report = asyncio.run(menu.measure(chosen.cache, chosen.asterisk_suite, quick=quick, tell=tell))
    except (PrivateError, RigFailed, LoadFailed, DebianError) as error:
        fail(str(error))
    sys.stdout.write(report.json() + "\n")
    if not report.holds:
        raise typer.Exit(1)
