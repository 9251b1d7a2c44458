"""How a row of digits is dictated: whole, in groups, one by one, padded, by names of digits, and in mixtures of these.

Every way here has one right hearing. Where two groups side by side would run together («двадцать», «пять» for 205)
nobody who wants to be understood says them so, and neither does this grammar.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random

from corpus.spelling import FEMININE, NAMES, ONE_NAME, ONES, ZERO, below_thousand, cardinal

Way = Callable[[str, Random], list[str]]


def whole(digits: str, chance: Random) -> list[str]:
    """A cardinal, as on a cheque: «двенадцать тысяч триста сорок пять»; zeros before it are said first."""
    number = digits.lstrip("0")
    zeros = len(digits) - len(number)
    words = _zeros(zeros, chance) + (cardinal(int(number)) if number else [])
    if number and zeros == 0 and 1000 <= int(number) < 2000 and chance.random() < 0.6:
        words = words[1:]  # «тысяча двести»
    if number == "1500" and zeros == 0 and chance.random() < 0.5:
        return ["полторы", "тысячи"]
    if zeros == 0 and number.endswith("500") and len(number) in (4, 5) and chance.random() < 0.15:
        thousands = int(number[:-3])
        return [*below_thousand(thousands, feminine=True), "с", "половиной", "тысячи" if thousands < 5 else "тысяч"]
    return words


def whole_with_zeros(digits: str, chance: Random) -> list[str]:
    """«двенадцать тысяч ноль сорок пять»: the zeros after «тысяч» are said although they need not be."""
    number = digits.lstrip("0")
    if len(number) < 4 or number[-3] != "0" or number[-3:] == "000":
        return whole(digits, chance)
    tail = number[-3:].lstrip("0")
    words = cardinal(int(number[:-3]) * 1000)
    return _zeros(len(digits) - len(number), chance) + words + [ZERO] * (3 - len(tail)) + below_thousand(int(tail))


def one_by_one(digits: str, chance: Random) -> list[str]:
    words = _singles(digits, chance)
    if words[0] == "один" and len(words) > 2 and words[1] in ("два", "три") and chance.random() < 0.1:
        words[0] = "раз"
    return words


def _singles(digits: str, chance: Random) -> list[str]:
    """One digit after another, now and then by its name («пятёрочка»)."""
    return [ONE_NAME[int(digit)] if chance.random() < 0.02 else ONES[int(digit)] or ZERO for digit in digits]


def in_groups(digits: str, chance: Random) -> list[str]:
    """«двенадцать триста сорок пять», «двенадцать тридцать четыре пять»."""
    return [word for group in cut(digits, chance) for word in spoken(group)]


def with_counts(digits: str, chance: Random) -> list[str]:
    """«три нуля двадцать пять», «две пятёрки семь»: digits that repeat are said by their count."""
    runs = _runs(digits)
    if all(len(run) == 1 for run in runs):
        return in_groups(digits, chance)
    words: list[str] = []
    rest = ""
    for run in runs:
        if len(run) == 1:
            rest += run
            continue
        words += _singles(rest, chance) if rest else []
        rest = ""
        words += _count(run, chance)
    # What follows the last count may well be said as a group.
    return words + (in_groups(rest, chance) if rest else [])


def head_then_groups(digits: str, chance: Random) -> list[str]:
    """«один два триста сорок пять»: begun digit by digit, ended in a group."""
    if len(digits) < 4:
        return one_by_one(digits, chance)
    head = len(digits) - chance.choice((2, 3))
    tail = digits[head:]
    if tail[0] == "0" or digits[head - 1] == "0":
        return one_by_one(digits, chance)
    return _singles(digits[:head], chance) + below_thousand(int(tail))


def groups_then_tail(digits: str, chance: Random) -> list[str]:
    """«двенадцать три четыре пять»: begun with a group, ended digit by digit."""
    if len(digits) < 4 or digits[0] == "0" or digits[1] == "0" or digits[2] == "0":
        return in_groups(digits, chance)
    return below_thousand(int(digits[:2])) + _singles(digits[2:], chance)


WAYS: Sequence[tuple[int, Way]] = (
    (40, whole), (3, whole_with_zeros), (22, in_groups), (20, one_by_one), (5, with_counts), (5, head_then_groups),
    (5, groups_then_tail),
)  # fmt: skip
"""Each way with its share of a hundred."""


def dictated(digits: str, chance: Random) -> list[str]:
    ways = [way for _, way in WAYS]
    return chance.choices(ways, [share for share, _ in WAYS])[0](digits, chance)


def cut(digits: str, chance: Random) -> list[str]:
    """A division into groups of one to three digits, no two of which would be heard as one number."""
    for _ in range(40):
        groups: list[str] = []
        at = 0
        while at < len(digits):
            size = chance.choices((1, 2, 3), (1, 5, 4))[0]
            groups.append(digits[at : at + size])
            at += size
        if not any(runs_together(a, b) for a, b in pairwise(groups)):
            return groups
    return list(digits)


def spoken(group: str) -> list[str]:
    """«ноль пять» for 05, «триста пять» for 305."""
    number = group.lstrip("0")
    return [ZERO] * (len(group) - len(number)) + (below_thousand(int(number)) if number else [])


def runs_together(left: str, right: str) -> bool:
    """Whether two groups side by side are heard as one number."""
    value = int(left)
    if value >= 100 and value % 100 == 0:
        return right[0] == "0" or len(right) < 3
    if value >= 20 and value % 10 == 0:
        return len(right) == 1 and right != "0"
    return False


def _runs(digits: str) -> list[str]:
    runs: list[str] = []
    for digit in digits:
        if runs and runs[-1][0] == digit:
            runs[-1] += digit
        else:
            runs.append(digit)
    return runs


def _count(run: str, chance: Random) -> list[str]:
    digit, count = int(run[0]), len(run)
    if count in (2, 3) and digit == 0 and chance.random() < 0.15:
        return [{2: "дважды", 3: "трижды"}[count], ZERO]
    many = FEMININE.get(ONES[count], ONES[count]) if digit else ONES[count]
    return [many, NAMES[digit][0 if count < 5 else 1]]


def _zeros(count: int, chance: Random) -> list[str]:
    if count >= 2 and chance.random() < 0.4:
        return _count("0" * count, chance)
    return [ZERO] * count
