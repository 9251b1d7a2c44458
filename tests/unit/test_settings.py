import stat
from pathlib import Path

import pytest

from ivr.settings import SettingsError, load


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gudok.toml").write_text('line = "100"\nnode = "file"\nmax_calls = 7\n')
    monkeypatch.setenv("GUDOK_LINE", "200")
    monkeypatch.setenv("GUDOK_NODE", "environment")
    settings = load(data=tmp_path, line="300")
    assert (settings.line, settings.node, settings.max_calls) == ("300", "environment", 7)


def test_ports_come_one_by_one_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUDOK_PORTS__SIP", "5070")
    assert load(data=tmp_path).ports.sip == 5070


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("line = 5", "line"),
        ("ports = {sip = 99999}", "ports.sip"),
        ("linne = '100'", "linne"),
        ("line = ", "gudok.toml"),
        ("[ports]\nrtp_from = 18000\nrtp_to = 18001", "two ports"),
        ("[[operators]]\nname = 'Иванова'", "operators.0.name"),
    ],
)
def test_wrong_settings_are_named_with_their_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "gudok.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=words):
        load(data=tmp_path)


def test_secrets_are_made_at_random_kept_and_for_their_owner_only(tmp_path: Path) -> None:
    places = load(data=tmp_path).places
    secret = places.secret("ami")
    assert len(secret) >= 32
    assert places.secret("ami") == secret
    assert places.secret("other") != secret
    assert stat.S_IMODE((places.secrets / "ami").stat().st_mode) == 0o600
    assert stat.S_IMODE(places.secrets.stat().st_mode) == 0o700


def test_a_secret_may_come_from_a_file_named_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "given").write_text("s3cret\n")
    monkeypatch.setenv("GUDOK_TRUNK_MTS_FILE", str(tmp_path / "given"))
    assert load(data=tmp_path).places.secret("trunk-mts") == "s3cret"
    monkeypatch.setenv("GUDOK_TRUNK_MTS_FILE", str(tmp_path / "missing"))
    with pytest.raises(SettingsError, match="missing"):
        load(data=tmp_path).places.secret("trunk-mts")
