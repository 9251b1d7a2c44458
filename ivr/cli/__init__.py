"""The command `gudok`: every subcommand is a thin shell over a room below. See docs/CONTRACTS.md for what is promised.

Exit codes: 0 success, 1 a finding, 2 wrong usage.
"""

import sys

import typer

app = typer.Typer(name="gudok", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def main() -> None:
    sys.exit(app(standalone_mode=True))
