"""`gudok bench menu`: processor time of a key menu call, ours against the same menu in Asterisk's own dialplan.

Both are rung in turn in the same run by sipp, each first in every second pair; the ratio is taken within the pair, so
that a machine whose speed drifts says the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ivr.bench import sipp
from ivr.bench.report import Figure, Report, middle
from ivr.bench.rig import BenchLine, both_lines

BUDGET = 1.3
GOAL = 1.15
AGAINST = "the same menu in Asterisk's dialplan, CDR and AMI on"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Load:
    rate: int
    calls: int
    rounds: int


FULL = (Load(10, 150, 5), Load(60, 600, 5), Load(100, 800, 5))
QUICK = (Load(10, 30, 1), Load(60, 180, 1))


@dataclass(frozen=True, slots=True)
class Measured:
    asterisk_ms: float
    """Processor milliseconds of Asterisk, a call."""
    ours_ms: float
    answer_ms: float
    calls: int
    failed: int

    @property
    def total_ms(self) -> float:
        return self.asterisk_ms + self.ours_ms


async def measure(cache: Path, suite: str, *, quick: bool, tell: Tell) -> Report:
    argv = sipp.program(cache, suite)
    figures: list[Figure] = []
    failed = calls = 0
    async with both_lines(cache) as (ours, plain):
        for line in (ours, plain):
            await sipp.ring(argv, line.sip, line.number, rate=10, calls=10)  # not counted: caches fill, files open
        for load in QUICK if quick else FULL:
            pairs = []
            for round_ in range(load.rounds):
                if round_ % 2:
                    second = await _ring(argv, ours, load)
                    pair = (await _ring(argv, plain, load), second)
                else:
                    pair = (await _ring(argv, plain, load), await _ring(argv, ours, load))
                pairs.append(pair)
                tell(
                    f"{load.rate} calls/s, round {round_ + 1}: plain {pair[0].total_ms:.2f} ms a call, ours "
                    f"{pair[1].asterisk_ms:.2f} + {pair[1].ours_ms:.2f}; failed {pair[0].failed} + {pair[1].failed}"
                )
                failed += pair[0].failed + pair[1].failed
                calls += pair[0].calls + pair[1].calls
            figures.extend(_figures(load, pairs))
    figures.append(Figure("failed calls", failed, f"of {calls}", budget=0))
    return Report("menu", max(load.rounds for load in (QUICK if quick else FULL)), tuple(figures))


async def _ring(argv: list[str], line: BenchLine, load: Load) -> Measured:
    before = line.cpu()
    outcome = await sipp.ring(argv, line.sip, line.number, rate=load.rate, calls=load.calls)
    after = line.cpu()
    asterisk, ours = ((late - early) * 1000 / outcome.calls for early, late in zip(before, after, strict=True))
    return Measured(asterisk, ours, outcome.answer_ms, outcome.calls, outcome.failed)


def _figures(load: Load, pairs: list[tuple[Measured, Measured]]) -> list[Figure]:
    at = f"{load.rate} calls/s"
    plain, ours = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ratio = middle([one.total_ms / other.total_ms for other, one in pairs])
    answers, against = middle([one.answer_ms for one in ours]), middle([one.answer_ms for one in plain])
    return [
        Figure(f"CPU a call, {at}", middle([one.total_ms for one in ours]), "ms", AGAINST, ratio, BUDGET),
        Figure(f"CPU a call, Asterisk's part, {at}", middle([one.asterisk_ms for one in ours]), "ms"),
        Figure(f"CPU a call, our part, {at}", middle([one.ours_ms for one in ours]), "ms"),
        Figure(f"CPU a call, plain dialplan, {at}", middle([one.total_ms for one in plain]), "ms"),
        Figure(
            f"INVITE to answer, mean, {at}",
            answers,
            "ms",
            AGAINST,
            round(answers / against, 3) if against else None,
        ),
    ]
