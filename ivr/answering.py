"""Answering one call: from the session Asterisk opened to the exit of the flow.

What is raised here ends the session without its done flag, and the dialplan's fallback takes the caller to the
operators; a caller who left needs nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from asterisk.agi.session import AgiSession
from asterisk.audio.ear import Ears
from asterisk.phone import AgiPhone, arrived, asked_for
from asterisk.witness import Witness
from bots.catalogue import TEXTS
from ivr.call.conversation import CallLog, Speaker
from ivr.call.in_progress import open_call
from ivr.call.interpreter import live
from ivr.call.manner import Manners
from ivr.call.phone import CallerLeft, CallInfo, Phone
from ivr.call.services import Services
from ivr.call.wording import Wordings
from ivr.clock import Clock
from ivr.flow.dialplan import Dialplan
from ivr.flow.on_air import NothingOnAir, OnAir, Place
from ivr.flow.suppliers import canonical
from ivr.journal.events import Kind
from ivr.journal.writer import Journal
from ivr.logs import call_in_log

log = structlog.get_logger(__name__)

NO_DRAFT = "Черновика нет. Сначала поставьте его на пробный номер."


class NotOurNumber(Exception):
    """A call came for a number that the dialplan does not name: add it to `numbers` in line.yaml."""


@dataclass(frozen=True, slots=True)
class Line:
    """One supplier's line and all that its calls are served with."""

    dialplan: Dialplan
    speaker: Speaker
    journal: Journal
    witness: Witness
    services: Services
    ears: Ears | None
    clock: Clock
    recordings: Path
    manners: Manners
    version: int | None = None
    """Which published version this is; None for a folder or a draft that nobody published."""
    draft: bool = False

    prompts: Mapping[str, str] = field(init=False)
    """Every text a dialogue may name: its own default, or the supplier's wording."""
    wordings: Wordings = field(init=False)

    def __post_init__(self) -> None:
        # Made once for all calls of this edition.
        object.__setattr__(self, "prompts", {**TEXTS, **self.dialplan.prompts})
        object.__setattr__(self, "wordings", Wordings(self.dialplan.types))

    async def answer(self, session: AgiSession) -> None:
        """Serve the call of this session to its end."""
        info = await arrived(session, self.clock)
        # Queues are named after the supplier whose number it is, whoever Asterisk thought it was.
        info = replace(info, variables={**info.variables, "GUDOK_SUPPLIER": self.dialplan.supplier})
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
                version=self.version,
                **({"draft": True} if self.draft else {}),
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
        call = open_call(
            self.dialplan,
            self.wordings,
            phone,
            self.speaker,
            call_log,
            self.services,
            clock=self.clock,
            recordings=self.recordings,
            prompts=self.prompts,
            manners=self.manners,
        )
        ended = await live(call, flow)
        if ended.left:
            raise CallerLeft


class Lines:
    """Gives each call the line that is on the air for its number; the call keeps it to its end."""

    def __init__(self, on_air: OnAir[Line], supplier: str) -> None:
        self._on_air, self._supplier = on_air, supplier

    async def answer(self, session: AgiSession) -> None:
        """Serve the call of this session to its end. Raises `NothingOnAir` for a supplier nobody published."""
        asked = asked_for(session.headers)
        supplier = self._of_number(asked.dialled) or asked.supplier or self._supplier
        if asked.draft and self._on_air.now(Place(supplier, draft=True)) is None:
            await self._no_draft(session, supplier)
            return
        with self._on_air.hold(Place(supplier, asked.draft)) as line:
            await line.answer(session)

    def _of_number(self, dialled: str) -> str | None:
        """The supplier whose live version answers this number; else one whose draft would."""
        wanted = canonical(dialled)
        found = [place for place, line in self._on_air.all() if wanted in map(canonical, line.dialplan.numbers)]
        return min(found, key=lambda place: place.draft).supplier if found else None

    async def _no_draft(self, session: AgiSession, supplier: str) -> None:
        line = self._on_air.now(Place(supplier))
        if line is None:
            raise NothingOnAir(f"nothing of {supplier} is on the air")
        phone = AgiPhone(session, await arrived(session, line.clock))
        await phone.answer()
        await phone.play(await line.speaker.utterance(NO_DRAFT, {}))
        await session.finish()
