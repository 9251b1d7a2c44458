"""Whether a reading can be right: the verdicts, first hit first. Pure arithmetic on the meter's history.

Nothing here knows how the digits were said; `raw` keeps leading zeros because length is judged on what was dictated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bots.meters import Meter, Zone

Verdict = Literal["OK", "SAME", "ZERO_SAID", "ROLLOVER", "LESS", "SWAP", "TOO_LONG", "TOO_MUCH", "IMPOSSIBLE"]

ACCEPTABLE: frozenset[Verdict] = frozenset(("OK", "SAME"))
CONFIRMABLE: frozenset[Verdict] = frozenset(("OK", "SAME", "ROLLOVER", "TOO_MUCH", "SWAP"))
"""What a «да» would store."""
_SWAPPABLE: frozenset[Verdict] = frozenset(("LESS", "IMPOSSIBLE", "TOO_MUCH"))
HOURS = 24
_UNKNOWN = Zone("single")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Verdicts by zone, and the better values where there are some."""

    verdict: Mapping[str, Verdict]
    proposed: Mapping[str, str] = field(default_factory=dict)

    @property
    def storable(self) -> bool:
        """Whether a «да» to the read-back would store all of it."""
        return bool(self.verdict) and all(
            verdict in CONFIRMABLE or (verdict == "TOO_LONG" and zone in self.proposed)
            for zone, verdict in self.verdict.items()
        )


def judge(meter: Meter, raw: Mapping[str, str]) -> Judgement:
    """The verdicts on what was said for one or more zones of a meter."""
    zones: dict[str, Zone] = {zone.name: zone for zone in meter.zones}
    verdict: dict[str, Verdict] = {}
    proposed: dict[str, str] = {}
    for name, said in raw.items():
        zone = zones.get(name, _UNKNOWN)
        verdict[name] = of(meter, zone, said)
        if verdict[name] == "TOO_LONG" and meter.fraction and len(said) == meter.digits + meter.fraction:
            cut = said[: meter.digits]
            if of(meter, zone, cut) in ACCEPTABLE:
                proposed[name] = str(int(cut))
    return _swapped(meter, raw, verdict) or Judgement(verdict, proposed)


def _swapped(meter: Meter, raw: Mapping[str, str], verdict: Mapping[str, Verdict]) -> Judgement | None:
    """Day said for night and night for day: as spoken it fails, the other way round it passes."""
    if len(meter.zones) != 2 or len(raw) != 2 or not any(found in _SWAPPABLE for found in verdict.values()):
        return None
    first, second = meter.zones
    if first.name not in raw or second.name not in raw:
        return None
    turned = {first.name: raw[second.name], second.name: raw[first.name]}
    if any(of(meter, zone, turned[zone.name]) not in ACCEPTABLE for zone in meter.zones):
        return None
    return Judgement(
        {first.name: "SWAP", second.name: "SWAP"}, {name: str(int(value)) for name, value in turned.items()}
    )


def of(meter: Meter, zone: Zone, raw: str) -> Verdict:
    """The verdict on one zone's digits, leading zeros included."""
    if len(raw) > meter.digits:
        return "TOO_LONG"
    if zone.previous is None:
        return "OK"
    value, previous = int(raw), zone.previous
    days = max(zone.days, 1)
    usual = (zone.daily or 0.0) * days
    limit = max(3 * usual, usual + 300)
    full = 10**meter.digits
    # A previous reading this dial cannot show (another meter's, perhaps) never goes round it.
    near_full = 10 * previous >= 9 * full and previous < full
    rollover = value < previous and near_full and full - previous + value <= limit
    if value == 0 and previous > 0 and not rollover:
        return "ZERO_SAID"
    if value == previous:
        return "SAME"
    if rollover:
        return "ROLLOVER"
    if value < previous:
        return "LESS"
    used = value - previous
    if used > meter.max_kw * HOURS * days:
        return "IMPOSSIBLE"
    if used > limit:
        return "TOO_MUCH"
    return "OK"
