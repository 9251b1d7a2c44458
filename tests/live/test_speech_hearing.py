"""Real recognition of really spoken Russian: callers are heard, many at once, and nothing brings the process down."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from asr import g711
from asr.audio import Sound, from_pcm, wav
from asr.ear import Ear
from asr.endpoint import Decision, Rule
from asr.grammars import cardinal
from asr.models import ModelBroken, bundled, inspect
from asr.pool import DecodingPool
from asr.recognizer import Hints, RecognitionFailed
from asr.vosk_engine import VoskRecognizer
from ivr.debian import espeak_of, line_shelf
from ivr.prompts.espeak import CALLERS, Espeak, Manner
from ivr.settings import Settings, default_cache


@pytest.fixture(scope="module")
def espeak_argv() -> list[str]:
    """The shelf's espeak-ng, which every machine can have."""
    return espeak_of(line_shelf(default_cache(), Settings().asterisk_suite))


@pytest.fixture
async def recognizer() -> AsyncIterator[VoskRecognizer]:
    pool = DecodingPool(threads=2, capacity=64)
    yield await VoskRecognizer.load(inspect(bundled(), origin="bundled"), pool)
    await pool.aclose()


async def caller(argv: list[str], words: str, manner: Manner = CALLERS[0]) -> bytes:
    """Words as they come down a telephone line: A-law, half loud, silence around them."""
    samples = from_pcm(await (await Espeak.start(argv, manner)).render(words)).samples
    spoken = Sound(samples * np.float32(0.5 / max(float(np.abs(samples).max()), 0.01)), 8000).pcm()
    return g711.alaw_decode(g711.alaw_encode(bytes(4800) + spoken + bytes(4800)))


async def hear(recognizer: VoskRecognizer, pcm: bytes, grammar: str, *phrases: str) -> str:
    stream = await recognizer.open(Hints(grammar, phrases))
    for start in range(0, len(pcm), 320):
        await stream.feed(pcm[start : start + 320])
    return (await stream.finish()).text


@pytest.mark.parametrize("manner", CALLERS, ids=str)
async def test_numbers_are_heard_from_every_robot_caller(
    recognizer: VoskRecognizer, espeak_argv: list[str], manner: Manner
) -> None:
    said = [
        "двенадцать тысяч триста сорок пять",
        "двенадцать триста сорок пять",
        "один два три четыре пять",
        "ноль ноль четыре пять семь",
        "двадцать три сорок пять шестьдесят семь",
    ]
    heard = [await hear(recognizer, await caller(espeak_argv, words, manner), "reading") for words in said]
    assert sum(a == b for a, b in zip(heard, said, strict=True)) >= len(said) - 1, heard


async def test_yes_no_and_the_way_out_are_heard(recognizer: VoskRecognizer, espeak_argv: list[str]) -> None:
    for words, grammar in (("да", "confirm"), ("нет", "confirm"), ("всё верно", "yesno"), ("оператор", "reading"),
                           ("повторите", "menu"), ("передать показания", "menu")):  # fmt: skip
        assert (await hear(recognizer, await caller(espeak_argv, words), grammar)).startswith(words)


async def test_words_come_with_their_times_and_confidences(recognizer: VoskRecognizer, espeak_argv: list[str]) -> None:
    stream = await recognizer.open(Hints("reading"))
    await stream.feed(await caller(espeak_argv, "триста сорок пять"))
    hearing = await stream.finish()
    assert [word.word for word in hearing.words] == ["триста", "сорок", "пять"]
    assert all(0 <= a.start < a.end <= b.start for a, b in zip(hearing.words, hearing.words[1:], strict=False))
    assert all(0 < word.conf <= 1 for word in hearing.words)


async def test_what_else_may_have_been_said_comes_with_the_answer_where_it_is_in_doubt(
    recognizer: VoskRecognizer, espeak_argv: list[str]
) -> None:
    assert recognizer.can.alternatives
    chance = np.random.default_rng(5)
    doubtful = mended = clear = 0
    for step in range(24):
        said = " ".join(cardinal(1000 + 377 * step))
        samples = from_pcm(await caller(espeak_argv, said, CALLERS[step % len(CALLERS)])).samples
        noise = chance.normal(0, float(np.sqrt(np.mean(samples**2))) * (0.9 if step % 2 else 0.01), len(samples))
        stream = await recognizer.open(Hints("reading"))
        await stream.feed(Sound(np.clip(samples + noise.astype(np.float32), -1, 1), 8000).pcm())
        hearing = await stream.finish()
        assert hearing.text not in hearing.alternatives
        assert len(set(hearing.alternatives)) == len(hearing.alternatives) <= 5
        assert all(0 < word.conf <= 1 for word in hearing.words)
        unsure = min((word.conf for word in hearing.words), default=1.0) < 0.8
        doubtful += unsure
        mended += unsure and (bool(hearing.alternatives) or hearing.text == said)
        clear += hearing.text == said and not hearing.alternatives
    assert doubtful >= 2, "noise must make doubt"
    assert mended >= doubtful / 2
    assert clear >= 6, "what is clear has no alternatives"


async def test_a_decoder_used_before_hears_as_a_new_one_and_its_times_begin_anew(
    recognizer: VoskRecognizer, espeak_argv: list[str]
) -> None:
    pcm = await caller(espeak_argv, "триста сорок пять")
    heard = []
    for _ in range(3):
        abandoned = await recognizer.open(Hints("reading"))
        await abandoned.feed(pcm[: len(pcm) // 2])
        stream = await recognizer.open(Hints("reading"))
        await stream.feed(pcm)
        heard.append(await stream.finish())
        await abandoned.aclose()
    assert [hearing.text for hearing in heard] == ["триста сорок пять"] * 3
    starts = [hearing.words[0].start for hearing in heard]
    assert max(starts) - min(starts) < 0.05


async def test_a_pause_inside_an_answer_loses_none_of_it(recognizer: VoskRecognizer, espeak_argv: list[str]) -> None:
    halves = [await caller(espeak_argv, words) for words in ("двенадцать тысяч", "триста сорок пять")]
    assert await hear(recognizer, bytes(24000).join(halves), "reading") == "двенадцать тысяч триста сорок пять"


async def test_partials_grow_while_the_caller_speaks(recognizer: VoskRecognizer, espeak_argv: list[str]) -> None:
    pcm = await caller(espeak_argv, "один два три четыре пять")
    stream = await recognizer.open(Hints("reading"))
    partials = [await stream.feed(pcm[start : start + 320]) for start in range(0, len(pcm), 320)]
    await stream.finish()
    assert partials[0] == ""
    grown = list(dict.fromkeys(partials))
    assert len(grown) >= 4
    assert partials[-1].startswith("один два три четыре")


async def test_silence_and_a_tone_hold_no_words(recognizer: VoskRecognizer) -> None:
    tone = (8000 * np.sin(2 * np.pi * 425 * np.arange(24000) / 8000)).astype("<i2").tobytes()
    assert await hear(recognizer, bytes(48000), "reading") == ""
    assert await hear(recognizer, tone, "confirm") == ""
    assert await hear(recognizer, b"", "free") == ""


async def test_callers_at_once_are_heard_as_well_as_alone(recognizer: VoskRecognizer, espeak_argv: list[str]) -> None:
    numbers = [" ".join(cardinal(1000 + 37 * step)) for step in range(24)]
    spoken = await asyncio.gather(*(caller(espeak_argv, words) for words in numbers))
    alone = [await hear(recognizer, pcm, "reading") for pcm in spoken]
    together = await asyncio.gather(*(hear(recognizer, pcm, "reading") for pcm in spoken))
    # A decoder that was used before visits its graph in another order: once in hundreds a close call falls differently.
    assert sum(a == b for a, b in zip(together, alone, strict=True)) >= len(alone) - 2
    assert recognizer.pool.load().streams == 0


async def test_a_caller_too_many_is_told_so_and_the_next_is_heard_again(recognizer: VoskRecognizer) -> None:
    streams = [await recognizer.open(Hints("yesno")) for _ in range(64)]
    with pytest.raises(RecognitionFailed, match="full"):
        await recognizer.open(Hints("yesno"))
    for stream in streams:
        await stream.aclose()
        await stream.aclose()
    await (await recognizer.open(Hints("yesno"))).aclose()
    assert recognizer.pool.load().streams == 0


async def test_a_caller_who_leaves_while_being_heard_harms_nobody(
    recognizer: VoskRecognizer, espeak_argv: list[str]
) -> None:
    pcm = await caller(espeak_argv, "двенадцать тысяч триста сорок пять")
    for wait in range(12):
        stream = await recognizer.open(Hints("reading"))
        feeding = asyncio.create_task(stream.feed(pcm))
        for _ in range(wait):
            await asyncio.sleep(0)
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await stream.aclose()
        with pytest.raises(RecognitionFailed, match="finished"):
            await stream.feed(pcm)
    assert recognizer.pool.load().streams == 0
    assert await hear(recognizer, pcm, "reading") == "двенадцать тысяч триста сорок пять"


async def test_a_correction_is_heard_word_for_word(recognizer: VoskRecognizer, espeak_argv: list[str]) -> None:
    heard = await hear(recognizer, await caller(espeak_argv, "нет, не пять, а шесть"), "confirm")
    assert heard == "нет не пять а шесть"


async def test_an_odd_number_of_bytes_is_put_together_again(recognizer: VoskRecognizer, espeak_argv: list[str]) -> None:
    pcm = await caller(espeak_argv, "триста сорок пять")
    stream = await recognizer.open(Hints("reading"))
    for start in range(0, len(pcm), 333):
        await stream.feed(pcm[start : start + 333])
    assert (await stream.finish()).text == "триста сорок пять"


async def test_phrases_of_a_dialplan_are_heard_and_those_the_model_lacks_are_named(
    recognizer: VoskRecognizer, espeak_argv: list[str]
) -> None:
    phrases = ("горячая вода", "аварийная служба")
    assert recognizer.lacking(phrases) == ["аварийная служба"]
    assert await hear(recognizer, await caller(espeak_argv, "горячая вода"), "menu", *phrases) == "горячая вода"
    # A question whose every phrase is unknown leaves the model its own language, instead of crashing it.
    assert await hear(recognizer, bytes(3200), "menu", "аварийная служба", "", "«»", '"]') == ""


async def test_an_ear_hears_an_answer_to_its_end_and_not_longer(
    recognizer: VoskRecognizer, espeak_argv: list[str]
) -> None:
    pcm = bytes(32000) + await caller(espeak_argv, "двенадцать тысяч триста сорок пять") + bytes(16000 * 10)
    rule = Rule(first=5, end=1.2, end_complete=0.5)
    async with await Ear.open(recognizer, Hints("reading"), rule, lambda words: len(words) == 5) as ear:
        decision, taken = Decision.WAITING, 0
        for taken in range(0, len(pcm), 320):
            decision = await ear.take(pcm[taken : taken + 320])
            if decision.final:
                break
        assert decision is Decision.ENDED
        assert (await ear.finish()).text == "двенадцать тысяч триста сорок пять"
    silence_after = (taken - (len(pcm) - 16000 * 10 - 4800)) / 16000
    assert 0.2 < silence_after < 1.0
    assert recognizer.pool.load().streams == 0


async def test_an_ear_that_hears_nothing_decodes_nothing(recognizer: VoskRecognizer) -> None:
    async with await Ear.open(recognizer, Hints("reading"), Rule(first=3)) as ear:
        decisions = [await ear.take(bytes(320)) for _ in range(200)]
        assert decisions[-1] is Decision.SILENCE
    assert recognizer.pool.load().audio_seconds == 0


async def test_a_model_that_ends_its_process_ends_only_its_trial(tmp_path: Path) -> None:
    folder = tmp_path / "vosk-model-small-ru-broken"
    shutil.copytree(bundled(), folder)
    net = (folder / "am/final.mdl").read_bytes()
    (folder / "am/final.mdl").write_bytes(net[: len(net) // 2])
    pool = DecodingPool(threads=1)
    with pytest.raises(ModelBroken, match=r"vosk-model-small-ru-broken"):
        await VoskRecognizer.load(inspect(folder), pool)
    # A configuration of which the library asserts the opposite: it aborts.
    (folder / "am/final.mdl").write_bytes(net)
    (folder / "conf/model.conf").write_text("--endpoint.silence-phones=1\n--frame-subsampling-factor=0\n")
    with pytest.raises(ModelBroken, match=r"vosk-model-small-ru-broken"):
        await VoskRecognizer.load(inspect(folder), pool)
    await pool.aclose()


async def test_a_wideband_model_hears_the_telephone_through_twice_its_samples(
    espeak_argv: list[str], tmp_path: Path
) -> None:
    """A model that insists on 16 kHz gets 16 kHz; here one that downsamples again tells that nothing was lost."""
    folder = tmp_path / "vosk-model-small-ru-wide"
    shutil.copytree(bundled(), folder)
    features = (folder / "conf/mfcc.conf").read_text()
    pool = DecodingPool(threads=1)
    model = inspect(folder)
    wide = type(model)(model.path, model.name, "named", True, 16000, False)
    assert "--allow-downsample=true" in features
    recognizer = await VoskRecognizer.load(wide, pool)
    pcm = await caller(espeak_argv, "двенадцать тысяч триста сорок пять")
    assert await hear(recognizer, pcm, "reading") == "двенадцать тысяч триста сорок пять"
    await pool.aclose()


def gudok(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ivr.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environ or None)


async def test_gudok_transcribe_writes_a_line_a_file_and_names_the_bad_ones(
    espeak_argv: list[str], tmp_path: Path
) -> None:
    pcm = await caller(espeak_argv, "двенадцать тысяч триста сорок пять")
    narrow, wide, cut, empty = (tmp_path / f"{name}.wav" for name in ("narrow", "wide", "cut", "empty"))
    narrow.write_bytes(wav(pcm))
    wide.write_bytes(wav(from_pcm(pcm).at(44100).pcm(), 44100))
    cut.write_bytes(wav(pcm)[:5000])
    empty.write_bytes(b"")
    done = gudok("transcribe", *map(str, (narrow, cut, empty, tmp_path / "none.wav", wide)), "--grammar", "reading")
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(line["file"]).name for line in lines] == ["narrow.wav", "wide.wav"]
    for line in lines:
        assert line["text"] == "двенадцать тысяч триста сорок пять"
        assert (line["engine"], line["model"]) == ("vosk", "ru-numbers")
        assert set(line["words"][0]) == {"word", "start", "end", "conf"}
        assert line["audio_seconds"] == pytest.approx(len(pcm) / 16000, abs=0.01)
        assert 0 < line["seconds"] < 30
    complaints = done.stderr.splitlines()
    assert len(complaints) == 3
    assert "cut short" in complaints[0]


def test_gudok_transcribe_says_what_is_wrong_with_a_model(tmp_path: Path) -> None:
    done = gudok("transcribe", "any.wav", "--model", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert "is missing" in done.stderr
