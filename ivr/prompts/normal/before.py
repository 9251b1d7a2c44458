"""What stands before a number and decides its case: prepositions and words like «более». Shared by all rules."""

import re
from collections.abc import Callable
from decimal import Decimal
from re import Match

from ivr.prompts.cases import Case

Rule = tuple[re.Pattern[str], str | Callable[[Match[str]], str]]

_CASES = {
    **dict.fromkeys(
        ("до", "с", "со", "от", "из", "без", "для", "после", "около", "у", "более", "менее", "больше", "меньше",
         "свыше", "порядка", "в течение", "кроме", "вместо", "ранее", "позднее", "позже", "раньше", "выше", "ниже",
         "не превышает", "в размере", "на сумму более", "в пределах", "вокруг", "не менее", "не более", "относительно"),
        Case.GENITIVE,
    ),
    **dict.fromkeys(("к", "ко", "по", "согласно", "благодаря"), Case.DATIVE),
    **dict.fromkeys(
        ("за", "на", "в", "во", "через", "про", "должны", "должен", "должна", "оплатите", "внесите", "заплатите",
         "доплатите", "оплатить", "внести", "заплатить", "уплатить", "доплатить", "начислили", "списали", "вернём",
         "вернем", "внесли", "оплатили", "заплатили", "получили", "переплатили"),
        Case.ACCUSATIVE,
    ),
    **dict.fromkeys(("перед", "между", "над", "под"), Case.INSTRUMENTAL),
    **dict.fromkeys(("о", "об", "при"), Case.PREPOSITIONAL),
}  # fmt: skip

_LONGEST_FIRST = "|".join(sorted(map(re.escape, _CASES), key=len, reverse=True))
BEFORE = rf"(?:(?P<before>\b(?:{_LONGEST_FIRST}))\s+)?"
PREPOSITION_LAST = re.compile(rf"\b(?:{_LONGEST_FIRST})\s+$", re.IGNORECASE)
"""A text that ends on a preposition: it decides the case of what follows."""

NUMBER = r"[0-9]{1,3}(?: [0-9]{3})+(?![0-9])|[0-9]+"
MINUS = r"(?:(?<![\w.,)-])(?P<minus>[-\u2212\u2013])(?=[0-9]))?"


def case_after(preposition: str) -> Case:
    return _CASES.get(" ".join(preposition.lower().split()), Case.NOMINATIVE)


def case_of(match: Match[str]) -> Case:
    return case_after(match["before"] or "")


def lead(match: Match[str]) -> str:
    return f"{match['before']} " if match["before"] else ""


def integer(text: str) -> int:
    return int(text.replace(" ", ""))


def value_of(match: Match[str]) -> Decimal:
    """The number of a match with its part after the comma, and its sign."""
    parts = match.groupdict()
    whole = Decimal(integer(parts["number"]))
    value = whole + Decimal(f"0.{parts['part']}") if parts.get("part") else whole
    return -value if parts.get("minus") else value


def rules(*pairs: tuple[str, str | Callable[[Match[str]], str]]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), rule) for pattern, rule in pairs)
