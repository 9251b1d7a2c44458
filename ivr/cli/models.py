"""`gudok models`: the speech models that are here, those that can be fetched, and which of them the line hears with."""

import asyncio
import json
import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ivr.cli.models_exam import examine_models
from ivr.cli.options import Data, fail, settings

if TYPE_CHECKING:
    from asr.model_folder import ModelFolder
    from ivr.settings import Settings

models = typer.Typer(no_args_is_help=True, help="Speech models: list, fetch, use, test on your own recordings.")
models.command(name="test")(examine_models)


class As(StrEnum):
    table = "table"
    json = "json"


def register(app: typer.Typer) -> None:
    app.add_typer(models, name="models")


@models.command(name="list")
def list_(
    data: Data = None,
    form: Annotated[As, typer.Option("--format", help="A table for people, or JSON.")] = As.table,
) -> None:
    """Show the models of this machine and those that can be fetched; `*` marks the one the line hears with.

    Example: gudok models list
    """
    rows = _rows(settings(data))
    if form is As.json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("", "model", "size", "state", "what it is"):
        table.add_column(column, overflow="fold")
    for row in rows:
        size = f"{row['megabytes']} MB" if row["megabytes"] else ""
        table.add_row("*" if row["used"] else "", str(row["name"]), size, str(row["state"]), str(row["about"]))
    Console().print(table)


def _rows(chosen: "Settings") -> list[dict[str, Any]]:
    from asr.model_catalogue import known_models
    from asr.model_folder import ModelBroken, inspect
    from asr.models import bundled, choose, entries, known_folders
    from asr.sherpa_models import installed

    used = None
    try:
        used = choose(chosen.model, cache=chosen.cache).path.resolve()
    except ModelBroken as fault:
        typer.echo(f"gudok: {fault}", err=True)
    by_folder = {known.called: known for known in known_models().values()}
    rows: list[dict[str, Any]] = []
    seen = set()
    for path in [bundled(), *entries(known_folders(cache=chosen.cache)), *([used] if used else [])]:
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        known = by_folder.get(path.name)
        row: dict[str, Any] = {
            "name": known.name if known else path.name,
            "used": path.resolve() == used,
            "state": "here",
            "about": known.about if known else "",
            "path": str(path),
            "megabytes": None,
            "licence": known.licence if known else None,
            "url": known.url if known else None,
        }
        try:
            found = inspect(path, origin="bundled" if path == bundled() else "found")
        except ModelBroken as fault:
            row |= {"state": "broken", "about": str(fault)}
        else:
            row["about"] = row["about"] or _about(found)
            if found.kind != "vosk" and not installed():
                row["state"] = "needs sherpa-onnx"
        rows.append(row)
    here = {row["name"] for row in rows}
    rows += [
        {
            "name": known.name,
            "used": False,
            "state": "can be fetched",
            "about": f"{known.about} ({known.maker}, {known.licence})",
            "path": None,
            "megabytes": known.megabytes,
            "licence": known.licence,
            "url": known.url,
        }
        for known in known_models().values()
        if known.name not in here
    ]
    return rows


def _about(found: "ModelFolder") -> str:
    if found.origin == "bundled":
        return (
            "bundled: numbers and the line's own commands, trained on synthetic voices; for demos, and the last resort"
        )
    grammar = "takes grammars" if found.grammar else "takes no grammars"
    return f"{found.engine}, {found.rate} Hz, {grammar}"


@models.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A model of `gudok models list`; any name with --from.")],
    source: Annotated[
        str | None,
        typer.Option("--from", help="An archive: a file brought by hand, or its address.", show_default=False),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Although it is here already.")] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Although its archive changed since the last fetch.")
    ] = False,
    data: Data = None,
) -> None:
    """Fetch a model: a broken connection is gone on with, what comes is tried before it gets its name.

    Example: gudok models fetch vosk-model-small-ru-0.22
    """
    from asr.model_store import ModelStore, NotFetched
    from asr.models import fetched_folder
    from asr.sherpa_models import INSTALL, installed
    from ivr.up.progress import showing

    store = ModelStore(fetched_folder(settings(data).cache))
    stages = {"fetch": f"fetching {name}", "unpack": "unpacking it", "try": "loading it once"}
    try:
        with showing() as progress:

            def shown(stage: str, done: int, total: int) -> None:
                progress(stages[stage], done, total)

            done = asyncio.run(store.fetch(name, source or "", progress=shown, anew=again, accept=accept))
    except NotFetched as fault:
        fail(str(fault))
    except KeyboardInterrupt:
        fail("stopped; the same command goes on from here")
    typer.echo(done.model.path)
    if done.sha256:
        how = "as it was before" if done.checked else "not known before: kept for the next time"
        typer.echo(f"SHA-256 of its archive {done.sha256} ({how})", err=True)
    if done.model.kind != "vosk" and not installed():
        typer.echo(f"it is run by sherpa-onnx, which is not here; {INSTALL}", err=True)
    typer.echo(f"to hear with it: gudok models use {name}", err=True)


@models.command()
def use(
    name: Annotated[str, typer.Argument(help="A model that is here: its name or folder; `auto`: the best there is.")],
    data: Data = None,
) -> None:
    """Choose the model that the line hears with: it is written into gudok.toml and holds from the next start.

    Example: gudok models use vosk-model-small-ru-0.22
    """
    from pathlib import Path

    from asr.model_folder import ModelBroken
    from asr.models import by_name, known_folders
    from asr.sherpa_models import INSTALL, installed
    from ivr.settings import SettingsError
    from ivr.settings_file import write
    from ivr.up.pulse import ping

    chosen = settings(data)
    value = None
    if name != "auto":
        try:
            model = by_name(name, known_folders(cache=chosen.cache))
        except ModelBroken as fault:
            fail(str(fault))
        if model.kind != "vosk" and not installed():
            fail(f"{name} is run by sherpa-onnx, which is not here; {INSTALL}")
        # A folder is written whole: the line may be started elsewhere.
        value = str(Path(name).absolute()) if Path(name).is_dir() else name
        typer.echo(model.describe(), err=True)
    try:
        changed = write(chosen.places.toml, "model", value)
    except SettingsError as error:
        fail(str(error))
    typer.echo(f"{chosen.places.toml}: {'written' if changed else 'so it was'}", err=True)
    if os.environ.get("GUDOK_MODEL"):
        typer.echo("GUDOK_MODEL is set and beats it", err=True)
    if changed and asyncio.run(ping(chosen.ports.web)):
        typer.echo("a line runs here and hears with the old one: start it anew when it is quiet", err=True)
