"""`gudok draw DIR -o FILE.svg`: a picture of a supplier's flows, coloured by what its scenarios walk."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command("draw")(draw)


def draw(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A supplier's folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The SVG to write.")],
) -> None:
    """Draw the flows of a supplier as SVG.

    Example: gudok draw dialplans/energosbyt -o energosbyt.svg
    """
    from ivr.flow.drawing import draw as drawn
    from ivr.flow.load import BadDialplan, load

    try:
        dialplan = load(folder)
    except BadDialplan as bad:
        typer.echo("\n".join(str(finding) for finding in bad.findings), err=True)
        raise typer.Exit(1) from None
    out.write_text(drawn(dialplan), encoding="utf-8")
    typer.echo(f"{out}: {len(dialplan.flows)} flows, {sum(1 for _ in dialplan.steps())} steps", err=True)
