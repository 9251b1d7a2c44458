"""What a benchmark says: figures, what each was measured against, and whether its budget holds (docs/CONTRACTS.md)."""

import json
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: float
    unit: str
    against: str | None = None
    """What was run beside it."""
    ratio: float | None = None
    budget: float | None = None
    """The bound of the ratio if there is one, else of the value."""

    @property
    def holds(self) -> bool | None:
        if self.budget is None:
            return None
        return (self.value if self.ratio is None else self.ratio) <= self.budget


@dataclass(frozen=True, slots=True)
class Report:
    bench: str
    runs: int
    figures: tuple[Figure, ...]

    @property
    def holds(self) -> bool:
        return all(figure.holds is not False for figure in self.figures)

    def json(self) -> str:
        figures = [{**asdict(figure), "holds": figure.holds} for figure in self.figures]
        return json.dumps({"bench": self.bench, "runs": self.runs, "figures": figures}, ensure_ascii=False)


def middle(values: list[float]) -> float:
    """The median, rounded as far as such a measurement can be trusted."""
    return round(median(values), 3)
