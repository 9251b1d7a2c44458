"""`gudok models` as an admin uses it: fetched from a server that breaks, tried, chosen, examined on recordings."""

import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import tone_models
from range_server import RangeServer, Served, range_server

from asr.audio import wav
from asr.model_folder import inspect
from asr.model_store import ModelStore, NotFetched
from asr.models import bundled
from ivr.prompts.espeak import CALLERS, Espeak
from ivr.settings import load

NAME = "vosk-model-small-ru-0.22"


class Place:
    """A machine's cache and data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.cache, self.data = folder / "cache", folder / "data"
        self.models = self.cache / "models"

    def gudok(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "ivr.cli", "models", *words, "--data", str(self.data)]
        environ = {**os.environ, "GUDOK_CACHE": str(self.cache), "GUDOK_PORTS__WEB": "1", **env}
        environ.pop("GUDOK_MODEL", None) if "GUDOK_MODEL" not in env else None
        return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, env=environ)

    def left(self) -> set[str]:
        """What lies in the folder of models."""
        return {entry.name for entry in self.models.iterdir()} - {".lock"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(scope="module")
def archive() -> bytes:
    """The bundled model as its bigger brothers are published: a ZIP with one folder."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(bundled().rglob("*")):
            archive.write(file, f"{NAME}/{file.relative_to(bundled())}")
    return made.getvalue()


@pytest.fixture
def server() -> Iterator[RangeServer]:
    with range_server() as server:
        yield server


@pytest.fixture
def served(server: RangeServer, archive: bytes) -> Served:
    return server.serves("model.zip", archive)


def test_a_model_is_fetched_over_a_line_that_breaks_and_the_next_command_finds_it(
    place: Place, server: RangeServer, served: Served
) -> None:
    served.cuts = [500_000, 700_000]
    done = place.gudok("fetch", NAME, "--from", server.url("model.zip"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(place.models / NAME)
    assert "not known before" in done.stderr
    assert len(served.asked) == 3
    assert place.left() == {NAME, "sums.json"}
    assert inspect(place.models / NAME).grammar
    listed = {row["name"]: row for row in json.loads(place.gudok("list", "--format", "json").stdout)}
    assert (listed[NAME]["state"], listed[NAME]["used"]) == ("here", True)
    assert listed["t-one"]["state"] == "can be fetched"
    # It is here: nothing is fetched again.
    assert place.gudok("fetch", NAME, "--from", server.url("model.zip")).returncode == 0
    assert len(served.asked) == 3


async def test_an_archive_that_changed_is_not_taken_unless_somebody_says_so(
    place: Place, server: RangeServer, served: Served, archive: bytes
) -> None:
    store, url = ModelStore(place.models), server.url("model.zip")
    first = await store.fetch(NAME, url)
    assert not first.checked
    again = await store.fetch(NAME, url, anew=True)
    assert (again.checked, again.sha256) == (True, first.sha256)
    changed = io.BytesIO(archive)
    with zipfile.ZipFile(changed, "a") as more:
        more.writestr(f"{NAME}/NEWS", "better")
    served.body = changed.getvalue()
    with pytest.raises(NotFetched, match="not the one that was meant"):
        await store.fetch(NAME, url, anew=True)
    assert not (place.models / NAME / "NEWS").exists()
    await store.fetch(NAME, url, anew=True, accept=True)
    assert (place.models / NAME / "NEWS").exists()
    assert place.left() == {NAME, "sums.json"}


async def test_whatever_goes_wrong_nothing_half_done_is_left(place: Place, tmp_path: Path, archive: bytes) -> None:
    store = ModelStore(place.models)

    async def refused(body: bytes, why: str) -> None:
        file = tmp_path / "brought.zip"
        file.write_bytes(body)
        with pytest.raises(NotFetched, match=why):
            await store.fetch(NAME, str(file))
        assert file.exists()  # it is not ours to remove
        assert place.left() == set()

    await refused(archive[: len(archive) // 2], "neither a ZIP|damaged")
    await refused(b"<html>not found</html>", "neither a ZIP")
    half = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as whole, zipfile.ZipFile(half, "w") as part:
        for name in whole.namelist():
            if not name.endswith("Gr.fst"):
                part.writestr(name, whole.read(name))
    await refused(half.getvalue(), r"Gr\.fst is missing.*nothing was installed")
    broken = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as whole, zipfile.ZipFile(broken, "w") as part:
        for name in whole.namelist():
            body = whole.read(name)
            part.writestr(name, body[: len(body) // 2] if name.endswith("final.mdl") else body)
    await refused(broken.getvalue(), "ends the process")
    with pytest.raises(NotFetched, match="no such file"):
        await store.fetch(NAME, str(tmp_path / "none.zip"))
    with pytest.raises(NotFetched, match="no model is called"):
        await store.fetch("nobody-knows")
    with pytest.raises(NotFetched, match="cannot be a model's name"):
        await store.fetch("../out", str(tmp_path / "brought.zip"))


async def test_a_fetch_that_breaks_off_for_good_is_gone_on_with_by_the_next(
    place: Place, server: RangeServer, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    from asr import model_download

    monkeypatch.setattr(model_download, "_WAITS", (0.0,))
    served.cuts = [600_000, 0, 0]
    with pytest.raises(NotFetched, match=r"0\.6 MB are kept"):
        await ModelStore(place.models).fetch(NAME, server.url("model.zip"))
    assert not (place.models / NAME).exists()
    served.cuts, served.asked = [], []
    await ModelStore(place.models).fetch(NAME, server.url("model.zip"))
    assert [asked for asked, _ in served.asked] == ["bytes=600000-"]
    assert place.left() == {NAME, "sums.json"}


async def test_of_two_that_fetch_at_once_one_waits_its_turn(place: Place, server: RangeServer, served: Served) -> None:
    results = await asyncio.gather(
        *(ModelStore(place.models).fetch(NAME, server.url("model.zip")) for _ in range(2)), return_exceptions=True
    )
    assert sum(isinstance(result, NotFetched) and "another gudok" in str(result) for result in results) == 1
    assert inspect(place.models / NAME).grammar


async def test_a_network_for_sherpa_is_fetched_by_a_name_of_the_catalogue(
    place: Place, server: RangeServer, tmp_path: Path
) -> None:
    pytest.importorskip("sherpa_onnx")
    tone_models.t_one(tmp_path / "made" / "sherpa-onnx-streaming-t-one-russian-2025-09-08")
    tar = shutil.make_archive(str(tmp_path / "t-one"), "bztar", tmp_path / "made")
    server.serves("t-one.tar.bz2", await asyncio.to_thread(Path(tar).read_bytes))
    done = await ModelStore(place.models).fetch("t-one", server.url("t-one.tar.bz2"))
    assert done.model.kind == "t-one"
    assert place.gudok("use", "t-one").returncode == 0
    rows = json.loads(place.gudok("list", "--format", "json").stdout)
    assert [row["name"] for row in rows if row["used"]] == ["t-one"]


def test_a_model_is_chosen_in_the_settings_and_one_that_is_not_here_is_not(place: Place, tmp_path: Path) -> None:
    shutil.copytree(bundled(), place.models / NAME)
    done = place.gudok("use", NAME)
    assert done.returncode == 0, done.stderr
    assert tomllib.loads((place.data / "gudok.toml").read_text()) == {"model": NAME}
    elsewhere = tmp_path / "my-model"
    shutil.copytree(bundled(), elsewhere)
    assert place.gudok("use", str(elsewhere)).returncode == 0
    assert tomllib.loads((place.data / "gudok.toml").read_text()) == {"model": str(elsewhere)}
    refused = place.gudok("use", "vosk-model-ru-0.42")
    assert refused.returncode == 1
    assert "no such folder" in refused.stderr
    assert tomllib.loads((place.data / "gudok.toml").read_text()) == {"model": str(elsewhere)}
    shutil.rmtree(elsewhere)
    listed = place.gudok("list")
    assert listed.returncode == 0
    assert "my-model" in listed.stderr
    assert place.gudok("use", "auto").returncode == 0
    assert (place.data / "gudok.toml").read_text() == ""
    beaten = place.gudok("use", "ru-numbers", GUDOK_MODEL="ru-numbers")
    assert "beats it" in beaten.stderr


def test_a_server_that_has_it_no_more_says_how_to_bring_it_by_hand(place: Place, server: RangeServer) -> None:
    done = place.gudok("fetch", "my-ru-model", "--from", server.url("none.zip"))
    assert done.returncode == 1
    assert "--from" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recorded answers, two of them with words that nobody said."""
    folder = tmp_path_factory.mktemp("recordings")
    said = {
        "reading/one": ("двенадцать тысяч триста сорок пять", None),
        "reading/two": ("ноль ноль четыре пять семь", None),
        "reading/wrong": ("триста сорок пять", "четыреста семьдесят восемь"),
        "confirm/yes": ("да", None),
        "confirm/no": ("нет", None),
    }

    async def speak() -> None:
        settings = load()
        voice = await Espeak.find(settings.cache, settings.asterisk_suite, CALLERS[0])
        for name, (words, written) in said.items():
            file = folder / f"{name}.wav"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(wav(bytes(4800) + await voice.render(words) + bytes(4800)))
            file.with_suffix(".txt").write_text((written or words) + "\n", encoding="utf-8")

    asyncio.run(speak())
    return folder


def test_a_model_is_examined_on_a_folder_of_recordings(place: Place, recordings: Path) -> None:
    done = place.gudok("test", str(recordings), "--format", "json", "--misheard")
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)
    assert report["model"] == "ru-numbers"
    kinds = {kind["kind"]: kind for kind in report["kinds"]}
    assert kinds["reading"]["utterances"] == 3
    assert kinds["reading"]["whole"]["good"] == kinds["reading"]["understood"]["good"] == 2
    assert kinds["reading"]["unnoticed"]["good"] == 1
    assert kinds["reading"]["word_error_rate"] == pytest.approx(3 / 13, abs=0.1)
    low, high = kinds["confirm"]["understood"]["low"], kinds["confirm"]["understood"]["high"]
    assert (kinds["confirm"]["understood"]["share"], low < 0.5, high) == (1.0, True, 1.0)
    assert "wrong.wav" in done.stderr
    table = place.gudok("test", str(recordings), "--model", "ru-numbers", "--model", str(bundled()))
    assert table.stdout.count("reading") == 2


def test_a_model_is_examined_on_an_export_of_turns(place: Place, recordings: Path) -> None:
    rows = [
        {"audio": "reading/one.wav", "expect": "reading", "grammar": "reading", "say": "двенадцать",
         "meter": {"digits": 5}, "truth": {"act": "value", "values": {"single": "12345"}}},
        {"audio": "confirm/no.wav", "expect": "confirm", "confirming": {"single": 345},
         "truth": {"act": "no", "values": {}}, "said": "нет"},
        {"audio": "confirm/yes.wav", "expect": "confirm", "truth": None},
        {"audio": "none.wav", "expect": "confirm", "truth": None},
        {"audio": "confirm/yes.wav", "expect": "weather"},
        "no object",
    ]  # fmt: skip
    file = recordings / "turns.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n{\n", encoding="utf-8")
    done = place.gudok("test", str(file), "--format", "json")
    assert done.returncode == 1
    for fault in ("none.wav: there is no such file", "jsonl:5: expect is 'weather'", "jsonl:6:", "jsonl:7:"):
        assert fault in done.stderr
    (report,) = json.loads(done.stdout)
    kinds = {kind["kind"]: kind for kind in report["kinds"]}
    assert kinds["reading"]["understood"]["good"] == 1
    assert kinds["reading"]["whole"] is None
    assert (kinds["confirm"]["utterances"], kinds["confirm"]["understood"]["of"]) == (2, 1)


def test_what_cannot_be_examined_is_said(place: Place, tmp_path: Path) -> None:
    assert place.gudok("test", str(tmp_path / "none")).returncode == 2
    assert place.gudok("test", str(tmp_path), "--expect", "weather").returncode == 2
    done = place.gudok("test", str(tmp_path))
    assert done.returncode == 1
    assert "no recordings" in done.stderr
