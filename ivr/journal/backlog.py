"""Where events wait between being noted and being committed. A spool on disk can stand in its place."""

from collections import deque
from itertools import islice

from ivr.journal.rows import Row


class Backlog:
    """Events noted and not yet committed, in order. Bounded: beyond `limit` the newest is refused, and counted."""

    def __init__(self, limit: int) -> None:
        self._rows: deque[Row] = deque()
        self._limit = limit
        self.lost = 0

    def __len__(self) -> int:
        return len(self._rows)

    def push(self, row: Row) -> bool:
        if len(self._rows) >= self._limit:
            self.lost += 1
            return False
        self._rows.append(row)
        return True

    def peek(self, most: int) -> list[Row]:
        """The oldest rows; they stay until `drop` says they are committed."""
        return list(islice(self._rows, most))

    def drop(self, count: int) -> None:
        for _ in range(count):
            self._rows.popleft()
