"""`gudok models test`: what a speech model scores on your own recordings."""

import asyncio
import json
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ivr.cli.options import Data, fail, settings

if TYPE_CHECKING:
    from asr.scoring import Share
    from ivr.settings import Settings
    from ivr.turns.exam import Exam, Score
    from ivr.turns.recorded_set import Utterance


class As(StrEnum):
    table = "table"
    json = "json"


def examine_models(
    recordings: Annotated[
        Path, typer.Argument(help="turns.jsonl of `gudok turns export`, or a folder of WAV files, each with its .txt.")
    ],
    model: Annotated[
        list[str] | None, typer.Option("--model", help="A model; may be given again.", show_default=False)
    ] = None,
    expect: Annotated[str, typer.Option(help="What was asked, where no subfolder is called so.")] = "free",
    misheard: Annotated[bool, typer.Option("--misheard", help="List what was misheard, on stderr.")] = False,
    form: Annotated[As, typer.Option("--format", help="A table for people, or JSON.")] = As.table,
    data: Data = None,
) -> None:
    """Let models hear recordings and say how much they understood, with 95 % intervals; exit 1 if a file is unusable.

    Example: gudok models test turns/turns.jsonl --model vosk-model-small-ru-0.22 --model ru-numbers
    """
    from ivr.turns.recorded_set import GRAMMARS, read_set

    if expect not in GRAMMARS:
        fail(f"--expect {expect}: it must be one of {', '.join(GRAMMARS)}", code=2)
    if not recordings.exists():
        fail(f"{recordings}: there is no such file or folder", code=2)
    chosen = settings(data)
    utterances, faults = read_set(recordings, expect, date.today())  # noqa: DTZ011 - the wall clock of whoever asks
    if not utterances:
        fail("; ".join(faults) or f"{recordings}: there are no recordings in it")
    results = asyncio.run(_examine(chosen, model or [chosen.model or ""], utterances))
    faults += [fault for _, exam in results for fault in exam.faults]
    for fault in faults:
        typer.echo(f"gudok: {fault}", err=True)
    if misheard:
        for name, exam in results:
            for utterance, hearing in exam.misheard:
                said = (
                    utterance.said
                    if utterance.said is not None
                    else dict(utterance.truth.values if utterance.truth else {})
                )
                typer.echo(f"{name}: {utterance.audio}: «{hearing.text}», not {said}", err=True)
    if form is As.json:
        typer.echo(json.dumps([_report(name, exam) for name, exam in results], ensure_ascii=False))
    else:
        _print(results)
    if faults:
        raise typer.Exit(1)


async def _examine(chosen: "Settings", names: list[str], utterances: "list[Utterance]") -> "list[tuple[str, Exam]]":
    from rich.console import Console
    from rich.progress import Progress

    from asr.engines import load
    from asr.models import ModelBroken, choose
    from asr.pool import DecodingPool
    from ivr.turns.exam import examine

    results = []
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bars:
        for name in names:
            pool = DecodingPool(threads=1, patience=60)
            try:
                recognizer = await load(choose(name or None, cache=chosen.cache), pool)
                bar = bars.add_task(recognizer.model, total=len(utterances))
                exam = await examine(recognizer, utterances, told=lambda bar=bar: bars.advance(bar))  # type: ignore[misc]
                results.append((recognizer.model, exam))
            except ModelBroken as fault:
                fail(str(fault))
            finally:
                await pool.aclose()
    return results


def _report(name: str, exam: "Exam") -> dict[str, Any]:
    return {"model": name, "kinds": [_kind(score) for score in _sorted(exam)]}


def _kind(score: "Score") -> dict[str, Any]:
    rate = score.word_error_rate
    return {
        "kind": score.kind,
        "utterances": score.utterances,
        "audio_seconds": round(score.audio_seconds, 1),
        "whole": _share(score.whole_share),
        "word_error_rate": None if rate is None else round(rate, 4),
        "understood": _share(score.understood_share),
        "unnoticed": _share(score.unnoticed_share),
    }


def _share(share: "Share") -> dict[str, Any] | None:
    if not share.of:
        return None
    low, high = share.interval
    rounded = {"share": round(share.share, 4), "low": round(low, 4), "high": round(high, 4)}
    return {"good": share.good, "of": share.of, **rounded}


def _sorted(exam: "Exam") -> "list[Score]":
    return [exam.scores[kind] for kind in sorted(exam.scores)]


def _print(results: "list[tuple[str, Exam]]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in (
        "model",
        "asked for",
        "answers",
        "whole answer right",
        "word errors",
        "understood",
        "wrong unnoticed",
    ):
        table.add_column(column)
    for name, exam in results:
        for score in _sorted(exam):
            rate = score.word_error_rate
            table.add_row(
                name,
                score.kind,
                str(score.utterances),
                _percent(score.whole_share),
                "" if rate is None else f"{rate:.1%}",
                _percent(score.understood_share),
                _percent(score.unnoticed_share),
            )
    Console().print(table)


def _percent(share: "Share") -> str:
    low, high = share.interval
    return f"{share.share:.1%} ({low:.0%}–{high:.0%})" if share.of else ""
