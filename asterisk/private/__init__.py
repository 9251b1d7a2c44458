"""The Asterisk of the line as a program and as a process: found or fetched, started, adopted, stopped."""

from asterisk.private.errors import NoAsterisk, PrivateError
from asterisk.private.instance import Instance, Stop, adopt, run_folder, start
from asterisk.private.program import Program, inspect, locate
from asterisk.private.system import Finding

__all__ = [
    "Finding",
    "Instance",
    "NoAsterisk",
    "PrivateError",
    "Program",
    "Stop",
    "adopt",
    "inspect",
    "locate",
    "run_folder",
    "start",
]
