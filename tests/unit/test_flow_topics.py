"""A supplier's topics.yaml: a clean file is read, and every fault is found where it stands."""

from pathlib import Path

import pytest

from ivr.flow.topics import read_topics

BOOK = """
synonyms:
  - [свет, электричество]
nothing: [какая погода]
nothing_words: лифт, домофон
between:
  - topics: [debt, bill]
    ask: Вам узнать долг или получить квитанцию?
topics:
  debt:
    title: Долг
    wish: узнать долг
    answer: Долг указан в квитанции.
    examples:
      - узнать долг
      - сколько я должен
    words: >-
      долг, задолженность, баланс, сальдо, остаток,
      недоимка, сумма долга, долги, сколько платить
  bill:
    title: Квитанция
    operator: да
    examples:
      - квитанция не пришла
    words: [квитанция, счёт, платёжка, квиток, нет квитанции, дубликат, копия счёта, где счёт, не принесли]
    without: [за воду]
"""


def book(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "topics.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_clean_file_is_read_whole(tmp_path: Path) -> None:
    read, findings = read_topics(book(tmp_path, BOOK))
    assert findings == []
    assert read is not None
    debt, bill = read.topics
    assert (debt.name, debt.title, debt.wish, debt.answer) == (
        "debt", "Долг", "узнать долг", "Долг указан в квитанции."
    )  # fmt: skip
    assert debt.examples == ("узнать долг", "сколько я должен")
    assert debt.words[-2:] == ("долги", "сколько платить")
    assert (bill.operator, bill.without, debt.operator) == (True, ("за воду",), False)
    assert read.nothing == ("какая погода", "лифт", "домофон")
    assert read.taught.sort("какой у меня долг").topics == ("debt",)
    assert read.taught.question("bill", "debt") == "Вам узнать долг или получить квитанцию?"


@pytest.mark.parametrize(
    ("old", "new", "code", "word", "line"),
    [
        ("    wish: узнать долг", "    wishes: узнать долг", "E102", "может быть, «wish»?", 12),
        ("    title: Долг\n", "", "E103", "title", 11),
        ("  debt:\n    title", "  Долг:\n    title", "E431", "«Долг»", 10),
        ("topics: [debt, bill]", "topics: [dept, bill]", "E433", "может быть, «debt»?", 7),
        ("topics: [debt, bill]", "topics: [debt]", "E434", "между двумя темами", 7),
        ("[свет, электричество]", "[свет, электрический ток]", "E435", "одним словом", 3),
        ("[свет, электричество]", "[свет]", "W431", "«свет»", 3),
        ("- квитанция не пришла", "- Узнать долг", "E438", "уже есть у темы «debt» в строке 15", 24),
        ("- сколько я должен", "- узнать долг", "W432", "уже есть в строке 15", 16),
        ("- сколько я должен", "- «12345»", "E436", "нужны слова", 16),
        ("- сколько я должен", "- " + "очень " * 100, "E437", "длиннее", 16),
        ("operator: да", "operator: может", "E109", "«может»", 22),
        (", дубликат, копия счёта, где счёт, не принесли", "", "W430", "мало примеров: 6", 20),
        ("какая погода", "{погода: какая}", "E105", "текст", 4),
    ],
)
def test_one_fault_is_found_where_it_stands(
    tmp_path: Path, old: str, new: str, code: str, word: str, line: int
) -> None:
    assert old in BOOK
    read, findings = read_topics(book(tmp_path, BOOK.replace(old, new, 1)))
    found = next(finding for finding in findings if finding.code == code)
    assert word in str(found)
    assert found.place.line == line
    assert (read is None) is found.is_error


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E005"),
        ("topics: {}", "E430"),
        ("nothing: [алло]", "E103"),
        ("topics:\n  debt:\n    title: Долг\n", "E432"),
        ("- список", "E106"),
        ("topics: [долг]", "E106"),
        ("topics: &a {}", "E006"),
    ],
)
def test_a_file_without_topics_is_refused(tmp_path: Path, text: str, code: str) -> None:
    read, findings = read_topics(book(tmp_path, text))
    assert read is None
    assert code in {finding.code for finding in findings}


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    broken = BOOK.replace("title: Долг", "titel: Долг").replace("[свет, электричество]", "[белый свет, день]")
    _, findings = read_topics(book(tmp_path, broken))
    assert [finding.code for finding in findings] == ["E435", "E102"]
