"""A chain of real engines that are made to fail: callers are heard all the same, from the beginning of their answer."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import tone_models
from tone_models import melody

from asr.chain import ChainRecognizer, Patience
from asr.engines import load
from asr.model_folder import inspect
from asr.models import bundled
from asr.pool import DecodingPool
from asr.recognizer import Hints, RecognitionFailed, Recognizer

pytest.importorskip("sherpa_onnx")

SAID = "да нет оператор"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Engine:
    """A model with a pool of its own, which can be closed, filled or kept busy."""

    def __init__(self, recognizer: Recognizer, pool: DecodingPool) -> None:
        self.recognizer, self.pool = recognizer, pool


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator["Make"]:
    made = Make(tmp_path)
    yield made
    await made.close()


class Make:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pools: list[DecodingPool] = []

    async def __call__(self, name: str, *, fails_at: str = "", capacity: int = 4, patience: float = 5.0) -> Engine:
        pool = DecodingPool(threads=1, capacity=capacity, patience=patience)
        self._pools.append(pool)
        folder = tone_models.t_one(self._folder / f"{name}-ru-t-one", fails_at=fails_at)
        return Engine(await load(inspect(folder), pool), pool)

    async def close(self) -> None:
        for pool in self._pools:
            await pool.aclose()


async def hear(chain: ChainRecognizer, pcm: bytes) -> tuple[str, str]:
    """The words, and the model that finished."""
    stream = await chain.open(Hints())
    try:
        for start in range(0, len(pcm), 320):
            await stream.feed(pcm[start : start + 320])
        hearing = await stream.finish()
    finally:
        await stream.aclose()
    return hearing.text, hearing.model.partition("-")[0]


def outcomes(chain: ChainRecognizer) -> list[dict[str, int]]:
    return [{name: count for name, count in link.tally.outcomes() if count} for link in chain.links]


async def test_the_first_engine_hears_while_it_is_well(make: Make) -> None:
    chain = ChainRecognizer([(await make("first")).recognizer, (await make("second")).recognizer])
    assert await hear(chain, melody(SAID)) == (SAID, "first")
    assert await hear(chain, bytes(16000)) == ("", "first")
    assert outcomes(chain) == [{"heard": 1, "nothing": 1}, {}]
    assert chain.name == "sherpa-onnx"
    assert chain.model == "first-ru-t-one"
    assert not chain.can.grammar


async def test_an_engine_that_fails_inside_a_word_loses_none_of_it(make: Make) -> None:
    first, second = await make("first", fails_at="р"), await make("second")
    chain = ChainRecognizer([first.recognizer, second.recognizer])
    assert await hear(chain, melody(SAID)) == (SAID, "second")
    assert outcomes(chain) == [{"failed": 1}, {"heard": 1}]
    assert first.pool.load().streams == second.pool.load().streams == 0


async def test_an_engine_that_fails_at_the_very_end_loses_nothing_either(make: Make) -> None:
    chain = ChainRecognizer([(await make("first", fails_at="щ")).recognizer, (await make("second")).recognizer])
    assert await hear(chain, melody("да щ")[:-4800]) == ("да щ", "second")


async def test_a_pool_closed_under_an_answer_hands_it_over(make: Make) -> None:
    first, second = await make("first"), await make("second")
    chain = ChainRecognizer([first.recognizer, second.recognizer])
    pcm = melody(SAID)
    stream = await chain.open(Hints())
    half = len(pcm) // 4 * 2
    await stream.feed(pcm[:half])
    await first.pool.aclose()
    partial = await stream.feed(pcm[half:])
    assert partial.startswith("да нет")
    hearing = await stream.finish()
    assert (hearing.text, hearing.model) == (SAID, "second-ru-t-one")
    await stream.aclose()


async def test_a_full_engine_is_passed_by_and_asked_again_with_the_next_answer(make: Make) -> None:
    first, second = await make("first", capacity=1), await make("second")
    chain = ChainRecognizer([first.recognizer, second.recognizer])
    held = await chain.open(Hints())
    assert await hear(chain, melody("да")) == ("да", "second")
    await held.aclose()
    assert await hear(chain, melody("да")) == ("да", "first")
    assert outcomes(chain) == [{"heard": 1, "refused": 1, "left": 1}, {"heard": 1}]


async def test_an_engine_that_failed_is_left_alone_longer_each_time_and_forgiven_once_it_hears(make: Make) -> None:
    clock = Clock()
    first, second = await make("first", fails_at="р"), await make("second")
    chain = ChainRecognizer([first.recognizer, second.recognizer], patience=Patience(rest=5), now=clock)
    for rest in (5.0, 10.0, 20.0):
        assert await hear(chain, melody("нрав")) == ("нрав", "second")
        assert await hear(chain, melody("да")) == ("да", "second"), "it is left alone"
        assert chain.model == "second-ru-t-one"
        clock.now += rest - 0.1
        assert chain.resting(chain.links[0])
        clock.now += 0.2
        assert not chain.resting(chain.links[0])
    assert await hear(chain, melody("да")) == ("да", "first")
    assert await hear(chain, melody("нрав")) == ("нрав", "second")
    clock.now += 5.1
    assert await hear(chain, melody("да")) == ("да", "first")


def test_rest_is_never_longer_than_its_bound() -> None:
    patience = Patience(rest=5, longest_rest=300)
    assert [patience.rests(failures) for failures in (1, 2, 3, 7, 400)] == [5, 10, 20, 300, 300]


async def test_an_engine_that_does_not_come_to_an_end_is_no_engine(make: Make) -> None:
    first, second = await make("first", patience=0.3), await make("second")
    chain = ChainRecognizer([first.recognizer, second.recognizer])
    hold = threading.Event()
    busy = asyncio.create_task(first.pool.run(lambda: hold.wait(30), audio_seconds=60))
    try:
        stream = await chain.open(Hints())
        await stream.feed(melody("да нет"))
        hearing = await stream.finish()
        assert (hearing.text, hearing.model) == ("да нет", "second-ru-t-one")
    finally:
        hold.set()
        await busy


async def test_when_none_can_hear_the_reasons_of_all_are_told(make: Make) -> None:
    first, second = await make("first"), await make("second", capacity=1)
    chain = ChainRecognizer([first.recognizer, second.recognizer])
    await first.pool.aclose()
    held = await chain.open(Hints())
    with pytest.raises(RecognitionFailed, match=r"second-ru-t-one: full.*; .*first-ru-t-one: closed") as refused:
        await chain.open(Hints())
    assert refused.value.retryable
    await held.aclose()
    await second.pool.aclose()
    with pytest.raises(RecognitionFailed) as down:
        await chain.open(Hints())
    assert not down.value.retryable


async def test_an_answer_that_every_engine_fails_at_is_a_failure_and_leaves_no_seat_taken(make: Make) -> None:
    first, second = await make("first", fails_at="р"), await make("second", fails_at="р")
    chain = ChainRecognizer([first.recognizer, second.recognizer])
    with pytest.raises(RecognitionFailed, match="could not decode"):
        await hear(chain, melody(SAID))
    assert first.pool.load().streams == second.pool.load().streams == 0
    assert outcomes(chain) == [{"failed": 1}, {"failed": 1}]
    # Both rest now; somebody has to be asked all the same.
    assert (await hear(chain, melody("да")))[0] == "да"


async def test_an_answer_longer_than_what_is_kept_stays_with_its_engine(make: Make) -> None:
    first, second = await make("first", fails_at="р"), await make("second")
    chain = ChainRecognizer([first.recognizer, second.recognizer], patience=Patience(kept=1.0))
    with pytest.raises(RecognitionFailed, match="could not decode"):
        await hear(chain, melody(SAID))
    assert outcomes(chain) == [{"failed": 1}, {}]


async def test_a_single_engine_is_a_chain_too(make: Make) -> None:
    chain = ChainRecognizer([(await make("first")).recognizer])
    assert await hear(chain, melody(SAID)) == (SAID, "first")
    stream = await chain.open(Hints())
    await stream.aclose()
    with pytest.raises(RecognitionFailed, match="finished"):
        await stream.feed(bytes(320))
    assert outcomes(chain) == [{"heard": 1, "left": 1}]
    with pytest.raises(ValueError, match="at least one"):
        ChainRecognizer([])


async def test_the_bundled_model_hears_where_another_engine_ends(make: Make) -> None:
    """Two libraries in one process, one answer begun in the one and ended in the other."""
    first = await make("first")
    pool = DecodingPool(threads=1)
    vosk = await load(inspect(bundled(), origin="bundled"), pool)
    chain = ChainRecognizer([first.recognizer, vosk])
    stream = await chain.open(Hints("reading"))
    await stream.feed(bytes(8000))
    await first.pool.aclose()
    await stream.feed(bytes(8000))
    hearing = await stream.finish()
    assert (hearing.text, hearing.engine) == ("", "vosk")
    await stream.aclose()
    await pool.aclose()
