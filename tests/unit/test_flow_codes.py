"""Every code is told of, has an example, and the page says what the check really says."""

import os
import re
from pathlib import Path

from flow.broken_cases import cases
from flow.codes_page import PAGE, page

import ivr.flow
from ivr.flow.codes import CODES

FLOW = Path(ivr.flow.__file__).parent
OURS = ("source.py", "reading.py", "load.py", "step*.py", "checks/*.py")
WITHOUT_EXAMPLE = {"E002"}
"""Four megabytes of YAML are made by a test of their own."""


def test_every_code_that_is_given_is_told_of() -> None:
    given = {
        code
        for pattern in OURS
        for path in FLOW.glob(pattern)
        for code in re.findall(r'"([EW]\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert given == set(CODES)


def test_every_code_has_a_broken_dialplan() -> None:
    assert {case.code for case in cases()} == set(CODES) - WITHOUT_EXAMPLE


def test_the_page_of_codes_is_what_the_check_says() -> None:
    if os.environ.get("GUDOK_WRITE_GOLDEN") == "1":
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "GUDOK_WRITE_GOLDEN=1 writes it anew"
