"""Which report is drawn how: a sheet's own figures as columns, lines or bars. Pure."""

from collections.abc import Sequence

from ivr.journal.metrics import EIGHTY_SIXTY
from ivr.journal.reports.sheet import Cell, Kind, Sheet, shown
from ivr.journal.reports.svg import COLOURS, Panel, Series, Shown, as_bars, over_periods


def waits(sheet: Sheet) -> str:
    """Mean wait and service, a pair of columns a month."""
    wait, service = (_series(sheet, column.name, at) for at, column in enumerate(sheet.columns[1:]))
    return over_periods(
        sheet.title, _labels(sheet), [Panel((wait, service), shown=_as("clock"), unit=60_000, height=320)]
    )


def channels(sheet: Sheet) -> str:
    """A column a channel beside the others, month by month."""
    names = [column.title for column in sheet.columns[1:-1]]
    series = tuple(
        Series(str(row[0]), tuple(_number(cell) for cell in row[1:-1]), COLOURS[at % len(COLOURS)])
        for at, row in enumerate(sheet.rows)
    )
    return over_periods(sheet.title, names, [Panel(series, shown=_as("count"), height=320)])


def service_level(sheet: Sheet) -> str:
    """The level above, against its target; below how many came, and what became of them."""
    levels = [column.name for column in sheet.columns if column.name.startswith("sl_")]
    above = Panel(
        lines=tuple(_series(sheet, name, at) for at, name in enumerate(levels)),
        shown=lambda share: f"{100 * share:.0f}%",
        top=1.0,
        target=EIGHTY_SIXTY.share,
        height=220,
    )
    below = Panel(
        columns=tuple(
            _series(sheet, name, colour) for name, colour in (("answered", 2), ("abandoned", 1), ("timed_out", 4))
        ),
        shown=_as("count"),
        stacked=True,
        height=180,
    )
    return over_periods(sheet.title, _labels(sheet), [above, below])


def load(sheet: Sheet) -> str:
    """How many came above, the most at one time and the refused below."""
    came = Panel((_series(sheet, "arrived", 0),), shown=_as("count"), height=180)
    at_once = Panel((_series(sheet, "peak", 2), _series(sheet, "blocked", 1)), shown=_as("count"), height=180)
    return over_periods(sheet.title, _labels(sheet), [came, at_once])


def topics(sheet: Sheet) -> str:
    """A bar a topic."""
    rows = [(str(row[0]), number) for row in sheet.rows if (number := _number(row[1])) is not None]
    return as_bars(sheet.title, rows, _as("count"))


def staffing(sheet: Sheet) -> str:
    """Calls foretold above, operators below: at their desks, and on the rota."""
    calls = Panel((_series(sheet, "calls", 0),), shown=_as("count"), height=180)
    people = Panel((_series(sheet, "operators", 2), _series(sheet, "rota", 4)), shown=_as("count"), height=180)
    return over_periods(sheet.title, _labels(sheet), [calls, people])


def robot(sheet: Sheet) -> str:
    """A bar a step: the share of callers with whom it was carried through."""
    at = [column.name for column in sheet.columns].index("done")
    rows = [
        (f"{row[0]} ({shown(row[2], 'count')})", number)
        for row in sheet.rows
        if (number := _number(row[at])) is not None
    ]
    return as_bars("Доведено роботом до конца", rows, _as("percent"), add_up=False)


def _labels(sheet: Sheet) -> Sequence[str]:
    """Periods, without what all of them share."""
    labels = [str(row[0]) for row in sheet.rows]
    days = {label[:10] for label in labels}
    if len(days) == 1 and all(len(label) == 16 for label in labels):
        return [label[11:] for label in labels]
    if all(len(label) in (10, 16) and label[2] == "." for label in labels):
        return [label[:6].rstrip(".") + label[10:] for label in labels]
    return labels


def _series(sheet: Sheet, name: str, colour: int) -> Series:
    at = [column.name for column in sheet.columns].index(name)
    values = tuple(_number(row[at]) for row in sheet.rows)
    return Series(sheet.columns[at].title, values, COLOURS[colour % len(COLOURS)])


def _number(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None


def _as(kind: Kind) -> Shown:
    return lambda value: shown(value, kind)
