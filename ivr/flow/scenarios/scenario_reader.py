"""Turns nodes into scenarios and collects what is wrong on the way; nothing is raised."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Literal

from rapidfuzz import process

from ivr.flow.finding import Finding, Place
from ivr.flow.scenarios.scenario_parts import (
    DEFAULT_AT,
    HEAR_OUT_PAUSE,
    HEAR_OUT_WITHIN,
    HEAR_WITHIN,
    SILENCE_SECONDS,
    Check,
    Checked,
    Expect,
    HangUp,
    Hear,
    HearOut,
    Press,
    Say,
    Scenario,
    Silence,
    Step,
    World,
)
from ivr.flow.scenarios.scenario_values import ValueReader
from ivr.flow.scenarios.scenario_world import WORLD_KEYS, WorldReader
from ivr.flow.source import Node, Rows, Table, Text

KEYS = "0123456789*#ABCD"
MOST_STEPS = 1000
MOST_SCENARIOS = 2000
HIDDEN = "hidden"
OWN_KEYS = ("name", "from", "to", "at", "steps", "expect")
COMMON_KEYS = ("from", "to", "at")
NOTHING = ("none", "нет", "no")

CheckKind = Literal["text", "texts", "pairs", "seconds"]
CHECKS: Mapping[str, CheckKind] = {
    "exit": "text",
    "topic": "text",
    "rating": "text",
    "account": "text",
    "transferred": "text",
    "steps": "texts",
    "not_steps": "texts",
    "hears": "texts",
    "not_hears": "texts",
    "messages": "texts",
    "requests": "texts",
    "stored": "pairs",
    "drafted": "pairs",
    "queued": "pairs",
    "callback": "pairs",
    "seconds": "seconds",
}
"""What a scenario may ask of a call in text, and how it is written."""
SHORT = {"queued": "queue", "callback": "how"}
"""A pair's key that a plain text stands for: `queued: operators`."""


class ScenarioReader(ValueReader):
    def __init__(self, path: Path, findings: list[Finding], zone: tzinfo) -> None:
        super().__init__(findings)
        self.path = path
        self._zone = zone
        self._steps: dict[str, Callable[[Place, Node | None], Step]] = {
            "hear": self._hear,
            "hears": self._hears,
            "hear_out": self._hear_out,
            "press": self._press,
            "say": self._say,
            "deaf": lambda place, node: Say(place, deaf=True),
            "silence": self._silence,
            "hang_up": lambda place, node: HangUp(place),
        }

    def scenarios(self, root: Node) -> list[Scenario]:
        """The file's one scenario, or all under `scenarios`: what stands beside them holds for each."""
        table = self.table(root)
        listed = table.get("scenarios")
        if listed is None:
            return [self._scenario(table, Table((), table.place), self.path.stem)]
        self.known(table, ("scenarios", *COMMON_KEYS, *WORLD_KEYS))
        if not isinstance(listed, Rows):
            self.fault(listed.place, "E302", "здесь нужен список сценариев, каждый с «-»")
            return []
        if not 0 < len(listed.items) <= MOST_SCENARIOS:
            self.fault(listed.place, "E303", f"сценариев должно быть от одного до {MOST_SCENARIOS}")
            return []
        read = [self._scenario(self.table(item), table, "") for item in listed.items]
        self._same_names(read)
        return read

    def _same_names(self, scenarios: list[Scenario]) -> None:
        seen: set[str] = set()
        for scenario in scenarios:
            if scenario.place is not None and scenario.name in seen:
                self.fault(scenario.place, "E327", f"сценарий «{scenario.name}» уже есть в этом файле")
            seen.add(scenario.name)

    def _scenario(self, table: Table, common: Table, name: str) -> Scenario:
        self.known(table, (*OWN_KEYS, *WORLD_KEYS))
        if not name and table.get("name") is None:
            self.fault(table.place, "E301", "не хватает «name»: как сценарий называется")

        def given(key: str) -> Node | None:
            own = table.get(key)
            return own if own is not None else common.get(key)

        steps = self._all_steps(table)
        at = given("at")
        moment = self._at(at)
        expect = self._expect(table.get("expect"), steps)
        places = [node.place for key in WORLD_KEYS if (node := given(key)) is not None]
        moment_here = moment or DEFAULT_AT
        if moment_here.tzinfo is None:
            moment_here = moment_here.replace(tzinfo=self._zone)
        world = WorldReader(self.findings, moment_here).world(given) if places else World()
        return Scenario(
            file=self.path,
            name=self.text(table.get("name")) or name,
            steps=steps,
            expect=expect,
            caller=self._caller(given("from")),
            to=self.number(given("to")),
            at=moment,
            at_place=at.place if at is not None else None,
            world=world,
            place=table.place,
        )

    # -- steps ---------------------------------------------------------------------------------------------------

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
            if node.value in ("hear", "hear_out", "hang_up", "silence", "deaf"):
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
            return Hear(place, self.seconds(node, HEAR_WITHIN))
        table = self.table(node)
        self.known(table, ("within", "says"))
        return Hear(place, self.seconds(table.get("within"), HEAR_WITHIN), self.text(table.get("says")) or None)

    def _hears(self, place: Place, node: Node | None) -> Step:
        says = self.text(node)
        if not says:
            self.fault(place, "E328", "не сказано, что должно прозвучать")
        return Hear(place, says=says or None)

    def _hear_out(self, place: Place, node: Node | None) -> Step:
        if node is None or (isinstance(node, Text) and not node.value):
            return HearOut(place)
        table = self.table(node)
        self.known(table, ("pause", "within"))
        pause = self.seconds(table.get("pause"), HEAR_OUT_PAUSE)
        return HearOut(place, pause, self.seconds(table.get("within"), HEAR_OUT_WITHIN))

    def _press(self, place: Place, node: Node | None) -> Step:
        keys = self.text(node)
        wrong = [key for key in keys if key not in KEYS]
        if not keys or wrong:
            where = node.place if node is not None else place
            self.fault(where, "E307", f"не клавиши телефона: «{keys}»", "0–9, * и #, в кавычках")
        return Press(place, keys)

    def _say(self, place: Place, node: Node | None) -> Step:
        if node is None or isinstance(node, Text):
            text = self.text(node)
            if not text:
                self.fault(place, "E308", "сказать нечего", "напишите слова или {wav: файл.wav}")
            return Say(place, text)
        table = self.table(node)
        self.known(table, ("text", "wav", "heard", "deaf"))
        text, wav = self.text(table.get("text")), table.get("wav")
        name = self.text(wav)
        file = self.path.parent / name if name else None
        if file is not None and wav is not None and not file.is_file():
            self.fault(wav.place, "E309", f"нет такого файла: {file}")
        if not text and file is None:
            self.fault(place, "E308", "сказать нечего", "напишите слова или {wav: файл.wav}")
        heard = self.text(table.get("heard")) or None
        return Say(place, text or None, file, heard, self.yes_no(table.get("deaf")))

    def _silence(self, place: Place, node: Node | None) -> Step:
        if node is None:
            return Silence(place)
        return Silence(place, self.seconds(node, SILENCE_SECONDS if _empty(node) else None, place=place))

    # -- what must come of it ------------------------------------------------------------------------------------

    def _expect(self, node: Node | None, steps: tuple[Step, ...]) -> Expect:
        if node is None:
            return Expect()
        table = self.table(node)
        self.known(table, ("answered_within", "hangs_up_within", "heard", "refused", *CHECKS))
        hangs_up, refused = table.get("hangs_up_within"), table.get("refused")
        if hangs_up is not None and steps and isinstance(steps[-1], HangUp):
            self.fault(hangs_up.place, "E311", "линия не может положить трубку после «hang_up» абонента")
        if refused is not None and steps:
            self.fault(refused.place, "E312", "в отклонённом вызове шагов не бывает")
        return Expect(
            answered_within=self._limit(table.get("answered_within")),
            hangs_up_within=self._limit(hangs_up),
            heard=self._true_or_false(table.get("heard")),
            refused=self._status(refused),
            checks=tuple(self._check(key, value) for key, value in table if key.value in CHECKS),
        )

    def _check(self, key: Text, node: Node) -> Check:
        name, kind = key.value, CHECKS[key.value]
        if isinstance(node, Text) and node.value.lower() in NOTHING:
            return Check(key.place, name, None)
        value: Checked
        match kind:
            case "text":
                value = self.text(node)
            case "texts":
                value = tuple(self.texts(node))
            case "seconds":
                value = self.seconds(node, None, place=key.place)
            case "pairs" if isinstance(node, Text) and name in SHORT:
                value = {SHORT[name]: self.text(node)}
            case "pairs":
                value = self.pairs(node)
        return Check(key.place, name, value)

    def _limit(self, node: Node | None) -> float | None:
        return self.seconds(node, None) if node is not None else None

    def _near(self, word: str) -> str:
        best = process.extractOne(word, list(self._steps), score_cutoff=60)
        return f"может быть, «{best[0]}»?" if best else ""

    def _true_or_false(self, node: Node | None) -> bool | None:
        if node is None:
            return None
        text = self.text(node).lower()
        if text not in ("true", "false"):
            self.fault(node.place, "E316", f"здесь нужно true или false, а не «{text}»")
        return text == "true"

    def _status(self, node: Node | None) -> int | None:
        if node is None:
            return None
        text = self.text(node)
        if len(text) == 3 and text.isascii() and text.isdigit() and 300 <= int(text) <= 699:
            return int(text)
        self.fault(node.place, "E317", f"не отказ SIP: «{text}»", "число от 300 до 699, например 486")
        return None

    def _caller(self, node: Node | None) -> str | None:
        return "" if self.text(node) == HIDDEN else self.number(node)

    def _at(self, node: Node | None) -> datetime | None:
        if node is None:
            return None
        text = self.text(node)
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            self.fault(node.place, "E319", f"не дата и время: «{text}»", "например 2026-03-04T10:00")
            return None


def _empty(node: Node) -> bool:
    return isinstance(node, Text) and not node.value
