"""Hearing a caller over SIP and AudioSocket with a real recogniser: words, keys, barge-in, and what may go wrong."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from difflib import SequenceMatcher
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
import pytest_asyncio
from live.answered_line import Answered, Talk, answered_line
from live.asterisk_rig import SECONDS, cache_settings
from structlog.testing import capture_logs

from asr.audio import read_wav
from asr.models import bundled, inspect
from asr.pool import DecodingPool
from asr.vosk_engine import VoskRecognizer
from asterisk.audio.ear import Ears
from asterisk.audio.leg import AudioLeg
from asterisk.audio.protocol import SILENCE, LegEnd
from asterisk.audio.server import AudioServer
from asterisk.phone import AgiPhone, PromptMissing
from asterisk.private import Program, locate
from asterisk.robot.g711 import Pcm, pcm_of
from asterisk.robot.tones import silence
from ivr.call.phone import CallerLeft, CannotHear, KeysWanted, Listen, Pressed, Said, Silence, SpeechWanted, Utterance

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]

KEYS = KeysWanted(most=8, end="#", clear="*", next_seconds=1.5)
READING = Listen(KEYS, SpeechWanted("reading", first_seconds=2.5))
WORDS = ("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return locate(cache_settings(tmp_path_factory.mktemp("found")))


@pytest.fixture(scope="session")
def recognizer() -> Iterator[VoskRecognizer]:
    pool = DecodingPool(capacity=20, longest_lag=30.0)
    yield asyncio.run(VoskRecognizer.load(inspect(bundled(), origin="bundled"), pool))
    asyncio.run(pool.aclose())


@pytest.fixture(scope="session")
def voice(program: Program) -> "Voice":
    return Voice(program.data / "sounds" / "ru" / "digits")


class Voice:
    """A real woman's recordings of the digits."""

    def __init__(self, folder: Path) -> None:
        self._digits = [pcm_of(read_wav(folder / f"{digit}.wav").at(8000).pcm()) for digit in range(10)]

    def says(self, digits: str) -> Pcm:
        return np.concatenate([self._digits[int(digit)] for digit in digits])

    def vowel(self, seconds: float) -> Pcm:
        """A voice that says nothing: the loudest part of «три»."""
        said = self._digits[3]
        middle = int(np.argmax(np.convolve(np.abs(said.astype(np.float32)), np.ones(800), "same")))
        half = int(seconds * 4000)
        return said[max(middle - half, 0) : middle + half]


def words(digits: str) -> list[str]:
    return [WORDS[int(digit)] for digit in digits]


def alike(text: str, digits: str) -> bool:
    """Whether this is what was said, but for a word that a busy machine's stutter may have cost or added."""
    return SequenceMatcher(None, text.split(), words(digits)).ratio() >= 0.7


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def station(program: Program, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Answered]:
    """One Asterisk and one robot for all tests here; each test brings its own ears and its own talk."""
    async with answered_line(program, tmp_path_factory.mktemp("station")) as line:
        yield line


@asynccontextmanager
async def hearing_line(
    station: Answered, recognizer: VoskRecognizer, talk: Talk
) -> AsyncIterator[tuple[Answered, AudioServer]]:
    audio = AudioServer("127.0.0.1", 0)
    await audio.start()
    station.talk, station.ears = talk, Ears(audio, recognizer)
    try:
        yield station, audio
        assert not audio.clock.running
    finally:
        await station.hang_up_all()
        await audio.close()


async def test_what_the_caller_says_after_the_prompt_is_heard(
    station: Answered, recognizer: VoskRecognizer, voice: Voice
) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(line.tones((400, 0.5), (700, 0.5)), READING)

    async with hearing_line(station, recognizer, talk) as (line, audio):
        call = await line.ring()
        first = await call.heard_tone(400, SECONDS, since=0)
        second = await call.heard_tone(700, SECONDS, since=0)
        assert abs(second.monotonic - first.monotonic - 0.5) < 0.1
        await call.heard_silence(0.5)
        call.play(voice.says("12345"))
        outcome = await line.outcome()
        assert isinstance(outcome, Said)
        assert alike(outcome.text, "12345")
        assert [word.text for word in outcome.words] == outcome.text.split()
        assert audio.stats.ended == {LegEnd.ENDED: 1}


async def test_a_complete_answer_is_not_waited_on(station: Answered, recognizer: VoskRecognizer, voice: Voice) -> None:
    patient = SpeechWanted("reading", end_seconds=10.0, complete=lambda said: len(said) >= 4)

    async def talk(phone: AgiPhone) -> object:
        heard = await phone.play_and_listen(line.tones((400, 0.5)), Listen(KEYS, patient))
        await phone.play(line.tones((1000, 0.3)))
        return heard

    async with hearing_line(station, recognizer, talk) as (line, _):
        call = await line.ring()
        await call.heard_silence(0.3, since=(await call.heard_tone(400, SECONDS, since=0)).monotonic)
        said = call.play(voice.says("6789"))
        await said.done()
        assert said.ended is not None
        answered = await call.heard_tone(1000, SECONDS)
        assert answered.monotonic - said.ended.monotonic < 4.0  # about 0.7 s on an idle machine, never the ten
        outcome = await line.outcome()
        assert isinstance(outcome, Said)
        assert alike(outcome.text, "6789")


async def test_a_caller_who_speaks_into_the_prompt_stops_it_and_is_heard_from_the_first_word(
    station: Answered, recognizer: VoskRecognizer, voice: Voice
) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(line.tones((400, 15.0)), READING)

    async with hearing_line(station, recognizer, talk) as (line, _):
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        said = call.play(voice.says("7777"))
        await call.heard_silence(0.3, SECONDS)
        assert not said.over  # the prompt fell silent while the caller was still speaking
        outcome = await line.outcome()
        assert isinstance(outcome, Said)
        assert alike(outcome.text, "7777")


async def test_a_cough_pauses_the_prompt_and_it_goes_on_to_its_end(
    station: Answered, recognizer: VoskRecognizer, voice: Voice
) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(line.tones((400, 3.0), (700, 0.5)), READING)

    async with hearing_line(station, recognizer, talk) as (line, _):
        call = await line.ring()
        began = await call.heard_tone(400, SECONDS, since=0)
        call.play(voice.vowel(0.1))
        await call.heard_silence(0.2, SECONDS)
        again = await call.heard_speech(SECONDS, fresh=True)
        assert again.start - began.monotonic < 2.5
        # What was not heard yet is heard now: the prompt lost nothing.
        ended = await call.heard_tone(700, SECONDS)
        assert ended.monotonic - began.monotonic > 3.2
        assert await line.outcome() == Silence()


async def test_noise_that_is_no_voice_does_not_disturb_the_prompt(
    station: Answered, recognizer: VoskRecognizer
) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(line.tones((400, 3.0), (700, 0.5)), READING)

    async with hearing_line(station, recognizer, talk) as (line, _):
        call = await line.ring()
        began = await call.heard_tone(400, SECONDS, since=0)
        call.play(np.random.default_rng(1).normal(0, 4000, 20_000).clip(-32768, 32767).astype(np.int16))
        ended = await call.heard_tone(700, SECONDS)
        assert abs(ended.monotonic - began.monotonic - 3.0) < 0.3
        assert await line.outcome() == Silence()


@pytest.mark.parametrize("db", [-20.0, -35.0])
async def test_a_line_that_echoes_is_learnt_and_the_caller_still_breaks_in(
    station: Answered, recognizer: VoskRecognizer, voice: Voice, db: float
) -> None:
    spoken = voice.says("0987654321")

    async def talk(phone: AgiPhone) -> object:
        prompt = line.sound("counting", spoken)
        quiet = Listen(KEYS, SpeechWanted("reading", first_seconds=0.6))
        first = await phone.play_and_listen(prompt, quiet)
        return first, await phone.play_and_listen(line.sound("twice", np.concatenate([spoken, spoken])), READING)

    async with hearing_line(station, recognizer, talk) as (line, _):
        call = await line.ring()
        call.echo(db)
        began = await call.heard_speech(SECONDS)
        ended = await call.heard_silence(0.5, 2 * SECONDS, since=began.start + 1.0)
        assert abs(ended.monotonic - 0.5 - began.start - len(spoken) / 8000) < 0.6  # its own echo did not stop it
        await call.heard_speech(SECONDS, fresh=True)
        said = call.play(np.concatenate([silence(1.5), voice.says("7777")]))
        await said.done()
        first, second = await line.outcome()  # type: ignore[misc]
        assert first == Silence()
        assert isinstance(second, Said)
        assert alike(second.text, "7777")


async def test_noise_that_breaks_in_twice_cannot_break_in_again_but_keys_do(
    station: Answered, recognizer: VoskRecognizer, voice: Voice
) -> None:
    short = Listen(KEYS, SpeechWanted("menu", first_seconds=0.5))

    async def talk(phone: AgiPhone) -> object:
        heard = [await phone.play_and_listen(line.tones((400, 2.0)), short)]
        heard += [await phone.play_and_listen(line.tones((700, 2.0)), short)]
        return [*heard, await phone.play_and_listen(line.tones((1000, 9.0)), READING)]

    async with hearing_line(station, recognizer, talk) as (line, _):
        call = await line.ring()
        for hertz in (400, 700):
            await call.heard_tone(hertz, SECONDS)
            call.play(voice.vowel(0.1))
        began = await call.heard_tone(1000, SECONDS)
        await call.play(np.concatenate([voice.vowel(0.1), silence(0.6)])).done()
        assert call.runs[-1].end - began.monotonic > 0.7  # undisturbed
        await call.press("5#")
        assert await line.outcome() == [Silence(), Silence(noisy=True), Pressed("5")]


async def test_keys_answer_a_spoken_question_and_those_too_many_the_next_one(
    station: Answered, recognizer: VoskRecognizer
) -> None:
    async def talk(phone: AgiPhone) -> object:
        prompt = line.tones((400, 15.0))
        return [
            await phone.play_and_listen(prompt, READING),
            await phone.play_and_listen(prompt, Listen(KeysWanted())),
            await phone.play_and_listen(prompt, READING),
        ]

    async with hearing_line(station, recognizer, talk) as (line, _):
        call = await line.ring()
        await call.heard_tone(400, SECONDS, since=0)
        await call.press("1234#7", seconds=0.08, gap=0.06)
        await call.press("**", seconds=0.08, gap=0.06)
        assert await line.outcome() == [Pressed("1234"), Pressed("7"), Pressed("**")]


async def test_keys_pressed_before_a_read_back_do_not_confirm_it_and_those_before_a_menu_choose(
    station: Answered, recognizer: VoskRecognizer
) -> None:
    speech = SpeechWanted("yesno", first_seconds=0.7)

    async def talk(phone: AgiPhone) -> object:
        heard: list[object] = []
        for hertz, ahead in ((400, False), (700, True)):
            heard.append(await phone.play(line.tones((hertz, 1.5))))
            heard.append(await phone.play_and_listen(line.tones((1000, 0.3)), Listen(KeysWanted(), speech, ahead)))
        return heard

    async with hearing_line(station, recognizer, talk) as (line, _):
        call = await line.ring()
        for hertz in (400, 700):
            await call.heard_tone(hertz, SECONDS)
            await call.press("1", seconds=0.08)
        assert await line.outcome() == [None, Silence(), None, Pressed("1")]


@pytest.mark.parametrize("muted", [False, True])
async def test_silence_is_silence_also_from_a_telephone_that_sends_nothing(
    station: Answered, recognizer: VoskRecognizer, muted: bool
) -> None:
    async def talk(phone: AgiPhone) -> object:
        before = phone.session.now()
        heard = await phone.play_and_listen(line.tones((400, 1.0)), Listen(None, SpeechWanted("menu", first_seconds=3)))
        return heard, phone.session.now() - before

    async with hearing_line(station, recognizer, talk) as (line, _):
        call = await line.ring()
        call.mute(muted)
        outcome = await line.outcome()
        assert isinstance(outcome, tuple)
        assert outcome[0] == Silence()
        assert 3.9 < outcome[1] < 6.0


async def test_a_caller_who_leaves_while_we_listen_has_left(
    station: Answered, recognizer: VoskRecognizer, voice: Voice
) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(line.tones((400, 1.0)), READING)

    with capture_logs():
        async with hearing_line(station, recognizer, talk) as (line, audio):
            for speaks in (False, True):
                call = await line.ring()
                await call.heard_tone(400, SECONDS, since=0)
                if speaks:
                    call.play(voice.says("1234567"))
                    await call.heard_silence(0.5)
                await call.hang_up()
                assert isinstance(await line.outcome(), CallerLeft)
            assert recognizer.pool.load().streams == 0
            assert set(audio.stats.ended) <= {LegEnd.CLOSED, LegEnd.HUNG_UP}


Harm = Callable[[AudioServer, AudioLeg], None]


def server_dies(audio: AudioServer, leg: AudioLeg) -> None:
    for connection in list(audio._connections):
        connection.transport.abort()


def bad_frame(audio: AudioServer, leg: AudioLeg) -> None:
    assert leg._transport is not None
    leg._transport.write(b"\x10\xff")
    leg._transport.write(b"\x00" * 70_000)


def nothing_is_sent(audio: AudioServer, leg: AudioLeg) -> None:
    audio.clock.remove(leg)


@pytest.mark.parametrize("harm", [server_dies, bad_frame, nothing_is_sent])
async def test_whatever_breaks_the_sound_the_call_goes_on_with_keys(
    station: Answered, recognizer: VoskRecognizer, harm: Harm
) -> None:
    async def talk(phone: AgiPhone) -> object:
        heard = await phone.play_and_listen(line.tones((400, 15.0)), READING)
        return heard, await phone.play_and_listen(line.tones((700, 15.0)), Listen(KeysWanted()))

    with capture_logs():
        async with hearing_line(station, recognizer, talk) as (line, audio):
            call = await line.ring()
            await call.heard_tone(400, SECONDS, since=0)
            [leg] = audio.clock._ticking
            assert isinstance(leg, AudioLeg)
            call.mute(harm is nothing_is_sent)  # Asterisk gives up after two seconds in which nothing comes from either
            harm(audio, leg)
            await call.heard_tone(700, SECONDS, since=0)
            await call.press("8")
            outcome = await line.outcome()
            assert isinstance(outcome, tuple)
            assert isinstance(outcome[0], CannotHear)
            assert outcome[1] == Pressed("8")
            assert recognizer.pool.load().streams == 0


async def test_a_line_that_cannot_take_sound_at_all_asks_for_keys(
    station: Answered, recognizer: VoskRecognizer
) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(line.tones((400, 15.0)), READING)

    with capture_logs():
        async with hearing_line(station, recognizer, talk) as (line, audio):
            await audio.close()
            await line.ring()
            assert isinstance(await line.outcome(), CannotHear)


async def test_strangers_who_send_nonsense_or_too_much_disturb_no_call(
    station: Answered, recognizer: VoskRecognizer, voice: Voice
) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(line.tones((400, 2.0)), READING)

    async def sends(data: bytes) -> None:
        reader, writer = await asyncio.open_connection(audio.host, audio.port)
        writer.write(data)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
            await reader.read()  # until it is closed on us
        writer.close()

    with capture_logs():
        async with hearing_line(station, recognizer, talk) as (line, audio):
            call = await line.ring()
            await call.heard_tone(400, SECONDS, since=0)
            named = b"\x01\x00\x10" + uuid4().bytes
            floods = [sends(named + SILENCE * 3000), sends(SILENCE * 3000), sends(b"GET / HTTP/1.0\r\n\r\n" * 5000)]
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(*floods)
            await call.heard_silence(0.5)
            call.play(voice.says("12345"))
            outcome = await line.outcome()
            assert isinstance(outcome, Said)
            assert alike(outcome.text, "12345")


async def test_a_recogniser_that_is_full_says_so_before_the_question_is_asked(
    station: Answered, recognizer: VoskRecognizer
) -> None:
    full = VoskRecognizer(recognizer.folder, recognizer._model, DecodingPool(threads=1, capacity=1))
    seat = full.pool.admit()

    async def talk(phone: AgiPhone) -> object:
        heard = await phone.play_and_listen(line.tones((400, 5.0)), READING)
        return heard, await phone.play_and_listen(line.tones((700, 0.5)), Listen(KeysWanted(first_seconds=0.5)))

    async with hearing_line(station, full, talk) as (line, _):
        call = await line.ring()
        await call.heard_tone(700, SECONDS, since=0)
        outcome = await line.outcome()
        assert isinstance(outcome, tuple)
        assert isinstance(outcome[0], CannotHear)
        assert "full" in outcome[0].why
    seat.leave()
    await full.pool.aclose()


async def test_a_prompt_that_cannot_be_read_goes_to_the_operators_not_into_silence(
    station: Answered, tmp_path: Path, recognizer: VoskRecognizer
) -> None:
    async def talk(phone: AgiPhone) -> object:
        return await phone.play_and_listen(Utterance("", (tmp_path / "nosuch.wav",), 1.0), READING)

    async with hearing_line(station, recognizer, talk) as (line, _):
        await line.ring()
        outcome = await line.outcome()
        assert isinstance(outcome, PromptMissing)
        assert "nosuch.wav" in str(outcome)
        assert recognizer.pool.load().streams == 0


async def test_five_callers_speak_at_once_and_each_is_heard(
    station: Answered, recognizer: VoskRecognizer, voice: Voice
) -> None:
    async def talk(phone: AgiPhone) -> object:
        heard = await phone.play_and_listen(line.tones((400, 0.5)), READING)
        assert isinstance(heard, Said)
        return phone.info.caller, heard.text

    async def one(line: Answered, number: int) -> None:
        call = await line.robot.dial(line.line.number, caller=f"891600000{number:02}")
        await call.answered(SECONDS)
        await call.heard_tone(400, SECONDS, since=0)
        call.play(np.concatenate([silence(0.6), voice.says(f"{number}{number}1{number}")]))
        await call.ended(SECONDS)

    async with hearing_line(station, recognizer, talk) as (line, audio):
        await asyncio.gather(*(one(line, number) for number in range(2, 7)))
        outcomes = [await line.outcome() for _ in range(5)]
        heard: dict[str, str] = dict(outcome for outcome in outcomes if isinstance(outcome, tuple))
        for number in range(2, 7):
            assert heard[f"891600000{number:02}"].split().count(WORDS[number]) >= 2, heard
        assert audio.stats.legs == 5
