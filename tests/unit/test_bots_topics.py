"""An open question sorted into topics: one, two, a question between two, or nothing; what was said besides is kept."""

import pickle
import time
from pathlib import Path

import pytest

from bots.understanding.menus import chosen
from bots.understanding.tokens import normalise
from bots.understanding.topics import Sorted, Topic, Topics
from ivr.flow.topics import read_topics
from ivr.settings import shipped_dialplans


@pytest.fixture(scope="module")
def topics() -> Topics:
    book, findings = read_topics(shipped_dialplans() / "energosbyt" / "topics.yaml")
    assert book is not None, findings
    return book.taught


@pytest.mark.parametrize(
    ("said", "named", "rest"),
    [
        ("показания двенадцать триста", ("readings",), "двенадцать триста"),
        ("Показания: день 12345, ночь 6789.", ("readings",), "день 12345, ночь 6789"),
        (
            "здравствуйте хочу передать показания двенадцать тысяч триста ой нет четыреста",
            ("readings",),
            "двенадцать тысяч триста ой нет четыреста",
        ),
        ("передать показания", ("readings",), ""),
        ("добрый день я одна живу хочу показания сдать", ("readings",), "живу"),
        ("у нас света нет на гагарина пятнадцать", ("outage",), "гагарина пятнадцать"),
        ("нет света", ("outage",), ""),
    ],
)
def test_what_was_said_besides_the_topic_is_kept(topics: Topics, said: str, named: tuple[str, ...], rest: str) -> None:
    found = topics.sort(said)
    assert (found.topics, found.rest) == (named, rest)


def test_two_topics_come_in_the_order_they_were_said(topics: Topics) -> None:
    assert topics.sort("показания передать и ещё узнать задолженность").topics == ("readings", "balance")
    assert topics.sort("узнать задолженность и ещё показания передать").topics == ("balance", "readings")


def test_between_two_near_topics_the_caller_is_asked(topics: Topics) -> None:
    found = topics.sort("сумма в квитанции за свет")
    assert found.topics == ()
    assert set(found.between) == {"balance", "bill_why"}
    assert found.ask == "Вам узнать сумму к оплате или оспорить начисление?"


@pytest.mark.parametrize(
    "said",
    ["", "   ", "…", "алло", "да", "абракадабра шмабракадабра", "двенадцать тысяч триста сорок пять", "ы" * 5000],
)
def test_no_topic_is_made_of_nothing(topics: Topics, said: str) -> None:
    found = topics.sort(said)
    assert (found.topics, found.between) == ((), ())


def test_a_number_alone_is_kept_for_whoever_asks_next(topics: Topics) -> None:
    assert topics.sort("двенадцать тысяч триста сорок пять").rest == "двенадцать тысяч триста сорок пять"


def test_a_phrase_that_rules_a_topic_out() -> None:
    readings = Topic("readings", "Показания", ("передать показания", "показания счётчика"), without=("за воду",))
    debt = Topic("debt", "Долг", ("узнать долг", "сколько я должен"))
    topics = Topics([readings, debt])
    assert topics.sort("передать показания").topics == ("readings",)
    assert topics.sort("передать показания за воду").topics == ()


def test_a_synonym_stands_for_its_word() -> None:
    topics = Topics(
        [Topic("bill", "Квитанция", ("квитанция не пришла",)), Topic("debt", "Долг", ("узнать долг",))],
        synonyms=[("квитанция", "жировка")],
    )
    assert topics.sort("жировка не пришла").topics == ("bill",)


def test_one_topic_or_none_are_topics_too() -> None:
    assert Topics([]).sort("передать показания") == Sorted(rest="передать показания")
    assert Topics([Topic("readings", "Показания", ("передать показания",))]).sort("передать показания").topics


def test_sorting_survives_a_pickle_and_is_the_same_every_time(topics: Topics) -> None:
    again = pickle.loads(pickle.dumps(topics))
    for said in ("квитанция не пришла", "свет моргает", "сумма не та в квитанции"):
        assert again.sort(said) == topics.sort(said) == topics.sort(said)


def test_an_utterance_is_sorted_in_two_milliseconds(topics: Topics) -> None:
    said = "здравствуйте я пенсионерка живу одна квитанция пришла а там сумма какая то огромная откуда не понимаю"
    topics.sort(said)
    taken = []
    for _ in range(50):
        started = time.perf_counter()
        topics.sort(said)
        taken.append(time.perf_counter() - started)
    assert min(taken) < 0.002


def test_the_shipped_topics_are_clean() -> None:
    book, findings = read_topics(shipped_dialplans() / "energosbyt" / "topics.yaml")
    assert findings == []
    assert book is not None
    assert len(book.topics) >= 25
    assert all(topic.title and topic.wish for topic in book.topics)


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    book, findings = read_topics(tmp_path / "topics.yaml")
    assert book is None
    assert [finding.code for finding in findings] == ["E001"]


@pytest.mark.parametrize(
    ("pair", "said", "meant"),
    [
        (("balance", "bill_why"), "сумму", "balance"),
        (("balance", "bill_why"), "оспорить", "bill_why"),
        (("balance", "bill_why"), "второе", "bill_why"),
        (("balance", "bill_why"), "да", None),
        (("readings", "readings_arrived"), "передать", "readings"),
        (("readings", "readings_arrived"), "дошли ли", "readings_arrived"),
        (("readings", "readings_arrived"), "показания", None),
        (("outage", "reconnect"), "просто нет света", "outage"),
        (("outage", "reconnect"), "отключили", "reconnect"),
        (("bill_missing", "e_bill"), "бумажная", "bill_missing"),
        (("bill_missing", "e_bill"), "электронную", "e_bill"),
        (("meter_check", "meter_seal"), "первое", "meter_check"),
        (("meter_check", "meter_seal"), "опломбировать", "meter_seal"),
    ],
)
def test_the_guiding_question_is_answered_in_its_own_words(
    topics: Topics, pair: tuple[str, str], said: str, meant: str | None
) -> None:
    assert chosen(normalise(said), topics.apart(pair)) == meant


def test_the_two_topics_stand_in_the_order_of_the_question(topics: Topics) -> None:
    found = topics.sort("сумма в квитанции за свет")
    assert found.between == ("balance", "bill_why")
    assert found.ask.index("сумму") < found.ask.index("начисление")
