"""`gudok check`: everything that is wrong with a dialplan, for people, for programs and for code review."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ivr.cli.options import fail

if TYPE_CHECKING:
    from ivr.flow.dialplan import Dialplan
    from ivr.flow.finding import Finding

MOST_COLUMNS = 160
SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def register(app: typer.Typer) -> None:
    app.command()(check)


def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A supplier's folder.", show_default=False)],
    how: Annotated[str, typer.Option("--format", help="text, json or sarif.")] = "text",
) -> None:
    """Check a dialplan: every finding of every file, each with its place, what it is and what to do.

    Exit code 1 when there are errors; warnings alone are no errors. What each code means: docs/dialplan-codes.md.

    Example: gudok check dialplans/energosbyt
    """
    from ivr.flow.checks import check as check_folder

    if how not in ("text", "json", "sarif"):
        fail(f"--format is text, json or sarif, not «{how}»", code=2)
    if not folder.is_dir():
        fail(f"{folder}: there is no such folder; name a supplier's folder, such as dialplans/energosbyt", code=2)
    suppliers = [path.parent.name for path in sorted(folder.glob("*/line.yaml"))]
    if suppliers and not (folder / "line.yaml").exists():
        fail(f"{folder} holds several suppliers; check one: {folder / suppliers[0]}", code=2)
    dialplan, findings = check_folder(folder, now=datetime.now(UTC))
    if dialplan is not None:
        findings = [*findings, *_heard(dialplan, folder)]
    match how:
        case "json":
            typer.echo(json.dumps({"findings": [_as_json(one) for one in findings]}, ensure_ascii=False, indent=1))
        case "sarif":
            typer.echo(json.dumps(_sarif(findings), ensure_ascii=False, indent=1))
        case _:
            for line in report(findings):
                typer.echo(line)
            typer.echo(_summary(folder, findings), err=True)
    if any(one.is_error for one in findings):
        raise typer.Exit(1)


def _heard(dialplan: "Dialplan", folder: Path) -> "list[Finding]":
    """Words that callers will say and this machine's model does not hear, or hears by a guess."""
    from ivr.settings import SettingsError, load
    from ivr.vocabulary import advice

    try:
        return advice(dialplan, folder, load())
    except SettingsError:
        return []  # of this machine, not of the dialplan


def report(findings: "Sequence[Finding]") -> Iterator[str]:
    """Each finding on a line, the line it is about with a caret, and what to do."""
    sources: dict[Path, list[str]] = {}
    for one in findings:
        yield f"{one.place} {one.code} {one.message}"
        if one.place.file not in sources:
            sources[one.place.file] = _lines(one.place.file)
        lines = sources[one.place.file]
        if one.place.line <= len(lines):
            yield from _caret(lines[one.place.line - 1], one.place.line, one.place.col)
        if one.hint:
            yield f"      → {one.hint}"


def _lines(path: Path) -> list[str]:
    try:
        # As YAML counts lines; `splitlines` would also split at characters that are no line ends to it.
        return path.read_text(encoding="utf-8-sig", errors="replace").replace("\r\n", "\n").split("\n")
    except OSError:
        return []


def _caret(line: str, number: int, col: int) -> Iterator[str]:
    at = min(col - 1, len(line))
    start = max(0, at - MOST_COLUMNS // 2) if len(line) > MOST_COLUMNS else 0
    shown = "".join(letter if letter.isprintable() else " " for letter in line[start : start + MOST_COLUMNS])
    yield f"{number:5} | {shown}"
    yield f"      | {' ' * (at - start)}^"


def _summary(folder: Path, findings: "Sequence[Finding]") -> str:
    errors = sum(one.is_error for one in findings)
    if not findings:
        return f"{folder}: всё в порядке"
    return f"{folder}: ошибок {errors}, предупреждений {len(findings) - errors}"


def _as_json(one: "Finding") -> dict[str, Any]:
    return {
        "file": str(one.place.file),
        "line": one.place.line,
        "col": one.place.col,
        "code": one.code,
        "level": "error" if one.is_error else "warning",
        "message": one.message,
        "hint": one.hint,
    }


def _sarif(findings: "Sequence[Finding]") -> dict[str, Any]:
    from importlib.metadata import version

    from ivr.flow.codes import CODES

    def rule(code: str) -> dict[str, Any]:
        return {"id": code, "shortDescription": {"text": CODES.get(code, code)}}

    driver = {
        "name": "gudok check",
        "version": version("gudok"),
        "rules": [rule(code) for code in sorted({one.code for one in findings})],
    }
    results = [
        {
            "ruleId": one.code,
            "level": "error" if one.is_error else "warning",
            "message": {"text": f"{one.message} ({one.hint})" if one.hint else one.message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": one.place.file.as_posix()},
                        "region": {"startLine": one.place.line, "startColumn": one.place.col},
                    }
                }
            ],
        }
        for one in findings
    ]
    return {"$schema": SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
