"""An outside telephone in a process of its own: started, told what to do, heard what it tells. See README.md here."""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = Path(__file__).parent


class OutsidePhone:
    """`async with OutsidePhone.pyvoip(server, "101", secret) as phone: event = await phone.told("ringing")`."""

    def __init__(self, program: str, arguments: Sequence[str], secret: str) -> None:
        self._command = [sys.executable, str(HERE / program), *arguments]
        self._secret = secret
        self._process: asyncio.subprocess.Process | None = None
        self._seen: list[dict[str, Any]] = []

    @classmethod
    def pyvoip(cls, server: str, user: str, secret: str) -> "OutsidePhone":
        """An operator's telephone, registered as `user` once entered."""
        return cls("pyvoip_phone.py", ["--server", server, "--user", user], secret)

    @classmethod
    def pjsua2(cls, user: str = "outside", *, server: str | None = None, secret: str = "") -> "OutsidePhone":
        """Rings and is rung directly, or is registered at `server` once entered."""
        return cls("pjsua2_phone.py", ["--user", user, *(("--server", server) if server else ())], secret)

    async def __aenter__(self) -> "OutsidePhone":
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        try:
            self._write(self._secret)
            self.ready = await self.told("registered", 20)
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._write(json.dumps({"do": "quit"}))
            await self.told("gone", 8)
        except (AssertionError, OSError):
            pass
        finally:
            await self._end()

    async def do(self, what: str, **how: Any) -> None:
        self._write(json.dumps({"do": what, **how}))

    async def told(self, event: str, within: float = 10.0, **facts: Any) -> dict[str, Any]:
        """The next event of that name, with those facts; others stay for later."""
        try:
            async with asyncio.timeout(within):
                return await self._told(event, facts)
        except TimeoutError:
            raise AssertionError(f"the telephone did not tell {event!r} {facts} in {within} s") from None

    async def _told(self, event: str, facts: dict[str, Any]) -> dict[str, Any]:
        for at, one in enumerate(self._seen):
            if one["event"] == event and facts.items() <= one.items():
                return self._seen.pop(at)
        while True:
            assert self._process is not None
            assert self._process.stdout is not None
            line = await self._process.stdout.readline()
            assert line, f"the telephone ended instead of telling {event!r}"
            one = json.loads(line)
            assert one["event"] != "error", one["message"]
            if one["event"] == event and facts.items() <= one.items():
                return dict(one)
            self._seen.append(one)

    def _write(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def _end(self) -> None:
        process = self._process
        assert process is not None
        if process.returncode is None:
            try:
                await asyncio.wait_for(process.wait(), 2)
            except TimeoutError:
                process.kill()
                await process.wait()
        # asyncio's transport closes its pipes in a later turn of the loop.
        transport = process._transport  # type: ignore[attr-defined]
        transport.close()
        await asyncio.sleep(0)
