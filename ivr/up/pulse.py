"""Is the service alive? A pure rule over its answered pings, and the ping itself."""

import asyncio
from dataclasses import dataclass

PING_EVERY = 1.0
HUNG_AFTER = 5.0
READY_SECONDS = 60.0
"""A service that has only been started has so long for its first sign of life: a busy machine takes its time."""


@dataclass(slots=True)
class Pulse:
    """The service's last sign of life. It is hung once it has been silent for `limit` seconds."""

    last: float
    limit: float = HUNG_AFTER

    def start(self, now: float) -> None:
        """Another process: until it first answers it is starting, not hung. Nobody is kept waiting by it: its doors are
        not open yet, and the dialplan goes on to the operators at once."""
        self.last, self.limit = now, READY_SECONDS

    def beat(self, now: float) -> None:
        self.last, self.limit = now, HUNG_AFTER

    @property
    def starting(self) -> bool:
        """Whether the process has given no sign of life yet."""
        return self.limit == READY_SECONDS

    def silent_for(self, now: float) -> float:
        return now - self.last

    def is_hung(self, now: float) -> bool:
        return self.silent_for(now) >= self.limit


async def ping(port: int, path: str = "/healthz", seconds: float = 1.0) -> bool:
    """Whether the service answers 200 on its own door within `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
                status = await reader.readline()
                return b" 200 " in status
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return False
