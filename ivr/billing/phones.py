"""A telephone number in one spelling, so that a caller's number finds the account it is written at."""

import re

_NOT_DIGIT = re.compile(r"[^0-9]+")


def normal_phone(spoken: str) -> str | None:
    """`8 (913) 000-00-01`, `9130000001` and `+79130000001` are all `+79130000001`; None when it is no number.

    National spellings are Russian; a number that already says its country with `+` keeps it.
    """
    digits = _NOT_DIGIT.sub("", spoken)
    if spoken.lstrip().startswith("+"):
        return f"+{digits}" if 8 <= len(digits) <= 15 else None
    if len(digits) == 11 and digits[0] in "78":
        return f"+7{digits[1:]}"
    if len(digits) == 10:
        return f"+7{digits}"
    return None
