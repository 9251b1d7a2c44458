"""Callers who do anything at all: whatever is said, pressed or kept silent, every call ends without a fault."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.call.phone import CannotHear, Pressed, Said, Silence
from ivr.call.rehearsal.rehearse import rehearse, set_stage
from ivr.call.text_phone import Act, HangsUp, Script
from ivr.flow.scenarios.scenario_parts import Staff, World
from ivr.journal.events import Kind
from ivr.settings import shipped_dialplans

EVERY_VERB = Path(__file__).parent / "every-verb"
LINES = [EVERY_VERB, *sorted(path.parent for path in shipped_dialplans().glob("*/line.yaml"))]
CALLS = 150
WORDS = (
    "да", "нет", "не знаю", "оператор", "повторите", "громче", "медленнее", "минуточку", "показания", "долг", "заявка",
    "нет света", "двенадцать триста сорок пять", "семь ноль ноль один два три четыре пять шесть семь", "пять", "завтра",
    "не звоните", "он умер", "я уже заплатил", "не согласен с начислением", "вы робот", "алло", "абракадабра", "",
    "в пятницу после зарплаты", "справка", "перезвоните мне", "другой адрес", "пломба", "хватит", "спасибо",
)  # fmt: skip
KEYS = ("0", "1", "2", "3", "4", "5", "9", "*", "#", "**", "12345#", "7001234567#", "99*1234#")
CALLERS = (None, "+79130000001", "+79130000002", "+79130000004", "+79990000000")


def doings(chance: random.Random) -> Iterator[Act]:
    for _ in range(chance.randint(1, 40)):
        what = chance.random()
        if what < 0.55:
            yield Said(chance.choice(WORDS))
        elif what < 0.85:
            yield Pressed(chance.choice(KEYS))
        elif what < 0.93:
            yield Silence()
        elif what < 0.97:
            yield CannotHear("now and then")
        else:
            yield HangsUp()


@pytest.mark.parametrize("line", LINES, ids=lambda path: path.name)
async def test_every_call_comes_to_its_end(line: Path) -> None:
    stage = set_stage(line)
    for seed in range(CALLS):
        chance = random.Random(seed)
        world = World(
            staff=Staff(chance.choice(("answer", "busy", "none", "full"))),
            billing=chance.choice(("up", "up", "up", "slow", "down")),
            answers=chance.choice((None, None, chance.randint(0, 12))),
            messages=chance.choice(("sent", "refused")),
            callbacks=chance.choice(("made", "merged", "refused")),
        )
        played = await rehearse(stage, Script(doings(chance)), phone=chance.choice(CALLERS), world=world)
        assert played.fault is None, f"call {seed}: {played.fault!r} {getattr(played.fault, '__notes__', '')}"
        assert [noted.kind for noted in played.book.noted].count(Kind.ENDED) == 1
        assert played.ended is not None
        assert played.seconds < 3600
