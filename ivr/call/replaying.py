"""Playing a finished call again on a draft: the same caller, the same moment, the accounts as they were then.

Billing is asked from the line's own tables as far as this call can concern them; what came with the call and after it
is left out. Nothing is stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from bots.desk import Account
from ivr.billing import TableDesk
from ivr.billing.tables import accounts, phones
from ivr.call.in_progress import Call
from ivr.call.phone import Listen, Silence
from ivr.call.rehearsal.rehearse import Stage, rehearse
from ivr.call.rehearsal.stage import NoteBook
from ivr.call.replay import Answers, Comparison, Course, Left, NotKnown, compare, course
from ivr.call.text_phone import Act, HangsUp
from ivr.clock import VirtualClock
from ivr.flow.scenarios.scenario_parts import Does, Known, OnAir, Staff, World
from ivr.flow.supplier.suppliers import canonical
from ivr.journal.events import Event, Kind
from ivr.journal.register import CALLER_LEFT
from ivr.store import Store

LONG_BEFORE = timedelta(days=400)
MOST_ACCOUNTS = 50
_SILENCE = Silence()
_NO_OPERATORS: Mapping[str, Does] = {"no_operators": "none", "full": "full"}


class CannotReplay(Exception):
    """This call cannot be played again; the text says why."""


async def replay(stage: Stage, store: Store, told: Sequence[Event]) -> Comparison:
    """What would come of this call on the draft. Raises `CannotReplay`."""
    arrived = next((event for event in told if event.kind is Kind.ARRIVED), None)
    if arrived is None:
        raise CannotReplay("the journal does not tell how this call arrived")
    before = course((event.kind, event.data) for event in told)
    dialled = str(arrived.data.get("dialled") or "")
    number = next((each for each in stage.dialplan.numbers if canonical(each) == canonical(dialled)), None)
    if number is None:
        raise CannotReplay(f"the draft does not answer the number {dialled}")
    phone = str(arrived.data.get("caller") or "")
    caller = PastCaller(before, told)
    played = await rehearse(
        stage,
        caller,
        number=number,
        phone=phone,
        at=arrived.at,
        world=_world(told, await _known(store, arrived, phone, told)),
        watched=caller.listens,
    )
    after = course((noted.kind, noted.data) for noted in played.book.noted)
    fault = str(played.fault) if played.fault is not None else ""
    return compare(before, after, not_known=caller.not_known, fault=fault, skipped=caller.answers.skipped)


class PastCaller:
    """Implements `ivr.call.text_phone.TextCaller`: does what was done, as far as anybody knows."""

    def __init__(self, past: Course, told: Iterable[Event]) -> None:
        self.answers = Answers(past)
        self.not_known: NotKnown | None = None
        self._abandons = _gone_from_queue(told)
        self._book: NoteBook | None = None

    def listens(self, call: Call) -> Call:
        """Follow this call, to know at which step it asks."""
        assert isinstance(call.log, NoteBook)
        self._book = call.log
        return call

    async def hears(self, text: str) -> bool:
        return False

    async def does(self, wanted: Listen | None) -> Act:
        if wanted is None:
            # A message after the signal: what was in it does not matter.
            return HangsUp() if self.answers.past.left else _SILENCE
        answer = self.answers.next(self._step())
        if isinstance(answer, NotKnown):
            self.not_known = answer
            return HangsUp()
        return HangsUp() if isinstance(answer, Left) else answer

    async def leaves_queue(self) -> bool:
        return self._abandons

    def _step(self) -> str:
        steps = self._book.of(Kind.STEP) if self._book is not None else []
        return f"{steps[-1]['flow']}.{steps[-1]['step']}" if steps else ""


def _world(told: Sequence[Event], known: tuple[Known, ...]) -> World:
    """What was around the call, as far as its journal tells."""
    stored = [event.data.get("stored_as") for event in told if event.kind is Kind.STORED]
    return World(
        billing="slow" if "outbox" in stored else "up",
        desk=known,
        staff=Staff(_does("abandoned" if _gone_from_queue(told) else None)),
        by_queue={queue: Staff(_does(why)) for queue, why in _queues(told)},
        emergencies=tuple(_announced(told)),
    )


def _does(why: str | None) -> Does:
    if why in ("timeout", "abandoned"):
        return "busy"
    return _NO_OPERATORS.get(why or "", "answer")


def _queues(told: Sequence[Event]) -> Iterable[tuple[str, str]]:
    """Queues by the names the dialplan gives them, and how each was left."""
    left = [event for event in told if event.kind is Kind.LEFT_QUEUE]
    for event in left:
        # Who hung up while an operator talked with them is not in the queue any more when the flow goes on.
        why = "abandoned" if event is left[-1] and _gone_from_queue(told) else str(event.data.get("why"))
        yield str(event.data.get("queue", "")).removeprefix(f"{event.supplier}-"), why


def _gone_from_queue(told: Iterable[Event]) -> bool:
    """Whether the caller hung up waiting in a queue or talking with an operator: there the flow ended for them."""
    in_queue = False
    for event in told:
        if event.kind is Kind.STEP:
            in_queue = False
        elif event.kind in (Kind.QUEUED, Kind.CONNECTED, Kind.LEFT_QUEUE):
            in_queue = True
        elif event.kind is Kind.ENDED:
            return in_queue and event.data.get("exit") == CALLER_LEFT
    return False


def _announced(told: Sequence[Event]) -> Iterable[OnAir]:
    """Emergencies that this caller heard: the text said last before each was noted."""
    said = ""
    for event in told:
        if event.kind is Kind.SAID:
            said = str(event.data["text"])
        elif event.kind is Kind.ANNOUNCED and said:
            yield OnAir(said)


async def _known(store: Store, arrived: Event, phone: str, told: Sequence[Event]) -> tuple[Known, ...]:
    """The accounts this call can have been about, as they were when it came."""
    at, supplier = arrived.at, arrived.supplier
    desk = TableDesk(store, supplier, clock=VirtualClock(at))
    numbers = dict.fromkeys(account.number for account in await desk.accounts_by_phone(phone))
    numbers |= dict.fromkeys(_named(told))
    found = []
    for number in list(numbers)[:MOST_ACCOUNTS]:
        account = await desk.account(number)
        if account is not None:
            found.append(await _as_it_was(store, supplier, desk, account, at))
    return tuple(found)


def _named(told: Iterable[Event]) -> Iterable[str]:
    for event in told:
        values = event.data.get("values")
        for holder in (event.data, values if isinstance(values, dict) else {}):
            if isinstance(number := holder.get("account"), str):
                yield number


async def _as_it_was(store: Store, supplier: str, desk: TableDesk, account: Account, at: datetime) -> Known:
    since = at - LONG_BEFORE
    mine = (accounts.c.supplier == supplier) & (accounts.c.number == account.number)
    linked = (phones.c.supplier == supplier) & (phones.c.account == account.number)
    async with store.reading() as connection:
        paid = (await connection.execute(select(accounts.c.last_payment).where(mine))).scalar()
        numbers = tuple((await connection.execute(select(phones.c.phone).where(linked))).scalars())
    return Known(
        account,
        phones=numbers,
        meters=tuple(await desk.meters(account.number)),
        debts=tuple(await desk.debt(account.number)),
        outages=tuple(await desk.outages(account.number)),
        requests=tuple(each for each in await desk.requests(account.number) if each.at < at),
        taken=tuple(each for each in await desk.taken(account.number, since) if each.at < at),
        drafts=tuple(each for each in await desk.drafts(account.number, since) if each.at < at),
        last_payment=paid,
    )
