"""A scenario: what a caller does on the line and what must come of it, written in YAML.

One schema serves `gudok test`, which walks the dialplan in text, and `gudok call`, which rings it; each says with
`not_for_call` and `not_for_text` what it cannot do. Nothing here runs a scenario.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rapidfuzz import process

from ivr.flow.finding import Finding, Place
from ivr.flow.source import BadSource, Node, Rows, Table, Text, compose

KEYS = "0123456789*#ABCD"
MOST_STEPS = 1000
LONGEST_SECONDS = 3600.0
HEAR_WITHIN = 10.0
HEAR_OUT_WITHIN = 60.0
HEAR_OUT_PAUSE = 0.7
HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Hear:
    """The line says something within `within` seconds of the step before; in text, words that contain `says`."""

    place: Place
    within: float = HEAR_WITHIN
    says: str | None = None


@dataclass(frozen=True, slots=True)
class HearOut:
    """Listen until the line has been quiet for `pause` seconds: its prompt is over."""

    place: Place
    pause: float = HEAR_OUT_PAUSE
    within: float = HEAR_OUT_WITHIN


@dataclass(frozen=True, slots=True)
class Press:
    place: Place
    keys: str


@dataclass(frozen=True, slots=True)
class Say:
    """The caller speaks: a text, a recording, or a recording with the text that is in it."""

    place: Place
    text: str | None = None
    wav: Path | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller says nothing for so long."""

    place: Place
    seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    place: Place


Step = Hear | HearOut | Press | Say | Silence | HangUp


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be true of the whole call; None asks nothing."""

    answered_within: float | None = None
    hangs_up_within: float | None = None
    """The line ends the call itself, so soon after the last step."""
    heard: bool | None = None
    """Whether anything is heard at all."""
    refused: int | None = None
    """The line must refuse the call with this SIP status."""


@dataclass(frozen=True, slots=True)
class Scenario:
    file: Path
    name: str
    steps: tuple[Step, ...]
    expect: Expect
    caller: str | None = None
    """The caller's number; "" hides it, None leaves it to the robot."""
    to: str | None = None
    """The number to call; None is the line itself."""
    at: datetime | None = None
    """The moment of the call, for the dialplan's clock; without an offset it is the supplier's local time."""
    at_place: Place | None = None


class BadScenario(Exception):
    """The file is no scenario that can be run. `findings` lists every fault."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


def load_scenario(path: Path) -> Scenario:
    """The scenario in a file; raises `BadScenario` with all that is wrong with it."""
    try:
        root, findings = compose(path)
    except BadSource as bad:
        raise BadScenario([bad.finding]) from bad
    reader = _Reader(path, list(findings))
    scenario = reader.scenario(root)
    if reader.findings:
        raise BadScenario(sorted(reader.findings, key=lambda finding: finding.place))
    return scenario


def not_for_call(scenario: Scenario) -> list[Finding]:
    """What a real call cannot do."""
    found = []
    if scenario.at is not None and scenario.at_place is not None:
        hint = "уберите «at» или проверяйте в `gudok test`"
        found.append(Finding(scenario.at_place, "E320", "настоящий звонок не может быть в другое время", hint))
    for step in scenario.steps:
        if isinstance(step, Hear) and step.says is not None:
            hint = "уберите «says» или проверяйте в `gudok test`"
            found.append(Finding(step.place, "E321", "слова линии робот на слух не проверяет", hint))
    return found


def not_for_text(scenario: Scenario) -> list[Finding]:
    """What a call in text cannot do."""
    found = []
    for step in scenario.steps:
        if isinstance(step, Say) and step.text is None:
            hint = "добавьте рядом «text» со словами записи"
            found.append(Finding(step.place, "E322", "запись без текста в текстовой проверке не услышать", hint))
    return found


class _Reader:
    """Turns nodes into a scenario and collects what is wrong on the way; nothing is raised."""

    def __init__(self, path: Path, findings: list[Finding]) -> None:
        self.path = path
        self.findings = findings
        self._steps: dict[str, Callable[[Place, Node | None], Step]] = {
            "hear": self._hear,
            "hear_out": self._hear_out,
            "press": self._press,
            "say": self._say,
            "silence": self._silence,
            "hang_up": lambda place, node: HangUp(place),
        }

    def fault(self, place: Place, code: str, message: str, hint: str = "") -> None:
        self.findings.append(Finding(place, code, message, hint))

    def scenario(self, root: Node) -> Scenario:
        table = self._table(root)
        self._known(table, ("name", "from", "to", "at", "steps", "expect"))
        steps = self._all_steps(table)
        at = table.get("at")
        return Scenario(
            file=self.path,
            name=self._text(table.get("name")) or self.path.stem,
            steps=steps,
            expect=self._expect(table.get("expect"), steps),
            caller=self._caller(table.get("from")),
            to=self._number(table.get("to")),
            at=self._moment(at),
            at_place=at.place if at is not None else None,
        )

    def _all_steps(self, table: Table) -> tuple[Step, ...]:
        node = table.get("steps")
        if node is None:
            self.fault(table.place, "E301", "не хватает «steps»: что делает абонент")
            return ()
        if not isinstance(node, Rows):
            self.fault(node.place, "E302", "здесь нужен список шагов, каждый с «-»")
            return ()
        if len(node.items) > MOST_STEPS:
            self.fault(node.place, "E303", f"шагов больше {MOST_STEPS}")
            return ()
        steps = [step for item in node.items if (step := self._step(item)) is not None]
        for step in steps[:-1]:
            if isinstance(step, HangUp):
                self.fault(step.place, "E304", "после «hang_up» шагов быть не может")
        return tuple(steps)

    def _step(self, node: Node) -> Step | None:
        words = ", ".join(self._steps)
        if isinstance(node, Text):
            if node.value in ("hear", "hear_out", "hang_up"):
                return self._steps[node.value](node.place, None)
            self.fault(node.place, "E305", f"нет такого шага: «{node.value}»", self._near(node.value) or words)
            return None
        if not isinstance(node, Table) or len(node.items) != 1:
            self.fault(node.place, "E306", "шаг должен делать что-то одно", f"одно из: {words}")
            return None
        key, value = node.items[0]
        if key.value not in self._steps:
            self.fault(key.place, "E305", f"нет такого шага: «{key.value}»", self._near(key.value) or words)
            return None
        return self._steps[key.value](key.place, value)

    def _hear(self, place: Place, node: Node | None) -> Step:
        if node is None or isinstance(node, Text):
            return Hear(place, self._seconds(node, HEAR_WITHIN))
        table = self._table(node)
        self._known(table, ("within", "says"))
        return Hear(place, self._seconds(table.get("within"), HEAR_WITHIN), self._text(table.get("says")) or None)

    def _hear_out(self, place: Place, node: Node | None) -> Step:
        if node is None or (isinstance(node, Text) and not node.value):
            return HearOut(place)
        table = self._table(node)
        self._known(table, ("pause", "within"))
        pause = self._seconds(table.get("pause"), HEAR_OUT_PAUSE)
        return HearOut(place, pause, self._seconds(table.get("within"), HEAR_OUT_WITHIN))

    def _press(self, place: Place, node: Node | None) -> Step:
        keys = self._text(node)
        wrong = [key for key in keys if key not in KEYS]
        if not keys or wrong:
            where = node.place if node is not None else place
            self.fault(where, "E307", f"не клавиши телефона: «{keys}»", "0–9, * и #, в кавычках")
        return Press(place, keys)

    def _say(self, place: Place, node: Node | None) -> Step:
        if node is None or isinstance(node, Text):
            text = self._text(node)
            if not text:
                self.fault(place, "E308", "сказать нечего", "напишите слова или {wav: файл.wav}")
            return Say(place, text)
        table = self._table(node)
        self._known(table, ("text", "wav"))
        text, wav = self._text(table.get("text")), table.get("wav")
        name = self._text(wav)
        file = self.path.parent / name if name else None
        if file is not None and wav is not None and not file.is_file():
            self.fault(wav.place, "E309", f"нет такого файла: {file}")
        if not text and file is None:
            self.fault(place, "E308", "сказать нечего", "напишите слова или {wav: файл.wav}")
        return Say(place, text or None, file)

    def _silence(self, place: Place, node: Node | None) -> Step:
        return Silence(place, self._seconds(node, None, place=place))

    def _expect(self, node: Node | None, steps: tuple[Step, ...]) -> Expect:
        if node is None:
            return Expect()
        table = self._table(node)
        self._known(table, ("answered_within", "hangs_up_within", "heard", "refused"))
        hangs_up, refused = table.get("hangs_up_within"), table.get("refused")
        if hangs_up is not None and steps and isinstance(steps[-1], HangUp):
            self.fault(hangs_up.place, "E311", "линия не может положить трубку после «hang_up» абонента")
        if refused is not None and steps:
            self.fault(refused.place, "E312", "в отклонённом вызове шагов не бывает")
        return Expect(
            answered_within=self._limit(table.get("answered_within")),
            hangs_up_within=self._limit(hangs_up),
            heard=self._yes(table.get("heard")),
            refused=self._status(refused),
        )

    # -- values --------------------------------------------------------------------------------------------------

    def _table(self, node: Node) -> Table:
        if isinstance(node, Table):
            return node
        self.fault(node.place, "E310", "здесь нужны пары «ключ: значение»")
        return Table((), node.place)

    def _known(self, table: Table, keys: tuple[str, ...]) -> None:
        for key, _ in table:
            if key.value not in keys:
                best = process.extractOne(key.value, keys, score_cutoff=60)
                hint = f"может быть, «{best[0]}»?" if best else "здесь бывают: " + ", ".join(keys)
                self.fault(key.place, "E313", f"неизвестный ключ «{key.value}»", hint)

    def _near(self, word: str) -> str:
        best = process.extractOne(word, list(self._steps), score_cutoff=60)
        return f"может быть, «{best[0]}»?" if best else ""

    def _text(self, node: Node | None) -> str:
        if node is None:
            return ""
        if not isinstance(node, Text):
            self.fault(node.place, "E314", "здесь нужен текст")
            return ""
        return " ".join(node.value.split())

    def _limit(self, node: Node | None) -> float | None:
        return self._seconds(node, None) if node is not None else None

    def _seconds(self, node: Node | None, default: float | None, *, place: Place | None = None) -> float:
        text = self._text(node)
        if not text and default is not None:
            return default
        whole, _, part = text.partition(".")
        plain = whole.isascii() and whole.isdigit() and (not part or (part.isascii() and part.isdigit()))
        if plain and len(text) <= 12 and 0 < float(text) <= LONGEST_SECONDS:
            return float(text)
        where = node.place if node is not None else place
        if where is not None:
            hint = f"число больше 0 и не больше {LONGEST_SECONDS:g}, например 2.5"
            self.fault(where, "E315", f"не секунды: «{text}»", hint)
        return default or 1.0

    def _yes(self, node: Node | None) -> bool | None:
        if node is None:
            return None
        text = self._text(node).lower()
        if text not in ("true", "false"):
            self.fault(node.place, "E316", f"здесь нужно true или false, а не «{text}»")
        return text == "true"

    def _status(self, node: Node | None) -> int | None:
        if node is None:
            return None
        text = self._text(node)
        if len(text) == 3 and text.isascii() and text.isdigit() and 300 <= int(text) <= 699:
            return int(text)
        self.fault(node.place, "E317", f"не отказ SIP: «{text}»", "число от 300 до 699, например 486")
        return None

    def _caller(self, node: Node | None) -> str | None:
        return "" if self._text(node) == HIDDEN else self._number(node)

    def _number(self, node: Node | None) -> str | None:
        if node is None:
            return None
        text = self._text(node)
        digits = text.removeprefix("+")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
            self.fault(node.place, "E318", f"не номер телефона: «{text}»", "цифры, впереди можно +")
            return None
        return text

    def _moment(self, node: Node | None) -> datetime | None:
        if node is None:
            return None
        text = self._text(node)
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            self.fault(node.place, "E319", f"не дата и время: «{text}»", "например 2026-03-04T10:00")
            return None
