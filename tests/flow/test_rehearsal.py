"""Scenarios in text: what they may ask, what they say when it is not so, which edges they take."""

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest

from ivr.call.rehearsal.junit import junit
from ivr.call.rehearsal.rehearse import CannotRehearse
from ivr.call.rehearsal.scenarios import Report, run_all, try_scenarios
from ivr.flow.scenarios.scenario import BadScenario, load_scenario, not_for_call

EVERY_VERB = Path(__file__).parent / "every-verb"
LINE = """
title: Т
numbers: {"100": main}
queues: {operators: О}
on: {silence: people, no_match: people, refused: people, too_many: people, deaf: people, operator: people}
"""
FLOW = """
start: hello
on: {silence: people, no_match: people, refused: people, too_many: people, deaf: people, operator: people}
steps:
  hello: {say: "Здравствуйте, долг 100 рублей.", next: menu}
  menu:
    menu: Показания или вопрос?
    choices:
      readings: {key: "1", say: [показания], next: thanks}
      question: {key: "2", say: [вопрос], next: people}
  thanks: {message: thanks, next: bye, refused: bye}
  people: {queue: operators, topic: вопрос, served: bye, timeout: bye, no_operators: bye}
  bye: {end: self_served}
"""


async def played(folder: Path, scenario: str, *, flow: str = FLOW, files: Mapping[str, str] | None = None) -> Report:
    for name in ("flows", "tests"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "line.yaml").write_text(LINE.split("on:")[0], encoding="utf-8")
    (folder / "messages.yaml").write_text("messages: {thanks: {sms: Спасибо}}\n", encoding="utf-8")
    (folder / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    for name, text in {"case": scenario, **(files or {})}.items():
        (folder / "tests" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return await run_all(folder)


async def test_every_verb_does_what_its_scenarios_say() -> None:
    report = await run_all(EVERY_VERB)
    assert [str(finding) for finding in report.findings] == []
    assert report.passed > 50
    assert report.coverage.share > 0.93


async def test_fifty_scenarios_take_a_few_seconds_at_most() -> None:
    report = await run_all(EVERY_VERB)
    assert report.took < 5
    assert sum(result.played.seconds for result in report.results) > 600, "the clock of the calls is not ours"


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("steps: [{hears: До свидания}]", "1:10 E340"),
        ("steps: [{hears: Показания}, {press: '1'}, {press: '2'}]", "1:44 E341"),
        ("steps: [{press: '1'}]\nexpect: {exit: answered}", "2:10 E344"),
        ("steps: [{press: '1'}]\nexpect: {steps: [main.people]}", "2:10 E345"),
        ("steps: [{press: '1'}]\nexpect: {not_steps: thanks}", "2:10 E346"),
        ("steps: [{press: '1'}]\nexpect: {hears: Всего доброго}", "2:10 E340"),
        ("steps: [{press: '1'}]\nexpect: {not_hears: долг сто рублей}", "2:10 E347"),
        ("steps: [{press: '1'}]\nexpect: {seconds: 1}", "2:10 E348"),
        ("steps: [{press: '1'}]\nexpect: {stored: {single: '1'}}", "2:10 E349"),
        ("steps: [{press: '1'}]\nexpect: {drafted: {single: '1'}}", "2:10 E350"),
        ("steps: [{press: '1'}]\nexpect: {queued: operators}", "2:10 E351"),
        ("steps: [{press: '2'}]\nexpect: {queued: none}", "2:10 E351"),
        ("steps: [{press: '2'}]\nexpect: {queued: {topic: долг}}", "2:10 E351"),
        ("steps: [{press: '1'}]\nexpect: {callback: made}", "2:10 E352"),
        ("steps: [{press: '1'}]\nexpect: {messages: none}", "2:10 E353"),
        ("steps: [{press: '1'}]\nexpect: {messages: other}", "2:10 E353"),
        ("steps: [{press: '1'}]\nexpect: {requests: sealing}", "2:10 E354"),
        ("steps: [{press: '1'}]\nexpect: {transferred: '101'}", "2:10 E355"),
        ("steps: [{press: '1'}]\nexpect: {topic: debt}", "2:10 E356"),
        ("steps: [{press: '1'}]\nexpect: {rating: '5'}", "2:10 E357"),
        ("steps: [{press: '1'}]\nexpect: {account: '7'}", "2:10 E358"),
    ],
)
async def test_what_is_not_so_is_said_where_it_was_asked(tmp_path: Path, scenario: str, expected: str) -> None:
    report = await played(tmp_path, scenario)
    assert [f"{one.place.line}:{one.place.col} {one.code}" for one in report.findings] == [expected]
    assert not report.ok


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("to: '200'\nsteps: []", "E335"),
        ("flow: nowhere\nsteps: []", "E336"),
        ("set: {nothing: '1'}\nsteps: []", "E337"),
        ("steps: []\nexpect: {steps: [nowhere]}", "E338"),
        ("steps: []\nexpect: {exits: answered}", "E313"),
        ("steps: []\noperators: asleep", "E329"),
        ("steps: []\ndeaf: может быть", "E330"),
        ("steps: []\ndesk: [{account: '7', bad_tries: много}]", "E331"),
        ("steps: []\ndesk: [{account: '7', debt: много}]", "E332"),
        ("steps: []\ndesk: [{account: семь}]", "E333"),
        ("steps: []\ndesk: [{account: '7', meters: [{serial: '1', window: с утра}]}]", "E334"),
        ("steps: []\ndesk: [{account: '7', draft: [{at: недавно}]}]", "E319"),
        ("steps: [{hears: ''}]", "E328"),
        ("scenarios: [{steps: []}]", "E301"),
        ("scenarios: []", "E303"),
        ("scenarios: [{name: а, steps: []}, {name: а, steps: []}]", "E327"),
        ("steps: [{say: {wav: no.wav}}]", "E309"),
    ],
)
async def test_a_scenario_that_cannot_be_run_is_a_finding(tmp_path: Path, scenario: str, code: str) -> None:
    report = await played(tmp_path, scenario)
    assert code in [one.code for one in report.unreadable]
    assert not report.results
    assert not report.ok


async def test_recognition_that_errs_or_fails_is_injected_at_one_answer(tmp_path: Path) -> None:
    scenario = """
steps:
  - say: {text: показания, heard: до свидания}
  - deaf
  - press: "1"
expect: {exit: self_served, messages: [thanks], hears: [Показания или вопрос]}
"""
    assert (await played(tmp_path, scenario)).ok


async def test_several_scenarios_share_what_stands_beside_them(tmp_path: Path) -> None:
    scenario = """
operators: none
from: hidden
scenarios:
  - {name: первый, steps: [{press: "2"}], expect: {queued: operators, seconds: 20}}
  - {name: второй, operators: {wait: 30, talk: 60}, steps: [{press: "2"}], expect: {queued: operators}}
"""
    report = await played(tmp_path, scenario)
    assert report.ok
    first, second = (result.played for result in report.results)
    assert first.phone.info.caller is None
    assert second.seconds - first.seconds == pytest.approx(90, abs=1)


async def test_a_silence_lasts_as_long_as_the_line_waits(tmp_path: Path) -> None:
    report = await played(tmp_path, "steps: [silence, silence]\nexpect: {queued: operators}\noperators: none")
    assert report.ok
    assert 14 < report.results[0].played.seconds < 24


async def test_edges_that_nobody_takes_are_named_once_where_they_are_written(tmp_path: Path) -> None:
    report = await played(tmp_path, "steps: [{press: '1'}]")
    missed = [(one.place.line, one.name) for one in report.coverage.missed]
    assert (3, "silence") in missed
    assert (10, "question") in missed
    assert len(missed) == len(set(missed)) == 11
    assert report.coverage.edges == 14
    assert report.coverage.taken[("main", "menu", "readings")] == 1


async def test_a_fault_of_the_line_is_a_finding_with_its_step(tmp_path: Path) -> None:
    flow = FLOW.replace("topic: вопрос", 'topic: "{debt}"').replace("next: menu}", "next: look}", 1)
    flow += "  look: {lookup: debt, into: debt, found: menu, none: menu, away: menu}\n"
    flow = flow.replace("{debt}", "{debt.sum|rubles}")
    report = await played(tmp_path, "steps: [{press: '2'}]", flow=flow)
    assert [one.code for one in report.findings] == ["E342"]
    assert "main.people" in str(report.findings[0])


async def test_the_report_for_a_build_is_valid_and_tells_failures_from_unreadable_files(tmp_path: Path) -> None:
    report = await played(
        tmp_path,
        "scenarios: [{name: добрый, steps: [{press: '1'}]}, {name: злой <&>, steps: [], expect: {exit: closed}}]",
        files={"broken": "steps: dance"},
    )
    suite = xml.fromstring(junit(report)).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert [case.get("name") for case in suite.findall("testcase")] == ["добрый", "злой <&>", "broken.yaml"]
    assert "E344" in str(suite.findall("testcase")[1].find("failure").get("type"))  # type: ignore[union-attr]


async def test_a_dialplan_with_errors_is_not_rehearsed(tmp_path: Path) -> None:
    with pytest.raises(CannotRehearse, match="nowhere"):
        await played(tmp_path, "steps: []", flow=FLOW.replace("next: menu", "next: nowhere"))
    assert (await try_scenarios(tmp_path)).failed


async def test_what_publishing_keeps_of_scenarios(tmp_path: Path) -> None:
    await played(tmp_path, "steps: [{press: '1'}]\nexpect: {exit: closed}", files={"good": "steps: [{press: '1'}]"})
    tried = await try_scenarios(tmp_path)
    assert tried.passed == 1
    assert "E344" in tried.failed[0]


async def test_an_inherited_edge_is_drawn_as_walked_wherever_it_is_inherited(tmp_path: Path) -> None:
    report = await played(tmp_path, "steps: [{press: '0'}]")
    assert report.coverage.walked[("main", "menu", "operator")] == 1
    assert report.coverage.walked[("main", "menu", "silence")] == 0


def test_a_real_call_refuses_what_only_a_text_can_do(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(
        "at: 2026-03-04T10:00\noperators: none\n"
        "steps: [{hears: Здравствуйте}, {say: {text: да, heard: дача}}, deaf]\nexpect: {exit: closed, seconds: 5}\n",
        encoding="utf-8",
    )
    assert [one.code for one in not_for_call(load_scenario(path))] == [
        "E320", "E324", "E321", "E325", "E325", "E326", "E326",
    ]  # fmt: skip


def test_a_real_call_takes_one_scenario_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text("scenarios: [{name: а, steps: []}, {name: б, steps: []}]\n", encoding="utf-8")
    with pytest.raises(BadScenario) as bad:
        load_scenario(path)
    assert [(one.code, one.place.line) for one in bad.value.findings] == [("E323", 1)]
