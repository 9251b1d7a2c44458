"""The `graph` folder of a model: a flat loop of words (`HCLr.fst`), their language (`Gr.fst`), the tables beside them.

The loop carries a word's label on the arc of its first phone, so that a grammar composed with it at run time prunes at
once, and so that a word is added by adding its path.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from asr.kaldi import bigram, lexicon
from asr.kaldi.binary import BadKaldiFile
from asr.kaldi.fst import Arc, Fst, Sorted
from asr.kaldi.lexicon import UNKNOWN_WORD, Lexicon
from asr.kaldi.phone_table import PhoneTable

_START, _LOOP, _PAUSE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Loop:
    """The two weights of a loop of words, kept in `graph/loop.conf` for whoever adds words."""

    pause: float = 0.5
    """How likely a pause between two words is."""
    unknown_cost: float = 0.0
    """What makes `[unk]` rarer."""
    filler_cost: float | None = None
    """What each phone costs of an `[unk]` that is spelt out of any phones; None: there is no such filler.

    A foreign word is then heard as what it sounds like, and not as the nearest word there is. The decoder needs
    `--phone-determinize=false` then (conf/model.conf): it drowns in spellings otherwise.
    """
    filler_once: float = 0.0
    """What such an `[unk]` costs besides, whatever its length: «да» is short."""

    @classmethod
    def parse(cls, text: str) -> "Loop":
        try:
            given = {
                name: float(value) for name, value in (line.removeprefix("--").split("=") for line in text.split())
            }
            loop = cls(given["pause"], given["unknown-cost"], given.get("filler-cost"), given.get("filler-once", 0.0))
        except (KeyError, ValueError) as error:
            raise BadKaldiFile(f"loop.conf of this model is broken: {error}") from error
        if not 0 < loop.pause < 1:
            raise BadKaldiFile("loop.conf of this model is broken: --pause is no probability")
        return loop

    def dump(self) -> str:
        told = f"--pause={self.pause}\n--unknown-cost={self.unknown_cost}\n"
        if self.filler_cost is not None:
            told += f"--filler-cost={self.filler_cost}\n--filler-once={self.filler_once}\n"
        return told


def word_loop(words: Lexicon, table: PhoneTable, loop: Loop = Loop()) -> Fst:
    """Every word any number of times, with pauses between. KeyError: a phone that the model has not."""
    paused, joined = -math.log(loop.pause), -math.log(1 - loop.pause)
    silence, still = table.enter(table.silence), table.stay(table.silence)
    graph = Fst(_START, [[], [], []], {_LOOP: 0.0})
    between = [Arc(0, 0, joined, _LOOP), Arc(silence, 0, paused, _PAUSE)]
    graph.arcs[_START] = list(between)
    graph.arcs[_PAUSE] = [Arc(still, 0, 0.0, _PAUSE), Arc(0, 0, 0.0, _LOOP)]
    for number, (word, ways) in enumerate(words.items(), 1):
        for way in ways:
            at, label, cost = _LOOP, number, loop.unknown_cost if word == UNKNOWN_WORD else 0.0
            for phone in table.of_word(way):
                after = graph.add_state()
                graph.arcs[at].append(Arc(table.enter(phone), label, cost, after))
                graph.arcs[after].append(Arc(table.stay(phone), 0, 0.0, after))
                at, label, cost = after, 0, 0.0
            graph.arcs[at] += between
    if loop.filler_cost is not None and UNKNOWN_WORD in words:
        label = lexicon.numbered(words)[UNKNOWN_WORD]
        _add_filler(graph, label, table, loop.filler_cost, loop.filler_once, between)
    return graph


def _add_filler(graph: Fst, label: int, table: PhoneTable, each: float, once: float, between: Sequence[Arc]) -> None:
    """A word of two phones or more, whichever they are."""
    inside = graph.add_state()
    for phone in table.spoken:
        begin, middle, end = table.of_word([phone] * 3)
        for at, number, after in ((_LOOP, begin, inside), (inside, middle, inside), (inside, end, None)):
            state = graph.add_state()
            first = at == _LOOP
            graph.arcs[at].append(Arc(table.enter(number), label if first else 0, each + once * first, state))
            graph.arcs[state].append(Arc(table.stay(number), 0, 0.0, state))
            graph.arcs[state] += between if after is None else [Arc(0, 0, 0.0, after)]


def write_graph(
    folder: Path,
    words: Lexicon,
    sentences: Iterable[Sequence[str]],
    table: PhoneTable,
    loop: Loop = Loop(),
    *,
    spoken: Iterable[str] | None = None,
) -> None:
    """Write the whole `graph` folder of a new model. `[unk]` must be among the words, as the phone `SPN`.

    `spoken`: the words that the language has, all by default; one left out (another spelling of a word) can be heard
    in grammars only.
    """
    language = bigram.learned(sentences, words if spoken is None else spoken, lexicon.numbered(words))
    write_parts(folder, words, language, table, loop)


def write_parts(folder: Path, words: Lexicon, language: Fst, table: PhoneTable, loop: Loop) -> None:
    """Write the `graph` folder with a language that is already a graph."""
    (folder / "phones").mkdir(parents=True, exist_ok=True)
    (folder / "HCLr.fst").write_bytes(word_loop(words, table, loop).dump(Sorted.OUTPUT))
    (folder / "Gr.fst").write_bytes(language.dump(Sorted.INPUT))
    numbers = {"<eps>": 0, **lexicon.numbered(words)}
    (folder / "words.txt").write_text("".join(f"{word} {number}\n" for word, number in numbers.items()), "utf-8")
    (folder / "lexicon.txt").write_text(lexicon.dump(words), "utf-8")
    (folder / "loop.conf").write_text(loop.dump(), "utf-8")
    (folder / "phones.txt").write_text(table.dump(), "utf-8")
    (folder / "phones/word_boundary.int").write_text(table.word_boundary(), "utf-8")
    (folder / "disambig_tid.int").write_text(f"{table.first_free_transition}\n", "utf-8")
