"""The call that warns of a planned outage: the day, the hours and the reason, repeated as often as it is asked for."""

from collections.abc import Mapping

from bots.dialogue import Dialogue, Input, Prompt, rungs
from bots.dialogues.outbound import COMPANY, ENDINGS, OutboundScript
from bots.dialogues.outbound import PROMPTS as OUTBOUND
from bots.talk import Question
from bots.understanding.clauses import clause

TOLD_MOST = 3

PROMPTS: Mapping[str, Prompt] = {
    **OUTBOUND,
    **rungs(
        "outage_call.notice",
        "В {day|day}, с {from|time} до {until|time} у вас не будет электричества. Причина: {reason}. "
        "Повторить — нажмите один. Чтобы мы не звонили, нажмите девять.",
        "В {day|day}, с {from|time} до {until|time} не будет электричества. Повторить? Скажите «да» или «нет».",
    ),
    **rungs(
        "outage_call.notice_of_place",
        "В {day|day}, с {from|time} до {until|time} не будет электричества: {place}. Причина: {reason}. "
        "Повторить — нажмите один. Чтобы мы не звонили, нажмите девять.",
        "В {day|day}, с {from|time} до {until|time} не будет электричества: {place}. "
        "Повторить? Скажите «да» или «нет».",
    ),
}


class OutageCall(OutboundScript):
    """One warning."""

    dialogue = "outage_call"

    async def message(self) -> str:
        given = self.seat.inputs
        slots: dict[str, object] = {name: given[name] for name in ("day", "from", "until")}
        slots["reason"] = clause(str(given["reason"]))
        key = "outage_call.notice"
        if given.get("place"):
            slots["place"], key = clause(str(given["place"])), "outage_call.notice_of_place"
        question = Question(key, "confirm", slots, choices={"repeat": ("повторить", "повторите", "ещё раз")})
        for _ in range(TOLD_MOST):
            answer = await self.heard(question)
            if answer is None or answer.act not in ("yes", "choice", "unsure"):
                break
        return "told"


DIALOGUE = Dialogue(
    name="outage_call",
    title="Предупредить о плановом отключении",
    outcomes={"told": "предупреждение прозвучало", **ENDINGS},
    prompts=PROMPTS,
    make=OutageCall,
    inputs={
        "day": Input("date", "день отключения"),
        "from": Input("time", "с какого часа"),
        "until": Input("time", "до какого часа"),
        "reason": Input("text", "причина"),
        "place": Input("text", "где, например «улица Мерлина, дома с 1 по 15»", required=False),
        "company": COMPANY,
    },
    outbound=True,
)
