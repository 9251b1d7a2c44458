"""Turns kept for learning: what read-backs prove of them, what is never kept, and that an export can be examined."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

from asr.recognizer import HeardWord, Hearing
from bots.meters import Meter, Zone
from bots.talk import Answer, Question
from ivr.call.questions import SPEECH
from ivr.ids import new_id
from ivr.turns.recorded_set import GRAMMARS, Meaning, read_set
from ivr.turns.turn import Settling, Turn, may_be_kept

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
READING = Question("reading", "reading", meter=Meter(zones=(Zone("single", previous=12200),)))


def turn(question: Question, answer: Answer, text: str = "двенадцать") -> Turn:
    hearing = Hearing(text, (HeardWord(text, 0.1, 0.9, 0.7),), ("двадцать",), "vosk", "ru-numbers")
    return Turn(new_id(NOW), NOW, question, hearing, answer)


class Talk:
    """Answers one after another, as a call's conversation tells them."""

    def __init__(self) -> None:
        self._settling = Settling()

    def says(self, question: Question, answer: Answer) -> Turn:
        said = turn(question, answer)
        self._settling.answered(question, answer, said)
        return said

    def presses(self, question: Question, answer: Answer) -> None:
        self._settling.answered(question, answer, None)


def value(**values: str) -> Answer:
    return Answer("value", values)


def confirm(**zones: int) -> Question:
    return Question("read_back", "confirm", meter=Meter(), confirming=zones)


def test_what_was_read_back_and_accepted_is_confirmed() -> None:
    talk = Talk()
    said = talk.says(READING, value(single="12345"))
    yes = talk.says(confirm(single=12345), Answer("yes"))
    assert (said.outcome, said.truth) == ("confirmed", {"single": "12345"})
    assert (yes.outcome, yes.truth) == ("unknown", None)


def test_a_yes_by_key_proves_as_much() -> None:
    talk = Talk()
    said = talk.says(READING, value(single="12345"))
    talk.presses(confirm(single=12345), Answer("yes", by="keys"))
    assert said.outcome == "confirmed"


def test_what_was_corrected_is_known_by_what_was_accepted_in_the_end() -> None:
    talk = Talk()
    first = talk.says(READING, value(single="12354"))
    second = talk.says(confirm(single=12354), value(single="12345"))
    talk.says(confirm(single=12345), Answer("yes"))
    assert (first.outcome, first.truth) == ("corrected", {"single": "12345"})
    assert (second.outcome, second.truth) == ("confirmed", {"single": "12345"})


def test_what_was_denied_and_said_anew_is_corrected_and_else_it_stays_denied() -> None:
    talk = Talk()
    first = talk.says(READING, value(single="4"))
    talk.says(confirm(single=4), Answer("no"))
    assert (first.outcome, first.truth) == ("denied", None)
    second = talk.says(READING, value(single="12345"))
    talk.says(confirm(single=12345), Answer("yes"))
    assert (first.outcome, second.outcome) == ("corrected", "confirmed")
    alone = Talk()
    denied = alone.says(READING, value(single="4"))
    alone.says(confirm(single=4), Answer("no"))
    alone.says(Question("menu", "menu"), Answer("choice", {"choice": "operator"}))
    assert denied.outcome == "denied"


def test_zones_said_one_by_one_are_each_settled_by_the_whole() -> None:
    talk = Talk()
    day = talk.says(READING, value(day="100"))
    night = talk.says(READING, value(night="60"))
    talk.says(confirm(day=100, night=50), Answer("yes"))
    assert (day.outcome, day.truth) == ("confirmed", {"day": "100"})
    assert (night.outcome, night.truth) == ("corrected", {"night": "50"})


def test_a_read_back_that_names_no_value_settles_what_was_said_last() -> None:
    talk = Talk()
    said = talk.says(Question("account", "account"), value(account="7001234567"))
    talk.says(Question("account.right", "confirm"), Answer("yes"))
    assert (said.outcome, said.truth) == ("confirmed", {"account": "7001234567"})


def test_a_yes_to_another_question_proves_nothing_of_an_earlier_answer() -> None:
    talk = Talk()
    said = talk.says(READING, value(single="12345"))
    talk.says(Question("menu", "menu"), Answer("choice", {"choice": "debt"}))
    talk.says(Question("sms", "confirm"), Answer("yes"))
    assert said.outcome == "unknown"


def test_a_yes_with_nothing_before_it_is_no_harm() -> None:
    talk = Talk()
    talk.says(confirm(single=5), Answer("yes"))
    talk.says(confirm(single=5), Answer("no"))


def test_a_value_proposed_instead_counts_as_the_value() -> None:
    talk = Talk()
    swapped = talk.says(READING, Answer("value", {"day": "5", "night": "9"}, proposed={"day": "9", "night": "5"}))
    talk.says(confirm(day=9, night=5), Answer("yes"))
    assert swapped.outcome == "confirmed"


def test_an_exam_narrows_recognition_as_the_line_does() -> None:
    assert {expect: speech.grammar for expect, speech in SPEECH.items()} == dict(GRAMMARS)


def test_secrets_are_never_kept_and_numbers_of_people_only_where_that_is_wanted() -> None:
    secret = Question("identify.secret", "digits", secret=True)
    assert not may_be_kept(secret, value(digits="1234"), accounts=True)
    account = Question("account", "account")
    assert not may_be_kept(account, value(account="7001234567"), accounts=False)
    assert may_be_kept(account, value(account="7001234567"), accounts=True)
    assert not may_be_kept(Question("free", "free"), value(account="7001234567"), accounts=False)
    assert may_be_kept(READING, value(single="5"), accounts=False)


def test_an_exported_line_can_be_examined_and_holds_nothing_of_the_customer_s_consumption(tmp_path: Path) -> None:
    talk = Talk()
    said = talk.says(READING, value(single="12354"))
    talk.says(confirm(single=12354), value(single="12345"))
    talk.says(confirm(single=12345), Answer("yes"))
    told = said.told()
    assert "12200" not in json.dumps(told)
    assert (told["outcome"], told["words"], told["model"]) == ("corrected", [["двенадцать", 0.7]], "ru-numbers")
    menu = turn(
        Question("menu", "menu", choices={"debt": ("долг", "узнать долг")}), Answer("choice", {"choice": "debt"})
    )
    rating = turn(Question("rate", "rating", scale=(1, 10)), value(rating="9"))
    file = tmp_path / "turns.jsonl"
    lines = [{"audio": f"{at}.wav", **one.told()} for at, one in enumerate((said, menu, rating))]
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    utterances, faults = read_set(file, "free", date(2026, 3, 4))
    assert faults == []
    first, second, third = utterances
    assert first.truth == Meaning("value", {"single": "12345"})
    assert first.question.meter is not None
    assert (first.grammar, first.said) == ("reading", None)
    assert second.phrases == ("долг", "узнать долг")
    assert third.question.scale == (1, 10)
