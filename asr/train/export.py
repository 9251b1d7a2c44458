"""A trained net and a vocabulary as a folder that Vosk loads; the words, their sounds and their language with it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from asr import grammars
from asr.kaldi import transitions
from asr.kaldi.binary import MARK
from asr.kaldi.graph import Loop, write_graph
from asr.kaldi.lexicon import UNKNOWN_WORD
from asr.kaldi.phone_table import PhoneTable
from asr.pronunciation import PHONES, UNKNOWN, pronunciations
from asr.train import texts
from asr.train.features import CEPSTRA, CONF
from asr.train.net import SUBSAMPLING, Net
from asr.train.nnet3 import nnet3
from asr.train.texts import Sources, Writer

SENTENCES = 30_000
LOOP = Loop(filler_cost=2.0, filler_once=4.0)
"""In a grammar `[unk]` is one phrase of thousands: without help other people's talk is never heard as such."""
_STRANGE = 0.05
"""In the model's own language `[unk]` needs no help: of the lines that have it so many are kept."""
DECODING = f"""\
--min-active=200
--max-active=3000
--beam=13
--lattice-beam=6
--acoustic-scale=1.0
--frame-subsampling-factor={SUBSAMPLING}
--phone-determinize=false
--max-mem=5000000
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=1.0
--endpoint.rule4.min-trailing-silence=2.0
"""


def export(net: Net, sources: Sources, folder: Path, loop: Loop = LOOP, *, unknown_bias: float = 0.0) -> None:
    """Write the model; `unknown_bias` is added to the score of unknown speech."""
    layers = net.exported()
    unknown = PHONES.index(UNKNOWN)
    layers[-1].bias[2 * unknown : 2 * unknown + 2] += unknown_bias
    table = PhoneTable(PHONES)
    for part in ("am", "conf"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "am/final.mdl").write_bytes(MARK + transitions.dump(table) + nnet3(layers, CEPSTRA))
    (folder / "conf/mfcc.conf").write_text(CONF, "utf-8")
    (folder / "conf/model.conf").write_text(DECODING, "utf-8")
    words = vocabulary(sources.known)
    sentences = spoken(sources, words)
    ways: dict[str, Sequence[Sequence[str]]] = {
        UNKNOWN_WORD: [(UNKNOWN,)],
        **{word: pronunciations(word) for word in words},
    }
    write_graph(folder / "graph", ways, sentences, table, loop, spoken=[UNKNOWN_WORD, *_in_language(words, sentences)])


def vocabulary(known: Sequence[str]) -> list[str]:
    """The words of the model: all that are known, all of the grammars and of the recipe's own numbers."""
    kinds = ("reading", "account", "confirm", "yesno", "menu", "rating", "date")
    said = {word for kind in kinds for phrase in grammars.phrases(kind) or () for word in phrase.split()}
    return sorted({*known, *said, *texts.OWN_WORDS})


def spoken(sources: Sources, words: Sequence[str]) -> list[list[str]]:
    """What is said, in words of the model; of the lines with others, which are unknown, a few."""
    spelt = {word: word for word in words} | {word.replace("ё", "е"): word for word in words if "ё" in word}
    chance = Random(7)
    writer = Writer(sources, chance)
    said: list[list[str]] = []
    while len(said) < SENTENCES:
        line = [spelt.get(word.replace("ё", "е"), UNKNOWN_WORD) for word in writer.line().words]
        if UNKNOWN_WORD not in line or chance.random() < _STRANGE:
            said.append(line)
    return said


def _in_language(words: Sequence[str], sentences: Sequence[Sequence[str]]) -> list[str]:
    """Of words that sound the same («пять», «пядь» misspelt) only the likeliest; the others are for grammars."""
    often = Counter(word for sentence in sentences for word in sentence)
    kept: dict[tuple[str, ...], str] = {}
    for word in sorted(words, key=lambda word: (-often[word], "ё" not in word, word)):
        kept.setdefault(pronunciations(word)[0], word)
    return sorted(set(kept.values()) | {word for word in often if word != UNKNOWN_WORD})
