"""Who is told what: one address of a supplier's webhooks.yaml (read by `ivr.flow.webhooks_file`). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Told = Literal["contact", "reading", "request", "rating", "alert"]
EVENTS: tuple[Told, ...] = get_args(Told)
OF_CALLS: tuple[Told, ...] = ("contact", "reading", "request", "rating")
"""Those that calls bring; alerts come from watching (`ivr.alerts`)."""


@dataclass(frozen=True, slots=True)
class Subscription:
    name: str
    url: str
    events: frozenset[Told]

    @property
    def destination(self) -> str:
        """What the outbox calls it."""
        return f"webhook-{self.name}"

    def secret_name(self, supplier: str) -> str:
        """Its file in `secrets/`; made up when it is missing."""
        return f"webhook-{supplier}-{self.name}"


def wanted(subscriptions: Iterable[Subscription], event: Told) -> list[Subscription]:
    return [one for one in subscriptions if event in one.events]
