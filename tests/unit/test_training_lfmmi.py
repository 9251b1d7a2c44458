"""The training objective against a count of every way there is, on graphs small enough to count them all."""

import itertools
import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from asr.train.lfmmi import Bigram, Rows, loss  # noqa: E402

PHONES, FRAMES = 3, 5


def every_way(scores: "torch.Tensor", paths: list[tuple[tuple[int, ...], float]]) -> "torch.Tensor":
    """Log of the sum over all paths and all ways to lay them over the frames."""
    totals = []
    frames = len(scores)
    for phones, weight in paths:
        for cuts in itertools.combinations(range(1, frames), len(phones) - 1):
            edges = [0, *cuts, frames]
            total = torch.tensor(weight, dtype=torch.float64)
            for phone, start, end in zip(phones, edges, edges[1:], strict=False):
                for at in range(start, end):
                    total = total + scores[at, 2 * phone + (at != start)]
            totals.append(total)
    return torch.logsumexp(torch.stack(totals), 0)


def all_phones(frames: int, bigram: Bigram) -> list[tuple[tuple[int, ...], float]]:
    ways = []
    for length in range(1, frames + 1):
        for phones in itertools.product(range(PHONES), repeat=length):
            weight = bigram.first[phones[0]] * bigram.last[phones[-1]]
            for before, after in itertools.pairwise(phones):
                weight = weight * bigram.step[before, after]
            ways.append((phones, math.log(weight)))
    return ways


def test_the_objective_and_its_gradient_are_those_of_every_way_there_is() -> None:
    torch.manual_seed(0)
    bigram = Bigram.of(np.random.default_rng(0).random((PHONES + 1, PHONES + 1)))
    rows = Rows.of([[(0, True), (1, False), (0, True), (2, False), (0, True)], [(0, False)]])
    lengths = torch.tensor([FRAMES, 3])
    output = torch.randn(2, FRAMES, 2 * PHONES, dtype=torch.float64)

    ours = output.clone().requires_grad_()
    value, impossible = loss(ours, lengths, rows, bigram)
    value.backward()

    counted = output.clone().requires_grad_()
    said = [
        [((*a, 1, *b, 2, *c), 0.0) for a in ((), (0,)) for b in ((), (0,)) for c in ((), (0,))],
        [((0,), 0.0)],
    ]
    total = torch.zeros((), dtype=torch.float64)
    for at, paths in enumerate(said):
        frames = int(lengths[at])
        scores = counted[at, :frames]
        fitting = [path for path in paths if len(path[0]) <= frames]
        total = total + every_way(scores, fitting) - every_way(scores, all_phones(frames, bigram))
    expected = -total / lengths.sum()
    expected.backward()

    assert impossible == 0
    assert value.item() == pytest.approx(expected.item(), abs=1e-9)
    assert (ours.grad - counted.grad).abs().max() < 1e-6
    assert not ours.grad[1, 3:].any()  # nothing is learned from what lies behind an utterance's end


def test_an_utterance_too_short_for_its_phones_teaches_nothing() -> None:
    bigram = Bigram.of(np.ones((PHONES + 1, PHONES + 1)))
    rows = Rows.of([[(1, False), (2, False), (1, False)]])
    output = torch.randn(1, 2, 2 * PHONES, requires_grad=True)
    value, impossible = loss(output, torch.tensor([2]), rows, bigram)
    value.backward()
    assert impossible == 1
    assert not output.grad.any()


def test_following_phones_are_as_likely_as_they_were_counted() -> None:
    counts = np.zeros((4, 4))
    counts[1, 2], counts[1, 3] = 30, 10  # 3 is the edge
    bigram = Bigram.of(counts, floor=0.0001)
    assert bigram.step[1, 2].item() == pytest.approx(0.75, abs=1e-3)
    assert bigram.last[1].item() == pytest.approx(0.25, abs=1e-3)
