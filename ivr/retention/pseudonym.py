"""A telephone or an account under another name: always the same one, and nobody can turn it back without the key. Pure.

Who rang twice is still one customer, so repeats and histories count as before.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from ivr.masking import PSEUDONYM

MARK = PSEUDONYM
_LONG = re.compile(r"\+?\d[\d\s()-]{5,}\d")
_PHONES = frozenset({"caller", "phone", "to"})
_NUMBERS = frozenset({"target"})


class Pseudonyms:
    """Of one supplier: another supplier's are others, even of the same telephone."""

    def __init__(self, key: str, supplier: str) -> None:
        self._key, self._supplier = key.encode(), supplier

    def of(self, what: str, value: str) -> str:
        """`what`: `phone` or `account`; one that is a pseudonym already stays as it is."""
        if value.startswith(MARK):
            return value
        digest = hmac.new(self._key, f"{self._supplier}\0{what}\0{value}".encode(), hashlib.sha256).digest()
        return MARK + base64.b32encode(digest[:12]).decode().rstrip("=").lower()

    def maybe(self, what: str, value: str | None) -> str | None:
        return self.of(what, value) if value else value

    def of_data(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The data of an event without anybody in it."""
        return {name: self._value(name, value) for name, value in data.items()}

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._value(key, item) for key, item in value.items()}
        if not isinstance(value, str) or not value:
            return value
        if name in _PHONES:
            return self.of("phone", value)
        if name == "account":
            return self.of("account", value)
        if name in _NUMBERS and _LONG.fullmatch(value):
            return self.of("phone", value)
        return value
