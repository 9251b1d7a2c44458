"""`lookup`: what billing knows, as ways out of a step and as variables `<into>.<fact>` of the first that was found.

What the variables are called and of what type they are is `ivr.flow.variables.OF_LOOKUP`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bots.desk import Account, DeskAway, TakenReading
from bots.period import place
from ivr.call.in_progress import Call
from ivr.flow.dialplan import LookUp
from ivr.flow.expression import Value

OPEN = ("new", "in_work")
DRAFTS_SINCE = timedelta(minutes=30)
TAKEN_SINCE = timedelta(days=31)

Facts = Mapping[str, Value]


async def lookup(step: LookUp, call: Call) -> str:
    way: str
    facts: Facts
    of = await call.words(step.of)
    try:
        if step.of is not None and of is None:
            way, facts = "none", {}
        elif step.what == "reason":
            way, facts = await _reason(call, await _account(call, of))
        else:
            facts = await _found(step.what, call, of)
            way = "found" if facts else "none"
    except DeskAway:
        return "away"
    if step.into:
        call.variables.update({f"{step.into}.{name}": value for name, value in facts.items()})
    return way


async def _account(call: Call, of: str | None) -> Account | None:
    """The account that is asked about: the one named, by its number or a telephone, else the caller's only one."""
    if of is None:
        return await call.variables.one_account()
    account = await call.services.desk.account(of)
    if account is not None:
        return account
    linked = await call.services.desk.accounts_by_phone(of)
    return linked[0] if len(linked) == 1 else None


async def _found(what: str, call: Call, of: str | None) -> Facts:
    account = await _account(call, of)
    if account is None:
        return {}
    if what == "account":
        call.variables.looked_up = account
        # Without its flat: whoever rings may hear this much, and no more.
        return {"number": account.number, "address": account.house or account.address, "territory": account.territory}
    return await _FINDERS[what](call, account.number)


async def _debt(call: Call, account: str) -> Facts:
    debts = await call.services.desk.debt(account)
    if not debts:
        return {}
    kopecks = sum(debt.kopecks + debt.penalty_kopecks for debt in debts)
    as_of = min(debt.as_of for debt in debts)
    return {"sum": abs(kopecks), "overpaid": kopecks < 0, "count": len(debts), "as_of": as_of}


async def _outages(call: Call, account: str) -> Facts:
    outages = await call.services.desk.outages(account)
    if not outages:
        return {}
    first = outages[0]
    return {
        "until": first.until,
        "since": first.since,
        "reason": first.reason,
        "planned": first.planned,
        "count": len(outages),
    }


async def _requests(call: Call, account: str) -> Facts:
    requests = await call.services.desk.requests(account)
    if not requests:
        return {}
    first = next((each for each in requests if each.status in OPEN), requests[0])
    return {
        "number": first.number,
        "kind": first.kind,
        "status": first.status,
        "planned_on": first.planned_on,
        "count": len(requests),
    }


async def _drafts(call: Call, account: str) -> Facts:
    drafts = await call.services.desk.drafts(account, _since(call, DRAFTS_SINCE))
    return {"serial": drafts[0].serial, "at": drafts[0].at, "count": len(drafts)} if drafts else {}


async def _taken(call: Call, account: str) -> Facts:
    taken = await call.services.desk.taken(account, _since(call, TAKEN_SINCE))
    if not taken:
        return {}
    return {"serial": taken[0].serial, "at": taken[0].at, "source": taken[0].source, "count": len(taken)}


async def _meters(call: Call, account: str) -> Facts:
    meters = await call.services.desk.meters(account)
    return {"serial": meters[0].serial, "smart": meters[0].smart, "count": len(meters)} if meters else {}


_FINDERS = {
    "debt": _debt,
    "outages": _outages,
    "requests": _requests,
    "drafts": _drafts,
    "taken": _taken,
    "meters": _meters,
}


def _since(call: Call, back: timedelta) -> datetime:
    return call.clock.now() - back


# -- the likely reason -----------------------------------------------------------------------------------------------


async def _reason(call: Call, account: Account | None) -> tuple[str, Facts]:
    """Why this caller most likely rings. In order: no current, a reading that is due, a debt, an open request."""
    if account is None:
        return "none", {"kind": None}
    desk, number = call.services.desk, account.number
    now = call.clock.now()
    if any(outage.since <= now and not _over(outage.until, now) for outage in await desk.outages(number)):
        way = "outage"
    elif await _reading_due(call, account):
        way = "readings"
    elif sum(debt.kopecks for debt in await desk.debt(number)) > 0:
        way = "debt"
    elif any(request.status in OPEN for request in await desk.requests(number)):
        way = "request"
    else:
        return "none", {"kind": None}
    return way, {"kind": way}


def _over(until: datetime | None, now: datetime) -> bool:
    return until is not None and until <= now


async def _reading_due(call: Call, account: Account) -> bool:
    """Whether a window is open for a meter that sends nothing by itself and has no reading in it yet."""
    desk, rules, now = call.services.desk, call.services.rules, call.clock.now()
    zone = rules.zone_of(account)
    due: dict[str, datetime] = {}
    for meter in await desk.meters(account.number):
        window = meter.window or rules.window
        if window is None or meter.smart:
            continue
        where = place(window, now, zone)
        if where.state == "open":
            due[meter.serial] = where.since
    if not due:
        return False
    taken = await desk.taken(account.number, min(due.values()))
    return any(not _has(taken, serial, since) for serial, since in due.items())


def _has(taken: Sequence[TakenReading], serial: str, since: datetime) -> bool:
    return any(each.serial == serial and each.at >= since for each in taken)
