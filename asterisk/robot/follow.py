"""A robot caller that follows a scenario: it does each step, times it, and says what was not as it should be."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import assert_never

from asr.audio import read_wav
from asterisk.robot.call import Call
from asterisk.robot.errors import CallOver, CallRefused, RobotError, TooLate
from asterisk.robot.g711 import RATE, Pcm, pcm_of
from asterisk.robot.phone import RobotPhone
from asterisk.robot.report import Failure, Report, StepReport
from asterisk.robot.times import Instant
from ivr.clock import Clock
from ivr.flow.scenarios.scenario import HangUp, Hear, HearOut, Press, Say, Scenario, Silence, Step
from ivr.prompts.normal import speakable
from ivr.prompts.voice import Voice

ANSWER_WITHIN = 30.0
HEARD_FOR = 0.1
"""A sound must have lasted before it is believed to be one."""
CALLER = "+79130000001"
KINDS: dict[type[Step], str] = {
    Hear: "hear",
    HearOut: "hear_out",
    Press: "press",
    Say: "say",
    Silence: "silence",
    HangUp: "hang_up",
}


class _Failed(Exception):
    """A step did not come out as the scenario says."""


async def follow(
    phone: RobotPhone,
    scenario: Scenario,
    target: str,
    *,
    clock: Clock,
    voice: Voice | None = None,
    notice: Callable[[str], None] = lambda text: None,
    heard: Callable[[Call], None] = lambda call: None,
) -> Report:
    """Ring `target` and follow the scenario. `heard` gets the call when it is over, with what was recorded."""
    sounds = await _sounds(scenario, voice)
    caller = CALLER if scenario.caller is None else scenario.caller
    call = await phone.dial(target, caller=caller)
    following = _Following(scenario, call, sounds, clock, notice)
    try:
        await following.run()
    finally:
        await call.hang_up()
        heard(call)
    return following.report(target, caller)


async def _sounds(scenario: Scenario, voice: Voice | None) -> dict[Step, Pcm]:
    """Everything that will be said, before the call: making it must not delay a step.

    Raises `BadAudio` for a recording, `NotSpeakable` or `VoiceFailed` for a text.
    """
    sounds: dict[Step, Pcm] = {}
    for step in scenario.steps:
        if isinstance(step, Say):
            if step.wav is not None:
                sounds[step] = pcm_of(read_wav(step.wav).at(RATE).pcm())
            elif voice is not None and step.text is not None:
                sounds[step] = pcm_of(await voice.render(speakable(step.text)))
            else:
                raise ValueError(f"{step.place}: there is no voice to say this")
    return sounds


class _Following:
    def __init__(
        self, scenario: Scenario, call: Call, sounds: Mapping[Step, Pcm], clock: Clock, notice: Callable[[str], None]
    ) -> None:
        self._scenario = scenario
        self._call = call
        self._sounds = sounds
        self._clock = clock
        self._notice = notice
        self._since = 0.0
        """Where the step before ended: what a hearing step measures from."""
        self._steps: list[StepReport] = []
        self._failures: list[Failure] = []

    async def run(self) -> None:
        start = f"{self._scenario.file}"
        expect = self._scenario.expect
        try:
            answered = await self._answered()
        except _Failed as failed:
            self._fail(start, str(failed))
            return
        if answered is None:
            return
        self._since = answered.monotonic
        for step in self._scenario.steps:
            if not await self._step(step):
                return
        if expect.hangs_up_within is not None:
            await self._left_alone(expect.hangs_up_within)
        if expect.heard is not None and expect.heard != bool(self._call.runs):
            said = "ничего не было слышно" if expect.heard else "что-то было слышно, хотя не должно"
            self._fail(start, said)

    async def _answered(self) -> Instant | None:
        expect = self._scenario.expect
        within = expect.answered_within or ANSWER_WITHIN
        try:
            answered = await self._call.answered(within)
        except CallRefused as refused:
            if refused.end.status == expect.refused:
                return None
            raise _Failed(f"вызов не принят: {refused.end.status} {refused.end.reason}") from refused
        except TooLate as late:
            raise _Failed(f"нет ответа за {within:g} с") from late
        if expect.refused is not None:
            raise _Failed(f"вызов принят, хотя должен быть отклонён с {expect.refused}")
        self._notice(f"ответ через {answered - self._call.times.invited:.2f} с")
        return answered

    async def _left_alone(self, within: float) -> None:
        started = self._clock.monotonic()
        end = self._call.end
        if end is None:
            try:
                end = await self._call.ended(within)
            except TooLate:
                self._fail(str(self._scenario.file), f"линия не положила трубку за {within:g} с")
                return
        self._notice(f"линия положила трубку через {max(0.0, self._clock.monotonic() - started):.2f} с")

    async def _step(self, step: Step) -> bool:
        began = self._clock.monotonic()
        measured: dict[str, float] = {}
        failure = ""
        try:
            measured = await self._do(step)
        except CallOver as over:
            by = "робот" if over.end.by_us else "линия"
            failure = f"{by} уже положила трубку" if by == "линия" else "вызов уже окончен"
        except TooLate as late:
            failure = _late(step, late)
        except RobotError as error:
            failure = str(error)
        if not isinstance(step, Hear):
            self._since = self._clock.monotonic()
        if isinstance(step, Press) and self._call.times.keys and not failure:
            self._since = self._call.times.keys[-1].released.monotonic
        taken = self._clock.monotonic() - began
        title = _title(step)
        began -= self._call.times.invited.monotonic
        self._steps.append(StepReport(KINDS[type(step)], title, str(step.place), not failure, began, taken, measured))
        self._notice(f"{title}: {failure or 'да'}")
        if failure:
            self._fail(str(step.place), f"{title}: {failure}")
        return not failure

    async def _do(self, step: Step) -> dict[str, float]:
        call = self._call
        if isinstance(step, Hear):
            left = self._since + step.within - self._clock.monotonic()
            run = await call.heard_speech(max(left, 0.0) + HEARD_FOR, since=self._since)
            delay = max(0.0, run.start - self._since)
            if delay > step.within:
                raise TooLate("hearing something", step.within)
            self._since = self._clock.monotonic()
            return {"delay": delay}
        if isinstance(step, HearOut):
            run = await call.heard_speech(step.within, since=self._since)
            delay = max(0.0, run.start - self._since)
            with suppress(CallOver):  # it said what it had to say and left: heard to the end all the same
                await call.heard_silence(step.pause, step.within, since=run.end)
            last = call.runs[-1].end
            return {"delay": delay, "sounded": last - max(run.start, self._since)}
        if isinstance(step, Press):
            keys = await call.press(step.keys)
            return {"released": keys[-1].released - call.times.invited}
        if isinstance(step, Say):
            playing = call.play(self._sounds[step])
            await playing.done()
            if call.end is not None:
                raise CallOver("speaking", call.end)
            return {"spoken": len(self._sounds[step]) / RATE}
        if isinstance(step, Silence):
            try:
                end = await call.ended(step.seconds)
            except TooLate:
                return {}
            raise CallOver("keeping silent", end)
        if isinstance(step, HangUp):
            if call.end is not None:
                raise CallOver("hanging up", call.end)
            await call.hang_up()
            return {}
        assert_never(step)

    def _fail(self, where: str, message: str) -> None:
        self._failures.append(Failure(where, message))

    def report(self, target: str, caller: str) -> Report:
        times = self._call.times

        def after(instant: Instant | None, start: Instant = times.invited) -> float | None:
            return None if instant is None else round(instant - start, 3)

        first = times.first_sound
        since_answer = after(first, times.answered) if first is not None and times.answered is not None else None
        return Report(
            scenario=self._scenario.name,
            file=str(self._scenario.file),
            target=target,
            caller=caller,
            steps=tuple(self._steps),
            failures=tuple(self._failures),
            began=times.invited.wall.isoformat(timespec="milliseconds"),
            timings={
                "ringing": after(times.ringing),
                "answered": after(times.answered),
                "first_sound": after(first),
                "first_sound_after_answer": since_answer,
                "last_sound": after(times.last_sound),
                "ended": after(times.ended),
            },
            ended=str(self._call.end) if self._call.end is not None else "",
            packets=self._call.packets,
        )


def _title(step: Step) -> str:
    if isinstance(step, Hear):
        return "услышать"
    if isinstance(step, HearOut):
        return "дослушать"
    if isinstance(step, Press):
        return f"нажать {step.keys}"
    if isinstance(step, Say):
        said = step.text or (step.wav.name if step.wav is not None else "")
        return f"сказать «{said}»"
    if isinstance(step, Silence):
        return f"молчать {step.seconds:g} с"
    return "положить трубку"


def _late(step: Step, late: TooLate) -> str:
    if isinstance(step, Hear):
        return f"ничего не слышно за {step.within:g} с"
    if isinstance(step, HearOut):
        return f"за {step.within:g} с линия не договорила" if "silence" in str(late) else "ничего не слышно"
    return str(late)
