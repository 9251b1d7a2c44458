"""How loud our own prompt comes back on this line: nothing that is not louder than that is the caller.

Pure: told frame by frame how loud we were and how loud it was heard. It begins with a bad line and learns a better one
in the first second of the first prompt; a prompt that was broken off by nobody makes it more careful.
"""

from collections import deque

import numpy as np

from asterisk.audio.protocol import FRAME_BYTES

SILENT_DB = -90.0
WORST_DB = -8.0
"""An echo louder than this against what we sent is no echo."""
BEST_DB = -60.0
_AT_FIRST_DB = -20.0
_MARGIN_DB = 6.0
_TAIL = 25
"""Frames for which an echo may be late (0.5 s)."""
_WINDOW = 40
"""Frames of a loud prompt after which the loudest echo among them is believed (0.8 s)."""
_LEAST_SENT_DB = -40.0
"""Quieter than this a prompt tells nothing."""
_BETTER_DB = 8.0
"""How much less echo is believed at once."""


def levels(pcm: bytes) -> list[float]:
    """How loud each frame of 20 ms is, against full scale."""
    whole = len(pcm) - len(pcm) % FRAME_BYTES
    frames = np.frombuffer(pcm[:whole], dtype="<i2").astype(np.float32).reshape(-1, FRAME_BYTES // 2)
    power = np.einsum("ij,ij->i", frames, frames) / (FRAME_BYTES // 2) / 2.0**30
    found: list[float] = (10 * np.log10(power + 1e-9)).tolist()
    return found if whole == len(pcm) else [*found, SILENT_DB]


class Echo:
    """Of one call, kept from prompt to prompt."""

    def __init__(self) -> None:
        self.return_db = _AT_FIRST_DB
        """How much louder (so a negative number) the line gives back what it was sent."""
        self._sent: deque[float] = deque([SILENT_DB] * _TAIL, maxlen=_TAIL)
        self._loudest = SILENT_DB
        self._seen = 0
        self._worst = BEST_DB
        self._suspect = BEST_DB

    @property
    def bound_db(self) -> float:
        """What is not louder may be an echo."""
        return self._loudest + self.return_db + _MARGIN_DB if self._loudest > SILENT_DB else -200.0

    def sent(self, level_db: float) -> None:
        """20 ms went out, of this level; silence too is sent."""
        if level_db <= SILENT_DB and self._loudest <= SILENT_DB:
            return  # nothing has been said for a while, and still is not
        gone = self._sent[0]
        self._sent.append(level_db)
        if level_db >= self._loudest:
            self._loudest = level_db
        elif gone >= self._loudest:
            self._loudest = max(self._sent)

    def heard(self, level_db: float, *, caller: bool) -> None:
        """20 ms came in while or just after we spoke; `caller`: they were taken for the caller's voice."""
        if self._loudest < _LEAST_SENT_DB:
            return
        returned = min(max(level_db - self._loudest, BEST_DB), WORST_DB)
        if caller:
            self._suspect = max(self._suspect, returned)
            return
        if returned > self.return_db:
            self.return_db += 0.3 * (returned - self.return_db)
        self._worst = max(self._worst, returned)
        self._seen += 1
        if self._seen >= _WINDOW:
            if self._worst < self.return_db:
                self.return_db = max(self._worst, self.return_db - _BETTER_DB)
            self._seen, self._worst = 0, BEST_DB

    def was_nobody(self) -> None:
        """What paused the prompt said nothing and ended with it: it may have been the prompt itself."""
        self.return_db = max(self.return_db, self._suspect)
        self._suspect = BEST_DB

    def was_somebody(self) -> None:
        self._suspect = BEST_DB
