"""Writing one setting into gudok.toml, which a person keeps: their lines and remarks stay as they are."""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from ivr.settings import SettingsError


def write(path: Path, key: str, value: str | None) -> bool:
    """Set a top-level key, or take it out; whether it changed. Raises `SettingsError`, and nothing is changed then."""
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        told = tomllib.loads(before)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    if told.get(key) == value:
        return False
    after = _with(before, key, value)
    if not _is(after, {**told, key: value}):
        raise SettingsError(f"{path}: {key} cannot be changed without harm to the rest; write it there by hand")
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(after, encoding="utf-8")
        if path.exists():
            made.chmod(path.stat().st_mode & 0o7777)
        made.replace(path)
    except OSError as error:
        made.unlink(missing_ok=True)
        raise SettingsError(f"{path}: cannot be written: {error.strerror}") from error
    return True


def _is(text: str, meant: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == {name: value for name, value in meant.items() if value is not None}
    except tomllib.TOMLDecodeError:
        return False


def _with(text: str, key: str, value: str | None) -> str:
    """Before the first table: what stands behind one belongs to it."""
    first_table = re.search(r"^\s*\[", text, re.MULTILINE)
    head, rest = (text[: first_table.start()], text[first_table.start() :]) if first_table else (text, "")
    # A JSON string is a TOML string, if what lies beyond the first plane stays as it is.
    line = f"{key} = {json.dumps(value, ensure_ascii=False)}\n" if value is not None else ""
    own = re.compile(rf"^[ \t]*(?:{re.escape(key)}|\"{re.escape(key)}\")[ \t]*=.*(?:\n|\Z)", re.MULTILINE)
    if own.search(head):
        return own.sub(lambda found: line, head, count=1) + rest
    if head and not head.endswith("\n"):
        head += "\n"
    return head + line + ("\n" if rest and line and not head.strip() else "") + rest
