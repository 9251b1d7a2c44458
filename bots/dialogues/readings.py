"""The reading dialogue: whose account, what each meter shows, «верно?», and «Принято» once it is stored.

It speaks through `Talk` and asks billing through `Desk`. What was not confirmed is never stored as a reading: it is
left as a draft for the operators, whichever way the call ends.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Literal
from uuid import UUID

from bots import validation
from bots.desk import Account, AccountMeter, DeskAway, KeptDraft, ReadingToStore, TakenReading
from bots.dialogue import Dialogue
from bots.dialogues.dial import FAILED_MOST, Dial
from bots.dialogues.identify import Identify
from bots.dialogues.identify_prompts import FINDS
from bots.dialogues.identify_prompts import PROMPTS as IDENTIFY
from bots.dialogues.reading_prompts import PROMPTS
from bots.dialogues.script import ENDS, Ended, Script
from bots.dialogues.script import PROMPTS as MANNERS
from bots.disclosure import Level
from bots.meters import ZoneName
from bots.outcome import HeardMeter
from bots.period import Place, Window, place
from bots.talk import Answer, CallerLeft, NoAnswer, Question, Talk
from bots.understanding.tails import tail_of
from bots.understanding.understand import understand

How = Literal["accepted", "accepted_flagged", "already_sent", "refused_window", "smart_meter", "skipped"]
_WORTH: Sequence[How] = (
    "accepted_flagged", "accepted", "already_sent", "refused_window", "smart_meter", "skipped",
)  # fmt: skip
"""Of several meters the first of these names the outcome."""
_LIKELY = frozenset(("OK", "SAME", "ROLLOVER", "SWAP"))
_RESUMABLE = frozenset(("OK", "SAME", "ROLLOVER"))
EVERY_DAY = Window()
Confirmed = Mapping[ZoneName, tuple[int, UUID]]
"""Every zone's value with the key of its read-back."""


class SkipsMeter(Exception):
    """The caller has no reading of this meter; there are others."""


class Begun:
    """A `Talk` in which the first question for a reading may be answered by what the caller has said already."""

    def __init__(self, talk: Talk, first: Answer | None, *, skippable: bool) -> None:
        self._talk, self._first, self._skippable = talk, first, skippable
        self.by = "voice"
        """How the last reading was given."""

    async def say(self, key: str, **slots: object) -> None:
        await self._talk.say(key, **slots)

    async def ask(self, question: Question) -> Answer | NoAnswer:
        if question.expect != "reading":
            return await self._talk.ask(question)
        answer, self._first = self._first, None
        if answer is not None:
            self._skippable = False
            return answer
        heard = await self._talk.ask(question)
        if isinstance(heard, Answer):
            self.by = heard.by
        if self._skippable and isinstance(heard, Answer) and heard.act in ("no", "unsure"):
            raise SkipsMeter
        self._skippable = False
        return heard


class Readings(Script):
    """One caller's readings, of every meter of the account."""

    dialogue = "readings"

    async def course(self) -> str:
        account = await Identify(self).account()
        return await self.take(account)

    async def take(self, account: Account, said: Answer | None = None) -> str:
        """Every meter of a known account; `said` is a reading the caller has begun with."""
        meters = await self.seat.desk.meters(account.number)
        if not meters:
            await self.talk.say("readings.no_meters")
            return "no_meters"
        if all(item.smart for item in meters):
            if await self.yes(Question("readings.smart", "confirm")):
                await self.to_operator()
            return "smart_meter"
        if await self._refused_today(account) >= self.seat.rules.refused_a_day:
            await self.talk.say("readings.too_many")
            return "transferred"
        asked = [item for item in meters if not item.smart]
        if len(asked) == 1:
            said = said or self._said_before(asked[0])
        taken, drafts = await self._history(account, asked)
        ends: list[tuple[How, Place]] = []
        for item in meters:
            if len(meters) > 1:
                await self.talk.say(f"readings.meter.{item.resource}", tail=tail_of(item.serial))
            ends.append(await self._one_meter(account, item, said, taken, drafts, several=len(asked) > 1))
        if any(where.state != "open" for how, where in ends if how in ("accepted", "accepted_flagged")):
            await self.talk.say("readings.next_period")
        names = {how for how, _ in ends}
        return next(how for how in _WORTH if how in names)

    async def _one_meter(
        self,
        account: Account,
        item: AccountMeter,
        said: Answer | None,
        taken: Sequence[TakenReading],
        drafts: Sequence[KeptDraft],
        *,
        several: bool,
    ) -> tuple[How, Place]:
        where = self._place(account, item)
        if item.smart:
            await self.talk.say("readings.smart_one")
            return "smart_meter", where
        if not where.accepted:
            await self.talk.say("readings.window_closed", opens=where.opens.date())
            return "refused_window", where
        earlier = next((one for one in taken if one.serial == item.serial and one.at >= where.since), None)
        try:
            wanted = earlier is None or await self._replaces(account, earlier)
        except (CallerLeft, Ended):
            if said is not None:
                await self._draft_of(account, item, dict(said.values), ())
            raise
        if not wanted:
            await self.talk.say("readings.kept")
            return "already_sent", where
        if said is None:
            said = await self._resumed(item, drafts, earlier)
        return await self._dialled(account, item, said, several=several), where

    def _place(self, account: Account, item: AccountMeter) -> Place:
        rules = self.seat.rules
        return place(item.window or rules.window or EVERY_DAY, self.seat.now(), rules.zone_of(account))

    # -- what the caller has begun with ---------------------------------------------------------------------------

    def _said_before(self, item: AccountMeter) -> Answer | None:
        """«показания двенадцать триста», said to the open question: the first answer is there already."""
        said = self.seat.caller.said
        question = Question("readings.ask.single", "reading", meter=item.meter)
        answer = understand(question, said, self.seat.today()) if said else Answer("nothing")
        # Words to an open question are about anything: a number that cannot be the reading is not one.
        fits = answer.act == "value" and _LIKELY.issuperset(answer.verdict.values())
        if not fits and answer.act != "same":
            return None
        self.seat.caller.use_said()
        return answer

    async def _resumed(
        self, item: AccountMeter, drafts: Sequence[KeptDraft], earlier: TakenReading | None
    ) -> Answer | None:
        """What was heard before the last call broke off, if the caller goes on with it."""
        draft = next((one for one in drafts if one.serial == item.serial), None)
        # Below L1 whoever names an account would hear what somebody else has dictated for it.
        if draft is None or not self.seat.caller.level.reaches(Level.L1):
            return None
        zones = {zone.name for zone in item.meter.zones}
        raw: dict[str, str] = {
            zone: value for zone, value in draft.heard.items() if zone in zones and value.isdecimal()
        }
        judged = validation.judge(item.meter, raw)
        stale = earlier is not None and earlier.at >= draft.at
        if stale or not raw or not _RESUMABLE.issuperset(judged.verdict.values()):
            return None
        if not await self.yes(Question("readings.resume", "confirm")):
            return None
        return Answer("value", raw, dict(judged.verdict), dict(judged.proposed), reconfirm=True)

    async def _replaces(self, account: Account, earlier: TakenReading) -> bool:
        day = self.seat.rules.day(earlier.at, account)
        if not self.seat.caller.level.reaches(Level.L1):
            return await self.yes(Question("readings.sent", "confirm"))
        if day == self.seat.today():
            return await self.yes(Question("readings.sent_today", "confirm"))
        return await self.yes(Question("readings.sent_on", "confirm", {"day": day}))

    async def _history(
        self, account: Account, asked: Sequence[AccountMeter]
    ) -> tuple[Sequence[TakenReading], Sequence[KeptDraft]]:
        """What came of this account before. It only spares questions: without it a reading is taken all the same."""
        since = min(self._place(account, item).since for item in asked)
        recent = self.seat.now() - timedelta(minutes=self.seat.rules.draft_minutes)
        taken: Sequence[TakenReading] = ()
        drafts: Sequence[KeptDraft] = ()
        with suppress(DeskAway):
            taken = await self.seat.desk.taken(account.number, since)
        with suppress(DeskAway):
            drafts = await self.seat.desk.drafts(account.number, recent)
        return taken, drafts

    async def _refused_today(self, account: Account) -> int:
        try:
            return await self.seat.desk.bad_tries(account.number, self.seat.today())
        except DeskAway:
            return 0

    # -- one meter, to the end ------------------------------------------------------------------------------------

    async def _dialled(self, account: Account, item: AccountMeter, said: Answer | None, *, several: bool) -> How:
        async def refused() -> None:
            with suppress(DeskAway):
                await self.seat.desk.note_bad_try(account.number, self.seat.now())

        begun = Begun(self.talk, said, skippable=several)
        left = self.seat.rules.refused_a_day - await self._refused_today(account)
        dial = Dial(
            begun,
            item.meter,
            self.seat.new_key,
            refused=refused,
            refused_before=FAILED_MOST - left,
            tells_consumption=self.seat.caller.level.reaches(Level.L2),
        )
        settled = False
        try:
            reading = self._reading(account, item, await dial.take(), flagged=dial.flagged, source=begun.by)
            kept = await self.seat.desk.store_reading(reading)
            settled = True
        except SkipsMeter:
            settled = True
            await self.talk.say("readings.skipped")
            return "skipped"
        except DeskAway:
            await self.talk.say("readings.not_stored")
            raise Ended("billing_away") from None
        finally:
            # Whatever ends it here — a hang-up, a person wanted, a broken link — what was heard is not lost.
            if not settled:
                await self._keep_draft(account, item, dial)
        self.stored.append(reading)
        await self.talk.say("readings.accepted" if kept == "stored" else "readings.accepted_outbox")
        return "accepted_flagged" if reading.flagged else "accepted"

    def _reading(
        self, account: Account, item: AccountMeter, confirmed: Confirmed, *, flagged: bool, source: str
    ) -> ReadingToStore:
        return ReadingToStore(
            account.number,
            item.serial,
            {zone: value for zone, (value, _) in confirmed.items()},
            {zone: key for zone, (_, key) in confirmed.items()},
            at=self.seat.now(),
            flagged=flagged,
            source=source,
            call=self.seat.call,
        )

    async def _keep_draft(self, account: Account, item: AccountMeter, dial: Dial) -> None:
        await self._draft_of(account, item, dict(dial.heard), dial.confirmed)

    async def _draft_of(
        self, account: Account, item: AccountMeter, heard: Mapping[str, str], confirmed: tuple[str, ...]
    ) -> None:
        missing = tuple(zone.name for zone in item.meter.zones if zone.name not in heard)
        self.unstored.append(HeardMeter(item.serial, item.resource, heard, confirmed, missing))
        if not heard:
            return
        # Nobody is left to tell, or the operator is coming: a lost draft must not lose the call as well.
        with suppress(DeskAway):
            await self.seat.desk.keep_draft(account.number, item.serial, heard, self.seat.call)


OUTCOMES: Mapping[str, str] = {
    "accepted": "показания приняты",
    "accepted_flagged": "показания приняты с пометкой: необычно велики или счётчик прошёл через ноль",
    "already_sent": "показания за этот период уже были, позвонивший оставил прежние",
    "refused_window": "сейчас показания не принимаются",
    "smart_meter": "счётчик передаёт показания сам",
    "skipped": "ни одного показания позвонивший не назвал",
    "no_meters": "на лицевом счёте нет счётчиков",
}

DIALOGUE = Dialogue(
    name="readings",
    title="Принять показания",
    outcomes={**OUTCOMES, **FINDS, **ENDS},
    prompts={**PROMPTS, **IDENTIFY, **MANNERS},
    make=Readings,
)
