"""What the generated configuration promises on a real Asterisk: a quiet start, and a call that outlives its service."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from live.asterisk_rig import (
    SECONDS,
    AgiCall,
    cache_settings,
    complaints,
    line,
    line_settings,
    service,
    until,
    write_wav,
)

from asterisk.ami import Originate
from asterisk.ami.events import Hangup, ParkedCall, QueueCallerJoin, UserEvent
from asterisk.config import Written, snippets, write
from asterisk.config.model import BENCH_NUMBER
from asterisk.private import Program, locate, start
from asterisk.robot.call import Call
from asterisk.robot.errors import CallRefused, RegistrationFailed
from asterisk.robot.phone import RobotPhone
from asterisk.robot.tones import tone
from ivr.settings import Operator

pytestmark = pytest.mark.live

ABSENT = ("Connection refused", "FastAGI failed")
"""What Asterisk rightly says when there is no service."""

HOSTILE = r"a;b ;-- [general] #include x => ${SECRET} $[1+1] \;c\\ \"d\" ,&|()<> пароль =+!"


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return locate(cache_settings(tmp_path_factory.mktemp("found")))


async def lose(call: AgiCall) -> None:
    """A service that breaks off at once, as one that crashes does."""


async def hang(call: AgiCall) -> None:
    """A service that takes the call and then does nothing for ever."""
    await call.reader.read()


async def done(call: AgiCall) -> None:
    await call.do("SET VARIABLE GUDOK_DONE 1")


# -- starting --------------------------------------------------------------------------------------------------------


async def test_it_starts_without_a_warning_and_in_a_second(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)
    settings.places.make()
    written = write(settings, program)
    before = time.monotonic()
    asterisk = await start(program, written.folder, written.places.run, tmp_path / "start.log")
    took = time.monotonic() - before
    try:
        assert asterisk.complaints == ()
        assert complaints(written.places.log_file) == []
        assert took < 5  # about 0.3 s on an idle machine
    finally:
        await asterisk.stop()


async def test_writing_again_changes_nothing_and_a_changed_limit_needs_no_restart(
    program: Program, tmp_path: Path
) -> None:
    settings = line_settings(tmp_path)
    first = write(settings, program)
    again = write(settings, program)
    assert again.changed == frozenset()
    assert again.fingerprint == first.fingerprint
    more = write(settings.model_copy(update={"operators": (*settings.operators, Operator(name="103"))}), program)
    assert more.changed == {"extensions.conf", "pjsip.conf", "queues.conf"}
    assert not more.restart_needed
    moved = write(settings.model_copy(update={"node": "node2"}), program)
    assert moved.restart_needed


async def test_a_reload_after_writing_brings_a_new_operator(program: Program, tmp_path: Path) -> None:
    async with line(program, line_settings(tmp_path)) as running:
        more = running.settings.model_copy(update={"operators": (*running.settings.operators, Operator(name="103"))})
        write(more, program)
        async with running.manager("gudok-up", "ami-up") as supervisor:
            await supervisor.up(SECONDS)
            reply = await supervisor.action("Reload")
            assert reply.ok, reply.message

        async def serves() -> bool:
            return "103" in await running.asterisk.console("queue show energosbyt-operators")

        await until(serves, "103 serves in the queue")
        async with RobotPhone(user="103", secret=more.places.secret("operator-103"), registrar=running.sip) as phone:
            assert phone.registered
        assert running.complaints() == []


# -- who may ring what -----------------------------------------------------------------------------------------------


async def test_anybody_on_this_machine_reaches_the_line_in_any_form_of_its_number(
    program: Program, tmp_path: Path
) -> None:
    settings = line_settings(tmp_path)
    async with line(program, settings) as running, service(settings, done) as calls, RobotPhone() as phone:
        for number in ("88003505566", "+78003505566", "78003505566", "8003505566"):
            call = await phone.dial(f"sip:{number}@{running.sip}", caller="89161234567")
            await call.ended(SECONDS)
        assert [call.headers["agi_extension"] for call in calls] == ["88003505566"] * 4
        assert {call.headers["agi_callerid"] for call in calls} == {"89161234567"}
        assert running.complaints() == []


async def test_nothing_but_the_line_can_be_reached_without_registration(program: Program, tmp_path: Path) -> None:
    async with line(program, line_settings(tmp_path)) as running, RobotPhone() as phone:
        for number in ("101", "600", "700", "s", "89161112233", "88003505567"):
            call = await phone.dial(f"sip:{number}@{running.sip}", caller="89161234567")
            with pytest.raises(CallRefused) as refused:
                await call.answered(SECONDS)
            assert refused.value.end.status == 404, number


async def test_whoever_claims_to_be_an_operator_must_prove_it(program: Program, tmp_path: Path) -> None:
    async with line(program, line_settings(tmp_path)) as running:
        async with RobotPhone() as phone:
            call = await phone.dial(running.number, caller="101")
            with pytest.raises(CallRefused) as refused:
                await call.answered(SECONDS)
            assert refused.value.end.status == 401
            call = await phone.dial(running.number, caller="gudok-caller")
            await call.answered(SECONDS)  # the endpoint's own name is no way in or out: it is a caller like any other
        with pytest.raises(RegistrationFailed):
            async with RobotPhone(user="101", secret="guessed", registrar=running.sip):
                pass


# -- a call outlives the service -------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["absent", "lost"])
async def test_without_a_service_the_operator_rings_within_three_seconds(
    program: Program, tmp_path: Path, why: str
) -> None:
    settings = line_settings(tmp_path)
    async with line(program, settings) as running, running.operator("101") as operator, RobotPhone() as phone:
        async with AsyncExitStack() as stack:
            if why == "lost":
                await stack.enter_async_context(service(settings, lose))
            asked = await phone.dial(running.number, caller="89161234567")
            taken = await operator.incoming(SECONDS)
        assert taken.times.invited.monotonic - asked.times.invited.monotonic < 3.0
        assert taken.caller == "89161234567"
        told = await running.heard.user_event("GudokFallback")
        assert told.fields["Why"] == why
        assert told.fields["Supplier"] == "energosbyt"
        await connect(asked, taken)
        await taken.hang_up()
        await asked.ended(SECONDS)  # served: a farewell and the end, not the queue again
        await running.heard.first(Hangup, lambda event: event.uniqueid == told.uniqueid)
        assert len(running.heard.of(QueueCallerJoin)) == 1
        assert running.complaints(*ABSENT) == []


async def test_a_call_the_service_has_finished_ends(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)
    async with line(program, settings) as running, service(settings, done), RobotPhone() as phone:
        call = await phone.dial(running.number, caller="89161234567")
        await call.ended(SECONDS)
        await running.heard.first(Hangup)
        assert not running.heard.of(QueueCallerJoin)
        assert running.complaints() == []


async def test_a_service_lost_after_an_operator_has_served_owes_nothing(program: Program, tmp_path: Path) -> None:
    async def queue_then_lose(call: AgiCall) -> None:
        await call.do("ANSWER")
        await call.do('EXEC Queue "energosbyt-operators,c,,,30"')

    settings = line_settings(tmp_path)
    async with (
        line(program, settings) as running,
        service(settings, queue_then_lose) as calls,
        running.operator("101") as operator,
        RobotPhone() as phone,
    ):
        call = await phone.dial(running.number, caller="89161234567")
        taken = await operator.incoming(SECONDS)
        await connect(call, taken)
        await taken.hang_up()
        await call.ended(SECONDS)
        await running.heard.first(Hangup, lambda event: event.channel == calls[0].headers["agi_channel"])
        assert len(running.heard.of(QueueCallerJoin)) == 1


async def test_the_supervisor_takes_a_call_from_a_hung_service_to_the_operators(
    program: Program, tmp_path: Path
) -> None:
    settings = line_settings(tmp_path)
    async with (
        line(program, settings) as running,
        service(settings, hang) as calls,
        running.operator("101") as operator,
        running.manager("gudok-up", "ami-up") as supervisor,
        RobotPhone() as phone,
    ):
        await supervisor.up(SECONDS)
        call = await phone.dial(running.number, caller="89161234567")
        channel = (await calls.next()).headers["agi_channel"]
        reply = await supervisor.action(
            "Redirect", {"Channel": channel, "Context": "gudok-fallback", "Exten": "s", "Priority": 1}
        )
        assert reply.ok, reply.message
        taken = await operator.incoming(SECONDS)
        told = await running.heard.user_event("GudokFallback")
        assert told.fields["Why"] == "redirected"
        await taken.accept()
        await call.answered(SECONDS)
        await call.hang_up()
        await taken.ended(SECONDS)


async def test_a_hung_service_does_not_keep_the_channel_of_a_caller_who_left(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)
    async with line(program, settings) as running, service(settings, hang) as calls, RobotPhone() as phone:
        call = await phone.dial(running.number, caller="89161234567")
        await calls.next()
        await call.hang_up()
        await running.heard.first(Hangup, seconds=5)


async def test_a_caller_whom_nobody_can_answer_leaves_a_message(program: Program, tmp_path: Path) -> None:
    async with line(program, line_settings(tmp_path)) as running, RobotPhone() as phone:
        call = await phone.dial(running.number, caller="89161234567")
        await call.answered(SECONDS)
        failed = await running.heard.user_event("GudokQueueFailed")
        assert failed.fields["Status"] == "JOINEMPTY"
        await call.heard_silence(2.0, 30)
        await call.press("#")
        await call.ended(SECONDS)
        left = await running.heard.user_event("GudokVoicemail")
        file = Path(left.fields["File"])
        assert file.parent == running.settings.places.recordings / "voicemail"
        assert file.stat().st_size == int(left.fields["Bytes"]) > 44  # noqa: ASYNC240
        assert left.fields["Caller"] == "89161234567"
        assert running.complaints(*ABSENT, "Unable to join queue") == []


def shorter(before: str, after: str) -> Callable[[Written], None]:
    """The same dialplan with less patience, so that a test need not wait as long as a caller."""

    def edit(written: Written) -> None:
        file = written.folder / "extensions.conf"
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after), encoding="utf-8")

    return edit


async def test_a_message_is_kept_when_the_caller_hangs_up_in_it(program: Program, tmp_path: Path) -> None:
    async with line(program, line_settings(tmp_path)) as running, RobotPhone() as phone:
        call = await phone.dial(running.number, caller="89161234567")
        await call.answered(SECONDS)
        await call.heard_silence(2.0, 30)
        call.play(tone(500, 2.0))
        await call.heard_silence(0.5)
        await call.hang_up()
        left = await running.heard.user_event("GudokVoicemail")
        assert int(left.fields["Bytes"]) > 44


async def test_a_caller_who_leaves_before_the_beep_leaves_no_message(program: Program, tmp_path: Path) -> None:
    async with line(program, line_settings(tmp_path)) as running, RobotPhone() as phone:
        call = await phone.dial(running.number, caller="89161234567")
        await running.heard.user_event("GudokQueueFailed")
        await call.hang_up()
        await running.heard.first(Hangup)
        assert not running.heard.of(UserEvent, lambda event: event.name == "GudokVoicemail")
        assert list((running.settings.places.recordings / "voicemail").iterdir()) == []


async def test_a_caller_whom_no_operator_takes_in_time_may_leave_a_message(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)
    async with (
        line(program, settings, before_start=shorter("},c,,,300)", "},c,,,2)")) as running,
        running.operator("101") as operator,
        RobotPhone() as phone,
    ):
        call = await phone.dial(running.number, caller="89161234567")
        ringing = await operator.incoming(SECONDS)
        failed = await running.heard.user_event("GudokQueueFailed")
        assert failed.fields["Status"] == "TIMEOUT"
        await ringing.ended(SECONDS)
        await call.hang_up()


async def test_a_call_that_nobody_ends_goes_to_the_operators(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)
    short = shorter("TIMEOUT(absolute)=7200,GROUP", "TIMEOUT(absolute)=2,GROUP")
    async with (
        line(program, settings, before_start=short) as running,
        service(settings, hang),
        running.operator("101") as operator,
        RobotPhone() as phone,
    ):
        call = await phone.dial(running.number, caller="89161234567")
        taken = await operator.incoming(SECONDS)
        assert (await running.heard.user_event("GudokFallback")).fields["Why"] == "too-long"
        await connect(call, taken)
        await call.hang_up()


async def test_our_own_apology_is_played_where_there_is_one(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)
    apology = settings.places.prompts / "fallback" / "apology.wav"
    apology.parent.mkdir(parents=True)
    write_wav(apology, tone(770, 1.0))
    async with line(program, settings) as running, RobotPhone() as phone:
        call = await phone.dial(running.number, caller="89161234567")
        await call.answered(SECONDS)
        await call.heard_tone(770, SECONDS, since=0)
        await call.hang_up()


async def test_beyond_its_limit_the_line_gives_calls_to_operators_then_sounds_busy(
    program: Program, tmp_path: Path
) -> None:
    settings = line_settings(tmp_path, max_calls=1)

    async def answer_and_hang(call: AgiCall) -> None:
        await call.do("ANSWER")
        await hang(call)

    async with (
        line(program, settings) as running,
        service(settings, answer_and_hang) as calls,
        running.operator("101") as operator,
        RobotPhone() as phone,
    ):
        first = await phone.dial(running.number, caller="89160000001")
        await first.answered(SECONDS)
        second = await phone.dial(running.number, caller="89160000002")
        taken = await operator.incoming(SECONDS)
        assert taken.caller == "89160000002"
        assert (await running.heard.user_event("GudokFallback")).fields["Why"] == "full"
        third = await phone.dial(running.number, caller="89160000003")
        with pytest.raises(CallRefused) as refused:
            await third.answered(SECONDS)
        assert refused.value.end.status == 486
        await second.hang_up()
        await first.hang_up()
        await running.heard.first(Hangup, lambda event: event.uniqueid == calls[0].headers["agi_uniqueid"])
        fourth = await phone.dial(running.number, caller="89160000004")
        await fourth.answered(SECONDS)
        for _ in ("first", "fourth"):
            await calls.next()  # the line answers before it asks the service


async def test_a_line_that_is_being_stopped_takes_no_new_calls(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)
    async with (
        line(program, settings) as running,
        service(settings, done) as calls,
        running.manager("gudok-up", "ami-up") as supervisor,
        RobotPhone() as phone,
    ):
        await supervisor.up(SECONDS)
        assert (await supervisor.action("Setvar", {"Variable": "GUDOK_DRAINING", "Value": "1"})).ok
        call = await phone.dial(running.number, caller="89161234567")
        with pytest.raises(CallRefused) as refused:
            await call.answered(SECONDS)
        assert refused.value.end.status == 503
        assert (await supervisor.action("Setvar", {"Variable": "GUDOK_DRAINING", "Value": ""})).ok
        call = await phone.dial(running.number, caller="89161234567")
        await call.ended(SECONDS)
        assert len(calls) == 1


# -- operators -------------------------------------------------------------------------------------------------------


async def test_operators_ring_each_other_the_queue_and_the_line(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)
    async with (
        line(program, settings) as running,
        service(settings, done) as calls,
        running.operator("101") as one,
        running.operator("102") as two,
    ):
        call = await one.dial("102")
        taken = await two.incoming(SECONDS)
        assert taken.caller == "101"
        await taken.accept()
        await call.answered(SECONDS)
        await call.hang_up()
        await taken.ended(SECONDS)
        call = await one.dial("600")
        taken = await two.incoming(SECONDS)
        await call.hang_up()
        await taken.ended(SECONDS)
        call = await one.dial(settings.line)
        await call.ended(SECONDS)
        assert len(calls) == 1
        assert running.complaints() == []


async def test_a_caller_transferred_to_nobody_returns_to_the_front_of_the_queue(
    program: Program, tmp_path: Path
) -> None:
    settings = line_settings(tmp_path)
    async with line(program, settings) as running, running.operator("101") as operator, RobotPhone() as phone:
        call = await phone.dial(running.number, caller="89161234567")
        taken = await operator.incoming(SECONDS)
        await connect(call, taken)
        transfer = await taken.refer(f"sip:102@{running.sip}")  # whose telephone is off
        await taken.transferred(SECONDS)
        assert transfer.over
        await running.heard.user_event("GudokReturned")
        back = await operator.incoming(SECONDS)
        assert back.caller == "89161234567"
        await connect(call, back)
        await back.hang_up()
        await call.ended(SECONDS)


async def test_a_caller_transferred_blindly_or_with_replaces_talks_to_the_colleague(
    program: Program, tmp_path: Path
) -> None:
    settings = line_settings(tmp_path)
    async with (
        line(program, settings) as running,
        running.operator("101") as one,
        running.operator("102") as two,
        RobotPhone() as phone,
    ):
        for attended in (False, True):
            call = await phone.dial(running.number, caller="89161234567")
            taken, giver, getter = await next_of(one, two)
            await connect(call, taken)
            if attended:
                consult = await giver.dial(getter.user)
                asked = await getter.incoming(SECONDS)
                await asked.accept()
                await consult.answered(SECONDS)
                await taken.refer_replaces(consult)
            else:
                await taken.refer(f"sip:{getter.user}@{running.sip}")
                asked = await getter.incoming(SECONDS)
                assert asked.caller == "89161234567"
                await asked.accept()
            assert (await taken.transferred(SECONDS)).over
            await taken.hang_up()
            call.play(tone(1000, 2.0))
            await asked.heard_tone(1000, SECONDS)
            await asked.hang_up()
            await call.ended(SECONDS)


async def test_a_parked_caller_comes_back_to_who_parked_and_then_to_the_queue(program: Program, tmp_path: Path) -> None:
    def park_briefly(written: Written) -> None:
        file = written.folder / "res_parking.conf"
        file.write_text(file.read_text().replace("parkingtime = 180", "parkingtime = 2"))

    settings = line_settings(tmp_path)
    async with (
        line(program, settings, before_start=park_briefly) as running,
        running.operator("101") as operator,
        RobotPhone() as phone,
    ):
        call = await phone.dial(running.number, caller="89161234567")
        taken = await operator.incoming(SECONDS)
        await connect(call, taken)
        await taken.refer(f"sip:700@{running.sip}")
        await running.heard.first(ParkedCall)
        back = await operator.incoming(SECONDS)
        await back.reject(486)
        await running.heard.user_event("GudokReturned")
        again = await operator.incoming(SECONDS)
        assert again.caller == "89161234567"
        await call.hang_up()


async def test_a_parked_caller_is_fetched_by_a_colleague(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)
    async with (
        line(program, settings) as running,
        running.operator("101") as one,
        running.operator("102") as two,
        RobotPhone() as phone,
    ):
        call = await phone.dial(running.number, caller="89161234567")
        taken, _, other = await next_of(one, two)
        await connect(call, taken)
        await taken.refer(f"sip:700@{running.sip}")
        parked = await running.heard.first(ParkedCall)
        fetched = await other.dial(parked.space)
        await fetched.answered(SECONDS)
        call.play(tone(1000, 2.0))
        await fetched.heard_tone(1000, SECONDS)
        await fetched.hang_up()
        await call.ended(SECONDS)
        assert running.complaints(*ABSENT) == []


async def connect(caller: Call, operator: Call) -> None:
    """The operator picks up, and both are in one bridge: what the caller says is heard."""
    await operator.accept()
    await caller.answered(SECONDS)
    said = caller.play(tone(600, 3.0))
    await operator.heard_tone(600, SECONDS)
    said.stop()


async def next_of(one: RobotPhone, two: RobotPhone) -> tuple[Call, RobotPhone, RobotPhone]:
    """The queue rings one of two operators: the call, whom it rang, and the other."""
    waiting = {asyncio.ensure_future(each.incoming(SECONDS)): each for each in (one, two)}
    ready, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    rang = ready.pop()
    return rang.result(), waiting[rang], two if waiting[rang] is one else one


# -- what people write cannot break it -------------------------------------------------------------------------------


async def test_any_printable_secret_works_and_none_becomes_syntax(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)
    settings.places.make()
    (settings.places.secrets / "operator-101").write_text(HOSTILE, encoding="utf-8")
    (settings.places.secrets / "ami-up").write_text(HOSTILE, encoding="utf-8")
    async with line(program, settings) as running:
        assert running.complaints() == []
        async with running.operator("101") as phone:
            assert phone.registered
        async with running.manager("gudok-up", "ami-up") as supervisor:
            await supervisor.up(SECONDS)


# -- who may do what over the manager --------------------------------------------------------------------------------


async def test_the_service_may_do_all_that_calls_and_queues_need_and_nothing_else(
    program: Program, tmp_path: Path
) -> None:
    async with line(program, line_settings(tmp_path)) as running:
        await running.ami.channels()
        await running.ami.bridges()
        await running.ami.system()
        assert "energosbyt-operators" in [queue.name for queue in await running.ami.queues()]
        assert (await running.ami.queue_pause("PJSIP/101", True, reason="break")).ok
        assert (await running.ami.queue_penalty("energosbyt-operators", "PJSIP/101", 3)).ok
        for action, headers in {
            "Redirect": {"Channel": "PJSIP/none", "Context": "gudok-fallback", "Exten": "s", "Priority": 1},
            "Setvar": {"Channel": "PJSIP/none", "Variable": "a", "Value": "b"},
            "Hangup": {"Channel": "PJSIP/none"},
        }.items():
            assert "permission" not in (await running.ami.action(action, headers)).message.lower(), action
        for action, forbidden in {
            "Command": {"Command": "core show version"},
            "GetConfig": {"Filename": "pjsip.conf"},
            "Reload": {},
            "DBPut": {"Family": "a", "Key": "b", "Val": "c"},
        }.items():
            assert "permission" in (await running.ami.action(action, forbidden)).message.lower(), action
        shell = Originate(channel="Local/600@operators", channel_id="shell", application="System", data="true")
        assert not (await running.ami.originate(shell)).ok


# -- beside the line itself ------------------------------------------------------------------------------------------


async def test_the_benchmarks_menu_repeats_and_hands_over_by_key(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)
    settings.places.make()
    write_wav(tmp_path / "menu.wav", tone(880, 0.5))
    async with (
        line(program, settings, bench_prompt=tmp_path / "menu") as running,
        running.operator("101") as operator,
        RobotPhone() as phone,
    ):
        call = await phone.dial(f"sip:{BENCH_NUMBER}@{running.sip}", caller="89161234567")
        first = await call.heard_tone(880, SECONDS, since=0)
        await call.heard_silence(0.3)
        await call.press("1")
        await call.heard_tone(880, SECONDS, since=first.monotonic + 0.6)
        await call.heard_silence(0.3)
        await call.press("0")
        await operator.incoming(SECONDS)
        await call.hang_up()
        records = settings.places.asterisk / "log" / "cdr-csv" / "Master.csv"

        async def recorded() -> bool:
            return records.exists()

        await until(recorded, "a call detail record")
        assert running.complaints() == []


async def test_the_snippets_serve_the_line_in_an_asterisk_of_ones_own(program: Program, tmp_path: Path) -> None:
    settings = line_settings(tmp_path)

    def as_if_own(written: Written) -> None:
        for name, text in snippets(settings).items():
            (written.folder / name).write_text(text)
        loopback = f"[udp]\ntype = transport\nprotocol = udp\nbind = 127.0.0.1:{settings.ports.sip}\n"
        caller = "[caller]\ntype = endpoint\ncontext = from-outside\nallow = !all,alaw\nidentify_by = ip\n"
        known = "[global]\ntype = global\nendpoint_identifier_order = username,ip\n"
        address = "[caller]\ntype = identify\nendpoint = caller\nmatch = 127.0.0.1\n"
        route = f"[from-outside]\nexten => {settings.line},1,Goto(gudok-line,${{EXTEN}},1)\n"
        for name, text in {
            "extensions.conf": f"[general]\n{route}#include extensions_gudok.conf\n"
            "#include extensions_gudok_telephones.conf\n",
            "manager.conf": f"[general]\nenabled = yes\nport = {settings.ports.ami}\nbindaddr = 127.0.0.1\n"
            "#include manager_gudok.conf\n",
            "queues.conf": "[general]\nautofill = yes\n#include queues_gudok.conf\n",
            "pjsip.conf": f"{known}{loopback}{caller}{address}#include pjsip_gudok.conf\n",
        }.items():
            (written.folder / name).write_text(text)

    async with (
        line(program, settings, before_start=as_if_own) as running,
        running.operator("101") as operator,
        RobotPhone() as phone,
    ):
        call = await phone.dial(running.number, caller="89161234567")
        taken = await operator.incoming(SECONDS)
        await connect(call, taken)
        told = await running.heard.user_event("GudokFallback")
        assert "Timestamp" in told.headers
        await call.hang_up()
        assert running.complaints(*ABSENT) == []
