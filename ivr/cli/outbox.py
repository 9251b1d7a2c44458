"""`gudok outbox`: what waits to reach another system, what a person has to look at, and another try for it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer

from ivr.cli.options import Data, fail, settings

if TYPE_CHECKING:
    from ivr.outbox import Message, Outbox

outbox = typer.Typer(no_args_is_help=True, help="What waits to reach another system.")

Supplier = Annotated[str | None, typer.Option(help="Whose; the line's supplier if not given.", show_default=False)]
STATES = {"waiting": "ждёт", "set_aside": "отложено", "delivered": "доставлено"}
TITLES = ("id", "состояние", "что", "куда", "создано", "попыток", "причина")
Found = TypeVar("Found")


def register(app: typer.Typer) -> None:
    app.add_typer(outbox, name="outbox")


@outbox.command("list")
def show(
    data: Data = None,
    supplier: Supplier = None,
    every: Annotated[bool, typer.Option("--all", help="Those delivered in the last 30 days as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines, with what each message holds.")] = False,
) -> None:
    """List what waits and what was set aside, the oldest first; exit 1 if anything was set aside.

    Example: gudok outbox list
    """
    from ivr.outbox.message import State

    states: tuple[State, ...] = ("waiting", "set_aside", "delivered") if every else ("waiting", "set_aside")
    found = _with_outbox(data, supplier, lambda box, whose: box.find(whose, states=states))
    if as_json:
        for message in found:
            typer.echo(json.dumps(_told(message), ensure_ascii=False))
    else:
        _table(list(found))
    if any(message.state == "set_aside" for message in found):
        raise typer.Exit(1)


@outbox.command()
def retry(
    ids: Annotated[list[str] | None, typer.Argument(help="Messages by id; all that failed if none.")] = None,
    data: Data = None,
    supplier: Supplier = None,
) -> None:
    """Let messages be tried again at once: those set aside, and those that wait for their next try.

    Example: gudok outbox retry 019ab3c4-5d6e-7f80-9123-456789abcdef
    """
    try:
        chosen = [UUID(one) for one in ids] if ids else None
    except ValueError:
        fail(f"{' '.join(ids or [])}: not an id; `gudok outbox list` shows them", code=2)
    count = _with_outbox(data, supplier, lambda box, whose: box.retry(whose, chosen))
    typer.echo(f"{count} to be tried again", err=True)
    if chosen and count < len(set(chosen)):
        fail(f"{len(set(chosen)) - count} of them are not there, delivered, or being tried right now")


def _with_outbox(data: "Data", supplier: str | None, ask: "Callable[[Outbox, str], Awaitable[Found]]") -> Found:
    from ivr.clock import SystemClock
    from ivr.outbox import Outbox
    from ivr.store import StoreError, open_store

    chosen = settings(data)

    async def run() -> Found:
        async with await open_store(chosen, create=False) as store:
            return await ask(Outbox(store, SystemClock()), supplier or chosen.supplier)

    try:
        return asyncio.run(run())
    except StoreError as error:
        fail(str(error))


def _told(message: "Message") -> dict[str, object]:
    return {
        "id": str(message.id),
        "state": message.state,
        "kind": message.kind,
        "destination": message.destination,
        "key": message.key,
        "made_at": message.made_at.isoformat(timespec="seconds"),
        "tries": message.tries,
        "next_at": message.next_at.isoformat(timespec="seconds") if message.next_at else None,
        "reason": message.reason,
        "payload": message.payload,
    }


def _table(found: "list[Message]") -> None:
    from rich.console import Console
    from rich.table import Table

    if not found:
        typer.echo("nothing waits", err=True)
        return
    table = Table(*TITLES)
    for message in found:
        made = message.made_at.astimezone().strftime("%d.%m.%Y %H:%M")
        state = STATES[message.state]
        table.add_row(
            str(message.id), state, message.kind, message.destination, made, str(message.tries), message.reason
        )
    Console().print(table)
