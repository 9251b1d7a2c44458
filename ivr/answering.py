"""Answering one call: from the session Asterisk opened to the exit of the flow.

What is raised here ends the session without its done flag, and the dialplan's fallback takes the caller to the
operators; a caller who left needs nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import structlog

from asterisk.agi.session import AgiSession
from asterisk.audio.ear import Ears
from asterisk.phone import AgiPhone, arrived
from asterisk.witness import Witness
from bots.desk import Desk
from bots.readings import PROMPTS, Readings
from ivr.call import interpreter
from ivr.call.conversation import CallLog, Conversation, Speaker
from ivr.call.noted_desk import NotedDesk
from ivr.call.phone import CallerLeft, CallInfo, Phone
from ivr.clock import Clock
from ivr.flow.dialplan import Dialplan
from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.journal.writer import Journal
from ivr.logs import call_in_log

log = structlog.get_logger(__name__)


class NotOurNumber(Exception):
    """A call came for a number that the dialplan does not name: add it to `numbers` in line.yaml."""


@dataclass(frozen=True, slots=True)
class Line:
    """One supplier's line and all that its calls are served with."""

    dialplan: Dialplan
    speaker: Speaker
    journal: Journal
    witness: Witness
    desk: Desk
    ears: Ears | None
    clock: Clock
    zone: tzinfo
    recordings: Path

    @property
    def prompts(self) -> Mapping[str, str]:
        """Every text a dialogue may name: its own default, or the supplier's wording."""
        return {**PROMPTS, **self.dialplan.prompts}

    async def answer(self, session: AgiSession) -> None:
        """Serve the call of this session to its end."""
        info = await arrived(session, self.clock)
        phone = AgiPhone(
            session,
            info,
            ear=self.ears.for_call() if self.ears is not None else None,
            queue_left=lambda status: self.witness.queue_ended(info.uniqueid, status, self.clock.now()),
        )
        with call_in_log(info.call, self.dialplan.supplier):
            call_log = self.journal.open_call(self.dialplan.supplier, info.call)
            call_log.note(
                Kind.ARRIVED,
                dialled=info.dialled,
                caller=info.caller,
                channel=info.channel,
                uniqueid=info.uniqueid,
                linkedid=info.linkedid,
            )
            self.witness.follow(call_log, info.uniqueid, self.clock.now())
            await phone.answer()
            call_log.note(Kind.ANSWERED)
            await self._serve(phone, info, call_log)
            await session.finish()

    async def _serve(self, phone: Phone, info: CallInfo, call_log: CallLog) -> None:
        flow = self.dialplan.numbers.get(info.dialled)
        if flow is None:
            raise NotOurNumber(f"{info.dialled} is not among the numbers of {self.dialplan.supplier}")
        talk = Conversation(phone, self.speaker, call_log, self.clock, self.zone, self.prompts)
        call = interpreter.Call(phone, talk, call_log, self._bots(talk, info, call_log), self.recordings)
        try:
            left_by = await interpreter.run(self.dialplan, self.dialplan.flows[flow], call)
        except CallerLeft:
            call_log.note(Kind.ENDED, exit="caller_left")
            raise
        call_log.note(Kind.ENDED, exit=left_by)

    def _bots(self, talk: Conversation, info: CallInfo, call_log: CallLog) -> interpreter.RunBot:
        async def run(name: str) -> str:
            if name != "readings":
                raise NoSuchBot(f"there is no dialogue «{name}»")
            readings = Readings(
                talk,
                NotedDesk(self.desk, call_log),
                now=self.clock.now,
                new_key=lambda: new_id(self.clock.now()),
                call=info.call,
            )
            return (await readings.run(info.caller)).name

        return run


class NoSuchBot(Exception):
    """A flow names a dialogue that does not exist."""
