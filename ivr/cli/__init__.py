"""The command `gudok`: every subcommand is a thin shell over a room below. See docs/CONTRACTS.md for what is promised.

Exit codes: 0 success, 1 a finding, 2 wrong usage. A command's module imports heavy rooms inside its functions, so that
`gudok --help` and `gudok up` start at once.
"""

import importlib

import typer

app = typer.Typer(name="gudok", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

COMMANDS: tuple[str, ...] = (
    "up",
    "doctor",
    "bench",
    "accounts",
    "call",
    "config",
    "db",
    "report",
    "say",
    "transcribe",
    "understand",
)
"""Modules of this package; each has `register(app)`."""


def main() -> None:
    for name in COMMANDS:
        importlib.import_module(f"ivr.cli.{name}").register(app)
    app()
