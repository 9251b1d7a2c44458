"""Which words of a starting Asterisk refuse the start, and which are only passed on."""

from pathlib import Path

import pytest

from asterisk.private.errors import CannotListen, ModuleFailed
from asterisk.private.words import Words


def words(tmp_path: Path, *lines: str) -> Words:
    said = Words(tmp_path / "asterisk.log")
    said.log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return said


@pytest.mark.parametrize(
    "line",
    [
        "[2026-03-04 05:06:07.891] ERROR[9]: tcptls.c:877 ast_tcptls_server_start: Unable to bind AMI server to "
        "127.0.0.1:5038: Address already in use",
        "[Nov 21 11:45:57] ERROR[9]: res_pjsip/config_transport.c:1006 transport_apply: Transport 'udp' could not be "
        "started: Address already in use",
        "[Nov 21 11:45:57] ERROR[9]: res_pjsip/config_transport.c:1006 transport_apply: Transport 'udp' could not be "
        "started: Permission denied",
        "[Nov 21 11:45:57] ERROR[9]: res_pjsip/config_transport.c:1006 transport_apply: Transport 'tls' could not be "
        "started: Cannot assign requested address",
    ],
)
def test_a_port_that_could_not_be_opened_refuses_the_start(tmp_path: Path, line: str) -> None:
    with pytest.raises(CannotListen) as told:
        words(tmp_path, "Asterisk Ready.", line).refuse()
    assert line in str(told.value)


def test_a_needed_module_that_did_not_load_refuses_the_start(tmp_path: Path) -> None:
    lines = (
        "[x] ERROR[9]: loader.c:2687 load_modules: Error loading module 'res_agi.so': undefined symbol: ast_x",
        "[x] ERROR[9]: loader.c:2687 load_modules: Error loading module 'codec_opus_open_source': cannot open",
    )
    with pytest.raises(ModuleFailed) as told:
        words(tmp_path, *lines).refuse()
    assert lines[0] in str(told.value)
    assert lines[1] not in str(told.value), "the line can do without that one"
    words(tmp_path, lines[1]).refuse()


def test_other_complaints_are_passed_on(tmp_path: Path) -> None:
    complaint = "[x] WARNING[9]: indications.c:1105 load_indications: Missing default country"
    said = words(
        tmp_path, "[x] NOTICE[9]: loader.c: 109 modules will be loaded.", complaint, "Permission denied by law"
    )
    said.refuse()
    assert said.complaints() == (complaint,)


def test_only_words_of_this_start_count(tmp_path: Path) -> None:
    log = tmp_path / "log" / "asterisk.log"
    log.parent.mkdir()
    log.write_bytes("[x] ERROR[1]: вчера: Address already in use\n".encode())
    said = Words(log)
    with log.open("ab") as file:
        file.write(b"\xd0[x] WARNING[2]: today\n")
    said.refuse()
    assert len(said.complaints()) == 1
    assert "вчера" not in said.last()
