"""`gudok callbacks`: what people were promised to be rung back, and taking a promise back."""

import asyncio
import json
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from ivr.cli.options import Data, fail, settings

callbacks = typer.Typer(no_args_is_help=True, help="Callbacks that were ordered: list them, cancel one.")

Supplier = Annotated[str | None, typer.Option("--supplier", help="Whose; the settings' one if not given.")]


def register(app: typer.Typer) -> None:
    app.add_typer(callbacks, name="callbacks")


@callbacks.command("list")
def list_(
    data: Data = None,
    supplier: Supplier = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print the open callbacks in the order in which they will be rung.

    Example: gudok callbacks list --json
    """
    from ivr.clock import SystemClock
    from ivr.outbound.callbacks import Callback, CallbackBook
    from ivr.store import open_store

    chosen = settings(data)

    async def run() -> list[Callback]:
        async with await open_store(chosen) as store:
            book = CallbackBook(store, supplier or chosen.supplier, SystemClock(), ZoneInfo("UTC"))
            return list(await book.waiting())

    for one in asyncio.run(run()):
        if as_json:
            row = {
                "id": str(one.id), "phone": one.phone, "account": one.account, "queue": one.queue, "topic": one.topic,
                "state": one.state, "requests": one.requests, "requested_at": one.requested_at.isoformat(),
                "wanted_at": one.wanted_at.isoformat() if one.wanted_at else None,
                "promised_by": one.promised_by.isoformat(),
            }  # fmt: skip
            typer.echo(json.dumps(row, ensure_ascii=False))
        else:
            by = one.promised_by.astimezone()
            typer.echo(f"{one.id}  {one.phone}  до {by:%d.%m %H:%M}  {one.queue}  {one.state}  {one.topic}")


@callbacks.command()
def cancel(
    callback: Annotated[UUID, typer.Argument(metavar="ID", help="As `gudok callbacks list` prints it.")],
    why: Annotated[str, typer.Option("--why", help="The reason; it is kept.")],
    data: Data = None,
    supplier: Supplier = None,
) -> None:
    """Cancel an open callback: nobody will ring.

    Example: gudok callbacks cancel 0193… --why "вопрос решён в офисе"
    """
    from ivr.clock import SystemClock
    from ivr.outbound.callbacks import CallbackBook
    from ivr.store import open_store

    chosen = settings(data)

    async def run() -> bool:
        async with await open_store(chosen) as store:
            book = CallbackBook(store, supplier or chosen.supplier, SystemClock(), ZoneInfo("UTC"))
            return await book.cancel(callback, why)

    if not asyncio.run(run()):
        fail(f"there is no open callback {callback}; see `gudok callbacks list`")
    typer.echo("cancelled", err=True)
