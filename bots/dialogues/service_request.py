"""A request for a visit: sealing, replacing or checking a meter, for a day the caller names; or how an open one stands.

The request is made once the caller has said «да» to what is read back, under a key of that read-back; its number is
told and repeated as often as it is asked for.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import cast

from bots.desk import Account, AccountMeter, NewRequest, RequestKind, RequestStatus, ServiceRequest
from bots.dialogue import Dialogue, Input
from bots.dialogues.identify import OTHER_TRIES, Identify
from bots.dialogues.identify_prompts import FINDS, PROVES
from bots.dialogues.identify_prompts import PROMPTS as IDENTIFY
from bots.dialogues.request_prompts import PROMPTS, VISITS, Visit
from bots.dialogues.script import ENDS, Ended, Script
from bots.dialogues.script import PROMPTS as MANNERS
from bots.disclosure import Level
from bots.talk import Answer, NoAnswer, Question
from bots.understanding import menus
from bots.understanding.tails import tail_of, tail_said
from bots.understanding.tokens import normalise

_SAID: Mapping[str, Sequence[str]] = {
    "sealing": ("опломбировать", "опломбировка", "пломба", "поставить пломбу", "опечатать", "ввести в эксплуатацию"),
    "replacement": ("заменить", "замена", "поменять счётчик", "новый счётчик", "установить счётчик"),
    "check": ("проверить", "проверка", "поверка", "осмотр", "неправильно считает", "сломался счётчик"),
}
_STATUS: Mapping[RequestStatus, str] = {
    "new": "принята",
    "in_work": "в работе",
    "done": "выполнена",
    "refused": "отклонена",
    "cancelled": "отменена",
}
_OPEN: frozenset[RequestStatus] = frozenset(("new", "in_work"))
TOLD_MOST = 3
ANY_DAY = ("в любой день", "любой", "всё равно", "неважно", "когда угодно", "как можно скорее")
REPEATED_MOST = 3
_RESOURCES = {
    "electricity": ("Электричество", ("электричество", "свет", "электроэнергия")),
    "water": ("Вода", ("вода", "холодная вода", "горячая вода")),
    "heat": ("Тепло", ("тепло", "отопление")),
    "gas": ("Газ", ("газ",)),
}


class VisitRequest(Script):
    """One visit asked for, or the one that is asked for already."""

    dialogue = "service_request"

    async def course(self) -> str:
        account = await Identify(self).reach(Level.L1)
        kind = cast("Visit | None", self.seat.inputs.get("kind"))
        if self.seat.inputs.get("about") == "status":
            wanted = await self._status(account)
        else:
            wanted = await self._another(account, kind)
        if not wanted:
            return "status_told"
        if kind is None:
            kind = await self._kind()
        meter = await self._meter(account)
        for _ in range(OTHER_TRIES):
            wanted_on = await self._day()
            made = await self._confirmed(account, kind, meter, wanted_on)
            if made is not None:
                return await self._told(made, wanted_on)
            if wanted_on is None:
                break
        await self.talk.say("request.declined")
        return "declined"

    # -- what is wanted -------------------------------------------------------------------------------------------

    async def _status(self, account: Account) -> bool:
        """How the account's requests stand, the newest first; whether a new one is wanted besides."""
        found = await self.seat.desk.requests(account.number)
        for one in found[:TOLD_MOST]:
            self.facts.setdefault("request", one.number)
            if one.planned_on is not None and one.status in _OPEN:
                await self.talk.say("request.status_planned", number=one.number, day=one.planned_on)
            else:
                await self.talk.say("request.status", number=one.number, status=_STATUS[one.status])
        return await self.yes(Question("request.more" if found else "request.none", "confirm"))

    async def _another(self, account: Account, kind: RequestKind | None) -> bool:
        """Whether a request is to be made; an open one of the kind is told of first."""
        standing = [one for one in await self.seat.desk.requests(account.number) if one.status in _OPEN]
        first = next((one for one in standing if kind is None or one.kind == kind), None)
        if first is None:
            return True
        self.facts["request"] = first.number
        slots: dict[str, object] = {"number": first.number, "status": _STATUS[first.status]}
        if first.planned_on is not None:
            return await self.yes(Question("request.planned", "confirm", {**slots, "day": first.planned_on}))
        return await self.yes(Question("request.open", "confirm", slots))

    async def _kind(self) -> Visit:
        said = self.seat.caller.said
        if said and (chosen := menus.chosen(normalise(said), _SAID)) is not None:
            return cast(Visit, chosen)
        for _ in range(OTHER_TRIES):
            answer = await self.ask(Question("request.kind", "menu", choices=_SAID))
            if answer.act == "choice":
                return cast(Visit, answer.values["choice"])
        raise Ended("no_match")

    async def _meter(self, account: Account) -> AccountMeter:
        meters = await self.seat.desk.meters(account.number)
        if not meters:
            await self.talk.say("request.no_meters")
            raise Ended("no_meters")
        if len(meters) == 1:
            return meters[0]
        listed = " ".join(
            f"{_RESOURCES[one.resource][0]}, счётчик на {tail_said(tail_of(one.serial))[1]}." for one in meters
        )
        only = {one.serial: [other.resource for other in meters].count(one.resource) == 1 for one in meters}
        choices = {
            one.serial: (*(_RESOURCES[one.resource][1] if only[one.serial] else ()), *tail_said(tail_of(one.serial)))
            for one in meters
        }
        question = Question("request.meter", "menu", {"meters": listed}, choices=choices)
        for _ in range(OTHER_TRIES):
            answer = await self.ask(question)
            if answer.act == "choice":
                return next(one for one in meters if one.serial == answer.values["choice"])
        raise Ended("no_match")

    async def _day(self) -> date | None:
        """The day wanted; None: any day, or none that could be understood."""
        first = self.seat.today() + timedelta(days=1)
        last = self.seat.today() + timedelta(days=self.seat.rules.request_days)
        for _ in range(OTHER_TRIES):
            heard = await self.talk.ask(Question("request.day", "date", choices={"any": ANY_DAY}))
            if isinstance(heard, NoAnswer) and heard.why == "operator":
                self.unanswered(heard)
            if not isinstance(heard, Answer):
                break
            answer = await self.considered(heard)
            if answer.act in ("choice", "unsure", "no", "yes"):
                break
            said = answer.values.get("date") or answer.values.get("at", "")
            if not said:
                continue
            day = date.fromisoformat(said[:10])
            if first <= day <= last:
                return day
            await self.talk.say("request.day_out", first=first, days=self.seat.rules.request_days)
        await self.talk.say("request.any_day")
        return None

    # -- making it ------------------------------------------------------------------------------------------------

    async def _confirmed(
        self, account: Account, kind: Visit, meter: AccountMeter, wanted_on: date | None
    ) -> ServiceRequest | None:
        key = self.seat.new_key()
        if wanted_on is None:
            agreed = await self.yes(Question(f"request.confirm_any.{kind}", "confirm"))
        else:
            agreed = await self.yes(Question(f"request.confirm.{kind}", "confirm", {"day": wanted_on}))
        if not agreed:
            return None
        self.facts["kind"] = kind
        return await self.seat.desk.open_request(
            NewRequest(
                account.number,
                kind,
                key,
                self.seat.now(),
                phone=self.seat.caller.phone or "",
                serial=meter.serial,
                wanted_on=wanted_on,
                words=self.seat.caller.use_said(),
                call=self.seat.call,
            )
        )

    async def _told(self, made: ServiceRequest, wanted_on: date | None) -> str:
        self.facts["request"] = made.number
        if made.planned_on is not None:
            self.facts["planned_on"] = made.planned_on.isoformat()
            if made.planned_on != wanted_on:
                await self.talk.say("request.planned_on", day=made.planned_on)
        for _ in range(REPEATED_MOST):
            answer = await self.talk.ask(Question("request.opened", "confirm", {"number": made.number}))
            if not isinstance(answer, Answer):
                return "transferred" if answer.why == "operator" else "opened"
            if answer.act not in ("yes", "unsure"):
                break
        return "opened"


DIALOGUE = Dialogue(
    name="service_request",
    title="Принять заявку на опломбировку, замену или проверку счётчика",
    outcomes={
        "opened": "заявка оформлена, номер назван",
        "status_told": "сказано, как обстоит с прежними заявками, новая не нужна",
        "declined": "позвонивший передумал",
        "no_meters": "на лицевом счёте нет счётчиков",
        **FINDS,
        **PROVES,
        **ENDS,
    },
    prompts={**PROMPTS, **IDENTIFY, **MANNERS},
    make=VisitRequest,
    inputs={
        "kind": Input("choice", "что нужно сделать со счётчиком", required=False, choices=tuple(VISITS)),
        "about": Input("choice", "новая заявка или вопрос о прежней", required=False, choices=("new", "status")),
    },
    needs_level=Level.L1,
)
