"""«Дошли ли мои показания»: whether this period's readings came, and when. Their digits are told at L2 alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bots.desk import Account, AccountMeter, TakenReading
from bots.dialogue import Dialogue, Prompt, rungs
from bots.dialogues.identify import Identify
from bots.dialogues.identify_prompts import FINDS, PROVES
from bots.dialogues.identify_prompts import PROMPTS as IDENTIFY
from bots.dialogues.readings import EVERY_DAY
from bots.dialogues.script import ENDS, Script
from bots.dialogues.script import PROMPTS as MANNERS
from bots.disclosure import Level
from bots.meters import ZoneName
from bots.period import place
from bots.talk import Question
from bots.understanding.tails import tail_of

_METERS = {"electricity": "Электричество", "water": "Вода", "heat": "Тепло", "gas": "Газ"}
_ZONES: Mapping[ZoneName, str] = {
    "single": "Показания",
    "day": "День",
    "night": "Ночь",
    "peak": "Пик",
    "half_peak": "Полупик",
}

PROMPTS: Mapping[str, Prompt] = {
    **{
        f"submitted.meter.{resource}": Prompt(f"{words}, счётчик на {{tail|2-2}}.")
        for resource, words in _METERS.items()
    },
    "submitted.came": Prompt("Показания от {day|date} приняты.", discloses="sent_on"),
    "submitted.waiting": Prompt("Показания от {day|date} записаны и проходят проверку.", discloses="sent_on"),
    "submitted.none": Prompt("Показаний за этот период пока нет.", discloses="sent_on"),
    **{
        f"submitted.value.{zone}": Prompt(f"{words}: {{value|words}}.", discloses="previous")
        for zone, words in _ZONES.items()
    },
    **rungs(
        "submitted.pass_now",
        "Передать показания сейчас?",
        "Хотите передать показания? Скажите «да» или «нет».",
        "Чтобы передать показания, нажмите один, если не нужно — два.",
    ),
    "submitted.no_meters": Prompt("На этом лицевом счёте нет счётчиков. Соединяю с оператором."),
}


class Submitted(Script):
    """Which of the account's meters have this period's reading."""

    dialogue = "submitted"

    async def course(self) -> str:
        account = await Identify(self).reach(Level.L1)
        meters = await self.seat.desk.meters(account.number)
        if not meters:
            await self.talk.say("submitted.no_meters")
            return "no_meters"
        since = {item.serial: self._since(account, item) for item in meters}
        taken = await self.seat.desk.taken(account.number, min(since.values()))
        missing = False
        for item in meters:
            if len(meters) > 1:
                await self.talk.say(f"submitted.meter.{item.resource}", tail=tail_of(item.serial))
            came = next((one for one in taken if one.serial == item.serial and one.at >= since[item.serial]), None)
            if came is not None:
                await self._tell(account, item, came)
            else:
                await self.talk.say("submitted.none")
                missing = missing or not item.smart
        if missing and await self.yes(Question("submitted.pass_now", "confirm")):
            return "wants_readings"
        return "missing" if missing else "came"

    def _since(self, account: Account, item: AccountMeter) -> datetime:
        rules = self.seat.rules
        return place(item.window or rules.window or EVERY_DAY, self.seat.now(), rules.zone_of(account)).since

    async def _tell(self, account: Account, item: AccountMeter, came: TakenReading) -> None:
        key = "submitted.came" if came.delivered else "submitted.waiting"
        await self.talk.say(key, day=self.seat.rules.day(came.at, account))
        if self.seat.caller.level.reaches(Level.L2):
            for zone in _in_order(item, came):
                await self.talk.say(f"submitted.value.{zone}", value=came.values[zone])


def _in_order(item: AccountMeter, came: TakenReading) -> Sequence[ZoneName]:
    return [zone.name for zone in item.meter.zones if zone.name in came.values]


DIALOGUE = Dialogue(
    name="submitted",
    title="Сказать, дошли ли показания",
    outcomes={
        "came": "показания за период есть, это сказано",
        "missing": "показаний нет, передавать их позвонивший не хочет",
        "wants_readings": "показаний нет, позвонивший хочет передать их сейчас",
        "no_meters": "на лицевом счёте нет счётчиков",
        **FINDS,
        **PROVES,
        **ENDS,
    },
    prompts={**PROMPTS, **IDENTIFY, **MANNERS},
    make=Submitted,
    needs_level=Level.L1,
)
