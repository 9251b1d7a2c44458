"""`gudok draw DIR -o FILE.svg`: a picture of a supplier's flows, coloured by what its scenarios walk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command("draw")(draw)


def draw(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A supplier's folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The SVG to write.")],
    coverage: Annotated[bool, typer.Option(help="Run the scenarios and colour what they walk.")] = True,
) -> None:
    """Draw the flows of a supplier as SVG, coloured by what its scenarios walk.

    Example: gudok draw dialplans/energosbyt -o energosbyt.svg
    """
    from ivr.cli.options import fail
    from ivr.flow.drawing import draw as drawn
    from ivr.flow.load import BadDialplan, load

    try:
        dialplan = load(folder)
    except BadDialplan as bad:
        typer.echo("\n".join(str(finding) for finding in bad.findings), err=True)
        raise typer.Exit(1) from None
    taken = _walked(folder) if coverage and any((folder / "tests").glob("*.yaml")) else None
    try:
        out.write_text(drawn(dialplan, taken), encoding="utf-8")
    except OSError as error:
        fail(f"{out}: {error.strerror}", code=2)
    typer.echo(f"{out}: {len(dialplan.flows)} flows, {sum(1 for _ in dialplan.steps())} steps", err=True)


def _walked(folder: Path) -> Mapping[tuple[str, str, str], int]:
    """How often the scenarios take each edge."""
    import asyncio
    import logging

    import structlog

    from ivr.call.rehearsal.scenarios import run_all

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    report = asyncio.run(run_all(folder))
    if not report.ok:
        typer.echo(f"{report.failed} scenarios fail; `gudok test {folder}` says why", err=True)
    return report.coverage.walked
