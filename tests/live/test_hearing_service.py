"""The running line hears as many callers as it may; one too many is asked for keys, and everything is counted."""

import json
import re
import shutil
import urllib.request
from pathlib import Path

import pytest
from live.own_line import OwnLine, own_line
from live.running_line import until

from asr.models import bundled
from asterisk.robot.call import Call
from asterisk.robot.phone import RobotPhone

pytestmark = pytest.mark.live

LINE = """title: Свет
numbers: {"88003505566": main}
queues: {operators: {title: Операторы, always_open: да}}
on: {silence: done, no_match: done, refused: done, too_many: done, deaf: done, operator: people}
"""
FLOW = """start: reading
steps:
  reading:
    ask: Назовите показания.
    keys: Наберите показания на клавишах, в конце решётку.
    expect: reading
    into: reading
    next: done
  people: {queue: operators, topic: вопрос, served: done, timeout: done, no_operators: done}
  done: {end: self_served}
"""


def metrics(line: OwnLine) -> dict[str, float]:
    """The figures of hearing by name and outcome."""
    with urllib.request.urlopen(f"{line.running.status['web']}/metrics", timeout=5) as answer:
        rows = re.findall(r"^gudok_hearing_(\w+)\{(.*?)\} (\S+)$", answer.read().decode(), re.MULTILINE)
    found = {}
    for name, labels, value in rows:
        outcome = re.search(r'outcome="(\w+)"', labels)
        found[f"{name} {outcome[1]}" if outcome else name] = float(value)
    return found


async def rings(phone: RobotPhone, line: OwnLine) -> Call:
    call = await phone.dial(f"sip:{line.running.number}@{line.running.sip}", caller="+79130000009")
    await call.answered()
    await call.heard_speech()
    return call


async def test_the_caller_too_many_to_be_heard_is_asked_for_keys_and_the_next_one_is_heard(tmp_path: Path) -> None:
    (tmp_path / "line").mkdir()
    (tmp_path / "line" / "gudok.toml").write_text("heard_at_once = 1\n", encoding="utf-8")
    with own_line(tmp_path, LINE, FLOW) as line:
        async with RobotPhone(user="first") as one, RobotPhone(user="second") as two:
            first = await rings(one, line)
            assert metrics(line)["streams"] == metrics(line)["capacity"] == 1
            second = await rings(two, line)
            await second.heard_silence(0.8)
            assert "Наберите показания на клавишах" in line.said()
            await second.press("12345#")
            assert (await second.ended(20)).by_us is False
            await first.hang_up()
        until(lambda: len(line.events("ended")) == 2, 15, "both calls in the journal")
        deaf = [event for event in line.events("silent") if "full" in str(event.get("why"))]
        assert len(deaf) == 1
        assert [event["keys"] for event in line.events("pressed")] == ["12345"]
        counted = metrics(line)
        assert (counted["streams"], counted["refused_total"], counted["answers_total left"]) == (0, 1, 1)
        async with RobotPhone(user="third") as three:
            third = await rings(three, line)
            assert metrics(line)["streams"] == 1
            await third.hang_up()
        ready = line.logged("hearing.model")
        assert [(row["engine"], row["model"], row["at_once"]) for row in ready] == [("vosk", "ru-numbers", 1)]
        assert re.fullmatch("[0-9a-f]{12}", str(ready[0]["version"]))


async def test_a_line_whose_chosen_model_is_broken_hears_with_the_bundled_one_and_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "vosk-model-small-ru-0.22"
    shutil.copytree(bundled(), broken)
    net = (broken / "am/final.mdl").read_bytes()
    (broken / "am/final.mdl").chmod(0o600)
    (broken / "am/final.mdl").write_bytes(net[: len(net) // 2])
    (tmp_path / "line").mkdir()
    (tmp_path / "line" / "gudok.toml").write_text(f"model = {json.dumps(str(broken))}\n", encoding="utf-8")
    with own_line(tmp_path, LINE, FLOW) as line:
        assert [row["model"] for row in line.logged("hearing.model")] == ["ru-numbers"]
        assert "vosk-model-small-ru-0.22" in str(line.logged("hearing.model_broken")[0]["error"])
        async with RobotPhone(user="first") as one:
            call = await rings(one, line)
            assert metrics(line)["streams"] == 1
            await call.hang_up()
