"""What `gudok doctor` says of the speech model: which it is, what would be better, how to get it."""

import shutil
from pathlib import Path

import pytest

from asr.models import bundled
from ivr.doctor import Check, Health, model
from ivr.settings import Ports, Settings


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GUDOK_MODEL", raising=False)
    monkeypatch.delenv("VOSK_MODEL_PATH", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))


async def looked_at(tmp_path: Path, named: str | None = None) -> Check:
    (check,) = await model(Settings(data=tmp_path, cache=tmp_path / "cache", model=named, ports=Ports(web=1)))
    return check


async def test_of_the_bundled_model_it_says_what_to_fetch_instead(tmp_path: Path) -> None:
    check = await looked_at(tmp_path)
    assert check.health is Health.WARN
    assert "ru-numbers" in check.text
    assert "gudok models fetch vosk-model-small-ru-0.22" in check.mend


async def test_a_better_one_is_well(tmp_path: Path) -> None:
    shutil.copytree(bundled(), tmp_path / "cache" / "models" / "vosk-model-small-ru-0.22")
    check = await looked_at(tmp_path)
    assert (check.health, check.mend) == (Health.OK, "")
    assert "takes grammars" in check.text


async def test_one_that_is_not_there_or_broken_is_a_warning_for_the_bundled_one_hears(tmp_path: Path) -> None:
    check = await looked_at(tmp_path, "vosk-model-ru-0.42")
    assert check.health is Health.WARN
    assert "models use" in check.mend
    broken = tmp_path / "cache" / "models" / "vosk-model-ru-0.42"
    broken.mkdir(parents=True)
    check = await looked_at(tmp_path, "vosk-model-ru-0.42")
    assert check.health is Health.WARN
    assert "is missing" in check.text
