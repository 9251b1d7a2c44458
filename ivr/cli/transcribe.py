"""`gudok transcribe`: what is said in recordings, one JSON line a file."""

import asyncio
import json
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ivr.cli.options import fail, settings

if TYPE_CHECKING:
    from asr.recognizer import Recognizer


class Grammar(StrEnum):
    reading = "reading"
    yesno = "yesno"
    confirm = "confirm"
    account = "account"
    menu = "menu"
    rating = "rating"
    date = "date"
    free = "free"


def register(app: typer.Typer) -> None:
    app.command()(transcribe)


def transcribe(
    files: Annotated[list[Path], typer.Argument(help="WAV files of any rate, mono or stereo.", show_default=False)],
    grammar: Annotated[Grammar, typer.Option(help="What kind of answer it is; `free`: anything.")] = Grammar.free,
    model: Annotated[
        str | None,
        typer.Option("--model", help="Folder or name of a speech model (also GUDOK_MODEL).", show_default=False),
    ] = None,
) -> None:
    """Write down what is said in WAV files: JSON Lines on stdout.

    Example: gudok transcribe answer.wav --grammar reading
    """
    if not asyncio.run(_transcribe(files, grammar, model)):
        raise typer.Exit(1)


async def _transcribe(files: list[Path], grammar: Grammar, model: str | None) -> bool:
    from asr.audio import BadAudio
    from asr.engines import load
    from asr.models import ModelBroken, choose
    from asr.pool import DecodingPool
    from asr.recognizer import RecognitionFailed

    chosen = settings()
    pool = DecodingPool(threads=1)
    try:
        try:
            recognizer = await load(choose(model or chosen.model, cache=chosen.cache), pool)
        except ModelBroken as error:
            fail(str(error))
        if grammar is not Grammar.free and not recognizer.can.grammar:
            typer.echo(f"gudok: {recognizer.model} takes no grammars: anything may be heard", err=True)
        good = True
        for file in files:
            try:
                heard = await _hear(recognizer, file, grammar.value)
            except (BadAudio, RecognitionFailed) as error:
                typer.echo(f"gudok: {file}: {error}", err=True)
                good = False
            else:
                typer.echo(json.dumps(heard, ensure_ascii=False))
        return good
    finally:
        await pool.aclose()


async def _hear(recognizer: "Recognizer", file: Path, grammar: str) -> dict[str, Any]:
    from asr.audio import TELEPHONE_RATE, read_wav
    from asr.recognizer import Hints

    sound = read_wav(file)
    pcm = sound.at(TELEPHONE_RATE).pcm()
    began = time.perf_counter()
    stream = await recognizer.open(Hints(grammar))
    try:
        for start in range(0, len(pcm), 3200):
            await stream.feed(pcm[start : start + 3200])
        hearing = await stream.finish()
    finally:
        await stream.aclose()
    return {
        "file": str(file),
        "text": hearing.text,
        "words": [{"word": w.word, "start": w.start, "end": w.end, "conf": w.conf} for w in hearing.words],
        "engine": hearing.engine,
        "model": hearing.model,
        "seconds": round(time.perf_counter() - began, 3),
        "audio_seconds": round(sound.seconds, 3),
    }
