"""The mark a caller gives, on a school's scale and on one of ten."""

from datetime import date

import pytest

from bots.talk import Question
from bots.understanding.understand import understand

TODAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("said", "mark"),
    [
        ("пять", "5"),
        ("пятёрка с плюсом", "5"),
        ("пять с двумя плюсами", "5"),
        ("на пятёрочку", "5"),
        ("пять баллов из пяти", "5"),
        ("пять звёзд", "5"),
        ("пять пять пять", "5"),
        ("спасибо, пять", "5"),
        ("думаю, пять", "5"),
        ("пять, но ждала долго", "5"),
        ("5+", "5"),
        ("отлично", "5"),
        ("на отлично", "5"),
        ("высший балл", "5"),
        ("максимальная оценка", "5"),
        ("самую высокую ставлю", "5"),
        ("ну на четвёрочку", "4"),
        ("твёрдая четвёрка", "4"),
        ("четыре с минусом", "4"),
        ("на хорошо", "4"),
        ("пять, нет, четыре", "4"),
        ("не пять, а четыре", "4"),
        ("троечка с натяжкой", "3"),
        ("ждала двадцать минут, поэтому три", "3"),
        ("на удовлетворительно", "3"),
        ("двойка", "2"),
        ("два балла из пяти", "2"),
        ("кол", "1"),
        ("единица", "1"),
        ("самая низкая", "1"),
    ],
)
def test_a_mark_is_heard(said: str, mark: str) -> None:
    answer = understand(Question("q", "rating"), said, TODAY)
    assert (answer.act, answer.values, answer.verdict) == ("value", {"rating": mark}, {"rating": "OK"})


@pytest.mark.parametrize(("said", "mark"), [("десять", "10"), ("шесть", "6"), ("ноль", "0"), ("девять из десяти", "9")])
def test_a_mark_outside_the_scale_is_told_so(said: str, mark: str) -> None:
    answer = understand(Question("q", "rating"), said, TODAY)
    assert (answer.values, answer.verdict, answer.reconfirm) == ({"rating": mark}, {"rating": "OUT_OF_SCALE"}, False)


@pytest.mark.parametrize(
    ("said", "act"),
    [
        ("четыре или пять", "again"),
        ("между четырьмя и пятью", "again"),
        ("четыре с половиной", "again"),
        ("4,5", "again"),
        ("ни одного балла", "again"),
        ("меньше единицы", "again"),
        ("не меньше пяти", "again"),
        ("хорошо", "nothing"),
        ("нормально", "nothing"),
        ("плохо", "nothing"),
        ("не отлично", "nothing"),
        ("без оценки", "nothing"),
        ("да", "nothing"),
        ("не знаю", "unsure"),
        ("отстаньте", "opt_out"),
        ("повторите", "repeat"),
        ("переключите на оператора", "operator"),
    ],
)
def test_what_is_no_mark(said: str, act: str) -> None:
    assert understand(Question("q", "rating"), said, TODAY).act == act


@pytest.mark.parametrize(("said", "mark"), [("десять", "10"), ("ноль", "0"), ("высший балл", "10"), ("восемь", "8")])
def test_a_scale_of_ten(said: str, mark: str) -> None:
    answer = understand(Question("q", "rating", scale=(0, 10)), said, TODAY)
    assert (answer.values, answer.verdict) == ({"rating": mark}, {"rating": "OK"})


def test_school_words_mean_nothing_on_a_scale_of_ten() -> None:
    assert understand(Question("q", "rating", scale=(0, 10)), "отлично", TODAY).act == "nothing"
