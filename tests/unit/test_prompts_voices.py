"""A chain of voices, one voice a prompt, prompts slower and louder, and prompts that begin before they are finished."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from asr.audio import from_pcm, read_wav
from ivr.call.conversation import Streaming
from ivr.prompts import Prompts, VoiceFailed
from ivr.prompts.chain import REST_SECONDS, Chain
from ivr.prompts.pace import stretched
from ivr.prompts.pieces import Piece, in_sentences
from ivr.prompts.voice import NoVoice, VoiceAway
from ivr.service.speaking import Speaker


def tone(seconds: float, hertz: float = 150.0, level: float = 0.3) -> bytes:
    at = np.arange(int(8000 * seconds)) / 8000
    return bytes((np.sin(2 * np.pi * hertz * at) * level * 32767).astype("<i2").tobytes())


class Tone:
    """A voice of a kind: 60 ms a letter, slower at a slower pace; some texts it refuses."""

    version = "1"

    def __init__(self, name: str, hertz: float = 150.0, fails: Mapping[str, type[VoiceFailed]] | None = None) -> None:
        self.name, self._hertz, self._fails = name, hertz, fails or {}
        self.spoken: list[str] = []

    async def render(self, text: str, *, pace: float = 1.0) -> bytes:
        for part, error in self._fails.items():
            if part in text:
                raise error(f"not «{part}»")
        self.spoken.append(text)
        return tone(len(text) * 0.06 / pace, self._hertz)


class Few(Tone):
    """A voice that has only these texts."""

    def __init__(self, name: str, texts: set[str]) -> None:
        super().__init__(name)
        self._texts = texts

    def has(self, text: str) -> bool:
        return text in self._texts


async def test_a_prompt_that_the_first_voice_cannot_finish_is_spoken_by_the_next_from_its_beginning(
    tmp_path: Path,
) -> None:
    first, second = Tone("first", fails={"сорок": VoiceFailed}), Tone("second")
    prompts = Prompts(tmp_path, Chain([first, second]))
    await prompts.render("Показания: {v}. Верно?", {"v": 345})
    assert sorted(second.spoken) == sorted(["Показания:", "триста,", "сорок пять.", "Верно?"])
    first.spoken.clear()
    await prompts.render("Показания: {v}. Верно?", {"v": 300})
    assert "сорок пять." not in first.spoken


async def test_recordings_are_used_only_where_they_have_the_whole_prompt(tmp_path: Path) -> None:
    person, voice = Few("person", {"Здравствуйте!", "Показания:"}), Tone("voice")
    prompts = Prompts(tmp_path, voice).led_by(person)
    await prompts.render("Здравствуйте!")
    await prompts.render("Показания: {v}.", {"v": 5})
    assert person.spoken == ["Здравствуйте!"]
    assert sorted(voice.spoken) == ["Показания:", "пять."]


async def test_a_voice_that_is_away_is_left_alone_for_a_while() -> None:
    now = 0.0
    dead, alive = Tone("dead", fails={"": VoiceAway}), Tone("alive")
    chain = Chain([dead, alive], now=lambda: now)
    await chain.render("да")
    assert chain.able(["да"]) == [alive, dead]
    now = REST_SECONDS
    assert chain.able(["да"]) == [dead, alive]


async def test_when_no_voice_can_say_it_each_ones_reason_is_told() -> None:
    chain = Chain([Tone("one", fails={"": VoiceFailed}), Tone("two", fails={"": VoiceFailed}), Few("few", set())])
    with pytest.raises(VoiceFailed, match=r"one: .*; two: "):
        await chain.render("да")
    with pytest.raises(NoVoice):
        Chain([])


async def test_louder_is_six_decibels_more_without_asking_the_voice_again(tmp_path: Path) -> None:
    voice = Tone("voice")
    prompts = Prompts(tmp_path, voice)
    usual, louder = await prompts.render("Верно?"), await prompts.render("Верно?", louder=True)
    assert voice.spoken == ["Верно?"]
    assert (await prompts.render("Верно?", louder=True)) == louder

    def level(file: Path) -> float:
        return 20 * float(np.log10(np.sqrt(np.mean(np.square(read_wav(file).samples)))))

    assert level(louder.files[0]) - level(usual.files[0]) == pytest.approx(6.0, abs=0.3)
    assert np.abs(read_wav(louder.files[0]).samples).max() <= 0.96
    assert louder.seconds == usual.seconds


async def test_slower_is_another_rendering_and_slower_and_louder_a_third(tmp_path: Path) -> None:
    prompts = Prompts(tmp_path, Tone("voice"))
    plain = await prompts.render("Назовите показания.")
    slow = await prompts.render("Назовите показания.", pace=0.85)
    both = await prompts.render("Назовите показания.", pace=0.85, louder=True)
    assert len({plain.files, slow.files, both.files}) == 3
    assert slow.seconds == pytest.approx(plain.seconds / 0.85, rel=0.1)
    assert both.seconds == slow.seconds


async def test_a_long_new_text_can_be_heard_before_it_is_finished(tmp_path: Path) -> None:
    text = "Мастер придёт в пятницу. Он проверит счётчик и пломбы. Будьте дома до вечера."
    go = asyncio.Event()

    class Slow(Tone):
        async def render(self, text: str, *, pace: float = 1.0) -> bytes:
            if "вечера" in text:
                await go.wait()
            return await super().render(text, pace=pace)

    voice = Slow("slow")
    prompts = Prompts(tmp_path, voice)
    heard = []
    async for part in prompts.stream(text):
        heard.append(part.text)
        if len(heard) == 2:
            go.set()
    assert " ".join(heard) == text
    assert len(heard) == 3
    whole = await prompts.render(text)
    assert [part async for part in prompts.stream(text)] == [whole]


async def test_a_caller_who_leaves_in_the_middle_stops_the_waiting(tmp_path: Path) -> None:
    stream = Prompts(tmp_path, Tone("voice")).stream("Раз. Два. Три.")
    async for part in stream:
        assert part.text == "Раз."
        break
    await stream.aclose()


def test_a_text_is_cut_where_a_voice_breathes_anyway() -> None:
    long = (
        "По вашему адресу плановое отключение электричества, его продлили из-за сильного ветра и снега в горах. Ждите."
    )
    assert [piece.text for piece in in_sentences(Piece(long, 0.3))] == [
        "По вашему адресу плановое отключение электричества,",
        "его продлили из-за сильного ветра и снега в горах.",
        "Ждите.",
    ]
    assert in_sentences(Piece("улица Ленина, дом пять.", 0.1)) == [Piece("улица Ленина, дом пять.", 0.1)]


@pytest.mark.parametrize("pace", [0.7, 0.85, 1.2])
def test_slowing_finished_sound_keeps_its_pitch_and_level(pace: float) -> None:
    made = stretched(tone(2.0, 150.0), pace)
    assert len(made) / 16000 == pytest.approx(2.0 / pace, rel=0.02)
    samples = from_pcm(made).samples[800:-800]
    spectrum = np.abs(np.fft.rfft(samples))
    assert float(np.argmax(spectrum)) * 8000 / len(samples) == pytest.approx(150.0, abs=3)
    assert float(np.sqrt(np.mean(np.square(samples)))) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize("pcm", [b"", bytes(100), bytes(16000)])
def test_slowing_silence_is_no_trouble(pcm: bytes) -> None:
    assert not any(stretched(pcm, 0.85))


async def test_a_speaker_begins_what_was_never_said_before_it_is_all_made(tmp_path: Path) -> None:
    voice = Tone("voice")
    speaker = Speaker(Prompts(tmp_path, voice))
    text, slots = "Отключение: {reason}. Ждите. Бригада работает.", {"reason": "обрыв провода. Осторожно"}
    parts = [part.text async for part in speaker.parts(text, slots)]
    assert parts == ["Отключение: обрыв провода.", "Осторожно.", "Ждите.", "Бригада работает."]
    whole = await speaker.utterance(text, slots)
    assert [part async for part in speaker.parts(text, slots)] == [whole]
    assert len([part async for part in speaker.parts("Раз. Два.", {})]) == 1
    assert isinstance(speaker, Streaming)
