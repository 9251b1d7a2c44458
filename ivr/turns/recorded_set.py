"""Recorded answers to examine a model with: an export of turns, or a folder of WAV files with their words beside them.

What cannot be used is named, and the rest is read.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args

from bots.talk import Act, Expect, Question
from bots.understanding.requests import BadRequest, request
from bots.understanding.understand import understand

GRAMMARS: Mapping[str, str] = {
    "reading": "reading", "account": "account", "phone": "account", "digits": "account", "confirm": "yesno",
    "menu": "menu", "rating": "rating", "date": "date", "free": "free",
}  # fmt: skip
"""What recognition is narrowed to where the set does not say it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    act: Act
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Utterance:
    audio: Path
    kind: Expect
    question: Question
    grammar: str
    phrases: Sequence[str]
    today: date
    said: str | None
    """Its words, where a person wrote them down."""
    truth: Meaning | None
    """What it meant, where that is known."""


def read_set(path: Path, expect: str, today: date) -> tuple[list[Utterance], list[str]]:
    """The utterances of a folder or a JSON Lines file, and what is wrong with it."""
    faults: list[str] = []
    if path.is_dir():
        return list(_folder(path, expect, today, faults)), faults
    return list(_lines(path, today, faults)), faults


def _folder(folder: Path, expect: str, today: date, faults: list[str]) -> Iterator[Utterance]:
    """A subfolder called as a kind of question (`reading`, `confirm`…) holds answers to such questions."""
    for audio in sorted(folder.rglob("*.wav")):
        kind = next((name for name in reversed(audio.relative_to(folder).parts[:-1]) if name in GRAMMARS), expect)
        text = audio.with_suffix(".txt")
        try:
            said = " ".join(text.read_text(encoding="utf-8").split())
        except FileNotFoundError:
            faults.append(f"{audio}: there is no {text.name} beside it that says its words")
            continue
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{text}: cannot be read: {error}")
            continue
        question = request({"expect": kind, "say": said}).question
        yield Utterance(
            audio, question.expect, question, GRAMMARS[kind], (), today, said, _meant(question, said, today)
        )


def _lines(file: Path, today: date, faults: list[str]) -> Iterator[Utterance]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{file}: cannot be read: {error}")
        return
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            utterance = _line(json.loads(line), file.parent, today)
        except (ValueError, BadRequest) as error:
            faults.append(f"{file}:{number}: {error}")
        else:
            yield utterance


def _line(told: Any, folder: Path, today: date) -> Utterance:
    if not isinstance(told, dict):
        raise BadRequest("this is no object")
    audio, said = told.get("audio"), told.get("said")
    if not isinstance(audio, str) or not audio:
        raise BadRequest("audio must name a WAV file")
    if said is not None and not isinstance(said, str):
        raise BadRequest("said must be the caller's words, or null")
    asked = request({**told, "say": said or ""})
    question, day = asked.question, asked.today or today
    phrases = told.get("phrases") or ()
    if not isinstance(phrases, list | tuple) or not all(isinstance(phrase, str) for phrase in phrases):
        raise BadRequest("phrases must be a list of phrases")
    truth = _truth(told.get("truth")) or (_meant(question, said, day) if said else None)
    grammar = str(told.get("grammar") or GRAMMARS[question.expect])
    return Utterance(folder / audio, question.expect, question, grammar, tuple(phrases), day, said, truth)


def _truth(told: object) -> Meaning | None:
    if told is None:
        return None
    if not isinstance(told, dict) or told.get("act") not in get_args(Act) or not isinstance(told.get("values"), dict):
        raise BadRequest('truth must be as {"act": "value", "values": {"single": "12345"}}, or null')
    return Meaning(told["act"], {str(name): str(value) for name, value in told["values"].items()})


def _meant(question: Question, said: str, today: date) -> Meaning:
    answer = understand(question, said, today)
    return Meaning(answer.act, {**answer.values, **answer.proposed})
