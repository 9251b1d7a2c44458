"""Cases and genders, as num2words names them."""

from enum import StrEnum
from typing import Literal

Gender = Literal["m", "f", "n"]


class Case(StrEnum):
    NOMINATIVE = "nominative"
    GENITIVE = "genitive"
    DATIVE = "dative"
    ACCUSATIVE = "accusative"
    INSTRUMENTAL = "instrumental"
    PREPOSITIONAL = "prepositional"
