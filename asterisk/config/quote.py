"""How a value of ours becomes text of an Asterisk file without becoming syntax of it.

Asterisk's files have three grammars: `key = value` lines, section names, and the dialplan, whose arguments are split at
commas and rewritten by `${…}`. A value that its place cannot carry is refused, with words for the person who wrote it.
"""

import re
from pathlib import Path
from urllib.parse import quote as percent

from jinja2 import Undefined

LONGEST_LINE = 1000
"""Asterisk cuts a line of a file at 8192 bytes, some options at 1024."""

_SECTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,69}")
_EXTENSION = re.compile(r"\+?[A-Za-z0-9*#][A-Za-z0-9*#-]{0,69}")
_DIALPLAN = re.compile(r"[\w ./:@+=~-]*")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
_MATCH = re.compile(r"!?(?:\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z.:-]{1,253})(?::[0-9]{1,5})?(?:/[0-9.]{1,15})?")
_RESERVED = frozenset("aeghiost") | {"hangup", "failed"}


class Unfit(ValueError):
    """A value cannot stand in Asterisk's configuration; the text names it and what is wrong with it."""


class Ready(str):
    """Text that has been made fit for its place; the templates let it through as it is."""

    __slots__ = ()


def value(text: str) -> Ready:
    """The right side of `key = value`: a semicolon is escaped, what the format cannot carry is refused."""
    for letter in text:
        if not letter.isprintable():
            raise Unfit(f"{text!r} has the control character {letter!r}: write it on one line, without tabs")
    if text != text.strip():
        raise Unfit(f"{text!r} begins or ends with a space, which Asterisk would drop")
    if len(text.encode()) > LONGEST_LINE:
        raise Unfit(f"{text[:40]!r}… is longer than {LONGEST_LINE} bytes")
    return Ready(text.replace(";", "\\;"))


def secret(text: str) -> Ready:
    """A password as a value; what is wrong with it is said without saying it."""
    if not text:
        raise Unfit("a secret is empty: write a password into its file, or remove the file and one is made up")
    try:
        return value(text)
    except Unfit:
        raise Unfit(
            "a secret has a control character, a space at an end or too many letters: put it on one line"
        ) from None


def section(text: str) -> Ready:
    """The name between `[` and `]`; also the name of an endpoint or a queue wherever it is referred to."""
    if not _SECTION.fullmatch(text):
        raise Unfit(f"{text!r} cannot be a name in Asterisk: letters, digits, `_`, `.` and `-` only, 70 at most")
    return Ready(text)


def extension(text: str) -> Ready:
    """A number or name that can be dialled, never a pattern and never one of Asterisk's own (`h`, `s`, `t`…)."""
    if not _EXTENSION.fullmatch(text) or text in _RESERVED:
        raise Unfit(
            f"{text!r} cannot be dialled in Asterisk: letters, digits, `*`, `#` and `-` only, not one of its own"
        )
    return Ready(text)


def dialplan(text: str | Path) -> Ready:
    """A literal inside the dialplan's arguments and expressions, a path above all."""
    if not _DIALPLAN.fullmatch(str(text)) or value(str(text)) != str(text):
        raise Unfit(
            f"{str(text)!r} cannot stand in the dialplan: letters, digits, spaces and ./:@+=~_- only. "
            "If it is a folder, move the data folder (--data) to a plainer path"
        )
    return Ready(text)


def host(text: str) -> Ready:
    """A host name or address inside a SIP URI; IPv6 gets its brackets."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if not _HOST.fullmatch(bare):
        raise Unfit(f"{text!r} is neither a host name nor an address")
    return Ready(f"[{bare}]" if ":" in bare else bare)


def user(text: str) -> Ready:
    """The user part of a SIP URI, percent-encoded where RFC 3261 wants it."""
    value(text)
    return value(percent(text, safe="-_.!~*'()&=+$,/"))


def network(text: str) -> Ready:
    """An address, network or host name that calls come from, with a port if wanted: `10.0.0.1:5060`, `10.0.0.0/24`."""
    if not _MATCH.fullmatch(text):
        raise Unfit(f"{text!r} is neither an address, a network (10.0.0.0/24) nor a host name")
    return Ready(text)


def anything(item: object) -> Ready:
    """What the templates do with every `{{ … }}`: nothing gets into a file that has not passed here."""
    if isinstance(item, Undefined):
        # Jinja's StrictUndefined tells by its own message which name is missing.
        str(item)
    if isinstance(item, Ready):
        return item
    if isinstance(item, bool):
        return Ready("yes" if item else "no")
    if isinstance(item, int | str | Path):
        return value(str(item))
    raise TypeError(f"{item!r} of type {type(item).__name__} has no form in Asterisk's files")
