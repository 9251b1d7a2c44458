"""`emergencies.yaml` of a supplier's folder: announcements by file, without publishing anything.

The running service looks at the file; a good one is on the air at the next look, a bad one leaves on the air what was
there and is complained of. docs/calendar.md tells how it is written.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import cast

from ivr.flow.alarms.emergencies import AFTER, LONGEST_TERM, After, Emergency, text_faults
from ivr.flow.finding import Finding, Place
from ivr.flow.reading import Reader, as_date
from ivr.flow.source import Node, Table, Text

FILE = "emergencies.yaml"
_KEYS = {"text", "from", "until", "restored", "territory", "territories", "street", "streets", "queue", "after",
         "to_unknown"}  # fmt: skip
_EMPTY = "E005"


@dataclass(frozen=True, slots=True)
class Known:
    """What an announcement may name: territories (empty: the supplier has named none) and queues."""

    territories: Collection[str] = ()
    queues: Collection[str] = ()


def read_emergencies(
    folder: Path, *, now: datetime, zone: tzinfo, known: Known | None = None
) -> tuple[tuple[Emergency, ...], list[Finding]]:
    """The announcements of a supplier's file and all that is wrong with it; none without a file."""
    path = folder / FILE
    reader = _EmergencyReader(now, zone, known or Known())
    root = reader.file(path) if path.exists() else None
    # An emptied file is how announcements are taken off the air, not a fault.
    reader.findings = [finding for finding in reader.findings if finding.code != _EMPTY]
    found = reader.emergencies(root) if root is not None else ()
    return found, reader.sorted_findings()


class _EmergencyReader(Reader):
    def __init__(self, now: datetime, zone: tzinfo, known: Known) -> None:
        super().__init__()
        self._now, self._zone, self._known_here = now, zone, known

    def emergencies(self, root: Table) -> tuple[Emergency, ...]:
        self.known(root, {"emergencies"})
        node = root.get("emergencies")
        if isinstance(node, Text) and not node.value:
            return ()
        found = [self._emergency(key, value) for key, value in self.table(node) or ()]
        return tuple(one for one in found if one is not None)

    def _emergency(self, key: Text, node: Node) -> Emergency | None:
        table = self.table(node)
        if table is None:
            return None
        self.known(table, _KEYS)
        text_node = table.get("text")
        text = self.need(table, "text")
        starts, restored = self.moment(table.get("from")), self.moment(table.get("restored"))
        until = table.get("until")
        if until is None:
            self.fault(key.place, "E420", f"у объявления «{key.value}» нет срока", "добавьте until: оно снимется само")
        expires = self.moment(until)
        unknown = table.get("to_unknown")
        one = Emergency(
            key.value,
            text,
            expires or self._now,
            starts,
            restored,
            self._named(table, "territory", "territories"),
            self._named(table, "street", "streets"),
            self.text(table.get("queue")),
            cast(After, self.one_of(table.get("after"), AFTER, "continue")),
            self.yes(unknown, True) if unknown is not None else None,
            key.place,
        )
        for name in ("territory", "territories"):
            self._check_known(table.get(name))
        queue = table.get("queue")
        if queue is not None and one.queue not in self._known_here.queues:
            self.fault(
                queue.place,
                "E112",
                f"нет такой очереди: «{one.queue}»",
                self.near(one.queue, set(self._known_here.queues)),
            )
        if text and text_node is not None:
            has_slot = table.get("restored") is not None
            self.findings.extend(text_faults(text, (restored or self._now) if has_slot else None, text_node.place))
        if until is not None and expires is not None:
            self.findings.extend(term_faults(one, self._now, until.place))
        return one if expires is not None else None

    def _named(self, table: Table, one: str, many: str) -> tuple[str, ...]:
        if table.get(one) is not None and table.get(many) is not None:
            self.fault(table.place, "E421", f"«{one}» и «{many}» сразу", f"оставьте «{many}»")
        return tuple(dict.fromkeys(text.value for name in (one, many) for text in self.texts(table.get(name))))

    def _check_known(self, node: Node | None) -> None:
        known = {name.lower(): name for name in self._known_here.territories}
        for text in self.texts(node) if known else ():
            if text.value.lower() not in known:
                hint = self.near(text.value, set(known.values()))
                self.fault(text.place, "E427", f"нет такой территории: «{text.value}»", hint)

    def moment(self, node: Node | None) -> datetime | None:
        """An instant, written 2026-11-21T14:00 or 21.11.2026 14:00, by the supplier's clock."""
        if node is None:
            return None
        at = as_moment(self.text(node), self._zone)
        if at is None:
            hint = "например 2026-11-21T14:00 или 21.11.2026 14:00"
            self.fault(node.place, "E422", f"не дата и время: «{self.text(node)}»", hint)
        return at


def as_moment(text: str, zone: tzinfo) -> datetime | None:
    """A day with its hour, in the zone unless it says its own; None for anything else."""
    day, _, hour = text.replace("T", " ").partition(" ")
    try:
        at = datetime.fromisoformat(f"{as_date(day).isoformat()}T{hour.strip().zfill(5)}")
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def term_faults(emergency: Emergency, now: datetime, place: Place) -> list[Finding]:
    """What is wrong with when it is on the air."""
    if emergency.starts is not None and emergency.expires <= emergency.starts:
        return [Finding(place, "E423", "объявление кончается раньше, чем начинается")]
    if emergency.expires <= now:
        return [Finding(place, "W428", f"срок объявления «{emergency.name}» уже прошёл: его никто не слышит")]
    if emergency.restored is not None and emergency.restored > emergency.expires:
        hint = "срок until — не раньше restored"
        return [Finding(place, "W430", "объявление снимется раньше, чем обещают исправить", hint)]
    if emergency.expires - (emergency.starts or now) > LONGEST_TERM:
        hint = "продлить можно в любой момент"
        return [Finding(place, "W429", f"объявление прозвучит дольше {LONGEST_TERM.days} дней", hint)]
    return []


@dataclass(slots=True)
class WatchedFile:
    """One supplier's file under a running service: the last good announcements, and what is wrong with newer ones."""

    folder: Path
    zone: tzinfo
    known: Known = field(default_factory=Known)
    emergencies: tuple[Emergency, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    """Of the last time it changed; with an error among them, what is on the air is older than the file."""
    _seen: tuple[int, int, int] | None = None
    _looked: bool = False

    def look(self, now: datetime) -> bool:
        """Read the file if it changed since the last look; True: it did. A vanished file takes its own off the air."""
        seen = self._state()
        if self._looked and seen == self._seen:
            return False
        self._looked, self._seen = True, seen
        found, self.findings = read_emergencies(self.folder, now=now, zone=self.zone, known=self.known)
        if not any(finding.is_error for finding in self.findings):
            self.emergencies = found
        return True

    def _state(self) -> tuple[int, int, int] | None:
        try:
            state = (self.folder / FILE).stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_size, state.st_ino
