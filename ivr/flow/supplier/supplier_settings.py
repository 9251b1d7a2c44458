"""What a supplier's line.yaml says beside numbers and queues: zone, account format, windows, territories, retention.

The keys here are `SETTINGS_KEYS`; titles, numbers, queues and everything about flows is `ivr.flow.load`'s to judge.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from bots.catalogue import DIALOGUES
from bots.period import Late, Window
from ivr.flow.finding import Finding, Place
from ivr.flow.hours.calendar_file import read_zone
from ivr.flow.reading import Reader
from ivr.flow.source import Node, Table, Text
from ivr.flow.supplier.lines import Beyond, Limit, bot_line
from ivr.prompts import NotSpeakable
from ivr.prompts.pieces import pieces
from ivr.recordings.rules import ALL
from ivr.recordings.rules import NOTHING as NOT_RECORDED
from ivr.recordings.rules import Rules as Recorded
from ivr.turns.rules import DAYS as TURN_DAYS
from ivr.turns.rules import MEGABYTES as TURN_MEGABYTES
from ivr.turns.rules import OFF as TURNS_OFF
from ivr.turns.rules import Rules as TurnRules

FILE = "line.yaml"
SETTINGS_KEYS = frozenset(
    {"name", "zone", "account", "readings", "retention", "territories", "lines", "recordings", "turns"}
)
DEFAULT_ZONE = ZoneInfo("Europe/Moscow")
LONGEST_ACCOUNT = 20
ALL_MONTH = Window()
_DAYS_KEPT = {
    "recordings": 365, "debt_recordings": 1095, "bot_recordings": 90, "voicemail": 365, "drafts": 90,
    "transcripts": 365, "messages": 365, "contacts": 1095,
}  # fmt: skip
_BEYOND = ("queue", "busy", "say")


@dataclass(frozen=True, slots=True)
class AccountFormat:
    """How account numbers look: digits only, leading zeros count."""

    lengths: tuple[int, ...] = (10,)
    pattern: str | None = None
    group: tuple[int, ...] = (3, 3, 4)
    """How many digits are said in a breath when it is read back."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Days things are kept."""

    recordings: int = _DAYS_KEPT["recordings"]
    debt_recordings: int = _DAYS_KEPT["debt_recordings"]
    bot_recordings: int = _DAYS_KEPT["bot_recordings"]
    voicemail: int = _DAYS_KEPT["voicemail"]
    drafts: int = _DAYS_KEPT["drafts"]
    transcripts: int = _DAYS_KEPT["transcripts"]
    """What was said, heard and pressed, word by word."""
    messages: int = _DAYS_KEPT["messages"]
    """Texts and addresses of SMS and letters."""
    contacts: int = _DAYS_KEPT["contacts"]
    """Telephones and accounts of calls; afterwards they are counted under pseudonyms."""


@dataclass(frozen=True, slots=True)
class Office:
    """A customers' office: what a caller is told of it."""

    address: str
    schedule: str
    """A schedule of calendar.yaml."""
    place: Place
    note: str = ""


@dataclass(frozen=True, slots=True)
class Territory:
    """A part of the supplier's land, named as its accounts name it."""

    name: str
    place: Place
    zone: ZoneInfo | None = None
    spoken: str = ""
    """How a caller hears it, where that is not its name."""
    offices: tuple[Office, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplierSettings:
    slug: str
    title: str
    name: str
    """How the line calls itself to a caller."""
    zone: ZoneInfo = DEFAULT_ZONE
    account: AccountFormat = AccountFormat()
    window: Window = ALL_MONTH
    retention: Retention = Retention()
    recordings: Recorded = NOT_RECORDED
    turns: TurnRules = TURNS_OFF
    territories: Mapping[str, Territory] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    """By number of the line as `canonical` writes it, or `bot_line(name)`."""
    numbers: Mapping[str, Place] = field(default_factory=dict)
    """The numbers as they are written, and where."""
    queues: tuple[str, ...] = ()

    @property
    def zones(self) -> dict[str, ZoneInfo]:
        """Territories that have a zone of their own."""
        return {name: one.zone for name, one in self.territories.items() if one.zone is not None}

    def zone_of(self, territory: str | None) -> ZoneInfo:
        return self.zones.get(territory or "", self.zone)


def read_settings(folder: Path) -> tuple[SupplierSettings | None, list[Finding]]:
    """The settings in a supplier's folder and what is wrong with them; None when line.yaml cannot be read."""
    reader = _SettingsReader()
    root = reader.file(folder / FILE)
    settings = reader.settings(root, folder.name) if root is not None else None
    return settings, reader.sorted_findings()


class _SettingsReader(Reader):
    def settings(self, root: Table, slug: str) -> SupplierSettings:
        title_node, zone_node = root.get("title"), root.get("zone")
        title = " ".join(title_node.value.split()) if isinstance(title_node, Text) else slug
        numbers, queues = self._keys(root.get("numbers")), self._keys(root.get("queues"))
        return SupplierSettings(
            slug,
            title,
            self.text(root.get("name")) or title,
            (read_zone(self, zone_node) if zone_node is not None else None) or DEFAULT_ZONE,
            self._account(root.get("account")),
            self._window(root.get("readings")),
            self._retention(root.get("retention")),
            self._recordings(root.get("recordings"), queues),
            self._turns(root.get("turns")),
            self._territories(root.get("territories")),
            self._limits(root.get("lines"), numbers, queues),
            numbers,
            tuple(queues),
        )

    @staticmethod
    def _keys(node: Node | None) -> dict[str, Place]:
        return {key.value: key.place for key, _ in node} if isinstance(node, Table) else {}

    def _account(self, node: Node | None) -> AccountFormat:
        table = self.table(node)
        if table is None:
            return AccountFormat()
        self.known(table, {"lengths", "pattern", "group"})
        lengths = tuple(
            sorted({self.whole(one, 10, least=1, most=LONGEST_ACCOUNT) for one in self.texts(table.get("lengths"))})
        ) or (10,)
        pattern = self._pattern(table.get("pattern"))
        group_node = table.get("group")
        group = self._group(group_node) if group_node is not None else ()
        if group_node is not None and group and sum(group) not in lengths:
            text = f"группы складываются в {sum(group)} цифр, а номер бывает из {', '.join(map(str, lengths))}"
            self.fault(group_node.place, "E452", text)
        return AccountFormat(lengths, pattern, group or _threes(max(lengths)))

    def _pattern(self, node: Node | None) -> str | None:
        text = self.text(node)
        if node is None or not text:
            return None
        try:
            re.compile(text, re.ASCII)
        except (re.error, RecursionError, OverflowError) as error:
            self.fault(node.place, "E451", f"не регулярное выражение: {error}", r"например \d{10}")
            return None
        return text

    def _group(self, node: Node) -> tuple[int, ...]:
        parts = self.text(node).split("-")
        if all(part.isascii() and part.isdigit() and 1 <= int(part) <= LONGEST_ACCOUNT for part in parts):
            return tuple(int(part) for part in parts)
        self.fault(node.place, "E452", f"не группы цифр: «{self.text(node)}»", "например 3-3-4")
        return ()

    def _window(self, node: Node | None) -> Window:
        table = self.table(node)
        if table is None:
            return ALL_MONTH
        self.known(table, {"from", "to", "late"})
        to = table.get("to")
        last = 31 if self.text(to) == "last" else self.whole(to, 31, least=1, most=31)
        late = self.one_of(table.get("late"), ("next_period", "reject"), "next_period")
        return Window(self.whole(table.get("from"), 1, least=1, most=31), last, cast(Late, late))

    def _retention(self, node: Node | None) -> Retention:
        table = self.table(node)
        if table is None:
            return Retention()
        self.known(table, set(_DAYS_KEPT))
        days = {key: self.whole(table.get(key), most, least=1, most=36_500) for key, most in _DAYS_KEPT.items()}
        return Retention(**days)

    def _recordings(self, node: Node | None, queues: Mapping[str, Place]) -> Recorded:
        table = self.table(node)
        if table is None:
            return NOT_RECORDED
        self.known(table, {"queues", "bots", "debt", "announcement", "announced"})
        found = {
            key: self._names(table.get(key), known)
            for key, known in (("queues", queues), ("bots", DIALOGUES), ("debt", {**queues, **DIALOGUES}))
        }
        announcement = self.text(table.get("announcement"))
        self._check_said(table.get("announcement"), announcement)
        recorded = Recorded(found["queues"], found["bots"], found["debt"], announcement)
        announced = self.yes(table.get("announced"), False)
        if recorded.anything and not announcement and not announced:
            hint = "добавьте announcement: «Разговор записывается», а если об этом говорит сценарий, announced: yes"
            self.fault(table.place, "E456", "звонящему не сказано, что разговор записывается", hint)
        return recorded

    def _turns(self, node: Node | None) -> TurnRules:
        table = self.table(node)
        if table is None:
            return TURNS_OFF
        self.known(table, {"keep", "days", "megabytes", "accounts", "announced"})
        rules = TurnRules(
            self.yes(table.get("keep"), False),
            self.whole(table.get("days"), TURN_DAYS, least=1, most=3_650),
            self.whole(table.get("megabytes"), TURN_MEGABYTES, least=1, most=1_000_000),
            self.yes(table.get("accounts"), False),
        )
        if rules.keep and not self.yes(table.get("announced"), False):
            hint = "скажите в приветствии, что ответы записываются, и напишите announced: yes"
            self.fault(table.place, "E456", "звонящему не сказано, что его ответы записываются", hint)
        return rules

    def _names(self, node: Node | None, known: Mapping[str, object]) -> frozenset[str]:
        found = self.texts(node)
        for name in found:
            if name.value not in known and name.value != ALL:
                hint = self.near(name.value, known) or f"или «{ALL}»: все"
                self.fault(name.place, "E457", f"нет такой очереди и такого диалога: «{name.value}»", hint)
        return frozenset(name.value for name in found)

    def _territories(self, node: Node | None) -> dict[str, Territory]:
        found = {}
        for key, value in self.table(node) or ():
            name = " ".join(key.value.split())
            if isinstance(value, Text) and not value.value:
                found[name] = Territory(name, key.place)
                continue
            table = self.table(value)
            if table is None:
                continue
            self.known(table, {"zone", "spoken", "offices"})
            zone = table.get("zone")
            found[name] = Territory(
                name,
                key.place,
                read_zone(self, zone) if zone is not None else None,
                self.text(table.get("spoken")),
                tuple(office for row in self.rows(table.get("offices")) if (office := self._office(row)) is not None),
            )
        return found

    def _office(self, row: Node) -> Office | None:
        table = self.table(row)
        if table is None:
            return None
        self.known(table, {"address", "schedule", "note"})
        address, schedule = self.need(table, "address"), self.need(table, "schedule")
        named = table.get("schedule")
        return Office(address, schedule, named.place if named is not None else row.place, self.text(table.get("note")))

    # -- lines ---------------------------------------------------------------------------------------------------

    def _limits(self, node: Node | None, numbers: Mapping[str, Place], queues: Mapping[str, Place]) -> dict[str, Limit]:
        found = {}
        for key, value in self.table(node) or ():
            if key.value == "bots":
                for name, of_bot in self.table(value) or ():
                    found[bot_line(name.value)] = self._limit(of_bot, queues)
                continue
            if key.value not in numbers:
                hint = self.near(key.value, numbers) or "сначала впишите его в numbers"
                self.fault(key.place, "E453", f"нет такого номера: «{key.value}»", hint)
            found[canonical(key.value)] = self._limit(value, queues)
        return {name: limit for name, limit in found.items() if limit is not None}

    def _limit(self, node: Node, queues: Mapping[str, Place]) -> Limit | None:
        table = self.table(node)
        if table is None:
            return None
        self.known(table, {"most", "beyond", "queue", "say"})
        most = self.whole(self.needed(table, "most"), 1, least=1, most=10_000)
        beyond = self.one_of(self.needed(table, "beyond"), _BEYOND, "busy")
        queue, say = table.get("queue"), table.get("say")
        if beyond == "queue":
            named = self.needed(table, "queue")
            if named is not None and self.text(named) not in queues:
                text = f"нет такой очереди: «{self.text(named)}»"
                self.fault(named.place, "E112", text, self.near(self.text(named), queues))
        elif queue is not None:
            self.fault(queue.place, "W454", "очередь не нужна: сверх линий в неё никто не попадёт")
        if beyond == "say":
            self._check_said(say, self.need(table, "say"))
        elif say is not None:
            self.fault(say.place, "W454", "этого никто не услышит: сверх линий ничего не говорится")
        return Limit(most, cast(Beyond, beyond), table.place, self.text(queue), self.text(say))

    def _check_said(self, node: Node | None, text: str) -> None:
        if node is None or not text:
            return
        try:
            pieces(text, {})
        except NotSpeakable:
            self.fault(node.place, "E455", f"голос этого не скажет: «{text}»", "напишите словами, без слотов")


def canonical(number: str) -> str:
    """One writing of a number: digits alone, a Russian one with 8 before its ten."""
    digits = "".join(character for character in number if character in "0123456789")
    if len(digits) == 10 or (len(digits) == 11 and digits[0] in "78"):
        return f"8{digits[-10:]}"
    return digits


def _threes(length: int) -> tuple[int, ...]:
    """Groups of three, the last one longer rather than a digit alone."""
    sizes = [3] * (length // 3)
    if not sizes:
        return (length,)
    rest = length % 3
    if rest == 2:
        sizes.append(2)
    elif rest:
        sizes[-1] += 1
    return tuple(sizes)
