"""Somebody at a terminal as the caller of a rehearsed call: types what is said, sees what the line does."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from ivr.call.phone import CannotHear, Listen, Pressed, Said, Silence
from ivr.call.rehearsal.stage import Noted
from ivr.call.text_phone import Act, HangsUp
from ivr.journal.events import Kind

Show = Callable[[str, str], None]
"""Shows a line: what kind of line it is (`line`, `understood`, `edge`, `done`, `time`) and its text."""
Type = Callable[[], str | None]
"""What the caller types next; None at the end of the input."""

DEAF = "?"
HANG_UP = ("!", "/hangup")
_SHOWN: Mapping[Kind, str] = {
    Kind.STORED: "записано показание",
    Kind.DRAFTED: "оставлен черновик",
    Kind.REQUESTED: "заведена заявка",
    Kind.MESSAGED: "сообщение",
    Kind.CALLBACK: "обратный звонок",
    Kind.RATED: "оценка",
    Kind.TRANSFERRED: "перевод",
    Kind.TOPIC: "тема",
    Kind.RECORDED: "записано сообщение",
    Kind.ANNOUNCED: "объявление",
}
_HIDDEN = frozenset({"keys", "key", "file", "why"})


class TerminalCaller:
    """Implements `ivr.call.text_phone.TextCaller`. It reads without blocking the call's own tasks."""

    def __init__(self, show: Show, type_: Type) -> None:
        self._show, self._type = show, type_

    async def hears(self, text: str) -> bool:
        self._show("line", text)
        return False

    async def does(self, wanted: Listen | None) -> Act:
        typed = await self._next_line()
        if typed is None or typed.strip() in HANG_UP:
            return HangsUp()
        typed = typed.strip()
        if not typed:
            return Silence()
        if typed == DEAF:
            return CannotHear("typed so")
        if typed.startswith("#"):
            return Pressed(typed[1:] or "#")
        return Said(typed)

    async def leaves_queue(self) -> bool:
        return False

    async def _next_line(self) -> str | None:
        """What is typed next. A thread of its own waits for it: Ctrl-C must not wait for the Enter key."""
        loop = asyncio.get_running_loop()
        line: asyncio.Future[str | None] = loop.create_future()

        def give(typed: str | None) -> None:
            if not line.done():
                line.set_result(typed)

        def wait() -> None:
            typed = self._type()
            with suppress(RuntimeError):  # the call was broken off, and its loop is closed
                loop.call_soon_threadsafe(give, typed)

        threading.Thread(target=wait, name="typed", daemon=True).start()
        return await line


def shown(show: Show, *, verbose: bool) -> Callable[[Noted], None]:
    """Shows what the journal is told. `verbose`: steps with their edges and what was understood as well."""

    def told(noted: Noted) -> None:
        kind, data = noted.kind, noted.data
        if kind in _SHOWN:
            facts = ", ".join(
                f"{name}: {_word(value)}" for name, value in data.items() if name not in _HIDDEN and value
            )
            show("done", f"{_SHOWN[kind]}: {facts}")
        elif kind is Kind.STEP and verbose:
            edge = f"{data['of']} —{data['by']}→ " if "of" in data else ""
            show("edge", f"{edge}{data['flow']}.{data['step']} ({data['verb']})")
        elif kind is Kind.UNDERSTOOD and verbose:
            told_of = [_word(data[name]) for name in ("act", "values", "verdict") if data.get(name)]
            show("understood", "понято: " + "; ".join(told_of))
        elif kind is Kind.ENDED:
            show("done", f"конец: {data['exit']}, {noted.second:.0f} с разговора")

    return told


def transcript(noted: Iterable[Noted]) -> Iterator[str]:
    """A call from its journal: steps, what the line said, what the caller did."""
    for each in noted:
        data = each.data
        match each.kind:
            case Kind.STEP:
                yield f"· {data['flow']}.{data['step']}" + (f" ({data['by']})" if "by" in data else "")
            case Kind.SAID:
                yield f"☎ {data['text']}"
            case Kind.HEARD:
                yield f"> {data['text']}"
            case Kind.PRESSED:
                yield f"> #{data['keys']}"
            case Kind.SILENT:
                yield "> …" if "why" not in data else f"> ({data['why']})"
            case Kind.UNDERSTOOD:
                yield "  ≈ " + "; ".join(_word(data[name]) for name in ("act", "values", "verdict") if data.get(name))
            case Kind.ENDED:
                yield f"✓ {data['exit']}, {each.second:.0f} с"


def _word(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    if isinstance(value, bool):
        return "да" if value else "нет"
    return str(value)
