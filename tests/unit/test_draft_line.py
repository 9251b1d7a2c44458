"""The number that rings a draft: operators and this machine reach it, carriers and their callers never do."""

import re
from pathlib import Path
from typing import Any

import pytest

from asterisk.config import ConfigRefused, write
from asterisk.phone import asked_for
from ivr.settings import Operator, Settings, SettingsError, Trunk, load


class Facts:
    """An Asterisk that need not exist to be written for."""

    modules = Path("/opt/asterisk/modules")
    data = Path("/opt/asterisk/data")
    load = ("res_pjsip", "chan_pjsip")


def contexts(data: Path, **given: Any) -> dict[str, str]:
    """The text of each context of the dialplan."""
    text = (write(Settings(data=data, **given), Facts()).folder / "extensions.conf").read_text(encoding="utf-8")
    return dict(re.findall(r"^\[([^\]]+)\]\n(.*?)(?=^\[|\Z)", text, re.M | re.S))


def test_operators_and_this_machine_dial_it_and_nobody_else_does(tmp_path: Path) -> None:
    trunk = Trunk(name="rt", host="192.0.2.1", auth="ip")
    found = contexts(tmp_path, trunks=(trunk,), draft_line="*99")
    with_it = {name for name, body in found.items() if "GUDOK_DRAFT=1" in body}
    assert with_it == {"gudok-caller"}
    assert "include => gudok-caller" in found["operators"]
    assert "gudok-caller" not in found["gudok-trunk-rt"]


def test_alone_it_rings_the_lines_own_number_and_before_a_number_that_one(tmp_path: Path) -> None:
    body = contexts(tmp_path, draft_line="*99", line="88001112233")["gudok-caller"]
    assert "exten => *99,1," in body
    assert "exten => _*99X.,1," in body
    assert "Goto(gudok-line,88001112233,1)" in body
    assert "Goto(gudok-line,${EXTEN:3},1)" in body


def test_a_carriers_caller_whom_an_operator_sends_there_comes_to_the_operators(tmp_path: Path) -> None:
    body = contexts(tmp_path)["gudok-caller"]
    for entry in re.findall(r"exten => \S*990\S*,1,(.*)", body):
        assert entry == 'GotoIf($["${GUDOK_TRUNK}" != ""]?gudok-fallback,s,1)'


@pytest.mark.parametrize("taken", ["700", "600", "88003505566"[:8]])
def test_a_number_that_is_taken_is_refused(tmp_path: Path, taken: str) -> None:
    with pytest.raises(ConfigRefused, match="draft_line"):
        write(Settings(data=tmp_path, draft_line=taken, line=taken if taken.startswith("88") else "100"), Facts())


def test_no_operator_has_its_number(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="'990' is the number of something else"):
        write(Settings(data=tmp_path, operators=(Operator(name="990"),)), Facts())


@pytest.mark.parametrize("bad", ["9", "99a", "_9X", "9,1"])
def test_what_cannot_be_dialled_is_refused(tmp_path: Path, bad: str) -> None:
    with pytest.raises(SettingsError, match="draft_line"):
        load(data=tmp_path, draft_line=bad)


def test_without_a_draft_line_there_is_none(tmp_path: Path) -> None:
    assert "GUDOK_DRAFT=1" not in "".join(contexts(tmp_path, draft_line=None).values())


def test_only_the_dialplans_own_word_makes_a_call_one_of_the_draft() -> None:
    assert asked_for({"arg_1": "svet", "arg_2": "990", "arg_4": ""}).draft is False
    assert asked_for({"arg_1": "svet", "arg_2": "88001112233", "arg_4": "1"}).draft is True
    assert asked_for({}).supplier == ""
