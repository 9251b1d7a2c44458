"""FastAGI against a real Asterisk: values that try to break out, strangers at the port, a service that stops."""

import asyncio
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from live.answered_line import answered_line
from live.asterisk_rig import SECONDS, cache_settings
from structlog.testing import capture_logs

from asterisk.agi.session import CommandRefused
from asterisk.ami.events import QueueCallerJoin
from asterisk.phone import AgiPhone
from asterisk.private import Program, locate
from ivr.call.phone import CallerLeft, KeysWanted, Listen, Pressed

pytestmark = pytest.mark.live

ONE_KEY = Listen(KeysWanted(first_seconds=10.0))

NASTY = [
    "",
    " ",
    "  two  blanks  ",
    '"',
    "\\",
    '\\"',
    '"\\',
    'a" GUDOK_DONE "1',
    "${EXTEN}",
    "$[1+1]",
    "${SHELL(id)}",
    "hangup",
    "HANGUP",
    ")",
    "(x) endpos=5",
    "200 result=1 (x)",
    "a\tb",
    "a\rSET VARIABLE GUDOK_DONE 1",
    "a,b;c|d&e",
    "#*'`~!",
    "Счёт №5 «Юг»",
    "🔌⚡",
    "x" * 1000,
    "я" * 500,
]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return locate(cache_settings(tmp_path_factory.mktemp("found")))


async def round_trip(program: Program, folder: Path, values: list[str]) -> list[str]:
    """What Asterisk gives back of values that were set."""

    async def talk(phone: AgiPhone) -> object:
        back = []
        for value in values:
            await phone.session.set_variable("GUDOK_TEST", value)
            back.append(await phone.session.variable("GUDOK_TEST"))
        return back

    async with answered_line(program, folder, talk) as line:
        await line.ring()
        outcome = await line.outcome()
        assert isinstance(outcome, list)
        return outcome


async def test_no_value_breaks_out_of_its_quotes(program: Program, tmp_path: Path) -> None:
    assert await round_trip(program, tmp_path, NASTY) == NASTY


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"])), min_size=40, max_size=80))
def test_any_text_comes_back_as_it_was(program: Program, values: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(round_trip(program, Path(folder), values)) == values


async def test_a_long_value_is_kept_whole_though_only_its_beginning_is_given_back(
    program: Program, tmp_path: Path
) -> None:
    async def talk(phone: AgiPhone) -> object:
        await phone.session.set_variable("GUDOK_TEST", "x" * 2000)
        return await phone.session.expand("${LEN(${GUDOK_TEST})}"), await phone.session.variable("GUDOK_TEST")

    async with answered_line(program, tmp_path, talk) as line:
        await line.ring()
        assert await line.outcome() == ("2000", "x" * 1023)


async def test_a_value_with_line_breaks_in_it_is_read_whole(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        await phone.session.execute("Set", "GUDOK_TEST=${SHELL(printf 'a\\nHANGUP\\nb')}")
        value = await phone.session.variable("GUDOK_TEST")
        return value, await phone.session.variable("GUDOK_SUPPLIER")

    async with answered_line(program, tmp_path, talk) as line:
        await line.ring()
        outcome = await line.outcome()
        assert isinstance(outcome, tuple)
        assert outcome[1] == line.line.settings.supplier  # still in step, whatever came of the first


async def test_a_fault_in_a_command_does_not_lose_the_call(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        session, faults = phone.session, 0
        for fault in (
            session.command("NO SUCH COMMAND"),
            session.command("WAIT FOR DIGIT"),
            session.execute("NoSuchApplication"),
        ):
            try:
                await fault
            except CommandRefused:
                faults += 1
        return faults, await phone.play_and_listen(line.tones((400, 5.0)), ONE_KEY)

    async with answered_line(program, tmp_path, talk) as line:
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        await call.press("4")
        assert await line.outcome() == (3, Pressed("4"))


async def test_a_thousand_idle_connections_and_garbage_do_not_keep_a_caller_waiting(
    program: Program, tmp_path: Path
) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(line.tones((400, 5.0)), ONE_KEY)

    with capture_logs():
        async with answered_line(program, tmp_path, talk) as line:
            port = line.server.port
            writers = []
            for number in range(1000):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writers.append(writer)
                if number % 10 == 0:
                    writer.write(os.urandom(500))
                if number % 100 == 0:
                    writer.write(b"x" * 1_000_000)
            asked = await line.robot.dial(line.line.number, caller="89161234567")
            await asked.answered(SECONDS)
            heard = await asked.heard_tone(400, SECONDS, since=0)
            assert heard.monotonic - asked.times.invited.monotonic < 3.0  # the time in which the fallback would step in
            await asked.press("6")
            assert await line.outcome() == Pressed("6")
            assert line.server.stats.connections >= 1001
            for writer in writers:
                writer.transport.abort()


async def test_a_service_that_stops_lets_calls_end_and_sends_the_rest_to_the_operators(
    program: Program, tmp_path: Path
) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(line.tones((400, 0.5)), Listen(KeysWanted(first_seconds=60.0)))

    async with answered_line(program, tmp_path, talk) as line, line.line.operator("101") as operator:
        quick, slow = await line.ring(), await line.ring()
        for call in (quick, slow):
            await call.heard_tone(400, SECONDS, since=0)
        closing = asyncio.ensure_future(line.server.close(drain_seconds=3.0))
        await quick.press("1")
        assert await line.outcome() == Pressed("1")
        await quick.ended(SECONDS)
        await closing
        assert line.server.calls == 0
        await (await operator.incoming(SECONDS)).accept()
        assert slow.end is None
        assert len(line.line.heard.of(QueueCallerJoin)) == 1


async def test_a_fault_of_ours_sends_the_caller_to_the_operators(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        raise CallerLeft if phone.info.caller == "nobody" else ZeroDivisionError

    with capture_logs() as logs:
        async with answered_line(program, tmp_path, talk) as line, line.line.operator("101") as operator:
            call = await line.ring()
            with pytest.raises(ZeroDivisionError):
                await line.outcome()
            await (await operator.incoming(SECONDS)).accept()
            assert call.end is None
    (entry,) = [entry for entry in logs if entry.get("action") == "agi.call_failed"]
    assert len(entry["call"]) == 36  # our own id of the call
