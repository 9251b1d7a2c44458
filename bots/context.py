"""What an operator sees of a call when it is handed over: whatever the robot heard, understood and could not.

Pure: out of the caller's card, in short Russian lines (a screen titles them, a channel carries them as variables) and
as data for a program. The words of a caller are told as they were heard.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from bots.catalogue import DIALOGUES, TEXTS
from bots.desk import ReadingToStore
from bots.dialogues.script import BROKEN_OFF, CALLER_LEFT
from bots.disclosure import Level
from bots.outcome import HeardMeter, Outcome
from bots.seat import Caller

_LEVELS: Mapping[Level, str] = {
    Level.L0: "не подтверждён",
    Level.L1: "номер телефона в базе",
    Level.L1D: "назвался владельцем",
    Level.L2: "проверен",
    Level.L3: "проверен оператором",
}
_RESOURCES: Mapping[str, str] = {"electricity": "электричество", "water": "вода", "heat": "тепло", "gas": "газ"}
_ZONES: Mapping[str, tuple[str, str]] = {
    "single": ("показания", "ы"),
    "day": ("день", ""),
    "night": ("ночь", "а"),
    "peak": ("пик", ""),
    "half_peak": ("полупик", ""),
}
"""How a zone is named, and what its adjectives end in."""
_KINDS = {"sealing": "опломбировка", "replacement": "замена", "check": "проверка"}
_UNDECLARED = {CALLER_LEFT: "позвонивший положил трубку", BROKEN_OFF: "разговор прервался"}
_SLOT = re.compile(r"\{[^{}]*\}")


TITLES: Mapping[str, str] = {
    "phone": "Телефон",
    "account": "Лицевой счёт",
    "linked": "Счета этого телефона",
    "address": "Адрес",
    "caller": "Кто звонит",
    "topic": "Тема",
    "said": "Сказано",
    "robot": "Робот",
    "taken": "Принято",
    "draft": "Черновик",
    "result": "Итог",
    "question": "Последний вопрос",
}
"""The lines in the order in which they are read."""
LONGEST = 300
"""Letters of a line: it has to go into a channel's variable and be read at a glance."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """The same twice: `lines` for people, by the keys of `TITLES`; `data` as JSON takes it."""

    lines: Mapping[str, str]
    data: Mapping[str, object]

    @property
    def titled(self) -> Mapping[str, str]:
        """The lines under their Russian titles."""
        return {TITLES[key]: words for key, words in self.lines.items()}


def context(caller: Caller, *, topic: str = "", texts: Mapping[str, str] = TEXTS) -> CallContext:
    """What is known of the call so far; `texts` word the last question as this supplier asks it."""
    lines = {
        "phone": caller.phone or "скрыт",
        "account": caller.account.number if caller.account is not None else "",
        "linked": _linked(caller),
        "address": caller.account.address if caller.account is not None else "",
        "caller": _LEVELS[caller.level],
        "topic": topic,
        "said": caller.said,
        "robot": _dialogues(caller),
        "taken": _stored(caller),
        "draft": _drafts(caller),
        "result": _facts(caller),
        "question": _last_question(caller, texts),
    }
    data: Mapping[str, object] = {
        "phone": caller.phone,
        "account": caller.account.number if caller.account is not None else None,
        "territory": caller.account.territory if caller.account is not None else None,
        "linked": [account.number for account in caller.linked or ()],
        "level": caller.level.value,
        "topic": topic,
        "said": caller.said,
        "dialogues": [_as_data(one) for one in caller.outcomes],
    }
    return CallContext({key: _short(words) for key, words in lines.items() if words}, data)


def _linked(caller: Caller) -> str:
    """Whose account it may be, where nobody has said."""
    if caller.account is not None or caller.not_mine:
        return ""
    return ", ".join(account.number for account in caller.linked or ())


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"


def draft(meter: HeardMeter) -> str:
    """«день принят 12345, ночь не разобрана»."""
    order = list(_ZONES)
    zones = sorted({*meter.heard, *meter.missing}, key=order.index)
    return ", ".join(_zone(zone, meter) for zone in zones)


def _zone(zone: str, meter: HeardMeter) -> str:
    name, ending = _ZONES[zone]
    if zone in meter.missing:
        return f"{name} не разобран{ending}"
    if zone in meter.confirmed:
        return f"{name} принят{ending} {meter.heard[zone]}"
    return f"{name} {meter.heard[zone]}, без подтверждения"


def _dialogues(caller: Caller) -> str:
    """«показания: разобрать ответ не получилось»: which dialogues there were, and how each ended."""
    said = []
    for one in caller.outcomes:
        dialogue = DIALOGUES.get(one.dialogue)
        if dialogue is None:
            continue
        means = dialogue.outcomes.get(one.name) or _UNDECLARED.get(one.name, one.name)
        said.append(f"{dialogue.title}: {means}")
    return "; ".join(said)


def _stored(caller: Caller) -> str:
    return "; ".join(_reading(reading) for one in caller.outcomes for reading in one.stored)


def _reading(reading: ReadingToStore) -> str:
    values = ", ".join(f"{_ZONES[zone][0]} {value}" for zone, value in reading.values.items())
    flag = ", нужна проверка" if reading.flagged else ""
    return f"счётчик {reading.serial}: {values}{flag}"


def _drafts(caller: Caller) -> str:
    """What is still open: a meter whose reading was stored later in the call is none."""
    stored = {reading.serial for one in caller.outcomes for reading in one.stored}
    last = {meter.serial: meter for one in caller.outcomes for meter in one.heard if meter.serial not in stored}
    several = len(last) > 1
    return "; ".join(
        f"{_RESOURCES[meter.resource]} {serial}: {draft(meter)}" if several else draft(meter)
        for serial, meter in last.items()
    )


def _facts(caller: Caller) -> str:
    said = []
    for one in caller.outcomes:
        for name, value in one.facts.items():
            word = _FACTS.get(name)
            words = word(value) if word is not None else ""
            if words and words not in said:
                said.append(words)
    return "; ".join(said)


def _day(value: str) -> str:
    try:
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    except ValueError:
        return value


_FACTS: Mapping[str, Callable[[str], str]] = {
    "promise": lambda value: f"обещает оплатить до {_day(value)}",
    "paid_on": lambda value: f"говорит, что оплатил {_day(value)}" if value else "говорит, что уже оплатил",
    "already_paid": lambda value: f"говорит об оплате: «{value}»",
    "dispute": lambda value: f"не согласен: «{value}»",
    "wrong_person": lambda value: f"не тот человек: «{value}»",
    "deceased": lambda value: f"сообщает о смерти: «{value}»",
    "opt_out": lambda value: {
        "all": "просит не звонить вообще",
        "type": "просит не звонить по этому вопросу",
    }.get(value, f"просит не звонить: «{value}»"),
    "kind": lambda value: f"заявка: {_KINDS.get(value, value)}",
    "request": lambda value: f"номер заявки {value}",
    "planned_on": lambda value: f"мастер придёт {_day(value)}",
    "moved_to": lambda value: f"просит перенести визит на {_day(value)}",
    "sum": lambda value: f"назван долг {value} ₽",
    "balance": lambda value: f"назван баланс: {value}",
    "outages": lambda value: f"сказано об отключении: {value}",
    "rating": lambda value: f"оценка {value}",
    "nps": lambda value: f"NPS {value}",
    "csi": lambda value: f"CSI {value}",
    "reason": lambda value: f"причина: «{value}»",
}


def _last_question(caller: Caller, texts: Mapping[str, str]) -> str:
    if not caller.outcomes:
        return ""
    return _SLOT.sub("…", texts.get(caller.outcomes[-1].last_question, ""))


def _as_data(outcome: Outcome) -> Mapping[str, object]:
    return {
        "dialogue": outcome.dialogue,
        "outcome": outcome.name,
        "account": outcome.account,
        "level": outcome.level.value,
        "facts": dict(outcome.facts),
        "stored": [
            {"serial": one.serial, "values": dict(one.values), "flagged": one.flagged} for one in outcome.stored
        ],
        "heard": [
            {
                "serial": one.serial,
                "resource": one.resource,
                "heard": dict(one.heard),
                "confirmed": list(one.confirmed),
                "missing": list(one.missing),
            }
            for one in outcome.heard
        ],
        "last_question": outcome.last_question,
    }
