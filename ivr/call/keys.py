"""Keys pressed one after another, and when they are an answer. Pure: it is told of keys and of silences."""

from dataclasses import dataclass, field

from ivr.call.phone import KeysWanted


@dataclass(slots=True)
class KeyEntry:
    """The keys of one answer. `done`: no more are wanted, what comes now belongs to the next question."""

    wanted: KeysWanted
    keys: str = ""
    done: bool = False
    touched: bool = field(default=False)
    """Whether any key that counts was pressed, `end` and `clear` included."""
    late: str = ""
    """Keys pressed after the answer was done."""
    _cleared: bool = False

    def press(self, key: str) -> bool:
        """Whether the key counts. `end` closes, `clear` starts anew; `clear` twice running is an answer by itself."""
        wanted = self.wanted
        if self.done:
            self.late += key
            return False
        if wanted.clear and key in wanted.clear:
            self.touched = True
            if self._cleared:
                self.keys, self.done = key * 2, True
            else:
                self.keys, self._cleared = "", True
            return True
        if wanted.end and key in wanted.end:
            self.touched = self.done = True
            return True
        if key not in wanted.allowed:
            return False
        self.touched, self._cleared = True, False
        self.keys += key
        self.done = len(self.keys) >= wanted.most
        return True

    @property
    def counting(self) -> str:
        """Every key that counts."""
        wanted = self.wanted
        return "".join(dict.fromkeys(wanted.allowed + wanted.end + wanted.clear))

    @property
    def missing(self) -> int:
        """How many keys may still come."""
        return max(self.wanted.most - len(self.keys), 0)

    @property
    def patience(self) -> float:
        """Seconds of silence to wait for the next key."""
        return self.wanted.next_seconds if self.touched else self.wanted.first_seconds
