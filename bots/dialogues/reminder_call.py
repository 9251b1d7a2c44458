"""The call that reminds of readings and takes them at once. Nothing is told but the end of the account's number."""

from collections.abc import Mapping

from bots.dialogue import Dialogue, Input, Prompt, rungs
from bots.dialogues.outbound import COMPANY, ENDINGS, LATER, OutboundScript
from bots.dialogues.outbound import PROMPTS as OUTBOUND
from bots.dialogues.reading_prompts import PROMPTS as READING_PROMPTS
from bots.dialogues.readings import OUTCOMES, Readings
from bots.talk import Answer, Question
from bots.understanding.tails import tail_of

ASKED_MOST = 3

PROMPTS: Mapping[str, Prompt] = {
    **OUTBOUND,
    **READING_PROMPTS,
    **rungs(
        "reminder_call.now",
        "Пора передать показания по лицевому счёту, который заканчивается на {tail|2-2}. Передадите сейчас? "
        "Чтобы мы не звонили, нажмите девять.",
        "Показания нужны по счёту на {tail|2-2}. Скажите «да», «позже» или «не звоните».",
        "Чтобы передать показания сейчас, нажмите один, чтобы позже — два. Чтобы мы не звонили, нажмите девять.",
    ),
    "reminder_call.later": Prompt("Хорошо. Показания можно передать по телефону в любое время."),
}


class ReminderCall(OutboundScript, Readings):
    """One reminder; what follows the «да» is the dialogue of readings."""

    dialogue = "reminder_call"

    async def message(self) -> str:
        account = await self.known_account()
        meters = [item for item in await self.seat.desk.meters(account.number) if not item.smart]
        question = Question(
            "reminder_call.now",
            "confirm",
            {"tail": tail_of(account.number)},
            meter=meters[0].meter if len(meters) == 1 else None,
            choices={"later": LATER},
        )
        for _ in range(ASKED_MOST):
            answer = await self.heard(question)
            if answer is None:
                await self.nobody()
            match answer.act:
                case "yes" | "value" | "same":
                    self.seat.caller.account = account
                    return await self.take(account, _begun(answer))
                case "no" | "choice":
                    await self.talk.say("reminder_call.later")
                    return "later"
        return "later"


def _begun(answer: Answer) -> Answer | None:
    """A reading said at once in the place of «да»."""
    return answer if answer.act in ("value", "same") else None


DIALOGUE = Dialogue(
    name="reminder_call",
    title="Напомнить о показаниях и принять их",
    outcomes={
        **OUTCOMES,
        "later": "сейчас передавать не хочет",
        "no_account": "такого счёта в биллинге нет",
        **ENDINGS,
    },
    prompts=PROMPTS,
    make=ReminderCall,
    inputs={"account": Input("account", "лицевой счёт"), "company": COMPANY},
    outbound=True,
)
