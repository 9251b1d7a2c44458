"""`gudok new`: a small line to begin with, in a supplier's folder of its own."""

import re
from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.options import fail

_NUMBER = re.compile(r"\+?[0-9]{2,15}")


def register(app: typer.Typer) -> None:
    app.command()(new)


def new(
    supplier: Annotated[str, typer.Argument(help="The supplier's name: a-z, 0-9 and dashes.", show_default=False)],
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]", help="The supplier's folder; without it: ./dialplans/SUPPLIER.", show_default=False
        ),
    ] = None,
    title: Annotated[str, typer.Option("--title", help="How the line is called; without it: SUPPLIER.")] = "",
    number: Annotated[str, typer.Option("--number", help="The number the line answers.")] = "88000000000",
) -> None:
    """Write a small line with comments, that checks clean and has scenarios: a greeting, a menu, readings, operators.

    The folder is named as the supplier is; where DIR is another folder, the supplier's is made in it.

    Example: gudok new altay --title Алтайэнергосбыт --number 88003505566
    """
    from ivr.flow.starter import files
    from ivr.flow.supplier.suppliers import SLUG

    if not SLUG.fullmatch(supplier):
        fail(f"«{supplier}» cannot be a supplier's name: a-z, 0-9 and dashes, at most 32 letters", code=2)
    if not _NUMBER.fullmatch(number):
        fail(f"--number {number}: not a telephone number", code=2)
    name = " ".join(title.split()) or supplier
    if not name.isprintable():
        fail("--title has characters that cannot be printed", code=2)
    place = folder if folder is not None else Path("dialplans")
    if place.name != supplier:
        place = place / supplier
    try:
        _write(place, dict(files(name, number)))
    except OSError as error:
        fail(f"{error.filename or place}: {error.strerror}")
    typer.echo(str(place))
    typer.echo(f"Next: gudok check {place}; gudok test {place}; gudok talk {place}", err=True)


def _write(folder: Path, contents: dict[str, str]) -> None:
    if folder.exists() and any(folder.iterdir()):
        fail(f"{folder} is not empty: nothing was written; name another folder")
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
