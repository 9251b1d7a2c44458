"""What a file holds is told by its first line: the columns of each kind of file, in English or in Russian.

The columns are described in docs/storage.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

What = Literal["accounts", "debts", "windows", "outages", "territories", "requests"]

COLUMNS: Mapping[What, tuple[str, ...]] = {
    "accounts": (
        "account", "address", "territory", "kind", "phones", "last_payment", "serial", "resource", "unit", "principal",
        "smart", "digits", "fraction", "max_kw", "zones", "previous", "previous_date", "daily",
    ),
    "debts": ("account", "principal", "service", "debt", "penalty", "as_of", "period"),
    "windows": ("territory", "house", "principal", "resource", "from_day", "to_day", "late"),
    "outages": ("outage", "territory", "streets", "reason", "since", "until", "planned"),
    "territories": ("territory", "time_zone"),
    "requests": ("request", "account", "request_kind", "status", "opened", "planned_on", "closed", "words"),
}  # fmt: skip
NEEDED: Mapping[What, tuple[str, ...]] = {
    "accounts": ("account", "address"),
    "debts": ("account", "debt", "as_of"),
    "windows": ("from_day", "to_day"),
    "outages": ("outage", "reason", "since"),
    "territories": ("territory", "time_zone"),
    "requests": ("request", "account", "request_kind", "opened"),
}
RUSSIAN: Mapping[str, str] = {
    "лицевой счет": "account", "счет": "account", "адрес": "address", "территория": "territory", "вид": "kind",
    "телефоны": "phones", "телефон": "phones", "последний платеж": "last_payment", "номер счетчика": "serial",
    "счетчик": "serial", "ресурс": "resource", "единица": "unit", "поставщик": "principal", "умный": "smart",
    "разрядов": "digits", "знаков после запятой": "fraction", "мощность": "max_kw", "зоны": "zones",
    "показания": "previous", "дата показаний": "previous_date", "расход в день": "daily", "услуга": "service",
    "долг": "debt", "пени": "penalty", "на дату": "as_of", "период": "period", "дом": "house", "с числа": "from_day",
    "по число": "to_day", "опоздавшие": "late", "отключение": "outage", "улицы": "streets", "причина": "reason",
    "начало": "since", "окончание": "until", "плановое": "planned", "часовой пояс": "time_zone",
    "заявка": "request", "тип заявки": "request_kind", "статус": "status", "открыта": "opened",
    "запланирована": "planned_on", "закрыта": "closed", "описание": "words",
}  # fmt: skip


class BadHeader(Exception):
    """The file's first line does not name the columns; nothing was taken."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file is, and its columns in their order."""

    what: What
    columns: tuple[str, ...]

    @classmethod
    def of(cls, cells: Sequence[str]) -> "Layout":
        names = tuple(_name(cell) for cell in cells)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise BadHeader(f"column {twice[0] or 'without a name'!r} twice")
        fitting: list[What] = [what for what, needed in NEEDED.items() if set(needed) <= set(names)]
        for what in fitting:
            if set(names) <= set(COLUMNS[what]):
                return cls(what, names)
        raise BadHeader(_why(names, fitting))


def _name(cell: str) -> str:
    plain = " ".join(cell.lower().replace("ё", "е").split())
    return RUSSIAN.get(plain, plain)


def _why(names: Sequence[str], fitting: Sequence[What]) -> str:
    """Say it of the kind of file this looks most like."""
    what = fitting[0] if fitting else max(COLUMNS, key=lambda one: len(set(names) & set(COLUMNS[one])))
    wrong = [f"unknown column {name!r}" for name in names if name not in COLUMNS[what]]
    wrong += [f"column {name!r} is missing" for name in NEEDED[what] if name not in names]
    return f"{', '.join(wrong)}; the columns of {what} are {', '.join(COLUMNS[what])}"
