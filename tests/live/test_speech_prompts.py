"""A real voice: prompts are rendered once, start at once and sound like what they say, whoever renders beside."""

import asyncio
import os
import subprocess
import sys
import time
import wave
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from asr import g711
from asr.audio import read_wav
from asr.grammars import cardinal
from asr.models import bundled, inspect
from asr.pool import DecodingPool
from asr.recognizer import Hints
from asr.vosk_engine import VoskRecognizer
from ivr.debian import espeak_of, line_shelf
from ivr.prompts import NotSpeakable, NoVoice, Prompts, VoiceFailed
from ivr.prompts.espeak import Espeak, Manner
from ivr.prompts.fallback import TEXTS, joined, render_fallback
from ivr.settings import Places, Settings, default_cache


@pytest.fixture(scope="module")
def espeak_argv() -> list[str]:
    return espeak_of(line_shelf(default_cache(), Settings().asterisk_suite))


@pytest.fixture
async def voice(espeak_argv: list[str]) -> Espeak:
    return await Espeak.start(espeak_argv)


@pytest.fixture
async def recognizer() -> AsyncIterator[VoskRecognizer]:
    pool = DecodingPool(threads=1)
    yield await VoskRecognizer.load(inspect(bundled(), origin="bundled"), pool)
    await pool.aclose()


async def test_every_number_read_back_is_heard_as_that_number(
    voice: Espeak, recognizer: VoskRecognizer, tmp_path: Path
) -> None:
    prompts = Prompts(tmp_path, voice)
    numbers = [0, 7, 19, 40, 100, 345, 999, 1000, 2001, 5045, 12345, 21000, 40040, 99999, 100000, 123456, 700007]
    wrong = {}
    for value in numbers:
        rendered = await prompts.render("{value}", {"value": value})
        stream = await recognizer.open(Hints("reading"))
        await stream.feed(joined(rendered.files) + bytes(4800))
        heard = (await stream.finish()).text
        if heard.removeprefix("одна ") != " ".join(cardinal(value)).removeprefix("одна "):
            wrong[value] = heard
    assert len(wrong) <= 1, wrong


async def test_a_prompt_is_files_asterisk_plays_as_they_are(voice: Espeak, tmp_path: Path) -> None:
    rendered = await Prompts(tmp_path, voice).render("Вы назвали {value}. Всё верно?", {"value": 12345})
    assert len(rendered.files) == 5
    seconds = 0.0
    for file in rendered.files:
        with wave.open(str(file)) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
            seconds += sound.getnframes() / 8000
            pcm = sound.readframes(sound.getnframes())
        assert file.with_suffix(".alaw").read_bytes() == g711.alaw_encode(pcm)
    assert rendered.seconds == pytest.approx(seconds, abs=0.002)
    assert 2.5 < seconds < 8


async def test_what_was_rendered_once_needs_no_voice_again(voice: Espeak, tmp_path: Path) -> None:
    first = await Prompts(tmp_path, voice).render("Здравствуйте! К оплате {x}.", {"x": Decimal("1240.50")})

    class Mute:
        name, version = voice.name, voice.version

        async def render(self, text: str, *, pace: float = 1.0) -> bytes:
            raise VoiceFailed(f"{text!r} should have been in the cache")

    prompts = Prompts(tmp_path, Mute())
    assert await prompts.render("Здравствуйте! К оплате {x}.", {"x": Decimal("1240.50")}) == first
    with pytest.raises(VoiceFailed, match="should have been"):
        await prompts.render("Здравствуйте ещё раз!")


async def test_another_manner_of_the_voice_is_another_sound(voice: Espeak, tmp_path: Path) -> None:
    plain = await Prompts(tmp_path, voice).render("Здравствуйте.")
    other = await Prompts(tmp_path, voice.speaking(Manner(variant="f2"))).render("Здравствуйте.")
    slow = await Prompts(tmp_path, voice).render("Здравствуйте.", pace=0.8)
    assert len({plain.files, other.files, slow.files}) == 3
    assert slow.seconds > plain.seconds + 0.05


async def test_the_numbers_rendered_ahead_start_at_once(voice: Espeak, tmp_path: Path) -> None:
    prompts = Prompts(tmp_path, voice)
    texts = ["Здравствуйте.", "Вы назвали {value}."]
    assert await prompts.warm(texts) > 300
    assert await prompts.warm(texts) == 0
    began = time.perf_counter()
    for value in range(0, 999_999, 9973):
        await prompts.render("{value}", {"value": value})
    assert (time.perf_counter() - began) / 101 < 0.05


async def test_calls_that_want_the_same_text_at_once_have_it_rendered_once(voice: Espeak, tmp_path: Path) -> None:
    spoken = []

    class Counting:
        name, version = voice.name, voice.version

        async def render(self, text: str, *, pace: float = 1.0) -> bytes:
            spoken.append(text)
            return await voice.render(text, pace=pace)

    prompts = Prompts(tmp_path, Counting())
    made = await asyncio.gather(*(prompts.render("Назовите показания счётчика.") for _ in range(20)))
    assert len(set(made)) == 1
    assert spoken == ["Назовите показания счётчика."]


async def test_a_caller_who_hangs_up_does_not_stop_the_rendering_others_wait_for(voice: Espeak, tmp_path: Path) -> None:
    prompts = Prompts(tmp_path, voice)
    leaving = asyncio.create_task(prompts.render("Назовите показания счётчика."))
    staying = asyncio.create_task(prompts.render("Назовите показания счётчика."))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).files[0].exists()
    with pytest.raises(asyncio.CancelledError):
        await leaving


def test_two_processes_may_fill_one_cache(espeak_argv: list[str], tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from pathlib import Path
from ivr.prompts import Prompts
from ivr.prompts.espeak import Espeak
async def main():
    prompts = Prompts(Path({str(tmp_path)!r}), await Espeak.start({espeak_argv!r}))
    for value in range(1000, 30000, 997):
        print(*(await prompts.render("{{v}}", {{"v": value}})).files)
asyncio.run(main())
"""
    both = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]
    assert said[0] == said[1] != ""
    assert all(process.returncode == 0 for process in both)
    for file in set(said[0].split()):
        read_wav(Path(file))
    assert not list(tmp_path.rglob(".*"))


async def test_a_file_that_was_cut_short_is_rendered_anew(voice: Espeak, tmp_path: Path) -> None:
    file = (await Prompts(tmp_path, voice).render("Здравствуйте.")).files[0]
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    assert (await Prompts(tmp_path, voice).render("Здравствуйте.")).files == (file,)
    assert file.read_bytes() == whole


async def test_what_nobody_asked_for_goes_and_what_is_in_use_stays(voice: Espeak, tmp_path: Path) -> None:
    prompts = Prompts(tmp_path, voice)
    old = (await prompts.render("Здравствуйте.")).files[0]
    used = (await prompts.render("До свидания.")).files[0]
    now = time.time()
    for file in (old, old.with_suffix(".alaw")):
        os.utime(file, (now - 40 * 86400, now - 40 * 86400))
    assert prompts.prune(unused_days=30, now=now) == 2
    assert (old.exists(), used.exists()) == (False, True)
    assert (await prompts.render("Здравствуйте.")).files[0].exists()


async def test_the_apology_is_over_before_the_caller_gives_up(voice: Espeak, tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make()
    made = await render_fallback(Prompts(places.prompts / "rendered", voice), places)
    assert set(made) == set(TEXTS)
    for name, file in made.items():
        assert file == places.prompts / "fallback" / f"{name}.wav"
        assert file.with_suffix(".alaw").stat().st_size > 4000
    assert 0.8 < read_wav(made["apology"]).seconds < 2.0
    assert 1.0 < read_wav(made["message"]).seconds < 5.0


async def test_markup_in_a_text_is_not_obeyed(voice: Espeak) -> None:
    plain = await voice.render("да")
    assert len(await voice.render("[[да]]")) == len(plain)
    assert len(await voice.render("-v en да")) > 0
    with pytest.raises(VoiceFailed):
        await voice.render("")


async def test_a_voice_that_is_not_there_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoVoice, match="install espeak-ng"):
        await Espeak.find(tmp_path, "forky")
    with pytest.raises(NoVoice, match="cannot be started"):
        await Espeak.start([str(tmp_path / "none")])
    with pytest.raises(NoVoice, match="does not speak"):
        await Espeak.start([sys.executable, "-c", "import sys; sys.exit('broken')"])


async def test_an_unknown_variant_is_refused(espeak_argv: list[str]) -> None:
    with pytest.raises(NoVoice, match="no variant 'nobody'"):
        await Espeak.start(espeak_argv, Manner(variant="nobody"))


async def test_a_digit_is_an_error_before_it_reaches_the_voice(voice: Espeak, tmp_path: Path) -> None:
    with pytest.raises(NotSpeakable):
        await Prompts(tmp_path, voice).render("площадь 5²")
    assert not any(tmp_path.glob("*"))  # noqa: ASYNC240


def gudok(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ivr.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **environ}
    )


def test_gudok_say_writes_telephone_sound(espeak_argv: list[str], tmp_path: Path) -> None:
    out = tmp_path / "said.wav"
    done = gudok("say", "Ваши показания 12345. Верно?", "-o", str(out), "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    with wave.open(str(out)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
        assert 2 < sound.getnframes() / 8000 < 8


def test_gudok_say_refuses_what_it_cannot_say_or_write(espeak_argv: list[str], tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    assert gudok("say", "5²", "-o", str(tmp_path / "a.wav"), *data).returncode == 2
    assert gudok("say", "…", "-o", str(tmp_path / "a.wav"), *data).returncode == 2
    unwritable = gudok("say", "да", "-o", str(tmp_path / "none" / "a.wav"), *data)
    assert unwritable.returncode == 1
    assert "cannot write" in unwritable.stderr


def test_gudok_say_without_a_voice_says_what_to_do(tmp_path: Path) -> None:
    bare = {"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    done = gudok("say", "да", "-o", str(tmp_path / "a.wav"), "--data", str(tmp_path), **bare)
    assert done.returncode == 1
    assert "install espeak-ng" in done.stderr
