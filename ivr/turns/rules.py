"""Whether a supplier keeps the sound of answers, and how much of it (`turns:` in line.yaml). Pure."""

from dataclasses import dataclass

DAYS = 90
MEGABYTES = 500


@dataclass(frozen=True, slots=True)
class Rules:
    """Off unless somebody wrote otherwise: a recorded voice is personal data."""

    keep: bool = False
    days: int = DAYS
    megabytes: int = MEGABYTES
    """Of sound; beyond it the oldest goes."""
    accounts: bool = False
    """Whether answers that are accounts, telephones and other numbers of people are kept too."""


OFF = Rules()
