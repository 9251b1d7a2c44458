"""Marks: the rating after a talk with an operator, and the survey by telephone (NPS from 0 to 10, CSI from 1 to 5).

A low mark is asked why, once and briefly; no answer is an answer too.
"""

from collections.abc import Mapping

from bots.dialogue import Dialogue, Input, Prompt, rungs
from bots.dialogues.outbound import COMPANY, ENDINGS, LATER, OutboundScript
from bots.dialogues.outbound import PROMPTS as OUTBOUND
from bots.dialogues.script import ENDS, Script
from bots.dialogues.script import PROMPTS as MANNERS
from bots.talk import Answer, NoAnswer, Question
from bots.understanding import confirm
from bots.understanding.clauses import sentence

ASKED_MOST = 2
ASKED_ANYHOW = "Мы хотим узнать ваше мнение."
"""Said where the list names no occasion."""
CSI, NPS = (1, 5), (0, 10)
WHY_AT_MOST: Mapping[tuple[int, int], int] = {CSI: 3, NPS: 6}
"""Marks up to this one are asked for a reason."""

RATING_PROMPTS: Mapping[str, Prompt] = {
    **MANNERS,
    **rungs(
        "rating.mark",
        "Оцените, пожалуйста, разговор от одного до пяти. Пять — отлично.",
        "Назовите оценку от одного до пяти.",
        "Нажмите кнопку от одного до пяти.",
    ),
    "rating.out": Prompt("Оценка — от одного до пяти."),
    **rungs("rating.why", "Что нам исправить?", "Скажите коротко, что было не так."),
    "rating.thanks": Prompt("Спасибо за оценку. До свидания!"),
}
SURVEY_PROMPTS: Mapping[str, Prompt] = {
    **OUTBOUND,
    **rungs(
        "survey.agree",
        "{occasion} Ответите на один вопрос? Чтобы мы не звонили, нажмите девять.",
        "Можно один вопрос? Скажите «да», «нет» или «не звоните».",
        "Чтобы ответить, нажмите один, если неудобно — два. Чтобы мы не звонили, нажмите девять.",
    ),
    **rungs(
        "survey.nps",
        "Посоветуете ли вы нас знакомым? Оцените от нуля до десяти.",
        "Назовите число от нуля до десяти. Десять — точно посоветую.",
        "Нажмите число от нуля до десяти и решётку.",
    ),
    **rungs(
        "survey.csi",
        "Довольны ли вы обслуживанием? Оцените от одного до пяти.",
        "Назовите оценку от одного до пяти. Пять — отлично.",
        "Нажмите кнопку от одного до пяти.",
    ),
    "survey.out_nps": Prompt("Нужно число от нуля до десяти."),
    "survey.out_csi": Prompt("Нужно число от одного до пяти."),
    **rungs("survey.why", "Почему такая оценка?", "Скажите коротко, что нам исправить."),
    "survey.thanks": Prompt("Спасибо, это поможет нам работать лучше."),
}


class Rating(Script):
    """The mark after an operator, in the same call."""

    dialogue = "rating"

    async def course(self) -> str:
        for _ in range(ASKED_MOST):
            answer = await self.talk.ask(Question("rating.mark", "rating", scale=CSI))
            if isinstance(answer, NoAnswer):
                return "transferred" if answer.why == "operator" else "no_mark"
            answer = await self.considered(answer)
            if answer.act in ("no", "opt_out"):
                return "no_mark"
            if answer.act != "value":
                continue
            if answer.verdict.get("rating") != "OK":
                await self.talk.say("rating.out")
                continue
            self.facts["rating"] = answer.values["rating"]
            await self._why(int(answer.values["rating"]))
            await self.talk.say("rating.thanks")
            return "rated"
        return "no_mark"

    async def _why(self, mark: int) -> None:
        if mark <= WHY_AT_MOST[CSI]:
            self.facts.update(_reason(await self.talk.ask(Question("rating.why", "free"))))

    async def needs_person(self, answer: Answer) -> None:
        """Complaints belong into the reason of a mark; nobody is transferred out of it."""
        self.facts["reason"] = answer.said


class PhoneSurvey(OutboundScript):
    """One question of a survey, and why."""

    dialogue = "survey"

    async def message(self) -> str:
        kind = str(self.seat.inputs["kind"])
        answer = await self.heard(
            Question(
                "survey.agree",
                "confirm",
                {"occasion": sentence(str(self.seat.inputs.get("occasion") or ASKED_ANYHOW))},
                choices={"later": LATER},
            )
        )
        if answer is None:
            await self.nobody()
        if answer.act not in ("yes", "unsure"):
            return "refused"
        scale = NPS if kind == "nps" else CSI
        for _ in range(ASKED_MOST):
            answer = await self.heard(Question(f"survey.{kind}", "rating", scale=scale))
            if answer is None or answer.act == "no":
                return "refused"
            if answer.act != "value":
                continue
            if answer.verdict.get("rating") != "OK":
                await self.talk.say(f"survey.out_{kind}")
                continue
            self.facts[kind] = answer.values["rating"]
            if int(answer.values["rating"]) <= WHY_AT_MOST[scale]:
                self.facts.update(_reason(await self.talk.ask(Question("survey.why", "free"))))
            await self.talk.say("survey.thanks")
            return "rated"
        return "refused"

    async def needs_person(self, answer: Answer) -> None:
        """A survey settles nothing: what was said of debts and payments is left to the reason."""
        self.facts["reason"] = answer.said


def _reason(answer: Answer | NoAnswer) -> Mapping[str, str]:
    if isinstance(answer, Answer) and answer.act == "value" and confirm.said(answer.values["text"]) != "no":
        return {"reason": answer.values["text"]}
    return {}


RATING = Dialogue(
    name="rating",
    title="Оценка разговора с оператором",
    outcomes={"rated": "оценка поставлена", "no_mark": "оценки нет", **ENDS},
    prompts=RATING_PROMPTS,
    make=Rating,
)
SURVEY = Dialogue(
    name="survey",
    title="Опрос по телефону (NPS, CSI)",
    outcomes={"rated": "оценка поставлена", "refused": "отвечать не хочет", **ENDINGS},
    prompts=SURVEY_PROMPTS,
    make=PhoneSurvey,
    inputs={
        "kind": Input("choice", "что спросить: nps — посоветуете ли нас, csi — довольны ли", choices=("nps", "csi")),
        "occasion": Input("text", "повод целым предложением: «Вчера вы были в нашем офисе.»", required=False),
        "company": COMPANY,
    },
    outbound=True,
)
