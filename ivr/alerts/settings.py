"""What a supplier's alerts.yaml says: rules, and reports by schedule. Read by `ivr.flow.alerts_file`."""

from dataclasses import dataclass

from ivr.alerts.rules import Rule
from ivr.alerts.schedule import Scheduled


@dataclass(frozen=True, slots=True)
class Alerts:
    rules: tuple[Rule, ...] = ()
    reports: tuple[Scheduled, ...] = ()


NONE = Alerts()
