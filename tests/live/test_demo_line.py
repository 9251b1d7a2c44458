"""The lines that ship, on a real Asterisk: every key of the demo's menu, operators, closed hours, two suppliers.

One service answers for three suppliers: the demo with operators around the clock, a copy of it whose operators are not
there today, and the second supplier. What a call came to is read from the journal.
"""

import asyncio
import json
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from live.running_line import RunningLine, running_line, until

from asterisk.robot.call import Call
from asterisk.robot.phone import RobotPhone
from asterisk.robot.tones import tone
from ivr.settings import shipped_dialplans

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]

PATIENCE = 60.0
"""Seconds for what takes a few on an idle machine: five callers are heard at once."""
DEMO, AWAY, SECOND = "88003505566", "83852230777", "84722230849"
BARNAUL = ZoneInfo("Asia/Barnaul")
DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")

ALWAYS = """schedules:
  operators: {title: Операторы, hours: always}
  office: {title: Офисы, hours: always}
  business: {title: Юридические лица, hours: always}
"""
NOT_TODAY = """schedules:
  operators: {{title: Операторы, hours: {{{day}: "8:00-18:00"}}}}
  office: {{title: Офисы, hours: {{{day}: "8:00-18:00"}}}}
  business: {{title: Юридические лица, hours: {{{day}: "8:00-18:00"}}}}
"""


@dataclass(frozen=True)
class Demo:
    """The running line and what its journal tells of a caller."""

    line: RunningLine

    async def rings(self, phone: RobotPhone, caller: str, number: str = DEMO) -> Call:
        call = await phone.dial(f"sip:{number}@{self.line.sip}", caller=caller)
        await call.answered(PATIENCE)
        return call

    async def comes_to(self, caller: str, step: str) -> None:
        """The call of this caller has come to a step, «flow.step»."""
        try:
            await self.waits(lambda: step in self.steps(caller), f"{caller} at {step}")
        except AssertionError as late:
            late.add_note(f"passed: {', '.join(self.steps(caller))}")
            raise

    async def waits(self, true: Callable[[], bool], what: str) -> None:
        await asyncio.to_thread(until, true, PATIENCE, what)

    def steps(self, caller: str) -> list[str]:
        return [f"{data['flow']}.{data['step']}" for data in self.events(caller, "step")]

    def events(self, caller: str, kind: str) -> list[dict[str, object]]:
        query = (
            "select data from events where kind = ? and call in"
            " (select call from events where kind = 'arrived' and json_extract(data, '$.caller') = ?) order by at, seq"
        )
        return [json.loads(data) for (data,) in self.rows(query, kind, caller)]

    def recorded_bytes(self, caller: str) -> int:
        (recorded,) = self.events(caller, "recorded")
        return Path(str(recorded["file"])).stat().st_size

    def rows(self, query: str, *values: str) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(f"file:{self.line.data / 'gudok.db'}?mode=ro", uri=True)) as database:
            return list(database.execute(query, values))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    place = tmp_path_factory.mktemp("demo")
    folders = place / "dialplans"
    shutil.copytree(shipped_dialplans(), folders)
    (folders / "energosbyt" / "calendar.yaml").write_text(ALWAYS, encoding="utf-8")
    _operators_away(folders / "energosbyt", folders / "otdyh")
    with running_line(place / "line", env={"GUDOK_DIALPLANS": str(folders)}) as line:
        yield Demo(line)


def _operators_away(shipped: Path, folder: Path) -> None:
    """The same line under another number, whose operators come back in three days."""
    shutil.copytree(shipped, folder)
    day = DAYS[(datetime.now(BARNAUL) + timedelta(days=3)).weekday()]
    (folder / "calendar.yaml").write_text(NOT_TODAY.format(day=day), encoding="utf-8")
    line = folder / "line.yaml"
    numbers = re.compile(r"^numbers:\n(?:  .*\n)+", re.MULTILINE)
    text, found = numbers.subn(f'numbers:\n  "{AWAY}": main\n', line.read_text(encoding="utf-8"))
    assert found == 1
    line.write_text(text, encoding="utf-8")
    for scenario in (folder / "tests").glob("*.yaml"):
        scenario.unlink()  # they are the shipped line's: another calendar, other numbers


LEADS = {"1": "readings.take", "2": "money.balance", "4": "documents.which"}
"""And «3» to the outages, from where a caller goes on below."""


async def test_every_key_of_the_menu_leads_where_it_says_and_nought_to_an_operator(demo: Demo) -> None:
    secret = demo.line.secret("operator-101")
    async with (
        RobotPhone(user="101", secret=secret, registrar=demo.line.sip) as operator,
        RobotPhone(user="caller") as phone,
    ):
        await asyncio.gather(
            *(_silent_then_presses(demo, phone, key, step) for key, step in LEADS.items()),
            _without_current_asks_for_a_person(demo, phone),
            _silent_then_asks_for_an_operator(demo, phone, operator),
        )


async def _silent_caller(demo: Demo, phone: RobotPhone, caller: str) -> Call:
    """An unknown caller, asked openly, says nothing and comes to the menu."""
    call = await demo.rings(phone, caller)
    await demo.comes_to(caller, "main.menu")
    assert demo.steps(caller) == [
        "main.greeting",
        "main.emergencies",
        "main.cut_off",
        "main.known",
        "main.question",
        "main.menu",
    ]
    return call


async def _silent_then_presses(demo: Demo, phone: RobotPhone, key: str, step: str) -> None:
    caller = f"+7913999000{key}"
    call = await _silent_caller(demo, phone, caller)
    await call.press(key)
    await demo.comes_to(caller, step)
    assert demo.steps(caller)[-1] == step
    await call.hang_up()


async def _without_current_asks_for_a_person(demo: Demo, phone: RobotPhone) -> None:
    """Nobody serves among the dispatchers here, not even a queue of theirs: the operators it is."""
    caller = "+79139990003"
    call = await _silent_caller(demo, phone, caller)
    await call.press("3")
    await demo.comes_to(caller, "outage.at_address")
    await call.press("**")
    await demo.comes_to(caller, "operators.connecting")
    await call.hang_up()
    assert demo.steps(caller)[-5:-1] == [
        "outage.at_address",
        "outage.dispatcher",
        "operators.hours",
        "operators.how_long",
    ]


async def _silent_then_asks_for_an_operator(demo: Demo, phone: RobotPhone, operator: RobotPhone) -> None:
    caller = "+79139990009"
    call = await _silent_caller(demo, phone, caller)
    await call.press("0")
    ringing = await operator.incoming(PATIENCE)
    await ringing.accept()
    await _hear_each_other(call, ringing)
    await ringing.hang_up()
    await demo.comes_to(caller, "operators.rating")
    await call.press("5")
    await call.ended(PATIENCE)
    await demo.waits(lambda: bool(demo.events(caller, "ended")), "the end in the journal")
    assert demo.events(caller, "rated")[0]["rating"] == 5
    assert demo.events(caller, "connected")[0]["operator"] == "101"
    assert demo.events(caller, "ended")[0]["exit"] == "answered"


async def _hear_each_other(one: Call, other: Call) -> None:
    since = time.monotonic()
    one.play(tone(600, 1.0))
    other.play(tone(1000, 1.0))
    await asyncio.gather(other.heard_tone(600, since=since), one.heard_tone(1000, since=since))


async def test_while_no_operator_works_a_callback_is_ordered_and_a_message_left(demo: Demo) -> None:
    async with RobotPhone(user="caller") as phone:
        await asyncio.gather(_orders_a_callback(demo, phone), _leaves_a_message(demo, phone))


async def _at_closed_hours(demo: Demo, phone: RobotPhone, caller: str) -> Call:
    """«Операторы сейчас не отвечают», and what can be done without them."""
    call = await demo.rings(phone, caller, AWAY)
    await demo.comes_to(caller, "main.question")
    await call.press("0")
    await demo.comes_to(caller, "closed.menu")
    assert "operators.queue" not in demo.steps(caller)
    return call


async def _orders_a_callback(demo: Demo, phone: RobotPhone) -> None:
    caller = "+79139990021"
    call = await _at_closed_hours(demo, phone, caller)
    await call.press("2")
    await demo.comes_to(caller, "callback.this_number")
    await call.press("1")
    await call.ended(PATIENCE)
    await demo.waits(lambda: bool(demo.events(caller, "ended")), "the end in the journal")
    assert demo.events(caller, "ended")[0]["exit"] == "callback"
    assert demo.rows("select supplier, phone from callbacks") == [("otdyh", caller)]


async def _leaves_a_message(demo: Demo, phone: RobotPhone) -> None:
    caller = "+79139990022"
    call = await _at_closed_hours(demo, phone, caller)
    await call.press("3")
    await demo.comes_to(caller, "voicemail.record")
    await call.heard_silence(1.5, within=PATIENCE)
    await call.play(tone(440, 3.0)).done()
    await call.press("#")
    await call.ended(PATIENCE)
    await demo.waits(lambda: bool(demo.events(caller, "ended")), "the end in the journal")
    assert demo.events(caller, "ended")[0]["exit"] == "voicemail"
    assert demo.recorded_bytes(caller) > 2 * 8000 * 2


async def test_two_suppliers_are_served_at_once_each_in_its_own_words(demo: Demo) -> None:
    callers = {DEMO: "+79139990031", SECOND: "+79139990032"}
    async with RobotPhone(user="caller") as phone:
        calls = await asyncio.gather(*(demo.rings(phone, caller, number) for number, caller in callers.items()))
        await asyncio.gather(
            *(
                demo.comes_to(caller, step)
                for caller, step in zip(callers.values(), ("main.question", "main.menu"), strict=True)
            )
        )
        await asyncio.gather(*(call.hang_up() for call in calls))
    query = "select supplier from events where kind = 'arrived' and json_extract(data, '$.caller') = ?"
    for caller, supplier, name in (
        (callers[DEMO], "energosbyt", "Энергосбыта"),
        (callers[SECOND], "teplosbyt", "Теплосбыта"),
    ):
        assert demo.rows(query, caller) == [(supplier,)]
        assert name in str(demo.events(caller, "said")[0]["text"])
