"""The net: a time-delay network over MFCC, one output for each 30 ms, small enough for a telephone line's core.

Batch norm stands before each ReLU, so that it melts into the weights on export; from the third layer on each layer adds
to what it was given.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from asr.train.features import CEPSTRA

SUBSAMPLING = 3


@dataclass(frozen=True, slots=True)
class Shape:
    phones: int
    width: int = 256
    offsets: tuple[tuple[int, ...], ...] = ((-2, -1, 0, 1, 2), (-1, 0, 1), *(((-3, 0, 3),) * 7))
    """Frames of 10 ms that each layer looks at; from the third on, multiples of three."""

    @property
    def outputs(self) -> int:
        """Of each phone two: coming into it and staying."""
        return 2 * self.phones


@dataclass(frozen=True, slots=True)
class Affine:
    """A layer as it is exported."""

    offsets: tuple[int, ...]
    weights: NDArray[np.float64]
    """(outputs, offsets × inputs)"""
    bias: NDArray[np.float64]
    relu: bool
    adds: bool
    """Whether its input is added to its result."""


class Net(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.scale = nn.BatchNorm1d(CEPSTRA, affine=False)
        self.layers, self.norms = nn.ModuleList(), nn.ModuleList()
        inputs = CEPSTRA
        for number, offsets in enumerate(shape.offsets):
            stride = SUBSAMPLING if number == 1 else 1
            self.layers.append(nn.Conv1d(inputs, shape.width, len(offsets), stride=stride, bias=False))
            self.norms.append(nn.BatchNorm1d(shape.width))
            inputs = shape.width
        self.out = nn.Conv1d(inputs, shape.outputs, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]
        self.context = sum(max(offsets) for offsets in shape.offsets)

    def forward(self, features: Tensor) -> Tensor:
        """(utterances, frames, 32) to (utterances, frames ÷ 3 rounded up, outputs); edges are repeated, as in Kaldi."""
        frames = features.shape[1]
        wanted = -(-frames // SUBSAMPLING)
        right = max(0, (wanted - 1) * SUBSAMPLING + self.context - (frames - 1))
        signal = self.scale(features.transpose(1, 2))
        edges = signal[:, :, :1].expand(-1, -1, self.context), signal[:, :, -1:].expand(-1, -1, right)
        signal = torch.cat([edges[0], signal, edges[1]], 2)
        for number, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            result = torch.relu(norm(layer(signal)))
            signal = result + signal[:, :, 1:-1] if number >= 2 else result
        scores: Tensor = self.out(signal)[:, :, :wanted].transpose(1, 2)
        return scores.float()

    def exported(self) -> list[Affine]:
        """The layers with all norms melted in."""
        made = []
        scale, shift = _scale(self.scale)
        for number, offsets in enumerate(self.shape.offsets):
            weights = _exact(self.layers[number].weight)  # outputs, inputs, offsets
            bias = np.einsum("oik,i->o", weights, shift)
            weights = weights * scale[None, :, None]
            by, plus = _scale(self.norms[number])
            flat = weights.transpose(0, 2, 1).reshape(len(weights), -1)
            made.append(Affine(offsets, flat * by[:, None], bias * by + plus, relu=True, adds=number >= 2))
            scale, shift = np.ones(self.shape.width), np.zeros(self.shape.width)
        weights = _exact(self.out.weight)[:, :, 0]
        made.append(Affine((0,), weights, _exact(self.out.bias), relu=False, adds=False))
        return made


def computed(layers: Sequence[Affine], features: NDArray[np.float64]) -> NDArray[np.float64]:
    """What an exported net makes of features, slowly and plainly: (frames, 32) to (frames ÷ 3, outputs)."""
    reach = sum(max(abs(offset) for offset in layer.offsets) for layer in layers)
    signal = np.concatenate([features[:1].repeat(reach, 0), features, features[-1:].repeat(reach + 3, 0)])
    for layer in layers:
        inside = range(len(signal))
        spliced = np.concatenate(
            [signal[np.clip([at + offset for at in inside], 0, len(signal) - 1)] for offset in layer.offsets], 1
        )
        result = spliced @ layer.weights.T + layer.bias
        if layer.relu:
            result = np.maximum(result, 0)
        signal = result + signal if layer.adds else result
    return signal[reach : reach + len(features) : SUBSAMPLING]


def _exact(values: object) -> NDArray[np.float64]:
    assert isinstance(values, Tensor)
    return values.detach().double().numpy()


def _scale(norm: object) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of a batch norm: what its input is multiplied by and what is added."""
    assert isinstance(norm, nn.BatchNorm1d)
    by = 1 / np.sqrt(_exact(norm.running_var) + norm.eps)
    plus = -_exact(norm.running_mean) * by
    if norm.affine:
        gain = _exact(norm.weight)
        by, plus = by * gain, plus * gain + _exact(norm.bias)
    return by, plus
