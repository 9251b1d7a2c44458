"""What Asterisk says when the line itself cannot: a few sentences, kept where the generated dialplan looks for them."""

from pathlib import Path

from asr.audio import read_wav
from ivr.prompts.files import write_sound
from ivr.prompts.loudness import tightened
from ivr.prompts.prompts import Prompts
from ivr.settings import Places

TEXTS = {
    "apology": "Извините, соединяю с оператором.",
    "nobody": "Сейчас ответить некому.",
    "message": "Оставьте сообщение после сигнала.",
    "thanks": "Спасибо. Мы вам перезвоним.",
    "goodbye": "Спасибо за звонок. До свидания!",
}
"""The apology stays under two seconds: the caller has waited three already."""


async def render_fallback(prompts: Prompts, places: Places) -> dict[str, Path]:
    """`<prompts>/fallback/<name>.wav` (and `.alaw`) for each text; what is there already is written anew."""
    made = {}
    for name, text in TEXTS.items():
        hurried = name == "apology"
        sound = joined((await prompts.render(text, pace=1.25 if hurried else 1.0)).files)
        made[name] = places.prompts / "fallback" / f"{name}.wav"
        write_sound(made[name], tightened(sound, 0.1) if hurried else sound)
    return made


def joined(files: tuple[Path, ...]) -> bytes:
    """The sound of rendered files, one after another: signed 16-bit at 8 kHz."""
    return b"".join(read_wav(file).pcm() for file in files)
