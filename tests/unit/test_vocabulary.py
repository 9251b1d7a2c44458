"""Which words a dialplan's callers are likely to say, and what an admin is told of those a model will not hear."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from asr.kaldi.graph import write_graph
from asr.kaldi.phone_table import PhoneTable
from asr.model_folder import ModelFolder, inspect
from asr.models import bundled
from asr.pronunciation import PHONES, pronunciations
from ivr.flow.checks import check
from ivr.flow.dialplan import Dialplan
from ivr.flow.load import load
from ivr.flow.supplier.pronunciations import read_pronunciations
from ivr.vocabulary import lacking, vocabulary_of

LINE = """\
title: Энергосбыт
numbers: {"88001112233": main}
queues: {operators: Операторы}
territories:
  Чемал:
    spoken: село Чемал
    offices: [{address: "улица Пчёлкина, дом пять", schedule: always}]
"""
FLOW = """\
steps:
  start:
    menu: "Чем помочь?"
    choices:
      plumber: {key: "1", say: [вызвать слесаря, перепломбировка], next: people}
      other: {key: "2", say: остальное, next: people}
  people: {queue: operators}
"""
TOPICS = """\
topics:
  dacha:
    title: Дачи
    examples: [подключить садовый домик, хозблок без света]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "energosbyt"
    (folder / "flows").mkdir(parents=True)
    (folder / "line.yaml").write_text(LINE, "utf-8")
    (folder / "flows/main.yaml").write_text(FLOW, "utf-8")
    (folder / "topics.yaml").write_text(TOPICS, "utf-8")
    return folder


@pytest.fixture
def dialplan(folder: Path) -> Dialplan:
    found, _ = check(folder, now=datetime(2026, 3, 4, tzinfo=UTC))
    assert found is not None
    return found


@pytest.fixture
def model(tmp_path: Path) -> ModelFolder:
    """A model of ours by its files; its net is none."""
    path = tmp_path / "vosk-model-ru-tiny"
    (path / "am").mkdir(parents=True)
    (path / "am/final.mdl").write_bytes(b"net")
    shutil.copytree(bundled() / "conf", path / "conf", copy_function=shutil.copyfile)
    words: dict[str, list[tuple[str, ...]]] = {"[unk]": [("SPN",)]}
    words.update({word: pronunciations(word) for word in ("остальное", "вызвать")})
    write_graph(path / "graph", words, [], PhoneTable(PHONES))
    return inspect(path)


def test_menus_topics_places_and_streets_are_likely_and_so_is_what_is_said_on_any_line(
    folder: Path, dialplan: Dialplan
) -> None:
    words = set(vocabulary_of(dialplan, folder, ["улица верещагина"]).words)
    assert {
        "слесаря",
        "перепломбировка",
        "хозблок",
        "чемал",
        "пчёлкина",
        "верещагина",
        "оператор",
        "послезавтра",
    } <= words


def test_a_supplier_says_how_its_words_are_said(folder: Path, dialplan: Dialplan) -> None:
    (folder / "pronunciations.yaml").write_text("Пчёлкина: пч+олкина\nРЭС: рэс р+эс\nПарабель: па́рабель\n", "utf-8")
    own, findings = read_pronunciations(folder)
    assert findings == []
    assert own == {"пчёлкина": ("пч+олкина",), "рэс": ("рэс", "р+эс"), "парабель": ("п+арабель",)}
    assert vocabulary_of(dialplan, folder).own == own
    assert "pronunciations.yaml" not in str(check(folder, now=datetime(2026, 3, 4, tzinfo=UTC))[1])


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("Green: гр+ин", "E461", "не слово"),
        ("два слова: дв+а", "E461", "не слово"),
        ("Мерлина: merlin", "E462", "не произнести"),
        ("Мерлина: мерлина", "E462", "не произнести"),
        ("Мерлина: м+рлина", "E462", "не произнести"),
        ("Мерлина: [м+ерлина]", "E105", "нужен текст"),
    ],
)
def test_what_is_no_pronunciation_is_found_at_its_place(folder: Path, line: str, code: str, said: str) -> None:
    (folder / "pronunciations.yaml").write_text(f"# как говорят\n{line}\n", "utf-8")
    own, findings = read_pronunciations(folder)
    assert own == {}
    assert (findings[0].code, findings[0].place.line) == (code, 2)
    assert said in findings[0].message
    assert findings[0] in check(folder, now=datetime(2026, 3, 4, tzinfo=UTC))[1]


def test_a_guessed_stress_is_told_until_the_supplier_says_it(
    folder: Path, dialplan: Dialplan, model: ModelFolder
) -> None:
    (finding,) = lacking(dialplan, folder, model)
    assert (finding.code, finding.place.file.name) == ("W461", "line.yaml")
    assert "«пчёлкина»" not in finding.message
    guessed = [word.strip("«»") for word in finding.message.split(": ")[1].split(", ")]
    said = "".join(f"{word}: {pronounced(word)}\n" for word in guessed)
    (folder / "pronunciations.yaml").write_text(said, "utf-8")
    assert lacking(dialplan, folder, model) == []


def pronounced(word: str) -> str:
    """The word with some stress."""
    at = next(at for at, letter in enumerate(word) if letter in "аеёиоуыэюя")
    return f"{word[:at]}+{word[at:]}"


def test_a_downloaded_model_lacks_phrases_and_each_is_told_where_it_stands(
    folder: Path, dialplan: Dialplan, model: ModelFolder
) -> None:
    (model.path / "graph/lexicon.txt").unlink()
    found = lacking(dialplan, folder, model)
    assert [(finding.code, finding.place.file.name) for finding in found] == [
        ("W460", "main.yaml"), ("W460", "topics.yaml"),
    ]  # fmt: skip
    assert found[0].place.line == 5
    assert "«слесаря», «перепломбировка»" in found[0].message


def test_the_shipped_lines_have_no_word_that_is_not_heard(model: ModelFolder) -> None:
    for folder in sorted(Path("dialplans").iterdir()):
        if (folder / "line.yaml").exists():
            assert lacking(load(folder), folder, model) == []
