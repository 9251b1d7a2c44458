"""What a caller may say to any question: a person, again, louder, wait, do not ring, he has died, I owe nothing.

Each intent is a pattern over a normalised text. Strength is the order of `STRENGTH`; what is
 weaker but also said is kept.
"""

import re

from bots.talk import Act
from bots.understanding import sayings
from bots.understanding.lexicon import PLAIN
from bots.understanding.tokens import pieces

STRENGTH: tuple[Act, ...] = (
    "operator", "deceased", "wrong_person", "opt_out", "dispute", "already_paid", "promise", "approximate", "value",
    "choice", "same", "again", "louder", "slower", "repeat", "hold", "robot", "unsure", "no",
    "yes",
)  # fmt: skip

_AFTER_DIGITS: frozenset[Act] = frozenset(("dispute", "already_paid"))
_ANSWERS: frozenset[Act] = frozenset(("yes", "no", "unsure"))
_BESIDE_ANSWERS: frozenset[Act] = frozenset(("hold", "repeat", "louder", "slower", "operator"))


def heard(normal: str, *, confirming: bool = False) -> set[Act]:
    """The intents in a normalised text; `confirming`: where «вы ошиблись», «не согласен» mean digits."""
    found: set[Act] = set()
    spoken = pieces(normal)
    if len(spoken) > 1 and PLAIN.issuperset(spoken):
        return found
    if sayings.OPERATOR.search(normal) and not sayings.NOT_OPERATOR.search(normal):
        found.add("operator")
    if sayings.DECEASED.search(normal):
        found.add("deceased")
    wrong = sayings.WRONG_PERSON.search(normal)
    if wrong and not (confirming and wrong[0].endswith("ошиблись")):
        found.add("wrong_person")
    refused = sayings.OPT_OUT.search(normal)
    if refused and not sayings.NOT_NOW.search(normal):
        found.add("opt_out")
    if sayings.DISPUTE.search(normal) or (not confirming and sayings.DISAGREE.search(normal)):
        found.add("dispute")
    if sayings.PAID.search(normal) and not sayings.NOT_PAID.search(normal):
        found.add("already_paid")
    for act, pattern in _PLAIN:
        if pattern.search(normal):
            found.add(act)
    return found


_PLAIN: tuple[tuple[Act, re.Pattern[str]], ...] = (
    ("louder", sayings.LOUDER),
    ("slower", sayings.SLOWER),
    ("repeat", sayings.REPEAT),
    ("hold", sayings.HOLD),
    ("robot", sayings.ROBOT),
)


def same(normal: str) -> bool:
    return sayings.SAME.search(normal) is not None


def this_number(normal: str) -> bool:
    """«на этот же номер»: the one the caller rings from."""
    return sayings.THIS_NUMBER.search(normal) is not None


def restart(normal: str) -> bool:
    return sayings.AGAIN.search(normal) is not None


def strongest(found: set[Act]) -> tuple[Act, tuple[Act, ...]]:
    """The act that decides, and the others in the same words."""
    order = [act for act in STRENGTH if act in found]
    if "value" in found:
        # Who dictates digits is not here to argue: what was paid or is disputed is told beside them.
        later = [act for act in order if act in _AFTER_DIGITS]
        order = [act for act in order if act not in _AFTER_DIGITS]
        after = order.index("value") + 1
        order[after:after] = later
    if not order:
        return "nothing", ()
    # «здесь таких нет» says no to nothing: an answer is told beside a request only.
    rest = order[1:] if order[0] in _BESIDE_ANSWERS else [act for act in order[1:] if act not in _ANSWERS]
    return order[0], tuple(rest)
