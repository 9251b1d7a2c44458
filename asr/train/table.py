"""The page of accuracy: every test set with every question, one model or two beside each other, with intervals."""

import sys
from collections.abc import Sequence
from pathlib import Path

from asr import grammars
from asr.train.score import Hearer, Score, false_words, score
from asr.train.spoken import Utterance, load
from asr.train.test_sets import LINE, OTHERS, SETS

_HEAD = """\
# What the bundled model hears

Made by `make accuracy`. Whole utterances right, in percent, with 95 % Wilson intervals; A-law at 8 kHz. A question
narrows the model to its grammar (`asr/grammars.py`); *free* is the model's own language; *line* hears menu phrases as
answers to a menu and all others as answers to «верно?». No voice and no recording here was trained on.

"""


def write_table(model: Path, beside: Path | None, exam: Path, to: Path) -> None:
    hearers = [Hearer(folder) for folder in (model, beside) if folder is not None]
    compared = beside is not None
    lines = [
        _HEAD,
        _row("test set", "utterances", "question", "right, %", *(["before, %"] if compared else [])),
        _row(*["---"] * (5 if compared else 4)),
    ]
    for one in SETS:
        file = exam / f"{one.name}.npz"
        if not file.exists():
            continue
        utterances = list(load(file))
        for question in one.questions:
            scores = [asked(hearer, utterances, question) for hearer in hearers]
            lines.append(_row(one.about, str(len(utterances)), question, *map(told, scores)))
            sys.stderr.write(lines[-1])
    lines += ["\nUtterances of other people's talk in which a word was heard that nobody said, in percent:\n\n"]
    lines += [
        _row("question", "utterances", "with false words, %", *(["before, %"] if compared else [])),
        _row(*["---"] * (4 if compared else 3)),
    ]
    talk = list(load(exam / f"{OTHERS.name}.npz"))
    for question in OTHERS.questions:
        scores = [false_words(hearer, talk, question) for hearer in hearers]
        lines.append(_row(question, str(len(talk)), *(told(one, wrong=True) for one in scores)))
        sys.stderr.write(lines[-1])
    to.write_text("".join(lines), encoding="utf-8")


def asked(hearer: Hearer, utterances: Sequence[Utterance], question: str) -> Score:
    if question != LINE:
        return score(hearer, utterances, question)
    menu = [one for one in utterances if " ".join(one.words) in grammars.MENU]
    others = [one for one in utterances if " ".join(one.words) not in grammars.MENU]
    return score(hearer, menu, "menu") + score(hearer, others, "confirm")


def told(one: Score, *, wrong: bool = False) -> str:
    least, most = one.share.interval
    share = one.share.share
    if wrong:
        share, least, most = 1 - share, 1 - most, 1 - least
    return f"{100 * share:.1f} ({100 * least:.1f}–{100 * most:.1f})"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"
