"""The command `gudok`: every subcommand is a thin shell over a room below. See docs/CONTRACTS.md for what is promised.

Exit codes: 0 success, 1 a finding, 2 wrong usage. A command's module imports heavy rooms inside its functions, so that
`gudok --help` and `gudok up` start at once.
"""

import importlib
import logging
import sys

import structlog
import typer

app = typer.Typer(name="gudok", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

COMMANDS: tuple[str, ...] = (
    "up",
    "doctor",
    "bench",
    "accounts",
    "call",
    "callbacks",
    "check",
    "config",
    "db",
    "draw",
    "emergency",
    "models",
    "new",
    "outbox",
    "prompts",
    "readings",
    "recordings",
    "retain",
    "report",
    "publish",
    "replay",
    "rollback",
    "say",
    "schema",
    "talk",
    "test",
    "transcribe",
    "turns",
    "understand",
    "users",
    "versions",
)
"""Modules of this package; each has `register(app)`."""


def main() -> None:
    # Standard output is a command's own: until a room sets up its log, warnings go to stderr and the rest nowhere.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    for name in COMMANDS:
        importlib.import_module(f"ivr.cli.{name}").register(app)
    app()
