"""`gudok accounts`: accounts, debts, windows, outages and requests out of files into the line's own tables."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.options import Data, fail, settings

accounts = typer.Typer(no_args_is_help=True, help="Accounts and meters in the line's own tables.")


def register(app: typer.Typer) -> None:
    app.add_typer(accounts, name="accounts")


@accounts.callback()
def _group() -> None:
    """Accounts and meters in the line's own tables."""


@accounts.command("import")
def load(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV or XLSX; what a file holds is told by its columns: docs/storage.md.", dir_okay=False, exists=True
        ),
    ],
    data: Data = None,
    supplier: Annotated[
        str | None, typer.Option(help="Whose accounts; the line's supplier if not given.", show_default=False)
    ] = None,
    encoding: Annotated[str, typer.Option(help="Of CSV: `auto`, `utf-8` or `cp1251`.")] = "auto",
    relative_dates: Annotated[
        bool, typer.Option("--relative-dates", help="Let dates also say «30 days ago» (for demo data).")
    ] = False,
) -> None:
    """Load accounts, debts, windows, outages, territories or requests. Each line that cannot be taken is reported.

    Loading a file again changes nothing; accounts that the files do not name stay as they are. Windows, outages and
    territories are replaced as a whole. Readings, drafts and requests of callers are never touched.

    Example: gudok accounts import accounts.csv debts.xlsx --encoding cp1251
    """  # fmt: skip
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    from ivr.billing.files.columns import BadHeader
    from ivr.billing.files.load import Loaded
    from ivr.billing.files.load import load as load_sheet
    from ivr.billing.files.sheets import Sheet, sheets
    from ivr.store import StoreError, open_store

    chosen = settings(data)
    if encoding != "auto":
        _known(encoding)
    whose = supplier or chosen.supplier

    def reject(where: str, why: str) -> None:
        typer.echo(f"{where}: {why}", err=True)

    async def run(found: list[Sheet]) -> list[tuple[str, Loaded]]:
        done = []
        console = Console(stderr=True)
        columns = TextColumn("{task.description}"), TextColumn("{task.completed} lines")
        async with await open_store(chosen) as store:
            with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
                for sheet in found:
                    task = progress.add_task(sheet.name, total=None)
                    loaded = await load_sheet(
                        store, whose, sheet, now=datetime.now(UTC), reject=reject, relative=relative_dates,
                        progress=lambda lines, task=task: progress.update(task, completed=lines),  # type: ignore[misc]
                    )  # fmt: skip
                    done.append((sheet.name, loaded))
        return done

    found = []
    for file in files:
        try:
            found += sheets(file, encoding)
        except BadHeader as error:
            fail(f"{file}:1: {error}")
        except OSError as error:
            fail(f"{file}: {error.strerror or error}")
    # Accounts before what belongs to them, in whatever order the files were named.
    found.sort(key=lambda sheet: sheet.layout.what != "accounts")
    try:
        done = asyncio.run(run(found))
    except StoreError as error:
        fail(str(error))
    for name, loaded in done:
        typer.echo(f"{name}: {loaded.what}: {loaded.taken} lines taken, {loaded.rejected} rejected", err=True)
    if any(loaded.rejected for _, loaded in done):
        raise typer.Exit(1)


def _known(encoding: str) -> None:
    try:
        "".encode(encoding)
    except LookupError:
        fail(f"--encoding: {encoding!r} is not known; try utf-8 or cp1251", code=2)
