"""What every call that we make has in common: the robot's notice first, and «не звоните» honoured at any question.

Whoever should not have been rung is told so aloud, and the outcome carries it to the dialler before the next call.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import NoReturn

from bots.desk import Account
from bots.dialogue import Input, Prompt
from bots.dialogues.script import ENDS, Ended, Mannered, Script
from bots.dialogues.script import PROMPTS as MANNERS
from bots.talk import Act, Answer, NoAnswer, Question, Talk

PROMPTS: Mapping[str, Prompt] = {
    **MANNERS,
    "outbound.greeting": Prompt("Здравствуйте! Это робот компании {company}. Разговор записывается."),
    "outbound.opted_out": Prompt("Хорошо, больше не будем звонить вам по этому вопросу. До свидания."),
    "outbound.opted_out_of_all": Prompt("Хорошо, больше не будем вам звонить. До свидания."),
    "outbound.wrong_person": Prompt("Извините за беспокойство, больше сюда не позвоним. До свидания."),
    "outbound.deceased": Prompt("Примите соболезнования. Больше звонить не будем. До свидания."),
    "outbound.sorry": Prompt("Извините за беспокойство. До свидания."),
    "outbound.billing_away": Prompt("Извините, сейчас не получается открыть лицевой счёт. Перезвоним позже."),
    "outbound.goodbye": Prompt("Спасибо. До свидания."),
    "outbound.no_answer": Prompt("Перезвоним в другой раз. До свидания."),
}
ENDINGS: Mapping[str, str] = {
    **ENDS,
    "opt_out": "просит больше не звонить, это подтверждено вслух",
    "wrong_person": "попали не туда: этому номеру больше не звонить",
    "deceased": "сообщили о смерти: больше не звонить",
    "no_answer": "на том конце никто не отвечает на вопросы",
}
"""How any call of ours may end."""
COMPANY = Input("text", "кто звонит; без него — название компании из настроек", required=False)

LATER = ("позже", "потом", "не сейчас", "некогда", "занят", "занята", "перезвоните", "неудобно говорить")
_ALL = re.compile(r"\b(?:никогда|вообще|совсем|никак\w+|ни по как\w+|все\w* звонк\w+|любы\w+ звонк\w+)\b")
_STOPS: tuple[Act, ...] = ("deceased", "wrong_person", "opt_out")


class OutboundTalk(Mannered):
    """Ends the call at any question, the dictation of digits too, once nobody wants it."""

    def __init__(self, talk: Talk, facts: dict[str, str]) -> None:
        super().__init__(talk, outbound=True)
        self._facts = facts

    async def ask(self, question: Question) -> Answer | NoAnswer:
        answer = await super().ask(question)
        if isinstance(answer, Answer):
            said = (answer.act, *answer.also)
            for act in _STOPS:
                if act in said:
                    await self._stop(act, answer, opt_out="opt_out" in said)
        return answer

    async def _stop(self, act: str, answer: Answer, *, opt_out: bool) -> NoReturn:
        key = act
        if opt_out:
            self._facts["opt_out"] = "all" if _ALL.search(answer.said.lower()) else "type"
        if act == "opt_out":
            key = "opted_out_of_all" if self._facts["opt_out"] == "all" else "opted_out"
        await self.say(f"outbound.{key}")
        raise Ended(act)


class OutboundScript(Script):
    """A dialogue in a call of ours."""

    away = "outbound.billing_away"

    def mannered(self, talk: Talk) -> Mannered:
        return OutboundTalk(talk, self.facts)

    async def course(self) -> str:
        company = self.seat.inputs.get("company") or self.seat.rules.company
        await self.talk.say("outbound.greeting", company=company)
        name = await self.message()
        if name != "transferred":
            await self.talk.say("outbound.goodbye")
        return name

    @abstractmethod
    async def message(self) -> str:
        """What we ring for, to the name of the outcome; the greeting is said, the goodbye is not."""

    async def known_account(self) -> Account:
        """The account this call is about, as billing has it now."""
        account = await self.seat.desk.account(str(self.seat.inputs["account"]))
        if account is None:
            await self.talk.say("outbound.sorry")
            raise Ended("no_account")
        return account

    async def heard(self, question: Question) -> Answer | None:
        """The answer, or None where nobody answers; a person is called where one is wanted."""
        answer = await self.talk.ask(question)
        if isinstance(answer, NoAnswer):
            if answer.why == "operator":
                raise Ended("transferred")
            return None
        return await self.considered(answer)

    async def nobody(self) -> NoReturn:
        await self.talk.say("outbound.no_answer")
        raise Ended("no_answer")
