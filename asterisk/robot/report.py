"""What came of a scenario: every step with its time, what was not as it should be, and the figures of the call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StepReport:
    kind: str
    """As the scenario writes it: `hear`, `press`…"""
    step: str
    where: str
    ok: bool
    began: float
    """Seconds after the call was made."""
    seconds: float
    measured: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Report:
    scenario: str
    file: str
    target: str
    caller: str
    steps: tuple[StepReport, ...]
    failures: tuple[Failure, ...]
    began: str
    timings: Mapping[str, float | None]
    """Seconds after the call was made; `first_sound_after_answer` after the answer."""
    ended: str
    packets: Mapping[str, int]

    @property
    def ok(self) -> bool:
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "file": self.file,
            "ok": self.ok,
            "to": self.target,
            "from": self.caller,
            "began": self.began,
            "timings": dict(self.timings),
            "steps": [
                {
                    "kind": one.kind,
                    "step": one.step,
                    "where": one.where,
                    "ok": one.ok,
                    "began": round(one.began, 3),
                    "seconds": round(one.seconds, 3),
                    **{name: round(value, 3) for name, value in one.measured.items()},
                }
                for one in self.steps
            ],
            "failures": [{"where": one.where, "message": one.message} for one in self.failures],
            "ended": self.ended,
            "rtp": dict(self.packets),
        }
