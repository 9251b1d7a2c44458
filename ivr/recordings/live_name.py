"""The name of a file while a talk is still being recorded: it says all that the index will need.

Asterisk writes such files by itself (`asterisk/config/templates/parts/line.j2`), so they can be told from their names
alone when nobody was there while they were made. Pure.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast
from uuid import UUID, uuid5

SUFFIX = ".raw"
"""Two channels of 16-bit samples at 8 kHz, the caller's first."""
MONITOR_NAME = "^{GUDOK_SUPPLIER}~^{GUDOK_CALL}~^{UNIQUEID}~^{EPOCH}~queue~^{QUEUENAME}"
"""The same name in the words of Asterisk, which fills it in when an operator answers."""

What = Literal["queue", "leg", "bot"]
_NAME = re.compile(
    r"(?P<supplier>[a-z0-9-]{0,32})~(?P<call>[0-9a-f-]{36})?~(?P<uniqueid>[\w.-]{1,80})~(?P<epoch>\d{9,11}(?:\.\d{3})?)"
    r"~(?P<what>queue|leg|bot)~(?P<part>[\w.-]{0,80})"
)
UNKNOWN = "unknown"
"""The supplier of a call that was never told whose it is."""
_OURS = UUID("5e0b3f0c-5d0f-4f5f-9a63-0b3f5e0b0c5d")


@dataclass(frozen=True, slots=True)
class LiveName:
    supplier: str
    call: UUID | None
    """None: the service was away when the call came."""
    uniqueid: str
    """Of the caller's channel: when it has hung up, the recording is over."""
    began: datetime
    """To the second where Asterisk began it by itself."""
    what: What
    """`leg`: recorded at the operator's side, so that the operator's channel comes first in it."""
    part: str
    """The queue or the dialogue."""

    @property
    def id(self) -> UUID:
        """The recording's own; the same file always gets the same."""
        return uuid5(_OURS, str(self))

    @property
    def file(self) -> str:
        """Where the finished recording will lie, below the folder of recordings."""
        return f"{self.supplier or UNKNOWN}/{self.began:%Y/%m/%d}/{self.id}.wav"

    def __str__(self) -> str:
        call = str(self.call) if self.call is not None else ""
        return f"{self.supplier}~{call}~{self.uniqueid}~{self.began.timestamp():.3f}~{self.what}~{self.part}"


def read_live_name(stem: str) -> LiveName | None:
    """What the name of a file without its suffix says; None for a file that is none of ours."""
    found = _NAME.fullmatch(stem)
    if found is None:
        return None
    try:
        call = UUID(found["call"]) if found["call"] else None
    except ValueError:
        return None
    supplier, what = found["supplier"], found["what"]
    # Asterisk knows a queue as `<supplier>-<queue>`.
    part = found["part"].removeprefix(f"{supplier}-") if what != "bot" else found["part"]
    began = datetime.fromtimestamp(float(found["epoch"]), UTC)
    return LiveName(supplier, call, found["uniqueid"], began, cast(What, what), part)
