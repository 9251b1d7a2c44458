"""Training: batches, the objective, AdamW on a cosine, a checkpoint now and then from which it goes on."""

import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from asr.pronunciation import PHONES
from asr.train.batches import Batch, Batches, Labels, read
from asr.train.lfmmi import loss
from asr.train.net import Net, Shape
from asr.train.spoken import BANK

_WARM_UP = 150
_REPORT = 20


@dataclass(frozen=True, slots=True)
class Course:
    steps: int = 3000
    size: int = 64
    """Utterances a batch."""
    rate: float = 2e-3
    width: int = 256
    keep: int = 200
    """Steps between checkpoints."""
    workers: int = 1
    seed: int = 1


def fit(audio: Path, kept: Path, course: Course, *, begin: Path | None = None) -> Net:
    """Train on the utterances in `audio`; go on from `kept` if it is there, else from `begin`'s weights, else anew."""
    torch.manual_seed(course.seed)
    labels = Labels()
    spoken = [one for one in read(audio) if not one.voice.startswith(BANK)]
    bigram = labels.bigram(spoken, Random(course.seed))
    net = Net(Shape(len(PHONES), course.width))
    optimiser = torch.optim.AdamW(net.parameters(), lr=course.rate, weight_decay=1e-3)
    done = 0
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        done = state["step"]
    elif begin is not None:
        net.load_state_dict(torch.load(begin, weights_only=True)["net"])
    _tell(f"{sum(p.numel() for p in net.parameters())} parameters, {course.steps - done} steps to go")
    batches = iter(
        DataLoader(
            Batches(audio, labels, course.size, course.seed + done),
            batch_size=None,
            num_workers=course.workers,
            prefetch_factor=8,
        )
    )
    net.train()
    for step, report in _steps(done, course):
        share = step / course.steps
        for group in optimiser.param_groups:
            group["lr"] = course.rate * min(1, (step + 1) / _WARM_UP) * (0.49 * (1 + math.cos(math.pi * share)) + 0.02)
        waited = time.monotonic()
        batch = next(batches)
        report["data"] += time.monotonic() - waited
        value, impossible = _step(net, optimiser, batch, bigram)
        report["objective"] += value
        report["impossible"] += impossible
        if (step + 1) % course.keep == 0 or step + 1 == course.steps:
            half = kept.with_suffix(".part")
            torch.save({"net": net.state_dict(), "optimiser": optimiser.state_dict(), "step": step + 1}, half)
            half.rename(kept)
    return net


def _step(net: Net, optimiser: torch.optim.Optimizer, batch: Batch, bigram: Any) -> tuple[float, int]:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = net(batch.features)
    value, impossible = loss(output, batch.frames, batch.rows, bigram)
    total = value + 2e-4 * output.square().mean()
    optimiser.zero_grad()
    total.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimiser.step()
    return -value.item(), impossible


def _steps(done: int, course: Course) -> Iterator[tuple[int, dict[str, float]]]:
    began = time.monotonic()
    report = dict.fromkeys(("objective", "impossible", "data"), 0.0)
    for step in range(done, course.steps):
        yield step, report
        if (step + 1) % _REPORT == 0:
            pace = (time.monotonic() - began) / (step + 1 - done)
            left = pace * (course.steps - step - 1) / 60
            _tell(
                f"{step + 1}: {report['objective'] / _REPORT:.4f} a frame, {report['impossible']:.0f} impossible, "
                f"{pace:.2f} s a step, {report['data'] / _REPORT:.2f} of it waiting; {left:.0f} min left"
            )
            report.update(dict.fromkeys(report, 0.0))


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
