"""The dialogue that takes meter readings: whose, which, read back, confirmed, stored, and only then «Принято».

It never speaks a previous reading or a consumption: a telephone number proves nobody (docs/understanding.md). What was
heard and not confirmed is kept as a draft, also when the caller hangs up in the middle.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from bots.desk import AccountMeter, Desk, DeskAway, ReadingToStore
from bots.meters import Zone, ZoneName
from bots.talk import Answer, CallerLeft, NoAnswer, Question, Talk

PROMPTS: Mapping[str, str] = {
    "readings.account": "Назовите номер лицевого счёта.",
    "readings.account.hint": "Назовите номер лицевого счёта по одной цифре. Он напечатан вверху квитанции.",
    "readings.account.keys": "Наберите номер лицевого счёта на телефоне и нажмите решётку.",
    "readings.account_unknown": "Такого лицевого счёта у нас нет. Проверьте, пожалуйста, номер.",
    "readings.no_account": "Найти лицевой счёт не получилось.",
    "readings.no_meters": "По этому счёту нет приборов учёта.",
    "readings.address": "Показания по адресу: {address}.",
    "readings.ask": "Назовите показания счётчика, все цифры до запятой.",
    "readings.ask.hint": "Назовите цифры на счётчике слева направо. Например: двенадцать триста сорок пять.",
    "readings.ask.keys": "Наберите показания на телефоне и нажмите решётку.",
    "readings.ask_zone": "Назовите показания, {zone}.",
    "readings.ask_zone.hint": "Назовите цифры до запятой, {zone}.",
    "readings.ask_zone.keys": "Наберите показания на телефоне, {zone}, и нажмите решётку.",
    "readings.confirm": "{value:number}. Верно?",
    "readings.confirm.hint": "{value:number}. Скажите «да» или «нет».",
    "readings.confirm.keys": "{value:number}. Если верно, нажмите один, если нет, нажмите два.",
    "readings.confirm_zone": "{zone}: {value:number}. Верно?",
    "readings.confirm_zone.keys": "{zone}: {value:number}. Если верно, нажмите один, если нет, нажмите два.",
    "readings.confirm_digits": "По цифрам: {value:digits}. Верно?",
    "readings.confirm_digits.keys": "По цифрам: {value:digits}. Если верно, нажмите один, если нет, нажмите два.",
    "readings.confirm_same": "Показания прежние, расход ноль. Верно?",
    "readings.confirm_same.keys": "Показания прежние, расход ноль. Если верно, нажмите один, если нет, нажмите два.",
    "readings.confirm_swap": "Похоже, день и ночь перепутаны. Поменять их местами?",
    "readings.confirm_swap.keys": "Похоже, день и ночь перепутаны. Если так, нажмите один, если нет, нажмите два.",
    "readings.again": "Назовите, пожалуйста, все цифры ещё раз.",
    "readings.exact": "Нужны точные цифры со счётчика.",
    "readings.zero": "Нужны те цифры, которые сейчас на счётчике, а не расход.",
    "readings.too_long": "Цифр слишком много. Назовите только цифры до запятой.",
    "readings.doubtful": "Эти показания не подходят к вашему счётчику. Посмотрите, пожалуйста, ещё раз.",
    "readings.accepted": "Принято.",
    "readings.accepted_outbox": "Показания записаны. Мы примем их после проверки.",
    "readings.away": "Сейчас не получается записать показания. Извините.",
    "readings.kept": "Что успели назвать, увидит оператор.",
}

ZONES: Mapping[ZoneName, str] = {
    "single": "показания",
    "day": "день",
    "night": "ночь",
    "peak": "пик",
    "half_peak": "полупик",
}

OutcomeName = Literal[
    "accepted", "accepted_flagged", "no_account", "no_meters", "no_match", "transferred", "billing_away"
]  # fmt: skip

TRIES = 3
"""Numbers that do not fit, of one meter, before a person takes over."""

_COMPLAINTS: Mapping[str, str] = {
    "ZERO_SAID": "readings.zero",
    "TOO_LONG": "readings.too_long",
    # One wording for the three: another would tell what the previous reading was.
    "LESS": "readings.doubtful",
    "IMPOSSIBLE": "readings.doubtful",
    "TOO_MUCH": "readings.doubtful",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the dialogue ended, and what it stored: serial → zone → value."""

    name: OutcomeName
    account: str | None = None
    stored: Mapping[str, Mapping[ZoneName, int]] | None = None


class _Ended(Exception):
    """The dialogue cannot go on with this caller."""

    def __init__(self, name: OutcomeName) -> None:
        super().__init__(name)
        self.name = name


class Readings:
    """One caller's readings. `new_key` makes a key for each value read back; a retry of the storing reuses it."""

    def __init__(
        self, talk: Talk, desk: Desk, *, now: Callable[[], datetime], new_key: Callable[[], UUID], call: UUID | None
    ) -> None:
        self._talk, self._desk = talk, desk
        self._now, self._new_key, self._call = now, new_key, call
        self._heard: dict[str, str] = {}
        self._flagged = False
        self._careful = False
        """Read back digit by digit: a value of this meter was rejected or doubted."""

    async def run(self, caller: str | None) -> Outcome:
        """Take the readings of all meters of one account. Raises `CallerLeft` when the caller hangs up."""
        account: str | None = None
        stored: dict[str, Mapping[ZoneName, int]] = {}
        try:
            account = await self._account(caller)
            meters = await self._desk.meters(account)
            if not meters:
                await self._talk.say("readings.no_meters")
                raise _Ended("no_meters")
            for meter in meters:
                stored[meter.serial] = await self._meter(account, meter)
        except _Ended as ended:
            return Outcome(ended.name, account, stored)
        except DeskAway:
            await self._talk.say("readings.away")
            return Outcome("billing_away", account, stored)
        return Outcome("accepted_flagged" if self._flagged else "accepted", account, stored)

    # -- whose ---------------------------------------------------------------------------------------------------

    async def _account(self, caller: str | None) -> str:
        """The account of the caller's number, if it is one; else the one the caller names."""
        if caller is not None:
            known = await self._desk.accounts_by_phone(caller)
            if len(known) == 1:
                return known[0].number
        for _ in range(TRIES):
            answer = self._answered(await self._talk.ask(Question("readings.account", "account")))
            number = answer.values.get("account", "")
            if answer.act == "value" and answer.verdict.get("account") == "OK":
                account = await self._desk.account(number)
                if account is not None:
                    return account.number
                await self._talk.say("readings.account_unknown")
        await self._talk.say("readings.no_account")
        raise _Ended("no_account")

    # -- one meter -----------------------------------------------------------------------------------------------

    async def _meter(self, account: str, meter: AccountMeter) -> Mapping[ZoneName, int]:
        self._heard, self._careful = {}, False
        try:
            values = await self._values(meter)
            await self._store(account, meter, values)
        except (CallerLeft, _Ended):
            if self._heard:
                await self._desk.keep_draft(account, meter.serial, self._heard, self._call)
            raise
        self._heard = {}
        return values

    async def _values(self, meter: AccountMeter) -> Mapping[ZoneName, int]:
        """Every zone's value, each read back and confirmed."""
        confirmed: dict[ZoneName, int] = {}
        for _ in range(len(meter.meter.zones) + TRIES):
            missing = tuple(zone for zone in meter.meter.zones if zone.name not in confirmed)
            if not missing:
                return confirmed
            answer = await self._asked(meter, missing)
            confirmed.update(await self._confirmed(meter, missing, answer))
        raise _Ended("no_match")

    async def _asked(self, meter: AccountMeter, missing: tuple[Zone, ...]) -> Answer:
        """Values that a «да» would store, for one zone or more."""
        zone = missing[0]
        single = len(meter.meter.zones) == 1
        question = Question(
            "readings.ask" if single else "readings.ask_zone",
            "reading",
            slots={} if single else {"zone": ZONES[zone.name]},
            meter=replace(meter.meter, zones=missing),
        )
        for _ in range(TRIES):
            answer = self._answered(await self._talk.ask(question))
            self._heard.update(answer.values)
            if answer.act == "same" and zone.previous is not None:
                return replace(answer, values={zone.name: str(zone.previous)}, verdict={zone.name: "SAME"})
            if answer.act == "value" and answer.values and answer.reconfirm:
                return answer
            await self._talk.say(_complaint(answer))
        raise _Ended("no_match")

    async def _confirmed(
        self, meter: AccountMeter, missing: tuple[Zone, ...], answer: Answer
    ) -> Mapping[ZoneName, int]:
        """What the caller said yes to; empty when all is to be asked again. Corrections change it on the way."""
        for _ in range(TRIES):
            told = answer.proposed or answer.values
            values = {zone.name: int(told[zone.name]) for zone in missing if zone.name in told}
            said = await self._read_back(meter, missing, values, answer)
            if said.act == "yes":
                self._flagged |= bool({"ROLLOVER", "TOO_MUCH"} & set(answer.verdict.values()))
                return values
            self._careful = True
            if said.act == "value" and said.values:
                self._heard.update(said.values)
                if not said.reconfirm:
                    await self._talk.say(_complaint(said))
                    return {}
                answer = said
            elif said.act != "unsure":
                break
        await self._talk.say("readings.again")
        return {}

    async def _read_back(
        self,
        meter: AccountMeter,
        missing: tuple[Zone, ...],
        values: Mapping[ZoneName, int],
        answer: Answer,
    ) -> Answer:
        """Read the values back, one zone after another; the first answer that is not «да» is returned."""
        verdicts = set(answer.verdict.values())
        said = Answer("yes")
        for zone, value in values.items():
            key = "readings.confirm" if len(meter.meter.zones) == 1 else "readings.confirm_zone"
            if self._careful:
                key = "readings.confirm_digits"
            elif verdicts == {"SAME"}:
                key = "readings.confirm_same"
            elif "SWAP" in verdicts:
                key = "readings.confirm_swap"
            question = Question(
                key,
                "confirm",
                slots={"value": str(value), "zone": ZONES[zone]},
                meter=replace(meter.meter, zones=missing),
                confirming={str(name): read for name, read in values.items()},
            )
            said = self._answered(await self._talk.ask(question))
            if said.act != "yes" or key in ("readings.confirm_same", "readings.confirm_swap"):
                return said
        return said

    async def _store(self, account: str, meter: AccountMeter, values: Mapping[ZoneName, int]) -> None:
        reading = ReadingToStore(
            account,
            meter.serial,
            values,
            {zone: self._new_key() for zone in values},
            self._now(),
            flagged=self._flagged,
            call=self._call,
        )
        stored_as = await self._desk.store_reading(reading)
        self._heard = {}
        await self._talk.say("readings.accepted" if stored_as == "stored" else "readings.accepted_outbox")

    def _answered(self, answer: Answer | NoAnswer) -> Answer:
        if isinstance(answer, NoAnswer):
            raise _Ended("transferred" if answer.why == "operator" else "no_match")
        return answer


def _complaint(answer: Answer) -> str:
    """What to say about an answer that cannot be stored, without telling what the meter showed before."""
    if answer.act == "approximate":
        return "readings.exact"
    for verdict in answer.verdict.values():
        if verdict in _COMPLAINTS:
            return _COMPLAINTS[verdict]
    return "readings.again"
