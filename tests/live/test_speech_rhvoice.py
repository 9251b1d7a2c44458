"""RHVoice in our own process, its Debian packages laid out without root: it speaks, slower too, and disturbs nobody."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from asr.audio import from_pcm
from asr.models import bundled, inspect
from asr.pool import DecodingPool
from asr.recognizer import Hints
from asr.vosk_engine import VoskRecognizer
from ivr.debian import DebianError
from ivr.debian.voices import rhvoice_shelf
from ivr.prompts import NoVoice, Prompts, VoiceFailed
from ivr.prompts.rhvoice import FREE, RhVoice, Where, marked, places
from ivr.settings import default_cache

TEXT = "Назовите показания счётчика по одной цифре. Если нужно время, скажите «минуточку»."


@pytest.fixture(scope="module")
def cache() -> Path:
    try:
        rhvoice_shelf(default_cache())
    except DebianError as error:
        pytest.skip(f"RHVoice cannot be fetched here: {error}")
    return default_cache()


@pytest.mark.parametrize("name", FREE)
async def test_every_free_voice_speaks(cache: Path, name: str) -> None:
    voice = await RhVoice.find(cache, name)
    seconds = len(await voice.render(TEXT)) / 16000
    assert 4 < seconds < 9
    assert (voice.name, voice.version.split(".")[0]) == (f"rhvoice/{name}", "1")


async def test_it_is_heard_by_the_recogniser(cache: Path) -> None:
    voice = await RhVoice.find(cache, "elena")
    pool = DecodingPool(threads=1)
    recognizer = await VoskRecognizer.load(inspect(bundled(), origin="bundled"), pool)
    heard = await recognizer.open(Hints("reading"))
    await heard.feed(await voice.render("двенадцать тысяч триста сорок пять.") + bytes(8000))
    assert (await heard.finish()).text == "двенадцать тысяч триста сорок пять"
    await pool.aclose()


@pytest.mark.parametrize("pace", [0.7, 0.85, 1.25])
async def test_it_speaks_as_slowly_as_it_is_told(cache: Path, pace: float) -> None:
    voice = await RhVoice.find(cache)
    assert len(await voice.render(TEXT, pace=pace)) / len(await voice.render(TEXT)) == pytest.approx(1 / pace, rel=0.06)


async def test_the_same_text_always_makes_the_same_sound_however_many_ask(cache: Path) -> None:
    voice = await RhVoice.find(cache)
    both = voice, voice.speaking("irina")
    made = await asyncio.gather(*(both[turn % 2].render("Здравствуйте!") for turn in range(20)))
    assert len(set(made[::2])) == len(set(made[1::2])) == 1
    assert made[0] != made[1]


async def test_a_new_text_can_be_heard_at_once(cache: Path, tmp_path: Path) -> None:
    prompts = Prompts(tmp_path, await RhVoice.find(cache))
    await prompts.render("Да.")
    began = time.process_time()
    first = await anext(prompts.stream(" ".join([TEXT] * 5)))
    assert time.process_time() - began < 0.3
    assert first.text == "Назовите показания счётчика по одной цифре."


async def test_the_event_loop_goes_on_while_it_speaks(cache: Path) -> None:
    voice = await RhVoice.find(cache)
    speaking = asyncio.create_task(voice.render(" ".join([TEXT] * 20)))
    turns = 0
    while not speaking.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 20


async def test_a_stress_mark_moves_the_stress(cache: Path) -> None:
    voice = await RhVoice.find(cache)
    assert await voice.render("з+амок") != await voice.render("зам+ок")
    assert marked("дв+ух <b>+7") == "дву\u0301х  b 7"


@pytest.mark.parametrize("text", ["", "…"])
async def test_a_text_without_a_word_is_an_error(cache: Path, text: str) -> None:
    with pytest.raises(VoiceFailed, match="no sound"):
        await (await RhVoice.find(cache)).render(text)


async def test_markup_is_not_obeyed(cache: Path) -> None:
    voice = await RhVoice.find(cache)
    assert np.abs(from_pcm(await voice.render("<break time='9s'/>да")).samples).max() > 0.01
    assert len(await voice.render("<break time='9s'/>да")) / 16000 < 6


async def test_voices_that_may_not_speak_to_customers_are_refused_but_to_a_test(cache: Path) -> None:
    with pytest.raises(NoVoice, match="there are anna, elena"):
        await RhVoice.find(cache, "tatiana")
    assert (await RhVoice.find(cache, "tatiana", restricted=True)).name == "rhvoice/tatiana"


async def test_without_it_the_error_says_how_to_get_it(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(NoVoice, match="gudok prompts fetch rhvoice"):
        await RhVoice.find(tmp_path)
    where = next(iter(places(cache)))
    broken = Where(str(tmp_path / "core.so"), where.library, where.data, where.config)
    with pytest.raises(NoVoice, match=r"does not speak: .*core\.so"):
        await RhVoice.start(broken)
    with pytest.raises(NoVoice, match="has no voice 'anna'"):
        await RhVoice.start(Where(where.core, where.library, tmp_path, tmp_path))
