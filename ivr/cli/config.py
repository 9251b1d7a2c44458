"""`gudok config asterisk`: what somebody's own Asterisk or FreePBX needs to serve the line."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.options import Data, fail, settings


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Configuration for what runs beside the line.", no_args_is_help=True)
    group.command("asterisk", epilog="Example: gudok config asterisk -o /etc/asterisk/gudok")(asterisk)
    app.add_typer(group, name="config")


def asterisk(
    data: Data = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Folder for the files, else they are printed.",
            file_okay=False,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Snippets for your own Asterisk or FreePBX; docs/asterisk.md says where each one goes.

    They hold the secrets of this installation: keep them readable by Asterisk alone.
    """
    from asterisk.config import SNIPPETS, ConfigRefused, snippets

    chosen = settings(data)
    try:
        texts = snippets(chosen)
    except ConfigRefused as error:
        fail(str(error))
    if output is None:
        for name, text in texts.items():
            typer.echo(f"; ===== {name}: {SNIPPETS[name]}\n{text}")
        return
    try:
        output.mkdir(mode=0o750, parents=True, exist_ok=True)
        for name, text in texts.items():
            _write_private(output / name, text)
    except OSError as error:
        fail(f"cannot write {error.filename}: {error.strerror}")
    for name in texts:
        typer.echo(f"{output / name}: {SNIPPETS[name]}", err=True)


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
