"""Lattice-free MMI from a flat start: what was said against everything that could have been said, frame by frame.

A phone enters through its first output and stays in its second, as the transition model of the exported model says. The
numerator is a row of phones, some of them optional (silence between words); the denominator a bigram of phones. Both
are summed forward and backward in double precision, scaled at each frame, and their difference is the gradient.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Mass = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Rows:
    """What was said in each utterance of a batch, padded to the longest."""

    phones: Tensor
    """(utterances, states): the phone of each state."""
    optional: Tensor
    """(utterances, states): 1 where the state may be left out."""
    lengths: Tensor

    @classmethod
    def of(cls, rows: Sequence[Sequence[tuple[int, bool]]]) -> "Rows":
        longest = max(map(len, rows))
        phones = torch.zeros(len(rows), longest, dtype=torch.long)
        optional = torch.zeros(len(rows), longest, dtype=torch.float64)
        for at, row in enumerate(rows):
            phones[at, : len(row)] = torch.tensor([phone for phone, _ in row])
            optional[at, : len(row)] = torch.tensor([float(may) for _, may in row], dtype=torch.float64)
        return cls(phones, optional, torch.tensor([len(row) for row in rows]))


@dataclass(frozen=True, slots=True)
class Bigram:
    """How phones follow one another in everything that could be said."""

    step: Tensor
    first: Tensor
    last: Tensor

    @classmethod
    def of(cls, counts: NDArray[np.float64], floor: float = 0.02) -> "Bigram":
        """`counts[a, b]`: how often b came after a; the last row and column are the edge of an utterance."""
        chances = counts + floor
        chances[-1, -1] = 0
        chances[0, 0] = 1e-6  # silence after silence is one silence
        chances /= chances.sum(1, keepdims=True)
        table = torch.tensor(chances, dtype=torch.float64)
        return cls(table[:-1, :-1], table[-1, :-1], table[:-1, -1])


def sums(
    enter: Tensor, stay: Tensor, step: Mass, back: Mass, first: Tensor, last: Tensor, frames: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Of a graph of states in which each may be stayed in: log of the total, and the share of the total in each.

    `enter`, `stay`: (utterances, frames, states) likelihoods of coming into a state and of staying; `step` moves mass
    along the arcs, `back` against them. Returns (utterances), and twice (utterances, frames, states).
    """
    many, longest, states = enter.shape
    ahead = torch.empty(longest, many, states, dtype=enter.dtype)
    came = torch.empty_like(ahead)
    scale = torch.ones(longest, many, dtype=enter.dtype)
    alpha = first * enter[:, 0]
    came[0] = first
    scale[0] = alpha.sum(1).clamp_min(1e-300)
    alpha = alpha / scale[0][:, None]
    ahead[0] = alpha
    for at in range(1, longest):
        came[at] = step(alpha)
        following = alpha * stay[:, at] + came[at] * enter[:, at]
        size = following.sum(1).clamp_min(1e-300)
        going = at < frames
        alpha = torch.where(going[:, None], following / size[:, None], alpha)
        scale[at] = torch.where(going, size, scale[at])
        ahead[at] = alpha
    ending = (alpha * last).sum(1).clamp_min(1e-300)
    total = torch.log(scale).sum(0) + torch.log(ending)

    entered, stayed = torch.zeros_like(enter), torch.zeros_like(stay)
    beta = last / ending[:, None]
    for at in range(longest - 1, -1, -1):
        going = (at < frames)[:, None]
        entering = enter[:, at] * beta / scale[at][:, None]
        entered[:, at] = came[at] * entering * going
        if at:
            staying = stay[:, at] * beta / scale[at][:, None]
            stayed[:, at] = ahead[at - 1] * staying * going
            beta = torch.where(going, staying + back(entering), beta)
    return total, entered, stayed


class _Objective(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, output: Tensor, frames: Tensor, rows: Rows, bigram: Bigram) -> tuple[Tensor, Tensor]:
        many, longest, width = output.shape
        exact = output.detach().double()
        likely = torch.exp(exact - exact.amax(2, keepdim=True))

        states = rows.phones.shape[1]
        chosen = (2 * rows.phones)[:, None].expand(many, longest, states)
        skip = torch.zeros_like(rows.optional)
        skip[:, 2:] = rows.optional[:, 1:-1]
        first, last = torch.zeros_like(rows.optional), torch.zeros_like(rows.optional)
        first[:, 0] = 1
        first[:, 1] = rows.optional[:, 0]
        each = torch.arange(many)
        last[each, rows.lengths - 1] = 1
        last[each, (rows.lengths - 2).clamp_min(0)] += rows.optional[each, rows.lengths - 1] * (rows.lengths > 1)

        def step(mass: Tensor) -> Tensor:
            moved = torch.zeros_like(mass)
            moved[:, 1:] = mass[:, :-1]
            moved[:, 2:] += mass[:, :-2] * skip[:, 2:]
            return moved

        def back(mass: Tensor) -> Tensor:
            moved = torch.zeros_like(mass)
            moved[:, :-1] = mass[:, 1:]
            moved[:, :-2] += mass[:, 2:] * skip[:, 2:]
            return moved

        said, entered, stayed = sums(
            likely.gather(2, chosen), likely.gather(2, chosen + 1), step, back, first, last, frames
        )
        share = torch.zeros(many, longest, width, dtype=torch.float64)
        share.scatter_add_(2, chosen, entered)
        share.scatter_add_(2, chosen + 1, stayed)
        possible = (share.sum((1, 2)) / frames - 1).abs() < 0.01  # else more phones than frames
        every, entered, stayed = sums(
            likely[:, :, 0::2],
            likely[:, :, 1::2],
            lambda mass: mass @ bigram.step,
            lambda mass: mass @ bigram.step.T,
            bigram.first.expand(many, -1),
            bigram.last.expand(many, -1),
            frames,
        )
        share[:, :, 0::2] -= entered
        share[:, :, 1::2] -= stayed
        share *= possible[:, None, None]
        heard = frames.sum()
        ctx.save_for_backward((-share / heard).float())
        return -((said - every) * possible).sum() / heard, (~possible).sum()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (share,) = ctx.saved_tensors
        return gradients[0] * share, None, None, None


def loss(output: Tensor, frames: Tensor, rows: Rows, bigram: Bigram) -> tuple[Tensor, int]:
    """The objective a frame, to be made small, and how many utterances were too short for their phones.

    `output`: (utterances, frames, 2 × phones), the net's scores.
    """
    value, impossible = _Objective.apply(output, frames, rows, bigram)
    return value, int(impossible)
