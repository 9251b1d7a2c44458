"""`gudok users`: who may enter the screens. A password is shown once, when it is made."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.published import whoever

if TYPE_CHECKING:
    from ivr.people.roles import Role
    from ivr.people.users import Users

T = TypeVar("T")

users = typer.Typer(no_args_is_help=True, help="Users of the screens: make, list, change, close.")

Login = Annotated[str, typer.Argument(help="What they type to enter.", metavar="LOGIN")]
Roles = Annotated[
    str | None,
    typer.Option(
        "--roles", help="admin, editor, publisher, supervisor, qc, operator, campaigns, auditor; several by commas."
    ),
]
Suppliers = Annotated[str | None, typer.Option("--suppliers", help="Slugs by commas; all of them: all.")]
Who = Annotated[str | None, typer.Option("--as", help="Who does it; the system's user if not given.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it is kept.")]


def register(app: typer.Typer) -> None:
    app.add_typer(users, name="users")


@users.command("list")
def list_(data: Data = None) -> None:
    """Everybody who may enter, or could once.

    Example: gudok users list
    """
    for user in _with(data, lambda people: people.all()):
        state = "" if user.active else "closed"
        roles, suppliers = ",".join(user.roles), ",".join(user.suppliers) or "all"
        typer.echo("\t".join((user.login, user.name, roles, suppliers, state)).rstrip())


@users.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="As people read it.")],
    roles: Roles = "operator",
    suppliers: Suppliers = "all",
    who: Who = None,
    why: Why = "",
    data: Data = None,
) -> None:
    """A new user. The password is printed once; they change it when they enter.

    Example: gudok users add ivanova --name "Иванова Анна" --roles supervisor,qc --suppliers energosbyt
    """
    by = who or whoever()
    chosen, slugs = _roles(roles or ""), _slugs(suppliers or "all")
    _, password = _with(data, lambda people: people.make(login, name, chosen, slugs, who=by, why=why))
    typer.echo(password)


@users.command()
def change(
    login: Login,
    name: Annotated[str | None, typer.Option(help="As people read it.")] = None,
    roles: Roles = None,
    suppliers: Suppliers = None,
    who: Who = None,
    why: Why = "",
    data: Data = None,
) -> None:
    """Another name, other roles or suppliers; what is not given stays.

    Example: gudok users change ivanova --roles supervisor --why "перешла в супервизоры"
    """
    by = who or whoever()
    chosen = _roles(roles) if roles is not None else None
    slugs = _slugs(suppliers) if suppliers is not None else None
    _with(data, lambda people: people.change(login, who=by, why=why, name=name, roles=chosen, suppliers=slugs))


@users.command()
def password(login: Login, who: Who = None, why: Why = "", data: Data = None) -> None:
    """A new password, printed once; whoever is inside with the old one is out.

    Example: gudok users password ivanova
    """
    by = who or whoever()
    typer.echo(_with(data, lambda people: people.new_password(login, who=by, why=why)))


@users.command()
def close(login: Login, who: Who = None, why: Why = "", data: Data = None) -> None:
    """They enter no more, and are out at once; what they did stays written.

    Example: gudok users close ivanova --why "уволилась"
    """
    by = who or whoever()
    _with(data, lambda people: people.change(login, who=by, why=why, active=False))


@users.command("open")
def open_(login: Login, who: Who = None, why: Why = "", data: Data = None) -> None:
    """They may enter again.

    Example: gudok users open ivanova
    """
    by = who or whoever()
    _with(data, lambda people: people.change(login, who=by, why=why, active=True))


def _with(data: Data, do: "Callable[[Users], Awaitable[T]]") -> T:
    from ivr.clock import SystemClock
    from ivr.people.users import UnfitUser, Users
    from ivr.store import StoreError, open_store

    chosen = settings(data)

    async def run() -> T:
        async with await open_store(chosen) as store:
            return await do(Users(store, SystemClock()))

    try:
        return asyncio.run(run())
    except (UnfitUser, StoreError) as error:
        fail(str(error))


def _roles(given: str) -> "list[Role]":
    from ivr.people.roles import Role

    try:
        return [Role(one.strip()) for one in given.split(",") if one.strip()]
    except ValueError as error:
        fail(f"{error}; there are: {', '.join(Role)}", code=2)


def _slugs(given: str) -> list[str]:
    return [] if given.strip() == "all" else [one.strip() for one in given.split(",") if one.strip()]
