"""Is the service alive? A pure rule over its answered pings, and the ping itself."""

import asyncio
from dataclasses import dataclass

PING_EVERY = 1.0
HUNG_AFTER = 5.0


@dataclass(slots=True)
class Pulse:
    """The service's last sign of life. It is hung once it has been silent for `limit` seconds."""

    last: float
    limit: float = HUNG_AFTER

    def beat(self, now: float) -> None:
        self.last = now

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
