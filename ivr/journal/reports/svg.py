"""Charts as SVG: columns and lines over periods, and bars of a list. Small, static, readable in print.

A chart is made of plain values; which report draws what is `charts`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 960
LEFT, RIGHT = 76, 24
COLOURS = ("#2f6db3", "#d9822b", "#4b9b5a", "#8a5ea8", "#9a9a9a")
GRID, INK, FAINT = "#dfe4ea", "#1f2933", "#616e7c"
LETTER = 8.0
"""How wide a letter of the chart's own text is, about: there is no font to measure here."""

Shown = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    values: tuple[float | None, ...]
    """One a label; None: nothing is known, and nothing is drawn."""
    colour: str = COLOURS[0]


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes. Columns are stacked or stand beside each other; lines run over them."""

    columns: tuple[Series, ...] = ()
    lines: tuple[Series, ...] = ()
    shown: Shown = str
    stacked: bool = False
    top: float | None = None
    """The highest value of the axis; None: a round number of `unit` above all values."""
    unit: float = 1.0
    target: float | None = None
    """A level to be kept, drawn as a dashed line."""
    height: int = 240


def over_periods(title: str, labels: Sequence[str], panels: Sequence[Panel]) -> str:
    """Panels above each other with the same periods along their feet."""
    drawn: list[str] = []
    at = 64
    for panel in panels:
        drawn += _panel(panel, labels, at)
        at += panel.height + 62
    if not labels:
        drawn.append(_text(WIDTH / 2, 130, "За это время ничего не было", anchor="middle", colour=FAINT))
    return _svg(title, at + 4, drawn)


def as_bars(title: str, rows: Sequence[tuple[str, float]], shown: Shown, *, most: int = 20, add_up: bool = True) -> str:
    """A bar a row as they come; what is beyond `most` is added up in one, or left out where it cannot be."""
    kept, rest = list(rows[:most]), rows[most:]
    if rest and add_up:
        kept.append((f"остальные ({len(rest)})", sum(value for _, value in rest)))
    left = min(330, max([len(_cut(name, 44)) for name, _ in kept] or [0]) * LETTER + 28)
    longest = max((value for _, value in kept), default=0) or 1
    drawn, at = [], 62.0
    for name, value in kept:
        width = (WIDTH - left - RIGHT - 90) * value / longest
        drawn.append(_text(left - 8, at + 15, _cut(name, 44), anchor="end"))
        drawn.append(_box(left, at, width, 20, COLOURS[0], f"{name}: {shown(value)}"))
        drawn.append(_text(left + width + 6, at + 15, shown(value), colour=FAINT))
        at += 28
    if not kept:
        drawn.append(_text(WIDTH / 2, 100, "За это время ничего не было", anchor="middle", colour=FAINT))
        at = 120
    return _svg(title, at + 16, drawn)


def _panel(panel: Panel, labels: Sequence[str], top: float) -> list[str]:
    if not labels:
        return []
    foot, width = top + 26 + panel.height, WIDTH - LEFT - RIGHT
    highest = panel.top or _round_up(max(_heights(panel), default=0) / panel.unit) * panel.unit
    step = width / len(labels)

    def y(value: float) -> float:
        return foot - panel.height * min(value, highest) / highest

    drawn = _legend([*panel.columns, *panel.lines], top)
    for number in range(5):
        level = highest * number / 4
        drawn.append(f'<path d="M{LEFT} {y(level):.1f}H{WIDTH - RIGHT}" stroke="{GRID}"/>')
        drawn.append(_text(LEFT - 8, y(level) + 4, panel.shown(level), anchor="end", colour=FAINT))
    drawn += _columns(panel, labels, step, y)
    if panel.target is not None:
        path = f'<path d="M{LEFT} {y(panel.target):.1f}H{WIDTH - RIGHT}" stroke="#b33a3a" stroke-dasharray="6 4"/>'
        drawn.append(path)
        drawn.append(_text(WIDTH - RIGHT, y(panel.target) - 5, f"цель {panel.shown(panel.target)}", "end", "#b33a3a"))
    for series in panel.lines:
        drawn += _line(series, labels, step, y, panel.shown)
    return [*drawn, *_labels(labels, step, foot)]


def _columns(panel: Panel, labels: Sequence[str], step: float, y: Callable[[float], float]) -> list[str]:
    drawn = []
    wide = step * 0.72 / (1 if panel.stacked else len(panel.columns) or 1)
    for at, label in enumerate(labels):
        left, base = LEFT + step * at + step * 0.14, 0.0
        for number, series in enumerate(panel.columns):
            value = series.values[at]
            if value is None:
                continue
            from_, to = (base, base + value) if panel.stacked else (0.0, value)
            x = left if panel.stacked else left + wide * number
            title = f"{label}, {series.name}: {panel.shown(value)}"
            drawn.append(_box(x, y(to), max(wide - 1, 0.6), y(from_) - y(to), series.colour, title))
            base = to
    return drawn


def _line(series: Series, labels: Sequence[str], step: float, y: Callable[[float], float], shown: Shown) -> list[str]:
    drawn, path, pen = [], [], "M"
    for at, value in enumerate(series.values):
        if value is None:
            pen = "M"  # the line breaks where nothing is known
            continue
        x = LEFT + step * (at + 0.5)
        path.append(f"{pen}{x:.1f} {y(value):.1f}")
        pen = "L"
        title = escape(f"{labels[at]}, {series.name}: {shown(value)}")
        drawn.append(
            f'<circle cx="{x:.1f}" cy="{y(value):.1f}" r="{3 if step > 12 else 1.5}" fill="{series.colour}">'
            f"<title>{title}</title></circle>"
        )
    line = f'<path d="{"".join(path)}" fill="none" stroke="{series.colour}" stroke-width="2"/>'
    return [line, *drawn] if path else []


def _labels(labels: Sequence[str], step: float, foot: float) -> list[str]:
    """As many as have room beside each other, all at equal distances."""
    widest = max(len(label) for label in labels) * LETTER + 10
    every = max(1, math.ceil(widest / step))
    drawn = []
    for at in range(0, len(labels), every):
        x = LEFT + step * (at + 0.5)
        inside = x + widest / 2 < WIDTH
        drawn.append(_text(x if inside else WIDTH - 4, foot + 18, labels[at], "middle" if inside else "end", FAINT))
    return drawn


def _legend(series: Sequence[Series], top: float) -> list[str]:
    drawn, x = [], float(LEFT)
    for one in series:
        drawn.append(f'<rect x="{x:.0f}" y="{top - 5:.0f}" width="12" height="12" rx="2" fill="{one.colour}"/>')
        drawn.append(_text(x + 18, top + 6, one.name))
        x += 18 + len(one.name) * LETTER + 24
    return drawn


def _heights(panel: Panel) -> list[float]:
    alone = [value for one in (*panel.columns, *panel.lines) for value in one.values if value is not None]
    if panel.stacked and panel.columns:
        stacks = zip(*(one.values for one in panel.columns), strict=True)
        alone += [sum(value or 0 for value in stack) for stack in stacks]
    return [*alone, panel.target or 0]


def _round_up(value: float) -> float:
    """To 1, 2, 4 or 8 times a power of ten: a quarter of it is still a round number."""
    if value <= 4:
        return 4
    power = 10 ** math.floor(math.log10(value))
    return float(next(power * one for one in (1, 2, 4, 6, 8, 10) if power * one >= value))


def _box(x: float, y: float, width: float, height: float, colour: str, title: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(height, 0):.1f}" fill="{colour}">'
        f"<title>{escape(title)}</title></rect>"
    )


def _text(x: float, y: float, words: str, anchor: str = "start", colour: str = INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def _svg(title: str, height: float, drawn: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" role="img" font-family="PT Sans, DejaVu Sans, Arial, sans-serif" font-size="13">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n'
        f'<text x="{LEFT}" y="32" font-size="19" font-weight="bold" fill="{INK}">{escape(title)}</text>\n'
        + "\n".join(drawn)
        + "\n</svg>\n"
    )
