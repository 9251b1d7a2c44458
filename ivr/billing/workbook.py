"""Exported readings as a workbook a person opens: titles, widths, dates as dates, accounts as text with their zeros."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill

TITLES = {
    "account": ("Лицевой счёт", 16),
    "serial": ("Счётчик", 16),
    "zone": ("Зона", 10),
    "value": ("Показание", 12),
    "taken_at": ("Принято", 18),
    "flagged": ("Проверить", 11),
    "source": ("Откуда", 10),
    "key": ("Ключ", 38),
    "call": ("Разговор", 38),
}
ZONES = {"single": "сутки", "day": "день", "night": "ночь", "peak": "пик", "half_peak": "полупик"}
SOURCES = {"voice": "голос", "keys": "кнопки", "sms": "SMS", "office": "офис"}
_INSTANT = "DD.MM.YYYY HH:MM"


async def write_workbook(path: Path, title: str, rows: AsyncIterator[dict[str, object]]) -> None:
    """Write the workbook. Raises OSError."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for at, (_, width) in enumerate(TITLES.values()):
        sheet.column_dimensions[chr(ord("A") + at)].width = width
    sheet.append([_title(sheet, text) for text, _ in TITLES.values()])
    count = 0
    async for row in rows:
        count += 1
        sheet.append([_cell(sheet, name, row[name]) for name in TITLES])
    sheet.auto_filter.ref = f"A1:{chr(ord('A') + len(TITLES) - 1)}{count + 1}"
    book.save(path)


def _title(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE6F0")
    cell.alignment = Alignment(horizontal="center")
    return cell


def _cell(sheet: Any, name: str, value: object) -> Any:
    match name:
        case "zone":
            return ZONES.get(str(value), str(value))
        case "source":
            return SOURCES.get(str(value), str(value))
        case "flagged":
            return "да" if value else ""
        case "taken_at":
            cell = WriteOnlyCell(sheet, value=datetime.fromisoformat(str(value)).replace(tzinfo=None))
            cell.number_format = _INSTANT
            return cell
        case "account" | "serial":
            cell = WriteOnlyCell(sheet, value=str(value))
            cell.number_format = "@"
            return cell
    return value
