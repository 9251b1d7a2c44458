"""The words callers of one dialplan are likely to say: its menus, its topics, its places, the streets of its accounts.

A model of ours is given them when an edition goes on the air; `gudok check` tells which of them a downloaded model
lacks, and whose stress had to be guessed.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from asr import grammars
from asr.added_words import Vocabulary, known_words, sounded, takes_words, unknown
from asr.grammars import plain
from asr.model_folder import ModelBroken, ModelFolder
from asr.models import choose
from asr.pronunciation import PHONES
from ivr.flow.dialplan import Ask, Choice, Dialplan, Menu
from ivr.flow.finding import Finding, Place
from ivr.flow.supplier.pronunciations import FILE, read_pronunciations
from ivr.flow.supplier.supplier_settings import SupplierSettings, read_settings
from ivr.flow.topics import read_topics
from ivr.settings import Settings

MOST_NAMED = 12
"""Words named in one finding; an admin mends them in the order they matter."""


def vocabulary_of(dialplan: Dialplan, folder: Path, streets: Sequence[str] = ()) -> Vocabulary:
    """`streets`: names from the supplier's accounts, the commonest first. Reads the folder's files."""
    settings, _ = read_settings(folder)
    phrases = (
        *(phrase for choice in _choices(dialplan) for phrase in choice.phrases),
        *_topics(folder),
        *(_places(settings) if settings is not None else ()),
        *streets,
    )
    own, _ = read_pronunciations(folder)
    return Vocabulary((*grammars.everyday(), *dict.fromkeys(plain(phrases))), own)


def advice(dialplan: Dialplan, folder: Path, settings: Settings) -> list[Finding]:
    """`lacking`, of the model that this machine's line hears with; a model that is broken is the doctor's to tell."""
    try:
        return lacking(dialplan, folder, choose(settings.model, cache=settings.cache))
    except ModelBroken:
        return []


def lacking(dialplan: Dialplan, folder: Path, model: ModelFolder) -> list[Finding]:
    """What of the dialplan's words the model will not hear, or will hear by a guess; advice, each at its place."""
    if takes_words(model):
        return _guessed(vocabulary_of(dialplan, folder), model, folder)
    known = known_words(model)
    if known is None or model.origin == "bundled":
        return []
    return list(_unheard(dialplan, folder, model, known))


def _guessed(vocabulary: Vocabulary, model: ModelFolder, folder: Path) -> list[Finding]:
    words = sounded(vocabulary, known_words(model) or (), PHONES)
    findings = []
    place = Place(folder / FILE) if (folder / FILE).exists() else Place(folder / "line.yaml")
    if words.guessed:
        text = f"ударение угадано: {_named(words.guessed)}"
        findings.append(Finding(place, "W461", text, f"впишите в {FILE}, например «Мерлина: М+ерлина»"))
    if words.left_out:
        text = f"этих слов модель «{model.name}» не услышит: {_named(words.left_out)}"
        findings.append(Finding(place, "W462", text, "пишите русскими буквами, как слышится"))
    return findings


def _unheard(dialplan: Dialplan, folder: Path, model: ModelFolder, known: frozenset[str]) -> Iterator[Finding]:
    hint = "скажите иначе, или возьмите встроенную модель: в неё слова добавляются"
    for choice in _choices(dialplan):
        words = unknown(Vocabulary(choice.phrases), known)
        if words:
            yield Finding(choice.place, "W460", f"модель «{model.name}» не знает слов: {_named(words)}", hint)
    words = unknown(Vocabulary(tuple(_topics(folder))), known)
    if words:
        text = f"модель «{model.name}» не знает слов: {_named(words)}"
        yield Finding(Place(folder / "topics.yaml"), "W460", text, hint)


def _choices(dialplan: Dialplan) -> Iterator[Choice]:
    for step in dialplan.steps():
        if isinstance(step, Menu | Ask):
            yield from step.choices


def _topics(folder: Path) -> Iterator[str]:
    path = folder / "topics.yaml"
    book = read_topics(path)[0] if path.exists() else None
    if book is not None:
        for topic in book.topics:
            yield from (*topic.words, *topic.examples)
        # What is like a topic and is none must be heard as what it is.
        yield from book.nothing
        yield from (word for group in book.synonyms for word in group)


def _places(settings: SupplierSettings) -> Iterator[str]:
    for territory in settings.territories.values():
        yield territory.name
        yield territory.spoken
        yield from (office.address for office in territory.offices)


def _named(words: Iterable[str]) -> str:
    named = list(words)
    more = len(named) - MOST_NAMED
    return ", ".join(f"«{word}»" for word in named[:MOST_NAMED]) + (f" и ещё {more}" if more > 0 else "")
