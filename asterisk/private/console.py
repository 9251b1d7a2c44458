"""Asterisk's control socket: one command a connection, the way `asterisk -rx` does it, without a process for each.

It needs no password and no port, and works while modules are still loading; it is for starting, stopping and looking,
not for calls (those go over AMI).
"""

import asyncio
from pathlib import Path

from asterisk.private.errors import NoAnswer

LONGEST_PATH = 107
BOOTED = "fully booted"


async def ask(socket: Path, command: str, timeout: float = 5.0) -> str:
    """What Asterisk answers to a command of its console."""
    if "\0" in command or "\n" in command:
        raise ValueError("a console command is one line")
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            try:
                await reader.readline()  # host/pid/version
                writer.write(b"cli quit after " + command.encode() + b"\0")
                await writer.drain()
                return (await reader.read()).replace(b"\0", b"").decode("utf-8", "replace").strip()
            finally:
                writer.close()
    except TimeoutError as error:
        raise NoAnswer(f"{socket}: no answer to {command!r} in {timeout:g} s") from error
    except (OSError, ValueError) as error:
        raise NoAnswer(f"{socket}: {error}") from error
