"""Silero's voice in its own process, on small model packages that the tests build and torch really loads.

The true model is tried where it was fetched.
"""

import asyncio
import importlib.util
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import psutil
import pytest

from asr.audio import from_pcm
from ivr.prompts import NoVoice, Prompts, VoiceFailed
from ivr.prompts.silero import DEFAULT, PACKAGES, Silero, find_package, folder
from ivr.prompts.voice import VoiceAway
from ivr.settings import default_cache

if importlib.util.find_spec("torch") is None:
    pytest.skip("torch is not installed (the extra `silero`)", allow_module_level=True)

MODEL = '''
    """As much of a Silero model as can be heard: a tone as long as its text, stress marks wanted, digits left out."""

    import os
    import re

    import torch


    class Model(torch.nn.Module):
        def __init__(self, speakers):
            super().__init__()
            self.speakers = speakers
            self.pitch = torch.nn.Parameter(torch.tensor([150.0, 220.0]))

        def apply_tts(self, text=None, ssml_text=None, speaker="", sample_rate=48000, put_accent=True, put_yo=True):
            print("models print")
            if len(text) > 1000:
                raise ValueError("Model couldn't generate your text, probably it's too long")
            if "см+ерть" in text:
                os._exit(1)
            if "м+олча" in text:
                raise RuntimeError("nothing to say")
            if not put_accent and "+" not in text:
                raise ValueError("stress marks are wanted")
            said = re.sub(r"[0-9+]", "", text)
            at = torch.arange(int(len(said) * 0.05 * sample_rate)) / sample_rate
            pitch = self.pitch[self.speakers.index(speaker) % 2]
            return 0.3 * torch.sin(2 * torch.pi * pitch * at)
'''


EXPORT = """
    import sys
    from torch.package import PackageExporter
    import tiny_silero

    for name, speakers in (("v5_cis_base.pt", ["ru_ekaterina", "ru_marat", "tat_marat"]), ("v5_ru.pt", ["xenia"])):
        with PackageExporter(f"{sys.argv[1]}/{name}") as exporter:
            exporter.intern("tiny_silero")
            exporter.extern("torch.**")
            exporter.save_pickle("tts_models", "model", tiny_silero.Model(speakers))
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two model packages, written by torch's own exporter: one of many languages, and one of Russian alone."""
    place = tmp_path_factory.mktemp("silero")
    (place / "tiny_silero.py").write_text(textwrap.dedent(MODEL), encoding="utf-8")
    (place / "export.py").write_text(textwrap.dedent(EXPORT), encoding="utf-8")
    subprocess.run([sys.executable, str(place / "export.py"), str(place)], check=True, capture_output=True, timeout=120)
    return place


@pytest.fixture
async def voice(packages: Path) -> AsyncIterator[Silero]:
    voice = await Silero.start(packages / "v5_cis_base.pt", "ru_ekaterina")
    yield voice
    await voice.aclose()


def seconds(pcm: bytes) -> float:
    return len(pcm) / 16000


def pitch(pcm: bytes) -> float:
    samples = from_pcm(pcm).samples
    return float(np.argmax(np.abs(np.fft.rfft(samples)))) * 8000 / len(samples)


async def test_a_package_file_is_loaded_and_speaks_at_eight_kilohertz(voice: Silero) -> None:
    text = "Назовите показания счётчика."
    made = await voice.render(text)
    assert seconds(made) == pytest.approx(len(text) * 0.05, rel=0.02)
    assert pitch(made) == pytest.approx(150, abs=3)
    assert voice.name == "silero/v5_cis_base/ru_ekaterina"
    slow = await voice.render(text, pace=0.85)
    assert seconds(slow) == pytest.approx(len(text) * 0.05 / 0.85, rel=0.03)
    assert pitch(slow) == pytest.approx(150, abs=3)

    # One text after another, however many ask, and the loop goes on meanwhile.
    many = await asyncio.gather(*(voice.render(f"{'а' * length}.") for length in range(5, 25)))
    assert [round(seconds(each) / 0.05) for each in many] == list(range(6, 26))

    # What the model would leave out or choke on never reaches it.
    with pytest.raises(VoiceFailed, match="digit"):
        await voice.render("дом 5")
    with pytest.raises(VoiceFailed, match="nothing to say"):
        await voice.render("молча")
    long = " ".join(["Назовите показания счётчика по одной цифре."] * 60)
    assert seconds(await voice.render(long)) == pytest.approx(len(long) * 0.05, rel=0.05)
    with pytest.raises(VoiceFailed, match="no word"):
        await voice.render("длинноеслово" * 200)


async def test_a_worker_that_dies_is_started_anew_and_goes_with_its_owner(voice: Silero, tmp_path: Path) -> None:
    with pytest.raises(VoiceAway, match="does not answer"):
        await voice.render("смерть")
    assert seconds(await voice.render("Да.")) > 0.1
    rendering = asyncio.create_task(voice.render("Назовите показания."))
    await asyncio.sleep(0)
    rendering.cancel()
    with suppress(asyncio.CancelledError):
        await rendering
    assert seconds(await voice.render("Да.")) == pytest.approx(0.15, abs=0.02)
    prompts = Prompts(tmp_path, voice)
    assert (await prompts.render("К оплате {v}.", {"v": 12})).seconds > 0.5
    worker = voice._process
    assert worker is not None
    assert psutil.Process(worker.pid).nice() == min(19, psutil.Process().nice() + 10)
    await voice.aclose()
    assert not psutil.pid_exists(worker.pid)


async def test_a_speaker_or_a_file_that_is_not_there_is_named(packages: Path, tmp_path: Path) -> None:
    with pytest.raises(NoVoice, match="has no speaker 'anna'; it has ru_ekaterina, ru_marat"):
        await Silero.start(packages / "v5_cis_base.pt", "anna")
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"PK no zip")
    with pytest.raises(NoVoice, match="no model package"):
        await Silero.start(broken, "anna")


async def test_a_model_of_russian_alone_puts_its_own_stresses(packages: Path) -> None:
    voice = await Silero.start(packages / "v5_ru.pt", "xenia")
    assert seconds(await voice.render("Да.")) == pytest.approx(0.15, abs=0.01)
    await voice.aclose()


def test_a_model_for_private_use_wants_the_owners_word(tmp_path: Path) -> None:
    with pytest.raises(NoVoice, match="gudok prompts fetch silero-v5_cis_base"):
        find_package(tmp_path)
    with pytest.raises(NoVoice, match="accept_non_commercial"):
        find_package(tmp_path, "silero-v5_ru")
    with pytest.raises(NoVoice, match="accept_non_commercial"):
        find_package(tmp_path, str(tmp_path / "v5_ru.pt"))
    place = folder(tmp_path) / PACKAGES["silero-v5_ru"].file
    place.parent.mkdir(parents=True)
    place.touch()
    assert find_package(tmp_path, "silero-v5_ru", accept_non_commercial=True) == (place, "xenia")


async def test_the_true_model_speaks_where_it_is(tmp_path: Path) -> None:
    if not (folder(default_cache()) / PACKAGES[DEFAULT].file).is_file():
        pytest.skip("the true model was not fetched here (gudok prompts fetch silero-v5_cis_base)")
    voice = await Silero.find(default_cache())
    made = await voice.render("Назовите показания счётчика до запятой.")
    await voice.aclose()
    assert 1.5 < seconds(made) < 6
    assert np.abs(from_pcm(made).samples).max() > 0.05


def gudok(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ivr.cli", "prompts", "fetch", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_package_is_fetched_by_its_name_and_refused_when_it_is_another(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUDOK_CACHE", str(tmp_path))
    handler = partial(SimpleHTTPRequestHandler, directory=str(packages))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        other = gudok("silero-v5_cis_base", "--from", f"{address}/v5_cis_base.pt")
        taken = gudok("silero-v5_ru", "--from", f"{address}/v5_ru.pt")
        server.shutdown()
        serving.join()
    assert other.returncode == 1
    assert "not what was published" in other.stderr
    assert taken.returncode == 0, taken.stderr
    assert "CC BY-NC" in taken.stderr
    assert find_package(tmp_path, "silero-v5_ru", accept_non_commercial=True)[0].exists()
    assert gudok("silero-v9").returncode == 2
