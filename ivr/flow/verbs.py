"""The closed table of verbs: what a step may do, which keys it has and what stands under each.

The reader takes names, bounds and needs from here, and so does the JSON Schema that editors use: they cannot drift
apart. The notes are what an admin reads in the editor.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from bots.desk import RequestKind
from ivr.flow.dialplan import EXITS, Expected, Lookup
from ivr.flow.expression import Type

Kind = Literal[
    "wording", "plain", "name", "target", "targets", "choices", "options", "branches", "expression", "value", "values",
    "whole", "yes_no", "words", "scale", "lengths",
]  # fmt: skip
"""What stands under a key. `expression`: always one; `value`: a quoted scalar is text; `values`: names to values."""


@dataclass(frozen=True, slots=True)
class Key:
    kind: Kind
    note: str
    needed: bool = False
    least: int = 0
    most: int = 0
    default: int = 0
    words: tuple[str, ...] = ()
    wants: tuple[Type, ...] = ()
    """The types a value may have; none named: any."""


@dataclass(frozen=True, slots=True)
class Verb:
    note: str
    keys: Mapping[str, Key] = field(default_factory=dict)
    asks: bool = False
    """It asks: it has all exits, by itself or inherited."""
    silent: bool = False
    """It needs no caller: `hang_up` may lead to it."""


def _target(note: str, *, needed: bool = True) -> Key:
    return Key("target", note, needed)


def _ladder(what: str) -> dict[str, Key]:
    return {
        "hint": Key("wording", f"{what}: подсказка, со второго раза"),
        "keys": Key("wording", f"{what}: последний раз, с просьбой нажать клавиши"),
        "tries": Key("whole", "сколько раз спросить", least=1, most=5, default=2),
    }


NEXT = _target("следующий шаг")
EXIT_NOTES: Mapping[str, str] = {
    "silence": "куда, если абонент молчит",
    "no_match": "куда, если не удалось понять",
    "refused": "куда, если абонент отказался отвечать",
    "too_many": "куда, если слишком много попыток",
    "deaf": "куда, если распознавание не работает",
    "operator": "куда, если абонент просит оператора",
}
HANG_UP = _target("что сделать, если абонент положил трубку", needed=False)
INTO = Key("name", "переменная, в которой останется ответ")
SECONDS = "сколько секунд, не больше"

VERBS: Mapping[str, Verb] = {
    "say": Verb(
        "сказать",
        {
            "say": Key("wording", "что сказать", needed=True),
            "skippable": Key("yes_no", "можно ли прервать клавишей или словом", default=1),
            "next": NEXT,
        },
    ),
    "menu": Verb(
        "меню: клавиши и слова",
        {
            "menu": Key("wording", "что сказать", needed=True),
            **_ladder("меню"),
            "choices": Key("choices", "пункты меню", needed=True),
        },
        asks=True,
    ),
    "ask": Verb(
        "спросить и запомнить ответ",
        {
            "ask": Key("wording", "вопрос", needed=True),
            "expect": Key("words", "какой ответ нужен", needed=True, words=get_args(Expected)),
            "into": INTO,
            **_ladder("вопрос"),
            "choices": Key("options", "из чего выбирают (для expect: choice)"),
            "scale": Key("scale", "наименьшая и наибольшая оценка (для expect: rating)"),
            "lengths": Key("lengths", "сколько цифр бывает в ответе"),
            "next": _target("следующий шаг", needed=False),
            "yes": _target("куда, если «да» (для expect: yes_no)", needed=False),
            "no": _target("куда, если «нет» (для expect: yes_no)", needed=False),
            "unsure": _target("куда, если абонент не знает (для expect: yes_no)", needed=False),
        },
        asks=True,
    ),
    "confirm": Verb(
        "прочитать обратно и спросить, верно ли",
        {
            "confirm": Key("wording", "что сказать", needed=True),
            "of": Key("name", "переменная, которую проверяют", needed=True),
            "spelled": Key("wording", "то же по цифрам, если абонент сомневается"),
            **_ladder("вопрос"),
            "yes": _target("куда, если верно"),
            "no": _target("куда, если неверно"),
        },
        asks=True,
    ),
    "when": Verb(
        "выбрать путь по условиям, сверху вниз",
        {"when": Key("branches", "условия по порядку, последним else", needed=True)},
        silent=True,
    ),
    "switch": Verb(
        "выбрать путь по значению",
        {
            "switch": Key("expression", "что сравнить", needed=True),
            "cases": Key("targets", "значение и куда идти", needed=True),
            "else": _target("куда в остальных случаях"),
        },
        silent=True,
    ),
    "set": Verb(
        "запомнить",
        {"set": Key("values", "переменные и их значения", needed=True), "next": NEXT},
        silent=True,
    ),
    "topics": Verb(
        "открытый вопрос: тему находят по примерам из topics.yaml",
        {
            "topics": Key("wording", "вопрос", needed=True),
            **_ladder("вопрос"),
            "to": Key("targets", "тема и куда идти", needed=True),
            "answered": _target("куда, если тема отвечает сама и ответ уже сказан"),
            "other": _target("куда с темой, которой здесь нет"),
        },
        asks=True,
    ),
    "bot": Verb(
        "диалог",
        {
            "bot": Key("name", "какой диалог", needed=True),
            "inputs": Key("values", "что ему передать"),
            "outcomes": Key("targets", "чем он закончился и куда идти", needed=True),
        },
    ),
    "lookup": Verb(
        "узнать в биллинге",
        {
            "lookup": Key("words", "что узнать", needed=True, words=get_args(Lookup)),
            "of": Key("value", "о каком лицевом счёте или телефоне", wants=("text",)),
            "into": INTO,
            "found": _target("куда, если нашлось", needed=False),
            "none": _target("куда, если ничего нет"),
            "away": _target("куда, если биллинг недоступен"),
            "readings": _target("куда, если пора передать показания (для lookup: reason)", needed=False),
            "debt": _target("куда, если есть долг (для lookup: reason)", needed=False),
            "outage": _target("куда, если отключение (для lookup: reason)", needed=False),
            "request": _target("куда, если есть открытая заявка (для lookup: reason)", needed=False),
        },
        silent=True,
    ),
    "message": Verb(
        "послать SMS или письмо",
        {
            "message": Key("name", "шаблон из messages.yaml", needed=True),
            "channel": Key("words", "чем послать", words=("sms", "email")),
            "to": Key("value", "на какой номер или адрес; без него — звонящему", wants=("text",)),
            "with": Key("values", "чем заполнить шаблон"),
            "next": NEXT,
            "refused": _target("куда, если послать нельзя"),
        },
        silent=True,
    ),
    "request": Verb(
        "завести заявку",
        {
            "request": Key(
                "words", "какую", needed=True, words=get_args(RequestKind)
            ),
            "of": Key("value", "о каком лицевом счёте", wants=("text",)),
            "words": Key("value", "слова абонента", wants=("text",)),
            "into": Key("name", "переменная для номера заявки"),
            "next": NEXT,
            "away": _target("куда, если биллинг недоступен"),
        },
        silent=True,
    ),
    "queue": Verb(
        "соединить с операторами",
        {
            "queue": Key("name", "очередь из line.yaml", needed=True),
            "topic": Key("wording", "о чём вопрос: видит оператор"),
            "priority": Key("whole", "важность", most=9),
            "seconds": Key("whole", f"{SECONDS}, ждать", least=5, most=7200, default=300),
            "whisper": Key("wording", "что шепнуть оператору"),
            "context": Key("values", "что показать оператору"),
            "served": _target("куда после разговора"),
            "timeout": _target("куда, если не дождался"),
            "no_operators": _target("куда, если операторов нет"),
            "full": _target("куда, если очередь полна; без него — как no_operators", needed=False),
        },
    ),
    "transfer": Verb(
        "перевести на номер",
        {
            "transfer": Key("plain", "номер", needed=True),
            "seconds": Key("whole", f"{SECONDS}, звонить", least=5, most=300, default=30),
            "answered": _target("куда после разговора"),
            "failed": _target("куда, если не ответили"),
        },
    ),
    "callback": Verb(
        "заказать обратный звонок",
        {
            "callback": Key("name", "очередь, которая перезвонит", needed=True),
            "phone": Key("value", "на какой номер; без него — звонящему", wants=("text",)),
            "at": Key("value", "когда", wants=("moment", "date")),
            "topic": Key("wording", "о чём вопрос: видит оператор"),
            "into": Key("name", "переменная для времени звонка"),
            "made": _target("куда, если заказан"),
            "merged": _target("куда, если уже был заказан"),
            "refused": _target("куда, если на этот номер не звоним"),
        },
        silent=True,
    ),
    "record": Verb(
        "записать сообщение",
        {
            "record": Key("wording", "что сказать перед сигналом", needed=True),
            "seconds": Key("whole", f"{SECONDS}, записывать", least=5, most=600, default=120),
            "next": NEXT,
            "empty": _target("куда, если ничего не сказали; без него — как next", needed=False),
        },
    ),
    "rate": Verb(
        "спросить оценку",
        {
            "rate": Key("wording", "вопрос", needed=True),
            **_ladder("вопрос"),
            "scale": Key("scale", "наименьшая и наибольшая оценка"),
            "into": INTO,
            "next": NEXT,
            "skipped": _target("куда, если не оценили"),
        },
    ),
    "announce": Verb(
        "сказать об авариях, если они объявлены",
        {
            "announce": Key("words", "что", needed=True, words=("emergencies",)),
            "next": NEXT,
            "callback": _target("куда, если абонент просит перезвонить", needed=False),
            "hang_up_asked": _target("куда, если после объявления звонок закончить", needed=False),
        },
    ),
    "call": Verb(
        "пройти другой сценарий и вернуться",
        {
            "call": Key("name", "сценарий", needed=True),
            "with": Key("values", "что ему передать"),
            "ends": Key("targets", "чем он закончился и куда идти", needed=True),
        },
    ),
    "goto": Verb("перейти", {"goto": _target("куда")}, silent=True),
    "end": Verb("закончить", {"end": Key("name", "чем закончился звонок", needed=True)}, silent=True),
}  # fmt: skip

CHOICE: Mapping[str, Key] = {
    "key": Key("plain", "клавиша: 0–9, * или #"),
    "say": Key("plain", "слова, по которым его узнают"),
    "when": Key("expression", "когда его предлагать", wants=("yes_no",)),
    "next": NEXT,
}
OPTION: Mapping[str, Key] = {key: CHOICE[key] for key in ("key", "say")}


def keys_of(verb: Verb) -> Mapping[str, Key]:
    """All that may stand in a step of this verb, exits and `hang_up` too."""
    exits = {name: _target(EXIT_NOTES[name], needed=False) for name in EXITS} if verb.asks else {}
    return {**verb.keys, **exits, "hang_up": HANG_UP}
