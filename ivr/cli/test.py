"""`gudok test`: a dialplan's scenarios in text, without telephony; which edges nobody takes; JUnit."""

import asyncio
import json
import logging
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from ivr.cli.options import fail

if TYPE_CHECKING:
    from ivr.call.rehearsal.scenarios import Report


class Format(StrEnum):
    text = "text"
    json = "json"


def register(app: typer.Typer) -> None:
    app.command(name="test")(run_scenarios)


def run_scenarios(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The supplier's folder.", show_default=False)],
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Run scenarios whose file or name holds this.", show_default=False),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Also write the result as JUnit's XML.", show_default=False)
    ] = None,
    covered: Annotated[
        float | None,
        typer.Option("--covered", min=0, max=100, help="Fail below this share of edges, in per cent."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How the result is printed.")] = Format.text,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the whole of every failed call.")] = False,
) -> None:
    """Run the scenarios of a dialplan (DIR/tests/*.yaml) in text. Exit 1: one failed, or cannot be read.

    Example: gudok test dialplans/energosbyt --junit result.xml
    """
    from ivr.call.rehearsal.junit import junit as as_junit
    from ivr.call.rehearsal.rehearse import CannotRehearse
    from ivr.call.rehearsal.scenarios import run_all
    from ivr.store import StoreError

    if not (folder / "line.yaml").is_file():
        fail(f"{folder}: not a supplier's folder: there is no line.yaml in it", code=2)
    # What goes wrong in a rehearsed call is a finding; the log would only say it twice.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        report = asyncio.run(run_all(folder, only or ()))
    except CannotRehearse as cannot:
        for finding in cannot.findings:
            typer.echo(str(finding), err=True)
        fail(f"{folder}: the dialplan has errors; `gudok check {folder}` shows them all")
    except StoreError as error:
        fail(f"the demo accounts cannot be read: {error}")
    if junit is not None:
        try:
            junit.write_bytes(as_junit(report))
        except OSError as error:
            fail(f"--junit {junit}: {error.strerror}", code=2)
    if only and not report.results:
        fail(f"no scenario's file or name holds {' or '.join(map(repr, only))}", code=2)
    sys.stdout.write(_json(report) if form is Format.json else _text(report, verbose, partial=bool(only)))
    enough = covered is None or report.coverage.share * 100 >= covered
    if not enough:
        typer.echo(f"gudok: {report.coverage.share:.1%} of the edges are taken, wanted are {covered:g}%", err=True)
    raise typer.Exit(0 if report.ok and enough else 1)


def _text(report: "Report", verbose: bool, *, partial: bool) -> str:
    from ivr.call.rehearsal.terminal import transcript

    lines = [str(finding) for finding in report.unreadable]
    for result in report.results:
        if result.passed:
            continue
        lines.append(f"✗ {result.scenario.name} ({result.scenario.file.name})")
        lines += [f"    {finding}" for finding in result.findings]
        if verbose:
            lines += [f"    {line}" for line in transcript(result.played.book.noted)]
    coverage = report.coverage
    if not partial:
        if coverage.missed:
            lines.append("Рёбра, по которым не идёт ни один сценарий:")
        lines += [f"    {missed}" for missed in coverage.missed]
        lines.append(f"Покрыто рёбер: {coverage.covered} из {coverage.edges} ({coverage.share:.0%})")
    lines.append(f"Сценариев: {len(report.results)}, прошли: {report.passed}, не прошли: {report.failed}")
    return "\n".join(lines) + "\n"


def _json(report: "Report") -> str:
    return (
        json.dumps(
            {
                "passed": report.passed,
                "failed": report.failed,
                "unreadable": [str(finding) for finding in report.unreadable],
                "scenarios": [
                    {
                        "name": result.scenario.name,
                        "file": str(result.scenario.file),
                        "passed": result.passed,
                        "seconds": round(result.played.seconds, 1),
                        "exit": result.played.ended.exit if result.played.ended else None,
                        "findings": [
                            {"place": str(finding.place), "code": finding.code, "message": finding.message}
                            for finding in result.findings
                        ],
                    }
                    for result in report.results
                ],
                "edges": report.coverage.edges,
                "covered": report.coverage.covered,
                "missed": [str(missed) for missed in report.coverage.missed],
            },
            ensure_ascii=False,
        )
        + "\n"
    )
