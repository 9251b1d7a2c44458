"""Which telephones we may ring back. Pure."""

import re
from collections.abc import Collection

from ivr.billing.phones import normal_phone

_SOMEBODYS = re.compile(r"\+7(?:[349][0-9]{2}|8[1-9][0-9])[0-9]{7}")
"""A Russian telephone, fixed or mobile: no short number, no free-phone one (8-80x), no other country's."""


def ringable(phone: str, own: Collection[str] = ()) -> str | None:
    """The number as E.164, if it is somebody's telephone in Russia and none of `own`."""
    number = normal_phone(phone)
    if number is None or not _SOMEBODYS.fullmatch(number):
        return None
    return None if number in {normal_phone(line) for line in own} else number
