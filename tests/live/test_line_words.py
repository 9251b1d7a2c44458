"""The running line hears the words of the dialplan that is on the air, and only while one of its calls needs them."""

from pathlib import Path

import pytest
from live.own_line import OwnLine, own_line
from live.running_line import until

from asterisk.robot.call import Call
from asterisk.robot.g711 import pcm_of
from asterisk.robot.phone import RobotPhone
from ivr.debian import DebianError
from ivr.debian.voices import rhvoice_shelf
from ivr.prompts.rhvoice import RhVoice
from ivr.settings import default_cache

pytestmark = pytest.mark.live

LINE = """title: Свет
numbers: {"88003505566": main}
queues: {operators: {title: Операторы, always_open: да}}
on: {silence: done, no_match: done, refused: done, too_many: done, deaf: done, operator: people}
"""
FLOW = """start: menu
steps:
  menu:
    menu: Чем помочь?
    choices:
      seal: {key: "1", say: [опломбировать счётчик], next: sealed}
      print: {key: "2", say: [%s], next: printed}
  sealed: {say: Опломбируем., next: done}
  printed: {say: Распечатаем., next: done}
  people: {queue: operators, topic: вопрос, served: done, timeout: done, no_operators: done}
  done: {end: self_served}
"""


@pytest.fixture
async def voice() -> RhVoice:
    try:
        rhvoice_shelf(default_cache())
    except DebianError as error:
        pytest.skip(f"RHVoice cannot be fetched here: {error}")
    return await RhVoice.find(default_cache(), "elena")


async def rings(phone: RobotPhone, line: OwnLine) -> Call:
    call = await phone.dial(f"sip:{line.running.number}@{line.running.sip}", caller="+79130000009")
    await call.answered()
    await call.heard_speech()
    return call


async def answers(call: Call, voice: RhVoice, words: str) -> None:
    await call.heard_silence(0.4)
    await call.play(pcm_of(await voice.render(words))).done()
    assert (await call.ended(20)).by_us is False


async def test_a_menus_own_words_are_heard_and_the_next_versions_too(tmp_path: Path, voice: RhVoice) -> None:
    with own_line(tmp_path, LINE, FLOW % "распечатать выписку") as line:
        added = line.logged("hearing.words")
        assert len(added) == 1
        assert int(str(added[0]["words"])) >= 3
        assert line.figure("hearing_vocabularies") == 1
        async with RobotPhone(user="first") as one, RobotPhone(user="second") as two:
            await answers(await rings(one, line), voice, "распечатать выписку")
            assert "Распечатаем." in line.said()
            before = await rings(one, line)
            (line.folder / "flows/main.yaml").write_text(FLOW % "пригласить геодезиста", encoding="utf-8")
            line.gudok("publish", str(line.folder), "--why", "другие слова")
            until(lambda: len(line.logged("hearing.words")) == 2, 30, "the next version's words")
            assert line.figure("hearing_vocabularies") == 2, "a call still holds the first version"
            await answers(before, voice, "опломбировать счётчик")
            until(lambda: line.figure("hearing_vocabularies") == 1, 15, "the first version's words gone")
            assert line.said().count("Опломбируем.") == 1
            await answers(await rings(two, line), voice, "пригласить геодезиста")
            assert line.said().count("Распечатаем.") == 2
