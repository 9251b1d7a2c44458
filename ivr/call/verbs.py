"""What each verb does. A step is done by one function, which returns the name of the way it leaves by."""

from contextlib import suppress
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import cast

from bots.desk import DeskAway, NewRequest, RequestKind
from bots.seat import Seat
from ivr.call import asking, handing_over
from ivr.call.announcing import announced
from ivr.call.in_progress import Call, as_text
from ivr.call.lookups import lookup
from ivr.call.phone import CallerLeft, PhoneFailed
from ivr.call.services import MessageWanted
from ivr.flow.dialplan import (
    Announce,
    Ask,
    Bot,
    Confirm,
    LookUp,
    MakeRequest,
    Menu,
    OrderCallback,
    Queue,
    Rate,
    Record,
    Say,
    SendMessage,
    Set,
    SortTopics,
    Step,
    Switch,
    Transfer,
    When,
)
from ivr.flow.expression import Type, Value
from ivr.flow.reading import NO, YES
from ivr.flow.supplier.lines import bot_line
from ivr.journal.events import Kind
from ivr.journal.register import Exit


class NotServed(Exception):
    """The dialplan has a step that this service cannot do; update the service, or publish another dialplan."""


class NoLineLeft(Exception):
    """A dialogue has as many callers as it may: this one got what line.yaml says, and the call ends in `exit`."""

    def __init__(self, exit_: Exit) -> None:
        super().__init__(exit_)
        self.exit = exit_


class NoSuchDialogue(NotServed):
    """A step names a dialogue that does not exist."""


async def do(step: Step, call: Call) -> str:
    """Do one step; the name of the way out. Raises `CallerLeft` from wherever it waits."""
    match step:
        case Say():
            return await _say(step, call)
        case Menu():
            return await asking.menu(step, call)
        case Ask():
            return await asking.ask(step, call)
        case Confirm():
            return await asking.confirm(step, call)
        case SortTopics():
            return await asking.topics(step, call)
        case Rate():
            return await asking.rate(step, call)
        case Bot():
            return await _bot(step, call)
        case Announce():
            return await _announce(step, call)
        case Queue():
            return await handing_over.queue(step, call)
        case Transfer():
            return await handing_over.transfer(step, call)
        case Record():
            return await handing_over.record(step, call)
    return await do_silently(step, call)


async def do_silently(step: Step, call: Call) -> str:
    """Do a step that needs no caller."""
    match step:
        case When():
            for branch in step.branches:
                if await call.variables.true(branch.when):
                    return branch.way
            return "else"
        case Switch():
            value = await call.variables.value(step.on)
            return next((way for way in _spellings(value) if step.way(way) is not None), "else")
        case Set():
            for name, expression in step.values.items():
                call.variables.set(name, await call.variables.value(expression))
            return "next"
        case LookUp():
            return await lookup(step, call)
        case SendMessage():
            return await _message(step, call)
        case MakeRequest():
            return await _request(step, call)
        case OrderCallback():
            return await handing_over.callback(step, call)
    raise NotServed(f"{step.place}: «{step.name}» is a «{step.verb}», which cannot be done here")


def _spellings(value: Value) -> tuple[str, ...]:
    """How a case of a switch may be written that means this value."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, float) and value.is_integer():
        return (str(int(value)),)
    return ("none",) if value is None else (as_text(value),)


async def _say(step: Say, call: Call) -> str:
    await call.ready(step.wording)
    # Who knows the line presses the menu's key in the greeting and need not hear it out.
    await call.talk.speak(*call.rung(step.wording), skippable=step.skippable)
    return "next"


# -- dialogues -------------------------------------------------------------------------------------------------------


async def _bot(step: Bot, call: Call) -> str:
    with call.services.lines.taking(bot_line(step.bot)) as beyond:
        if beyond is not None:
            raise NoLineLeft(await handing_over.beyond(beyond, call))
        info = call.phone.info
        file = call.services.recordings.of_bot(step.bot, info.call, info.uniqueid)
        return await _talk(step, call) if file is None else await _recorded(step, call, file)


async def _recorded(step: Bot, call: Call, file: Path) -> str:
    """The dialogue with its sound kept, but for the secrets that are spoken in it."""
    await handing_over.told_of_recording(call)
    await call.phone.keep_sound(file)
    call.talk.hush = partial(call.services.recordings.hush, call.phone.info.channel)
    try:
        return await _talk(step, call)
    finally:
        call.talk.hush = None
        with suppress(CallerLeft, PhoneFailed):  # Asterisk ends it with the call
            await call.phone.keep_sound(None)


async def _talk(step: Bot, call: Call) -> str:
    dialogue = call.services.dialogues.get(step.bot)
    if dialogue is None:
        raise NoSuchDialogue(f"{step.place}: there is no dialogue «{step.bot}»")
    given = await call.values(step.inputs)
    types = {name: expression.type for name, expression in step.inputs.items()}
    seat = Seat(
        call.talk,
        call.services.desk,
        now=call.clock.now,
        new_key=call.services.new_key,
        caller=call.card,
        rules=call.services.rules,
        call=call.phone.info.call,
        inputs=dialogue.read_inputs({name: _input(value, types[name]) for name, value in given.items()}),
    )
    outcome = await dialogue.make(seat).run()
    call.variables.update({f"{step.name}.{name}": value for name, value in outcome.facts.items()})
    return outcome.name


def _input(value: Value, type_: Type) -> object:
    """A value as dialogues take it: money in roubles, moments on the wall clock."""
    if type_ == "money" and isinstance(value, int):
        return Decimal(value) / 100
    return value


# -- announcements ---------------------------------------------------------------------------------------------------


async def _announce(step: Announce, call: Call) -> str:
    way = "next"
    for emergency in await announced(call):
        wanted = {"callback": "callback", "hang_up": "hang_up_asked"}.get(emergency.then)
        if wanted is not None and step.way(wanted) is not None:
            way = wanted
    return way


# -- messages and requests -------------------------------------------------------------------------------------------


async def _message(step: SendMessage, call: Call) -> str:
    to = await call.words(step.to) if step.to is not None else call.phone.info.caller
    account = call.variables.account
    sent = bool(to) and await call.services.messages.send(
        MessageWanted(
            step.message,
            step.channel,
            to,
            await call.values(step.values),
            call.phone.info.call,
            account.number if account else None,
        )
    )
    call.log.note(Kind.MESSAGED, message=step.message, channel=step.channel, to=to, sent=sent)
    return "next" if sent else "refused"


async def _request(step: MakeRequest, call: Call) -> str:
    account = await call.words(step.of)
    if account is None:
        known = call.variables.account
        account = known.number if known is not None else ""
    request = NewRequest(
        account=account,
        kind=cast(RequestKind, step.kind),
        key=call.services.new_key(),
        at=call.clock.now(),
        phone=call.phone.info.caller or "",
        words=await call.words(step.words) or "",
        call=call.phone.info.call,
    )
    try:
        opened = await call.services.desk.open_request(request)
    except DeskAway:
        return "away"
    if step.into:
        call.variables.set(step.into, opened.number)
    return "next"
