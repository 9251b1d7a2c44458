"""Which Asterisk is chosen on a machine that has one, and what is said when it will not do."""

from pathlib import Path

import pytest

from asterisk.modules import MODULES, NEEDED, OPTIONAL
from asterisk.private import NoAsterisk, inspect, locate
from ivr.settings import Settings


class Machine:
    """A machine's own Asterisk as a package of a distribution lays it out."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.modules = root / "lib/asterisk/modules"
        self.data = root / "share/asterisk"
        self.etc = root / "etc/asterisk.conf"
        for folder in (self.modules, self.data / "documentation", self.etc.parent, root / "bin"):
            folder.mkdir(parents=True)
        for name in MODULES:
            (self.modules / f"{name}.so").touch()
        (self.data / "documentation/core-en_US.xml").touch()
        (self.data / "phoneprov").mkdir()
        self.etc.write_text(
            f"; the machine's own\n[directories](!)\nastmoddir => {self.modules} ; here\n  astdatadir={self.data}\n"
        )
        self.says("Asterisk 22.4.1~dfsg")

    def says(self, version: str) -> None:
        program = self.root / "bin/asterisk"
        program.write_text(f"#!/bin/sh\n[ \"$1\" = -V ] && echo '{version}'\n")
        program.chmod(0o755)

    def record(self, name: str) -> Path:
        folder = self.data / "sounds" / name
        (folder / "digits").mkdir(parents=True)
        return folder


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path / "machine")
    monkeypatch.setenv("PATH", f"{tmp_path}/machine/bin:/usr/bin:/bin")
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", cache=tmp_path / "cache")


def test_the_machines_own_is_taken_when_it_has_every_module(machine: Machine, settings: Settings) -> None:
    program = locate(settings, etc=machine.etc)
    assert not program.own
    assert program.version == "22.4.1~dfsg"
    assert program.modules == machine.modules
    assert program.load == MODULES
    conf = Path("/conf")
    assert program.argv(conf) == [str(machine.root / "bin/asterisk"), "-C", "/conf/asterisk.conf", "-f", "-n"]
    assert [finding.ok for finding in inspect(settings, etc=machine.etc)] == [True, True]


def test_what_it_may_lack_is_not_loaded(machine: Machine, settings: Settings) -> None:
    for name in OPTIONAL:
        (machine.modules / f"{name}.so").unlink()
    assert locate(settings, etc=machine.etc).load == NEEDED


def test_recordings_are_shown_under_the_language_without_touching_the_machines_tree(
    machine: Machine, settings: Settings
) -> None:
    russian, english = machine.record("ru_RU_f_Somebody"), machine.record("en")
    before = sorted(machine.root.rglob("*"))
    program = locate(settings, etc=machine.etc)
    assert program.sounds_ru
    assert (program.data / "sounds/ru").resolve() == russian
    assert (program.data / "sounds/en").resolve() == english
    assert (program.data / "documentation/core-en_US.xml").exists()
    assert (program.data / "phoneprov").is_dir()
    assert program.data.is_relative_to(settings.cache)
    assert sorted(machine.root.rglob("*")) == before
    assert locate(settings, etc=machine.etc).data == program.data


def test_without_russian_recordings_it_still_runs_and_the_doctor_says_what_brings_them(
    machine: Machine, settings: Settings
) -> None:
    assert not locate(settings, etc=machine.etc).sounds_ru
    sounds = inspect(settings, etc=machine.etc)[1]
    assert sounds.ok
    assert "asterisk-core-sounds-ru" in sounds.mend


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("Asterisk 18.10.0~dfsg", "is 18.10.0~dfsg"),
        ("Asterisk certified/18.9-cert1", "is 18.9-cert1"),
        ("Asterisk GIT-master-123M", "is GIT-master-123M"),
        ("no such thing", "is of no known version"),
    ],
)
def test_one_that_is_too_old_is_refused_by_its_version(
    machine: Machine, settings: Settings, version: str, told: str
) -> None:
    machine.says(version)
    only = settings.model_copy(update={"asterisk": "system"})
    with pytest.raises(NoAsterisk, match=told):
        locate(only, etc=machine.etc)
    finding = inspect(only, etc=machine.etc)[0]
    assert not finding.ok
    assert "20 or newer" in finding.mend


def test_a_certified_release_is_a_release(machine: Machine, settings: Settings) -> None:
    machine.says("Asterisk certified-20.7-cert5")
    assert locate(settings, etc=machine.etc).version == "20.7-cert5"


def test_missing_modules_are_told_by_name(machine: Machine, settings: Settings) -> None:
    for name in ("app_queue", "app_audiosocket"):
        (machine.modules / f"{name}.so").unlink()
    only = settings.model_copy(update={"asterisk": "system"})
    with pytest.raises(NoAsterisk, match=r"lacks app_queue, app_audiosocket"):
        locate(only, etc=machine.etc)
    assert "app_queue, app_audiosocket" in inspect(only, etc=machine.etc)[0].text


def test_the_doctor_fetches_nothing_and_says_why_debians_will_be(machine: Machine, settings: Settings) -> None:
    machine.says("Asterisk 16.2.1")
    finding = inspect(settings, etc=machine.etc)[0]
    assert finding.ok
    assert "will be fetched at the first start" in finding.text
    assert "16.2.1" in finding.text
    assert not (settings.cache / "debian").exists()


def test_when_neither_can_be_had_both_reasons_are_told(
    machine: Machine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.says("Asterisk 16.2.1")
    wrong = settings.model_copy(update={"asterisk_suite": "no suite"})
    with pytest.raises(NoAsterisk, match=r"(?s)16\.2\.1.*cannot be had either: .*asterisk_suite"):
        locate(wrong, etc=machine.etc)


def test_one_that_cannot_be_run_is_none(machine: Machine, settings: Settings) -> None:
    (machine.root / "bin/asterisk").write_bytes(b"\x7fELF nonsense")
    with pytest.raises(NoAsterisk, match="no program `asterisk`"):
        locate(settings.model_copy(update={"asterisk": "system"}), etc=machine.etc)


def test_needed_modules_come_before_who_needs_them() -> None:
    needs = {
        "res_agi": ["res_speech"],
        "app_mixmonitor": ["func_periodic_hook"],
        "func_periodic_hook": ["app_chanspy", "func_cut", "func_groupcount", "func_uri"],
        "res_pjsip_refer": ["res_pjsip_pubsub"],
        "app_audiosocket": ["res_audiosocket"],
    }
    assert len(set(MODULES)) == len(MODULES)
    assert set(MODULES) >= OPTIONAL
    for name, earlier in needs.items():
        assert all(MODULES.index(each) < MODULES.index(name) for each in earlier)
