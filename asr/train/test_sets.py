"""Which test sets there are, with which questions each is heard, and how they are made from voices and recordings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from asr import grammars
from asr.train import exam, voices
from asr.train.spoken import Utterance, save
from asr.train.texts import plain_words
from asr.train.voices import EspeakVoice, RHVoice, RHVoiceVoice

LINE = "line"
"""Menu phrases heard as answers to a menu, the others as answers to «верно?»."""


@dataclass(frozen=True, slots=True)
class TestSet:
    name: str
    about: str
    questions: tuple[str, ...]
    """Grammars it is heard with; `free` is the model's own language."""
    real: bool = False
    """Of recordings of a person."""


SETS = (
    TestSet("held-numbers", "nine unheard voices: numbers 0–999,999", ("free", "reading")),
    TestSet("held-digits", "nine unheard voices: digit by digit", ("free", "reading", "account")),
    TestSet("held-runs", "nine unheard voices: runs of two-digit numbers", ("free", "reading")),
    TestSet("held-commands", "nine unheard voices: commands, yes and no", ("free", LINE)),
    TestSet("espeak-numbers", "unheard espeak-ng manners: numbers", ("free", "reading")),
    TestSet("espeak-digits", "unheard espeak-ng manners: digit by digit", ("reading", "account")),
    TestSet("espeak-commands", "unheard espeak-ng manners: commands", ("free", LINE)),
    TestSet("woman-single", "a real woman: single number words, soft and noisy", ("free", "reading"), real=True),
    TestSet("woman-digits", "a real woman: digit by digit", ("free", "reading", "account"), real=True),
    TestSet("woman-runs", "a real woman: runs of two-digit numbers", ("free", "reading", "account"), real=True),
    *(
        TestSet(f"worse-{how}", f"numbers and the woman's digits, {about}", ("free", "reading", "account"), real=True)
        for how, about in (
            ("noise15", "street noise 15 dB below"), ("noise8", "street noise 8 dB below"), ("gsm", "through GSM"),
            ("echo", "in an echoing hall"), ("quiet", "30 dB too quiet"),
        )
    ),
)  # fmt: skip
OTHERS = TestSet("others", "nine unheard voices: other people's talk", ("free", "reading", "confirm", "menu"))
_COMMON = frozenset(("у", "и", "а", "не", "в", "на", "с", "это", "так", "вот", "я", "вы", "мне"))
"""Words of grammars that any sentence has."""


def write_sets(tree: Path, espeak: Sequence[str], recordings: Path | None, sentences: Path, folder: Path) -> None:
    """All sets, those of a person only where there are recordings."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, utterances in _made(tree, espeak, recordings, sentences):
        save(folder / f"{name}.npz", utterances)


def _made(
    tree: Path, espeak: Sequence[str], recordings: Path | None, sentences: Path
) -> Iterator[tuple[str, list[Utterance]]]:
    engine = RHVoice(tree)
    held = [RHVoiceVoice(engine, name, calm=True) for name in voices.HELD_OUT]
    odd = [EspeakVoice(espeak, f"espeak {name}", (name,), calm=True) for name in voices.ESPEAK_HELD_OUT]
    numbers = exam.said_by(held, exam.numbers, 1)
    yield "held-numbers", numbers
    yield "held-digits", exam.said_by(held, exam.digit_strings, 2)
    yield "held-runs", exam.said_by(held, exam.runs, 3)
    yield "held-commands", exam.said_by(held, exam.commands, 4)
    yield "espeak-numbers", exam.said_by(odd, exam.numbers, 5)
    yield "espeak-digits", exam.said_by(odd, exam.digit_strings, 6)
    yield "espeak-commands", exam.said_by(odd, exam.commands, 7)
    yield "others", exam.others(held, list(other_talk(sentences)), 8)
    if recordings is None:
        return
    woman = exam.Recordings(recordings)
    strings = woman.strings(12)
    yield "woman-single", woman.single(11)
    yield "woman-digits", strings
    yield "woman-runs", woman.runs(13)
    half = exam.MANY // 2
    for how in exam.WORSE:
        yield f"worse-{how.replace(' ', '')}", exam.worsened([*numbers[:half], *strings[:half]], how)


def other_talk(file: Path) -> Iterator[str]:
    """Sentences of a YAML file without any word of a question's grammar, save such as are everywhere."""
    kinds = ("reading", "confirm", "menu", "account")
    ours = {word for kind in kinds for phrase in grammars.phrases(kind) or () for word in phrase.split()} - _COMMON
    for text in _strings(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)):
        words = plain_words(text)
        if 2 < len(words) < 14 and not ours & set(words):
            yield " ".join(words)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for held in value.values():
            yield from _strings(held)
    elif isinstance(value, list):
        for held in value:
            yield from _strings(held)
