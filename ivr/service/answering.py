"""Answering one call: from the session Asterisk opened to the exit of the flow.

What is raised here ends the session without its done flag, and the dialplan's fallback takes the caller to the
operators; a caller who left needs nobody.
"""

from collections.abc import Callable, Iterator, Mapping
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
from ivr.call.phone import CallerLeft, CallInfo, Handover, Phone
from ivr.call.services import Services
from ivr.call.wording import Wordings
from ivr.clock import Clock
from ivr.flow.dialplan import Dialplan
from ivr.flow.published.on_air import NothingOnAir, OnAir, Place
from ivr.flow.supplier import lines as flow_lines
from ivr.flow.supplier.lines import Limit
from ivr.flow.supplier.suppliers import canonical
from ivr.journal.events import Kind
from ivr.journal.register import Exit
from ivr.journal.writer import Journal
from ivr.logs import call_in_log
from ivr.turns.keeper import CallTurns, TurnKeeper

log = structlog.get_logger(__name__)

BUSY_SECONDS = 5
"""How long the busy tone is played to a telephone that does not hang up by itself."""
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
    over: Callable[[], None] = lambda: None
    """To be called when its last call is over."""
    turns: TurnKeeper | None = None
    """Keeps what is asked and understood, where the supplier wants it; never of a draft."""

    prompts: Mapping[str, str] = field(init=False)
    """Every text a dialogue may name: its own default, or the supplier's wording."""
    wordings: Wordings = field(init=False)
    flows: Mapping[str, str] = field(init=False)
    """Which flow answers a number, by the number as `canonical` writes it."""

    def __post_init__(self) -> None:
        # Made once for all calls of this edition.
        object.__setattr__(self, "prompts", {**TEXTS, **self.dialplan.prompts})
        object.__setattr__(self, "wordings", Wordings(self.dialplan.types))
        flows = {canonical(number): flow for number, flow in self.dialplan.numbers.items()}
        object.__setattr__(self, "flows", flows)

    async def answer(self, session: AgiSession, lines: flow_lines.Lines, beyond: Limit | None = None) -> None:
        """Serve the call of this session to its end. `beyond`: no line was left for it, and what it gets instead."""
        info = arrived(session, self.clock)
        # Queues are named after the supplier whose number it is, whoever Asterisk thought it was.
        info = replace(info, variables={**info.variables, "GUDOK_SUPPLIER": self.dialplan.supplier})
        turns = self.turns.for_call(self.dialplan.supplier, info.call) if self.turns is not None else None
        phone = AgiPhone(
            session,
            info,
            ear=self.ears.for_call(turns.keep if turns is not None else None) if self.ears is not None else None,
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
            if beyond is not None and beyond.beyond == "busy":
                call_log.note(Kind.ENDED, exit=Exit.BLOCKED)
                await session.mark_done()
                await session.execute("Busy", str(BUSY_SECONDS))
            else:
                await phone.answer()
                call_log.note(Kind.ANSWERED)
                if beyond is not None:
                    await self._turn_away(phone, call_log, beyond)
                else:
                    await self._serve(phone, info, call_log, lines, turns)
            await session.finish()

    async def _turn_away(self, phone: Phone, call_log: CallLog, beyond: Limit) -> None:
        """No line is left: operators, or a sentence."""
        # Whether an operator took the call is known from the queue's own events.
        exit_ = Exit.QUEUE_TIMEOUT if beyond.beyond == "queue" else Exit.BLOCKED
        try:
            if beyond.beyond == "queue":
                await phone.enter_queue(Handover(beyond.queue))
            else:
                await phone.play(await self.speaker.utterance(beyond.text, {}))
        finally:
            call_log.note(Kind.ENDED, exit=exit_)

    async def _serve(
        self, phone: Phone, info: CallInfo, call_log: CallLog, lines: flow_lines.Lines, turns: CallTurns | None
    ) -> None:
        flow = self.flows.get(canonical(info.dialled))
        if flow is None:
            raise NotOurNumber(f"{info.dialled} is not among the numbers of {self.dialplan.supplier}")
        call = open_call(
            self.dialplan,
            self.wordings,
            phone,
            self.speaker,
            call_log,
            replace(self.services, lines=lines),
            clock=self.clock,
            recordings=self.recordings,
            prompts=self.prompts,
            manners=self.manners,
            turns=turns,
        )
        try:
            ended = await live(call, flow)
        finally:
            if turns is not None:
                turns.close()
        if ended.left:
            raise CallerLeft


class Lines:
    """Gives each call the line that is on the air for its number; the call keeps it to its end."""

    def __init__(self, on_air: OnAir[Line], supplier: str) -> None:
        self._on_air, self._supplier = on_air, supplier
        self._lines: dict[str, flow_lines.Lines] = {}
        """By supplier: the calls that are there, whichever edition serves them."""

    async def answer(self, session: AgiSession) -> None:
        """Serve the call of this session to its end. Raises `NothingOnAir` for a supplier nobody published."""
        asked = asked_for(session.headers)
        supplier = self._of_number(asked.dialled) or asked.supplier or self._supplier
        if asked.draft and self._on_air.now(Place(supplier, draft=True)) is None:
            await self._no_draft(session, supplier)
            return
        lines = self._lines.setdefault(supplier, flow_lines.Lines())
        with self._on_air.hold(Place(supplier, asked.draft)) as line:
            if asked.draft:
                await line.answer(session, flow_lines.Lines())
                return
            lines.change(line.services.limits)
            with lines.taking(canonical(asked.dialled)) as beyond:
                await line.answer(session, lines, beyond)

    def usage(self) -> Iterator[tuple[str, flow_lines.Usage]]:
        """How many lines of each supplier's numbers and dialogues are taken."""
        for supplier, lines in self._lines.items():
            for usage in lines.usage():
                yield supplier, usage

    def _of_number(self, dialled: str) -> str | None:
        """The supplier whose live version answers this number; else one whose draft would."""
        wanted = canonical(dialled)
        found = [place for place, line in self._on_air.all() if wanted in line.flows]
        return min(found, key=lambda place: place.draft).supplier if found else None

    async def _no_draft(self, session: AgiSession, supplier: str) -> None:
        line = self._on_air.now(Place(supplier))
        if line is None:
            raise NothingOnAir(f"nothing of {supplier} is on the air")
        phone = AgiPhone(session, arrived(session, line.clock))
        await phone.answer()
        await phone.play(await line.speaker.utterance(NO_DRAFT, {}))
        await session.finish()
