"""Kaldi's MFCC as `conf/mfcc.conf` asks for it, in torch: what the net sees in training is what Vosk will show it.

8 kHz, frames of 25 ms each 10 ms, no dither, 32 mel bands between 60 and 3,700 Hz, 32 cepstra; equal to Kaldi's own to
rounding (snip edges, no energy).
"""

import math
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

RATE, FRAME, STEP, FFT = 8000, 200, 80, 256
BANDS = CEPSTRA = 32
LOWEST, HIGHEST = 60.0, 3700.0
_LIFTER = 22
_EMPHASIS = 0.97
_LEAST = float(np.finfo(np.float32).eps)

CONF = f"""\
--sample-frequency={RATE}
--use-energy=false
--num-mel-bins={BANDS}
--num-ceps={CEPSTRA}
--low-freq={LOWEST:.0f}
--high-freq={HIGHEST:.0f}
--dither=0
--allow-downsample=true
--allow-upsample=true
"""


def mfcc(samples: Tensor, warp: float = 1.0) -> Tensor:
    """(…, samples) in the scale of 16-bit integers to (…, frames, 32).

    `warp` stretches the frequency axis: above one a longer throat, below one a shorter.
    """
    frames = samples.unfold(-1, FRAME, STEP)
    frames = frames - frames.mean(-1, keepdim=True)
    before = torch.cat([frames[..., :1], frames[..., :-1]], -1)
    power = torch.fft.rfft((frames - _EMPHASIS * before) * _window(), FFT).abs().square()
    return torch.log(torch.clamp(power @ _bands(round(warp, 3)), min=_LEAST)) @ _cosines()


def _mel(frequency: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(np.asarray(frequency) / 700.0))


@cache
def _window() -> Tensor:
    at = np.arange(FRAME)
    return torch.tensor((0.5 - 0.5 * np.cos(2 * math.pi * at / (FRAME - 1))) ** 0.85, dtype=torch.float32)


@cache
def _bands(warp: float) -> Tensor:
    """(bins, bands): triangles evenly wide in mel."""
    lowest, highest = _mel(LOWEST), _mel(HIGHEST)
    width = (highest - lowest) / (BANDS + 1)
    bins = _mel(np.arange(FFT // 2) * RATE / FFT * warp)
    weights = np.zeros((FFT // 2 + 1, BANDS))
    for band in range(BANDS):
        left, middle, right = (lowest + (band + edge) * width for edge in range(3))
        rising, falling = (bins - left) / (middle - left), (right - bins) / (right - middle)
        weights[:-1, band] = np.clip(np.minimum(rising, falling), 0, None)
        if warp != 1.0 and weights[:, band].sum() < 0.3:  # pushed out of what 8 kHz hold
            weights[:, band] = weights[:, band - 1]
    return torch.tensor(weights, dtype=torch.float32)


@cache
def _cosines() -> Tensor:
    """(bands, cepstra): an orthonormal cosine transform, liftered."""
    cepstrum, band = np.arange(CEPSTRA)[None, :], np.arange(BANDS)[:, None]
    table = math.sqrt(2 / BANDS) * np.cos(math.pi / BANDS * (band + 0.5) * cepstrum)
    table[:, 0] = math.sqrt(1 / BANDS)
    lifter = 1 + 0.5 * _LIFTER * np.sin(math.pi * np.arange(CEPSTRA) / _LIFTER)
    return torch.tensor(table * lifter, dtype=torch.float32)
