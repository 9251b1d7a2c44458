"""The telephone of a real call, rung over SIP and RTP: announcements, keys, recording, queues and transfers."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest
from live.answered_line import CALLER, Answered, answered_line
from live.asterisk_rig import SECONDS, cache_settings, until

from asr.audio import read_wav
from asterisk.ami.events import Hangup
from asterisk.phone import AgiPhone, PromptMissing
from asterisk.private import Program, locate
from asterisk.robot.tones import tone
from ivr.call.phone import (
    CallerLeft,
    CallInfo,
    CannotHear,
    Handover,
    KeysWanted,
    Listen,
    PhoneFailed,
    Pressed,
    QueueEnd,
    Recorded,
    RecordEnd,
    Silence,
    SpeechWanted,
    TransferEnd,
    Utterance,
)

pytestmark = pytest.mark.live

MENU = Listen(KeysWanted(allowed="123", first_seconds=2.0))
READING = Listen(KeysWanted(most=12, end="#", clear="*", first_seconds=3.0, next_seconds=1.5))


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return locate(cache_settings(tmp_path_factory.mktemp("found")))


# -- what is known of a call ------------------------------------------------------------------------------------------


async def test_a_call_arrives_with_all_that_is_known_of_it(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        return phone.info

    async with answered_line(program, tmp_path, talk) as line:
        await line.ring()
        info = await line.outcome()
        assert isinstance(info, CallInfo)
        assert (info.dialled, info.caller, info.language) == (line.line.settings.line, CALLER, "ru")
        assert info.variables["GUDOK_SUPPLIER"] == line.line.settings.supplier
        assert info.channel.startswith("PJSIP/")
        assert info.linkedid == info.uniqueid
        assert info.call.version == 7


async def test_a_hidden_number_is_none(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        return phone.info.caller

    async with answered_line(program, tmp_path, talk) as line:
        await line.robot.dial(line.line.number, caller="")
        assert await line.outcome() is None


# -- announcements ----------------------------------------------------------------------------------------------------


async def test_the_files_of_an_announcement_are_heard_one_after_another(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play(line.tones((400, 0.4), (700, 0.4), (1000, 0.4)))

    async with answered_line(program, tmp_path, talk) as line:
        call = await line.ring()
        began = [await call.heard_tone(hertz, SECONDS, since=0) for hertz in (400, 700, 1000)]
        assert await line.outcome() is None
        await call.ended(SECONDS)
        gaps = [later.monotonic - earlier.monotonic - 0.4 for earlier, later in pairwise(began)]
        assert all(-0.05 < gap < 0.15 for gap in gaps), gaps


async def test_a_key_in_an_announcement_answers_the_next_question_and_nothing_is_cut(
    program: Program, tmp_path: Path
) -> None:
    async def talk(phone: AgiPhone) -> object:
        await phone.play(line.tones((400, 1.0), (700, 0.4)))
        return await phone.play_and_listen(line.tones((1000, 3.0)), MENU)

    async with answered_line(program, tmp_path, talk) as line:
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        await call.press("2")
        await call.heard_tone(700, SECONDS)
        assert await line.outcome() == Pressed("2")


async def test_a_stop_key_ends_an_announcement(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play(line.tones((400, 10.0)), stop_keys="*")

    async with answered_line(program, tmp_path, talk) as line:
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        await call.press("*")
        assert await line.outcome() == "*"


@pytest.mark.parametrize("asked", [False, True])
async def test_a_missing_file_is_said_and_the_caller_goes_to_the_operators(
    program: Program, tmp_path: Path, asked: bool
) -> None:
    async def talk(phone: AgiPhone) -> object:
        missing = Utterance("", (tmp_path / "nosuch.wav",), 1.0)
        return await (phone.play_and_listen(missing, MENU) if asked else phone.play(missing))

    async with answered_line(program, tmp_path, talk) as line, line.line.operator("101") as operator:
        await line.ring()
        outcome = await line.outcome()
        assert isinstance(outcome, PromptMissing)
        assert "nosuch.wav" in str(outcome)
        await operator.incoming(SECONDS)
        assert (await line.line.heard.user_event("GudokFallback")).fields["Why"] == "lost"


# -- keys -------------------------------------------------------------------------------------------------------------


async def test_a_menu_is_answered_before_its_prompt_is_over_and_the_next_prompt_starts_at_once(
    program: Program, tmp_path: Path
) -> None:
    async def talk(phone: AgiPhone) -> object:
        answer = await phone.play_and_listen(line.tones((400, 1.0), (400, 9.0)), MENU)
        await phone.play(line.tones((1000, 0.3)))
        return answer

    async with answered_line(program, tmp_path, talk) as line:
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        (sent,) = await call.press("1")
        heard = await call.heard_tone(1000, SECONDS)
        assert await line.outcome() == Pressed("1")
        assert heard.monotonic - sent.released.monotonic < 1.0  # some 30 ms on an idle machine


async def test_a_key_that_is_not_offered_disturbs_nothing(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(line.tones((400, 0.8), (700, 0.3)), MENU)

    async with answered_line(program, tmp_path, talk) as line:
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        await call.press("9")
        await call.heard_tone(700, SECONDS)
        await call.heard_silence(0.5)
        await call.press("73")
        assert await line.outcome() == Pressed("3")


async def test_keys_typed_ahead_answer_one_menu_after_another(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        prompt = line.tones((400, 5.0))
        return [await phone.play_and_listen(prompt, MENU) for _ in range(4)]

    async with answered_line(program, tmp_path, talk) as line:
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        await call.press("1231", seconds=0.08, gap=0.06)
        assert await line.outcome() == [Pressed("1"), Pressed("2"), Pressed("3"), Pressed("1")]


@pytest.mark.parametrize(
    ("pressed", "answer"),
    [
        ("0123456789#", Pressed("0123456789")),
        ("12345", Pressed("12345")),
        ("99*12345#", Pressed("12345")),
        ("123456789012345", Pressed("123456789012")),
        ("**", Pressed("**")),
        ("#", Silence()),
    ],
)
async def test_a_number_is_typed_as_fast_as_a_telephone_can(
    program: Program, tmp_path: Path, pressed: str, answer: object
) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(line.tones((400, 5.0)), READING)

    async with answered_line(program, tmp_path, talk) as line:
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        typing = asyncio.ensure_future(call.press(pressed, seconds=0.08, gap=0.06))
        assert await line.outcome() == answer
        typing.cancel()
        await asyncio.gather(typing, return_exceptions=True)


async def test_silence_is_told_after_the_time_given(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        before = phone.session.now()
        heard = await phone.play_and_listen(line.tones((400, 0.5)), Listen(KeysWanted(first_seconds=1.0)))
        return heard, phone.session.now() - before

    async with answered_line(program, tmp_path, talk) as line:
        await line.ring()
        outcome = await line.outcome()
        assert isinstance(outcome, tuple)
        assert outcome[0] == Silence()
        assert 1.4 < outcome[1] < 3.0


async def test_twenty_callers_at_once_each_get_their_own_answer(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        heard = await phone.play_and_listen(line.tones((400, 8.0)), READING)
        assert isinstance(heard, Pressed)
        return phone.info.caller, heard.keys

    async def one(line: Answered, number: int) -> None:
        call = await line.robot.dial(line.line.number, caller=f"8916{number:07}")
        await call.answered(SECONDS)
        await call.heard_tone(400, SECONDS, since=0)
        await call.press(f"{number}#")
        await call.ended(SECONDS)

    async with answered_line(program, tmp_path, talk) as line:
        await asyncio.gather(*(one(line, 100 + number) for number in range(20)))
        outcomes = {await line.outcome() for _ in range(20)}
        assert outcomes == {(f"8916{100 + number:07}", str(100 + number)) for number in range(20)}
        assert line.server.stats.failed == 0


# -- the end of a call ------------------------------------------------------------------------------------------------

Doing = Callable[[AgiPhone, Answered], Awaitable[object]]


async def playing(phone: AgiPhone, line: Answered) -> object:
    return await phone.play(line.tones((400, 10.0)))


async def asking(phone: AgiPhone, line: Answered) -> object:
    return await phone.play_and_listen(line.tones((400, 0.5)), Listen(KeysWanted(first_seconds=20.0)))


async def typing(phone: AgiPhone, line: Answered) -> object:
    await phone.play(line.tones((400, 0.5)))
    return await phone.listen(Listen(KeysWanted(most=5, first_seconds=20.0)))


async def recording(phone: AgiPhone, line: Answered) -> object:
    await phone.play(line.tones((400, 0.5)))
    return await phone.record(line.folder / "message.wav", longest=20, silence=0)


async def queueing(phone: AgiPhone, line: Answered) -> object:
    await phone.play(line.tones((400, 0.5)))
    return await phone.enter_queue(Handover("operators", 20))


async def idling(phone: AgiPhone, line: Answered) -> object:
    await phone.play(line.tones((400, 0.5)))
    while True:  # busy with something else, now and then on the telephone
        await asyncio.sleep(0.1)
        await phone.session.variable("GUDOK_SUPPLIER")


@pytest.mark.parametrize("doing", [playing, asking, typing, recording, queueing, idling])
async def test_a_caller_who_leaves_ends_whatever_is_awaited(program: Program, tmp_path: Path, doing: Doing) -> None:
    async def talk(phone: AgiPhone) -> object:
        try:
            return await doing(phone, line)
        except CallerLeft:
            with pytest.raises(CallerLeft):
                await phone.play(line.tones((400, 1.0)))
            raise

    async with answered_line(program, tmp_path, talk) as line, line.line.operator("101") as operator:
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        if doing is queueing:
            await operator.incoming(SECONDS)
        await call.hang_up()
        assert isinstance(await line.outcome(), CallerLeft)
        await line.server.close(SECONDS)
        assert line.server.stats.failed == 0
        if doing is not queueing:
            assert not operator.calls  # nobody is called for somebody who has gone


async def test_we_hang_up_and_nobody_else_is_troubled(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        await phone.hang_up()
        await phone.hang_up()
        with pytest.raises((CallerLeft, PhoneFailed)):
            await phone.play(line.tones((400, 1.0)))
        return "hung up"

    async with answered_line(program, tmp_path, talk) as line, line.line.operator("101") as operator:
        call = await line.ring()
        await call.ended(SECONDS)
        assert await line.outcome() == "hung up"
        await line.line.heard.first(Hangup)
        assert not operator.calls


async def test_a_call_taken_away_by_the_supervisor_is_let_go(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await asking(phone, line)

    async with answered_line(program, tmp_path, talk) as line, line.line.operator("101") as operator:
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        channel = (await line.line.asterisk.console("core show channels concise")).split("!")[0]
        reply = await line.line.ami.action(
            "Redirect", {"Channel": channel, "Context": "gudok-fallback", "Exten": "s", "Priority": 1}
        )
        assert reply.ok, reply.message
        assert isinstance(await line.outcome(), CallerLeft | PhoneFailed)
        await (await operator.incoming(SECONDS)).accept()
        assert call.end is None


# -- recording --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", list(RecordEnd))
async def test_a_message_is_recorded_until_it_is_over(program: Program, tmp_path: Path, why: RecordEnd) -> None:
    file = tmp_path / "message.wav"

    async def talk(phone: AgiPhone) -> object:
        await phone.play(line.tones((400, 0.3)))
        return await phone.record(file, longest=2.5 if why is RecordEnd.LONGEST else 15, silence=1)

    async with answered_line(program, tmp_path, talk) as line:
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        await call.heard_silence(0.3)
        said = call.play(tone(1000, 20.0 if why is RecordEnd.LONGEST else 1.0))
        if why is RecordEnd.KEY:
            await said.done()
            await call.press("#")
        outcome = await line.outcome()
        assert isinstance(outcome, Recorded)
        assert outcome.why is why
        assert 0.8 < read_wav(file).seconds < 4.0


# -- other people -----------------------------------------------------------------------------------------------------


async def test_an_operator_serves_the_caller_knows_the_matter_and_gives_the_caller_back(
    program: Program, tmp_path: Path
) -> None:
    async def talk(phone: AgiPhone) -> object:
        context = {"account": '1234567890 "Иванов"\nд. 5; кв. 7', "reading": "12345"}
        ended = await phone.enter_queue(Handover("operators", 30, "readings", 5, context, line.tones((1500, 0.5))))
        await phone.play(line.tones((400, 0.5)))
        return ended

    async with answered_line(program, tmp_path, talk) as line, line.line.operator("101") as operator:
        call = await line.ring()
        taken = await operator.incoming(SECONDS)
        await taken.accept()
        await taken.heard_tone(1500, SECONDS, since=0)  # whispered to the operator before they are joined
        call.play(tone(900, 5.0))
        await taken.heard_tone(900, SECONDS)
        channels = (await line.line.asterisk.console("core show channels concise")).splitlines()
        (of_operator,) = [one.split("!")[0] for one in channels if one.startswith("PJSIP/101")]
        shown = await line.line.asterisk.console(f"core show channel {of_operator}")
        assert "GUDOK_TOPIC=readings" in shown
        assert 'GUDOK_CTX_ACCOUNT=1234567890 "Иванов" д. 5; кв. 7' in shown
        await taken.hang_up()
        await call.heard_tone(400, SECONDS)
        assert await line.outcome() is QueueEnd.SERVED
        assert line.statuses == ["CONTINUE"]


async def test_a_queue_gives_the_caller_back_when_nobody_comes(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        return [await phone.enter_queue(Handover(queue, 2)) for queue in ("operators", "nosuch")]

    async with answered_line(program, tmp_path, talk) as line:
        async with line.line.operator("101"):
            await line.ring()
            assert await line.outcome() == [QueueEnd.TIMEOUT, QueueEnd.NO_OPERATORS]

        async def nobody() -> bool:
            return "(Unavailable)" in await line.line.asterisk.console("queue show energosbyt-operators")

        await until(nobody, "the operator's telephone is gone")
        await line.ring()
        assert await line.outcome() == [QueueEnd.NO_OPERATORS] * 2


async def test_a_transfer_tells_how_it_ended(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        return [await phone.transfer(target, seconds=10) for target in ("101", "102", "nobody")]

    async with (
        answered_line(program, tmp_path, talk) as line,
        line.line.operator("101") as accepts,
        line.line.operator("102") as busy,
    ):
        call = await line.ring()
        taken = await accepts.incoming(SECONDS)
        await taken.accept()
        call.play(tone(900, 3.0))
        await taken.heard_tone(900, SECONDS)
        await taken.hang_up()
        await (await busy.incoming(SECONDS)).reject(486)
        outcome = await line.outcome()
        assert isinstance(outcome, list)
        answered, refused, unknown = outcome
        assert answered == TransferEnd(answered=True, why="ANSWER")
        assert refused == TransferEnd(answered=False, why="BUSY")
        assert not unknown.answered


async def test_no_target_can_smuggle_in_more_than_a_number(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        for target in ("101,5,U(x)", "101&102", "${SECRET}", "101\nEXEC System x", "", "101)"):
            with pytest.raises(PhoneFailed):
                await phone.transfer(target)
        for queue in ("operators,c,,,9", "", "x&y", "операторы"):
            with pytest.raises(PhoneFailed):
                await phone.enter_queue(Handover(queue))
        return "refused"

    async with answered_line(program, tmp_path, talk) as line:
        await line.ring()
        assert await line.outcome() == "refused"


async def test_a_line_without_recognition_says_so_at_once(program: Program, tmp_path: Path) -> None:
    async def talk(phone: AgiPhone) -> object:
        heard = await phone.play_and_listen(line.tones((400, 5.0)), Listen(MENU.keys, SpeechWanted("menu")))
        return heard, await phone.play_and_listen(line.tones((700, 5.0)), MENU)

    async with answered_line(program, tmp_path, talk) as line:
        call = await line.ring()
        await call.heard_tone(700, SECONDS, since=0)
        await call.press("1")
        outcome = await line.outcome()
        assert isinstance(outcome, tuple)
        assert isinstance(outcome[0], CannotHear)
        assert outcome[1] == Pressed("1")
