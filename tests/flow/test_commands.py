"""`gudok talk` and `gudok test` as somebody at a terminal and a build meet them."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as xml

LINE = Path(__file__).parent / "every-verb"


def gudok(*argv: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ivr.cli", *argv]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=False)


def test_a_call_at_the_terminal_shows_what_the_line_says_and_does() -> None:
    typed = "показания\nдвенадцать триста сорок пять\nда\n"
    done = gudok("talk", str(LINE), "--from", "hidden", "--at", "2026-03-04T10:00", "-v", typed=typed)
    assert done.returncode == 0, done.stderr
    assert "Назовите показания." in done.stdout
    assert "двенадцать тысяч триста сорок пять. Верно?" in done.stdout
    assert "main.check_number —yes→ main.enough" in done.stdout
    assert "конец: self_served" in done.stdout
    assert done.stderr == ""


def test_an_end_of_input_hangs_up() -> None:
    done = gudok("talk", str(LINE), typed="")
    assert done.returncode == 0, done.stderr
    assert "конец: no_contact" in done.stdout


def test_what_is_wrong_with_the_command_is_said_in_a_line() -> None:
    for argv in (["talk", "nowhere"], ["talk", str(LINE), "--to", "999"], ["talk", str(LINE), "--operators", "x"]):
        done = gudok(*argv)
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_build_gets_an_exit_code_a_report_and_the_edges_nobody_takes(tmp_path: Path) -> None:
    junit = tmp_path / "result.xml"
    done = gudok("test", str(LINE), "--junit", str(junit))
    assert done.returncode == 0, done.stdout
    assert "Покрыто рёбер: " in done.stdout
    assert done.stderr == ""
    suite = xml.fromstring(junit.read_bytes()).find("testsuite")
    assert suite is not None
    assert suite.get("failures") == "0"
    assert gudok("test", str(LINE), "--covered", "100").returncode == 1


def test_a_program_reads_json() -> None:
    done = gudok("test", str(LINE), "--only", "авария", "--format", "json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["failed"]) == (0, 0)
    assert told["passed"] == len(told["scenarios"]) == 4
