"""What the service hears with, put together: the chosen model, the bundled one behind it, and their figures."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import tone_models
from tone_models import melody

from asr.models import bundled
from asr.recognizer import Hints, RecognitionFailed
from ivr.service.hearing import Hearing
from ivr.settings import Settings

pytest.importorskip("sherpa_onnx")


def figures(hearing: Hearing, engine: str) -> Mapping[str, float]:
    found = {}
    for figure in hearing.figures():
        if figure.labels["engine"] == engine:
            found[f"{figure.name} {figure.labels.get('outcome', '')}".strip()] = figure.value
    return found


async def test_the_chosen_model_hears_and_the_bundled_one_takes_those_it_has_no_room_for(tmp_path: Path) -> None:
    folder = tone_models.t_one(tmp_path / "sherpa-onnx-ru-t-one")
    hearing = await Hearing.start(Settings(data=tmp_path, cache=tmp_path / "cache", model=str(folder), heard_at_once=1))
    try:
        assert (hearing.recognizer.name, hearing.recognizer.model) == ("sherpa-onnx", "sherpa-onnx-ru-t-one")
        first = await hearing.recognizer.open(Hints())
        second = await hearing.recognizer.open(Hints("reading"))
        with pytest.raises(RecognitionFailed, match=r"sherpa-onnx-ru-t-one: full.*ru-numbers: full") as full:
            await hearing.recognizer.open(Hints())
        assert full.value.retryable
        await first.feed(melody("да нет"))
        await second.feed(bytes(8000))
        assert (await first.finish()).text == "да нет"
        assert (await second.finish()).engine == "vosk"
        chosen, behind = figures(hearing, "sherpa-onnx"), figures(hearing, "vosk")
        assert (chosen["hearing_answers_total heard"], behind["hearing_answers_total nothing"]) == (1, 1)
        assert (chosen["hearing_admitted_total"], chosen["hearing_refused_total"]) == (1, 2)
        assert (chosen["hearing_streams"], chosen["hearing_capacity"], chosen["hearing_resting"]) == (0, 1, 0)
        assert chosen["hearing_audio_seconds_total"] > 1
        assert chosen["hearing_busy_seconds_total"] > 0
    finally:
        await hearing.aclose()


async def test_two_models_of_one_engine_are_told_apart(tmp_path: Path) -> None:
    folder = tmp_path / "vosk-model-small-ru-0.22"
    shutil.copytree(bundled(), folder)
    hearing = await Hearing.start(Settings(data=tmp_path, cache=tmp_path / "cache", model=str(folder)))
    try:
        models = {figure.labels["model"] for figure in hearing.figures()}
        assert models == {"vosk-model-small-ru-0.22", "ru-numbers"}
    finally:
        await hearing.aclose()


async def test_the_bundled_one_is_alone_when_it_is_chosen(tmp_path: Path) -> None:
    hearing = await Hearing.start(Settings(data=tmp_path, cache=tmp_path / "cache", model="ru-numbers"))
    try:
        assert [link.label for link in hearing.recognizer.links] == ["vosk/ru-numbers"]
    finally:
        await hearing.aclose()
