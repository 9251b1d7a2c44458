"""A report as it is handed on: columns, rows, a total, and notes that say by which rules its figures were made.

Cells are values, not texts: a spreadsheet wants a number, a reader «1 134 980». How each kind is written is here, once.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

THIN = "\u2009"
NOTHING = "н/д"

Kind = Literal["text", "count", "clock", "seconds", "percent", "number"]
"""`clock` and `seconds` are milliseconds, shown as м:сс and as whole seconds; `percent` is a share of 1."""
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    """For programs."""
    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Cell] = field(default_factory=dict)
    """Single figures beside the table."""

    def lines(self) -> Iterable[tuple[Cell, ...]]:
        yield from self.rows
        if self.total is not None:
            yield self.total


def half_up(value: float) -> int:
    """To the nearest whole number, a half up: 0.5 → 1, 2.5 → 3."""
    return int(Decimal(repr(value)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def clock(milliseconds: float) -> str:
    """м:сс, half up."""
    minutes, seconds = divmod(half_up(milliseconds / 1000), 60)
    return f"{minutes}:{seconds:02}"


def thousands(count: int) -> str:
    return f"{count:,}".replace(",", THIN)


def shown(cell: Cell, kind: Kind) -> str:
    """A cell as people read it."""
    if cell is None:
        return NOTHING if kind != "text" else ""
    if isinstance(cell, str):
        return cell
    match kind:
        case "clock":
            return clock(cell)
        case "seconds":
            return thousands(half_up(cell / 1000))
        case "percent":
            return (
                f"{Decimal(repr(100 * cell)).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)}".replace(".", ",") + "%"
            )
        case "count":
            return thousands(half_up(cell))
        case "number":
            return f"{Decimal(repr(cell)).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP)}".replace(".", ",")
    return str(cell)


def as_text(sheet: Sheet) -> str:
    """For a terminal: words to the left, figures to the right, the notes under the table."""
    head = [column.title for column in sheet.columns]
    body = [
        [shown(cell, column.kind) for cell, column in zip(row, sheet.columns, strict=True)] for row in sheet.lines()
    ]
    widths = [max(len(row[at]) for row in [head, *body]) for at in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(
            cell.ljust(width) if column.kind == "text" else cell.rjust(width)
            for cell, width, column in zip(cells, widths, sheet.columns, strict=True)
        ).rstrip()

    rule = "  ".join("─" * width for width in widths)
    lines = [sheet.title, "", line(head), rule, *map(line, body)]
    if sheet.total is not None:
        lines.insert(-1, rule)
    return "\n".join([*lines, *([""] if sheet.notes else []), *sheet.notes]) + "\n"


def as_json(sheet: Sheet) -> str:
    """For programs: milliseconds and shares as they are."""
    names = [column.name for column in sheet.columns]
    told = {
        "title": sheet.title,
        "rows": [dict(zip(names, row, strict=True)) for row in sheet.rows],
        "total": dict(zip(names, sheet.total, strict=True)) if sheet.total is not None else None,
        "facts": dict(sheet.facts),
        "notes": list(sheet.notes),
    }
    return json.dumps(told, ensure_ascii=False) + "\n"


def as_csv(sheet: Sheet) -> str:
    """As it is published: what a reader sees, a semicolon between, for spreadsheets that expect Russian figures."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.title for column in sheet.columns])
    for row in sheet.lines():
        cells = [shown(cell, column.kind) for cell, column in zip(row, sheet.columns, strict=True)]
        writer.writerow([_no_formula(cell) for cell in cells])
    return out.getvalue()


def _no_formula(text: str) -> str:
    """A text that a spreadsheet would run is kept a text."""
    return f"'{text}" if text[:1] in "=+-@\t" and not text[1:2].isdigit() else text
