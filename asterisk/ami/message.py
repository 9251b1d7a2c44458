"""One block of the manager's protocol, in and out, on panoramisk's `Message` and `Action`.

`Message.from_line` parses, `Action` makes identifiers and renders. Mended here: a header named `Content` was
overwritten, `Result` was percent-decoded, a repeated header in other capitals won over the first, a line end in a value
began a header of its own, and an answer was told from an event by its English text.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from panoramisk.actions import Action
from panoramisk.message import Message

from asterisk.ami.errors import BadAction

HeaderValue = str | int | bool | Sequence[str]

MOST_LINE_BYTES = 1022
"""A longer line Asterisk cuts in two, and may take the rest for another message (measured on 22)."""
MOST_LINES = 126
_SEPARATOR = ": "


class Block(Message):  # type: ignore[misc]  # panoramisk has no types
    """A parsed message; the first of equally named headers is Asterisk's own and stands first."""

    quoted_keys: Sequence[str] = ()

    def __init__(self, headers: Mapping[str, Any], content: str = "") -> None:
        # Not Message's own __init__: it puts the body in a header of its own, over one that is really named so.
        super(Message, self).__init__(headers)
        self.manager = None
        if len(self) != len(headers):
            self._merge(headers)
        if content and "output" not in self:
            # An Asterisk before 14 answers a command with a bare body.
            self["Output"] = content.split("\n")

    def _merge(self, headers: Mapping[str, Any]) -> None:
        """Names that differ in their capitals only: the values together, in order."""
        merged: dict[str, tuple[str, Any]] = {}
        for name, value in headers.items():
            _, before = merged.get(name.lower(), ("", None))
            together = value if before is None else [*_listed(before), *_listed(value)]
            merged[name.lower()] = (name, together)
        for name, value in merged.values():
            self[name] = value


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


class Headers(Mapping[str, str]):
    """The headers of a message as they came: read-only, names in any capitals, the first of several equal ones."""

    __slots__ = ("_block",)

    def __init__(self, block: Mapping[str, Any]) -> None:
        self._block = block if isinstance(block, Block) else Block(block)

    def __getitem__(self, name: str) -> str:
        value = self._block[name]
        return value[0] if isinstance(value, list) else value  # type: ignore[no-any-return]

    def get(self, name: str, default: Any = None) -> Any:
        # The same as Mapping's, without the detour through a second call: this is read a dozen times an event.
        try:
            value = self._block[name]
        except KeyError:
            return default
        return value[0] if isinstance(value, list) else value

    def get_all(self, name: str) -> tuple[str, ...]:
        """Every value of a header that may be repeated (`Output`, `ChanVariable`), in order."""
        value = self._block.get(name)
        return () if value is None else tuple(_listed(value))

    def __iter__(self) -> Iterator[str]:
        return iter(self._block)

    def __len__(self) -> int:
        return len(self._block)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._block

    def __repr__(self) -> str:
        return f"Headers({dict(self)!r})"


class Request(Action):  # type: ignore[misc]  # panoramisk has no types
    """An action under way. Its `future` ends with the answer, for a listing with the whole list, or with an error."""

    def __init__(self, name: str, headers: Mapping[str, HeaderValue], *, listing: bool) -> None:
        super().__init__({"Action": name, **headers})
        self.name = name
        self.listing = listing
        self.future: asyncio.Future[list[Block]] = self.future

    def add_message(self, message: Block) -> bool:
        """Take an answer in; true when nothing more is expected."""
        self.responses.append(message)
        listed = "event" in message
        mark = str(message.get("eventlist", "")).lower()
        done = (mark not in ("", "start")) if listed else not (self.listing and mark == "start")
        if done and not self.future.done():
            self.future.set_result(self.responses)
        return done


def check_action(name: str, headers: Mapping[str, HeaderValue]) -> None:
    """Refuse what would not arrive as it was meant; nothing has been sent when this raises."""
    if not isinstance(name, str) or not name.isalnum() or not name.isascii():
        raise BadAction(f"AMI action {name!r}: the name of an action is Latin letters only")
    lines = 0
    seen = set[str]()
    for header, value in headers.items():
        if not isinstance(header, str):
            raise BadAction(f"AMI action {name}: the header name {header!r} is not text")
        lower = header.lower()
        if lower in seen or lower in ("action", "actionid"):
            raise BadAction(f"AMI action {name}: the header {header!r} is given twice or is not the caller's to set")
        seen.add(lower)
        if not header or header != header.strip() or ":" in header or not header.isprintable():
            raise BadAction(f"AMI action {name}: {header!r} cannot be the name of a header")
        values = value if isinstance(value, (list, tuple)) else (value,)
        for one in values:
            lines += 1
            _check_value(name, header, one)
    if lines > MOST_LINES:
        raise BadAction(f"AMI action {name}: {lines} headers, Asterisk takes {MOST_LINES} at most")


def _check_value(name: str, header: str, value: object) -> None:
    if not isinstance(value, (str, int)):
        raise BadAction(f"AMI action {name}: {header} must be text or a number, not {type(value).__name__}")
    text = str(value)
    if "\r" in text or "\n" in text or "\0" in text:
        raise BadAction(f"AMI action {name}: the value of {header} contains a line end; it would inject a header")
    try:
        size = len(f"{header}{_SEPARATOR}{text}".encode())
    except UnicodeEncodeError as error:
        raise BadAction(f"AMI action {name}: the value of {header} is not valid text: {error.reason}") from None
    if size > MOST_LINE_BYTES:
        raise BadAction(f"AMI action {name}: {header} is {size} bytes, Asterisk takes a line of {MOST_LINE_BYTES}")
