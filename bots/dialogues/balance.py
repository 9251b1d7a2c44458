"""Balance and debt: what is owed to each provider, told only to a caller who has proved who they are.

An overpayment at one provider pays nothing at another, so sums are named apart; the total is of what is owed.
"""

from collections.abc import Mapping, Sequence

from bots.desk import Debt
from bots.dialogue import Dialogue, Prompt, rungs
from bots.dialogues.identify import Identify
from bots.dialogues.identify_prompts import FINDS, PROVES
from bots.dialogues.identify_prompts import PROMPTS as IDENTIFY
from bots.dialogues.script import ENDS, Script
from bots.dialogues.script import PROMPTS as MANNERS
from bots.disclosure import Level
from bots.talk import Answer, NoAnswer, Question

TOLD_MOST = 3

PROMPTS: Mapping[str, Prompt] = {
    "balance.due": Prompt("К оплате {sum|rubles}.", {"as_of": "date", "period": "text"}, "balance"),
    "balance.overpaid": Prompt("Долга нет, переплата {sum|rubles}.", {"as_of": "date"}, "balance"),
    "balance.clear": Prompt("Долга нет.", {"as_of": "date"}, "balance"),
    "balance.item_due": Prompt("{service}: {sum|rubles}.", {"period": "text"}, "balance"),
    "balance.item_overpaid": Prompt("{service}: переплата {sum|rubles}.", discloses="balance"),
    "balance.item_clear": Prompt("{service}: долга нет.", discloses="balance"),
    "balance.total": Prompt("Всего к оплате {sum|rubles}.", {"as_of": "date"}, "balance"),
    "balance.penalty": Prompt("Из них пени {sum|rubles}.", discloses="balance"),
    "balance.as_of": Prompt("Это на {as_of|date}, последние платежи могли ещё не дойти.", discloses="balance"),
    "balance.unknown": Prompt("Начислений по этому счёту не видно. Соединяю с оператором."),
    **rungs(
        "balance.more",
        "Повторить? Если уже оплатили, так и скажите.",
        "Повторить сумму? Скажите «да» или «нет».",
        "Чтобы повторить, нажмите один, чтобы закончить — два.",
    ),
    "balance.paid": Prompt("Спасибо. Платёж станет виден через один-три рабочих дня."),
    "balance.disputed": Prompt("С начислением разберётся специалист. Соединяю с оператором."),
}


class Balance(Script):
    """What the caller owes and to whom."""

    dialogue = "balance"

    async def course(self) -> str:
        account = await Identify(self).reach(Level.L2)
        debts = await self.seat.desk.debt(account.number)
        if not debts:
            await self.talk.say("balance.unknown")
            return "unknown"
        self.facts["balance"] = "; ".join(f"{_service(one)} {_due(one) / 100:.2f}".strip() for one in debts)
        owed = sum(_owed(one) for one in debts)
        if owed:
            self.facts["owed"] = f"{owed / 100:.2f}"
        for _ in range(TOLD_MOST):
            await self._tell(debts)
            if not owed:
                return "told"
            answer = await self.talk.ask(Question("balance.more", "confirm"))
            ended = await self._after(answer)
            if ended is not None:
                return ended
        return "told"

    async def _tell(self, debts: Sequence[Debt]) -> None:
        as_of = min(one.as_of for one in debts)
        if len(debts) == 1:
            await self._tell_only(debts[0])
        else:
            for one in debts:
                await self._tell_item(one)
            if sum(_owed(one) > 0 for one in debts) > 1:
                await self.talk.say("balance.total", sum=sum(_owed(one) for one in debts), as_of=as_of)
        penalty = sum(one.penalty_kopecks for one in debts if _owed(one))
        if penalty:
            await self.talk.say("balance.penalty", sum=penalty)
        if any(_owed(one) for one in debts) and as_of < self.seat.today():
            await self.talk.say("balance.as_of", as_of=as_of)

    async def _tell_only(self, debt: Debt) -> None:
        due = _due(debt)
        if due > 0:
            await self.talk.say("balance.due", sum=due, as_of=debt.as_of, period=debt.period)
        elif due < 0:
            await self.talk.say("balance.overpaid", sum=-due, as_of=debt.as_of)
        else:
            await self.talk.say("balance.clear", as_of=debt.as_of)

    async def _tell_item(self, debt: Debt) -> None:
        due, service = _due(debt), _service(debt)
        if due > 0:
            await self.talk.say("balance.item_due", service=service, sum=due, period=debt.period)
        elif due < 0:
            await self.talk.say("balance.item_overpaid", service=service, sum=-due)
        else:
            await self.talk.say("balance.item_clear", service=service)

    async def _after(self, answer: Answer | NoAnswer) -> str | None:
        """The outcome after the caller's remark on what was told; None: tell it again."""
        if not isinstance(answer, Answer):
            return "transferred" if answer.why == "operator" else "told"
        match answer.act:
            case "yes" | "unsure":
                return None
            case "already_paid":
                self.facts["paid_on"] = answer.values.get("date", "")
                await self.talk.say("balance.paid")
                return "already_paid"
            case "dispute":
                self.facts["dispute"] = answer.said
                await self.talk.say("balance.disputed")
                return "dispute"
        await self.considered(answer)
        return "told"


def _due(debt: Debt) -> int:
    return debt.kopecks + debt.penalty_kopecks


def _owed(debt: Debt) -> int:
    return max(0, _due(debt))


def _service(debt: Debt) -> str:
    name = debt.service or debt.principal or "начислено"
    return name[:1].upper() + name[1:]


DIALOGUE = Dialogue(
    name="balance",
    title="Сказать баланс и долг",
    outcomes={
        "told": "баланс назван",
        "already_paid": "долг назван, позвонивший говорит, что оплатил",
        "dispute": "позвонивший не согласен с начислением",
        "unknown": "сведений о начислениях нет",
        **FINDS,
        **PROVES,
        **ENDS,
    },
    prompts={**PROMPTS, **IDENTIFY, **MANNERS},
    make=Balance,
    needs_level=Level.L2,
)
