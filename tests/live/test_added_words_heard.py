"""Words added to the model are heard: streets, towns, menu phrases it was never trained on; talk that is none of ours
comes out as nothing. Spoken by a free voice, decoded by Vosk."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from asr.added_words import Vocabulary, takes_words
from asr.models import bundled, inspect
from asr.pool import DecodingPool
from asr.recognizer import Hints, Recognizer
from asr.vocabularies import Vocabularies, Worded
from asr.vosk_engine import VoskRecognizer
from ivr.debian import DebianError
from ivr.debian.voices import rhvoice_shelf
from ivr.prompts.rhvoice import RhVoice
from ivr.settings import default_cache

PHRASES = (
    "опломбировать счётчик", "распечатать выписку", "газификация дома", "перламутровая улица", "улица космодемьянской",
    "бульвар энтузиастов", "посёлок затон", "рубцовск", "барнаул", "село солонешное", "котельная", "вызвать слесаря",
)  # fmt: skip
OTHERS = (
    "сегодня хорошая погода", "мама мыла раму", "кошка сидит на окне", "купи молока и хлеба", "вчера играли в футбол",
    "собака громко лает", "закрой дверь холодно", "где мои очки", "картошка подгорела", "включи музыку потише",
)  # fmt: skip
"""What a television or somebody in the room says."""


@pytest.fixture(scope="module")
def cache() -> Path:
    try:
        rhvoice_shelf(default_cache())
    except DebianError as error:
        pytest.skip(f"RHVoice cannot be fetched here: {error}")
    return default_cache()


@pytest.fixture
async def base() -> AsyncIterator[VoskRecognizer]:
    pool = DecodingPool(threads=2, capacity=64)
    yield await VoskRecognizer.load(inspect(bundled(), origin="bundled"), pool)
    await pool.aclose()


@pytest.fixture
async def vocabularies(base: VoskRecognizer, tmp_path: Path) -> AsyncIterator[Vocabularies]:
    made = Vocabularies(base, tmp_path / "words")
    yield made
    await made.aclose()


async def hear(recognizer: Recognizer, voice: RhVoice, words: str, grammar: str, *phrases: str) -> str:
    stream = await recognizer.open(Hints(grammar, phrases))
    await stream.feed(bytes(4800) + await voice.render(words) + bytes(8000))
    return (await stream.finish()).text


async def test_the_bundled_model_takes_words_and_lacks_these(base: VoskRecognizer) -> None:
    assert takes_words(base.folder)
    assert len(base.lacking(PHRASES)) > len(PHRASES) // 2


@pytest.mark.parametrize("speaker", ["elena", "aleksandr"])
async def test_added_words_are_heard_in_the_menu_that_offers_them(
    vocabularies: Vocabularies, cache: Path, speaker: str
) -> None:
    voice = await RhVoice.find(cache, speaker)
    vocabulary = Vocabulary(PHRASES)
    assert await vocabularies.add(vocabulary) is not None
    calls = Worded(vocabularies, vocabulary.key)
    heard = [await hear(calls, voice, phrase, "menu", *PHRASES) for phrase in PHRASES]
    right = sum(a.replace("ё", "е") == b.replace("ё", "е") for a, b in zip(heard, PHRASES, strict=True))
    assert right >= len(PHRASES) - 2, heard


async def test_a_call_without_the_words_does_not_hear_them(vocabularies: Vocabularies, cache: Path) -> None:
    voice = await RhVoice.find(cache)
    vocabulary = Vocabulary(PHRASES)
    await vocabularies.add(vocabulary)
    assert "энтузиастов" not in await hear(vocabularies, voice, "бульвар энтузиастов", "menu", *PHRASES)


@pytest.mark.parametrize("grammar", ["reading", "account", "confirm", "yesno", "menu", "rating", "date", "free"])
async def test_talk_that_is_none_of_ours_is_not_heard_as_words_of_ours(
    vocabularies: Vocabularies, cache: Path, grammar: str
) -> None:
    voice = await RhVoice.find(cache)
    vocabulary = Vocabulary(PHRASES)
    await vocabularies.add(vocabulary)
    calls = Worded(vocabularies, vocabulary.key)
    phrases = PHRASES if grammar == "menu" else ()
    heard = [await hear(calls, voice, words, grammar, *phrases) for words in OTHERS]
    assert sum(bool(words) for words in heard) <= 2, heard


async def test_answers_are_heard_beside_the_added_words_as_before(vocabularies: Vocabularies, cache: Path) -> None:
    voice = await RhVoice.find(cache, "irina")
    vocabulary = Vocabulary(PHRASES)
    await vocabularies.add(vocabulary)
    calls = Worded(vocabularies, vocabulary.key)
    for said, grammar in (
        ("двенадцать тысяч триста сорок пять", "reading"), ("ноль ноль один", "account"), ("да", "confirm"),
        ("нет", "yesno"), ("оператор", "menu"), ("передать показания", "menu"),
    ):  # fmt: skip
        assert await hear(calls, voice, said, grammar) == said


async def test_a_thousand_words_are_there_in_two_seconds(vocabularies: Vocabularies) -> None:
    from asr.pronunciation.dictionary import stressed

    words = [ways[0].replace("+", "") for ways in stressed().values()][::4][:1000]
    began = time.process_time()
    added = await vocabularies.add(Vocabulary(tuple(words)))
    assert added is not None
    assert time.process_time() - began < 2.0


async def test_users_of_the_same_words_share_a_copy_and_the_last_lets_it_go(vocabularies: Vocabularies) -> None:
    one, other = Vocabulary(PHRASES), Vocabulary(("улица верещагина",))
    made = await asyncio.gather(*(vocabularies.add(one) for _ in range(5)), vocabularies.add(other))
    assert vocabularies.copies == 2
    assert len({added.folder.path for added in made if added is not None}) == 2
    for _ in range(4):
        vocabularies.drop(one.key)
    assert vocabularies.copies == 2
    stream = await vocabularies.open(Hints("menu", PHRASES, one.key))
    vocabularies.drop(one.key)
    vocabularies.drop(one.key)
    assert vocabularies.copies == 1
    await stream.feed(bytes(3200))
    assert (await stream.finish()).text == ""


async def test_a_cache_that_cannot_be_written_leaves_the_line_hearing(base: VoskRecognizer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    vocabularies = Vocabularies(base, tmp_path / "file" / "words")
    vocabulary = Vocabulary(PHRASES)
    assert await vocabularies.add(vocabulary) is None
    stream = await vocabularies.open(Hints("yesno", (), vocabulary.key))
    await stream.feed(bytes(3200))
    assert (await stream.finish()).text == ""
