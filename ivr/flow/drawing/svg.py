"""A dialplan as one SVG: a band a flow, a box a step, a row a way out.

What scenarios have walked is green, the rest red.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from ivr.flow.dialplan import ANOTHER_FLOW, Dialplan, Flow, Menu, Step, When
from ivr.flow.drawing.layout import Layout, Placed, Row, lay_out

WIDTH, GAP, ROW, HEAD, LINE = 250, 110, 19, 28, 15
MARGIN, BETWEEN, BAND = 32, 22, 64
TEXT_LINES = 4
LETTERS = 36
"""Letters of a text in one line of a box."""

WAYS: Mapping[str, str] = {
    "next": "далее", "silence": "молчит", "no_match": "не понят", "refused": "отказ", "too_many": "много попыток",
    "deaf": "не слышим", "operator": "оператора!", "hang_up": "положил трубку", "yes": "да", "no": "нет",
    "unsure": "не уверен", "else": "иначе", "found": "нашлось", "none": "нет ничего", "away": "биллинг недоступен",
    "served": "обслужен", "timeout": "не дождался", "no_operators": "нет операторов", "full": "очередь полна",
    "answered": "ответили", "failed": "не вышло", "made": "заказан", "merged": "уже заказан", "empty": "пусто",
    "skipped": "без оценки", "other": "другая тема", "callback": "перезвонить", "hang_up_asked": "завершить",
}  # fmt: skip
COLOURS: Mapping[str, str] = {
    "say": "#4c78a8", "announce": "#4c78a8", "menu": "#6a4c93", "ask": "#6a4c93", "confirm": "#6a4c93",
    "topics": "#6a4c93", "rate": "#6a4c93", "bot": "#0b7a75", "lookup": "#8a6d3b", "request": "#8a6d3b",
    "message": "#8a6d3b", "callback": "#8a6d3b", "queue": "#c0562f", "transfer": "#c0562f", "record": "#c0562f",
    "end": "#3d3d3d",
}  # fmt: skip
PLAIN = "#6b7280"
WALKED, NOT_WALKED, UNKNOWN = "#2e8b57", "#c62828", "#8d99ae"

Taken = Mapping[tuple[str, str, str], int]
"""How often scenarios took a way: (flow, step, way) → times."""


@dataclass(frozen=True, slots=True)
class _Box:
    placed: Placed
    x: int
    y: int
    text: tuple[str, ...]

    @property
    def height(self) -> int:
        return HEAD + len(self.text) * LINE + (6 if self.text else 0) + len(self.placed.rows) * ROW + 6

    def row_y(self, at: int) -> int:
        return self.y + HEAD + len(self.text) * LINE + (6 if self.text else 0) + at * ROW + ROW // 2


def draw(dialplan: Dialplan, taken: Taken | None = None) -> str:
    """The whole line as one picture; `taken` colours it by what scenarios have walked."""
    bands: list[str] = []
    y, width = MARGIN + BAND, 720
    for flow in _in_order(dialplan):
        band, band_width, band_height = _band(flow, y, taken)
        bands.append(band)
        width, y = max(width, band_width), y + band_height
    height = y + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="DejaVu Sans, Noto Sans, Arial, sans-serif">\n'
        f'<rect width="{width}" height="{height}" fill="#fbfaf7"/>\n'
        + _label(MARGIN, MARGIN + 14, 22, "#222", dialplan.title, bold=True)
        + _label(MARGIN, MARGIN + 36, 12, "#555", _legend(dialplan, taken))
    )
    return head + "".join(bands) + "</svg>\n"


def _in_order(dialplan: Dialplan) -> list[Flow]:
    """Flows that answer a number first."""
    first = set(dialplan.numbers.values())
    return sorted(dialplan.flows.values(), key=lambda flow: flow.name not in first)


def _legend(dialplan: Dialplan, taken: Taken | None) -> str:
    numbers = ", ".join(f"{number} → {flow}" for number, flow in dialplan.numbers.items())
    if taken is None:
        return numbers
    ways = [(step, way) for flow in dialplan.flows.values() for step in flow.steps.values() for way in step.edges()]
    walked = sum(
        bool(taken.get((flow.name, step.name, way.name)))
        for flow in dialplan.flows.values()
        for step in flow.steps.values()
        for way in step.edges()
    )
    return f"{numbers} · пройдено сценариями {walked} из {len(ways)} переходов: зелёные пройдены, красные нет"


def _band(flow: Flow, top: int, taken: Taken | None) -> tuple[str, int, int]:
    boxes = _boxes(lay_out(flow), top + 34)
    height = max((box.y + box.height for box in boxes.values()), default=top) - top + 40
    width = max((box.x + WIDTH for box in boxes.values()), default=0) + MARGIN
    title = f"{flow.title} ({flow.name})" if flow.title else flow.name
    parts = [
        f'<line x1="{MARGIN}" y1="{top - 12}" x2="{width - MARGIN}" y2="{top - 12}" stroke="#ddd"/>\n',
        _label(MARGIN, top + 12, 16, "#333", title, bold=True),
    ]
    parts.extend(_lines(flow, box, boxes, taken) for box in boxes.values())
    parts.extend(_drawn(flow, box, taken) for box in boxes.values())
    return "".join(parts), width, height


def _boxes(layout: Layout, top: int) -> dict[str, _Box]:
    boxes: dict[str, _Box] = {}
    for at, column in enumerate(layout.columns):
        y = top
        for placed in column:
            box = _Box(placed, MARGIN + at * (WIDTH + GAP), y, _text_of(placed.step))
            boxes[placed.step.name] = box
            y += box.height + BETWEEN
    return boxes


def _text_of(step: Step) -> tuple[str, ...]:
    wording = next(step.wordings(), None)
    return tuple(wrapped(wording.text, LETTERS, TEXT_LINES)) if wording is not None else ()


def wrapped(text: str, letters: int, most: int) -> list[str]:
    """`text` in lines of at most `letters`; what does not fit into `most` lines ends in «…»."""
    lines: list[str] = [""]
    for word in text.split():
        word = word if len(word) <= letters else word[: letters - 1] + "…"
        if len(lines[-1]) + len(word) + 1 > letters and lines[-1]:
            if len(lines) == most:
                lines[-1] = lines[-1][: letters - 1] + "…"
                return lines
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines if lines[0] else []


def _drawn(flow: Flow, box: _Box, taken: Taken | None) -> str:
    step = box.placed.step
    colour = COLOURS.get(step.verb, PLAIN)
    border = colour
    if taken is not None:
        border = WALKED if _step_walked(flow, step, taken) else NOT_WALKED
    first = ' stroke-width="3"' if step.name == flow.start else ' stroke-width="1.4"'
    curve = f"a7 7 0 0 1 7 -7 h{WIDTH - 14} a7 7 0 0 1 7 7"
    parts = [
        f'<g><rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{box.height}" rx="7" fill="#fff" '
        f'stroke="{border}"{first}/>'
        f'<path d="M{box.x} {box.y + HEAD - 4} v-{HEAD - 11} {curve} v{HEAD - 11} z" fill="{colour}"/>',
        _label(box.x + 10, box.y + 17, 13, "#fff", _short(step.name, 22), bold=True),
        _label(box.x + WIDTH - 10, box.y + 17, 11, "#fff", _what(step), end=True),
    ]
    for at, line in enumerate(box.text):
        y = box.y + HEAD + 10 + at * LINE
        parts.append(_label(box.x + 10, y, 11, "#333", line))
    for at, row in enumerate(box.placed.rows):
        parts.append(_row(flow, box, at, row, taken))
    parts.append("</g>\n")
    return "".join(parts)


def _row(flow: Flow, box: _Box, at: int, row: Row, taken: Taken | None) -> str:
    y = box.row_y(at)
    colour = _colour(flow, box.placed.step, row, taken)
    step = box.placed.step
    names = _short(", ".join(_way(step, name) for name in row.names), 34 if row.line else 17)
    whole = ", ".join(row.names) + " → " + row.target
    way = f'<circle cx="{box.x + 13}" cy="{y}" r="4" fill="{colour}"/>'
    way += _label(box.x + 23, y + 4, 11, "#444", names, title=whole)
    if row.line:
        return way
    arrow = "⇒" if row.target.startswith(ANOTHER_FLOW) else "→"
    target = f"{arrow} {_short(row.target.removeprefix(ANOTHER_FLOW), 14)}"
    return way + _label(box.x + WIDTH - 10, y + 4, 11, colour, target, end=True)


def _way(step: Step, name: str) -> str:
    """A way as an admin would call it: a condition by its words, a choice with its key."""
    match step:
        case When() if name.isdecimal():
            return step.branches[int(name) - 1].when.written
        case Menu():
            key = next((choice.key for choice in step.choices if choice.name == name), "")
            return f"{key} · {name}" if key else WAYS.get(name, name)
    return WAYS.get(name, name)


def _label(
    x: int, y: int, size: int, colour: str, text: str, *, bold: bool = False, end: bool = False, title: str = ""
) -> str:
    manner = (' font-weight="bold"' if bold else "") + (' text-anchor="end"' if end else "")
    tip = f"<title>{escape(title)}</title>" if title else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}"{manner}>{tip}{escape(text)}</text>\n'


def _lines(flow: Flow, box: _Box, boxes: Mapping[str, _Box], taken: Taken | None) -> str:
    parts = []
    for at, row in enumerate(box.placed.rows):
        if not row.line:
            continue
        to = boxes[row.target]
        x1, y1, x2, y2 = box.x + WIDTH, box.row_y(at), to.x, to.y + HEAD // 2
        bend = (x2 - x1) // 2 if x2 - x1 <= GAP else GAP // 2
        colour = _colour(flow, box.placed.step, row, taken)
        parts.append(
            f'<path d="M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2 - 5} {y2}" fill="none" stroke="{colour}" '
            f'stroke-width="1.5"/><path d="M{x2} {y2} l-8 -4 v8 z" fill="{colour}"/>\n'
        )
    return "".join(parts)


def _colour(flow: Flow, step: Step, row: Row, taken: Taken | None) -> str:
    if taken is None:
        return UNKNOWN
    return WALKED if all(taken.get((flow.name, step.name, name)) for name in row.names) else NOT_WALKED


def _step_walked(flow: Flow, step: Step, taken: Taken) -> bool:
    into = any(
        taken.get((flow.name, other.name, edge.name))
        for other in flow.steps.values()
        for edge in other.edges()
        if edge.target == step.name
    )
    out = any(taken.get((flow.name, step.name, edge.name)) for edge in step.edges())
    return into or out


def _what(step: Step) -> str:
    """The verb, and for those that name something what they name."""
    for name in ("bot", "queue", "what", "expect", "kind", "message", "flow", "exit"):
        value = getattr(step, name, "")
        if value:
            return _short(f"{step.verb} {value}", 18)
    return step.verb


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"
