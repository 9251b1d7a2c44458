"""`gudok up` runs the whole line; `gudok serve` is the service it starts (not for people)."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.options import Data, fail, settings
from ivr.settings import Settings


def register(app: typer.Typer) -> None:
    app.command(name="up")(up)
    app.command(name="serve", hidden=True)(serve)


def up(
    data: Data = None,
    ports: Annotated[str, typer.Option(help="`auto` takes free ports; `fixed` those of the settings.")] = "fixed",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line when the line can be rung.")] = False,
    draft: Annotated[
        bool,
        typer.Option("--draft", help="Serve the folder as it is on disk, each change at once, not what was published."),
    ] = False,
) -> None:
    """Run the line: private Asterisk, SQLite, web. Ctrl-C lets calls finish; again Ctrl-C stops at once.

    What was published last is served; the first start publishes the folder.

    Example: gudok up --data ./line --ports auto --json
    """
    if ports not in ("auto", "fixed"):
        fail("--ports is `auto` or `fixed`", code=2)
    chosen = settings(data, serve_folder=draft or None)
    from ivr.up.run import Status, UpError, run

    def ready(status: Status) -> None:
        operators = [operator.name for operator in chosen.operators]
        sys.stdout.write(f"{status.json() if as_json else status.welcome(operators)}\n")
        sys.stdout.flush()

    try:
        asyncio.run(run(chosen, auto_ports=ports == "auto", ready=ready))
    except UpError as error:
        fail(str(error))


def serve(
    told: Annotated[Path, typer.Option("--settings", help="The settings as `gudok up` wrote them.")],
) -> None:
    """The service itself; started and watched by `gudok up`."""
    chosen = Settings.model_validate_json(told.read_text(encoding="utf-8"))
    from ivr.service.app import CannotServe, Service
    from ivr.up.loop import fast_loop

    async def main() -> None:
        service = Service(chosen)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, service.stop)
        loop.add_signal_handler(signal.SIGUSR1, service.look_at_itself)
        await service.run()

    try:
        with asyncio.Runner(loop_factory=fast_loop()) as runner:
            runner.run(main())
    except CannotServe as error:
        fail(str(error))
