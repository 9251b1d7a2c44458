"""The call that agrees on a visit: the fitter's day is offered, kept, moved or called off.

What was agreed is the outcome and its facts; the schedule itself is changed by whoever sent the list.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from bots.dialogue import Dialogue, Input, Prompt, rungs
from bots.dialogues.outbound import COMPANY, ENDINGS, LATER, OutboundScript
from bots.dialogues.outbound import PROMPTS as OUTBOUND
from bots.talk import Question
from bots.understanding.clauses import clause

ASKED_MOST = 3
_CANCEL = ("отменить", "отмените", "не нужно", "не приезжайте", "передумал", "передумала", "уже заменили")

PROMPTS: Mapping[str, Prompt] = {
    **OUTBOUND,
    **rungs(
        "visit_call.offer",
        "В {day|day}, с {from|time} до {until|time} к вам приедет мастер: {what}. Вам удобно? "
        "Чтобы мы не звонили, нажмите девять.",
        "Мастер приедет в {day|day}, с {from|time} до {until|time}. Скажите «да», «нет» или «отмените».",
        "Если удобно, нажмите один, если нет — два. Чтобы мы не звонили, нажмите девять.",
    ),
    "visit_call.agreed": Prompt("Хорошо, мастер приедет в {day|day}.", {"from": "time", "until": "time"}),
    **rungs(
        "visit_call.other_day",
        "На какой день перенести?",
        "Назовите день, например «в пятницу» или «пятого апреля». Или скажите «отмените».",
    ),
    "visit_call.day_out": Prompt("Перенести можно не дальше чем на {days|plural:день} вперёд."),
    **rungs(
        "visit_call.confirm",
        "Переносим: в {day|day}. Верно?",
        "Перенести на {day|date}? Скажите «да» или «нет».",
        "Если верно, нажмите один, если нет — два.",
    ),
    "visit_call.moved": Prompt("Хорошо, передадим мастеру. Время он уточнит по телефону."),
    "visit_call.cancelled": Prompt("Хорошо, мастер не приедет."),
    "visit_call.open": Prompt("Хорошо, мастер договорится с вами сам."),
}


class VisitCall(OutboundScript):
    """One visit agreed on."""

    dialogue = "visit_call"

    async def message(self) -> str:
        given = self.seat.inputs
        slots: dict[str, object] = {name: given[name] for name in ("day", "from", "until")}
        slots["what"] = clause(str(given["what"]))
        question = Question("visit_call.offer", "confirm", slots, choices={"cancel": _CANCEL, "later": LATER})
        for _ in range(ASKED_MOST):
            answer = await self.heard(question)
            if answer is None:
                await self.nobody()
            if answer.act == "yes":
                await self.talk.say("visit_call.agreed", **{name: given[name] for name in ("day", "from", "until")})
                return "confirmed"
            if answer.act == "choice":
                return await self._cancelled() if answer.values["choice"] == "cancel" else "later"
            if answer.act == "no":
                return await self._moved()
        return await self._left_open()

    async def _moved(self) -> str:
        last = self.seat.today() + timedelta(days=self.seat.rules.request_days)
        for _ in range(ASKED_MOST):
            answer = await self.heard(Question("visit_call.other_day", "date", choices={"cancel": _CANCEL}))
            if answer is None:
                break
            if answer.act == "choice":
                return await self._cancelled()
            said = answer.values.get("date") or answer.values.get("at", "")
            if not said:
                continue
            day = date.fromisoformat(said[:10])
            if not self.seat.today() < day <= last:
                await self.talk.say("visit_call.day_out", days=self.seat.rules.request_days)
                continue
            confirmed = await self.heard(Question("visit_call.confirm", "confirm", {"day": day}))
            if confirmed is not None and confirmed.act == "yes":
                self.facts["moved_to"] = day.isoformat()
                await self.talk.say("visit_call.moved")
                return "moved"
        return await self._left_open()

    async def _cancelled(self) -> str:
        await self.talk.say("visit_call.cancelled")
        return "cancelled"

    async def _left_open(self) -> str:
        await self.talk.say("visit_call.open")
        return "left_open"


DIALOGUE = Dialogue(
    name="visit_call",
    title="Договориться о визите мастера",
    outcomes={
        "confirmed": "день визита подходит",
        "moved": "просит перенести, новый день назван",
        "cancelled": "просит не приезжать",
        "left_open": "день не назван: договорится мастер",
        "later": "просит позвонить позже",
        **ENDINGS,
    },
    prompts=PROMPTS,
    make=VisitCall,
    inputs={
        "day": Input("date", "день визита"),
        "from": Input("time", "с какого часа"),
        "until": Input("time", "до какого часа"),
        "what": Input("text", "зачем, например «замена счётчика»"),
        "company": COMPANY,
    },
    outbound=True,
)
