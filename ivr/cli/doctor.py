"""`gudok doctor`: what this machine lacks, and the exact command that mends it."""

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from ivr.cli.options import Data, fail, settings


def register(app: typer.Typer) -> None:
    app.command(name="doctor")(doctor)


def doctor(
    data: Data = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch Asterisk and the voice now, if they are missing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Check this machine: Asterisk, ports, speech model, voice, database, disk, clock. Exit 1: the line could not run.

    Example: gudok doctor --data ./line
    """
    chosen = settings(data)
    from asterisk import private
    from ivr.doctor import Health, examine

    if fetch:
        from ivr.up.progress import showing

        try:
            with showing() as progress:
                private.locate(chosen, progress)
        except private.PrivateError as error:
            fail(str(error))
    checks = asyncio.run(examine(chosen))
    if as_json:
        sys.stdout.write(json.dumps([asdict(check) for check in checks], ensure_ascii=False) + "\n")
    else:
        marks = {Health.OK: "ok  ", Health.WARN: "warn", Health.BAD: "BAD "}
        for check in checks:
            sys.stdout.write(f"{marks[check.health]}  {check.name:<13} {check.text}\n")
            if check.mend:
                sys.stdout.write(f"      {'':<13} → {check.mend}\n")
    if any(check.health is Health.BAD for check in checks):
        raise typer.Exit(1)
