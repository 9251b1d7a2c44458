"""A meter's digits out of an utterance: pauses taken out, zones told apart, corrections applied, verdicts added."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bots import validation
from bots.meters import Meter, Zone
from bots.talk import Act, Question
from bots.understanding import zones
from bots.understanding.intents import same
from bots.understanding.tokens import NUMBER_KINDS, Token, lex

_IDIOMS = re.compile(r"\b(?:на все )?(?:сто процентов|100 ?процентов|на все сто)\b")
_ANY = Meter(digits=9, fraction=0)


@dataclass(frozen=True, slots=True)
class ReadingHeard:
    act: Act | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    verdict: Mapping[str, str] = field(default_factory=dict)
    proposed: Mapping[str, str] = field(default_factory=dict)
    reconfirm: bool = False
    numbers: bool = False
    unchanged: bool = False
    """The very values just read back."""
    doubtful: bool = False
    """A digit was guessed from its sound: it is to be read back digit by digit."""
    lone: bool = False
    """One digit alone, not put in the place of another."""


def reading(question: Question, normal: str, *, answering: bool = False) -> ReadingHeard:
    """What an utterance says about a meter's digits; `answering`: to «верно?»."""
    meter = question.meter or (_ANY if not question.confirming else _unknown(question.confirming))
    tokens = lex(_IDIOMS.sub(" верно ", normal), fraction=meter.fraction)
    if not any(token.kind in NUMBER_KINDS for token in tokens):
        return ReadingHeard()
    if any(token.kind == "approx" for token in tokens):
        return ReadingHeard("approximate", numbers=True)
    found = zones.heard(tokens, meter, question.confirming, answering=answering)
    if same(normal) and _only_zeros(tokens):
        return ReadingHeard("same", reconfirm=True, numbers=True)
    if found is None:
        return ReadingHeard()
    if isinstance(found, str):
        return ReadingHeard(found, numbers=True)
    judged = validation.judge(meter, found.raw)
    values = {zone: str(int(raw)) for zone, raw in found.raw.items()}
    unchanged = values == {zone: str(value) for zone, value in question.confirming.items()}
    return ReadingHeard(
        "value",
        values,
        judged.verdict,
        judged.proposed,
        judged.storable,
        True,
        unchanged,
        found.doubtful,
        _lone(tokens),
    )


def _lone(tokens: Sequence[Token]) -> bool:
    digits = [token for token in tokens if token.kind in NUMBER_KINDS]
    return (
        len(digits) == 1
        and digits[0].kind in ("unit", "zero")
        and not any(token.kind in ("not", "zone") for token in tokens)
    )


def _only_zeros(tokens: Sequence[Token]) -> bool:
    """«на нулях», «расход ноль»: digits that belong to «столько же»."""
    return all(token.kind in ("zero", "plural") and not token.value for token in tokens if token.kind in NUMBER_KINDS)


def _unknown(confirming: Mapping[str, int]) -> Meter:
    """A meter nobody described, with the zones that were read back and no history."""
    places = max(6, *(len(str(value)) for value in confirming.values()))
    known = {"single", "day", "night", "peak", "half_peak"}
    named = tuple(Zone(zone) for zone in confirming if zone in known)  # type: ignore[arg-type]
    return Meter(digits=places, fraction=0, zones=named or (Zone("single"),))
