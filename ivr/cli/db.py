"""`gudok db`: the database brought up to date, backed up while the line runs, put back, and its calls counted again."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.period import Moment, ZoneName, moment, zone_named

db = typer.Typer(no_args_is_help=True, help="The database: up to date, backed up, put back, counted again.")


def register(app: typer.Typer) -> None:
    app.add_typer(db, name="db")


@db.command()
def upgrade(data: Data = None) -> None:
    """Bring the database to the revision of this gudok; make it if there is none. `gudok up` does it by itself.

    Example: gudok db upgrade
    """
    from ivr.store.engine import open_store
    from ivr.store.upgrade import upgrade_store

    chosen = settings(data)

    async def run() -> tuple[str | None, str]:
        async with await open_store(chosen, upgrade=False) as store:
            return await upgrade_store(store)

    with _errors():
        was, now = asyncio.run(run())
    typer.echo(f"revision {now}" + (" already" if was == now else f", was {was or 'empty'}"), err=True)


@db.command()
def backup(
    file: Annotated[
        Path | None,
        typer.Argument(help="The archive to write; gudok-<time>.tar.gz here if not given.", show_default=False),
    ] = None,
    data: Data = None,
) -> None:
    """Write one archive with the database, gudok.toml, the secrets and the list of recordings; the line may run.

    It holds the secrets and what callers said: it is written for its owner only. Prints the archive's name.

    Example: gudok db backup /var/backups/gudok.tar.gz
    """
    from ivr.clock import SystemClock
    from ivr.store.backup import back_up
    from ivr.store.engine import open_store

    chosen = settings(data)
    path = (file or Path(time.strftime("gudok-%Y%m%dT%H%M%S.tar.gz"))).absolute()

    async def run(progress: Callable[[str, int], None]) -> int:
        async with await open_store(chosen, upgrade=False, create=False) as store:
            manifest = await back_up(store, chosen.places, path, SystemClock(), progress)
            return sum(table.rows for table in manifest.tables)

    with _errors(), _progress("backing up") as progress:
        count = asyncio.run(run(progress))
    typer.echo(f"{count} rows, {path.stat().st_size} bytes", err=True)
    typer.echo(str(path))


@db.command()
def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `gudok db backup` wrote.", dir_okay=False)],
    data: Data = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there; it is kept aside.")] = False,
    database: Annotated[
        str | None,
        typer.Option(help="Put the rows into this database (SQLite's may go into PostgreSQL).", show_default=False),
    ] = None,
) -> None:
    """Put a backup back into a data folder. It is checked whole before anything is touched; the line must not run.

    The database is the one of --database, else of the settings, else of the archive's own gudok.toml.

    Example: gudok db restore gudok-20260304T090000.tar.gz --data /var/lib/gudok
    """
    from ivr.clock import SystemClock
    from ivr.store.restore import Restored, database_in
    from ivr.store.restore import restore as put_back

    chosen = settings(data, database=database)
    with _errors(), _progress("restoring") as progress:
        archived = database_in(file)
        if chosen.database is None and archived is not None:
            chosen = settings(data, database=archived)

        async def run() -> Restored:
            return await put_back(chosen, file, SystemClock(), force=force, progress=progress)

        done = asyncio.run(run())
    told = done.manifest
    typer.echo(f"{sum(table.rows for table in told.tables)} rows of {told.made_at} into {done.database}", err=True)
    if done.before is not None:
        typer.echo(f"what was replaced: {done.before}", err=True)
    if archived != chosen.database:
        typer.echo(
            "gudok: the rows went into another database than the restored gudok.toml names: "
            "set `database` in it before starting the line",
            err=True,
        )


@db.command()
def recount(
    since: Annotated[Moment, typer.Option("--from", help="First day or instant.")],
    until: Annotated[Moment, typer.Option("--to", help="Day or instant that is no longer taken.")],
    data: Data = None,
    zone: ZoneName = "Europe/Moscow",
    supplier: Annotated[
        str | None, typer.Option(help="Whose calls; the line's supplier if not given.", show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing: say what does not agree.")] = False,
) -> None:
    """Count calls again out of their events: contacts, segments and the sums that reports read.

    A call whose events are gone stays as it was counted. With --check nothing is counted: what is kept is compared with
    segments and events, a line each difference; exit 1 if there is one.

    Example: gudok db recount --from 2026-11-01 --to 2026-12-01 --check
    """
    from ivr.journal.agreement import disagreements
    from ivr.journal.counting import count_all, put_down
    from ivr.store.engine import open_store

    chosen, place = settings(data), zone_named(zone)
    begin, end = moment(since, place), moment(until, place)
    assert begin is not None
    assert end is not None
    whose = supplier or chosen.supplier

    async def compare() -> int:
        found = 0
        async with await open_store(chosen, create=False) as store:
            async for one in disagreements(store, whose, begin, end):
                typer.echo(f"{one.what}: {one.words}")
                found += 1
        return found

    async def run(progress: Callable[[str, int], None]) -> tuple[int, int]:
        async with await open_store(chosen, create=False) as store:
            calls = await put_down(store, whose, begin, end)
            return calls, await count_all(store, lambda done: progress("calls", done))

    with _errors():
        if check:
            if found := asyncio.run(compare()):
                fail(f"{found} differences: `gudok db recount` without --check counts these calls again")
            typer.echo("everything agrees", err=True)
            return
        with _progress("counting") as progress:
            calls, _ = asyncio.run(run(progress))
    typer.echo(f"{calls} calls counted again", err=True)


@contextmanager
def _errors() -> Iterator[None]:
    from sqlalchemy.exc import DBAPIError

    from ivr.store import StoreError
    from ivr.store.engine import reason

    try:
        yield
    except StoreError as error:
        fail(str(error))
    except DBAPIError as error:
        fail(f"the database: {reason(error)}")


@contextmanager
def _progress(doing: str) -> Iterator[Callable[[str, int], None]]:
    """On a terminal, what is being done and how far it is."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda table, count: None
        return
    with console.status(doing) as status:
        yield lambda table, count: status.update(f"{doing}: {table}, {count} rows")
