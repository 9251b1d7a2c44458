"""`gudok rollback`: an earlier version of a dialplan back on the line, in one command."""

from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.publish import Who, tell
from ivr.cli.published import in_store, supplier_of, whoever

if TYPE_CHECKING:
    from ivr.flow.published.versions import Versions


def register(app: typer.Typer) -> None:
    app.command(name="rollback", epilog="Example: gudok rollback energosbyt 3 --why 'в меню пропал оператор'")(rollback)


def rollback(
    target: Annotated[str, typer.Argument(metavar="DIR|SUPPLIER", help="A supplier's folder, or its name.")],
    number: Annotated[
        int | None, typer.Argument(metavar="[N]", help="Which version; what was live before if not given.", min=1)
    ] = None,
    why: Annotated[str, typer.Option(help="Why: kept for ever.")] = "",
    who: Who = None,
    data: Data = None,
) -> None:
    """Bring an earlier version back: new calls hear it within two seconds. Nothing is deleted.

    It becomes a new version with the old contents, so that the history tells what happened. Folders are left alone.
    """
    from ivr.flow.published.publishing import Refused, roll_back
    from ivr.flow.published.version import NothingChanged

    if not why.strip():
        fail("say why: gudok rollback SUPPLIER --why 'в меню пропал оператор'", code=2)
    supplier, _ = supplier_of(target, settings(data).dialplans)

    async def run(known: "Versions") -> None:
        try:
            version = await roll_back(known, supplier, number, who=who or whoever(), why=why)
        except NothingChanged as same:
            typer.echo(f"{same}: nothing to do", err=True)
            return
        typer.echo(f"version {version.number} of {supplier} is live: it is version {version.restores} again", err=True)

    try:
        in_store(data, run)
    except Refused as error:
        tell(error.findings)
        fail(f"version {number or 'before'} of {supplier} does not check with this gudok: publish it mended instead")
