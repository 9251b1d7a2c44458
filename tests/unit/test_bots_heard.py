"""What recognition is told to expect is understood: every phrase of its lists means what it says."""

from datetime import date

import pytest

from asr import grammars
from bots.meters import Meter
from bots.talk import Question
from bots.understanding.understand import understand

TODAY = date(2026, 3, 4)
ANYWHERE = ("operator", "robot", "repeat", "louder", "slower", "hold")


@pytest.mark.parametrize("say", sorted({phrase for phrase in grammars.ANYWHERE if phrase != "алло"}))
def test_what_is_heard_anywhere_is_understood_anywhere(say: str) -> None:
    for question in (Question("q", "reading", meter=Meter()), Question("q", "confirm"), Question("q", "account")):
        assert understand(question, say, TODAY).act in ANYWHERE


@pytest.mark.parametrize("say", sorted(set(grammars.YES_NO)))
def test_every_expected_answer_to_a_read_back_is_one(say: str) -> None:
    question = Question("q", "confirm", meter=Meter(), confirming={"single": 12345})
    answer = understand(question, say, TODAY)
    assert answer.act not in ("nothing", "value")
    if answer.act == "yes":
        assert not say.startswith(("не ", "неверно", "неправильно"))


def test_dictated_numbers_as_recognition_writes_them() -> None:
    for value in (*range(1000), *range(1000, 1_000_000, 997)):
        words = " ".join(grammars.cardinal(value))
        answer = understand(Question("q", "reading", meter=Meter(digits=6)), words, TODAY)
        assert answer.values == {"single": str(value)}, words
