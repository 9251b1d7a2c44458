"""Lines of a running line: the caller beyond them gets what line.yaml says, and the line is free again afterwards."""

import asyncio
from pathlib import Path

import pytest
from live.own_line import OwnLine, own_line
from live.running_line import until

from asterisk.robot.call import Call
from asterisk.robot.phone import RobotPhone
from bots.catalogue import DIALOGUES

pytestmark = pytest.mark.live

LINE = """title: Свет
numbers: {"88003505566": main}
queues: {operators: {title: Операторы, always_open: да}}
on: {silence: done, no_match: done, refused: done, too_many: done, deaf: done, operator: people}
"""
FLOW = """start: menu
steps:
  menu:
    menu: Чтобы передать показания, нажмите два. Для связи с оператором нажмите ноль. Чтобы повторить, нажмите один.
    choices:
      readings: {key: "2", next: readings}
      again: {key: "1", next: menu}
      operator: {key: "0", next: people}
    tries: 5
  readings:
    bot: readings
    outcomes: {OUTCOMES}
  people: {queue: operators, topic: вопрос, served: done, timeout: done, no_operators: done}
  done: {end: self_served}
""".replace("OUTCOMES", ", ".join(f"{outcome}: done" for outcome in DIALOGUES["readings"].outcomes))
SENTENCE = "Все линии заняты. Перезвоните позже."


async def dials(phone: RobotPhone, line: OwnLine) -> Call:
    return await phone.dial(f"sip:{line.running.number}@{line.running.sip}", caller="+79130000009")


async def rings(phone: RobotPhone, line: OwnLine) -> Call:
    call = await dials(phone, line)
    await call.answered()
    await call.heard_speech()
    return call


def noted(line: OwnLine, exits: list[str]) -> None:
    until(lambda: sorted(str(event["exit"]) for event in line.events("ended")) == sorted(exits), 15, f"{exits}")


async def test_the_caller_beyond_the_lines_is_busy_until_one_is_free(tmp_path: Path) -> None:
    with own_line(tmp_path, LINE + 'lines: {"88003505566": {most: 1, beyond: busy}}\n', FLOW) as line:
        async with RobotPhone(user="caller") as phone:
            first = await rings(phone, line)
            second = await dials(phone, line)
            assert (await second.ended()).status == 486
            assert (line.figure("lines_busy"), line.figure("lines_refused_total")) == (1, 1)
            await first.hang_up()
            await asyncio.to_thread(noted, line, ["blocked", "caller_left"])
            third = await rings(phone, line)
            await third.hang_up()


async def test_the_caller_beyond_the_lines_hears_a_sentence(tmp_path: Path) -> None:
    limit = f'lines: {{"88003505566": {{most: 1, beyond: say, say: "{SENTENCE}"}}}}\n'
    with own_line(tmp_path, LINE + limit, FLOW) as line:
        async with RobotPhone(user="caller") as phone:
            first = await rings(phone, line)
            second = await rings(phone, line)
            assert (await second.ended(20)).by_us is False
            await first.hang_up()
        noted(line, ["blocked", "caller_left"])


async def test_the_caller_beyond_the_lines_comes_to_the_operators(tmp_path: Path) -> None:
    limit = 'lines: {"88003505566": {most: 1, beyond: queue, queue: operators}}\n'
    with own_line(tmp_path, LINE + limit, FLOW) as line:
        async with RobotPhone(user="caller") as phone:
            first = await rings(phone, line)
            second = await dials(phone, line)
            await second.answered()
            # Nobody is there, so the queue lets them go.
            assert (await second.ended(30)).by_us is False
            await first.hang_up()
        noted(line, ["queue_timeout", "caller_left"])


async def test_a_dialogue_takes_as_many_callers_as_it_may(tmp_path: Path) -> None:
    limit = f'lines: {{bots: {{readings: {{most: 1, beyond: say, say: "{SENTENCE}"}}}}}}\n'
    with own_line(tmp_path, LINE + limit, FLOW) as line:
        async with RobotPhone(user="caller") as phone:
            first = await rings(phone, line)
            await first.press("2")
            await asyncio.to_thread(until, lambda: len(line.events("said")) >= 2, 15, "the dialogue")
            second = await rings(phone, line)
            await second.press("2")
            assert (await second.ended(30)).by_us is False
            await first.hang_up()
        noted(line, ["blocked", "caller_left"])
        assert SENTENCE in line.said()
