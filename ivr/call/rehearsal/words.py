"""Whether something was said: texts are compared as they sound, not as they are written."""

import re
from contextlib import suppress
from functools import lru_cache

from ivr.prompts import NotSpeakable
from ivr.prompts.pieces import pieces, spelled
from ivr.prompts.slots import without_stress

_NOT_WORDS = re.compile(r"[^0-9a-zа-я]+")


def contains(heard: str, wanted: str) -> bool:
    """Whether the words of `wanted` stand in `heard`, in their order; figures count as they are spoken."""
    said = f" {_plain(heard)} "
    return any(form in said for form in _forms(wanted))


@lru_cache(maxsize=4096)
def _forms(wanted: str) -> tuple[str, ...]:
    forms = [_plain(wanted)]
    with suppress(NotSpeakable):
        forms.append(_plain(spelled(pieces(wanted, {}))))
    return tuple(dict.fromkeys(filter(None, forms)))


def _plain(text: str) -> str:
    return _NOT_WORDS.sub(" ", without_stress(text).lower().replace("ё", "е")).strip()
