"""One call in text from its arrival to its end: the line's own interpreter on the telephone of text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import structlog

from bots.catalogue import TEXTS
from ivr.call.in_progress import Call, open_call
from ivr.call.interpreter import Ended, live
from ivr.call.of_supplier import services_of
from ivr.call.phone import CallInfo, Phone
from ivr.call.rehearsal.demo import demo_accounts
from ivr.call.rehearsal.desk import RehearsedDesk
from ivr.call.rehearsal.stage import (
    HeldCallbacks,
    HeldEmergencies,
    HeldMessages,
    NoteBook,
    Noted,
    StaffedQueues,
    WritingSpeaker,
)
from ivr.call.services import Emergencies, Services
from ivr.call.text_phone import Around, Operators, TextCaller, TextPhone
from ivr.call.wording import Wordings
from ivr.clock import VirtualClock
from ivr.flow.dialplan import Dialplan
from ivr.flow.expression import Value
from ivr.flow.finding import Finding
from ivr.flow.load import read
from ivr.flow.scenarios.scenario_parts import DEFAULT_AT, ORDINARY, Known, Staff, World
from ivr.ids import new_id
from ivr.journal.events import Kind

log = structlog.get_logger(__name__)

CALLER = "+79130000001"
RECORDINGS = Path("recordings")


class CannotRehearse(Exception):
    """The folder has no dialplan that could be walked. `findings` lists why."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


@dataclass(slots=True)
class Stage:
    """A supplier's line, ready for calls in text. Made once a folder."""

    folder: Path
    dialplan: Dialplan
    services: Services
    wordings: Wordings
    prompts: Mapping[str, str]
    speaker: WritingSpeaker = field(default_factory=WritingSpeaker)
    _demo: dict[date, tuple[Known, ...]] = field(default_factory=dict)

    def moment(self, at: datetime | None) -> datetime:
        """The moment of a call; without an offset it is the supplier's local time."""
        at = at or DEFAULT_AT
        return at if at.tzinfo is not None else at.replace(tzinfo=self.services.rules.zone)

    async def known(self, world: World, at: datetime) -> tuple[Known, ...]:
        """Who is known to billing: those of the scenario, else the demo accounts as they are on that day."""
        if world.desk is not None:
            return world.desk
        day = at.date()
        if day not in self._demo:
            self._demo[day] = await demo_accounts(self.folder, at)
        return self._demo[day]


@dataclass(slots=True)
class Rehearsed:
    """A call in text, over: all that can be asked of it."""

    phone: TextPhone
    book: NoteBook
    desk: RehearsedDesk
    messages: HeldMessages
    callbacks: HeldCallbacks
    clock: VirtualClock
    call: Call
    ended: Ended | None = None
    """None: the line failed."""
    fault: Exception | None = None

    @property
    def seconds(self) -> float:
        return self.clock.monotonic()


def set_stage(folder: Path) -> Stage:
    """The line in `folder`; raises `CannotRehearse` where it cannot be run at all."""
    dialplan, findings = read(folder)
    errors = [finding for finding in findings if finding.is_error]
    if dialplan is None or errors:
        raise CannotRehearse(errors)
    clock = VirtualClock(datetime.now(UTC))
    services = services_of(folder, RehearsedDesk(()), clock)
    return Stage(folder, dialplan, services, Wordings(dialplan.types), {**TEXTS, **dialplan.prompts})


Watched = Callable[[Call], Call]
"""What stands between the interpreter and its ports: an injected hang-up."""


async def rehearse(
    stage: Stage,
    caller: TextCaller,
    *,
    number: str | None = None,
    phone: str | None = CALLER,
    at: datetime | None = None,
    world: World = ORDINARY,
    emergencies: Emergencies | None = None,
    told: Callable[[Noted], None] | None = None,
    watched: Watched = lambda call: call,
) -> Rehearsed:
    """Play one call to its end; `told` hears of every event. A fault of the line is kept in the result.

    `emergencies` are on the air instead of the world's.
    """
    moment = stage.moment(at)
    clock = VirtualClock(moment)
    dialled = number or next(iter(stage.dialplan.numbers), "")
    info = CallInfo(new_id(moment), dialled, phone or None, "text", "text", "text")
    text_phone = TextPhone(info, caller, clock=clock, around=_around(world))
    book = NoteBook(clock, told)
    desk = RehearsedDesk(await stage.known(world, moment), world.billing, world.answers)
    messages, callbacks = HeldMessages(world.messages), HeldCallbacks(clock, world.callbacks)
    services = replace(
        stage.services,
        desk=desk,
        new_key=lambda: new_id(clock.now()),
        queues=StaffedQueues(world),
        messages=messages,
        callbacks=callbacks,
        emergencies=emergencies or HeldEmergencies(world.emergencies),
    )
    flow = world.flow or stage.dialplan.numbers.get(dialled, "")
    call = watched(_opened(stage, text_phone, book, services, clock, flow))
    _set_known(call, world)
    played = Rehearsed(text_phone, book, desk, messages, callbacks, clock, call)
    book.note(Kind.ARRIVED, dialled=dialled, caller=phone or None)
    book.note(Kind.ANSWERED)
    try:
        played.ended = await live(call, flow)
    except Exception as fault:  # noqa: BLE001 - the guard of this call
        log.info("the line failed in a rehearsal", action="rehearsal", error=repr(fault))
        played.fault = fault
    return played


def _opened(stage: Stage, phone: Phone, book: NoteBook, services: Services, clock: VirtualClock, flow: str) -> Call:
    outbound = flow in stage.dialplan.flows and stage.dialplan.flows[flow].direction == "outbound"
    return open_call(
        stage.dialplan,
        stage.wordings,
        phone,
        stage.speaker,
        book,
        services,
        clock=clock,
        recordings=RECORDINGS,
        prompts=stage.prompts,
        outbound=outbound,
    )


def _around(world: World) -> Around:
    def operators(staff: Staff) -> Operators:
        return Operators(staff.does, staff.wait, staff.talk)

    by_queue = {queue: operators(staff) for queue, staff in world.by_queue.items()}
    return Around(operators(world.staff), by_queue, world.transfer)


def _set_known(call: Call, world: World) -> None:
    for name, written in world.known.items():
        call.variables.set(name, _value(written, call.dialplan.types.get(name, "text")))


def _value(written: str, type_: str) -> Value:
    """A variable as a scenario writes it."""
    match type_:
        case "number":
            return int(written)
        case "money":
            return round(float(written.replace(",", ".")) * 100)
        case "yes_no":
            return written.lower() in ("да", "yes", "true")
        case "date":
            return date.fromisoformat(written)
        case "moment":
            return datetime.fromisoformat(written)
    return written
