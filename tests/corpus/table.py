"""The table of docs/understanding.md: `python -m corpus.table [HOW_MANY]` with `tests` on the path."""

import argparse
import asyncio
import sys
from dataclasses import dataclass
from itertools import count

from corpus.calls import Told, call

SEED = "2026"
WHOLE = 20_000
GOALS = {0.0: 99.0, 0.05: 90.0, 0.10: 80.0, 0.15: 70.0}
"""Of a hundred readings so many at least are right at once, by the share of words recognised wrongly."""
RATES = tuple(GOALS)
HARDEST = 0.15
"""The rate of the rows below. Without earlier readings nothing but the caller's «нет» stops a wrong number; and what a
«да» heard for a «нет» costs is shown apart."""
HEAD = (
    "| errors | word error rate | readings | right at once | asked again, then right | to an operator | wrong stored "
    "| «да» asked twice |\n|---|---|---|---|---|---|---|---|"
)


@dataclass(slots=True)
class Row:
    """Readings at one rate of errors; a meter of three zones gives three of them."""

    rate: float
    readings: int = 0
    at_once: int = 0
    later: int = 0
    operator: int = 0
    wrong: int = 0
    yes_anew: int = 0
    words: int = 0
    errors: int = 0

    def add(self, told: Told) -> None:
        for end, at_once in told.ends():
            self.readings += 1
            self.at_once += at_once
            self.later += end == "right" and not at_once
            self.operator += end == "operator"
            self.wrong += end == "wrong"
        self.yes_anew += len(told.yes_anew)
        self.words += told.ear.words
        self.errors += told.ear.errors

    def share(self, part: int) -> float:
        return 100 * part / self.readings if self.readings else 0.0

    def line(self, name: str) -> str:
        at_once, later, operator, yes = (
            f"{self.share(part):.1f} %" for part in (self.at_once, self.later, self.operator, self.yes_anew)
        )
        errors = f"{100 * self.errors / self.words:.1f} %"
        return f"| {name} | {errors} | {self.readings} | {at_once} | {later} | {operator} | {self.wrong} | {yes} |"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else is so besides a rate of errors."""

    polarity: bool = False
    history: bool = True
    confidences: bool = False


AS_EVER = Circumstances()
NO_HISTORY = Circumstances(history=False)
FURTHER = (
    ("no earlier readings known", NO_HISTORY),
    ("the same, yes and no confused too", Circumstances(polarity=True, history=False)),
    ("the same, words with confidences", Circumstances(polarity=True, history=False, confidences=True)),
)


async def run(rate: float, readings: int, besides: Circumstances = AS_EVER) -> tuple[Row, list[Told]]:
    """The row for so many readings, and the calls in which something false was stored."""
    row, wrong = Row(rate), []
    for number in count():
        if row.readings >= readings:
            break
        told = await call(
            f"{SEED}/{number}",
            rate,
            polarity=besides.polarity,
            history=besides.history,
            confidences=besides.confidences,
        )
        row.add(told)
        if any(end == "wrong" for end, _ in told.ends()):
            wrong.append(told)
    return row, wrong


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="corpus.table", description=__doc__)
    parser.add_argument("readings", type=int, nargs="?", default=WHOLE)
    wanted = parser.parse_args(arguments)
    print(HEAD)
    for rate in RATES:
        row, _ = asyncio.run(run(rate, wanted.readings))
        print(row.line(f"{rate:.0%}"), flush=True)
    for name, besides in FURTHER:
        row, _ = asyncio.run(run(HARDEST, wanted.readings, besides))
        print(row.line(f"{HARDEST:.0%}, {name}"), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
