"""How the steps of the flow in which a caller was asked something went: turns, what was not understood, keys. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ivr.journal.events import Event, Kind
from ivr.journal.times import end_of

LEFT = "hang_up"
"""The outcome of a step in which the caller hung up."""
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One visit to one step."""

    step: str
    """«flow.step»."""
    verb: str
    at: datetime
    outcome: str = ""
    """The way out that was taken; `hang_up`, or the exit of the call, where none was."""
    milliseconds: int = 0
    turns: int = 0
    """How often the line listened and something or nothing came."""
    unclear: int = 0
    """Turns whose answer was not understood."""
    silent: int = 0
    keyed: int = 0
    """Turns answered by keys."""

    @property
    def asked_again(self) -> int:
        """Turns that had to be followed by another because of silence or of what was not understood."""
        return self.unclear + self.silent


def spoken(told: Sequence[Event]) -> list[Spoken]:
    """The steps with at least one turn, and all dialogues. `told` are all of one call's events, in order."""
    found: list[Spoken] = []
    now: Spoken | None = None
    for event in told:
        data = event.data
        match event.kind:
            case Kind.STEP:
                _closed(found, now, event.at, str(data.get("by") or ""))
                step = f"{data.get('flow')}.{data.get('step')}"
                now = Spoken(step, str(data.get("verb") or ""), event.at)
            case Kind.QUEUED:
                _closed(found, now, event.at, "operator")
                now = None
            case Kind.ENDED:
                _closed(found, now, event.at, LEFT if data.get("left") else str(data.get("exit") or ""))
                now = None
            case Kind.UNDERSTOOD if now is not None:
                unclear, keyed = data.get("act") == "nothing", data.get("by") == "keys"
                now = replace(
                    now, turns=now.turns + 1, unclear=now.unclear + unclear, keyed=now.keyed + (keyed and not unclear)
                )
            case Kind.SILENT if now is not None:
                now = replace(now, turns=now.turns + 1, silent=now.silent + 1)
    if told:
        _closed(found, now, end_of(told), LEFT)
    return found


def _closed(found: list[Spoken], now: Spoken | None, at: datetime, outcome: str) -> None:
    if now is not None and (now.turns or now.verb == "bot"):
        found.append(replace(now, outcome=outcome, milliseconds=max(0, (at - now.at) // _MILLISECOND)))
