"""The caller of a scenario: hears, and does the next thing when it is their turn."""

from ivr.call.phone import CannotHear, Listen, Pressed, Said, Silence
from ivr.call.rehearsal.words import contains
from ivr.call.text_phone import Act, HangsUp
from ivr.flow.finding import Finding
from ivr.flow.scenarios.scenario_parts import HangUp, Hear, HearOut, Press, Say, Scenario, Step
from ivr.flow.scenarios.scenario_parts import Silence as Keeps


class ScenarioCaller:
    """Implements `ivr.call.text_phone.TextCaller`."""

    def __init__(self, scenario: Scenario) -> None:
        self._steps = scenario.steps
        self._deaf = scenario.world.deaf
        self._at = 0
        self._heard: list[str] = []
        self._since: list[str] = []
        """What was heard since the caller last did something."""
        self.findings: list[Finding] = []

    async def hears(self, text: str) -> bool:
        self._heard.append(text)
        self._since.append(text)
        while isinstance(step := self._step(), Hear) and self._satisfied(step):
            self._at += 1
        return isinstance(self._step(), HangUp)

    async def does(self, wanted: Listen | None) -> Act:
        if self._deaf and wanted is not None and wanted.speech is not None:
            return CannotHear("recognition is down in this scenario")
        self._judge_what_was_heard()
        step = self._step()
        if step is None:
            return HangsUp()
        self._at += 1
        self._since.clear()
        match step:
            case Say(deaf=True):
                return CannotHear("recognition is down at this moment of the scenario")
            case Say():
                return Said(step.heard or step.text or "")
            case Press():
                return Pressed(step.keys)
            case Keeps():
                return Silence()
        return HangsUp()

    async def leaves_queue(self) -> bool:
        return isinstance(self._step(), HangUp)

    def over(self) -> None:
        """The call has ended: what the caller still waited for is not coming."""
        self._judge_what_was_heard()
        step = self._step()
        if step is not None and not isinstance(step, HangUp | Keeps):
            said = " ".join(self._heard[-2:])
            hint = f"последнее, что прозвучало: «{said}»"
            self.findings.append(Finding(step.place, "E341", "линия закончила разговор раньше этого шага", hint))

    def _step(self) -> Step | None:
        return self._steps[self._at] if self._at < len(self._steps) else None

    def _judge_what_was_heard(self) -> None:
        """The line waits for the caller: what it had to say before is said by now, or was not."""
        while isinstance(step := self._step(), Hear | HearOut):
            if isinstance(step, Hear) and not self._satisfied(step):
                heard = " ".join(self._since) or "ничего"
                what = f"не прозвучало: «{step.says}»" if step.says else "линия ничего не сказала"
                self.findings.append(Finding(step.place, "E340", what, f"прозвучало: «{heard}»"))
            self._at += 1

    def _satisfied(self, step: Hear) -> bool:
        return bool(self._since) and (step.says is None or contains(" ".join(self._since), step.says))
