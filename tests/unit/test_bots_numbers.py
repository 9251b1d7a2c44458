"""Every number people can dial, said in many ways, comes back exactly or is asked again, and never as another number.

The ways of saying are made here from tables of their own, so that a fault of the parser's tables cannot hide itself.
"""

import random
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from bots.meters import Meter, Zone
from bots.talk import Answer, Expect, Question
from bots.understanding.understand import understand

TODAY = date(2026, 3, 4)
ONES = ["", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"]
TEEN = [
    "десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать",
    "восемнадцать", "девятнадцать",
]  # fmt: skip
DECADES = [
    "", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто",
]  # fmt: skip
CENTURIES = [
    "", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот",
]  # fmt: skip
FILLERS = ["ну", "эм", "так", "вот", "значит", "там"]


def three(value: int, *, feminine: bool = False) -> list[str]:
    words = [CENTURIES[value // 100]]
    value %= 100
    if 10 <= value <= 19:
        words.append(TEEN[value - 10])
    else:
        words += [DECADES[value // 10], ONES[value % 10]]
        if feminine and value % 10 in (1, 2):
            words[-1] = ["", "одна", "две"][value % 10]
    return [word for word in words if word]


def cardinal(value: int, thousand: str = "") -> list[str]:
    if value == 0:
        return ["ноль"]
    thousands, rest = divmod(value, 1000)
    words = []
    if thousands:
        noun = "тысяча" if thousands % 10 == 1 else "тысячи" if thousands % 10 in (2, 3, 4) else "тысяч"
        if thousands % 100 in range(11, 20):
            noun = "тысяч"
        words += [*three(thousands, feminine=True), thousand or noun]
    return words + three(rest)


def piece(digits: str) -> list[str]:
    """One to three digits as a group; leading zeros are said one by one."""
    zeros = len(digits) - len(digits.lstrip("0"))
    return ["ноль"] * zeros + (three(int(digits)) if digits.strip("0") else [])


def runs_on(left: str, right: str) -> bool:
    """Whether two groups said side by side are one number («двадцать» «пять»)."""
    if left[0] == "0":
        left = left.lstrip("0")
    if not left:
        return False
    if left.endswith("00") and len(left) == 3:
        return (right[0] != "0" and len(right) < 3) or right.startswith("0")
    return left[-1] == "0" and len(left) > 1 and left[-2:] != "10" and right[0] != "0" and len(right) == 1


CALM = settings(deadline=None, derandomize=True, database=None)
"""The same examples at every run, however busy the machine."""


@st.composite
def grouped(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Raw digits and the groups they are dictated in, no two of them one number."""
    raw = draw(st.text("0123456789", min_size=1, max_size=6))
    cuts = []
    at = 0
    while at < len(raw):
        length = draw(st.integers(1, min(3, len(raw) - at)))
        cuts.append(raw[at : at + length])
        at += length
    assume(not any(runs_on(left, right) for left, right in pairwise(cuts)))
    return raw, cuts


def reading(say: str, digits: int = 6, fraction: int = 1, expect: Expect = "reading") -> Answer:
    meter = Meter(digits, fraction, (Zone("single"),)) if expect == "reading" else None
    return understand(Question("q", expect, meter=meter, account_lengths=(digits,)), say, TODAY)


def exactly(answer: Answer, value: int) -> bool:
    return answer.act == "value" and answer.values == {"single": str(value)}


def twice(raw: str) -> bool:
    """Whether the digits are some three said twice: those may be asked again."""
    return len(raw) == 6 and raw[:3] == raw[3:]


@given(st.integers(0, 999_999), st.sampled_from(["", "тысяч", "тыщ", "тыща", "тыс"]))
@example(1000, "")
@example(100_000, "")
@CALM
def test_a_cardinal_is_its_value(value: int, thousand: str) -> None:
    assert exactly(reading(" ".join(cardinal(value, thousand))), value)


@given(grouped())
@settings(CALM, max_examples=600)
@example(("123123", ["123", "123"]))
def test_groups_are_written_one_after_another(said: tuple[str, list[str]]) -> None:
    raw, groups = said
    answer = reading(" ".join(word for group in groups for word in piece(group)))
    assert exactly(answer, int(raw)) or (twice(raw) and answer.act == "again")


@given(st.text("0123456789", min_size=1, max_size=6))
@CALM
def test_single_digits_are_written_one_after_another(raw: str) -> None:
    answer = reading(" ".join(ONES[int(digit)] or "ноль" for digit in raw))
    assert exactly(answer, int(raw)) or (twice(raw) and answer.act == "again")


@given(st.integers(1000, 999_999), st.randoms(use_true_random=False))
@CALM
def test_fillers_and_commas_change_nothing(value: int, chance: random.Random) -> None:
    words: list[str] = []
    for word in cardinal(value):
        if chance.random() < 0.3:
            words.append(chance.choice(FILLERS))
        words.append(word + ("," if chance.random() < 0.1 else ""))
    assert exactly(reading(" ".join(words)), value)


@given(st.integers(0, 999_999), st.sampled_from([" ", ".", ",", "\u00a0", ""]))
@CALM
def test_written_digits_are_read_with_their_thousands(value: int, mark: str) -> None:
    text = f"{value:,}".replace(",", mark)
    assert exactly(reading(text, fraction=1), value)


@given(st.integers(0, 99_999), st.integers(0, 9), st.sampled_from(["запятая", "точка", "целых"]))
@CALM
def test_what_stands_behind_the_comma_is_dropped(value: int, tenth: int, mark: str) -> None:
    words = [*cardinal(value), mark, ONES[tenth] or "ноль"]
    assert exactly(reading(" ".join(words), digits=5), value)


@given(st.integers(1000, 99_999), st.integers(10, 99), st.sampled_from(["ой", "точнее", "нет", "простите", "то есть"]))
@CALM
def test_two_digits_corrected_at_the_end_replace_two_digits(value: int, end: int, word: str) -> None:
    assume(not 10 <= value % 100 <= 19 or end % 100 >= 10)
    answer = reading(" ".join([*cardinal(value), word, *three(end)]), digits=5)
    # Zeros nobody said («двенадцать тысяч») are not there to be corrected.
    assert exactly(answer, value - value % 100 + end) or (value % 1000 == 0 and answer.act == "again")


@given(st.integers(1000, 99_999), st.integers(1000, 99_999))
@CALM
def test_a_whole_number_after_a_repair_replaces_the_whole(first: int, second: int) -> None:
    answer = reading(" ".join([*cardinal(first), "нет", *cardinal(second)]), digits=5)
    assert exactly(answer, second) or answer.act == "again"
    if len(str(first)) <= len(str(second)) and second % 1000 and second % 10:
        assert exactly(answer, second)


@given(st.integers(100, 99_999))
@CALM
def test_a_number_said_twice_is_said_once(value: int) -> None:
    answer = reading(" ".join(cardinal(value) * 2), digits=5)
    assert exactly(answer, value)


@given(st.integers(10, 999_999), st.integers(0, 9), st.integers(0, 9))
@CALM
def test_not_this_but_that_changes_one_digit_or_asks(value: int, wrong: int, right: int) -> None:
    question = Question("q", "confirm", meter=Meter(6, 0), confirming={"single": value})
    say = f"нет, не {ONES[wrong] or 'ноль'}, а {ONES[right] or 'ноль'}"
    answer = understand(question, say, TODAY)
    text = str(value)
    if answer.act == "value":
        assert text.count(str(wrong)) == 1
        assert answer.values["single"] in (str(int(text.replace(str(wrong), str(right)))), str(value))
    else:
        assert answer.act in ("again", "yes", "unsure", "no")


@given(st.text("0123456789", min_size=10, max_size=10), st.data())
@CALM
def test_an_account_keeps_every_zero(raw: str, data: st.DataObject) -> None:
    cuts, at = [], 0
    while at < len(raw):
        length = data.draw(st.integers(1, min(3, len(raw) - at)))
        cuts.append(raw[at : at + length])
        at += length
    assume(not any(runs_on(left, right) for left, right in pairwise(cuts)))
    answer = reading(" ".join(word for cut in cuts for word in piece(cut)), digits=10, expect="account")
    assert answer.values == {"account": raw} or answer.act == "again"
    assert answer.act == "value"


WORDS = [
    *ONES[1:], *TEEN, *DECADES[2:], *CENTURIES[1:], "ноль", "тысяч", "тысяча", "нуля", "нулей", "двойки", "пятёрок",
    "дважды", "полторы", "нет", "ой", "не", "а", "и", "запятая", "десятых", "день", "ночь", "пик", "полупик", "тэ",
    "т1", "заново", "минуточку", "примерно", "да", "верно", "раз", "с половиной", "12", "345", "12.345", "0", "000",
    ",", ".", "оператор", "столько же", "сот", "десят", "кот", "рублей", "в", "пятницу", "завтра", "марта", "пятого",
    "через", "месяц", "после", "вечера", "плачу", "+7", "б",
]  # fmt: skip
EXPECTS: list[Expect] = ["reading", "account", "confirm", "menu", "rating", "date", "phone"]
METERS = [
    None,
    Meter(5, 1),
    Meter(4, 0, (Zone("single", 9000, 0, None),)),
    Meter(5, 2, (Zone("day", 12200, 30, 5.0), Zone("night", 6700, 30, 2.0))),
    Meter(6, 1, (Zone("peak", 0), Zone("night", 999_999), Zone("half_peak"))),
]


def whatever(say: str, expect: Expect, meter: Meter | None, confirming: dict[str, int]) -> None:
    question = Question("q", expect, meter=meter, confirming=confirming, choices={"a": ["показания"], "b": []})
    answer = understand(question, say, TODAY)
    for value in answer.values.values():
        assert value == value.strip()
    if answer.act not in ("value", "choice", "promise", "already_paid"):
        assert not answer.values
    if expect in ("reading", "confirm") and answer.act == "value":
        assert answer.verdict.keys() == answer.values.keys()
        assert all(text.isascii() and text == str(int(text)) for text in answer.values.values())


@given(
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    st.sampled_from(EXPECTS),
    st.sampled_from(METERS),
    st.sampled_from([{}, {"single": 12345}, {"day": 12345, "night": 6789}]),
)
@settings(CALM, max_examples=1500, suppress_health_check=[HealthCheck.too_slow])
def test_garbled_words_never_break_the_understanding(
    say: str, expect: Expect, meter: Meter | None, confirming: dict[str, int]
) -> None:
    whatever(say, expect, meter, confirming)


@given(st.text(max_size=80), st.sampled_from(EXPECTS), st.sampled_from(METERS))
@CALM
def test_any_text_at_all_is_answered(say: str, expect: Expect, meter: Meter | None) -> None:
    whatever(say, expect, meter, {})


@pytest.mark.parametrize("expect", EXPECTS)
def test_an_endless_text_is_asked_again(expect: Expect) -> None:
    assert reading("один " * 5000, expect=expect).act == "again"
