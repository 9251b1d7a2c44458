"""`gudok understand`: what utterances mean, JSON Lines in, JSON Lines out, as docs/CONTRACTS.md describes them.

A line that cannot be used is answered with what is wrong in it, and the next one is read.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import typer

MOST_CHARACTERS = 100_000
"""A longer line is refused: no utterance is."""


def register(app: typer.Typer) -> None:
    app.command()(understand)


def understand() -> None:
    """Understand what callers said: one JSON request a line on stdin, one JSON answer a line on stdout.

    A line that cannot be used is answered with "error", and the command ends with exit code 1.

    Example: echo '{"id": "1", "expect": "reading", "say": "двенадцать триста сорок пять"}' | gudok understand
    """
    good = True
    try:
        for answer in answers(iter(sys.stdin.buffer.readline, b"")):
            good = good and "error" not in answer
            # A half of a surrogate pair in a request's id must not end the conversation.
            sys.stdout.buffer.write((json.dumps(answer, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace"))
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        sys.stderr.close()  # nobody reads any more: that is no fault of the line
    if not good:
        raise typer.Exit(1)


def answers(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """An answer for every line that is not empty."""
    for number, line in enumerate(lines, 1):
        answer = _answer(line, number)
        if answer is not None:
            yield answer


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _answer(line: bytes, number: int) -> dict[str, Any] | None:
    from bots.understanding.requests import BadRequest, request
    from bots.understanding.understand import understand as understood

    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        return {"id": None, "error": f"line {number}: not UTF-8 ({error.reason} at byte {error.start})"}
    text = text.strip().lstrip("\ufeff")
    if not text:
        return None
    if len(text) > MOST_CHARACTERS:
        return {"id": None, "error": f"line {number}: {len(text)} characters; at most {MOST_CHARACTERS} are read"}
    try:
        given = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"line {number}: not JSON: {error}"}
    named = given.get("id") if isinstance(given, dict) else None
    try:
        asked = request(given)
    except BadRequest as error:
        return {"id": named, "error": f"line {number}: {error}"}
    found = understood(asked.question, asked.say, asked.today or date.today())  # noqa: DTZ011 - the caller's wall clock
    out: dict[str, Any] = {"id": named, "act": found.act}
    for key in ("values", "verdict", "proposed"):
        if mapping := getattr(found, key):
            out[key] = dict(mapping)
    if found.also:
        out["also"] = list(found.also)
    out["reconfirm"] = found.reconfirm
    return out
