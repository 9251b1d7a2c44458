"""A scenario followed against a line that another robot plays: what is reported when all is well and when it is not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from asr.audio import wav
from asterisk.robot.call import Call
from asterisk.robot.follow import follow
from asterisk.robot.phone import RobotPhone
from asterisk.robot.report import Report
from asterisk.robot.tones import tone
from ivr.clock import SystemClock
from ivr.flow.scenarios.scenario import load_scenario

Line = Callable[[Call], Awaitable[None]]


class Whistle:
    """A voice: the longer the text, the longer the whistle."""

    name = "whistle"
    version = "1"

    async def render(self, text: str) -> bytes:
        assert not any(letter.isdigit() for letter in text)
        return tone(620, 0.05 * len(text)).astype("<i2").tobytes()


@pytest.fixture
async def phones() -> AsyncIterator[tuple[RobotPhone, RobotPhone]]:
    async with RobotPhone(user="caller") as caller, RobotPhone(user="line") as line:
        yield caller, line


async def ring(phones: tuple[RobotPhone, RobotPhone], folder: Path, text: str, answers: Line) -> Report:
    caller, line = phones
    path = folder / "case.yaml"
    path.write_text(text, encoding="utf-8")

    async def serve() -> None:
        await answers(await line.incoming())

    async with asyncio.TaskGroup() as group:
        group.create_task(serve())
        return await follow(
            caller, load_scenario(path), f"sip:line@{line.address}", clock=SystemClock(), voice=Whistle()
        )


async def test_each_step_is_done_and_timed(phones: tuple[RobotPhone, RobotPhone], tmp_path: Path) -> None:
    heard: list[str] = []

    async def line(call: Call) -> None:
        heard.append(call.caller)
        await call.accept()
        call.play(tone(440, 0.3))
        await call.heard_keys(2, 5)
        call.play(tone(700, 0.3))
        await call.heard_tone(620, 5)
        heard.append("words")
        await call.heard_tone(900, 5)
        await call.heard_silence(0.2, 5)
        await call.hang_up()

    (tmp_path / "own.wav").write_bytes(wav(tone(900, 0.3).astype("<i2").tobytes()))
    text = (
        'from: "+79130000077"\nsteps:\n  - hear: {within: 1}\n  - hear_out: {pause: 0.2}\n  - press: "12"\n'
        "  - hear: 1\n  - hear_out: {pause: 0.2}\n  - say: 12 345\n  - say: {wav: own.wav}\n"
        "expect: {answered_within: 1, hangs_up_within: 2, heard: true}\n"
    )
    report = await ring(phones, tmp_path, text, line)
    assert report.ok, report.failures
    assert heard == ["+79130000077", "words"]
    assert [step.kind for step in report.steps] == ["hear", "hear_out", "press", "hear", "hear_out", "say", "say"]
    assert report.steps[0].measured["delay"] < 1
    assert report.steps[3].measured["delay"] < 1
    assert report.timings["ended"] is not None
    assert "ended by the other side" in report.ended


async def silent(call: Call) -> None:
    await call.accept()
    await call.ended(10)


async def hasty(call: Call) -> None:
    await call.accept()
    call.play(tone(440, 0.2))
    await call.heard_silence(0.3)
    await call.hang_up()


async def deaf(call: Call) -> None:
    await call.ended(10)


async def busy(call: Call) -> None:
    await call.reject(486)


async def chatty(call: Call) -> None:
    await call.accept()
    call.play(tone(440, 10.0))
    await call.ended(10)


@pytest.mark.parametrize(
    ("line", "text", "failures"),
    [
        (silent, "steps:\n  - hear: 0.2\n", ["case.yaml:2:5: услышать: ничего не слышно за 0.2 с"]),
        (silent, "steps: []\nexpect: {heard: true}\n", ["case.yaml: ничего не было слышно"]),
        (silent, "steps: []\nexpect: {hangs_up_within: 0.2}\n", ["case.yaml: линия не положила трубку за 0.2 с"]),
        (silent, "steps: []\nexpect: {refused: 486}\n", ["case.yaml: вызов принят, хотя должен быть отклонён с 486"]),
        (hasty, "steps:\n  - hear\n  - silence: 3\n", ["case.yaml:3:5: молчать 3 с: линия уже положила трубку"]),
        (hasty, "steps:\n  - hear_out\nexpect: {hangs_up_within: 1}\n", []),
        (
            hasty,
            "steps:\n  - hear_out\n  - press: '1'\n",
            ["case.yaml:3:5: нажать 1: линия уже положила трубку"],
        ),
        (deaf, "steps: [hear]\nexpect: {answered_within: 0.3}\n", ["case.yaml: нет ответа за 0.3 с"]),
        (busy, "steps: [hear]\n", ["case.yaml: вызов не принят: 486 Busy Here"]),
        (busy, "steps: []\nexpect: {refused: 486}\n", []),
        (
            chatty,
            "steps:\n  - hear_out: {pause: 0.2, within: 0.5}\n",
            ["case.yaml:2:5: дослушать: за 0.5 с линия не договорила"],
        ),
        (chatty, "steps:\n  - hear\n  - hang_up\nexpect: {heard: false}\n", ["case.yaml: что-то было слышно"]),
    ],
)
async def test_what_is_not_as_it_should_be_is_said_where(
    phones: tuple[RobotPhone, RobotPhone], tmp_path: Path, line: Line, text: str, failures: list[str]
) -> None:
    report = await ring(phones, tmp_path, text, line)
    assert len(report.failures) == len(failures)
    for said, expected in zip(report.failures, failures, strict=True):
        assert str(said).startswith(f"{tmp_path}/{expected}")
