"""Options that many commands share."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ivr.settings import Settings, SettingsError, load

Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder with all state of the line.", file_okay=False, show_default=False),
]


def settings(data: Path | None = None, **flags: object) -> Settings:
    """The settings, or a clear word about what is wrong with them and exit code 2."""
    try:
        return load(data=data, **flags)
    except SettingsError as error:
        fail(str(error), code=2)


def fail(message: str, *, code: int = 1) -> NoReturn:
    """Say on stderr what is wrong and leave: 1 is a finding, 2 wrong usage."""
    typer.echo(f"gudok: {message}", err=True)
    raise typer.Exit(code)
