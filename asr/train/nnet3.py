"""An exported net in Kaldi's binary nnet3 format, as Vosk reads it from `am/final.mdl` behind the transition model.

Weights are written as Kaldi's two-byte matrices, which it unpacks while reading: half the size, exact to five digits.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asr.train.net import Affine


def nnet3(layers: Sequence[Affine], inputs: int) -> bytes:
    """`layers` as `Net.exported` gives them; the last one's scores are the output."""
    config = [f"input-node name=input dim={inputs}"]
    components: list[tuple[str, bytes]] = []
    before = "input"
    for number, layer in enumerate(layers, 1):
        last = number == len(layers)
        name = "output" if last else f"tdnn{number}"
        shifted = [before if offset == 0 else f"Offset({before}, {offset})" for offset in layer.offsets]
        spliced = shifted[0] if len(shifted) == 1 else f"Append({', '.join(shifted)})"
        config.append(f"component-node name={name}.affine component={name}.affine input={spliced}")
        components.append((f"{name}.affine", _affine(layer)))
        result = f"{name}.affine"
        if layer.relu:
            config.append(f"component-node name={name}.relu component={name}.relu input={result}")
            components.append((f"{name}.relu", _relu(len(layer.bias))))
            result = f"{name}.relu"
        before = f"Sum({result}, {before})" if layer.adds else result
        if layer.adds and not last:
            config.append(f"component-node name={name}.sum component={name}.sum input={before}")
            components.append((f"{name}.sum", token("<NoOpComponent>") + token("<Dim>") + int32(len(layer.bias))
                               + token("<BackpropScale>") + float32(1.0) + token("</NoOpComponent>")))  # fmt: skip
            before = f"{name}.sum"
    config.append(f"output-node name=output input={before} objective=linear")
    made = [
        token("<Nnet3>"),
        b"\n",
        ("\n".join(config) + "\n\n").encode(),
        token("<NumComponents>"),
        int32(len(components)),
    ]
    for name, body in components:
        made += [token("<ComponentName>"), token(name), body]
    ends = (token("</Nnet3>"), token("<LeftContext>"), int32(0), token("<RightContext>"), int32(0))
    return b"".join((*made, *ends, token("<Priors>"), vector([])))


def token(text: str) -> bytes:
    return text.encode() + b" "


def int32(value: int) -> bytes:
    return b"\x04" + struct.pack("<i", value)


def float32(value: float) -> bytes:
    return b"\x04" + struct.pack("<f", value)


def float64(value: float) -> bytes:
    return b"\x08" + struct.pack("<d", value)


def vector(values: Sequence[float] | NDArray[np.float64]) -> bytes:
    exact = np.asarray(values, "<f4")
    return token("FV") + int32(len(exact)) + exact.tobytes()


def small_matrix(values: NDArray[np.float64]) -> bytes:
    """Each number as one of 65,536 steps between the least and the greatest."""
    least, greatest = np.float32(values.min()), np.float32(values.max())
    spread = max(float(greatest) - float(least), 1e-10)
    steps = np.round((values - float(least)) / spread * 65535).clip(0, 65535).astype("<u2")
    rows, columns = values.shape
    return token("CM2") + struct.pack("<ffii", least, spread, rows, columns) + np.ascontiguousarray(steps).tobytes()


def _affine(layer: Affine) -> bytes:
    return b"".join(
        (
            token("<FixedAffineComponent>"),
            token("<LinearParams>"),
            small_matrix(layer.weights),
            token("<BiasParams>"),
            vector(layer.bias),
            token("</FixedAffineComponent>"),
        )
    )


def _relu(width: int) -> bytes:
    """A nonlinearity with the statistics of training left empty."""
    statistics = (
        token("<ValueAvg>") + vector([]), token("<DerivAvg>") + vector([]), token("<Count>") + float64(0),
        token("<OderivRms>") + vector([]), token("<OderivCount>") + float64(0),
        token("<NumDimsSelfRepaired>") + float64(0), token("<NumDimsProcessed>") + float64(0),
    )  # fmt: skip
    begin = token("<RectifiedLinearComponent>") + token("<Dim>") + int32(width)
    return begin + b"".join(statistics) + token("</RectifiedLinearComponent>")
