"""The decoding pool: who is let in, what is refused, what a cancelled piece leaves behind."""

import asyncio
import threading

import pytest

from asr.pool import DecodingPool
from asr.recognizer import RecognitionFailed


async def test_streams_beyond_the_capacity_are_refused_and_a_seat_given_back_is_free_again() -> None:
    pool = DecodingPool(threads=1, capacity=2)
    first, _second = pool.admit(), pool.admit()
    with pytest.raises(RecognitionFailed, match="full") as refused:
        pool.admit()
    assert refused.value.retryable
    assert pool.load().of_capacity == 1.0
    first.leave()
    first.leave()
    assert pool.load().streams == 1
    pool.admit()
    await pool.aclose()


async def test_a_pool_that_is_late_lets_nobody_in_until_it_has_caught_up() -> None:
    now = 100.0
    pool = DecodingPool(threads=1, longest_lag=0.5, now=lambda: now)
    hold, held = threading.Event(), threading.Event()

    def work() -> None:
        held.set()
        assert hold.wait(10)

    async def decode() -> None:
        await pool.run(work)

    running = [asyncio.create_task(decode()) for _ in range(2)]
    await asyncio.to_thread(held.wait, 10)
    pool.admit()
    now += 0.6  # the second piece has waited for so long
    with pytest.raises(RecognitionFailed, match="late"):
        pool.admit()
    assert pool.load().waiting == 1
    hold.set()
    await asyncio.gather(*running)
    now += 3
    pool.admit()
    await pool.aclose()


async def test_the_event_loop_goes_on_while_threads_decode() -> None:
    pool = DecodingPool(threads=1)
    here = threading.get_ident()
    assert await pool.run(threading.get_ident, audio_seconds=0.2) != here
    assert pool.load().audio_seconds == 0.2
    await pool.aclose()


async def test_a_failure_in_a_thread_is_the_askers() -> None:
    pool = DecodingPool(threads=1)

    def fails() -> None:
        raise RecognitionFailed("the piece is bad")

    with pytest.raises(RecognitionFailed, match="the piece is bad"):
        await pool.run(fails)
    assert pool.load().waiting == 0
    await pool.aclose()


async def test_a_cancelled_piece_leaves_nothing_waiting() -> None:
    pool = DecodingPool(threads=1)
    hold = threading.Event()
    first = asyncio.create_task(pool.run(lambda: hold.wait(10)))
    second = asyncio.create_task(pool.run(lambda: True))
    await asyncio.sleep(0)
    for task in (first, second):
        task.cancel()
    assert await asyncio.gather(first, second, return_exceptions=True) != []
    assert pool.load().waiting == 0
    hold.set()
    await pool.aclose()


async def test_a_closed_pool_takes_nobody() -> None:
    pool = DecodingPool(threads=1)
    await pool.aclose()
    await pool.aclose()
    with pytest.raises(RecognitionFailed, match="closed"):
        pool.admit()
    with pytest.raises(RecognitionFailed, match="closed"):
        await pool.run(lambda: None)


async def test_who_was_let_in_and_who_was_not_is_counted() -> None:
    pool = DecodingPool(threads=1, capacity=1)
    seat = pool.admit()
    for _ in range(3):
        with pytest.raises(RecognitionFailed):
            pool.admit()
    seat.leave()
    pool.admit()
    load = pool.load()
    assert (load.admitted, load.refused) == (2, 3)
    await pool.aclose()


async def test_a_piece_that_does_not_come_to_an_end_is_given_up_and_holds_nobody_else_for_ever() -> None:
    pool = DecodingPool(threads=1, patience=0.05)
    hold = threading.Event()
    with pytest.raises(RecognitionFailed, match="does not come to an end") as given_up:
        await pool.run(lambda: hold.wait(10))
    assert not given_up.value.retryable
    with pytest.raises(RecognitionFailed, match="does not come to an end"):
        await pool.run(lambda: True)  # the only thread still hangs
    hold.set()
    assert await pool.run(lambda: "heard", audio_seconds=10)
    assert pool.load().waiting == 0
    await pool.aclose()


def test_a_pool_without_room_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        DecodingPool(capacity=0)
