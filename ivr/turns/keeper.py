"""Keeps turns beside the calls: calls hand over sound and words and go on; a task of its own writes them.

What there is no room for, in its queue, on the disk, within the supplier's megabytes, is not kept and counted: a call
never waits for it.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from asr.audio import wav
from asr.recognizer import Hearing
from bots.talk import Answer, Question
from ivr.clock import Clock
from ivr.ids import new_id
from ivr.recordings.space import free_bytes
from ivr.store import Store
from ivr.turns.rules import OFF, Rules
from ivr.turns.shelf import KeptTurn, Shelf
from ivr.turns.turn import Settling, Turn, may_be_kept

log = structlog.get_logger(__name__)

MOST_OF_A_CALL = 60
MOST_WAITING = 400
"""Turns handed over and not written yet."""
_TRIM_TO = 0.9
"""Full, a supplier's oldest turns go until so much of the room is taken."""
_SWEEP_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Ended:
    """A call's turns, settled, with their sound."""

    supplier: str
    call: UUID
    turns: Sequence[tuple[Turn, bytes]]


class CallTurns:
    """One call's. `keep` is called by its ear, `answered` by its conversation, `close` when it is over."""

    def __init__(self, keeper: "TurnKeeper", supplier: str, call: UUID, rules: Rules) -> None:
        self._keeper, self._supplier, self._call, self._rules = keeper, supplier, call, rules
        self._settling = Settling()
        self._heard: tuple[bytes, Hearing] | None = None
        self._turns: list[tuple[Turn, bytes]] = []

    def keep(self, key: str, pcm: bytes, hearing: Hearing) -> None:
        """Held until it is known what was asked and understood: secrets go no further."""
        self._heard = (pcm, hearing)

    def answered(self, question: Question, answer: Answer) -> None:
        heard, self._heard = self._heard, None
        turn = None
        if heard is not None and answer.by == "voice" and heard[1].text == answer.said:
            pcm, hearing = heard
            if len(self._turns) < MOST_OF_A_CALL and may_be_kept(question, answer, accounts=self._rules.accounts):
                turn = Turn(new_id(self._keeper.clock.now()), self._keeper.clock.now(), question, hearing, answer)
                self._turns.append((turn, pcm))
        self._settling.answered(question, answer, turn)

    def close(self) -> None:
        self._heard = None
        if self._turns:
            self._keeper.take(_Ended(self._supplier, self._call, self._turns))
            self._turns = []


class TurnKeeper:
    """`async with TurnKeeper(…) as keeper`; the block's end writes what waits."""

    def __init__(self, store: Store, folder: Path, clock: Clock, *, keep_free: int) -> None:
        self.shelf = Shelf(store, folder)
        self.clock = clock
        self._keep_free = keep_free
        self._rules: dict[str, Rules] = {}
        self._used: dict[str, int] = {}
        self._queue: asyncio.Queue[_Ended | None] = asyncio.Queue()
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None
        self.kept = 0
        self.lost = 0

    @property
    def waiting(self) -> int:
        return self._waiting

    def know(self, supplier: str, rules: Rules) -> None:
        """What the supplier's newest edition says."""
        self._rules[supplier] = rules

    def for_call(self, supplier: str, call: UUID) -> CallTurns | None:
        """None where nothing is kept."""
        rules = self._rules.get(supplier, OFF)
        return CallTurns(self, supplier, call, rules) if rules.keep else None

    def take(self, ended: _Ended) -> None:
        if self._waiting + len(ended.turns) > MOST_WAITING:
            self.lost += len(ended.turns)
            return
        self._waiting += len(ended.turns)
        self._queue.put_nowait(ended)

    async def written(self) -> None:
        """Wait until everything handed over so far is written, or given up."""
        await self._queue.join()

    async def __aenter__(self) -> "TurnKeeper":
        self._task = asyncio.create_task(self._run(), name="turns: written down")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._queue.put_nowait(None)
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.shield(self._task)
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        swept = float("-inf")
        loop = asyncio.get_running_loop()
        while True:
            if loop.time() - swept > _SWEEP_SECONDS:
                swept = loop.time()
                await self._guarded(self._sweep())
            try:
                async with asyncio.timeout(_SWEEP_SECONDS):
                    ended = await self._queue.get()
            except TimeoutError:
                continue
            if ended is None:
                return
            done = await self._guarded(self._write(ended))
            self._waiting -= len(ended.turns)
            self.kept += done
            self.lost += len(ended.turns) - done
            self._queue.task_done()

    async def _guarded(self, work: Coroutine[object, object, int]) -> int:
        """The database or the disk may be away: the next call is tried again."""
        try:
            return await work
        except (SQLAlchemyError, OSError) as error:
            log.warning("turns could not be kept", action="turns.failed", error=str(error))
            return 0

    async def _sweep(self) -> int:
        """What is too old goes."""
        gone = 0
        for supplier, rules in list(self._rules.items()):
            gone += await self.shelf.delete_before(supplier, self.clock.now() - timedelta(days=rules.days))
            self._used.pop(supplier, None)
        return gone

    async def _write(self, ended: _Ended) -> int:
        room = self._rules.get(ended.supplier, OFF).megabytes * 1_000_000
        size = sum(len(pcm) for _, pcm in ended.turns)
        if size > room or await asyncio.to_thread(free_bytes, self.shelf.folder) - size < self._keep_free:
            return 0
        if ended.supplier not in self._used:
            self._used[ended.supplier] = await self.shelf.bytes_of(ended.supplier)
        over = self._used[ended.supplier] + size - room
        if over > 0:
            freed = await self.shelf.delete_oldest(ended.supplier, over + int(room * (1 - _TRIM_TO)))
            self._used[ended.supplier] = max(0, self._used[ended.supplier] - freed)
        kept = await asyncio.to_thread(self._files, ended)
        try:
            await self.shelf.put(kept)
        except BaseException:
            for one in kept:  # without its row nobody would find it again
                (self.shelf.folder / one.file).unlink(missing_ok=True)
            raise
        self._used[ended.supplier] += sum(one.bytes for one in kept)
        return len(kept)

    def _files(self, ended: _Ended) -> list[KeptTurn]:
        kept = []
        for turn, pcm in ended.turns:
            file = f"{ended.supplier}/{turn.at:%Y-%m-%d}/{turn.id}.wav"
            path = self.shelf.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            body = wav(pcm)
            path.touch(mode=0o600)
            path.write_bytes(body)
            question = turn.question
            told = turn.told()
            kept.append(
                KeptTurn(
                    turn.id, ended.supplier, ended.call, turn.at, question.key, question.expect, turn.outcome, told,
                    file, len(body),
                )
            )  # fmt: skip
        return kept

    def figures(self) -> Iterator[tuple[str, str, float]]:
        """Name, meaning and value of each, for /metrics."""
        yield "turns_kept_total", "Turns kept for learning", self.kept
        yield "turns_lost_total", "Turns that were not kept: no room, or the database away", self.lost
        yield "turns_waiting", "Turns that wait to be written", self._waiting
