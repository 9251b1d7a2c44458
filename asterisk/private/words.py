"""What an Asterisk prints while it starts: waited for until it is all there, and judged.

Asterisk lives with a port it could not open and a module it could not load. A line cannot: such words refuse it.
"""

import asyncio
import re
from contextlib import suppress
from pathlib import Path

from asterisk.modules import OPTIONAL
from asterisk.private import console
from asterisk.private.errors import CannotListen, ModuleFailed, NoAnswer

LARGE = 10_000_000
READ = 1_000_000
WAIT_SECONDS = 2.0
LAST_WORD = "CDR logging disabled"
READY = "Asterisk Ready."
COMPLAINT = r"\b(?:WARNING|ERROR)\["
UNOPENED = r"Address already in use|Cannot assign requested address|(?:bind|be started)\b.*Permission denied"
UNLOADED = r"Error loading module '([\w.-]+?)(?:\.so)?'|Module '([\w-]+?)(?:\.so)?' .*declined"
USEFUL = COMPLAINT + r"|already running|[Uu]nable|[Ee]rror"


class Words:
    """The part of a log file that belongs to one start, which begins now. A log grown large is put aside first."""

    def __init__(self, log: Path) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LARGE:
            log.replace(log.with_name(log.name + ".1"))
        self._before = log.stat().st_size if log.exists() else 0

    def text(self) -> str:
        with self.log.open("rb") as file:
            file.seek(self._before)
            return file.read(READ).decode("utf-8", "replace")

    async def all_said(self, socket: Path) -> None:
        """Wait until everything Asterisk had to say about its start is in the log.

        It writes its log in a thread of its own, so lines of the start may come after it says that it has booted.
        Reading the settings of its call records again makes it log a notice, which is behind all of them. With call
        records on there is no such notice: then two seconds must do. Some commands it takes only when it is "Ready".
        """
        with suppress(TimeoutError, NoAnswer):
            async with asyncio.timeout(WAIT_SECONDS):
                await console.ask(socket, "module reload cdr", WAIT_SECONDS)
                while (text := self.text()).count(LAST_WORD) < 2 or READY not in text:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)

    def complaints(self) -> tuple[str, ...]:
        """Warnings and errors."""
        return tuple(line for line in self.text().splitlines() if re.search(COMPLAINT, line))

    def refuse(self) -> None:
        """Raise about faults of the start that a line cannot live with."""
        complaints = self.complaints()
        ports = [line for line in complaints if re.search(UNOPENED, line)]
        if ports:
            raise CannotListen("\n".join([*ports, f"log: {self.log}"]))
        modules = []
        for line in complaints:
            failed = re.search(UNLOADED, line)
            if failed and (failed[1] or failed[2]) not in OPTIONAL:
                modules.append(line)
        if modules:
            raise ModuleFailed("\n".join([*modules, f"log: {self.log}"]))

    def last(self) -> str:
        """The lines that may say why it failed, and where the rest is."""
        lines = self.text().splitlines()
        useful = [line for line in lines if re.search(USEFUL, line)]
        return "\n".join([*(useful or lines)[-8:], f"log: {self.log}"])
