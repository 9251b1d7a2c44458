"""The bundled model on voices it was not trained with: enough is heard, surely enough, and other talk is let pass.

A small exam, spoken by espeak-ng's manners that no training used. It fails when the model is bad; how good it is says
`make accuracy`.
"""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
import vosk

from asr import g711, grammars
from asr.audio import Sound, from_pcm
from asr.grammars import UNITS, cardinal
from asr.models import bundled
from ivr.debian import espeak_of, line_shelf
from ivr.prompts.espeak import Espeak, Manner
from ivr.settings import Settings, default_cache

MANNERS = (
    Manner("m7", 145, 50, 0),
    Manner("m3", 140, 50, 0),
    Manner("anika", 135, 50, 0),
    Manner("Andrea", 140, 50, 0),
)
"""Of `asr.train.voices.ESPEAK_HELD_OUT`."""
OTHER_TALK = (
    "прислали ссылку на оплату через приложение", "кот сидит на подоконнике и смотрит на птиц",
    "мы живём на окраине города у реки", "когда откроется ваш офис на площади", "потеряла паспорт и справку из банка",
    "соседи сверху затопили нашу кухню", "принесите мне чашку горячего чаю", "какая хорошая погода была вчера",
)  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Any:
    vosk.SetLogLevel(-1)
    return vosk.Model(str(bundled()))


@pytest.fixture(scope="module")
def espeak_argv() -> list[str]:
    return espeak_of(line_shelf(default_cache(), Settings().asterisk_suite))


async def says(argv: Sequence[str], text: str, manner: Manner, level: float = 0.5) -> bytes:
    """As it comes down a line: A-law, silence around it."""
    samples = from_pcm(await (await Espeak.start(argv, manner)).render(text)).samples
    spoken = Sound(samples * np.float32(level / max(float(np.abs(samples).max()), 0.01)), 8000).pcm()
    return g711.alaw_decode(g711.alaw_encode(bytes(4800) + spoken + bytes(8000)))


def hear(model: Any, pcm: bytes, kind: str, rate: int = 8000) -> list[tuple[str, float]]:
    known = [phrase for phrase in grammars.phrases(kind) or () if _known(model, phrase)]
    narrowed = [json.dumps(grammars.with_unknown(known), ensure_ascii=False)] if known else []
    kaldi = vosk.KaldiRecognizer(model, float(rate), *narrowed)
    kaldi.SetWords(True)
    heard: list[dict[str, Any]] = []
    for start in range(0, len(pcm), 1920):
        if kaldi.AcceptWaveform(pcm[start : start + 1920]):
            heard += json.loads(kaldi.Result()).get("result", [])
    heard += json.loads(kaldi.FinalResult()).get("result", [])
    return [(word["word"], word["conf"]) for word in heard if word["word"] != grammars.UNKNOWN]


def _known(model: Any, phrase: str) -> bool:
    return all(model.vosk_model_find_word(word) >= 0 for word in phrase.split())


def words(heard: Sequence[tuple[str, float]]) -> str:
    return " ".join(word for word, _ in heard)


async def test_numbers_are_heard_from_voices_never_trained_on(model: Any, espeak_argv: list[str]) -> None:
    chance = Random(1)
    said = [" ".join(cardinal(chance.randint(0, 999_999))) for _ in range(24)]
    right = 0
    for number, text in enumerate(said):
        heard = hear(model, await says(espeak_argv, text, MANNERS[number % 4]), "reading")
        right += words(heard) == text
    assert right >= 21, right


async def test_digits_one_by_one_are_heard(model: Any, espeak_argv: list[str]) -> None:
    chance = Random(2)
    right = 0
    for number in range(24):
        text = " ".join(chance.choice(UNITS) for _ in range(chance.randint(3, 7)))
        right += words(hear(model, await says(espeak_argv, text, MANNERS[number % 4]), "account")) == text
    assert right >= 19, right


async def test_yes_and_no_are_heard_surely(model: Any, espeak_argv: list[str]) -> None:
    sure = []
    for manner in MANNERS:
        for text in ("да", "нет", "да верно", "всё правильно"):
            heard = hear(model, await says(espeak_argv, text, manner), "confirm")
            sure.append(min(conf for _, conf in heard) if words(heard) == text else 0.0)
    assert sum(conf > 0 for conf in sure) >= 15, sure
    assert float(np.median(sure)) >= 0.85, sure


async def test_menus_are_heard(model: Any, espeak_argv: list[str]) -> None:
    said = ("передать показания", "соедините с оператором", "лицевой счёт", "горячая вода", "повторите пожалуйста")
    right = 0
    for manner in MANNERS:
        for text in said:
            right += words(hear(model, await says(espeak_argv, text, manner), "menu")) == text
    assert right >= 18, right


@pytest.mark.parametrize("kind", ["reading", "confirm", "menu"])
async def test_other_peoples_talk_is_let_pass(model: Any, espeak_argv: list[str], kind: str) -> None:
    false = []
    for number, text in enumerate(OTHER_TALK * 2):
        heard = hear(model, await says(espeak_argv, text, MANNERS[number % 4]), kind)
        false += [word for word, _ in heard if word not in text.split()]
    assert len(false) <= 8, false


async def test_a_soft_voice_is_heard_and_silence_says_nothing(model: Any, espeak_argv: list[str]) -> None:
    text = "двенадцать тысяч триста сорок пять"
    assert words(hear(model, await says(espeak_argv, text, MANNERS[0], level=0.03), "reading")) == text
    assert hear(model, bytes(48_000), "reading") == []


async def test_sixteen_thousand_samples_a_second_will_do(model: Any, espeak_argv: list[str]) -> None:
    text = "один два три четыре пять"
    pcm = np.frombuffer(await says(espeak_argv, text, MANNERS[0]), "<i2").astype(np.float32)
    doubled = np.interp(np.arange(0, len(pcm) - 0.5, 0.5), np.arange(len(pcm)), pcm).astype("<i2").tobytes()
    assert words(hear(model, doubled, "reading", rate=16000)) == text


def test_there_are_partial_results(model: Any) -> None:
    kaldi = vosk.KaldiRecognizer(model, 8000.0, json.dumps(["да", "нет", grammars.UNKNOWN]))
    kaldi.AcceptWaveform(bytes(8000))
    assert "partial" in json.loads(kaldi.PartialResult())
