"""What would have come of a finished call on a draft, side by side with what came of it."""

from collections.abc import Mapping

import pytest

from ivr.call.phone import CannotHear, Pressed, Said, Silence
from ivr.call.replay import Answers, Course, Left, Line, NotKnown, Row, compare, course, differing
from ivr.journal.events import Kind

Told = tuple[Kind, Mapping[str, object]]


def step(name: str) -> Told:
    return Kind.STEP, {"flow": "main", "step": name, "verb": "say"}


def said(text: str) -> Told:
    return Kind.SAID, {"text": text}


def heard(text: str) -> Told:
    return Kind.HEARD, {"text": text, "words": []}


def ended(exit: str) -> Told:
    return Kind.ENDED, {"exit": exit}


CALL = (
    (Kind.ARRIVED, {"dialled": "100"}),
    step("menu"),
    said("Показания или долг?"),
    (Kind.SILENT, {}),
    said("Скажите: показания или долг."),
    heard("показания"),
    (Kind.UNDERSTOOD, {"act": "choice"}),
    step("reading"),
    said("Назовите показания."),
    (Kind.PRESSED, {"keys": "12345"}),
    said("Верно?"),
    heard("да"),
    step("done"),
    ended("self_served"),
)


def test_the_course_of_a_call_is_what_was_said_where_it_went_and_what_the_caller_did() -> None:
    told = course(CALL)
    assert told.steps == ("main.menu", "main.reading", "main.done")
    assert told.said[0] == "Показания или долг?"
    assert [(one.step, one.act) for one in told.answers] == [
        ("main.menu", Silence()),
        ("main.menu", Said("показания")),
        ("main.reading", Pressed("12345")),
        ("main.reading", Said("да")),
    ]
    assert (told.exit, told.left) == ("self_served", False)


def test_a_silence_of_a_line_that_could_not_hear_is_told_apart() -> None:
    (answered,) = course([step("menu"), (Kind.SILENT, {"why": "full"})]).answers
    assert answered.act == CannotHear("full")


def test_answers_are_given_again_in_order_each_at_its_own_step() -> None:
    answers = Answers(course(CALL))
    given = [answers.next(f"main.{name}") for name in ("menu", "menu", "reading", "reading")]
    assert given == [Silence(), Said("показания"), Pressed("12345"), Said("да")]
    assert answers.skipped == []


def test_answers_to_what_is_not_asked_any_more_are_passed_over_and_told() -> None:
    answers = Answers(course(CALL))
    assert answers.next("main.reading") == Pressed("12345")
    assert [one.act for one in answers.skipped] == [Silence(), Said("показания")]


def test_what_the_call_was_never_asked_nobody_knows() -> None:
    answers = Answers(course(CALL))
    assert answers.next("main.consent") == NotKnown("main.consent", "new_step")
    assert answers.next("main.menu") == Silence()


def test_a_question_asked_more_often_than_it_was_answered_is_not_known_either() -> None:
    answers = Answers(course([step("menu"), heard("да"), step("done"), ended("self_served")]))
    answers.next("main.menu")
    assert answers.next("main.menu") == NotKnown("main.menu", "asked_again")


def test_a_caller_who_hung_up_hangs_up_again() -> None:
    answers = Answers(course([step("menu"), said("Что?"), ended("caller_left")]))
    assert isinstance(answers.next("main.menu"), Left)


def test_equal_courses_are_the_same() -> None:
    found = compare(course(CALL), course(CALL))
    assert (found.verdict, found.said, found.steps) == ("same", 0, 0)
    assert list(differing(found.rows)) == []


def test_other_words_another_step_and_another_exit_are_counted_and_stand_side_by_side() -> None:
    changed = [
        said("Передать показания или узнать долг?")
        if told == CALL[2]
        else ended("closed")
        if told is CALL[-1]
        else told
        for told in CALL
    ]
    changed.insert(-2, step("thanks"))
    found = compare(course(CALL), course(changed))
    assert (found.verdict, found.said, found.steps) == ("differs", 1, 1)
    assert found.exits == ("self_served", "closed")
    old, new = Line("said", "Показания или долг?"), Line("said", "Передать показания или узнать долг?")
    assert Row(old, new) in found.rows
    assert Row(None, Line("step", "main.thanks")) in found.rows


def test_only_what_differs_is_shown_with_a_line_around_it() -> None:
    lines = tuple(Line("said", str(number)) for number in range(9))
    other = (*lines[:4], Line("said", "иначе"), *lines[5:])
    shown = list(differing(compare(Course(lines, (), None), Course(other, (), None)).rows))
    assert [row and (row.before and row.before.text) for row in shown] == [None, "3", "4", "5", None]


@pytest.mark.parametrize(
    ("given", "verdict"),
    [({"not_known": NotKnown("main.x", "new_step")}, "not_known"), ({"fault": "нет ребра"}, "failed")],
)
def test_what_stopped_the_replay_is_the_verdict(given: dict[str, object], verdict: str) -> None:
    assert compare(course(CALL), course(CALL[:4]), **given).verdict == verdict  # type: ignore[arg-type]
