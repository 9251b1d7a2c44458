"""Which model is chosen, and which folders are refused before the library can crash on them."""

import shutil
from pathlib import Path

import pytest

from asr.model_catalogue import folder_called, known_models
from asr.model_folder import fingerprint
from asr.models import ModelBroken, bundled, by_name, choose, entries, found, inspect


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "vosk-model-small-ru-0.22"
    shutil.copytree(bundled(), folder)
    return folder


def test_the_bundled_model_is_whole_and_takes_grammars() -> None:
    model = inspect(bundled(), origin="bundled")
    assert (model.name, model.grammar, model.rate, model.upsamples) == ("ru-numbers", True, 8000, True)
    assert "bundled" in model.describe()


def test_without_anything_else_the_bundled_model_is_chosen(tmp_path: Path) -> None:
    environ = {"XDG_CACHE_HOME": str(tmp_path), "VOSK_MODEL_PATH": str(tmp_path / "none")}
    assert choose(environ=environ).origin == "bundled"


def test_a_model_named_by_flag_beats_the_environment_which_beats_a_found_one(copy: Path, tmp_path: Path) -> None:
    models = tmp_path / "cache" / "gudok" / "models"
    models.mkdir(parents=True)
    shutil.copytree(copy, models / "vosk-model-ru-0.42")
    environ = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert choose(environ=environ).name == "vosk-model-ru-0.42"
    environ["GUDOK_MODEL"] = str(copy)
    assert choose(environ=environ).path == copy
    assert choose(bundled(), environ=environ).path == bundled()


def test_a_model_is_named_by_what_its_folder_is_called(copy: Path, tmp_path: Path) -> None:
    folders = [tmp_path / "none", copy.parent]
    assert by_name("vosk-model-small-ru-0.22", folders).path == copy
    assert by_name("ru-numbers", folders).origin == "bundled"
    assert by_name(bundled(), folders).origin == "bundled"
    assert by_name(copy, []).origin == "named"
    with pytest.raises(ModelBroken, match=r"gudok models list"):
        by_name("vosk-model-ru-0.42", folders)
    with pytest.raises(ModelBroken, match="no such folder"):
        by_name(tmp_path / "a" / "b", folders)


def test_a_cache_of_the_settings_beats_the_user_s(copy: Path, tmp_path: Path) -> None:
    shutil.copytree(copy, tmp_path / "own" / "models" / copy.name)
    environ = {"XDG_CACHE_HOME": str(tmp_path / "none"), "VOSK_MODEL_PATH": str(tmp_path / "none")}
    assert choose(environ=environ, cache=tmp_path / "own").name == copy.name


def test_what_is_half_fetched_is_not_found(copy: Path) -> None:
    copy.rename(copy.with_name(f".{copy.name}.old"))
    assert entries([copy.parent]) == []


def test_a_training_is_told_from_another_by_its_fingerprint(copy: Path) -> None:
    first = fingerprint(inspect(copy))
    assert first == fingerprint(inspect(bundled()))
    with (copy / "am/final.mdl").open("ab") as net:
        net.write(b"x")
    assert fingerprint(inspect(copy)) != first


def test_every_model_of_the_catalogue_says_what_is_needed_to_fetch_it() -> None:
    models = known_models()
    assert next(iter(models)) == "vosk-model-small-ru-0.22"
    for name, known in models.items():
        assert known.url.startswith("https://"), name
        assert known.url.endswith((".zip", ".tar.bz2")), name
        assert 0 < known.megabytes <= known.unpacked_megabytes, name
        assert all((known.licence, known.maker, known.about)), name
        assert len(known.sha256) in (0, 64), name
        assert folder_called(name) == known.called
        # What is fetched is then found without being named.
        assert "-ru-" in f"{known.called}-" or "russian" in known.called, name


def test_a_named_model_that_is_broken_is_an_error_and_a_found_one_is_passed_over(copy: Path, tmp_path: Path) -> None:
    (copy / "graph/Gr.fst").unlink()
    with pytest.raises(ModelBroken, match=r"Gr\.fst is missing"):
        choose(copy)
    assert found([tmp_path, tmp_path / "none"]) == []


def test_models_that_take_grammars_come_first(copy: Path, tmp_path: Path) -> None:
    big = tmp_path / "a-vosk-model-ru-0.42"
    shutil.copytree(copy, big)
    shutil.copy(big / "graph/HCLr.fst", big / "graph/HCLG.fst")
    assert [model.grammar for model in found([tmp_path])] == [True, False]


@pytest.mark.parametrize(
    "name",
    ["am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLr.fst", "graph/Gr.fst",
     "graph/phones/word_boundary.int"],
)  # fmt: skip
def test_a_model_that_was_not_unpacked_whole_is_told_by_the_file_it_lacks(copy: Path, name: str) -> None:
    (copy / name).write_bytes(b"")
    with pytest.raises(ModelBroken, match=Path(name).name.replace(".", r"\.")):
        inspect(copy)
    (copy / name).unlink()
    with pytest.raises(ModelBroken, match="missing"):
        inspect(copy)


def test_a_configuration_that_would_end_the_process_is_refused(copy: Path) -> None:
    (copy / "conf/model.conf").write_text("--min-active=200\n")
    with pytest.raises(ModelBroken, match="silence-phones"):
        inspect(copy)


@pytest.mark.parametrize("name", ["conf/mfcc.conf", "graph/HCLr.fst"])
def test_garbage_in_a_file_is_refused(copy: Path, name: str) -> None:
    (copy / name).write_bytes(bytes(range(128, 256)) * 20)
    with pytest.raises(ModelBroken, match=Path(name).name):
        inspect(copy)


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelBroken, match="no such folder"):
        inspect(tmp_path / "none")


def test_a_rate_that_is_no_number_is_refused(copy: Path) -> None:
    (copy / "conf/mfcc.conf").write_text("--sample-frequency=fast\n")
    with pytest.raises(ModelBroken, match="sample-frequency"):
        inspect(copy)


def test_a_wideband_model_says_that_it_needs_more_than_a_telephone_gives(copy: Path) -> None:
    (copy / "conf/mfcc.conf").write_text("--sample-frequency=16000\n")
    model = inspect(copy)
    assert (model.rate, model.upsamples) == (16000, False)
