"""Outages at the caller's address: what is off now, what is planned, and until when.

Whoever names an account or an address may ask: the street itself is not spoken, only what happens there.
"""

from collections.abc import Mapping
from datetime import datetime

from bots.desk import Account, Outage
from bots.dialogue import Dialogue, Prompt, rungs
from bots.dialogues.identify import Identify
from bots.dialogues.identify_prompts import FINDS
from bots.dialogues.identify_prompts import PROMPTS as IDENTIFY
from bots.dialogues.script import ENDS, Script
from bots.dialogues.script import PROMPTS as MANNERS
from bots.talk import Question
from bots.understanding.clauses import clause

TOLD_MOST = 2
"""Outages told in one go: the nearest ones."""
_SINCE = {"day": "day", "from": "time", "reason": "text"}
_WHEN = {**_SINCE, "until": "time", "until_day": "day"}

PROMPTS: Mapping[str, Prompt] = {
    "outages.now_today": Prompt("По вашему адресу отключение: {reason}. Включить обещают до {until|time}.", _WHEN),
    "outages.now_later": Prompt(
        "По вашему адресу отключение: {reason}. Включить обещают в {until_day|day}, до {until|time}.", _WHEN
    ),
    "outages.now_open": Prompt(
        "По вашему адресу отключение: {reason}. Бригада работает, срок пока неизвестен.", _SINCE
    ),
    "outages.planned": Prompt(
        "В {day|day}, с {from|time} до {until|time} по вашему адресу плановое отключение: {reason}.", _WHEN
    ),
    "outages.planned_open": Prompt(
        "В {day|day}, с {from|time} по вашему адресу плановое отключение: {reason}.", _SINCE
    ),
    "outages.planned_long": Prompt(
        "По вашему адресу плановое отключение: {reason}. Начало в {day|day}, в {from|time}. "
        "Окончание в {until_day|day}, в {until|time}.",
        _WHEN,
    ),
    **rungs(
        "outages.none",
        "Отключений по вашему адресу не видно. Проверьте автоматы в щитке. Соединить с оператором?",
        "По вашему адресу отключений нет. Соединить с оператором? Скажите «да» или «нет».",
        "Чтобы соединиться с оператором, нажмите один, если не нужно — два.",
    ),
}
NO_REASON = "ремонтные работы"


class Outages(Script):
    """Is the current off, and for how long."""

    dialogue = "outages"

    async def course(self) -> str:
        account = await Identify(self).account()
        now = self.seat.now()
        found = [one for one in await self.seat.desk.outages(account.number) if one.until is None or one.until > now]
        if not found:
            if await self.yes(Question("outages.none", "confirm")):
                await self.to_operator()
            return "none_known"
        for one in sorted(found, key=lambda outage: outage.since)[:TOLD_MOST]:
            await self._tell(one, account, now)
        self.facts["outages"] = "; ".join(one.reason or NO_REASON for one in found)
        return "told" if any(one.since <= now for one in found) else "told_planned"

    async def _tell(self, outage: Outage, account: Account, now: datetime) -> None:
        rules = self.seat.rules
        since = rules.local(outage.since, account)
        slots: dict[str, object] = {
            "reason": clause(outage.reason) or NO_REASON,
            "day": since.date(),
            "from": since.time().replace(second=0, microsecond=0),
        }
        until = rules.local(outage.until, account) if outage.until is not None else None
        if until is not None:
            slots |= {"until_day": until.date(), "until": until.time().replace(second=0, microsecond=0)}
        if outage.since <= now:
            key = _now(until, rules.local(now, account))
        elif until is None:
            key = "outages.planned_open"
        else:
            key = "outages.planned" if until.date() == since.date() else "outages.planned_long"
        await self.talk.say(key, **slots)


def _now(until: datetime | None, now: datetime) -> str:
    if until is None:
        return "outages.now_open"
    return "outages.now_today" if until.date() == now.date() else "outages.now_later"


DIALOGUE = Dialogue(
    name="outages",
    title="Сказать об отключениях по адресу",
    outcomes={
        "told": "сказано об отключении, которое идёт сейчас",
        "told_planned": "сказано о плановом отключении",
        "none_known": "отключений по адресу нет, оператор не нужен",
        **FINDS,
        **ENDS,
    },
    prompts={**PROMPTS, **IDENTIFY, **MANNERS},
    make=Outages,
)
