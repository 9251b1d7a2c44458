"""One meter read out by a caller: every zone asked, judged and confirmed, whatever order the values come in.

A value that cannot be right is asked again in the same words whether it is too small or too great: the words must not
tell a stranger what the meter showed before.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Literal
from uuid import UUID

from bots import validation
from bots.meters import Meter, Zone, ZoneName
from bots.talk import Act, Answer, Question, Talk
from bots.validation import Verdict

ASKED_MOST = 4
"""Times one zone is asked before a person takes over."""
READ_BACK_MOST = 5
FAILED_MOST = 3
"""Values refused in one call before a person takes over."""

_FOR_A_PERSON: frozenset[Act] = frozenset(("opt_out", "wrong_person", "deceased", "dispute", "already_paid"))
_DOUBTED: frozenset[Verdict] = frozenset(("LESS", "IMPOSSIBLE", "TOO_MUCH"))
_FLAGGED: frozenset[Verdict] = frozenset(("ROLLOVER", "TOO_MUCH"))


class GiveUp(Exception):
    """The dialogue cannot go on; `outcome` says why."""

    def __init__(self, outcome: Literal["no_account", "no_match", "transferred"]) -> None:
        super().__init__(outcome)
        self.outcome = outcome


async def ask(talk: Talk, question: Question) -> Answer:
    """The answer, or `GiveUp`: a person is wanted, or nothing was understood on any rung."""
    answer = await talk.ask(question)
    if not isinstance(answer, Answer):
        raise GiveUp("transferred" if answer.why == "operator" else "no_match")
    if answer.act == "operator":
        raise GiveUp("transferred")
    if answer.act in _FOR_A_PERSON:
        await talk.say("readings.to_operator")
        raise GiveUp("transferred")
    return answer


class Dial:
    """The zones of one meter, from the first question to the last «да»."""

    def __init__(
        self,
        talk: Talk,
        meter: Meter,
        new_key: Callable[[], UUID],
        *,
        refused: Callable[[], Awaitable[None]] | None = None,
        refused_before: int = 0,
        tells_consumption: bool = False,
    ) -> None:
        """`refused` is told of each value that cannot be right; `refused_before`: how many there were today.

        `tells_consumption`: the caller has proved who they are, and may hear how much they would have used.
        """
        self._talk, self._meter, self._new_key = talk, meter, new_key
        self._on_refused, self._tells_consumption = refused, tells_consumption
        self._values: dict[ZoneName, int] = {}
        self._refused: dict[ZoneName, str] = {}
        self._confirmed: dict[ZoneName, tuple[int, UUID]] = {}
        self._flags: set[ZoneName] = set()
        self._doubted: set[ZoneName] = set()
        self._spell: set[ZoneName] = set()
        self._asked: dict[ZoneName, int] = {}
        self._failed = refused_before

    @property
    def heard(self) -> Mapping[str, str]:
        """What was said so far, confirmed or not, refused or not, by zone."""
        return dict([*self._refused.items(), *((zone, str(value)) for zone, value in self._values.items())])

    @property
    def confirmed(self) -> tuple[ZoneName, ...]:
        return tuple(self._confirmed)

    @property
    def flagged(self) -> bool:
        return bool(self._flags)

    async def take(self) -> Mapping[ZoneName, tuple[int, UUID]]:
        """Every zone's value with the key of the read-back that was confirmed."""
        while len(self._confirmed) < len(self._meter.zones):
            await self._collect()
            if not await self._turned():
                continue
            for zone in self._meter.zones:
                if zone.name not in self._confirmed and zone.name in self._values:
                    await self._confirm(zone)
        return dict(self._confirmed)

    async def _collect(self) -> None:
        """Ask until every zone has a value that may be read back."""
        while missing := [zone for zone in self._meter.zones if zone.name not in self._values]:
            first = missing[0].name
            self._asked[first] = self._asked.get(first, 0) + 1
            if self._asked[first] > ASKED_MOST:
                await self._to_operator("no_match")
            answer = await ask(
                self._talk,
                Question(f"readings.ask.{first}", "reading", meter=replace(self._meter, zones=tuple(missing))),
            )
            match answer.act:
                case "value":
                    await self._take_values(answer)
                case "same":
                    await self._same(missing)
                case "approximate":
                    await self._talk.say("readings.exact")
                case _:
                    await self._talk.say("readings.again")

    async def _take_values(self, answer: Answer) -> None:
        if "SWAP" in answer.verdict.values():
            await self._swap(answer.values, answer.proposed)
            return
        for zone in self._meter.zones:
            if zone.name in answer.values:
                await self._judged(zone.name, answer)

    async def _judged(self, zone: ZoneName, answer: Answer) -> bool:
        """Take one zone's value, or say why not."""
        verdict = answer.verdict[zone]
        if answer.doubtful:
            self._spell.add(zone)
        self._values.pop(zone, None)
        self._flags.discard(zone)
        if verdict == "TOO_LONG" and zone in answer.proposed:
            self._values[zone] = int(answer.proposed[zone])
            return True
        may_ask = verdict == "TOO_MUCH" and (zone in self._doubted or self._tells_consumption)
        if verdict in validation.CONFIRMABLE and (verdict != "TOO_MUCH" or may_ask):
            self._values[zone] = int(answer.values[zone])
            if verdict in _FLAGGED:
                self._flags.add(zone)
            return True
        self._refused[zone] = answer.values[zone]
        await self._count_refusal()
        if self._failed >= FAILED_MOST or (verdict in _DOUBTED and zone in self._doubted):
            await self._to_operator("transferred")
        if verdict in _DOUBTED:
            self._doubted.add(zone)
        await self._talk.say(_REFUSED.get(verdict, "readings.check"))
        return False

    async def _count_refusal(self) -> None:
        self._failed += 1
        if self._on_refused is not None:
            await self._on_refused()

    async def _same(self, missing: list[Zone]) -> None:
        """«столько же»: «да» to «расход ноль?» stores what the meter showed before, which is never spoken."""
        if any(zone.previous is None for zone in missing):
            await self._talk.say("readings.exact")
            return
        keys = {zone.name: self._new_key() for zone in missing}
        if await self._yes("readings.same"):
            for zone in missing:
                if zone.previous is not None:
                    self._values[zone.name] = zone.previous
                    self._confirmed[zone.name] = (zone.previous, keys[zone.name])
        else:
            await self._talk.say("readings.exact")

    async def _turned(self) -> bool:
        """Whether the zones may be read back: values given one by one can be the wrong way round as well."""
        open_zones = [zone.name for zone in self._meter.zones if zone.name not in self._confirmed]
        if len(open_zones) != 2 or len(self._meter.zones) != 2:
            return True
        judged = validation.judge(self._meter, {zone: str(value) for zone, value in self._values.items()})
        if "SWAP" not in judged.verdict.values():
            return True
        return await self._swap({zone: str(value) for zone, value in self._values.items()}, judged.proposed)

    async def _swap(self, said: Mapping[str, str], turned: Mapping[str, str]) -> bool:
        names = [zone.name for zone in self._meter.zones if zone.name in said]
        if await self._yes("readings.swapped"):
            self._values.update({name: int(turned[name]) for name in names})
            self._flags.difference_update(names)
            return True
        for name in names:
            self._values.pop(name, None)
        await self._count_refusal()
        if self._failed >= FAILED_MOST:
            await self._to_operator("transferred")
        await self._talk.say("readings.check")
        return False

    async def _confirm(self, zone: Zone) -> None:
        """Read a value back until the caller says yes, sets it right, or takes it back."""
        name = zone.name
        for _ in range(READ_BACK_MOST):
            value, key = self._values[name], self._new_key()
            answer = await ask(self._talk, self._read_back(zone, value))
            match answer.act:
                case "yes":
                    self._confirmed[name] = (value, key)
                    return
                case "value":
                    if not await self._corrected(name, answer):
                        return
                case "unsure":
                    self._spell.add(name)
                case _:
                    self._spell.add(name)
                    del self._values[name]
                    if answer.act != "no":
                        await self._talk.say("readings.again")
                    return
        await self._to_operator("no_match")

    async def _corrected(self, zone: ZoneName, answer: Answer) -> bool:
        """A correction inside the answer; False where the zone must be asked anew."""
        self._spell.add(zone)
        if zone not in answer.values:
            del self._values[zone]
            return False
        return await self._judged(zone, answer)

    def _read_back(self, zone: Zone, value: int) -> Question:
        slots: dict[str, object] = {"value": str(value), "digits": ", ".join(str(value))}
        if self._tells_consumption and zone.name in self._flags and value > (zone.previous or 0):
            key = f"readings.much.{zone.name}"
            slots["used"] = value - (zone.previous or 0)
        elif zone.previous is not None and value == zone.previous and len(self._meter.zones) == 1:
            key = "readings.zero_used"
        else:
            key = f"readings.{'spell' if zone.name in self._spell else 'confirm'}.{zone.name}"
        return Question(
            key,
            "confirm",
            slots,
            meter=replace(self._meter, zones=(zone,)),
            confirming={zone.name: value},
        )

    async def _yes(self, key: str) -> bool:
        # With its meter where a yes stores digits; turned zones are read back before they are stored.
        question = Question(key, "confirm", meter=self._meter if key == "readings.same" else None)
        answer = await ask(self._talk, question)
        if answer.act == "unsure":
            answer = await ask(self._talk, question)
        return answer.act == "yes"

    async def _to_operator(self, outcome: Literal["no_match", "transferred"]) -> None:
        await self._talk.say("readings.to_operator")
        raise GiveUp(outcome)


_REFUSED: Mapping[str, str] = {"ZERO_SAID": "readings.zero", "TOO_LONG": "readings.too_long"}
