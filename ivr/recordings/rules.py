"""Which talks of a supplier are recorded (`recordings:` in line.yaml). Pure; read by `ivr.flow.supplier`."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["talk", "debt", "bot", "voicemail"]
"""Each is kept for its own time: talks with operators, talks about debts, a dialogue's own part, messages left."""

ALL = "all"


@dataclass(frozen=True, slots=True)
class Rules:
    """Queues and dialogues by name, or `all`. `debt` names those whose recordings are kept as talks about debts."""

    queues: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()
    debt: frozenset[str] = frozenset()
    announcement: str = ""
    """Said before the first recorded part of a call; empty where the flows say it themselves."""

    @property
    def anything(self) -> bool:
        return bool(self.queues or self.bots)

    def queue(self, name: str) -> bool:
        """Whether talks out of this queue are recorded."""
        return name in self.queues or ALL in self.queues

    def bot(self, name: str) -> bool:
        """Whether what callers and this dialogue say is recorded."""
        return name in self.bots or ALL in self.bots

    def kind(self, what: Literal["queue", "leg", "bot"], name: str) -> Kind:
        if name in self.debt:
            return "debt"
        return "bot" if what == "bot" else "talk"


NOTHING = Rules()
