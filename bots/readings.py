"""The reading dialogue: whose account, what the meter shows, «верно?», and «Принято» once it is stored.

It speaks through `Talk` and asks billing through `Desk`. What was not confirmed is never stored as a reading: it is
left as a draft for the operators, whichever way the call ends.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from bots.desk import Account, AccountMeter, Desk, DeskAway, ReadingToStore
from bots.dial import Dial, GiveUp, ask
from bots.period import Window
from bots.reading_prompts import PROMPTS as PROMPTS
from bots.talk import CallerLeft, Question, Talk

OutcomeName = Literal[
    "accepted", "accepted_flagged", "no_account", "no_meters", "no_match", "transferred", "refused_window",
    "billing_away",
]  # fmt: skip

ACCOUNT_TRIES = 3
TAIL = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the dialogue ended, what was stored, and what was heard but not confirmed (by meter and zone)."""

    name: OutcomeName
    account: str | None = None
    stored: tuple[ReadingToStore, ...] = ()
    heard: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Readings:
    """One caller's readings. `new_key` makes the key of a read-back; `window` is None where every day is good."""

    def __init__(
        self,
        talk: Talk,
        desk: Desk,
        *,
        now: Callable[[], datetime],
        new_key: Callable[[], UUID],
        call: UUID | None = None,
        window: Window | None = None,
        account_lengths: tuple[int, ...] = (10,),
        account_pattern: str | None = None,
    ) -> None:
        self._talk, self._desk = talk, desk
        self._now, self._new_key, self._call = now, new_key, call
        self._window = window
        self._lengths, self._pattern = account_lengths, account_pattern
        self._account: Account | None = None
        self._stored: list[ReadingToStore] = []
        self._heard: dict[str, Mapping[str, str]] = {}

    async def run(self, caller: str | None) -> Outcome:
        """The whole dialogue; a hang-up raises `CallerLeft` once the draft is kept."""
        try:
            return self._outcome(await self._take(caller))
        except GiveUp as gone:
            return self._outcome(gone.outcome)
        except DeskAway:
            await self._talk.say("readings.billing_away")
            return self._outcome("billing_away")

    def _outcome(self, name: OutcomeName) -> Outcome:
        number = self._account.number if self._account else None
        return Outcome(name, number, tuple(self._stored), dict(self._heard))

    async def _take(self, caller: str | None) -> OutcomeName:
        open_now = self._window is None or self._window.open_on(self._now().date())
        if self._window is not None and not open_now and self._window.late == "reject":
            await self._talk.say("readings.window_closed")
            return "refused_window"
        account = self._account = await self._find_account(caller)
        meters = await self._desk.meters(account.number)
        if not meters:
            await self._talk.say("readings.no_meters")
            return "no_meters"
        for item in meters:
            if len(meters) > 1:
                await self._talk.say(f"readings.meter.{item.resource}", tail=spelled(item.serial[-TAIL:]))
            if not await self._one_meter(account, item):
                return "billing_away"
        if not open_now:
            await self._talk.say("readings.next_period")
        return "accepted_flagged" if any(reading.flagged for reading in self._stored) else "accepted"

    async def _one_meter(self, account: Account, item: AccountMeter) -> bool:
        """Ask, confirm, store; False where the confirmed reading could not be stored."""
        dial = Dial(self._talk, item.meter, self._new_key)
        try:
            confirmed = await dial.take()
        except (CallerLeft, GiveUp):
            await self._keep_draft(account, item, dial.heard)
            raise
        reading = ReadingToStore(
            account.number,
            item.serial,
            {zone: value for zone, (value, _) in confirmed.items()},
            {zone: key for zone, (_, key) in confirmed.items()},
            at=self._now(),
            flagged=dial.flagged,
            call=self._call,
        )
        try:
            kept = await self._desk.store_reading(reading)
        except DeskAway:
            await self._keep_draft(account, item, dial.heard)
            await self._talk.say("readings.not_stored")
            return False
        self._stored.append(reading)
        await self._talk.say("readings.accepted" if kept == "stored" else "readings.accepted_outbox")
        return True

    async def _keep_draft(self, account: Account, item: AccountMeter, heard: Mapping[str, str]) -> None:
        if not heard:
            return
        self._heard[item.serial] = dict(heard)
        # Nobody is left to tell, or the operator is coming: a lost draft must not lose the call as well.
        with suppress(DeskAway):
            await self._desk.keep_draft(account.number, item.serial, heard, self._call)

    async def _find_account(self, caller: str | None) -> Account:
        if caller and (known := await self._by_phone(caller)) is not None:
            return known
        for _ in range(ACCOUNT_TRIES):
            answer = await ask(
                self._talk,
                Question("readings.account", "account", account_lengths=self._lengths, account_pattern=self._pattern),
            )
            number, verdict = answer.values.get("account", ""), answer.verdict.get("account")
            match verdict:
                case "OK":
                    account = await self._desk.account(number)
                    if account is None:
                        await self._talk.say("readings.account_unknown")
                    elif await self._confirmed(Question("readings.account_confirm", "confirm", _digits(number))):
                        return account
                case "LOOKS_LIKE_PHONE":
                    if (known := await self._by_phone(f"+7{number[1:]}")) is not None:
                        return known
                    await self._talk.say("readings.account_is_phone")
                case "WRONG_LENGTH":
                    await self._talk.say("readings.account_length")
                case "WRONG_FORMAT":
                    await self._talk.say("readings.account_letters")
                case _:
                    await self._talk.say("readings.again")
        await self._talk.say("readings.no_account")
        raise GiveUp("no_account")

    async def _by_phone(self, phone: str) -> Account | None:
        """The one account of a telephone, if the caller says it is theirs; of several none is offered."""
        found: Sequence[Account] = await self._desk.accounts_by_phone(phone)
        if len(found) != 1:
            return None
        tail = {"tail": spelled(found[0].number[-TAIL:])}
        return found[0] if await self._confirmed(Question("readings.known_account", "confirm", tail)) else None

    async def _confirmed(self, question: Question) -> bool:
        answer = await ask(self._talk, question)
        if answer.act == "unsure":
            answer = await ask(self._talk, question)
        return answer.act == "yes"


def _digits(number: str) -> dict[str, object]:
    return {"digits": spelled(number)}


def spelled(number: str) -> str:
    """One digit at a time, for a voice."""
    return ", ".join(number)
