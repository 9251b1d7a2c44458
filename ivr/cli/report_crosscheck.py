"""`gudok report crosscheck`: our account of waits and talks against Asterisk's own figures."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.options import Data, fail
from ivr.cli.period import ZoneName
from ivr.cli.report_sheets import Asked, make
from ivr.cli.report_store import As, Format, Out, Since, Until, Whose
from ivr.journal.reports.sheet import Sheet


def register(report: typer.Typer) -> None:
    report.command()(crosscheck)


def crosscheck(
    data: Data = None, since: Since = None, until: Until = None, zone: ZoneName = "Europe/Moscow",
    format: Format = As.table, out: Out = None, supplier: Whose = None,
    file: Annotated[
        Path | None,
        typer.Option("--queue-log", help="Asterisk's queue_log; the line's own if not given.", show_default=False),
    ] = None,
) -> None:  # fmt: skip
    """Waits and talks that differ from Asterisk's own queue log by more than a second; exit 1 if there are any.

    The line's own log goes back two days. Without --from it is looked through from its first line on.

    Example: gudok report crosscheck --from 2026-11-24 --to 2026-11-25
    """
    from asterisk import queue_log
    from ivr.journal import crosscheck as ours
    from ivr.service.reconciling import compare, queue_log_of

    found = 0

    async def made(asked: Asked) -> Sheet:
        nonlocal found
        where = file or queue_log_of(asked.settings.places)
        lines = queue_log.read(where)
        if not lines:
            fail(f"{where}: there is no queue log of Asterisk, or nothing in it")
        begin: datetime = asked.since
        if since is None:
            begin = min((one.entered for one in queue_log.stays(lines)), default=begin)
        compared = await compare(asked.store, asked.supplier, lines, begin, asked.until)
        found = len(compared.found)
        return ours.sheet(compared.found, compared.stays, asked.zone)

    make(made, data, since, until, zone, format, out, supplier)
    if found:
        raise typer.Exit(1)
