"""What proves that a caller belongs to an account: the end of a meter's number, the flat, the last payment. Pure."""

import re
from collections.abc import Iterable

TAIL = 4
"""So many last digits of a meter's number are a secret; fewer are a guess."""


def is_secret(given: str, *, serials: Iterable[str], flat: str, last_payment: int | None) -> bool:
    """Whether what was given is one of the account's secrets; the payment in roubles, or with its kopecks."""
    digits = _digits(given)
    if not digits:
        return False
    if flat and digits == _digits(flat):
        return True
    if len(digits) >= TAIL and any(_digits(serial).endswith(digits) for serial in serials):
        return True
    if last_payment is None or last_payment <= 0:
        return False
    roubles, kopecks = divmod(last_payment, 100)
    return digits == f"{roubles}{kopecks:02}" or digits == str(roubles)


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
