"""A copy of a model that knows more words: those of a dialplan, by their pronunciation, in a second, without training.

Only a model of ours can be given words (it carries its lexicon). The copy lies in a cache under a name made of all that
went into it, so that versions with the same words share it, and two processes may make it at once.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from asr.grammars import plain
from asr.kaldi import bigram, lexicon
from asr.kaldi.binary import BadKaldiFile
from asr.kaldi.fst import Fst
from asr.kaldi.graph import Loop, write_parts
from asr.kaldi.phone_table import PhoneTable
from asr.model_folder import ModelFolder, inspect
from asr.pronunciation import Phones, pronounce

_FORM = 1
"""Raise it when the same words would make another folder."""
MOST_WORDS = 4_000
"""More than a dialplan's; each costs a little of every other's chance to be heard."""
KEPT_DAYS = 14
_PARTS = ("am", "conf", "ivector", "rescore")


@dataclass(frozen=True)
class Vocabulary:
    """What callers of one dialplan may say besides what any caller says."""

    phrases: tuple[str, ...] = ()
    """The likeliest first: what is over `MOST_WORDS` words is left out."""
    own: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The supplier's own pronunciations: a word in small letters, and how it is said (see `asr.pronunciation`)."""

    @cached_property
    def spoken(self) -> tuple[tuple[str, ...], ...]:
        """The phrases as words."""
        return tuple(tuple(phrase.split()) for phrase in plain(self.phrases))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every word once, in the order of the phrases."""
        return tuple(dict.fromkeys(word for phrase in self.spoken for word in phrase))

    @cached_property
    def key(self) -> str:
        """Equal for equal vocabularies."""
        told = json.dumps([self.spoken, {word: list(ways) for word, ways in sorted(self.own.items())}])
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a vocabulary."""

    folder: ModelFolder
    """The model to hear with."""
    words: tuple[str, ...]
    """Those the model did not know and knows now."""
    guessed: tuple[str, ...]
    """Those of them whose stress is a guess."""
    left_out: tuple[str, ...]
    """Those that cannot be said (foreign letters), or were too many."""


@dataclass(frozen=True, slots=True)
class Sounded:
    """How the words sound that a model does not know."""

    ways: Mapping[str, tuple[Phones, ...]]
    guessed: tuple[str, ...]
    left_out: tuple[str, ...]


def takes_words(folder: ModelFolder) -> bool:
    """Whether it is one of ours; a downloaded model hears what it was trained with."""
    return folder.kind == "vosk" and folder.grammar and (folder.path / "graph/lexicon.txt").is_file()


def known_words(folder: ModelFolder) -> frozenset[str] | None:
    """The words a model can hear, as it writes them; None for one that spells (it can write anything)."""
    try:
        lines = (folder.path / "graph/words.txt").read_text("utf-8").splitlines()
    except OSError:
        return None
    return frozenset(line.split(maxsplit=1)[0] for line in lines if line)


def unknown(vocabulary: Vocabulary, known: Iterable[str]) -> list[str]:
    """The words of a vocabulary that are not among these, spelt with «ё» or without."""
    known = known if isinstance(known, frozenset) else frozenset(known)
    return [word for word in vocabulary.words if word not in known and word.replace("ё", "е") not in known]


def sounded(vocabulary: Vocabulary, known: Iterable[str], phones: Iterable[str]) -> Sounded:
    """The words that are to be added to a model that knows `known` and has these phones."""
    has = frozenset(phones)
    ways: dict[str, tuple[Phones, ...]] = {}
    guessed, left_out = [], []
    for word in unknown(vocabulary, known):
        said = pronounce(word, vocabulary.own)
        fit = tuple(way for way in said.ways if has.issuperset(way))
        if not fit or len(ways) >= MOST_WORDS:
            left_out.append(word)
            continue
        ways[word] = fit
        if said.guessed:
            guessed.append(word)
    return Sounded(ways, tuple(guessed), tuple(left_out))


def with_words(folder: ModelFolder, vocabulary: Vocabulary, cache: Path) -> Added:
    """The model with the vocabulary's words, made unless it lies in `cache`; the model itself when it lacks none.

    Raises `BadKaldiFile` for a model that takes no words, and OSError when the cache cannot be written.
    """
    graph = folder.path / "graph"
    words = lexicon.parse(_text(graph / "lexicon.txt"))
    table = PhoneTable.parse(_text(graph / "phones.txt"))
    new = sounded(vocabulary, words, table.phones)
    spoken = _heard(vocabulary, words, new)
    if not spoken:
        return Added(folder, (), (), new.left_out)
    name = f"{folder.name}-{_digest(folder, new, spoken)}"
    made = cache / name
    if not made.is_dir():
        made = _make(folder, {**words, **new.ways}, spoken, table, made)
    else:
        os.utime(made)  # in use: not to be pruned
    derived = replace(inspect(made, origin=folder.origin), name=folder.name)
    return Added(derived, tuple(new.ways), new.guessed, new.left_out)


def prune(cache: Path, *, now: float | None = None) -> None:
    """Remove the copies that nobody asked for in a fortnight, and what a process left half made."""
    before = (time.time() if now is None else now) - KEPT_DAYS * 86_400
    try:
        entries = list(cache.iterdir())
    except OSError:
        return
    for entry in entries:
        try:
            stale = entry.stat().st_mtime < before
        except OSError:
            continue
        if stale:
            shutil.rmtree(entry, ignore_errors=True)


def _heard(vocabulary: Vocabulary, words: Mapping[str, object], new: Sounded) -> list[tuple[str, ...]]:
    """The phrases in words of the new model; one that lost a word says nothing of what follows what."""

    def spelt(word: str) -> str | None:
        return next((form for form in (word, word.replace("ё", "е")) if form in new.ways or form in words), None)

    phrases = (tuple(spelt(word) for word in phrase) for phrase in vocabulary.spoken)
    return [tuple(word for word in phrase if word is not None) for phrase in phrases if phrase and all(phrase)]


def _digest(folder: ModelFolder, new: Sounded, spoken: Sequence[Sequence[str]]) -> str:
    told = hashlib.sha256(json.dumps([_FORM, list(new.ways.items()), spoken]).encode())
    for name in ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/lexicon.txt", "graph/Gr.fst"):
        told.update((folder.path / name).read_bytes())
    return told.hexdigest()[:20]


def _make(
    folder: ModelFolder, words: lexicon.Lexicon, spoken: list[tuple[str, ...]], table: PhoneTable, to: Path
) -> Path:
    graph = folder.path / "graph"
    language = bigram.with_phrases(Fst.load((graph / "Gr.fst").read_bytes()), spoken, lexicon.numbered(words))
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{to.name}.", dir=to.parent) as half:
        made = Path(half) / "model"
        for part in _PARTS:
            if (folder.path / part).is_dir():
                shutil.copytree(folder.path / part, made / part, copy_function=_link)
        write_parts(made / "graph", words, language, table, Loop.parse(_text(graph / "loop.conf")))
        try:
            made.rename(to)
        except OSError:
            if not to.is_dir():  # nobody else was faster
                raise
    return to


def _link(source: str, to: str) -> None:
    """The same file once more; a copy where the cache is on another disk."""
    try:
        os.link(source, to)
    except OSError:
        shutil.copyfile(source, to)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadKaldiFile(f"{path} cannot be read, so this model takes no added words: {error}") from error
