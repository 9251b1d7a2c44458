"""The end of an account or of a meter's number: how it is spoken, and how callers say it."""

import re

from num2words import num2words

TAIL = 4
"""So many digits are spoken."""


def tail_of(number: str) -> str:
    """The last digits, as they are spoken; letters are left out."""
    return re.sub(r"[^0-9]", "", number)[-TAIL:] or "0"


def tail_said(tail: str) -> tuple[str, ...]:
    """How the end of an account may be said: as written, digit by digit, in pairs."""
    pairs = (tail[at : at + 2] for at in range(0, len(tail), 2))
    return tail, _worded(tail), " ".join(_worded(pair) if pair[0] == "0" else _cardinal(pair) for pair in pairs)


def _worded(digits: str) -> str:
    return " ".join(_cardinal(digit) for digit in digits)


def _cardinal(digits: str) -> str:
    return str(num2words(int(digits), lang="ru"))
