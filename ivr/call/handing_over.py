"""The steps that give the caller to somebody else, now or later: queue, transfer, callback, record."""

import asyncio
from datetime import date, datetime

import structlog

from bots.context import context as call_context
from ivr.call.announcing import announced
from ivr.call.in_progress import Call, as_text
from ivr.call.phone import CallerLeft, Handover, QueueEnd, Recorded, RecordEnd
from ivr.call.services import CallbackWanted
from ivr.flow.dialplan import OrderCallback, Queue, Record, Transfer
from ivr.flow.supplier.lines import Limit
from ivr.journal.events import Kind
from ivr.journal.register import Exit

log = structlog.get_logger(__name__)

SILENCE_SECONDS = 5.0
"""A voicemail ends with so long a silence."""
EMPTY_SECONDS = 0.7
"""A voicemail with less sound than this holds nothing."""


async def queue(step: Queue, call: Call) -> str:
    said = await call.text(step.topic)
    topic = said or call.variables.topic_title or call.variables.topic
    context = {name: as_text(value) for name, value in (await call.values(step.context)).items()}
    whisper = None
    if step.whisper is not None:
        await call.ready(step.whisper)
        whisper = await call.talk.uttered(*call.rung(step.whisper))
    # Whatever the robot heard, understood and could not: the operator asks nothing twice.
    known = {
        **call_context(call.card, topic=topic or "").lines,
        "account": call.variables.account.number if call.variables.account else "",
        "level": call.card.level.value,
    }
    if said:
        call.log.note(Kind.TOPIC, topic=said)
    recorded = call.services.recordings.of_queue(step.queue)
    handover = Handover(
        step.queue,
        step.seconds,
        topic,
        step.priority,
        {**{name: value for name, value in known.items() if value}, **context},
        whisper,
        recorded,
    )
    await announced(call, step.queue)
    if recorded:
        await told_of_recording(call)
    began = call.clock.monotonic()
    try:
        end = await call.phone.enter_queue(handover)
    finally:
        call.away_seconds += call.clock.monotonic() - began
    return {QueueEnd.SERVED: "served", QueueEnd.TIMEOUT: "timeout", QueueEnd.FULL: "full"}.get(end, "no_operators")


async def told_of_recording(call: Call) -> None:
    """Say once a call that it is recorded, where the flows do not say it themselves."""
    text = call.services.recordings.announcement
    if text and not call.told_of_recording:
        call.told_of_recording = True
        await call.talk.speak(text)


async def beyond(limit: Limit, call: Call) -> Exit:
    """What the caller gets for whom there is no line, and how the call ends then."""
    match limit.beyond:
        case "queue":
            began = call.clock.monotonic()
            try:
                await call.phone.enter_queue(Handover(limit.queue, topic=call.variables.topic))
            finally:
                call.away_seconds += call.clock.monotonic() - began
            # Whether an operator took the call is known from the queue's own events.
            return Exit.QUEUE_TIMEOUT
        case "say":
            await call.talk.speak(limit.text)
    return Exit.BLOCKED


async def transfer(step: Transfer, call: Call) -> str:
    call.log.note(Kind.TRANSFERRED, target=step.target)
    began = call.clock.monotonic()
    try:
        end = await call.phone.transfer(step.target, seconds=step.seconds)
    finally:
        call.away_seconds += call.clock.monotonic() - began
    return "answered" if end.answered else "failed"


async def callback(step: OrderCallback, call: Call) -> str:
    phone = await call.words(step.phone) if step.phone is not None else call.phone.info.caller
    if not phone:
        log.info("no number to call back", action="callback_refused", step=step.name)
        call.log.note(Kind.CALLBACK, queue=step.queue, how="refused", why="no number")
        return "refused"
    at = await call.variables.value(step.at) if step.at is not None else None
    account = call.variables.account
    wanted = CallbackWanted(
        step.queue,
        phone,
        at if isinstance(at, datetime) else None,
        await call.text(step.topic) or call.variables.topic_title or call.variables.topic or "",
        call.phone.info.call,
        account.number if account else None,
        at if isinstance(at, date) and not isinstance(at, datetime) else None,
    )
    ordered = await call.services.callbacks.order(wanted)
    if step.into:
        call.variables.set(step.into, ordered.at)
    call.log.note(
        Kind.CALLBACK, queue=step.queue, phone=phone, how=ordered.how, at=ordered.at.isoformat() if ordered.at else None
    )
    return ordered.how


async def record(step: Record, call: Call) -> str:
    await call.ready(step.wording)
    await call.talk.speak(*call.rung(step.wording))
    call.voicemails += 1
    file = call.recordings / "voicemail" / f"{call.dialplan.supplier}~{call.phone.info.call}~{call.voicemails}.wav"
    try:
        recorded = await call.phone.record(file, longest=step.seconds, silence=SILENCE_SECONDS)
    except CallerLeft:
        # Most people put the receiver down when they have said it all; what they said is there.
        if await asyncio.to_thread(file.exists):
            call.log.note(Kind.RECORDED, file=str(file), why="caller_left")
        raise
    call.log.note(Kind.RECORDED, file=str(recorded.file), seconds=recorded.seconds, why=recorded.why)
    return "empty" if _is_empty(recorded) else "next"


def _is_empty(recorded: Recorded) -> bool:
    silent = SILENCE_SECONDS if recorded.why is RecordEnd.SILENCE else 0.0
    return recorded.seconds - silent < EMPTY_SECONDS
