"""The log of a running line: JSON lines to stderr and to rotated files, colours on a terminal, no personal data.

Every line names its `action`; what a call's own task logs carries the call's id. Long runs of digits in anything
logged keep their last four only: they are accounts and telephones (docs/DESIGN.md, decision 9).
The masking errs on the side of masking.
"""

import logging
import logging.handlers
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

import structlog
from structlog.typing import Processor

FILE = "gudok.log"
FILE_BYTES = 20 * 1024 * 1024
FILES = 10

_KEPT = r"""
    (?<![0-9a-fA-F])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}   # a UUID
  | \b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)   # an instant
  | \b[a-z][\w-]{0,40}-\d{10}\.\d+\b                                     # a Uniqueid with its node
  | \d+\.\d+                                                            # a measure, a Uniqueid, an address
  | \b(?=[0-9]*[a-fA-F])[0-9a-fA-F]{12,}\b                               # a checksum
  | \bPJSIP/(?!\+?\d{7})[\w.-]{1,60}-[0-9a-f]{8}\b                       # a channel
"""
_PERSONAL = r"\+?\d(?:[\s()-]{0,2}\d){6,}"
"""An account or a telephone: seven digits or more, together or parted as people part them."""

_DIGITS = re.compile(f"(?P<kept>{_KEPT})|{_PERSONAL}", re.VERBOSE)

_AS_THEY_ARE = frozenset({"timestamp", "level", "logger", "action", "call"})

_BARE = frozenset({"caller", "account", "phone", "number", "dialled", "exten", "secret", "callerid", "connected"})
"""Fields whose digits are personal even as a number."""


def masked(text: str) -> str:
    """`лицевой счёт 7001234567` → `лицевой счёт ***4567`; identifiers, instants and measures stay."""

    def mask(found: re.Match[str]) -> str:
        run = found.group()
        return run if found["kept"] else "***" + re.sub(r"\D", "", run)[-4:]

    return _DIGITS.sub(mask, text)


def tail(number: str) -> str:
    """A telephone or an account by its last four digits: `***4567`; a shorter one (an extension) as it is."""
    digits = re.sub(r"\D", "", number)
    return f"***{digits[-4:]}" if len(digits) >= 7 else number


def mask_digits(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The processor: every value of a log line, at any depth, without the digits of people."""
    for name, value in line.items():
        if name not in _AS_THEY_ARE:
            line[name] = _masked(value, name)
    return line


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, str):
        return tail(value) if name in _BARE else masked(value)
    if isinstance(value, bool | float | UUID) or value is None:
        return value
    if isinstance(value, int):
        return tail(str(value)) if name in _BARE and abs(value) >= 1_000_000 else value
    if isinstance(value, Mapping):
        return {key: _masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(item, name) for item in value]
    return masked(str(value))


def name_action(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Every line has an action: what names none is called by where it came from."""
    line.setdefault("action", line.get("logger") or "gudok")
    return line


def set_up(folder: Path | None, *, level: str = "info", stderr: TextIO | None = None) -> None:
    """Send all logging, ours and the libraries', to stderr and to `folder`, if any. Can be called again."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        name_action,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    stream = stderr if stderr is not None else sys.stderr
    handlers: list[logging.Handler] = [logging.StreamHandler(stream)]
    handlers[0].setFormatter(_formatter(shared, coloured=stream.isatty()))
    trouble: OSError | None = None
    if folder is not None:
        try:
            handlers.append(_file(folder))
        except OSError as error:
            trouble = error
        else:
            handlers[1].setFormatter(_formatter(shared, coloured=False))
    root = logging.getLogger()
    for old in root.handlers[:]:
        if getattr(old, "gudok", False):
            root.removeHandler(old)
            old.close()
    for handler in handlers:
        handler.gudok = True  # type: ignore[attr-defined]
        root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for chatty in ("pymorphy3", "aiosqlite", "asyncio", "alembic", "aiohttp.access", "panoramisk"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    if trouble is not None:
        log = structlog.get_logger(__name__)
        log.warning("logging to stderr alone", action="logs.no_file", folder=str(folder), why=trouble.strerror)


def _file(folder: Path) -> logging.Handler:
    folder.mkdir(parents=True, exist_ok=True)
    return logging.handlers.RotatingFileHandler(
        folder / FILE, maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8", errors="backslashreplace"
    )


def _formatter(shared: list[Processor], *, coloured: bool) -> logging.Formatter:
    # A traceback is made text before the masking: its message may quote what a caller said.
    last: list[Processor] = [structlog.processors.format_exc_info, mask_digits]
    if coloured:
        last.append(structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback))
    else:
        last.append(structlog.processors.JSONRenderer(ensure_ascii=False, default=str))
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    )


@contextmanager
def call_in_log(call: UUID, supplier: str) -> Iterator[None]:
    """Whatever this task and the tasks it starts log from here on carries the call's id."""
    with structlog.contextvars.bound_contextvars(call=str(call), supplier=supplier):
        yield
