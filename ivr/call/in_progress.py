"""One call and all it has: the telephone, the conversation, what is known, and whom it may ask.

It is opened once, when the call is answered, and handed to every verb. It owns nothing that outlives the call.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path

import structlog

from bots.seat import Caller
from ivr.call.conversation import CallLog, Conversation, Rung, Speaker, Turns
from ivr.call.manner import Manners
from ivr.call.noted_desk import NotedDesk
from ivr.call.phone import Phone
from ivr.call.services import Services
from ivr.call.variables import Variables
from ivr.call.wording import Wordings
from ivr.clock import Clock
from ivr.flow.dialplan import Dialplan, Wording
from ivr.flow.expression import Expression, Value

log = structlog.get_logger(__name__)

ASIDE_SECONDS = 10.0


@dataclass(slots=True)
class Aside:
    """What a call has done for it that its caller need not wait for; a fault there costs a line in the log."""

    group: asyncio.TaskGroup | None = None

    async def do(self, work: Coroutine[object, object, None], what: str) -> None:
        if self.group is None:
            await self._guarded(work, what)
        else:
            self.group.create_task(self._guarded(work, what), name=what)

    @staticmethod
    async def _guarded(work: Coroutine[object, object, None], what: str) -> None:
        try:
            async with asyncio.timeout(ASIDE_SECONDS):
                await work
        except Exception:
            log.exception("something beside the call failed", action="call_aside", what=what)


@dataclass(slots=True)
class Call:
    dialplan: Dialplan
    wordings: Wordings
    phone: Phone
    talk: Conversation
    log: CallLog
    card: Caller
    services: Services
    variables: Variables
    clock: Clock
    zone: tzinfo
    recordings: Path
    outbound: bool = False
    aside: Aside = field(default_factory=Aside)
    voicemails: int = 0
    announced: set[str] = field(default_factory=set)
    """The emergencies this caller has heard of, by name."""
    told_of_recording: bool = False
    away_seconds: float = 0.0
    """How long others had the caller: operators, a number they were put through to."""

    def rung(self, wording: Wording) -> Rung:
        return self.wordings.filled(wording, self.variables, self.zone)

    async def ready(self, *wordings: Wording | None) -> None:
        """Fetch what these texts name."""
        for wording in wordings:
            if wording is not None:
                await self.variables.fetch(self.wordings.names(wording))

    async def text(self, wording: Wording | None) -> str:
        """The text as it is read, not heard: for operators' screens."""
        if wording is None:
            return ""
        await self.ready(wording)
        return self.wordings.written(wording, self.variables, self.zone)

    async def values(self, expressions: Mapping[str, Expression]) -> dict[str, Value]:
        return {name: await self.variables.value(expression) for name, expression in expressions.items()}

    async def words(self, expression: Expression | None) -> str | None:
        """An expression's value as a text; None where there is none."""
        if expression is None:
            return None
        value = await self.variables.value(expression)
        return None if value is None else as_text(value)


def as_text(value: Value) -> str:
    """A value as it stands in a context, a register, a message."""
    match value:
        case None:
            return ""
        case bool():
            return "да" if value else "нет"
        case datetime():
            return value.isoformat(timespec="seconds")
    return str(value)


def open_call(
    dialplan: Dialplan,
    wordings: Wordings,
    phone: Phone,
    speaker: Speaker,
    log: CallLog,
    services: Services,
    *,
    clock: Clock,
    recordings: Path,
    prompts: Mapping[str, str],
    manners: Manners | None = None,
    turns: Turns | None = None,
    outbound: bool = False,
) -> Call:
    """A call that begins: `services.desk` is wrapped so that what is stored stands in this call's journal."""
    zone = services.rules.zone
    noted = replace(services, desk=NotedDesk(services.desk, log))
    card = Caller(phone.info.caller)
    aside = Aside()
    return Call(
        dialplan=dialplan,
        wordings=wordings,
        phone=phone,
        talk=Conversation(phone, speaker, log, clock, zone, prompts, manners, aside.do, turns),
        log=log,
        card=card,
        services=noted,
        variables=Variables(phone.info, dialplan.supplier, card, noted, clock, zone),
        clock=clock,
        zone=zone,
        recordings=recordings,
        outbound=outbound,
        aside=aside,
    )
