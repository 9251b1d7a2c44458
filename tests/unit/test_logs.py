"""The log names its action, carries the call's id and keeps the digits of people to itself."""

import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ivr.logs import FILE, call_in_log, masked, set_up, tail

CALL = UUID("0190a1b2-1234-7123-8123-123456789012")


@pytest.fixture
def stderr(tmp_path: Path) -> Iterator[io.StringIO]:
    before = logging.getLogger().handlers[:]
    stream = io.StringIO()
    set_up(tmp_path / "log", stderr=stream)
    yield stream
    for handler in logging.getLogger().handlers[:]:
        if handler not in before:
            logging.getLogger().removeHandler(handler)
            handler.close()
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("лицевой счёт 7001234567", "лицевой счёт ***4567"),
        ("звонит +79130000001", "звонит ***0001"),
        ("8 (913) 000-00-01", "***0001"),
        ("sip:+79130000001@127.0.0.1:5060", "sip:***0001@127.0.0.1:5060"),
        ("Local/79130000001@cust-00000001;1", "Local/***0001@cust-***0001;1"),
        ("счёт7001234567рублей", "счёт***4567рублей"),
        ("семь 7 0 0 1 2 3 4", "семь ***1234"),
        ("показание 12345", "показание 12345"),
        ("порт 5060, очередь 300", "порт 5060, очередь 300"),
        ("PJSIP/101-00000012", "PJSIP/101-00000012"),
        ("PJSIP/carrier-main-0000000a", "PJSIP/carrier-main-0000000a"),
        (str(CALL), str(CALL)),
        ("2026-03-04T12:30:15.123456Z", "2026-03-04T12:30:15.123456Z"),
        ("2026-03-04 12:30:15", "2026-03-04 12:30:15"),
        ("2026-03-04", "2026-03-04"),
        ("node1-1712345678.12", "node1-1712345678.12"),
        ("0.1234567891", "0.1234567891"),
        ("f3ab99887766554433221100", "f3ab99887766554433221100"),
        ("192.168.100.200:5060", "192.168.100.200:5060"),
    ],
)
def test_digits_of_people_are_masked_and_identifiers_are_not(said: str, logged: str) -> None:
    assert masked(said) == logged


@given(st.from_regex(r"[а-я ]{0,5}[78]9\d{9}[а-я ]{0,5}", fullmatch=True))
def test_no_telephone_passes_whatever_stands_around_it(text: str) -> None:
    digits = "".join(letter for letter in text if letter.isdigit())
    assert digits not in masked(text)


def test_a_short_extension_is_no_secret() -> None:
    assert (tail("101"), tail("+79130000001")) == ("101", "***0001")


def test_a_line_is_json_with_its_action_and_without_personal_digits(stderr: io.StringIO, tmp_path: Path) -> None:
    log = structlog.get_logger("ivr.call")
    with call_in_log(CALL, "energosbyt"):
        log.info(
            "reading stored",
            action="reading.stored",
            account="7001234567",
            caller=79130000001,
            value=12345,
            seconds=0.25,
            heard={"text": ["счёт 7001234567"]},
        )
    line = json.loads(stderr.getvalue())
    assert line["action"] == "reading.stored"
    assert line["call"] == str(CALL)
    assert line["supplier"] == "energosbyt"
    assert (line["account"], line["caller"], line["value"], line["seconds"]) == ("***4567", "***0001", 12345, 0.25)
    assert line["heard"] == {"text": ["счёт ***4567"]}
    assert (tmp_path / "log" / FILE).read_text(encoding="utf-8") == stderr.getvalue()


def test_what_a_library_logs_comes_the_same_way(stderr: io.StringIO) -> None:
    logging.getLogger("some.library").warning("cannot reach %s", "+79130000001")
    line = json.loads(stderr.getvalue())
    assert (line["event"], line["action"], line["level"]) == ("cannot reach ***0001", "some.library", "warning")


def test_a_traceback_is_logged_without_what_the_caller_said(stderr: io.StringIO) -> None:
    try:
        raise ValueError("no account 7001234567")
    except ValueError:
        structlog.get_logger("ivr").exception("the call failed", action="call.failed")
    line = json.loads(stderr.getvalue())
    assert "ValueError: no account ***4567" in line["exception"]
    assert "7001234567" not in stderr.getvalue()


def test_a_terminal_gets_coloured_lines(tmp_path: Path, stderr: io.StringIO) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    set_up(None, stderr=terminal)
    try:
        raise ValueError("no account 7001234567")
    except ValueError:
        structlog.get_logger("ivr").exception("failed", action="call.failed", account="7001234567")
    assert "\x1b[" in terminal.getvalue()
    assert "***4567" in terminal.getvalue()
    assert "7001234567" not in terminal.getvalue()


def test_setting_up_again_does_not_log_twice(stderr: io.StringIO) -> None:
    again = io.StringIO()
    set_up(None, stderr=again)
    structlog.get_logger("ivr").info("once", action="once")
    assert stderr.getvalue() == ""
    assert len(again.getvalue().splitlines()) == 1


def test_below_the_level_nothing_is_logged(stderr: io.StringIO) -> None:
    structlog.get_logger("ivr").debug("details", action="details")
    assert stderr.getvalue() == ""


def test_warnings_of_python_are_logged(stderr: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old way", DeprecationWarning, stacklevel=1)
    assert json.loads(stderr.getvalue())["action"] == "py.warnings"


def test_a_folder_that_cannot_be_written_does_not_stop_the_line(tmp_path: Path, stderr: io.StringIO) -> None:
    (tmp_path / "file").write_text("")
    again = io.StringIO()
    set_up(tmp_path / "file" / "log", stderr=again)
    assert json.loads(again.getvalue())["action"] == "logs.no_file"


def test_half_a_letter_in_a_line_is_still_written(stderr: io.StringIO, tmp_path: Path) -> None:
    structlog.get_logger("ivr").info("name \udcd0", action="half")
    assert "half" in (tmp_path / "log" / FILE).read_text(encoding="utf-8")
    assert sys.stderr is not stderr
