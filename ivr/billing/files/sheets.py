"""Tables of text out of files: a CSV is one, a workbook has one a sheet. Each can be read twice.

A CSV is read a line at a time, so that a quote that is never closed spoils its own line and not the rest of the file.
"""

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from ivr.billing.files.cells import BadLine
from ivr.billing.files.columns import BadHeader, Layout

WORKBOOKS = frozenset((".xlsx", ".xls", ".xlsb", ".ods"))
EXACT = 10**15
"""A larger number in a workbook has lost its last digits."""

Reject = Callable[[str, str], None]
"""Told where a line stands («accounts.csv:3») and why it was not taken."""


@dataclass(frozen=True, slots=True)
class Row:
    where: str
    cells: Mapping[str, str]
    fault: str = ""
    """Why the line cannot be read; its cells are then as near as can be told, to know whose it is."""


class Sheet(Protocol):
    name: str
    layout: Layout

    def rows(self) -> Iterator[Row]:
        """Its lines below the first, empty ones left out."""
        ...


class CsvSheet:
    """`lines` gives the file's lines anew at each call. Raises `BadHeader`."""

    def __init__(self, name: str, lines: Callable[[], Iterable[bytes]], encoding: str = "auto") -> None:
        self.name = name
        self._lines = lines
        self._encoding = _guessed(lines()) if encoding == "auto" else encoding
        first = next(iter(lines()), None)
        if first is None:
            raise BadHeader("the file is empty; its first line must name the columns")
        try:
            header = _decoded(first, self._encoding).removeprefix("\ufeff").rstrip("\r\n")
        except BadLine as error:
            raise BadHeader(str(error)) from error
        self._delimiter = max(",;\t", key=header.count)
        try:
            self.layout = Layout.of(_cells(header, self._delimiter))
        except BadLine as error:
            raise BadHeader(str(error)) from error

    def rows(self) -> Iterator[Row]:
        columns = self.layout.columns
        for number, raw in enumerate(self._lines(), 1):
            if number == 1 or not raw.strip():
                continue
            where = f"{self.name}:{number}"
            try:
                cells = _cells(_decoded(raw, self._encoding).rstrip("\r\n"), self._delimiter)
                yield Row(where, _by_column(columns, cells))
            except BadLine as error:
                near = raw.decode(self._encoding, "replace").split(self._delimiter)
                yield Row(where, dict(zip(columns, near, strict=False)), str(error))


class WorkbookSheet:
    """One sheet of a workbook; its rows are Python values, made text as a person would write them."""

    def __init__(self, name: str, values: Callable[[], Iterable[Sequence[object]]]) -> None:
        self.name = name
        self._values = values
        first = next(iter(values()), ())
        header = [_text(value) for value in first]
        while header and not header[-1]:
            header.pop()
        self.layout = Layout.of(header)

    def rows(self) -> Iterator[Row]:
        columns = self.layout.columns
        for number, values in enumerate(self._values(), 1):
            if number == 1 or all(value in ("", None) for value in values):
                continue
            where = f"{self.name}!{number}"
            cells = [_text(value) for value in values]
            while len(cells) > len(columns) and not cells[-1]:
                cells.pop()
            cells += [""] * (len(columns) - len(cells))
            try:
                inexact = next((value for value in values if isinstance(value, float) and abs(value) >= EXACT), None)
                if inexact is not None:
                    why = f"a number of more than 15 digits ({inexact:.0f}) is not exact: make its column text"
                    raise BadLine("", why)
                yield Row(where, _by_column(columns, cells))
            except BadLine as error:
                yield Row(where, dict(zip(columns, cells, strict=False)), str(error))


def sheets(path: Path, encoding: str = "auto") -> list[Sheet]:
    """The tables of a file. Raises `BadHeader` where one cannot be told, OSError where there is no file."""
    if path.suffix.lower() not in WORKBOOKS:

        def lines() -> Iterator[bytes]:
            with path.open("rb") as file:
                yield from file

        return [CsvSheet(str(path), lines, encoding)]
    return _workbook(path)


def _workbook(path: Path) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        found: list[Sheet] = []
        for name in book.sheet_names:
            held = book.get_sheet_by_name(name)
            if not held.height or not any(_text(value) for value in next(held.iter_rows())):
                continue

            def values(held: CalamineSheet = held) -> Iterable[Sequence[object]]:
                # Rows from the very first, so that their numbers are those the reader sees.
                yield from [()] * (held.start[0] if held.start else 0)
                yield from held.iter_rows()

            found.append(_titled(f"{path}:{name}", values))
    except CalamineError as error:
        raise BadHeader(f"cannot be read as a workbook: {error}") from error
    if not found:
        raise BadHeader("the workbook is empty")
    return found


def _titled(name: str, values: Callable[[], Iterable[Sequence[object]]]) -> WorkbookSheet:
    try:
        return WorkbookSheet(name, values)
    except BadHeader as error:
        raise BadHeader(f"{name}: {error}") from error


def _by_column(columns: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    if len(cells) != len(columns):
        raise BadLine("", f"{len(cells)} cells, but the first line names {len(columns)} columns")
    return dict(zip(columns, cells, strict=True))


def _guessed(lines: Iterable[bytes]) -> str:
    """UTF-8, unless most lines that could tell are not: then it is a file from Windows."""
    good = bad = 0
    for line in lines:
        if not line.isascii():
            try:
                line.decode()
                good += 1
            except UnicodeDecodeError:
                bad += 1
    return "cp1251" if bad > good else "utf-8"


def _decoded(line: bytes, encoding: str) -> str:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadLine("", f"not in {encoding}; a file from Windows may want --encoding cp1251") from error


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        rows = list(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadLine("", f"cannot be read as CSV: {error}") from error
    return rows[0] if rows else []


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if math.isfinite(value) and value.is_integer():
            return str(int(value))
        case datetime():
            return value.isoformat(" ") if value.time().isoformat() != "00:00:00" else value.date().isoformat()
        case date():
            return value.isoformat()
    return str(value).strip()
