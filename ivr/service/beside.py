"""What the service does beside its calls: a task that begins now and has ended when the service is left."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress


def run_beside(stack: AsyncExitStack, doing: Coroutine[object, object, None], name: str) -> None:
    task = asyncio.create_task(doing, name=name)

    async def stop() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(stop)
