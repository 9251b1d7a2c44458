"""`gudok say`: speaks a text into a file, as a caller would hear it."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.options import Data, fail, settings


def register(app: typer.Typer) -> None:
    app.command()(say)


def say(
    text: Annotated[str, typer.Argument(help="What to say; digits are spoken as words.", show_default=False)],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="WAV file to write: 8 kHz, mono, 16 bits.", show_default=False)
    ],
    voice: Annotated[
        str, typer.Option("--voice", help="Variant of espeak-ng's voice: f2, m3, Annie…; none is the line's own.")
    ] = "",
    data: Data = None,
) -> None:
    """Speak a text into a WAV file.

    Example: gudok say "Ваши показания 12345. Верно?" -o question.wav
    """
    asyncio.run(_say(text, output, voice, data))


async def _say(text: str, output: Path, variant: str, data: Path | None) -> None:
    from ivr.prompts import NotSpeakable, NoVoice, Prompts, VoiceFailed
    from ivr.prompts.espeak import Espeak, Manner
    from ivr.prompts.fallback import joined

    chosen = settings(data)
    try:
        voice = await Espeak.find(chosen.cache, chosen.asterisk_suite, Manner(variant=variant))
        with tempfile.TemporaryDirectory(prefix="gudok-say-") as folder:
            rendered = await Prompts(Path(folder), voice).render(text)
            if not rendered.files:
                fail(f"there is nothing to say in {text!r}", code=2)
            sound = joined(rendered.files)
        await asyncio.to_thread(_write, output, sound)
    except NotSpeakable as error:
        fail(str(error), code=2)
    except (NoVoice, VoiceFailed) as error:
        fail(str(error))
    typer.echo(f"{output}: {rendered.seconds:.1f} s, «{rendered.text}»", err=True)


def _write(output: Path, sound: bytes) -> None:
    from asr.audio import wav

    try:
        output.write_bytes(wav(sound))
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror}")
