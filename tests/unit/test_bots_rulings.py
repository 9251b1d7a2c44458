"""The rulings on what is unclear in dictated readings: each settles a tie, each is held here by its own words."""

from collections.abc import Mapping
from datetime import date

import pytest

from bots.meters import Meter, Zone
from bots.talk import Answer, Expect, Question
from bots.understanding.understand import understand

WEDNESDAY = date(2026, 3, 4)
EMPTY = (Zone("single"),)
DAY_NIGHT = (Zone("day"), Zone("night"))
READ = (Zone("day", 12200, 30, 5.0), Zone("night", 6700, 30, 2.0))


def asked(
    say: str,
    expect: Expect = "reading",
    zones: tuple[Zone, ...] = EMPTY,
    *,
    digits: int = 5,
    fraction: int = 1,
    confirming: Mapping[str, int] | None = None,
    lengths: tuple[int, ...] = (10,),
    pattern: str | None = None,
) -> Answer:
    meter = Meter(digits, fraction, zones) if expect in ("reading", "confirm") else None
    question = Question(
        "q",
        expect,
        meter=meter,
        confirming=confirming or {},
        account_lengths=lengths,
        account_pattern=pattern,
    )
    return understand(question, say, WEDNESDAY)


def value(say: str, *, digits: int = 5, fraction: int = 1) -> str:
    """The digits understood, or the act where there are none."""
    answer = asked(say, digits=digits, fraction=fraction)
    return answer.values.get("single", answer.act)


def known(previous: int, days: int = 30, daily: float | None = 5.0) -> tuple[Zone, ...]:
    return (Zone("single", previous, days, daily),)


# 1. Drums


def test_length_is_judged_with_leading_zeros() -> None:
    answer = asked("ноль ноль восемь пять три четыре")
    assert answer.verdict == {"single": "TOO_LONG"}
    assert answer.proposed == {"single": "853"}
    assert answer.reconfirm


def test_a_truncation_is_proposed_only_if_it_is_right_itself() -> None:
    answer = asked("один два три четыре пять шесть", zones=known(20000))
    assert (answer.verdict, answer.proposed, answer.reconfirm) == ({"single": "TOO_LONG"}, {}, False)


def test_seven_digits_on_five_and_one_propose_nothing() -> None:
    answer = asked("один два три четыре пять шесть семь")
    assert (answer.verdict, answer.proposed, answer.reconfirm) == ({"single": "TOO_LONG"}, {}, False)


# 2. A slip in a run of single digits


@pytest.mark.parametrize(
    "say",
    ["один два три пять ой четыре пять", "один два три ой четыре", "один два три ой четыре пять", "два ой три четыре"],
)
def test_a_slip_among_single_digits_asks_for_all(say: str) -> None:
    assert value(say) in ("again", "34")  # of one digit alone the rest is the whole


def test_all_single_digits_anew_replace_the_whole() -> None:
    assert value("один два три четыре пять нет один два три четыре шесть") == "12346"


# 3. Said twice


@pytest.mark.parametrize(
    ("say", "understood"),
    [
        ("двенадцать триста сорок пять двенадцать триста сорок пять", "12345"),
        ("двенадцать тысяч триста сорок пять двенадцать тысяч триста сорок пять", "12345"),
        ("двенадцать триста сорок пять двенадцать тысяч триста сорок пять", "12345"),
        ("один два три четыре пять один два три четыре пять", "12345"),
        ("триста сорок пять триста сорок пять", "345"),
        ("двенадцать двенадцать триста", "12300"),
        ("двенадцать двенадцать тридцать", "again"),
        ("двенадцать двенадцать три", "12123"),
        ("один один два два три", "11223"),
        ("один один один один один", "11111"),
    ],
)
def test_what_is_said_twice_counts_once_where_it_must(say: str, understood: str) -> None:
    assert value(say) == understood


# 4. Zero inside


@pytest.mark.parametrize(
    ("say", "understood"),
    [
        ("двенадцать триста ноль пять", "12305"),
        ("двенадцать тысяч ноль сорок пять", "12045"),
        ("двенадцать тысяч ноль ноль пять", "12005"),
        ("двенадцать тысяч ноль пять", "12005"),
        ("двенадцать тысяч три четыре пять", "12345"),
        ("двенадцать тысяч триста сорок пять шесть", "again"),
        ("двенадцать тысяч тысяча двести", "again"),
        ("двадцать ноль пять", "2005"),
        ("двенадцать ноль сорок пять", "12045"),
    ],
)
def test_zeros_stand_where_they_are_said(say: str, understood: str) -> None:
    assert value(say) == understood


def test_zeros_fill_the_tens_of_accounts_too() -> None:
    answer = asked("семьсот ноль один двести ноль три четыреста пять шесть", "account")
    assert answer.values == {"account": "7012034056"}


# 5. «не A, а B»


@pytest.mark.parametrize(
    ("read_back", "say", "understood"),
    [
        (41270, "не двести, а триста", "41370"),
        (12345, "нет, не пять, а шесть", "12346"),
        (12345, "не пять шесть", "12346"),
        (12345, "шесть, а не пять", "12346"),
        (12345, "не двенадцать, а тринадцать", "13345"),
        (12345, "не сорок пять, а пятьдесят четыре", "12354"),
        (41270, "не сорок одна тысяча, а сорок две", "42270"),
        (12345, "не три, а четыре", "12445"),
        (12355, "не пять, а шесть", "again"),
        (12345, "не девять, а шесть", "again"),
        (11145, "не одиннадцать, а двенадцать", "again"),
        (41270, "не двести, а сто двадцать", "again"),
    ],
)
def test_one_part_is_exchanged_for_another_if_it_stands_there_once(read_back: int, say: str, understood: str) -> None:
    answer = asked(say, "confirm", confirming={"single": read_back})
    assert answer.values.get("single", answer.act) == understood
    assert answer.reconfirm is (understood != "again")


def test_with_nothing_to_correct_the_second_number_is_the_value() -> None:
    assert value("не двенадцать двести, а двенадцать триста") == "12300"


def test_a_correction_of_this_kind_works_inside_the_dictation_too() -> None:
    assert value("двенадцать триста сорок пять, не пять, а шесть") == "12346"


# 6. Separators


@pytest.mark.parametrize(
    ("say", "fraction", "understood"),
    [
        ("12.345", 1, "12345"),
        ("12,345", 1, "12345"),
        ("12 345", 1, "12345"),
        ("12 345,6", 1, "12345"),
        ("12345.6", 1, "12345"),
        ("12.34", 1, "12"),
        ("12.345", 3, "12"),
        ("12 300 45", 1, "12345"),
        ("12 тысяч 345", 1, "12345"),
        ("12 000 345", 1, "12345"),
        ("двенадцать точка триста", 1, "again"),
        ("двенадцать триста сорок пять и шесть", 1, "12345"),
        ("двенадцать триста сорок пять и шесть", 0, "again"),
        ("двенадцать триста сорок пять и семь десятых", 1, "12345"),
        ("0.345", 1, "again"),
    ],
)
def test_marks_part_thousands_or_begin_the_fraction(say: str, fraction: int, understood: str) -> None:
    assert value(say, fraction=fraction) == understood


# 7. Binding


@pytest.mark.parametrize(
    ("say", "understood"),
    [
        ("двадцать три нуля", "20000"),
        ("сто двадцать две двойки", "12022"),
        ("восемь десять", "810"),
        ("восемь десят", "80"),
        ("десять пять", "105"),
        ("дважды ноль пять", "5"),
        ("раз два три", "123"),
        ("пять раз шесть", "516"),
        ("двадцать пятёрка", "again"),
        ("два раза пять", "again"),
        ("один раз", "again"),
        ("ещё раз два три", "23"),
        ("в этот раз двенадцать триста", "12300"),
    ],
)
def test_multipliers_take_the_numeral_before_them(say: str, understood: str) -> None:
    assert value(say) == understood


# What recognition tore apart, glued together or misspelt


@pytest.mark.parametrize(
    ("say", "understood"),
    [
        ("двена дцать триста сорок пять", "12345"),
        ("двенадцать тыс яч три ста сорок пять", "12345"),
        ("два дцать две ты сячи че тыреста", "22400"),
        ("девяно сто один с орок пять во семь", "91458"),
        ("двенадцатьтысяч тристасорокпять", "12345"),
        ("двадцатьпять триста", "25300"),
        ("одиндватричетырепять", "12345"),
        ("двенадцать при четыре пять", "12345"),
        ("двенадцать триста срок пять", "12345"),
        ("двенадцать при четыре", "again"),
        ("двенадцать триста сорок пять кот шесть", "12345"),
        ("двенадцать кот триста", "again"),
        ("двенадцать триста сорок пять или шесть", "again"),
        ("дцать триста", "again"),
        ("двенадцать триста сорок последнюю не вижу", "approximate"),
        ("двенадцать тысяч триста сорок пять а после запятой восемь", "12345"),
        ("до запятой двенадцать триста сорок пять", "12345"),
        ("на сегодняшний день двенадцать триста сорок пять", "12345"),
    ],
)
def test_words_that_recognition_spoilt(say: str, understood: str) -> None:
    assert value(say) == understood


# 8. Corrections with «тысяч»


@pytest.mark.parametrize(
    ("say", "understood"),
    [
        ("двенадцать тысяч сто ой одиннадцать тысяч", "again"),
        ("двенадцать тысяч сто ой одиннадцать тысяч двести", "11200"),
        ("двенадцать тысяч триста сорок пять ой тысяча", "again"),
        ("двенадцать тысяч ой тринадцать", "again"),
        ("двенадцать тысяч сто ой двести", "12200"),
        ("двенадцать ой тринадцать тысяч", "13000"),
    ],
)
def test_a_shorter_correction_with_thousands_asks_for_all(say: str, understood: str) -> None:
    assert value(say) == understood


# 9. Repair words


@pytest.mark.parametrize(
    "word",
    [
        "нет", "ой", "точнее", "вернее", "то есть", "прошу прощения", "виноват", "виновата", "извините", "простите",
        "ошибся", "ошиблась", "поправлюсь", "не так", "стоп", "сбился",
    ],
)  # fmt: skip
def test_every_repair_word_corrects_the_end(word: str) -> None:
    assert value(f"двенадцать триста сорок пять, {word}, сорок шесть") == "12346"


@pytest.mark.parametrize("word", ["нет", "ой", "стоп", "не так", "заново"])
def test_a_repair_without_a_correction_asks_for_all(word: str) -> None:
    assert value(f"двенадцать триста сорок пять, {word}") == "again"


@pytest.mark.parametrize("word", ["заново", "сначала", "ещё раз"])
def test_a_restart_forgets_what_was_before(word: str) -> None:
    assert value(f"двенадцать четыреста {word} тринадцать пятьсот два") == "13502"


# 10. SWAP


def test_day_said_for_night_is_noticed_on_two_zones() -> None:
    answer = asked("день шесть семьсот восемьдесят девять ночь двенадцать триста", zones=READ)
    assert answer.values == {"day": "6789", "night": "12300"}
    assert answer.verdict == {"day": "SWAP", "night": "SWAP"}
    assert answer.proposed == {"day": "12300", "night": "6789"}
    assert answer.reconfirm


def test_what_fails_both_ways_is_no_swap() -> None:
    answer = asked("день одиннадцать тысяч ночь шесть восемьсот", zones=READ)
    assert answer.verdict == {"day": "LESS", "night": "OK"}
    assert not answer.reconfirm


# 11. No history


def test_without_history_only_the_length_counts() -> None:
    assert asked("ноль").verdict == {"single": "OK"}
    assert asked("ноль").values == {"single": "0"}
    assert asked("девяносто девять тысяч девятьсот девяносто девять").verdict == {"single": "OK"}


def test_no_average_counts_as_nothing_used() -> None:
    assert asked("двенадцать пятьсот", zones=known(12200, daily=None)).verdict == {"single": "OK"}
    assert asked("двенадцать пятьсот один", zones=known(12200, daily=None)).verdict == {"single": "TOO_MUCH"}


# 12. Whether a yes would store


@pytest.mark.parametrize(
    ("say", "previous", "verdict", "stores"),
    [
        ("12345", 12200, "OK", True),
        ("12200", 12200, "SAME", True),
        ("42", 99980, "ROLLOVER", True),
        ("22345", 12300, "TOO_MUCH", True),
        ("11900", 12300, "LESS", False),
        ("99999", 12300, "IMPOSSIBLE", False),
        ("0", 8450, "ZERO_SAID", False),
    ],
)
def test_reconfirm_tells_what_a_yes_would_store(say: str, previous: int, verdict: str, stores: bool) -> None:
    answer = asked(say, zones=known(previous))
    assert (answer.verdict, answer.reconfirm) == ({"single": verdict}, stores)


@pytest.mark.parametrize(
    ("say", "stores"), [("столько же", True), ("минуточку", False), ("повторите", False), ("не знаю", False)]
)
def test_of_acts_without_digits_only_the_same_would_be_stored(say: str, stores: bool) -> None:
    assert asked(say).reconfirm is stores


# 13. Zones


def test_a_correction_of_one_zone_answers_with_all() -> None:
    both = {"day": 12345, "night": 6789}
    answer = asked("нет, ночь шесть семьсот восемьдесят восемь", "confirm", DAY_NIGHT, confirming=both)
    assert answer.values == {"day": "12345", "night": "6788"}


def test_a_digit_that_only_one_zone_has_is_corrected_there() -> None:
    both = {"day": 12345, "night": 6789}
    assert asked("не девять, а восемь", "confirm", DAY_NIGHT, confirming=both).values["night"] == "6788"
    both = {"day": 12345, "night": 6785}
    assert asked("не пять, а шесть", "confirm", DAY_NIGHT, confirming=both).act == "again"


@pytest.mark.parametrize(
    ("say", "values"),
    [
        ("двенадцать триста сорок пять и шесть семьсот восемьдесят девять", {"day": "12345", "night": "6789"}),
        ("двенадцать триста сорок пять, шесть семьсот восемьдесят девять", {"day": "12345", "night": "6789"}),
        ("двенадцать триста сорок пять шесть семьсот восемьдесят девять", {"day": "12345", "night": "6789"}),
        ("первый двенадцать триста второй шесть семьсот", {"day": "12300", "night": "6700"}),
        ("двенадцать триста сорок пять", {"day": "12345"}),
        ("ночь шесть семьсот", {"night": "6700"}),
        ("тэ два шесть семьсот", {"night": "6700"}),
        ("шесть семьсот ночь двенадцать триста день", {"day": "12300", "night": "6700"}),
    ],
)
def test_numbers_go_to_their_zones(say: str, values: dict[str, str]) -> None:
    assert asked(say, zones=DAY_NIGHT).values == values


@pytest.mark.parametrize("say", ["пик двенадцать триста", "день двенадцать день тринадцать", "день ночь двенадцать"])
def test_a_zone_that_cannot_be_meant_asks_for_all(say: str) -> None:
    assert asked(say, zones=DAY_NIGHT).act == "again"


# 14. and 15. Two meanings, and which is stronger


@pytest.mark.parametrize(
    ("say", "expect", "act", "also"),
    [
        ("он тут не живёт, не звоните", "confirm", "wrong_person", ("opt_out",)),
        ("он умер", "confirm", "deceased", ()),
        ("я ничего не должен", "confirm", "dispute", ()),
        ("двенадцать триста, дайте оператора", "reading", "operator", ("value",)),
        ("не звоните мне больше, дайте оператора", "confirm", "operator", ("opt_out",)),
        ("примерно двенадцать триста, подождите", "reading", "approximate", ("hold",)),
        ("двенадцать триста, подождите", "reading", "value", ("hold",)),
        ("да, подождите", "confirm", "hold", ("yes",)),
        ("заново", "reading", "again", ()),
        ("да нет", "confirm", "unsure", ()),
        ("да нет наверное", "confirm", "unsure", ()),
    ],
)
def test_the_stronger_meaning_decides(say: str, expect: Expect, act: str, also: tuple[str, ...]) -> None:
    answer = asked(say, expect)
    assert (answer.act, answer.also) == (act, also)


@pytest.mark.parametrize(
    ("say", "act"),
    [
        ("да, двенадцать триста сорок пять", "yes"),
        ("нет, двенадцать триста сорок пять", "unsure"),
        ("да, двенадцать триста сорок шесть", "value"),
    ],
)
def test_the_same_number_again_is_an_answer_and_another_a_correction(say: str, act: str) -> None:
    assert asked(say, "confirm", confirming={"single": 12345}).act == act


@pytest.mark.parametrize(
    ("say", "lengths", "pattern", "verdict"),
    [
        ("7001234567", (10,), None, "OK"),
        ("70012345", (10,), None, "WRONG_LENGTH"),
        ("75да533315", (10,), None, "WRONG_FORMAT"),
        ("семьдесят пять дэ пятьдесят три тридцать три пятнадцать", (10,), None, "WRONG_FORMAT"),
        ("8001234567", (10,), r"7\d{9}", "WRONG_FORMAT"),
        ("89132451607", (10,), None, "LOOKS_LIKE_PHONE"),
        ("89132451607", (11,), None, "LOOKS_LIKE_PHONE"),
        ("89132451607", (11,), r"\d{11}", "OK"),
    ],
)
def test_an_account_is_judged_by_its_form(
    say: str, lengths: tuple[int, ...], pattern: str | None, verdict: str
) -> None:
    answer = asked(say, "account", lengths=lengths, pattern=pattern)
    assert (answer.act, answer.verdict) == ("value", {"account": verdict})


# 16. Dates


@pytest.mark.parametrize(
    ("say", "day"),
    [
        ("в среду", "2026-03-11"),
        ("в четверг", "2026-03-05"),
        ("в следующую пятницу", "2026-03-13"),
        ("в пятницу на следующей неделе", "2026-03-13"),
        ("через месяц", "2026-04-04"),
        ("через неделю", "2026-03-11"),
        ("через три дня", "2026-03-07"),
        ("до конца недели", "2026-03-08"),
        ("до конца месяца", "2026-03-31"),
        ("десятого", "2026-03-10"),
        ("третьего", "2026-04-03"),
        ("двадцать пятого марта", "2026-03-25"),
        ("10 числа", "2026-03-10"),
        ("15.03.2026", "2026-03-15"),
        ("завтра, ой, послезавтра", "2026-03-06"),
        ("не завтра, а в пятницу", "2026-03-06"),
    ],
)
def test_a_day_is_named_in_many_ways(say: str, day: str) -> None:
    assert asked(say, "date").values == {"date": day}


def test_the_31st_of_a_short_month_is_its_last_day() -> None:
    answer = understand(Question("q", "date"), "31-го", date(2026, 4, 10))
    assert answer.values == {"date": "2026-04-30"}
    answer = understand(Question("q", "date"), "через месяц", date(2026, 1, 31))
    assert answer.values == {"date": "2026-02-28"}


@pytest.mark.parametrize(
    "say", ["в пятницу или в субботу", "на днях заплачу", "не раньше пятницы", "через пару дней", "31 апреля"]
)
def test_a_day_that_could_be_two_is_asked_again(say: str) -> None:
    assert asked(say, "date").act == "again"


# 17. The same as before


@pytest.mark.parametrize(
    "say",
    [
        "ничего не нагорело", "на нулях", "ничего не изменилось", "столько же", "всё по-прежнему", "без изменений",
        "как в прошлом месяце", "такие же",
    ],
)  # fmt: skip
def test_the_same_as_before_is_said_in_many_ways(say: str) -> None:
    assert asked(say, zones=known(12200)).act == "same"


def test_numbers_beside_the_same_are_not_thrown_away() -> None:
    assert asked("день двенадцать триста ночь столько же", zones=DAY_NIGHT).act == "again"
