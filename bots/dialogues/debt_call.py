"""The call about a debt: nothing of it is told before whoever answers says the account is theirs.

The account's last digits come first, the sum after the «да»; billing is asked anew, for it may have been paid since.
What can end it otherwise — paid already, disputed, not the owner — is an outcome of its own and is not argued with.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from bots.desk import Account
from bots.dialogue import Dialogue, Input, Prompt, rungs
from bots.dialogues.outbound import COMPANY, ENDINGS, LATER, OutboundScript
from bots.dialogues.outbound import PROMPTS as OUTBOUND
from bots.dialogues.script import Ended
from bots.disclosure import Level
from bots.talk import Answer, Question
from bots.understanding.clauses import clause
from bots.understanding.tails import tail_of

ASKED_MOST = 3
REFUSES = ("нечем платить", "денег нет", "нет денег", "платить не буду", "не буду платить", "не могу платить")
_REFUSES = re.compile(
    r"\bне (?:буду|стану|собираюсь|могу|хочу)\b|\bнечем\b|\bнет денег\b|\bденег нет\b|\bотказываюсь\b"
)

PROMPTS: Mapping[str, Prompt] = {
    **OUTBOUND,
    **rungs(
        "debt_call.owner",
        "Я говорю с владельцем лицевого счёта, который заканчивается на {tail|2-2}? "
        "Чтобы мы не звонили, нажмите девять.",
        "Лицевой счёт заканчивается на {tail|2-2}. Он ваш? Скажите «да», «нет» или «не звоните».",
        "Если счёт ваш, нажмите один, если нет — два. Чтобы мы не звонили, нажмите девять.",
    ),
    "debt_call.not_owner": Prompt("Извините за беспокойство."),
    "debt_call.sum": Prompt("По этому счёту долг {sum|rubles}.", {"tail": "2-2"}, "debt"),
    "debt_call.sum_period": Prompt("По этому счёту долг {period}: {sum|rubles}.", {"tail": "2-2"}, "debt"),
    "debt_call.how": Prompt(
        "Оплатить можно в приложении банка или на почте. Если не оплатить, подачу могут ограничить.", discloses="debt"
    ),
    "debt_call.no_debt": Prompt("Долга по этому счёту нет, всё оплачено.", discloses="debt"),
    **rungs(
        "debt_call.when",
        "Когда сможете оплатить?",
        "Назовите день, например «в пятницу» или «пятого числа».",
    ),
    "debt_call.which_day": Prompt("Нужен день, к которому вы оплатите."),
    "debt_call.too_late": Prompt("Это слишком поздно, назовите день не дальше чем через {days|plural:день}."),
    **rungs(
        "debt_call.promise",
        "Записываю: оплатите до {day|date}. Верно?",
        "Оплатите до {day|date}. Скажите «да» или «нет».",
        "Если верно, нажмите один, если нет — два.",
        discloses="debt",
    ),
    "debt_call.promised": Prompt("Записано."),
    "debt_call.paid": Prompt("Спасибо. Проверим поступление платежа."),
    **rungs(
        "debt_call.dispute",
        "Понятно, вы не согласны с долгом. Соединить с оператором?",
        "Соединить с оператором? Скажите «да» или «нет».",
        "Чтобы соединиться с оператором, нажмите один, если не нужно — два.",
    ),
    "debt_call.disputed": Prompt("Хорошо, вопрос разберёт специалист."),
    "debt_call.refused": Prompt("Понятно, так и запишем."),
}


class DebtCall(OutboundScript):
    """One call about one account's debt."""

    dialogue = "debt_call"

    async def message(self) -> str:
        account = await self.known_account()
        ended = await self._owner(account)
        if ended is not None:
            return ended
        self.seat.caller.account, self.seat.caller.level = account, Level.L1D
        due = await self._due(account)
        if due <= 0:
            await self.talk.say("debt_call.no_debt")
            return "no_debt"
        self.facts["sum"] = f"{due / 100:.2f}"
        await self._tell(account, due)
        return await self._when()

    async def _owner(self, account: Account) -> str | None:
        """None: the owner speaks; else the outcome."""
        question = Question("debt_call.owner", "confirm", {"tail": tail_of(account.number)}, choices={"later": LATER})
        for _ in range(ASKED_MOST):
            answer = await self.heard(question)
            if answer is None:
                await self.nobody()
            match answer.act:
                case "yes":
                    return None
                case "no":
                    await self.talk.say("debt_call.not_owner")
                    return "not_owner"
                case "choice":
                    return "later"
                case "already_paid" | "dispute":
                    # Who speaks of paying knows what it is about; still nothing is told to whom we do not know.
                    return await self._argued(answer)
        return "not_owner"

    async def _due(self, account: Account) -> int:
        """Kopecks owed now; an overpayment at one provider pays nothing at another."""
        debts = await self.seat.desk.debt(account.number)
        return sum(max(0, one.kopecks + one.penalty_kopecks) for one in debts)

    async def _tell(self, account: Account, due: int) -> None:
        period = clause(str(self.seat.inputs.get("period") or ""))
        tail = tail_of(account.number)
        if period:
            await self.talk.say("debt_call.sum_period", sum=due, period=period, tail=tail)
        else:
            await self.talk.say("debt_call.sum", sum=due, tail=tail)
        await self.talk.say("debt_call.how")

    async def _when(self) -> str:
        """The day of payment, or why there is none."""
        for _ in range(ASKED_MOST):
            answer = await self.heard(Question("debt_call.when", "date", choices={"refuses": REFUSES}))
            if answer is None:
                return "told"
            refused = answer.act in ("no", "choice") or _REFUSES.search(answer.said.lower()) is not None
            if refused and answer.act in ("no", "choice", "dispute", "again"):
                await self.talk.say("debt_call.refused")
                return "refuses"
            if answer.act in ("already_paid", "dispute"):
                return await self._argued(answer)
            day = self._day(answer)
            if day is None:
                await self.talk.say("debt_call.which_day")
            elif day > self.seat.today() + timedelta(days=self.seat.rules.promise_days):
                await self.talk.say("debt_call.too_late", days=self.seat.rules.promise_days)
            elif await self._promised(day):
                return "promise"
        return "told"

    @staticmethod
    def _day(answer: Answer) -> date | None:
        said = answer.values.get("date") or answer.values.get("at", "")
        return date.fromisoformat(said[:10]) if said else None

    async def _promised(self, day: date) -> bool:
        answer = await self.heard(Question("debt_call.promise", "confirm", {"day": day}))
        if answer is None or answer.act != "yes":
            return False
        self.facts["promise"] = day.isoformat()
        await self.talk.say("debt_call.promised")
        return True

    async def _argued(self, answer: Answer) -> str:
        if answer.act == "already_paid":
            self.facts["paid_on"] = answer.values.get("date", "")
            await self.talk.say("debt_call.paid")
            return "already_paid"
        self.facts["dispute"] = answer.said
        if await self._wants_operator():
            raise Ended("transferred")
        await self.talk.say("debt_call.disputed")
        return "dispute"

    async def _wants_operator(self) -> bool:
        answer = await self.heard(Question("debt_call.dispute", "confirm"))
        return answer is not None and answer.act == "yes"

    async def needs_person(self, answer: Answer) -> None:
        """Disputes and payments are this call's own business."""


DIALOGUE = Dialogue(
    name="debt_call",
    title="Звонок о долге",
    outcomes={
        "promise": "обещает оплатить, день записан",
        "already_paid": "говорит, что уже оплачено: сверить с биллингом",
        "dispute": "не согласен с долгом",
        "refuses": "платить отказывается",
        "told": "о долге сказано, обещания нет",
        "no_debt": "долга уже нет",
        "later": "просит позвонить позже",
        "not_owner": "ответил не владелец счёта, о долге не сказано",
        "no_account": "такого счёта в биллинге нет",
        **ENDINGS,
    },
    prompts=PROMPTS,
    make=DebtCall,
    inputs={
        "account": Input("account", "лицевой счёт"),
        "period": Input("text", "за какое время долг, например «за октябрь»", required=False),
        "company": COMPANY,
    },
    needs_level=Level.L1D,
    outbound=True,
)
