"""A report as a spreadsheet that opens formatted: figures are figures, the head stays in sight, notes stand below."""

import io
from collections.abc import Mapping

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from ivr.journal.reports.sheet import NOTHING, Cell, Kind, Sheet, half_up, shown

DAY_MS = 86_400_000
FORMATS: Mapping[Kind, str] = {
    "count": "#,##0", "clock": "[m]:ss", "seconds": "0", "percent": "0.0%", "number": "0.00", "text": "@",
}  # fmt: skip
WIDEST = 48


def as_xlsx(sheet: Sheet) -> bytes:
    book = Workbook()
    page = book.active
    if page is None:
        raise AssertionError("a new workbook has a page")
    page.title = sheet.title[:31]
    page.append([sheet.title])
    page["A1"].font = Font(bold=True, size=14)
    page.append([])
    page.append([column.title for column in sheet.columns])
    head = page.max_row
    for title in page[head]:
        title.font = Font(bold=True)
        title.fill = PatternFill("solid", fgColor="E8EEF4")
        title.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    for row in sheet.lines():
        page.append([_value(value, column.kind) for value, column in zip(row, sheet.columns, strict=True)])
        for place, column in zip(page[page.max_row], sheet.columns, strict=True):
            place.number_format = FORMATS[column.kind]
            if place.value == NOTHING:
                place.alignment = Alignment(horizontal="right")
    if sheet.total is not None:
        for box in page[page.max_row]:
            box.font = Font(bold=True)
            box.border = Border(top=Side(style="thin"))
    for note in ("", *sheet.notes):
        page.append([note] if note else [])
        if note:
            page.cell(page.max_row, 1).font = Font(italic=True, color="555555")
    for at, column in enumerate(sheet.columns, start=1):
        texts = [shown(row[at - 1], column.kind) for row in sheet.lines()]
        widest = max([len(text) for text in texts] + [min(len(column.title), 18)])
        page.column_dimensions[get_column_letter(at)].width = min(widest + 3, WIDEST)
    page.freeze_panes = f"B{head + 1}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _value(cell: Cell, kind: Kind) -> Cell:
    if cell is None:
        return NOTHING if kind != "text" else ""
    if isinstance(cell, str):
        # A text that begins like a formula must stay one.
        return f"'{cell}" if cell[:1] in "=+-@" and not cell[1:2].isdigit() else cell
    match kind:
        case "clock":
            return half_up(cell / 1000) * 1000 / DAY_MS
        case "seconds":
            return half_up(cell / 1000)
    return cell
