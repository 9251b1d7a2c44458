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
        str | None,
        typer.Option(
            "--voice",
            help="silero, rhvoice or espeak, or a voice of it: rhvoice/elena, espeak/f2. Default: the line's own.",
            show_default=False,
        ),
    ] = None,
    pace: Annotated[float, typer.Option("--pace", min=0.5, max=2.0, help="Below 1 is slower.")] = 1.0,
    louder: Annotated[bool, typer.Option("--louder", help="6 dB louder, peaks held back.")] = False,
    data: Data = None,
) -> None:
    """Speak a text into a WAV file, in the voice the line speaks with.

    Example: gudok say "Ваши показания 12345. Верно?" -o question.wav
    """
    asyncio.run(_say(text, output, voice, pace, louder, data))


async def _say(text: str, output: Path, voice: str | None, pace: float, louder: bool, data: Path | None) -> None:
    from contextlib import AsyncExitStack

    from ivr.prompts import NotSpeakable, NoVoice, Prompts, VoiceFailed
    from ivr.prompts.choice import choose
    from ivr.prompts.fallback import joined

    chosen = settings(data, voice=voice)
    try:
        async with AsyncExitStack() as stack:
            voices = await choose(chosen, stack, alone=voice is not None)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gudok-say-"))
            rendered = await Prompts(Path(folder), voices.chain).render(text, pace=pace, louder=louder)
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
