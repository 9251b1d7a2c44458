"""What a dialplan went through before it was published: the check's result and the scenarios' result, as they are kept.

How scenarios are run is not known here: whoever publishes hands in a `RunScenarios`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ivr.flow.finding import Finding


@dataclass(frozen=True, slots=True)
class Checked:
    """How the check of all files came out."""

    errors: int
    warnings: int
    codes: Mapping[str, int]
    """How often each code was found."""

    @classmethod
    def of(cls, findings: list[Finding]) -> "Checked":
        codes: dict[str, int] = {}
        for finding in findings:
            codes[finding.code] = codes.get(finding.code, 0) + 1
        errors = sum(finding.is_error for finding in findings)
        return cls(errors, len(findings) - errors, dict(sorted(codes.items())))

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return "clean" if not self.codes else f"{self.errors} errors, {self.warnings} warnings"


@dataclass(frozen=True, slots=True)
class Tried:
    """How the scenarios of a dialplan came out; `not_run` says why, where nobody ran them."""

    passed: int = 0
    failed: tuple[str, ...] = ()
    """What failed, a line each, as the admin reads it."""
    not_run: str = ""

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        if self.not_run:
            return f"scenarios not run: {self.not_run}"
        scenarios = "scenario" if self.passed == 1 else "scenarios"
        return f"{self.passed} {scenarios} passed" + (f", {len(self.failed)} failed" if self.failed else "")


RunScenarios = Callable[[Path], Awaitable[Tried]]
"""Runs the scenarios of a dialplan in this folder, in text."""


async def nobody_runs_them(folder: Path) -> Tried:
    """For an installation without a runner of scenarios: told and kept as it is."""
    return Tried(not_run="there is no runner for them")
