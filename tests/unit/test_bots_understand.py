"""What callers say and what must be understood: the published table of utterances and the rulings beside it."""

from collections.abc import Mapping
from datetime import date

import pytest

from bots.meters import Meter, Zone
from bots.talk import Answer, Expect, Question
from bots.understanding.understand import understand

WEDNESDAY = date(2026, 3, 4)
DAY_NIGHT = (Zone("day"), Zone("night"))
THREE = (Zone("peak"), Zone("night"), Zone("half_peak"))
PREVIOUS = 12200


def asked(
    say: str,
    expect: Expect = "reading",
    *,
    digits: int = 5,
    fraction: int = 1,
    previous: int | None = PREVIOUS,
    zones: tuple[Zone, ...] | None = None,
    confirming: Mapping[str, int] | None = None,
    lengths: tuple[int, ...] = (10,),
    choices: Mapping[str, tuple[str, ...]] | None = None,
) -> Answer:
    meter = None
    if expect in ("reading", "confirm"):
        meter = Meter(digits, fraction, zones or (Zone("single", previous, 30, 5.0),))
    question = Question(
        "q", expect, meter=meter, confirming=confirming or {}, account_lengths=lengths, choices=choices or {}
    )
    return understand(question, say, WEDNESDAY)


def single(value: int) -> dict[str, int]:
    return {"single": value}


@pytest.mark.parametrize(
    ("say", "options", "value", "verdict"),
    [
        ("двенадцать тысяч триста сорок пять", {}, "12345", "OK"),
        ("двенадцать триста сорок пять", {}, "12345", "OK"),
        ("один два три четыре пять", {}, "12345", "OK"),
        ("двенадцать тысяч сорок пять", {}, "12045", "LESS"),
        ("двенадцать ноль сорок пять", {"previous": 12000}, "12045", "OK"),
        ("ноль ноль пять сто двадцать три", {"digits": 6, "previous": 5000}, "5123", "OK"),
        ("три нуля двадцать пять", {"previous": 10}, "25", "OK"),
        ("две пятёрки семь ноль один", {"previous": 55600}, "55701", "OK"),
        ("двадцать три сорок пять шестьдесят семь", {"digits": 6, "previous": 234400}, "234567", "OK"),
        ("сто двадцать три четыреста пятьдесят шесть", {"digits": 6, "previous": 123300}, "123456", "OK"),
        ("двенадцать триста сорок пять запятая шесть", {}, "12345", "OK"),
        ("двенадцать тысяч триста сорок пять целых семь десятых", {}, "12345", "OK"),
        ("12 345,6", {}, "12345", "OK"),
        ("полторы тысячи", {"previous": 1400}, "1500", "OK"),
        ("тыща двести", {"previous": 1100}, "1200", "OK"),
        ("шесть сот восемь десят два", {"previous": 600}, "682", "OK"),
        ("эм… ну значит двенадцать тыщ пятьсот киловатт", {}, "12500", "OK"),
        ("двенадцать триста сорок пять… ой, сорок шесть", {}, "12346", "OK"),
        ("двенадцать триста сорок пять, нет, двенадцать триста пятьдесят пять", {}, "12355", "OK"),
        ("двенадцать четыреста, ой, заново, тринадцать пятьсот два", {"previous": 13400}, "13502", "OK"),
        ("ноль", {"previous": 8450}, "0", "ZERO_SAID"),
        ("ноль ноль ноль сорок два", {"previous": 99980}, "42", "ROLLOVER"),
        ("одиннадцать девятьсот", {"previous": 12300}, "11900", "LESS"),
        ("двадцать две тысячи триста сорок пять", {"previous": 12300}, "22345", "TOO_MUCH"),
    ],
)
def test_a_reading_is_understood(say: str, options: dict[str, int], value: str, verdict: str) -> None:
    answer = asked(say, **options)
    assert (answer.act, answer.values, answer.verdict) == ("value", {"single": value}, {"single": verdict})
    assert answer.reconfirm is (verdict in ("OK", "ROLLOVER", "TOO_MUCH"))


def test_six_digits_on_five_drums_propose_the_five() -> None:
    answer = asked("один два три четыре пять шесть")
    assert answer.verdict == {"single": "TOO_LONG"}
    assert answer.proposed == {"single": "12345"}
    assert answer.reconfirm


@pytest.mark.parametrize(
    ("say", "act"),
    [
        ("одну минуточку, сейчас посмотрю", "hold"),
        ("столько же, как в прошлом месяце", "same"),
        ("примерно двенадцать триста", "approximate"),
        ("с роботом не разговариваю, девушку позовите", "operator"),
        ("заново", "again"),
        ("один два три пять ой четыре пять", "again"),
        ("двенадцать тысяч сто ой одиннадцать тысяч", "again"),
        ("ничего не нагорело", "same"),
        ("на нулях", "same"),
        ("ничего не изменилось", "same"),
        ("", "nothing"),
        ("абракадабра", "nothing"),
    ],
)
def test_no_digits_are_made_of_other_words(say: str, act: str) -> None:
    answer = asked(say)
    assert (answer.act, answer.values) == (act, {})


@pytest.mark.parametrize(
    ("say", "value", "corrected"),
    [
        ("нет, не пять, а шесть", 12345, "12346"),
        ("нет, триста сорок шесть", 12345, "12346"),
        ("да, только не сорок пять, а пятьдесят четыре", 12345, "12354"),
        ("не двести, а триста", 41270, "41370"),
    ],
)
def test_a_correction_inside_the_answer_to_a_read_back(say: str, value: int, corrected: str) -> None:
    answer = asked(say, "confirm", confirming=single(value), previous=value - 100)
    assert (answer.act, answer.values, answer.reconfirm) == ("value", single_text(corrected), True)


def single_text(value: str) -> dict[str, str]:
    return {"single": value}


@pytest.mark.parametrize(
    ("say", "act"),
    [
        ("да нет, всё правильно", "yes"),
        ("нет-нет, всё верно", "yes"),
        ("не знаю, вроде да", "unsure"),
        ("да", "yes"),
        ("нет", "no"),
        ("да нет", "unsure"),
        ("да нет наверное", "unsure"),
        ("да двенадцать триста сорок пять", "yes"),
        ("нет двенадцать триста сорок пять", "unsure"),
    ],
)
def test_yes_and_no(say: str, act: str) -> None:
    assert asked(say, "confirm", confirming=single(12345)).act == act


def test_two_fives_cannot_be_told_apart() -> None:
    assert asked("не пять, а шесть", "confirm", confirming=single(12355)).act == "again"


@pytest.mark.parametrize(
    ("say", "zones", "values"),
    [
        (
            "день двенадцать триста сорок пять ночь шесть семьсот восемьдесят девять",
            DAY_NIGHT,
            {"day": "12345", "night": "6789"},
        ),
        (
            "ночь шесть семьсот восемьдесят девять, а день двенадцать триста сорок пять",
            DAY_NIGHT,
            {"day": "12345", "night": "6789"},
        ),
        (
            "тэ один двенадцать тысяч сто, тэ два пять тысяч двести",
            DAY_NIGHT,
            {"day": "12100", "night": "5200"},
        ),
        (
            "пик тысяча сто, полупик две триста, ночь девятьсот",
            THREE,
            {"peak": "1100", "half_peak": "2300", "night": "900"},
        ),
    ],
)
def test_zones_get_the_numbers_said_for_them(say: str, zones: tuple[Zone, ...], values: dict[str, str]) -> None:
    assert asked(say, zones=zones).values == values


MENU = {"readings": ("показания", "передать показания"), "outage": ("нет света", "отключение")}


@pytest.mark.parametrize(
    ("say", "choice"),
    [("хочу показания передать", "readings"), ("у нас света нету", "outage"), ("показанья", "readings")],
)
def test_a_menu_choice_is_found_by_other_words(say: str, choice: str) -> None:
    assert asked(say, "menu", choices=MENU).values == {"choice": choice}


def test_a_menu_takes_no_guess() -> None:
    assert asked("какая сегодня погода", "menu", choices=MENU).act == "nothing"


@pytest.mark.parametrize(
    ("say", "values", "verdict"),
    [
        (
            "семь ноль ноль двенадцать тридцать четыре пятьдесят шесть семь",
            {"account": "7001234567"},
            {"account": "OK"},
        ),
        (
            "восемь девятьсот тринадцать двести сорок пять шестнадцать ноль семь",
            {"account": "89132451607"},
            {"account": "LOOKS_LIKE_PHONE"},
        ),
    ],
)
def test_an_account_is_understood(say: str, values: dict[str, str], verdict: dict[str, str]) -> None:
    answer = asked(say, "account")
    assert (answer.act, answer.values, answer.verdict) == ("value", values, verdict)


def test_who_does_not_live_here_is_not_rung_again() -> None:
    answer = understand(Question("q", "confirm"), "он тут больше не живёт, не звоните", WEDNESDAY)
    assert (answer.act, answer.also) == ("wrong_person", ("opt_out",))


@pytest.mark.parametrize(
    ("say", "act", "values"),
    [
        ("в пятницу после зарплаты оплачу", "promise", {"date": "2026-03-06"}),
        ("так я вчера уже заплатила", "already_paid", {"date": "2026-03-03"}),
        ("перезвоните завтра после шести вечера", "value", {"at": "2026-03-05T18:00:00"}),
        ("завтра в два", "value", {"at": "2026-03-05T14:00:00"}),
        ("в понедельник с десяти до двенадцати", "value", {"at": "2026-03-09T10:00:00"}),
        ("завтра в восемь", "again", {}),
        ("как-нибудь заплачу", "again", {}),
    ],
)
def test_promises_and_times(say: str, act: str, values: dict[str, str]) -> None:
    answer = asked(say, "date")
    assert (answer.act, answer.values) == (act, values)


@pytest.mark.parametrize(
    ("say", "mark", "verdict"),
    [
        ("ну, пятёрка с плюсом", "5", "OK"),
        ("десять", "10", "OUT_OF_SCALE"),
        ("пять из пяти", "5", "OK"),
        ("четыре, нет, пять", "5", "OK"),
        ("ноль", "0", "OUT_OF_SCALE"),
    ],
)
def test_a_mark_is_understood(say: str, mark: str, verdict: str) -> None:
    answer = asked(say, "rating")
    assert (answer.act, answer.values, answer.verdict) == ("value", {"rating": mark}, {"rating": verdict})


def test_four_or_five_is_no_mark() -> None:
    assert asked("четыре или пять", "rating").act == "again"


@pytest.mark.parametrize(
    "say",
    [
        "восемь девятьсот тринадцать двести сорок пять шестнадцать ноль семь",
        "девятьсот тринадцать двести сорок пять шестнадцать ноль семь",
        "+7 (913) 245-16-07",
    ],
)
def test_a_telephone_comes_back_in_one_form(say: str) -> None:
    assert asked(say, "phone").values == {"phone": "+79132451607"}


@pytest.mark.parametrize(
    ("say", "expect", "act", "values"),
    [
        ("ноль ноль сорок два пятнадцать", "digits", "value", {"digits": "004215"}),
        ("номер 0012 345", "digits", "value", {"digits": "0012345"}),
        ("там темно", "digits", "nothing", {}),
        ("примерно сорок", "digits", "again", {}),
        ("У подъезда искрит щиток, вторую неделю", "free", "value", {"text": "у подъезда искрит щиток, вторую неделю"}),
        ("повторите", "free", "repeat", {}),
        ("…", "free", "nothing", {}),
    ],
)
def test_bare_digits_and_bare_words(say: str, expect: Expect, act: str, values: dict[str, str]) -> None:
    answer = asked(say, expect)
    assert (answer.act, answer.values) == (act, values)


@pytest.mark.parametrize(
    "expect", ["reading", "account", "confirm", "menu", "rating", "date", "phone", "digits", "free"]
)
@pytest.mark.parametrize(
    ("say", "act"),
    [
        ("соедините с оператором", "operator"),
        ("повторите", "repeat"),
        ("минуточку", "hold"),
        ("погромче", "louder"),
        ("помедленнее", "slower"),
        ("не звоните мне больше", "opt_out"),
        ("вы ошиблись номером", "wrong_person"),
        ("она умерла", "deceased"),
        ("я ничего не должен", "dispute"),
        ("я уже оплатил", "already_paid"),
    ],
)
def test_some_things_are_understood_whatever_is_asked(say: str, act: str, expect: Expect) -> None:
    assert asked(say, expect).act == act


@pytest.mark.parametrize(
    "say", ["без оператора обойдусь", "не надо оператора", "девушка, двенадцать триста сорок пять"]
)
def test_who_wants_no_operator_gets_none(say: str) -> None:
    assert asked(say).act != "operator"


@pytest.mark.parametrize("say", ["я говорю с роботом?", "вы робот?", "это робот что ли", "а вы случайно не робот"])
def test_who_asks_whether_this_is_a_robot_is_told_apart_from_who_wants_a_person(say: str) -> None:
    answer = understand(Question("k", "confirm"), say, date(2026, 3, 4))
    assert answer.act == "robot"
    assert understand(Question("k", "confirm"), "с роботом не разговариваю", date(2026, 3, 4)).act == "operator"


def test_a_yes_or_no_question_may_have_a_third_answer() -> None:
    question = Question("k", "confirm", choices={"later": ("позже", "некогда", "не сейчас")})
    answer = understand(question, "мне сейчас некогда", date(2026, 3, 4))
    assert (answer.act, answer.values) == ("choice", {"choice": "later"})
    assert understand(question, "да", date(2026, 3, 4)).act == "yes"
