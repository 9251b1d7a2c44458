"""Twenty thousand spoken readings through the real dialogue of a meter, with recognition's errors in every answer.

The goals are those of docs/understanding.md; the table there is printed by `make corpus`. Here a part of the corpus is
run at every rate; the whole of it is a `proof`.
"""

import pytest
from corpus.table import GOALS, HARDEST, NO_HISTORY, RATES, WHOLE, run

PART = 5_000


async def holds(rate: float, readings: int) -> None:
    row, wrong = await run(rate, readings)
    assert row.readings >= readings
    assert [told.turns for told in wrong] == []
    assert row.share(row.at_once) >= GOALS[rate]
    # What was promised is what was injected: errors are counted as the word error rate is.
    assert row.errors == pytest.approx(rate * row.words, rel=0.06, abs=1)


@pytest.mark.parametrize("rate", RATES)
async def test_readings_are_right_at_once_and_never_stored_wrong(rate: float) -> None:
    await holds(rate, PART)


async def test_without_earlier_readings_the_caller_alone_stops_a_wrong_number() -> None:
    _, wrong = await run(HARDEST, PART, NO_HISTORY)
    assert [told.turns for told in wrong] == []


@pytest.mark.proof
async def test_without_earlier_readings_none_of_the_whole_corpus_is_stored_wrong() -> None:
    _, wrong = await run(HARDEST, WHOLE, NO_HISTORY)
    assert [told.turns for told in wrong] == []


@pytest.mark.proof
@pytest.mark.parametrize("rate", RATES)
async def test_the_whole_corpus_holds(rate: float) -> None:
    await holds(rate, WHOLE)
